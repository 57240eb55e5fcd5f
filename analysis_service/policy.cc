#include "analysis_service/policy.h"

#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

Environment WithSets(const Environment& environment, const v1::Policy& policy) {
  Environment extended = environment;
  for (const v1::NamedSet& set : policy.sets()) {
    extended.sets[set.name()] = {set.members().begin(), set.members().end()};
  }
  return extended;
}

const std::string& BodyOf(const v1::PolicyRule& rule) {
  return rule.has_forbid() ? rule.forbid() : rule.require();
}

// What is wrong with the policy as a whole.
std::vector<std::string> Problems(const v1::Policy& policy) {
  std::vector<std::string> problems;
  if (policy.id().empty()) problems.push_back("the policy has no 'id'");
  if (policy.version().empty()) {
    problems.push_back("the policy has no 'version'");
  }
  if (policy.rules().empty()) problems.push_back("the policy has no 'rules'");
  if (policy.rules_size() > kMaxPolicyRules) {
    problems.push_back(absl::StrCat("the policy has ", policy.rules_size(),
                                    " rules; at most ", kMaxPolicyRules,
                                    " are allowed"));
  }
  std::set<std::string> ids;
  for (const v1::PolicyRule& rule : policy.rules()) {
    if (rule.id().empty()) {
      problems.push_back("a rule has no 'id'");
    } else if (!ids.insert(rule.id()).second) {
      problems.push_back(absl::StrCat("rule id '", rule.id(),
                                      "' is used twice; ids are unique"));
    }
    if (BodyOf(rule).empty()) {
      problems.push_back(absl::StrCat("rule '", rule.id(),
                                      "' has neither 'require' nor 'forbid'"));
    }
  }
  return problems;
}

absl::StatusOr<CompiledRule> CompileRule(const v1::PolicyRule& rule,
                                         const Environment& environment) {
  CompiledRule compiled;
  compiled.id = rule.id();
  compiled.forbids = rule.has_forbid();
  if (rule.on_unknown() != v1::ON_UNKNOWN_UNSPECIFIED) {
    compiled.on_unknown = rule.on_unknown();
  }
  auto body = Compile(BodyOf(rule), environment);
  if (!body.ok()) {
    return Annotate(body.status(), absl::StrCat("rule '", rule.id(), "'"));
  }
  compiled.body = *std::move(body);
  if (!rule.applies_when().empty()) {
    auto applies = Compile(rule.applies_when(), environment);
    if (!applies.ok()) {
      return Annotate(applies.status(),
                      absl::StrCat("rule '", rule.id(), "', applies_when"));
    }
    compiled.applies_when = *std::move(applies);
  }
  return compiled;
}

Truth Negate(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

void Merge(const Evaluation& evaluation, std::set<UnknownReason>* reasons,
           std::set<FieldIndex>* fields, std::set<FieldIndex>* unknown) {
  reasons->insert(evaluation.reasons.begin(), evaluation.reasons.end());
  fields->insert(evaluation.fields.begin(), evaluation.fields.end());
  unknown->insert(evaluation.unknown_fields.begin(),
                  evaluation.unknown_fields.end());
}

RuleOutcome JudgeRule(const CompiledRule& rule, const FactSource& facts) {
  std::set<UnknownReason> reasons;
  std::set<FieldIndex> fields, unknown;
  const Evaluation body = Evaluate(rule.body, facts);
  Truth satisfied = rule.forbids ? Negate(body.truth) : body.truth;
  Merge(body, &reasons, &fields, &unknown);
  RuleOutcome outcome;
  if (rule.applies_when.has_value()) {
    const Evaluation applies = Evaluate(*rule.applies_when, facts);
    Merge(applies, &reasons, &fields, &unknown);
    outcome.applies = applies.truth != Truth::kFalse;
    // !applies || satisfied, in Kleene logic.
    if (applies.truth == Truth::kFalse) {
      satisfied = Truth::kTrue;
    } else if (applies.truth == Truth::kUnknown && satisfied != Truth::kTrue) {
      satisfied = Truth::kUnknown;
    }
  }
  outcome.fields.assign(fields.begin(), fields.end());
  if (satisfied == Truth::kUnknown) {
    outcome.reasons.assign(reasons.begin(), reasons.end());
    outcome.unknown_fields.assign(unknown.begin(), unknown.end());
    if (rule.on_unknown == v1::ON_UNKNOWN_EXCLUDE) {
      satisfied = Truth::kFalse;
      outcome.by_default = true;
    } else if (rule.on_unknown == v1::ON_UNKNOWN_ADMIT) {
      satisfied = Truth::kTrue;
      outcome.by_default = true;
    }
  }
  outcome.satisfied = satisfied;
  return outcome;
}

// An expression on one line, for sentences.
std::string OneLine(std::string text) {
  absl::RemoveExtraAsciiWhitespace(&text);
  return text;
}

}  // namespace

