// Policies: what may be used. A policy is read and compiled once and judges
// one subject at a time in strong Kleene logic. Plain C++: no gRPC, threads,
// clocks or files.
//
// A policy comes as a message, as YAML or as textproto. The YAML has the
// fields of v1.Policy in snake case; `sets` is a mapping NAME: [member, ...],
// `defines` a mapping name: expression; enums are written without their
// prefix (on_unknown: EXCLUDE). All that is wrong is told at once, with its
// place: FILE:LINE:COLUMN, or the path of the field in a message.
#ifndef ANALYSIS_SERVICE_POLICY_H_
#define ANALYSIS_SERVICE_POLICY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/expression.h"
#include "analysis_service/policy_source.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

inline constexpr size_t kMaxPolicyBytes = 64 << 10;
inline constexpr int kMaxPolicyRules = 256;

enum class RuleKind : uint8_t { kRequire, kForbid, kPrefer, kWarn, kOblige };
// "require", "forbid", "prefer", "warn", "oblige".
absl::string_view RuleKindName(RuleKind kind);

struct CompiledRule {
  std::string id;
  RuleKind kind = RuleKind::kRequire;
  // The body must be false instead of true: forbid, warn.
  bool forbids = false;
  Expression body;
  std::optional<Expression> applies_when;
  v1::OnUnknown on_unknown = v1::ON_UNKNOWN_UNDETERMINED;
  bool is_number = false;  // prefer: the body's value is a number
  double weight = 1;       // prefer
  // As written, on one line.
  std::string written, applies_when_written;
  // With defines put in.
  std::string expanded, applies_when_expanded;

  // Decides verdicts; the others only add to an answer.
  bool is_hard() const {
    return kind == RuleKind::kRequire || kind == RuleKind::kForbid;
  }
};

struct CompiledPolicy {
  v1::Policy policy;
  std::vector<CompiledRule> rules;  // as in `policy`
  PolicyPlaces places;              // empty when it came as a message
};

// Checks a policy and compiles its rules. `environment` is what the catalog
// offers; the policy's sets are added, its defines put into the rules.
// Errors: InvalidArgument (BAD_POLICY): missing id or version, no rule or too
// many, an id twice, a rule without a body, an expression that does not
// compile, a define that uses itself, a waiver of an unknown rule or without
// approver, reason or end, a date that is none, a number that is not finite.
absl::StatusOr<CompiledPolicy> CompilePolicy(const v1::Policy& policy,
                                             const Environment& environment);

// The same from text: textproto when the file's name ends in ".textproto" or
// ".txtpb", else YAML. Also BAD_POLICY: more than kMaxPolicyBytes, syntax, an
// unknown field (with the nearest known ones), a value of a wrong type.
absl::StatusOr<CompiledPolicy> CompilePolicyText(
    absl::string_view text, absl::string_view file,
    const Environment& environment);
// The same, YAML whatever the name.
absl::StatusOr<CompiledPolicy> CompilePolicyYaml(
    absl::string_view text, absl::string_view file,
    const Environment& environment);

// What one rule says of one subject.
struct RuleOutcome {
  // Hard rules: satisfied, violated or not known, on_unknown and waivers
  // applied. prefer, oblige: the truth of the body. warn: TRUE when there is
  // nothing to warn of. A rule that does not apply is TRUE.
  Truth satisfied = Truth::kUnknown;
  // The same before on_unknown and waivers.
  Truth stated = Truth::kUnknown;
  bool applies = true;      // false: applies_when is certainly false
  bool by_default = false;  // unknown, and decided by on_unknown
  int waiver = -1;          // of v1.Policy.waivers that satisfied it; -1: none
  std::vector<UnknownReason> reasons;  // when `stated` is unknown
  std::vector<FieldIndex> fields;      // it looked at
  std::vector<FieldIndex> unknown_fields;
  std::vector<FactCall> calls;  // it made
  std::vector<FactCall> unknown_calls;
};

struct PolicyOutcome {
  // EXCLUDED when any hard rule is violated, even if others are unknown;
  // ADMISSIBLE when all are satisfied; else UNDETERMINED.
  v1::Verdict verdict = v1::VERDICT_UNDETERMINED;
  std::vector<RuleOutcome> rules;  // every rule: nothing is skipped
};

// `waivers[i]` is the waiver of the policy that covers rule i of this subject
// on this day, -1: none. Empty: none at all. A waiver comes before on_unknown.
PolicyOutcome Judge(const CompiledPolicy& policy, const FactSource& facts,
                    absl::Span<const int> waivers = {});

// What a rule says by the truth of its body and of applies_when (kTrue when it
// has none), before waivers and on_unknown; and after them.
Truth StatedTruth(const CompiledRule& rule, Truth body, Truth applies);
Truth SettledTruth(const CompiledRule& rule, Truth stated, int waiver);

// What a `prefer` rule adds to the preference: [certain, possible]. A Boolean
// body adds its weight when it is true, a number its value times the weight.
NumberRange PreferenceOf(const CompiledRule& rule, const RuleOutcome& outcome,
                         const FactSource& facts);

// What a rule says, in a plain sentence: "requires `model.weights == OPEN`,
// but model.weights is API_ONLY".
std::string Explain(const CompiledRule& rule, const RuleOutcome& outcome,
                    const FactSource& facts);

// SHA-256 of all that decides: 64 hex digits. Texts for people (title,
// author_note, references, because, reference), comments, the layout of the
// file and white space in expressions do not count.
std::string PolicyDigest(const v1::Policy& policy);

// An expression on one line, for sentences and digests; quoted text stays.
std::string OneLine(absl::string_view expression);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_H_
