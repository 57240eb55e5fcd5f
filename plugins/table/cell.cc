#include "plugins/table/cell.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/base/number.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::table {
namespace {

absl::Status BadValue(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_VALUE", message);
}

std::vector<std::string> Keys(const std::map<std::string, std::string>& map) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : map) keys.push_back(key);
  return keys;
}

// "1,234.5" -> "1234.5", as the rule says how digits are written. A comma that
// does not stand before three digits groups nothing: "1,5" is another number.
absl::Status PlainDigits(const CellRule& rule, std::string* value) {
  if (rule.thousands != '\0' && absl::StrContains(*value, rule.thousands)) {
    const size_t end = std::min(
        value->find(rule.decimal == '\0' ? '.' : rule.decimal), value->size());
    const std::vector<std::string> groups =
        absl::StrSplit(value->substr(0, end), rule.thousands);
    const auto all_digits = [](absl::string_view text) {
      return std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return absl::ascii_isdigit(c);
      });
    };
    absl::string_view first = groups[0];
    if (!absl::ConsumePrefix(&first, "-")) absl::ConsumePrefix(&first, "+");
    bool grouped = !first.empty() && first.size() <= 3 && all_digits(first);
    for (size_t i = 1; i < groups.size(); ++i) {
      // The last may have an exponent or a magnitude after it.
      const bool is_last = i + 1 == groups.size();
      const absl::string_view digits =
          is_last ? absl::string_view(groups[i]).substr(0, 3) : groups[i];
      const bool goes_on =
          groups[i].size() > 3 &&
          absl::ascii_isdigit(static_cast<unsigned char>(groups[i][3]));
      grouped = grouped && digits.size() == 3 && all_digits(digits) && !goes_on;
    }
    if (!grouped) {
      return BadValue(absl::StrCat("'", *value,
                                   "' is not grouped in threes by '",
                                   std::string(1, rule.thousands), "'"));
    }
    *value = absl::StrCat(absl::StrJoin(groups, ""), value->substr(end));
  }
  if (rule.decimal != '\0') {
    if (absl::StrContains(*value, '.')) {
      return BadValue(absl::StrCat("'", *value,
                                   "' has a point; the mapping's "
                                   "decimal mark is '",
                                   std::string(1, rule.decimal), "'"));
    }
    std::replace(value->begin(), value->end(), rule.decimal, '.');
  }
  return absl::OkStatus();
}

// Appends the value of one text, or nothing when it is missing.
absl::Status Convert(const CellRule& rule, absl::string_view text,
                     std::vector<std::string>* values) {
  if (rule.trim) text = absl::StripAsciiWhitespace(text);
  std::string value(text);
  if (rule.missing.count(value) > 0) return absl::OkStatus();
  if (rule.match != nullptr) {
    std::string found;
    const std::string whole = value;
    const bool matches = rule.match->NumberOfCapturingGroups() > 0
                             ? RE2::PartialMatch(whole, *rule.match, &found)
                             : RE2::PartialMatch(whole, *rule.match);
    if (!matches) return absl::OkStatus();
    if (rule.match->NumberOfCapturingGroups() > 0) value = std::move(found);
  }
  text = value;
  absl::ConsumePrefix(&text, rule.strip_prefix);
  absl::ConsumeSuffix(&text, rule.strip_suffix);
  if (rule.trim) text = absl::StripAsciiWhitespace(text);
  value = std::string(text);
  if (!rule.value_map.empty()) {
    const auto mapped = rule.value_map.find(value);
    if (mapped != rule.value_map.end()) {
      value = mapped->second;
    } else if (rule.unmapped == Unmapped::kMissing) {
      return absl::OkStatus();
    } else if (rule.unmapped == Unmapped::kReject) {
      return BadValue(absl::StrCat(
          "'", value, "' is not in the mapping's value_map",
          DidYouMean(value, Keys(rule.value_map)), "; add it there"));
    }
  }
  if (!rule.date_format.empty()) {
    ASSIGN_OR_RETURN(value, ToIsoDate(rule.date_format, value));
  }
  RETURN_IF_ERROR(PlainDigits(rule, &value));
  if (rule.magnitude && !value.empty()) {
    static constexpr absl::string_view kSuffixes = "KMBT";
    const size_t power = kSuffixes.find(absl::ascii_toupper(value.back()));
    if (power != absl::string_view::npos) {
      value.pop_back();
      ASSIGN_OR_RETURN(const double number, ParseNumber(value));
      value = absl::StrFormat(
          "%.15g", number * std::pow(1000.0, static_cast<double>(power + 1)));
    }
  }
  if (rule.scale.has_value()) {
    ASSIGN_OR_RETURN(const double number, ParseNumber(value));
    // 15 digits: every one that a decimal text survives a double with, and
    // none of the product's rounding ("3" times 0.1 is 0.3).
    value = absl::StrFormat("%.15g", number * *rule.scale);
  }
  values->push_back(absl::StrCat(rule.prefix, value, rule.suffix));
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ApplyRule(const CellRule& rule,
                                                   absl::string_view cell) {
  std::vector<std::string> values;
  if (rule.constant.has_value()) {
    values.push_back(*rule.constant);
    return values;
  }
  // The whole cell can be missing ("n/a") although a split would cut it.
  const absl::string_view whole =
      rule.trim ? absl::StripAsciiWhitespace(cell) : cell;
  if (rule.missing.count(std::string(whole)) > 0) return values;
  if (absl::StrContains(cell, kItemSeparator)) {
    for (const absl::string_view item : absl::StrSplit(cell, kItemSeparator)) {
      RETURN_IF_ERROR(Convert(rule, item, &values));
    }
    return values;
  }
  if (rule.split.empty()) {
    RETURN_IF_ERROR(Convert(rule, cell, &values));
    return values;
  }
  for (const absl::string_view part : absl::StrSplit(cell, rule.split)) {
    RETURN_IF_ERROR(Convert(rule, part, &values));
  }
  return values;
}

absl::StatusOr<std::string> ToIsoDate(absl::string_view format,
                                      absl::string_view text) {
  absl::Time time;
  std::string error;
  // "%Y" takes as many digits as there are, also those of a month; a year
  // has four.
  const std::string exact = absl::StrReplaceAll(format, {{"%Y", "%E4Y"}});
  if (!absl::ParseTime(exact, text, &time, &error)) {
    return BadValue(
        absl::StrCat("'", text, "' is not a date in the form ", format));
  }
  auto has = [&](std::initializer_list<absl::string_view> parts) {
    for (const absl::string_view part : parts) {
      if (absl::StrContains(format, part)) return true;
    }
    return false;
  };
  const bool day = has({"%d", "%e", "%j", "%F", "%D", "%s"});
  const bool month = day || has({"%m", "%b", "%B", "%h"});
  return absl::FormatTime(day     ? "%Y-%m-%d"
                          : month ? "%Y-%m"
                                  : "%Y",
                          time, absl::UTCTimeZone());
}

}  // namespace meridian::table
