// Months of a request that asks for a history.
#ifndef ANALYSIS_SERVICE_MONTHS_H_
#define ANALYSIS_SERVICE_MONTHS_H_

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/dates.h"

namespace meridian::analysis {

// The months from `from` to `to`, both "YYYY-MM"; an empty `to` is the month
// of as_of. Nothing when `from` is empty. Errors: InvalidArgument (BAD_REQUEST)
// for `to` without `from`, an empty range or more than 240 months; BAD_DATE.
absl::StatusOr<std::vector<DateRange>> MonthsBetween(absl::string_view from,
                                                     absl::string_view to,
                                                     Day as_of);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_MONTHS_H_
