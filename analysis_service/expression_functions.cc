// Functions of CEL that are no operators: conversions and text.
#include <algorithm>
#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/expression_value.h"
#include "common/base/utf8.h"
#include "re2/re2.h"

namespace meridian::analysis::internal {
namespace {

constexpr double kTwo63 = 9223372036854775808.0;
constexpr double kTwo64 = 18446744073709551616.0;
constexpr int64_t kPatternMemory = 1 << 20;

Value Imprecise() { return Value::Unknown(Bit(UnknownReason::kImprecise)); }
Value NoOverload() { return Value::Error("no such overload"); }
Value OutOfRange(absl::string_view type) {
  return Value::Error(absl::StrCat(type, " range error"));
}
Value BadText(const std::string& text, absl::string_view type) {
  return Value::Error(absl::StrCat("'", absl::string_view(text).substr(0, 64),
                                   "' is not ", type));
}

// Without the white space that the number readers would skip.
bool IsTight(const std::string& text) {
  return !text.empty() &&
         std::none_of(text.begin(), text.end(),
                      [](unsigned char c) { return absl::ascii_isspace(c); });
}

Value DoubleToInt(const Value& value) {
  const double low = value.low.d, high = value.high.d;
  const auto fits = [](double d) { return d > -kTwo63 && d < kTwo63; };
  if (std::isnan(low) || (!fits(low) && !fits(high))) return OutOfRange("int");
  if (!fits(low) || !fits(high)) return Imprecise();
  return Value::Int(static_cast<int64_t>(low), static_cast<int64_t>(high));
}

Value ToInt(const Value& value) {
  switch (value.kind) {
    case Kind::kInt:
      return value;
    case Kind::kUint:
      if (value.low.u > INT64_MAX) return OutOfRange("int");
      return Value::Int(static_cast<int64_t>(value.low.u));
    case Kind::kDouble:
      return DoubleToInt(value);
    case Kind::kString: {
      int64_t number = 0;
      if (!IsTight(value.text) || !absl::SimpleAtoi(value.text, &number)) {
        return BadText(value.text, "an int");
      }
      return Value::Int(number);
    }
    case Kind::kTimestamp: {
      if (value.is_range) return Imprecise();
      __int128 seconds = value.low.t / 1'000'000'000;
      if (value.low.t % 1'000'000'000 < 0) --seconds;
      return Value::Int(static_cast<int64_t>(seconds));
    }
    default:
      return NoOverload();
  }
}

Value ToUint(const Value& value) {
  switch (value.kind) {
    case Kind::kUint:
      return value;
    case Kind::kInt:
      if (value.is_range) return Imprecise();
      if (value.low.i < 0) return OutOfRange("uint");
      return Value::Uint(static_cast<uint64_t>(value.low.i));
    case Kind::kDouble:
      if (value.is_range) return Imprecise();
      if (!(value.low.d >= 0 && value.low.d < kTwo64)) {
        return OutOfRange("uint");
      }
      return Value::Uint(static_cast<uint64_t>(value.low.d));
    case Kind::kString: {
      uint64_t number = 0;
      if (!IsTight(value.text) || value.text[0] == '-' ||
          value.text[0] == '+' || !absl::SimpleAtoi(value.text, &number)) {
        return BadText(value.text, "a uint");
      }
      return Value::Uint(number);
    }
    default:
      return NoOverload();
  }
}

Value ToDouble(const Value& value) {
  switch (value.kind) {
    case Kind::kDouble:
      return value;
    case Kind::kInt:
      return Value::Double(static_cast<double>(value.low.i),
                           static_cast<double>(value.high.i));
    case Kind::kUint:
      return Value::Double(static_cast<double>(value.low.u));
    case Kind::kString: {
      double number = 0;
      if (!IsTight(value.text) || !absl::SimpleAtod(value.text, &number)) {
        return BadText(value.text, "a double");
      }
      const bool named =
          absl::StrContains(absl::AsciiStrToLower(value.text), "inf");
      if (std::isinf(number) && !named) return OutOfRange("double");
      return Value::Double(number);
    }
    default:
      return NoOverload();
  }
}

Value ToText(const Value& value) {
  if (value.is_range) return Imprecise();
  switch (value.kind) {
    case Kind::kString:
      return value;
    case Kind::kBool:
      return Value::Text(value.low.flag ? "true" : "false");
    case Kind::kInt:
      return Value::Text(absl::StrCat(value.low.i));
    case Kind::kUint:
      return Value::Text(absl::StrCat(value.low.u));
    case Kind::kDouble:
      return Value::Text(FormatDouble(value.low.d));
    case Kind::kBytes:
      if (!IsUtf8(value.text)) return Value::Error("invalid UTF-8 in bytes");
      return Value::Text(value.text);
    case Kind::kTimestamp:
      return Value::Text(FormatTimestamp(value.low.t));
    case Kind::kDuration:
      return Value::Text(FormatDuration(value.low.i));
    default:
      return NoOverload();
  }
}

Value ToBool(const Value& value) {
  if (value.kind == Kind::kBool) return value;
  if (value.kind != Kind::kString) return NoOverload();
  for (const char* word : {"1", "t", "T", "true", "TRUE", "True"}) {
    if (value.text == word) return Value::Bool(true);
  }
  for (const char* word : {"0", "f", "F", "false", "FALSE", "False"}) {
    if (value.text == word) return Value::Bool(false);
  }
  return BadText(value.text, "a bool");
}

Value ToTimestamp(const Value& value) {
  if (value.kind == Kind::kTimestamp) return value;
  if (value.kind == Kind::kString) return ParseTimestamp(value.text);
  if (value.kind != Kind::kInt) return NoOverload();
  return Value::Timestamp(static_cast<__int128>(value.low.i) * 1'000'000'000,
                          static_cast<__int128>(value.high.i) * 1'000'000'000);
}

Value ToDuration(const Value& value) {
  if (value.kind == Kind::kDuration) return value;
  if (value.kind == Kind::kString) return ParseDuration(value.text);
  return NoOverload();
}

// Code points of a string, bytes, elements; an incomplete list has at least as
// many as it shows.
Value Size(const Value& value) {
  switch (value.kind) {
    case Kind::kString:
      return Value::Int(std::count_if(
          value.text.begin(), value.text.end(),
          [](char c) { return (static_cast<uint8_t>(c) & 0xc0) != 0x80; }));
    case Kind::kBytes:
      return Value::Int(static_cast<int64_t>(value.text.size()));
    case Kind::kList:
    case Kind::kMap: {
      const Elements& elements = *value.elements;
      const auto shown = static_cast<int64_t>(elements.items.size());
      if (elements.complete) return Value::Int(shown);
      return Value::Int(shown, elements.most < 0
                                   ? int64_t{1'000'000'000'000'000'000}
                                   : elements.most);
    }
    default:
      return NoOverload();
  }
}

Value Matches(const Node& node, const Value& text, const Value& pattern) {
  if (node.pattern != nullptr) {
    return Value::Bool(RE2::PartialMatch(text.text, *node.pattern));
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kPatternMemory);
  const RE2 compiled(pattern.text, options);
  if (!compiled.ok()) {
    return Value::Error(absl::StrCat("not a pattern: ", compiled.error()));
  }
  return Value::Bool(RE2::PartialMatch(text.text, compiled));
}

Value CallText(const Node& node, const Value& text, const Value& other) {
  if (!text.known() || !other.known()) return Merge(text, other);
  if (text.kind != Kind::kString || other.kind != Kind::kString) {
    return NoOverload();
  }
  switch (node.builtin) {
    case Builtin::kContains:
      return Value::Bool(absl::StrContains(text.text, other.text));
    case Builtin::kStartsWith:
      return Value::Bool(absl::StartsWith(text.text, other.text));
    case Builtin::kEndsWith:
      return Value::Bool(absl::EndsWith(text.text, other.text));
    default:
      return Matches(node, text, other);
  }
}

Value Convert(Builtin builtin, const Value& value) {
  switch (builtin) {
    case Builtin::kSize:
      return Size(value);
    case Builtin::kToBool:
      return ToBool(value);
    case Builtin::kToInt:
      return ToInt(value);
    case Builtin::kToUint:
      return ToUint(value);
    case Builtin::kToDouble:
      return ToDouble(value);
    case Builtin::kToString:
      return ToText(value);
    case Builtin::kToBytes:
      if (value.kind == Kind::kBytes) return value;
      if (value.kind != Kind::kString) return NoOverload();
      return Value::Text(value.text, Kind::kBytes);
    case Builtin::kToTimestamp:
      return ToTimestamp(value);
    case Builtin::kToDuration:
      return ToDuration(value);
    case Builtin::kTypeOf:
      return Value::Text(std::string(TypeName(value.kind)), Kind::kType);
    default:
      return value;
  }
}

}  // namespace

Value CallBuiltin(const Node& node, absl::Span<const Value> arguments) {
  switch (node.builtin) {
    case Builtin::kContains:
    case Builtin::kStartsWith:
    case Builtin::kEndsWith:
    case Builtin::kMatches:
      return CallText(node, arguments[0], arguments[1]);
    case Builtin::kKnown:
      return Value::Bool(arguments[0].known());
    case Builtin::kMonthsBefore:
      return MonthsBefore(arguments[0], arguments[1]);
    case Builtin::kFullYear:
    case Builtin::kMonth:
    case Builtin::kDate:
    case Builtin::kDayOfMonth:
    case Builtin::kDayOfWeek:
    case Builtin::kDayOfYear:
    case Builtin::kHours:
    case Builtin::kMinutes:
    case Builtin::kSeconds:
    case Builtin::kMilliseconds:
      return CallTime(node.builtin, arguments);
    default:
      if (!arguments[0].known()) return arguments[0];
      return Convert(node.builtin, arguments[0]);
  }
}

}  // namespace meridian::analysis::internal
