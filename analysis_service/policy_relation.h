// How two policies relate over all that facts could be. Plain C++: no gRPC,
// threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_RELATION_H_
#define ANALYSIS_SERVICE_POLICY_RELATION_H_

#include <string>
#include <vector>

#include "analysis_service/completion.h"
#include "analysis_service/policy.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// A policy and who asks, from when: see ThoughtUpFacts.
struct PolicySide {
  const CompiledPolicy* policy = nullptr;
  const FactSource* question = nullptr;
};

struct PolicyMeaning {
  v1::PolicyRelation relation = v1::POLICY_RELATION_UNSPECIFIED;
  // "enumeration", "z3", or why it is not decided.
  std::string decided_by;
  // What only B admits, then what only A admits, as far as there is such;
  // each replayed through the evaluator.
  std::vector<v1::PolicyWitness> witnesses;
};

// Over complete facts: a subject of which everything is known that the
// policies ask for. Waivers and portfolio rules are about particular subjects
// and do not count. Facts of the deployer are those of each side's question;
// with `same_deployer` those that neither states are the same for both.
PolicyMeaning RelatePolicies(const PolicySide& a, const PolicySide& b,
                             bool same_deployer,
                             const SolverOptions& options = {});

// The facts of an assignment, by name.
std::vector<v1::Fact> TellAssignment(const FactSpace& space,
                                     const Assignment& assignment);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_RELATION_H_
