// The answer of GetLag. No gRPC: a request and a catalog give a response.
#ifndef ANALYSIS_SERVICE_LAG_ANSWER_H_
#define ANALYSIS_SERVICE_LAG_ANSWER_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Errors: those of ChooseBoard and CompileGroups; InvalidArgument (BAD_REQUEST,
// BAD_DATE).
absl::StatusOr<v1::GetLagResponse> GetLag(const Question& question,
                                          const v1::GetLagRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_LAG_ANSWER_H_
