#include "cli/words.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "cli/text.h"

namespace meridian::cli {

std::string EnumWordOf(const google::protobuf::EnumDescriptor* type,
                       int number) {
  const auto* value = type->FindValueByNumber(number);
  if (value == nullptr) return absl::StrCat(number);
  absl::string_view zero = type->FindValueByNumber(0)->name();
  if (number == 0 || !absl::ConsumeSuffix(&zero, "UNSPECIFIED")) {
    return kUnknown;
  }
  absl::string_view name = value->name();
  absl::ConsumePrefix(&name, zero);
  return std::string(name);
}

std::string VintageText(const v1::Vintage& vintage) {
  if (vintage.date().empty()) return kUnknown;
  if (vintage.basis() == v1::VINTAGE_BASIS_UNSPECIFIED) return vintage.date();
  return absl::StrCat(vintage.date(), " (",
                      absl::AsciiStrToLower(EnumWord(vintage.basis())), ")");
}

std::string CoverageText(const v1::Coverage& coverage) {
  switch (coverage.extent()) {
    case v1::Coverage::EXTENT_ALL:
      return "all rows";
    case v1::Coverage::EXTENT_TOP:
      return absl::StrCat("top ", coverage.top());
    default:
      return "some rows";
  }
}

std::string LocatorText(const v1::Locator& locator) {
  std::vector<std::string> parts;
  if (locator.document() > 0) {
    parts.push_back(absl::StrCat("document ", locator.document() + 1));
  }
  if (locator.has_page()) {
    parts.push_back(absl::StrCat("page ", locator.page()));
  }
  if (locator.has_line() && locator.line_end() > locator.line()) {
    parts.push_back(
        absl::StrCat("lines ", locator.line(), "-", locator.line_end()));
  } else if (locator.has_line()) {
    parts.push_back(absl::StrCat("line ", locator.line()));
  }
  if (locator.has_column()) {
    parts.push_back(absl::StrCat("column ", locator.column()));
  }
  if (locator.has_pointer()) parts.push_back(locator.pointer());
  return parts.empty() ? kUnknown : absl::StrJoin(parts, ", ");
}

std::string SnapshotText(const v1::SnapshotRef& snapshot) {
  return absl::StrCat(snapshot.source(), " ", snapshot.stream(), ", vintage ",
                      VintageText(snapshot.vintage()), ", revision ",
                      snapshot.revision(), ", ",
                      CoverageText(snapshot.coverage()), " (",
                      Grouped(snapshot.rows()), " here)");
}

namespace {

std::string IntervalText(const v1::Interval& interval) {
  const auto end = [](bool has, double value) {
    return has ? Shortest(value) : std::string(kUnknown);
  };
  if (interval.has_low() && interval.has_high() &&
      interval.low() == interval.high()) {
    return Shortest(interval.low());
  }
  return absl::StrCat("[", end(interval.has_low(), interval.low()), ", ",
                      end(interval.has_high(), interval.high()), "]");
}

}  // namespace

std::string ValueText(const v1::FieldValue& value) {
  switch (value.value_case()) {
    case v1::FieldValue::kText:
      return value.text();
    case v1::FieldValue::kNumber:
      return Shortest(value.number());
    case v1::FieldValue::kFlag:
      return value.flag() ? "true" : "false";
    case v1::FieldValue::kList:
      return absl::StrCat("[", ListText(value.list().items()), "]");
    case v1::FieldValue::kDate:
      return value.date();
    case v1::FieldValue::kInterval:
      return IntervalText(value.interval());
    case v1::FieldValue::VALUE_NOT_SET:
      break;
  }
  return kUnknown;
}

std::string TruthText(v1::Truth truth) {
  switch (truth) {
    case v1::TRUTH_TRUE:
      return "T";
    case v1::TRUTH_FALSE:
      return "F";
    case v1::TRUTH_UNKNOWN:
      return "U";
    default:
      return kUnknown;
  }
}

std::string DurationText(const std::string& from, const std::string& to) {
  absl::Time begin;
  absl::Time end;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, from, &begin, &error) ||
      !absl::ParseTime(absl::RFC3339_full, to, &end, &error)) {
    return "";
  }
  return absl::StrFormat("%.1f s", absl::ToDoubleSeconds(end - begin));
}

std::string RecordText(const v1::Record& record) {
  const auto* oneof = record.GetDescriptor()->FindOneofByName("kind");
  const auto* reflection = record.GetReflection();
  const auto* field = reflection->GetOneofFieldDescriptor(record, oneof);
  if (field == nullptr) return kUnknown;
  google::protobuf::TextFormat::Printer printer;
  printer.SetSingleLineMode(true);
  printer.SetUseUtf8StringEscaping(true);
  std::string text;
  printer.PrintToString(reflection->GetMessage(record, field), &text);
  return absl::StrCat(field->name(), " { ", absl::StripAsciiWhitespace(text),
                      " }");
}

Color VerdictColor(v1::Verdict verdict) {
  switch (verdict) {
    case v1::VERDICT_ADMISSIBLE:
      return Color::kGreen;
    case v1::VERDICT_EXCLUDED:
      return Color::kRed;
    default:
      return Color::kYellow;
  }
}

Color TruthColor(v1::Truth truth) {
  switch (truth) {
    case v1::TRUTH_TRUE:
      return Color::kGreen;
    case v1::TRUTH_FALSE:
      return Color::kRed;
    default:
      return Color::kYellow;
  }
}

Color RunColor(v1::RunState state) {
  switch (state) {
    case v1::RUN_STATE_SUCCEEDED:
      return Color::kGreen;
    case v1::RUN_STATE_RUNNING:
      return Color::kPlain;
    default:
      return Color::kRed;
  }
}

}  // namespace meridian::cli
