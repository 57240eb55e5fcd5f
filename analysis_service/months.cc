#include "analysis_service/months.h"

#include <string>

#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr int kMaxMonths = 240;

absl::Status BadRequest(absl::string_view message, absl::string_view field) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", message,
                   {{"field", std::string(field)}});
}

}  // namespace

absl::StatusOr<std::vector<DateRange>> MonthsBetween(absl::string_view from,
                                                     absl::string_view to,
                                                     Day as_of) {
  std::vector<DateRange> months;
  if (from.empty()) {
    if (!to.empty()) {
      return BadRequest("'to' is set without 'from'; set both", "from");
    }
    return months;
  }
  const auto first = ParseMonth(from);
  if (!first.ok()) return Annotate(first.status(), "from");
  const auto last = ParseMonth(to.empty() ? FormatMonth(as_of) : to);
  if (!last.ok()) return Annotate(last.status(), "to");
  for (Day day = first->first; day <= last->first; day = NextMonth(day)) {
    months.push_back({day, NextMonth(day) - 1});
    if (months.size() > kMaxMonths) {
      return BadRequest("more than 240 months between 'from' and 'to'", "to");
    }
  }
  if (months.empty()) return BadRequest("'to' is before 'from'", "to");
  return months;
}

}  // namespace meridian::analysis
