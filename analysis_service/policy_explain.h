// The answer of ExplainVerdict: one verdict with its proof, for programs and
// for people. Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_EXPLAIN_H_
#define ANALYSIS_SERVICE_POLICY_EXPLAIN_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// `text` has, a sentence a line: the verdict; of every rule that decides, what
// it demands and the facts against it, each with publisher, title, figure and
// date of what it rests on; rules satisfied by default or waiver; what is not
// known and whom to ask; what would change the verdict; obligations and
// warnings; whose reading the policy is. Errors: those of PolicyRun::Create
// and FindSubject.
absl::StatusOr<v1::ExplainVerdictResponse> ExplainVerdict(
    const Question& question, const v1::ExplainVerdictRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_EXPLAIN_H_
