// `meridian policy decide FILE MODEL`, `policy decisions`
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/decision_text.h"
#include "cli/paging.h"
#include "cli/policy_commands.h"
#include "cli/policy_proof.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// What was asked, so that it can be asked again: the policy itself, and
// everything that was left to defaults.
v1::PolicyQuestion Repeatable(v1::PolicyQuestion question,
                              const v1::ExplainVerdictResponse& proof) {
  v1::QueryContext& context = *question.mutable_context();
  context.set_as_of(proof.header().as_of());
  context.set_at_seq(proof.header().seq());
  context.clear_at_least_seq();
  const std::string rule = ChoiceValue(proof.header(), "country_rule");
  if (!rule.empty()) context.set_country_rule(rule);
  if (question.has_stored()) *question.mutable_policy() = proof.policy();
  return question;
}

// What the approver says, else what the verdict says; UNSPECIFIED when
// neither does.
v1::Ruling RulingOf(const Args& args, v1::Verdict verdict) {
  if (args.approve) return v1::RULING_APPROVED;
  if (args.reject) return v1::RULING_REJECTED;
  switch (verdict) {
    case v1::VERDICT_ADMISSIBLE:
      return v1::RULING_APPROVED;
    case v1::VERDICT_EXCLUDED:
      return v1::RULING_REJECTED;
    default:
      return v1::RULING_UNSPECIFIED;
  }
}

v1::PolicyDecision DecisionOf(const Args& args,
                              const v1::PolicyQuestion& question,
                              const v1::ExplainVerdictResponse& proof) {
  v1::PolicyDecision decision;
  *decision.mutable_question() = Repeatable(question, proof);
  decision.set_policy_id(proof.policy().id());
  decision.set_policy_version(proof.policy().version());
  decision.set_policy_digest(proof.policy_digest());
  // Field by field, as the service does.
  *decision.mutable_deployer() = proof.policy().deployer();
  decision.mutable_deployer()->MergeFrom(question.deployer());
  decision.set_model(proof.verdict().model());
  if (proof.verdict().has_offering()) {
    *decision.mutable_offering() = proof.verdict().offering();
  }
  decision.set_verdict(proof.verdict().verdict());
  *decision.mutable_proof() = proof;
  decision.set_ruling(RulingOf(args, decision.verdict()));
  decision.set_override(args.override_verdict);
  decision.set_approver(args.approver);
  decision.set_reason(args.reason);
  return decision;
}

void PrintDecisions(
    const google::protobuf::RepeatedPtrField<v1::PolicyDecision>& decisions,
    const Output& output) {
  Table table = DecisionTable();
  for (const v1::PolicyDecision& decision : decisions) {
    table.Add(DecisionRow(decision));
  }
  table.Print(output);
}

void PrintRecorded(const v1::RecordDecisionResponse& answer,
                   const Output& output) {
  const v1::PolicyDecision& decision = answer.decision();
  output.out << "\n"
             << Printable(SubjectText(decision.model(), decision.offering()))
             << ": "
             << Paint(output, RulingColor(decision.ruling()),
                      EnumWord(decision.ruling()))
             << Printable(absl::StrCat(" by ", decision.approver(), " (",
                                       AgainstText(decision),
                                       "): ", decision.reason()))
             << "\n"
             << "decision " << decision.id()
             << (answer.created() ? ", recorded " : ", recorded already, ")
             << decision.decided_at() << "\n";
}

}  // namespace

absl::StatusOr<int> DecideModel(PolicyClient& client, DecisionClient& decisions,
                                const Invocation& invocation,
                                const Output& output) {
  const Args& args = invocation.args;
  v1::ExplainVerdictRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  SetSubject(args, request);
  ASSIGN_OR_RETURN(const auto proof, client.Call(request));
  const bool people =
      output.format == Format::kTable || output.format == Format::kMarkdown;
  if (people) {
    Citations citations(proof.header(), output);
    PrintExplanation(proof, citations, output);
    PrintFooter(proof.header(), citations, output);
  }
  v1::RecordDecisionRequest record;
  *record.mutable_decision() = DecisionOf(args, request.question(), proof);
  if (record.decision().ruling() == v1::RULING_UNSPECIFIED) {
    output.err << "nothing was recorded: the verdict is UNDETERMINED; say "
                  "--approve or --reject\n";
    return kExitUndecided;
  }
  ASSIGN_OR_RETURN(const auto answer, decisions.Call(record));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
  } else if (people) {
    PrintRecorded(answer, output);
  } else {
    Table table = DecisionTable();
    table.Add(DecisionRow(answer.decision()));
    table.Print(output);
  }
  return kExitOk;
}

absl::StatusOr<int> ListDecisions(DecisionClient& decisions,
                                  const Invocation& invocation,
                                  const Output& output) {
  v1::ListDecisionsRequest request;
  request.set_policy_id(invocation.args.policy);
  request.set_model(invocation.args.model);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(decisions, request, invocation.args.limit,
                           [](const auto& a) { return a.decisions_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  if (answer.decisions_size() == 0 && output.format != Format::kCsv) {
    output.out << "no decision was recorded\n";
    return kExitOk;
  }
  PrintDecisions(answer.decisions(), output);
  PrintMore(output, answer.next_page_token());
  return kExitOk;
}

}  // namespace meridian::cli
