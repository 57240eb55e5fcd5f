// Policies that the log holds. Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_STORED_H_
#define ANALYSIS_SERVICE_POLICY_STORED_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "analysis_service/catalog.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

struct FoundPolicy {
  EvidenceRef ref;
  const v1::StoredPolicy* policy = nullptr;  // of the catalog
  std::string file;                          // for messages: "ID@VERSION.yaml"
};

// All, by id and version; of one key the newest.
std::vector<FoundPolicy> StoredPolicies(const Catalog& catalog);

// The policy of this id and version; without a version the one in force on
// `as_of` by the dates of its record, of several the one that began last, then
// of the greatest version. Errors: NotFound (UNKNOWN_POLICY) with suggestions;
// FailedPrecondition (POLICY_NOT_IN_FORCE) when none of its versions is.
absl::StatusOr<FoundPolicy> FindPolicy(const Catalog& catalog,
                                       const v1::PolicyRef& ref, Day as_of);

absl::StatusOr<v1::ListPoliciesResponse> ListPolicies(
    const Question& question, const v1::ListPoliciesRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_STORED_H_
