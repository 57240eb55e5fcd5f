#include "analysis_service/policy_describe.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/completion.h"
#include "analysis_service/listings.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

std::string ModelName(const PolicyRun& run, EntityId model) {
  return run.catalog().resolution().entity(model).name;
}

// Weights of satisfied `prefer` rules: [certain, possible].
void AddPreference(PolicyRun& run, const PolicySubject& subject,
                   const PolicyOutcome& outcome, v1::ModelVerdict* out) {
  double low = 0, high = 0;
  bool any = false;
  const std::unique_ptr<FactSource> facts = run.FactsOf(subject);
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    const CompiledRule& rule = run.policy().rules[i];
    if (rule.kind != RuleKind::kPrefer) continue;
    any = true;
    const NumberRange gain = PreferenceOf(rule, outcome.rules[i], *facts);
    low += gain.low;
    high += gain.high;
  }
  if (!any) return;
  out->mutable_preference()->set_low(low);
  out->mutable_preference()->set_high(high);
}

void AddWarnings(const PolicyRun& run, const PolicyOutcome& outcome,
                 v1::ModelVerdict* out) {
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    const CompiledRule& rule = run.policy().rules[i];
    const Truth satisfied = outcome.rules[i].satisfied;
    if (rule.kind != RuleKind::kWarn || satisfied == Truth::kTrue) continue;
    const std::string& because = run.policy().policy.rules(i).because();
    out->add_warnings(absl::StrCat(
        rule.id, ": ", satisfied == Truth::kUnknown ? "possibly: " : "",
        because.empty() ? absl::StrCat("`", rule.written, "`") : because));
  }
}

v1::Truth ToProtoTruth(Truth truth) {
  return static_cast<v1::Truth>(static_cast<int>(truth));
}

// What the unknown facts could still make of it.
void AddCompletion(PolicyRun& run, const PolicySubject& subject,
                   const PolicyOutcome& outcome, v1::ModelVerdict* out) {
  if (outcome.verdict != v1::VERDICT_UNDETERMINED) return;
  std::vector<bool> waived;
  for (const RuleOutcome& rule : outcome.rules) {
    waived.push_back(rule.waiver >= 0);
  }
  const Completion completion =
      CompleteVerdict(run.policy(), *run.FactsOf(subject), waived);
  out->set_can_be_admitted(ToProtoTruth(completion.can_be_admitted));
  out->set_can_be_excluded(ToProtoTruth(completion.can_be_excluded));
}

bool SameRef(const v1::OfferingRef& asked, const v1::OfferingRef& ref) {
  return asked.operator_() == ref.operator_() &&
         (asked.route().empty() || asked.route() == ref.route());
}

int RankOf(v1::Verdict verdict) {
  return verdict == v1::VERDICT_ADMISSIBLE     ? 0
         : verdict == v1::VERDICT_UNDETERMINED ? 1
                                               : 2;
}

}  // namespace

std::string VerdictWord(v1::Verdict verdict) {
  return v1::Verdict_Name(verdict).substr(sizeof("VERDICT_") - 1);
}

void CountVerdict(v1::Verdict verdict, v1::VerdictCounts* counts) {
  if (verdict == v1::VERDICT_ADMISSIBLE) {
    counts->set_admissible(counts->admissible() + 1);
  } else if (verdict == v1::VERDICT_EXCLUDED) {
    counts->set_excluded(counts->excluded() + 1);
  } else {
    counts->set_undetermined(counts->undetermined() + 1);
  }
}

std::string SubjectName(PolicyRun& run, const PolicySubject& subject) {
  std::string name = ModelName(run, subject.model);
  const auto ref = run.RefOf(subject);
  if (!ref.has_value()) return name;
  absl::StrAppend(&name, " at ", ref->operator_());
  if (!ref->route().empty()) absl::StrAppend(&name, " (", ref->route(), ")");
  return name;
}

std::vector<std::string> DecidingRules(const CompiledPolicy& policy,
                                       const PolicyOutcome& outcome) {
  const Truth decides =
      outcome.verdict == v1::VERDICT_EXCLUDED ? Truth::kFalse : Truth::kUnknown;
  std::vector<std::string> rules;
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    if (policy.rules[i].is_hard() && outcome.rules[i].satisfied == decides) {
      rules.push_back(policy.rules[i].id);
    }
  }
  return rules;
}

