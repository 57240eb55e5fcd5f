// Making, converting and showing values.
#include "analysis_service/expression_value.h"

#include <charconv>
#include <cmath>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::analysis::internal {
namespace {

constexpr __int128 kNanosPerSecond = 1'000'000'000;
constexpr __int128 kNanosPerDay = 86400 * kNanosPerSecond;
// 0001-01-01 to the end of 9999.
constexpr __int128 kFirstTime = -62135596800 * kNanosPerSecond;
constexpr __int128 kLastTime = 253402300800 * kNanosPerSecond - 1;

// The shortest digits of |number| > 0, and the exponent of the first.
std::pair<std::string, int> Shortest(double number) {
  char buffer[64];
  const auto end = std::to_chars(buffer, buffer + sizeof(buffer), number,
                                 std::chars_format::scientific);
  const std::string text(buffer, end.ptr);
  const size_t e = text.find('e');
  std::string digits = text.substr(0, e);
  if (digits.size() > 1) digits.erase(1, 1);
  return {digits, std::stoi(text.substr(e + 1))};
}

std::string Exponential(const std::string& digits, int exponent) {
  std::string text = digits.substr(0, 1);
  if (digits.size() > 1) absl::StrAppend(&text, ".", digits.substr(1));
  absl::StrAppend(&text, exponent < 0 ? "e-" : "e+",
                  std::abs(exponent) < 10 ? "0" : "", std::abs(exponent));
  return text;
}

std::string Plain(std::string digits, int exponent) {
  if (exponent < 0) {
    return absl::StrCat("0.", std::string(-exponent - 1, '0'), digits);
  }
  const size_t whole = exponent + 1;
  if (digits.size() <= whole) {
    digits.append(whole - digits.size(), '0');
    return digits;
  }
  return absl::StrCat(digits.substr(0, whole), ".", digits.substr(whole));
}

std::string Format(double number, int first_exponential) {
  const std::string sign = std::signbit(number) ? "-" : "";
  if (number == 0) return sign + "0";
  const auto [digits, exponent] = Shortest(std::abs(number));
  if (exponent < -4 || exponent >= first_exponential) {
    return sign + Exponential(digits, exponent);
  }
  return sign + Plain(digits, exponent);
}

Value Aggregate(Kind kind, Elements elements) {
  Value value;
  value.kind = kind;
  value.elements = std::make_shared<const Elements>(std::move(elements));
  return value;
}

Value FromObjects(const std::shared_ptr<const ObjectList>& list) {
  Elements elements;
  for (const FactObject& object : list->items) {
    Value value;
    value.kind = Kind::kObject;
    value.object = std::shared_ptr<const FactObject>(list, &object);
    elements.items.push_back(std::move(value));
  }
  elements.complete = list->complete;
  if (!list->complete) elements.open = Bit(UnknownReason::kIncompleteSet);
  return Value::List(std::move(elements));
}

Value FromStrings(const StringList& list) {
  Elements elements;
  elements.items.reserve(list.items.size());
  for (const std::string& item : list.items) {
    elements.items.push_back(Value::Text(item));
  }
  elements.complete = list.complete;
  if (!list.complete) elements.open = Bit(UnknownReason::kIncompleteSet);
  return Value::List(std::move(elements));
}

}  // namespace

