#include "analysis_service/completion.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

// The truth of a rule before on_unknown, as the evaluator has it.
Truth StateOf(const CompiledRule& rule, const FactSource& facts) {
  const auto negate = [](Truth truth) {
    if (truth == Truth::kUnknown) return truth;
    return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
  };
  Truth satisfied = Evaluate(rule.body, facts).truth;
  if (rule.forbids) satisfied = negate(satisfied);
  if (!rule.applies_when.has_value()) return satisfied;
  const Truth applies = Evaluate(*rule.applies_when, facts).truth;
  if (applies == Truth::kFalse || satisfied == Truth::kTrue) {
    return Truth::kTrue;
  }
  return applies == Truth::kTrue ? satisfied : Truth::kUnknown;
}

Truth Negate(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

}  // namespace

const FactValue& ThoughtUpFacts::Get(FieldIndex field) const {
  static const auto* const missing =
      new FactValue(FactValue::Unknown(UnknownReason::kMissing));
  const std::string& name = Fields()[field].name;
  if (absl::StartsWith(name, "deployer") || name == "on" || name == "as_of") {
    return question_.Get(field);
  }
  return *missing;
}

RuleSpace::RuleSpace(const std::vector<SpaceRule>& rules,
                     const std::vector<const FactSource*>& known,
                     const SolverOptions& options)
    : rules_(rules),
      known_(known),
      options_(options),
      sound_(rules, known),
      solver_(sound_, options) {}

RuleSpace::Result RuleSpace::Find(const std::vector<Demand>& demands) {
  Result result;
  const Solution solution = solver_.Solve(demands);
  used_z3_ |= solution.used_z3;
  result.possible = solution.found;
  result.because = solution.because;
  if (solution.found == Truth::kFalse) return result;
  if (solution.found == Truth::kTrue &&
      Replays(sound_, solution.assignment, demands)) {
    result.space = &sound_;
    result.assignment = solution.assignment;
    return result;
  }
  if (solution.found == Truth::kTrue) {
    result.possible = Truth::kUnknown;
    result.because = sound_.opaque_because();
  }
  if (tried_ == nullptr) {
    FactSpaceOptions options;
    options.inexact_is_opaque = false;
    tried_ = std::make_unique<FactSpace>(rules_, known_, options);
    trier_ = std::make_unique<FactSolver>(*tried_, options_);
  }
  const Solution trial = trier_->Solve(demands);
  used_z3_ |= trial.used_z3;
  if (trial.found == Truth::kTrue &&
      Replays(*tried_, trial.assignment, demands)) {
    result.possible = Truth::kTrue;
    result.space = tried_.get();
    result.assignment = trial.assignment;
    result.because.clear();
  }
  return result;
}

bool RuleSpace::Replays(const FactSpace& space, const Assignment& assignment,
                        const std::vector<Demand>& demands) const {
  return std::all_of(demands.begin(), demands.end(), [&](const Demand& demand) {
    const SpaceRule& rule = rules_[demand.rule];
    return Meets(StateOf(*rule.rule, *space.Facts(assignment, rule.side)),
                 rule.rule->on_unknown, demand.kind);
  });
}

Completion CompleteVerdict(const CompiledPolicy& policy,
                           const FactSource& known,
                           const std::vector<bool>& waived,
                           const SolverOptions& options) {
  std::vector<SpaceRule> rules;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    if (!policy.rules[i].is_hard()) continue;
    if (i < waived.size() && waived[i]) continue;
    rules.push_back({&policy.rules[i], 0});
  }
  RuleSpace space(rules, {&known}, options);
  std::vector<Demand> all;
  Completion completion;
  completion.can_be_excluded = Truth::kFalse;
  for (size_t i = 0; i < rules.size(); ++i) {
    const int rule = static_cast<int>(i);
    all.push_back({rule, DemandKind::kAdmits});
    const Truth excludes = space.Find({{rule, DemandKind::kExcludes}}).possible;
    if (completion.can_be_excluded == Truth::kTrue) continue;
    if (excludes != Truth::kFalse) completion.can_be_excluded = excludes;
  }
  completion.can_be_admitted = space.Find(all).possible;
  return completion;
}

Truth NeverTrue(const CompiledRule& rule, const FactSource& question,
                const SolverOptions& options) {
  const ThoughtUpFacts facts(question);
  RuleSpace space({{&rule, 0}}, {&facts}, options);
  return Negate(space.Find({{0, DemandKind::kAdmits}}).possible);
}

Truth AlwaysTrue(const CompiledRule& rule, const FactSource& question,
                 const SolverOptions& options) {
  const ThoughtUpFacts facts(question);
  RuleSpace space({{&rule, 0}}, {&facts}, options);
  return Negate(space.Find({{0, DemandKind::kNotAdmits}}).possible);
}

}  // namespace meridian::analysis
