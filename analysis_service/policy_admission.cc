// CheckAdmission: one short answer.
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_ask.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_describe.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr uint32_t kSecondsPerDay = 86400;

std::string ReasonOf(PolicyRun& run, const PolicySubject& subject,
                     const PolicyOutcome& outcome) {
  const std::unique_ptr<FactSource> facts = run.FactsOf(subject);
  const std::string name = SubjectName(run, subject);
  const bool excluded = outcome.verdict == v1::VERDICT_EXCLUDED;
  const Truth decides = excluded ? Truth::kFalse : Truth::kUnknown;
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    const CompiledRule& rule = run.policy().rules[i];
    if (!rule.is_hard() || outcome.rules[i].satisfied != decides) continue;
    return absl::StrCat(
        name, excluded ? " is excluded by rule '" : " is undetermined: rule '",
        rule.id, excluded ? "', which " : "' is open; it ",
        Explain(rule, outcome.rules[i], *facts));
  }
  if (excluded) return absl::StrCat(name, " is known to have no offering");
  std::vector<std::string> reserves;
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    if (outcome.rules[i].waiver >= 0) {
      reserves.push_back(
          absl::StrCat("'", run.policy().rules[i].id, "' by a waiver"));
    } else if (outcome.rules[i].by_default) {
      reserves.push_back(
          absl::StrCat("'", run.policy().rules[i].id, "' by default"));
    }
  }
  return absl::StrCat(name, " satisfies every rule",
                      reserves.empty() ? "" : ", ",
                      absl::StrJoin(reserves, ", "));
}

std::string DecisionId(PolicyRun& run, const v1::PolicyQuestion& question,
                       const v1::CheckAdmissionResponse& response,
                       const Answer& answer) {
  v1::PolicyQuestion canonical;
  *canonical.mutable_deployer() = run.deployer();
  *canonical.mutable_evidence() = question.evidence();
  canonical.set_on(FormatDay(run.facts().context().on));
  std::string bytes = absl::StrCat(
      response.policy_digest(), "|", answer.catalog().log_id(), "|",
      response.seq(), "|", response.as_of(), "|",
      CountryRuleName(answer.question().country_rule), "|", response.model(),
      "|", response.offering().operator_(), "|", response.offering().route(),
      "|", VerdictWord(response.verdict()), "|");
  canonical.AppendToString(&bytes);
  return Sha256Hex(bytes).substr(0, 32);
}

}  // namespace

absl::StatusOr<v1::CheckAdmissionResponse> CheckAdmission(
    const Question& question, const v1::CheckAdmissionRequest& request) {
  v1::CheckAdmissionResponse response;
  v1::AnswerHeader header;  // the short answer carries none
  Answer answer(question, &header);
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  ASSIGN_OR_RETURN(
      const PolicySubject subject,
      FindSubject(*run, request.model(),
                  request.has_offering() ? &request.offering() : nullptr));
  const PolicyOutcome outcome = run->Judge(subject);
  response.set_verdict(outcome.verdict);
  response.set_reason(ReasonOf(*run, subject, outcome));
  for (std::string& rule : DecidingRules(run->policy(), outcome)) {
    response.add_rules(std::move(rule));
  }
  for (std::string& obligation : ObligationsOf(*run, subject, outcome)) {
    response.add_obligations(std::move(obligation));
  }
  response.set_seq(run->catalog().seq());
  response.set_as_of(FormatDay(question.as_of));
  response.set_policy_digest(PolicyDigest(run->policy().policy));
  response.set_model(run->catalog().resolution().entity(subject.model).name);
  if (auto ref = run->RefOf(subject)) {
    *response.mutable_offering() = *std::move(ref);
  }
  response.set_decision_id(
      DecisionId(*run, request.question(), response, answer));
  if (outcome.verdict != v1::VERDICT_UNDETERMINED) {
    response.set_time_to_live_seconds(
        question.as_of_defaulted ? question.seconds_left : kSecondsPerDay);
  }
  return response;
}

}  // namespace meridian::analysis
