#include "analysis_service/field.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::analysis {
namespace {

absl::string_view ReasonName(UnknownReason reason) {
  switch (reason) {
    case UnknownReason::kNone:
      return "";
    case UnknownReason::kMissing:
      return "MISSING";
    case UnknownReason::kWithheld:
      return "WITHHELD";
    case UnknownReason::kImprecise:
      return "IMPRECISE";
    case UnknownReason::kConflict:
      return "CONFLICT";
    case UnknownReason::kStale:
      return "STALE";
    case UnknownReason::kIncompleteSet:
      return "INCOMPLETE_SET";
    case UnknownReason::kSourceFailed:
      return "SOURCE_FAILED";
    case UnknownReason::kError:
      return "ERROR";
  }
  return "";
}

std::string DescribeNumber(double number) { return absl::StrCat(number); }

struct Describer {
  std::string operator()(std::monostate) const { return ""; }
  std::string operator()(const std::string& text) const { return text; }
  std::string operator()(bool flag) const { return flag ? "true" : "false"; }
  std::string operator()(const NumberRange& range) const {
    if (range.low == range.high) return DescribeNumber(range.low);
    return absl::StrCat("[", DescribeNumber(range.low), ", ",
                        DescribeNumber(range.high), "]");
  }
  std::string operator()(const StringList& list) const {
    return absl::StrCat("[", absl::StrJoin(list.items, ", "),
                        list.complete ? "]" : ", ...]");
  }
  std::string operator()(const std::shared_ptr<const ObjectList>& list) const {
    return absl::StrCat(list->items.size(), list->complete ? "" : " or more");
  }
  std::string operator()(const DateRange& range) const {
    if (range.is_day()) return FormatDay(range.first);
    return absl::StrCat(FormatDay(range.first), "/", FormatDay(range.last));
  }
};

}  // namespace

std::string DescribeValue(const FactValue& value) {
  if (!value.known()) {
    return absl::StrCat("unknown (", ReasonName(value.unknown), ")");
  }
  return std::visit(Describer{}, value.value);
}

}  // namespace meridian::analysis
