// What is wrong with the parts of a policy that are no expressions: names,
// dates, numbers, waivers, portfolio rules, objectives. Used by
// policy_compile.cc.
#ifndef ANALYSIS_SERVICE_POLICY_PARTS_H_
#define ANALYSIS_SERVICE_POLICY_PARTS_H_

#include <vector>

#include "analysis_service/policy_source.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

void CheckPolicyParts(const v1::Policy& policy,
                      std::vector<PolicyProblem>* problems);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_PARTS_H_
