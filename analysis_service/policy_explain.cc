#include "analysis_service/policy_explain.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_ask.h"
#include "analysis_service/policy_counterfactual.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_proof.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// "Federal Register, Additions to the Entity List, 90 FR 4617, 2025-01-16".
std::string CitationOf(const v1::Evidence& evidence) {
  std::vector<std::string> parts = {evidence.publisher()};
  if (evidence.has_cites()) {
    parts.push_back(evidence.cites().title());
    parts.push_back(evidence.cites().figure());
    parts.push_back(evidence.cites().date());
  }
  if (!evidence.has_cites() || evidence.cites().date().empty()) {
    parts.push_back(evidence.vintage().date());
  }
  parts.erase(std::remove(parts.begin(), parts.end(), ""), parts.end());
  return absl::StrJoin(parts, ", ");
}

std::string ValueWords(const v1::FieldValue& value) {
  switch (value.value_case()) {
    case v1::FieldValue::kText:
      return value.text();
    case v1::FieldValue::kNumber:
      return absl::StrCat(value.number());
    case v1::FieldValue::kFlag:
      return value.flag() ? "true" : "false";
    case v1::FieldValue::kList:
      return absl::StrCat("[", absl::StrJoin(value.list().items(), ", "), "]");
    case v1::FieldValue::kDate:
      return value.date();
    case v1::FieldValue::kInterval:
      return absl::StrCat("between ", value.interval().low(), " and ",
                          value.interval().high());
    case v1::FieldValue::VALUE_NOT_SET:
      break;
  }
  return "";
}

std::string FactWords(const v1::Fact& fact, const v1::AnswerHeader& header) {
  std::string words =
      fact.has_value()
          ? absl::StrCat(fact.field(), " is ", ValueWords(fact.value()))
          : absl::StrCat(fact.field(), " is not known (",
                         v1::UnknownReason_Name(fact.unknown_reason())
                             .substr(sizeof("UNKNOWN_REASON_") - 1),
                         ")");
  if (!fact.derivation().empty()) {
    absl::StrAppend(&words, ", because ", fact.derivation());
  }
  std::vector<std::string> sources;
  for (const uint32_t index : fact.evidence()) {
    sources.push_back(CitationOf(header.evidence(index)));
  }
  std::sort(sources.begin(), sources.end());
  sources.erase(std::unique(sources.begin(), sources.end()), sources.end());
  if (!sources.empty()) {
    absl::StrAppend(&words, " [", absl::StrJoin(sources, "; "), "]");
  }
  if (fact.own()) absl::StrAppend(&words, " (own evidence)");
  for (const v1::OtherStatement& other : fact.others()) {
    absl::StrAppend(&words, "; ", other.source(), " says ",
                    other.value().value_case() == v1::FieldValue::VALUE_NOT_SET
                        ? "that it is not disclosed"
                        : ValueWords(other.value()));
  }
  return words;
}

void CollectFacts(const v1::ProofNode& node, std::vector<uint32_t>* facts) {
  for (const uint32_t fact : node.facts()) {
    if (std::find(facts->begin(), facts->end(), fact) == facts->end()) {
      facts->push_back(fact);
    }
  }
  for (const v1::ProofNode& part : node.parts()) CollectFacts(part, facts);
}

class Explainer {
 public:
  Explainer(PolicyRun& run, const PolicySubject& subject, Answer& answer,
            v1::ExplainVerdictResponse* response)
      : run_(run),
        subject_(subject),
        answer_(answer),
        response_(*response),
        outcome_(run.Judge(subject)) {}

  void Fill() {
    const v1::Policy& policy = run_.policy().policy;
    response_.set_policy_digest(PolicyDigest(policy));
    *response_.mutable_policy() = policy;
    *response_.mutable_verdict() =
        DescribeVerdict(run_, subject_, outcome_, answer_, false);
    FillProofs();
    for (v1::MissingFact& missing : MissingFactsOf(run_, subject_, outcome_)) {
      *response_.add_missing() = std::move(missing);
    }
    for (v1::Counterfactual& one : Counterfactuals(run_, subject_, outcome_)) {
      *response_.add_counterfactuals() = std::move(one);
    }
    RankMissing();
    Tell();
  }

 private:
  void FillProofs() {
    const std::unique_ptr<FactSource> facts = run_.FactsOf(subject_);
    FactTable table(run_, subject_, answer_, response_.mutable_facts());
    for (size_t i = 0; i < outcome_.rules.size(); ++i) {
      const CompiledRule& rule = run_.policy().rules[i];
      const v1::PolicyRule& written = run_.policy().policy.rules(i);
      v1::RuleProof* proof = response_.add_rules();
      *proof->mutable_result() = response_.verdict().rules(i);
      *proof->mutable_body() = Prove(rule.body, *facts, &table);
      if (rule.applies_when.has_value()) {
        *proof->mutable_applies_when() =
            Prove(*rule.applies_when, *facts, &table);
      }
      proof->set_because(written.because());
      proof->set_reference(written.reference());
    }
  }

