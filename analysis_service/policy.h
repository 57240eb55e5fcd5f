// Policies: what may be used. A policy is compiled once and judges one model
// at a time in strong Kleene logic. Plain C++: no gRPC, threads, clocks or
// files.
#ifndef ANALYSIS_SERVICE_POLICY_H_
#define ANALYSIS_SERVICE_POLICY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/expression.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

inline constexpr size_t kMaxPolicyBytes = 64 << 10;
inline constexpr int kMaxPolicyRules = 256;

struct CompiledRule {
  std::string id;
  bool forbids = false;  // the body must be false instead of true
  Expression body;
  std::optional<Expression> applies_when;
  v1::OnUnknown on_unknown = v1::ON_UNKNOWN_UNDETERMINED;
};

struct CompiledPolicy {
  v1::Policy policy;
  std::vector<CompiledRule> rules;  // as in `policy`
};

// Checks a policy and compiles its rules. All that is wrong is told at once.
// Errors: InvalidArgument (BAD_POLICY): missing id or version, no rule or too
// many, a rule id twice, a rule without a body, an expression that does not
// compile (its message has line and column within the expression).
// `environment` is what the catalog offers; the policy's sets are added.
absl::StatusOr<CompiledPolicy> CompilePolicy(const v1::Policy& policy,
                                             const Environment& environment);

// The same from YAML text (one mapping with the fields of v1.Policy; `sets`
// as a mapping NAME: [member, ...]; a rule's body as `require:` or `forbid:`;
// on_unknown as UNDETERMINED, EXCLUDE or ADMIT). Every problem has
// FILE:LINE:COLUMN, and those inside an expression point into it.
absl::StatusOr<CompiledPolicy> CompilePolicyYaml(
    absl::string_view text, absl::string_view file,
    const Environment& environment);

// What one rule says of one model.
struct RuleOutcome {
  Truth satisfied = Truth::kUnknown;
  bool applies = true;                 // false: applies_when is certainly false
  bool by_default = false;             // unknown, and decided by on_unknown
  std::vector<UnknownReason> reasons;  // when it is unknown
  std::vector<FieldIndex> fields;      // it looked at
  std::vector<FieldIndex> unknown_fields;
};

struct PolicyOutcome {
  // EXCLUDED when any rule is violated, ADMISSIBLE when all are satisfied,
  // else UNDETERMINED.
  v1::Verdict verdict = v1::VERDICT_UNDETERMINED;
  std::vector<RuleOutcome> rules;  // every rule: nothing is skipped
};

PolicyOutcome Judge(const CompiledPolicy& policy, const FactSource& facts);

// What a rule says, in a plain sentence: "requires `model.weights == OPEN`,
// but model.weights is API_ONLY".
std::string Explain(const CompiledRule& rule, const RuleOutcome& outcome,
                    const FactSource& facts);

// SHA-256 of what a policy demands, whatever the layout and comments of its
// file: 64 hex digits.
std::string PolicyDigest(const v1::Policy& policy);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_H_