absl::StatusOr<CompiledPolicy> CompilePolicy(const v1::Policy& policy,
                                             const Environment& environment) {
  std::vector<std::string> problems = Problems(policy);
  const Environment extended = WithSets(environment, policy);
  CompiledPolicy compiled;
  compiled.policy = policy;
  for (const v1::PolicyRule& rule : policy.rules()) {
    if (BodyOf(rule).empty()) continue;
    auto one = CompileRule(rule, extended);
    if (one.ok()) {
      compiled.rules.push_back(*std::move(one));
    } else {
      problems.emplace_back(one.status().message());
    }
  }
  if (!problems.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                     absl::StrJoin(problems, "\n"),
                     {{"problems", absl::StrCat(problems.size())}});
  }
  return compiled;
}

PolicyOutcome Judge(const CompiledPolicy& policy, const FactSource& facts) {
  PolicyOutcome outcome;
  bool violated = false, unknown = false;
  for (const CompiledRule& rule : policy.rules) {
    outcome.rules.push_back(JudgeRule(rule, facts));
    violated |= outcome.rules.back().satisfied == Truth::kFalse;
    unknown |= outcome.rules.back().satisfied == Truth::kUnknown;
  }
  outcome.verdict = violated  ? v1::VERDICT_EXCLUDED
                    : unknown ? v1::VERDICT_UNDETERMINED
                              : v1::VERDICT_ADMISSIBLE;
  return outcome;
}

std::string Explain(const CompiledRule& rule, const RuleOutcome& outcome,
                    const FactSource& facts) {
  if (!outcome.applies) {
    return absl::StrCat("does not apply: `", OneLine(rule.applies_when->text()),
                        "` is false");
  }
  std::vector<std::string> stated;
  for (const FieldIndex field : outcome.fields) {
    stated.push_back(absl::StrCat(Fields()[field].name, " is ",
                                  DescribeValue(facts.Get(field))));
  }
  const absl::string_view verb = rule.forbids ? "forbids" : "requires";
  const absl::string_view link =
      outcome.satisfied == Truth::kTrue && !outcome.by_default ? "; "
                                                               : ", but ";
  std::string sentence =
      absl::StrCat(verb, " `", OneLine(rule.body.text()), "`",
                   stated.empty() ? "" : link, absl::StrJoin(stated, ", "));
  if (outcome.by_default) {
    absl::StrAppend(
        &sentence, "; counted as ",
        outcome.satisfied == Truth::kTrue ? "satisfied" : "violated",
        " because on_unknown is ",
        outcome.satisfied == Truth::kTrue ? "ADMIT" : "EXCLUDE");
  }
  return sentence;
}

std::string PolicyDigest(const v1::Policy& policy) {
  // Sized strings in a fixed order; sets by name, members sorted.
  std::string bytes = "meridian.policy.v1";
  const auto put = [&](absl::string_view text) {
    absl::StrAppend(&bytes, text.size(), ":", text, ";");
  };
  put(policy.id());
  put(policy.version());
  std::map<std::string, std::set<std::string>> sets;
  for (const v1::NamedSet& set : policy.sets()) {
    sets[set.name()].insert(set.members().begin(), set.members().end());
  }
  for (const auto& [name, members] : sets) {
    put(name);
    put(absl::StrCat(members.size()));
    for (const std::string& member : members) put(member);
  }
  put("rules");
  for (const v1::PolicyRule& rule : policy.rules()) {
    put(rule.id());
    put(rule.has_forbid() ? "forbid" : "require");
    put(BodyOf(rule));
    put(rule.applies_when());
    put(absl::StrCat(rule.on_unknown() == v1::ON_UNKNOWN_UNSPECIFIED
                         ? v1::ON_UNKNOWN_UNDETERMINED
                         : rule.on_unknown()));
  }
  return Sha256Hex(bytes);
}

}  // namespace meridian::analysis
