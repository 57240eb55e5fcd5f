// The answer of EvaluatePolicy. No gRPC: a request and a catalog give a
// response.
#ifndef ANALYSIS_SERVICE_POLICY_ANSWER_H_
#define ANALYSIS_SERVICE_POLICY_ANSWER_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Errors: InvalidArgument (BAD_POLICY) with file, line and column; those of
// ChooseBoard for rank_by, BAD_EXPRESSION for the filter, UNKNOWN_MODEL for
// models.
absl::StatusOr<v1::EvaluatePolicyResponse> EvaluatePolicy(
    const Question& question, const v1::EvaluatePolicyRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_ANSWER_H_
