#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/completion.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_meaning.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// No subject at hand; lists of the catalog.
class ListsOnly : public FactSource {
 public:
  explicit ListsOnly(PolicyRun& run) : run_(run) {}

  const FactValue& Get(FieldIndex) const override {
    static const auto* const missing =
        new FactValue(FactValue::Unknown(UnknownReason::kMissing));
    return *missing;
  }
  StringList ListMembers(absl::string_view list) const override {
    return {run_.catalog().Members(list, run_.facts().context().on), true};
  }

 private:
  PolicyRun& run_;
};

Truth Opposite(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

v1::Truth ToProto(Truth truth) {
  return static_cast<v1::Truth>(static_cast<int>(truth));
}

class Analysis {
 public:
  explicit Analysis(PolicyRun& run)
      : run_(run),
        question_(QuestionFactsOf(run)),
        thought_up_(*question_),
        space_(Rules(), {&thought_up_}) {}

  v1::AnalyzePolicyResponse Run() {
    v1::AnalyzePolicyResponse response;
    const std::vector<v1::VerdictCounts> counts = Count();
    std::vector<Demand> all;
    for (const int rule : hard_) {
      all.push_back({place_[rule], DemandKind::kAdmits});
    }
    for (size_t i = 0; i < run_.policy().rules.size(); ++i) {
      v1::RuleAnalysis* rule = response.add_rules();
      *rule = Analyze(static_cast<int>(i));
      *rule->mutable_counts() = counts[i];
      rule->set_explanation(Explain(*rule));
    }
    response.set_admits_nothing(Never(all));
    for (v1::PolicyDiagnostic& remark : DiagnosticsOf(run_, CoverageOf(run_))) {
      *response.add_diagnostics() = std::move(remark);
    }
    if (response.admits_nothing() == v1::TRUTH_TRUE) {
      v1::PolicyDiagnostic* remark = response.add_diagnostics();
      remark->set_subject(run_.policy().policy.id());
      remark->set_message(
          "nothing can be admitted, whatever the facts are: its rules "
          "contradict each other; drop or change one");
    }
    response.set_decided_by(space_.used_z3() ? "z3" : "enumeration");
    response.set_policy_digest(PolicyDigest(run_.policy().policy));
    return response;
  }

 private:
  std::vector<SpaceRule> Rules() {
    std::vector<SpaceRule> rules;
    for (const CompiledRule& rule : run_.policy().rules) {
      if (rule.is_hard()) hard_.push_back(static_cast<int>(place_.size()));
      place_.push_back(static_cast<int>(rules.size()));
      // May be a number, and demands nothing.
      if (rule.kind != RuleKind::kPrefer) rules.push_back({&rule, 0});
    }
    return rules;
  }

  // That demands are met by no facts.
  v1::Truth Never(const std::vector<Demand>& demands) {
    return ToProto(Opposite(space_.Find(demands).possible));
  }

  v1::RuleAnalysis Analyze(int index) {
    const CompiledRule& rule = run_.policy().rules[index];
    v1::RuleAnalysis out;
    out.set_rule(rule.id);
    const int place = place_[index];
    if (rule.kind != RuleKind::kPrefer) {
      out.set_always_true(Never({{place, DemandKind::kNotAdmits}}));
      out.set_never_true(Never({{place, DemandKind::kAdmits}}));
    }
    if (rule.is_hard()) {
      std::vector<Demand> others = {{place, DemandKind::kNotAdmits}};
      for (const int other : hard_) {
        if (other == index) continue;
        others.push_back({place_[other], DemandKind::kAdmits});
      }
      out.set_redundant(Never(others));
    }
    for (v1::FactCoverage& fact : CoverageOf(run_, index)) {
      *out.add_facts() = std::move(fact);
    }
    return out;
  }

  // By rule, for every resolved model and what is judged of it.
  std::vector<v1::VerdictCounts> Count() {
    std::vector<v1::VerdictCounts> counts(run_.policy().rules.size());
    const auto entities = run_.catalog().resolution().entities();
    for (EntityId model = 0; model < entities.size(); ++model) {
      if (!entities[model].resolved) continue;
      for (const PolicySubject& subject : run_.SubjectsOf(model)) {
        const PolicyOutcome outcome = run_.Judge(subject);
        for (size_t i = 0; i < outcome.rules.size(); ++i) {
          CountVerdict(VerdictOf(outcome.rules[i].stated), &counts[i]);
        }
      }
    }
    return counts;
  }

  static v1::Verdict VerdictOf(Truth truth) {
    return truth == Truth::kTrue    ? v1::VERDICT_ADMISSIBLE
           : truth == Truth::kFalse ? v1::VERDICT_EXCLUDED
                                    : v1::VERDICT_UNDETERMINED;
  }

  static std::string Explain(const v1::RuleAnalysis& rule) {
    std::string meaning;
    if (rule.always_true() == v1::TRUTH_UNSPECIFIED) {
      meaning = "only adds to a preference";
    } else if (rule.always_true() == v1::TRUTH_TRUE) {
      meaning = "always satisfied, whatever the facts are: it demands nothing";
    } else if (rule.never_true() == v1::TRUTH_TRUE) {
      meaning =
          "never satisfied, whatever the facts are: it contradicts "
          "itself";
    } else if (rule.redundant() == v1::TRUTH_TRUE) {
      meaning =
          "implied by the other rules: without it the policy means the "
          "same";
    } else if (rule.always_true() == v1::TRUTH_UNKNOWN ||
               rule.never_true() == v1::TRUTH_UNKNOWN ||
               rule.redundant() == v1::TRUTH_UNKNOWN) {
      meaning =
          "not decided whether it always, never or only with the others "
          "holds";
    } else {
      meaning = "demands something of its own";
    }
    return absl::StrCat(meaning, "; satisfied by ", rule.counts().admissible(),
                        ", violated by ", rule.counts().excluded(),
                        ", unknown for ", rule.counts().undetermined());
  }

  PolicyRun& run_;
  const std::unique_ptr<FactSource> question_;
  const ThoughtUpFacts thought_up_;
  std::vector<int> hard_;   // rules of the policy
  std::vector<int> place_;  // in the space, by rule
  RuleSpace space_;
};

}  // namespace

std::unique_ptr<FactSource> QuestionFactsOf(PolicyRun& run) {
  if (run.catalog().resolution().entities().empty()) {
    return std::make_unique<ListsOnly>(run);
  }
  return run.FactsOf({0, -1});
}

absl::StatusOr<v1::AnalyzePolicyResponse> AnalyzePolicy(
    const Question& question, const v1::AnalyzePolicyRequest& request) {
  v1::AnswerHeader header;
  Answer answer(question, &header);
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  v1::AnalyzePolicyResponse response = Analysis(*run).Run();
  *response.mutable_header() = std::move(header);
  return response;
}

}  // namespace meridian::analysis
