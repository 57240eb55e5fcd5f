// What would change a verdict: the smallest sets of rules to waive, and of
// facts that would have to be other than they are. Plain C++: no gRPC,
// threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_COUNTERFACTUAL_H_
#define ANALYSIS_SERVICE_POLICY_COUNTERFACTUAL_H_

#include <vector>

#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

inline constexpr size_t kMostCounterfactuals = 16;
// Facts of one set.
inline constexpr size_t kMostChangedFacts = 3;

// Of an excluded subject: how it would become ADMISSIBLE; of an undetermined
// one: ADMISSIBLE, and EXCLUDED by one fact; of an admissible one: EXCLUDED by
// one fact. Every set is tried with the evaluator: facts take the values that
// the rules' own constants, sets and lists tell apart, each at least once. No
// set contains another. Small sets first, then by name. A search over more
// than 2,000 combinations ends there.
std::vector<v1::Counterfactual> Counterfactuals(PolicyRun& run,
                                                const PolicySubject& subject,
                                                const PolicyOutcome& outcome);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_COUNTERFACTUAL_H_
