// Answers from figures of reports. No gRPC: a request and a catalog give a
// response.
#ifndef ANALYSIS_SERVICE_INDICATORS_H_
#define ANALYSIS_SERVICE_INDICATORS_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Errors: NotFound (UNKNOWN_INDICATOR) with suggestions; BAD_PAGE_TOKEN.
absl::StatusOr<v1::ListIndicatorsResponse> ListIndicators(
    const Question& question, const v1::ListIndicatorsRequest& request);

// Errors: NotFound (UNKNOWN_INDICATOR); FailedPrecondition
// (AMBIGUOUS_INDICATOR, NOT_COMPARABLE); InvalidArgument (BAD_REQUEST).
absl::StatusOr<v1::CompareIndicatorsResponse> CompareIndicators(
    const Question& question, const v1::CompareIndicatorsRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_INDICATORS_H_
