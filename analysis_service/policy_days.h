// Days on which a verdict can change. Plain C++: no gRPC, threads, clocks or
// files.
#ifndef ANALYSIS_SERVICE_POLICY_DAYS_H_
#define ANALYSIS_SERVICE_POLICY_DAYS_H_

#include <set>

#include "absl/status/status.h"
#include "analysis_service/catalog.h"
#include "common/base/dates.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// On which snapshots with more than scores come in, or a record of any kind
// but scores, votes and figures begins or ceases to hold.
std::set<Day> DaysOfCatalog(const Catalog& catalog);

// On which the policy or one of its waivers begins or ceases to hold, or what
// came in gets older than it allows.
std::set<Day> DaysOfPolicy(const v1::Policy& policy, const Catalog& catalog);

// On which a policy that is not in force (POLICY_NOT_IN_FORCE) begins or
// ceases to be.
std::set<Day> DaysOfError(const absl::Status& not_in_force);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_DAYS_H_
