// The answer of ListMissingFacts: facts worth finding. No gRPC: a request and
// a catalog give a response.
#ifndef ANALYSIS_SERVICE_POLICY_MISSING_H_
#define ANALYSIS_SERVICE_POLICY_MISSING_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// The unknown facts of all undetermined models (with rank_by of those on the
// board). Facts of a licence or a developer that several models have are one
// fact, listed with the best of these models.
//
// `decides` counts models of which it is the only unknown fact.
// `unlocks_points` is how far the best model that it keeps open, and that some
// values of its unknown facts admit, is above the best that is certainly
// admissible; 0 when none is. Unset with rank_by: nothing is certainly
// admissible, so any model that can be would be the first. Sorted by what it
// unlocks (those first), by what it decides, by model and fact.
//
// Errors: those of PolicyRun::Create, ChooseBoard and BAD_PAGE_TOKEN.
absl::StatusOr<v1::ListMissingFactsResponse> ListMissingFacts(
    const Question& question, const v1::ListMissingFactsRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_MISSING_H_