Value Value::Int(int64_t low, int64_t high) {
  Value value;
  value.kind = Kind::kInt;
  value.low.i = low;
  value.high.i = high;
  value.is_range = low != high;
  return value;
}
Value Value::Uint(uint64_t number) {
  Value value;
  value.kind = Kind::kUint;
  value.low.u = value.high.u = number;
  return value;
}
Value Value::Double(double low, double high) {
  Value value;
  value.kind = Kind::kDouble;
  value.low.d = low;
  value.high.d = high;
  value.is_range = low < high;
  return value;
}
Value Value::Text(std::string text, Kind kind) {
  Value value;
  value.kind = kind;
  value.text = std::move(text);
  return value;
}
Value Value::Timestamp(__int128 low, __int128 high) {
  if (low < kFirstTime || high > kLastTime) {
    return Error("timestamp out of range");
  }
  Value value;
  value.kind = Kind::kTimestamp;
  value.low.t = low;
  value.high.t = high;
  value.is_range = low != high;
  return value;
}
Value Value::Duration(__int128 nanos) {
  if (nanos < INT64_MIN || nanos > INT64_MAX) {
    return Error("duration out of range");
  }
  Value value;
  value.kind = Kind::kDuration;
  value.low.i = value.high.i = static_cast<int64_t>(nanos);
  return value;
}
Value Value::List(Elements elements) {
  return Aggregate(Kind::kList, std::move(elements));
}
Value Value::Map(Elements elements) {
  return Aggregate(Kind::kMap, std::move(elements));
}

Value Merge(const Value& a, const Value& b) {
  Value merged = Value::Unknown(a.reasons | b.reasons);
  if (merged.is_error()) merged.text = a.is_error() ? a.text : b.text;
  return merged;
}

Value FromFact(const FactValue& fact, FieldType type) {
  if (!fact.known()) return Value::Unknown(Bit(fact.unknown));
  if (const auto* text = std::get_if<std::string>(&fact.value)) {
    return Value::Text(
        *text, type == FieldType::kConstant ? Kind::kConstant : Kind::kString);
  }
  if (const auto* range = std::get_if<NumberRange>(&fact.value)) {
    return Value::Double(range->low, range->high);
  }
  if (const auto* flag = std::get_if<bool>(&fact.value)) {
    return Value::Bool(*flag);
  }
  if (const auto* list = std::get_if<StringList>(&fact.value)) {
    return FromStrings(*list);
  }
  if (const auto* date = std::get_if<DateRange>(&fact.value)) {
    return Value::Timestamp(date->first * kNanosPerDay,
                            date->last * kNanosPerDay);
  }
  if (const auto* objects =
          std::get_if<std::shared_ptr<const ObjectList>>(&fact.value);
      objects != nullptr && *objects != nullptr) {
    return FromObjects(*objects);
  }
  if (type != FieldType::kObject) {
    return Value::Unknown(Bit(UnknownReason::kMissing));
  }
  Value object;
  object.kind = Kind::kObject;
  return object;
}

FactValue ToFact(const Value& value) {
  switch (value.kind) {
    case Kind::kBool:
      return FactValue::Flag(value.low.flag);
    case Kind::kInt:
      return FactValue::Number(static_cast<double>(value.low.i),
                               static_cast<double>(value.high.i));
    case Kind::kUint:
      return FactValue::Number(static_cast<double>(value.low.u),
                               static_cast<double>(value.low.u));
    case Kind::kDouble:
      return FactValue::Number(value.low.d, value.high.d);
    case Kind::kString:
    case Kind::kConstant:
      return FactValue::Text(value.text);
    default:
      return {UnknownReason::kNone, {}};
  }
}

std::string FormatDouble(double number, int first_exponential) {
  if (std::isnan(number)) return "NaN";
  if (std::isinf(number)) return number > 0 ? "+Inf" : "-Inf";
  return Format(number, first_exponential);
}