  // Knowing it alone settles the verdict when it is the only unknown fact of
  // every rule that is open.
  void RankMissing() {
    const size_t open = DecidingRules(run_.policy(), outcome_).size();
    for (v1::MissingFact& missing : *response_.mutable_missing()) {
      const bool alone = response_.missing_size() == 1 &&
                         static_cast<size_t>(missing.rules_size()) >= open &&
                         outcome_.verdict == v1::VERDICT_UNDETERMINED;
      missing.set_decides(alone ? 1 : 0);
    }
    std::stable_sort(response_.mutable_missing()->begin(),
                     response_.mutable_missing()->end(),
                     [](const v1::MissingFact& a, const v1::MissingFact& b) {
                       if (a.decides() != b.decides()) {
                         return a.decides() > b.decides();
                       }
                       return a.rules_size() > b.rules_size();
                     });
  }

  void Say(std::string sentence) { response_.add_text(std::move(sentence)); }

  void Tell() {
    const v1::Policy& policy = run_.policy().policy;
    Say(absl::StrCat(SubjectName(run_, subject_), " is ",
                     VerdictWord(outcome_.verdict), " under policy ",
                     policy.id(), " ", policy.version(), " on ",
                     FormatDay(run_.facts().context().on), "."));
    for (size_t i = 0; i < outcome_.rules.size(); ++i) TellRule(i);
    if (run_.judges_offerings() && run_.SubjectsOf(subject_.model).empty()) {
      Say("It is known to have no offering, so it cannot be used.");
    }
    for (const v1::MissingFact& missing : response_.missing()) {
      Say(absl::StrCat("To find out: ", missing.ask()));
    }
    for (const v1::Counterfactual& one : response_.counterfactuals()) {
      Say(absl::StrCat(
          "It would become ", VerdictWord(one.becomes()),
          one.waive().empty()
              ? absl::StrCat(" if ", absl::StrJoin(one.facts(), " and "))
              : absl::StrCat(" with a waiver of ",
                             absl::StrJoin(one.waive(), " and ")),
          "."));
    }
    for (const std::string& obligation : response_.verdict().obligations()) {
      Say(absl::StrCat("Whoever uses it must: ", obligation, "."));
    }
    for (const std::string& warning : response_.verdict().warnings()) {
      Say(absl::StrCat("Warning: ", warning, "."));
    }
    Say(policy.author_note().empty()
            ? "The policy is its author's reading of the rules it cites, not "
              "legal advice."
            : policy.author_note());
  }

  void TellRule(size_t i) {
    const v1::RuleProof& proof = response_.rules(i);
    const v1::RuleResult& result = proof.result();
    std::string line = absl::StrCat("Rule ", result.rule(), " ", Standing(i),
                                    ": ", result.explanation(), ".");
    if (!proof.because().empty()) {
      absl::StrAppend(&line, " Its reason: ", proof.because());
    }
    if (!proof.reference().empty()) {
      absl::StrAppend(&line, " [", proof.reference(), "]");
    }
    Say(std::move(line));
    std::vector<uint32_t> facts;
    CollectFacts(proof.body(), &facts);
    if (proof.has_applies_when()) CollectFacts(proof.applies_when(), &facts);
    for (const uint32_t fact : facts) {
      Say(absl::StrCat(
          "  ", FactWords(response_.facts(fact), response_.header()), "."));
    }
  }

  std::string Standing(size_t i) const {
    const RuleOutcome& outcome = outcome_.rules[i];
    const RuleKind kind = run_.policy().rules[i].kind;
    if (!outcome.applies) return "does not apply";
    if (outcome.waiver >= 0) return "is waived";
    const bool yes = outcome.satisfied == Truth::kTrue;
    if (outcome.by_default) {
      return yes ? "is not known and counts as satisfied"
                 : "is not known and counts as violated";
    }
    if (outcome.satisfied == Truth::kUnknown) return "is not known";
    switch (kind) {
      case RuleKind::kRequire:
      case RuleKind::kForbid:
        return yes ? "is satisfied" : "is violated";
      case RuleKind::kPrefer:
        return yes ? "is met" : "is not met";
      case RuleKind::kWarn:
        return yes ? "finds nothing" : "warns";
      case RuleKind::kOblige:
        return yes ? "obliges" : "does not oblige";
    }
    return "";
  }

  PolicyRun& run_;
  const PolicySubject subject_;
  Answer& answer_;
  v1::ExplainVerdictResponse& response_;
  const PolicyOutcome outcome_;
};

}  // namespace

absl::StatusOr<v1::ExplainVerdictResponse> ExplainVerdict(
    const Question& question, const v1::ExplainVerdictRequest& request) {
  v1::ExplainVerdictResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  ASSIGN_OR_RETURN(
      const PolicySubject subject,
      FindSubject(*run, request.model(),
                  request.has_offering() ? &request.offering() : nullptr));
  Explainer(*run, subject, answer, &response).Fill();
  return response;
}

}  // namespace meridian::analysis