std::vector<std::string> ObligationsOf(PolicyRun& run,
                                       const PolicySubject& subject,
                                       const PolicyOutcome& outcome) {
  std::vector<std::string> obligations = run.LicenceObligations(subject);
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    if (run.policy().rules[i].kind != RuleKind::kOblige) continue;
    const RuleOutcome& rule = outcome.rules[i];
    if (rule.satisfied == Truth::kFalse || !rule.applies) continue;
    obligations.push_back(
        absl::StrCat(rule.satisfied == Truth::kUnknown ? "possibly: " : "",
                     run.policy().policy.rules(i).obligation()));
  }
  std::set<std::string> seen;
  std::vector<std::string> distinct;
  for (std::string& obligation : obligations) {
    if (seen.insert(obligation).second) {
      distinct.push_back(std::move(obligation));
    }
  }
  return distinct;
}

v1::RuleResult DescribeRule(PolicyRun& run, int rule,
                            const PolicySubject& subject,
                            const RuleOutcome& outcome, Answer& answer,
                            bool with_facts) {
  const CompiledRule& compiled = run.policy().rules[rule];
  v1::RuleResult result;
  result.set_rule(compiled.id);
  result.set_kind(std::string(RuleKindName(compiled.kind)));
  result.set_satisfied(
      static_cast<v1::Truth>(static_cast<int>(outcome.satisfied)));
  for (const UnknownReason reason : outcome.reasons) {
    result.add_reasons(
        static_cast<v1::UnknownReason>(static_cast<int>(reason)));
  }
  result.set_applies(outcome.applies);
  result.set_by_default(outcome.by_default);
  if (outcome.waiver >= 0) {
    *result.mutable_waiver() = run.policy().policy.waivers(outcome.waiver);
  }
  if (with_facts) {
    for (const FieldIndex field : outcome.fields) {
      if (Fields()[field].type == FieldType::kObject) continue;
      *result.add_facts() = run.TellField(subject, field, answer);
    }
    for (const FactCall& call : outcome.calls) {
      *result.add_facts() = run.TellCall(subject, call, answer);
    }
  }
  result.set_explanation(Explain(compiled, outcome, *run.FactsOf(subject)));
  if (outcome.waiver >= 0) {
    const v1::Waiver& waiver = result.waiver();
    result.mutable_explanation()->append(absl::StrCat(" until ", waiver.until(),
                                                      " by ", waiver.approver(),
                                                      ": ", waiver.reason()));
  }
  return result;
}

v1::ModelVerdict DescribeVerdict(PolicyRun& run, const PolicySubject& subject,
                                 const PolicyOutcome& outcome, Answer& answer,
                                 bool with_facts) {
  v1::ModelVerdict out;
  out.set_model(ModelName(run, subject.model));
  out.set_verdict(outcome.verdict);
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    *out.add_rules() = DescribeRule(run, static_cast<int>(i), subject,
                                    outcome.rules[i], answer, with_facts);
  }
  if (auto ref = run.RefOf(subject)) *out.mutable_offering() = *std::move(ref);
  for (std::string& obligation : ObligationsOf(run, subject, outcome)) {
    out.add_obligations(std::move(obligation));
  }
  AddWarnings(run, outcome, &out);
  AddPreference(run, subject, outcome, &out);
  AddCompletion(run, subject, outcome, &out);
  return out;
}

absl::StatusOr<PolicySubject> FindSubject(PolicyRun& run,
                                          absl::string_view model,
                                          const v1::OfferingRef* offering) {
  ASSIGN_OR_RETURN(const EntityId id, FindModel(run.catalog(), model));
  const std::vector<PolicySubject> subjects = run.SubjectsOf(id);
  if (offering == nullptr) {
    PolicySubject best = subjects.empty() ? PolicySubject{id, -1} : subjects[0];
    int best_rank = 3;
    for (const PolicySubject& subject : subjects) {
      const int rank = RankOf(run.Judge(subject).verdict);
      if (rank < best_rank) best = subject;
      best_rank = std::min(rank, best_rank);
    }
    return best;
  }
  if (!run.judges_offerings()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                     "the policy judges models, not offerings; leave "
                     "'offering' out",
                     {{"field", "offering"}});
  }
  std::vector<std::string> names;
  for (const PolicySubject& subject : subjects) {
    const auto ref = run.RefOf(subject);
    if (!ref.has_value()) continue;
    if (SameRef(*offering, *ref)) return subject;
    names.push_back(absl::StrCat(
        ref->operator_(), ref->route().empty() ? "" : "/", ref->route()));
  }
  return MakeError(
      absl::StatusCode::kNotFound, "UNKNOWN_OFFERING",
      absl::StrCat("no offering of '", ModelName(run, id), "' is known from '",
                   offering->operator_(), "'",
                   offering->route().empty() ? "" : " at ", offering->route(),
                   names.empty() ? "; none is known at all" : "; known: ",
                   absl::StrJoin(names, ", ")),
      {{"model", ModelName(run, id)}, {"operator", offering->operator_()}});
}

}  // namespace meridian::analysis