std::string ReprDouble(double number) {
  if (std::isnan(number)) return "nan";
  if (std::isinf(number)) return number > 0 ? "inf" : "-inf";
  std::string text = Format(number, 16);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

absl::string_view TypeName(Kind kind) {
  switch (kind) {
    case Kind::kDyn:
      return "dyn";
    case Kind::kNull:
      return "null_type";
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kUint:
      return "uint";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kBytes:
      return "bytes";
    case Kind::kConstant:
      return "constant";
    case Kind::kTimestamp:
      return "google.protobuf.Timestamp";
    case Kind::kDuration:
      return "google.protobuf.Duration";
    case Kind::kList:
      return "list";
    case Kind::kMap:
      return "map";
    case Kind::kType:
      return "type";
    case Kind::kObject:
      return "object";
    case Kind::kUnset:
      break;
  }
  return "unknown";
}

absl::string_view ReasonName(UnknownReason reason) {
  static constexpr absl::string_view kNames[] = {
      "",      "MISSING",        "WITHHELD",      "IMPRECISE", "CONFLICT",
      "STALE", "INCOMPLETE_SET", "SOURCE_FAILED", "ERROR"};
  const size_t index = static_cast<size_t>(reason);
  return index < std::size(kNames) ? kNames[index] : "";
}

namespace {

constexpr size_t kShownElements = 8;

std::string DescribeElements(const Value& value) {
  std::vector<std::string> shown;
  const Elements& elements = *value.elements;
  for (size_t i = 0; i < elements.items.size() && i < kShownElements; ++i) {
    std::string item = DescribeWords(elements.items[i]);
    if (value.kind == Kind::kMap) {
      item = absl::StrCat(DescribeWords(elements.keys[i]), ": ", item);
    }
    shown.push_back(std::move(item));
  }
  if (elements.items.size() > kShownElements) {
    shown.push_back(
        absl::StrCat(elements.items.size() - kShownElements, " more"));
  }
  if (!elements.complete) shown.push_back("...");
  return absl::StrJoin(shown, ", ");
}

// A day when it is one.
std::string DescribeTime(__int128 nanos) {
  std::string text = FormatTimestamp(nanos);
  if (nanos % kNanosPerDay == 0) text = text.substr(0, text.find('T'));
  return text;
}

template <typename T>
std::string DescribeRange(const Value& value, const T& describe) {
  const std::string low = describe(value.low);
  if (!value.is_range) return low;
  return absl::StrCat("[", low, ", ", describe(value.high), "]");
}

std::string DescribeReasons(ReasonBits reasons) {
  std::vector<absl::string_view> names;
  for (int i = 1; i <= static_cast<int>(UnknownReason::kError); ++i) {
    if ((reasons >> i & 1) != 0) {
      names.push_back(ReasonName(static_cast<UnknownReason>(i)));
    }
  }
  return absl::StrCat("unknown (", absl::StrJoin(names, ", "), ")");
}

}  // namespace

std::string DescribeWords(const Value& value) {
  switch (value.kind) {
    case Kind::kUnset:
      return DescribeReasons(value.reasons);
    case Kind::kNull:
      return "null";
    case Kind::kBool:
      return value.low.flag ? "true" : "false";
    case Kind::kInt:
      return DescribeRange(value, [](Scalar s) { return absl::StrCat(s.i); });
    case Kind::kUint:
      return absl::StrCat(value.low.u, "u");
    case Kind::kDouble:
      return DescribeRange(value,
                           [](Scalar s) { return FormatDouble(s.d, 15); });
    case Kind::kString:
      return absl::StrCat("\"", absl::Utf8SafeCEscape(value.text), "\"");
    case Kind::kBytes:
      return absl::StrCat("b\"", absl::CHexEscape(value.text), "\"");
    case Kind::kConstant:
    case Kind::kType:
      return value.text;
    case Kind::kTimestamp:
      return DescribeRange(value, [](Scalar s) { return DescribeTime(s.t); });
    case Kind::kDuration:
      return FormatDuration(value.low.i);
    case Kind::kList:
      return absl::StrCat("[", DescribeElements(value), "]");
    case Kind::kMap:
      return absl::StrCat("{", DescribeElements(value), "}");
    case Kind::kObject:
      return value.object == nullptr
                 ? "object"
                 : absl::StrCat("object ", value.object->id);
    case Kind::kDyn:
      break;
  }
  return "";
}

}  // namespace meridian::analysis::internal
