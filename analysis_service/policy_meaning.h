// The answers of ComparePolicies and AnalyzePolicy: what policies mean over
// all that facts could be, and on the catalog. No gRPC: a request and a
// catalog give a response. Errors of both: those of PolicyRun::Create.
#ifndef ANALYSIS_SERVICE_POLICY_MEANING_H_
#define ANALYSIS_SERVICE_POLICY_MEANING_H_

#include <memory>

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// B's context, day and evidence are those of A. Of an offering policy each
// model counts once, by its best offering, when the other policy is about
// models. Errors: also those of ChooseBoard for rank_by, BAD_PAGE_TOKEN.
absl::StatusOr<v1::ComparePoliciesResponse> ComparePolicies(
    const Question& question, const v1::ComparePoliciesRequest& request);

absl::StatusOr<v1::AnalyzePolicyResponse> AnalyzePolicy(
    const Question& question, const v1::AnalyzePolicyRequest& request);

// What a run knows beside facts of a subject: who asks, the days, the lists.
// Lives as long as the run.
std::unique_ptr<FactSource> QuestionFactsOf(PolicyRun& run);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_MEANING_H_
