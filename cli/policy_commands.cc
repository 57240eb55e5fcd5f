// `meridian policy evaluate FILE`, `policy check FILE`, `policy list`; and
// where the other commands about policies are found.
#include "cli/policy_commands.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/paging.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

std::vector<Cell> VerdictRow(const v1::ModelVerdict& verdict,
                             Citations& citations) {
  std::vector<Cell> row = {
      Text(verdict.model()), Text(OfferingText(verdict.offering())),
      VerdictCell(verdict.verdict()),
      verdict.has_score()
          ? Cell{ScoreText(verdict.score()), Shortest(verdict.score().value()),
                 Color::kPlain}
          : Text("")};
  if (verdict.has_score()) {
    citations.AddCell(verdict.score().evidence(), row);
  } else {
    citations.AddCells(std::vector<uint32_t>(), row);
  }
  row.push_back(Text(RulesText(verdict)));
  return row;
}

void PrintVerdicts(const v1::EvaluatePolicyResponse& answer,
                   Citations& citations, const Output& output) {
  const bool offerings =
      std::any_of(answer.verdicts().begin(), answer.verdicts().end(),
                  [](const auto& verdict) { return verdict.has_offering(); });
  std::vector<Column> columns = {
      {"model"},
      {"offering", Align::kLeft, offerings ? For::kAll : For::kPrograms},
      {"verdict"},
      {"score", Align::kRight}};
  citations.AddColumns(columns);
  columns.push_back({"rules"});
  Table table(columns);
  for (const v1::ModelVerdict& verdict : answer.verdicts()) {
    table.Add(VerdictRow(verdict, citations));
  }
  if (!table.empty() || output.format == Format::kCsv) table.Print(output);
}

std::string BestText(const v1::ModelVerdict& verdict, Citations& citations) {
  const std::string mark = citations.Mark(verdict.score().evidence());
  const std::string rules = RulesText(verdict);
  return absl::StrCat(verdict.model(), " ", ScoreText(verdict.score()),
                      mark.empty() ? "" : " ", mark, ", ",
                      absl::AsciiStrToLower(EnumWord(verdict.verdict())),
                      rules.empty() ? "" : ": ", rules);
}

std::string PortfolioText(const v1::PortfolioResult& rule) {
  std::string text = absl::StrCat(
      rule.rule(), rule.task().empty() ? "" : ", ", rule.task(), ": ",
      rule.satisfied() == v1::TRUTH_TRUE    ? "satisfied"
      : rule.satisfied() == v1::TRUTH_FALSE ? "violated"
                                            : "unknown");
  if (!rule.explanation().empty()) {
    absl::StrAppend(&text, "; ", rule.explanation());
  }
  return text;
}

void PrintSummary(const v1::EvaluatePolicyResponse& answer,
                  Citations& citations, const Output& output) {
  const v1::Policy& policy = answer.policy();
  PrintHeading(output, absl::StrCat(policy.id(), " ", policy.version(),
                                    policy.title().empty() ? "" : "   ",
                                    policy.title()));
  Pairs pairs = {{"policy digest", answer.policy_digest()},
                 {"rules", absl::StrCat(policy.rules_size())}};
  const v1::VerdictCounts& counts = answer.counts();
  const std::string deployer = DeployerText(answer.deployer());
  if (!deployer.empty()) pairs.emplace_back("deployer", deployer);
  pairs.emplace_back("models", CountsText(counts));
  if (answer.has_snapshot()) {
    pairs.emplace_back("ranked by", SnapshotText(answer.snapshot()));
    pairs.emplace_back("best admissible",
                       answer.has_best_admissible()
                           ? BestText(answer.best_admissible(), citations)
                           : "none");
    pairs.emplace_back("best possible",
                       answer.has_best_possible()
                           ? BestText(answer.best_possible(), citations)
                           : "none");
  }
  for (const v1::PortfolioResult& rule : answer.portfolio()) {
    pairs.emplace_back("portfolio", PortfolioText(rule));
  }
  PrintPairs(output, pairs);
  output.out << "\n";
}

// Lists that stand below a verdict: what must be done, what to know.
void PrintLists(const v1::ModelVerdict& verdict, const Output& output) {
  for (const auto& [word, lines] :
       {std::pair{"must", &verdict.obligations()},
        std::pair{"warning", &verdict.warnings()}}) {
    if (!lines->empty()) output.out << "\n";
    for (const std::string& line : *lines) {
      output.out << "  " << word << ": " << Printable(line) << "\n";
    }
  }
}

// One model with every rule, its explanation and its facts.
void PrintOneModel(const v1::ModelVerdict& verdict, Citations& citations,
                   const Output& output) {
  output.out << Printable(SubjectText(verdict.model(), verdict.offering()))
             << ": "
             << Paint(output, VerdictColor(verdict.verdict()),
                      EnumWord(verdict.verdict()))
             << "\n";
  for (const v1::RuleResult& rule : verdict.rules()) {
    output.out << "\n  " << Printable(rule.rule()) << ": "
               << Paint(output,
                        rule.applies() ? TruthColor(rule.satisfied())
                                       : Color::kDim,
                        RuleState(rule))
               << "\n";
    if (!rule.explanation().empty()) {
      output.out << "    " << Printable(rule.explanation()) << "\n";
    }
    if (rule.facts_size() > 0) {
      if (output.format == Format::kMarkdown) output.out << "\n";
      PrintFacts(output, citations, rule.facts(), 4);
    }
  }
  PrintLists(verdict, output);
}

int ExitOfAnswer(const v1::EvaluatePolicyResponse& answer, const Args& args) {
  if (args.models.size() != 1) return kExitOk;
  if (answer.counts().admissible() > 0) return kExitOk;
  if (answer.counts().undetermined() > 0) return kExitUndecided;
  return answer.counts().excluded() > 0 ? kExitNo : kExitOk;
}

absl::StatusOr<v1::EvaluatePolicyRequest> RequestOf(
    const Invocation& invocation) {
  const Args& args = invocation.args;
  ASSIGN_OR_RETURN(v1::PolicyQuestion question,
                   QuestionOf(invocation, args.name));
  v1::EvaluatePolicyRequest request;
  *request.mutable_context() = question.context();
  if (question.has_stored()) {
    *request.mutable_stored() = question.stored();
  } else {
    *request.mutable_source() = question.source();
  }
  if (question.has_deployer()) {
    *request.mutable_deployer() = question.deployer();
  }
  request.set_on(question.on());
  request.mutable_evidence()->Swap(question.mutable_evidence());
  for (const std::string& model : args.models) request.add_models(model);
  request.set_filter(args.filter);
  SetRankBy(args, request);
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  if (v1::Verdict_Parse("VERDICT_" + args.verdict, &verdict)) {
    request.add_verdicts(verdict);
  }
  return request;
}

void PrintRules(const v1::ValidatePolicyResponse& answer,
                const Output& output) {
  Table table(
      {{"rule"}, {"kind"}, {"cost", Align::kRight}, {"needs"}, {"expression"}});
  for (const v1::RuleSummary& rule : answer.rules()) {
    std::vector<std::string> facts;
    for (const v1::FactCoverage& fact : rule.facts()) {
      facts.push_back(fact.fact());
    }
    table.Add({Text(rule.rule()), Text(rule.kind()), Count(rule.cost()),
               Text(ListText(facts)), Text(rule.expression())});
  }
  table.Print(output);
}

}  // namespace

absl::StatusOr<int> EvaluatePolicy(PolicyClient& client,
                                   const Invocation& invocation,
                                   const Output& output) {
  const Args& args = invocation.args;
  ASSIGN_OR_RETURN(const v1::EvaluatePolicyRequest request,
                   RequestOf(invocation));
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.verdicts_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOfAnswer(answer, args);
  }
  Citations citations(answer.header(), output);
  const bool csv = output.format == Format::kCsv;
  if (!csv) PrintSummary(answer, citations, output);
  if (!csv && args.models.size() == 1 && answer.verdicts_size() == 1) {
    PrintOneModel(answer.verdicts(0), citations, output);
  } else {
    PrintVerdicts(answer, citations, output);
  }
  PrintMore(output, answer.next_page_token());
  PrintFooter(answer.header(), citations, output);
  return ExitOfAnswer(answer, args);
}

absl::StatusOr<int> CheckPolicy(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output) {
  v1::ValidatePolicyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, invocation.args.name));
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  const Citations citations(answer.header(), output);
  if (output.format == Format::kCsv) {
    PrintCoverage(answer.coverage(), output);
    PrintFooter(answer.header(), citations, output);
    return kExitOk;
  }
  output.out << Printable(invocation.args.name) << ": "
             << Paint(output, Color::kGreen, "ok") << ", policy "
             << Printable(answer.policy().id()) << " "
             << Printable(answer.policy().version()) << ", "
             << answer.policy().rules_size() << " rules, digest "
             << answer.policy_digest().substr(0, 12) << "\n\n";
  if (answer.coverage_size() > 0) {
    PrintCoverage(answer.coverage(), output);
    output.out << "\n";
  }
  PrintRules(answer, output);
  output.out << "\n"
             << "judges: " << absl::AsciiStrToLower(EnumWord(answer.subject()))
             << "s\n";
  PrintDiagnostics(answer.diagnostics(), output);
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

absl::StatusOr<int> ListPolicies(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output) {
  v1::ListPoliciesRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  std::vector<Column> columns = {{"policy"}, {"version"}, {"from"},
                                 {"to"},     {"digest"},  {"title"}};
  citations.AddColumns(columns);
  columns.push_back({"problem"});
  Table table(columns);
  for (const v1::StoredPolicySummary& policy : answer.policies()) {
    std::vector<Cell> row = {
        Text(policy.id()),
        Text(policy.version()),
        Text(policy.valid_from()),
        Text(policy.valid_to()),
        {policy.policy_digest().substr(0, 12), policy.policy_digest()},
        Text(policy.title())};
    citations.AddCell(policy.evidence(), row);
    row.push_back(Text(policy.problem(), Color::kRed));
    table.Add(std::move(row));
  }
  if (table.empty() && output.format != Format::kCsv) {
    output.out << "the log holds no policies\n";
  } else {
    table.Print(output);
  }
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

absl::StatusOr<int> RunPolicyCommand(const Invocation& invocation,
                                     const Output& output) {
  const Globals& globals = invocation.globals;
  PolicyClient client(globals.analysis, globals.timeout());
  DecisionClient decisions(globals.ingest, globals.timeout());
  switch (invocation.command) {
    case CommandId::kPolicyCheck:
      return CheckPolicy(client, invocation, output);
    case CommandId::kPolicyList:
      return ListPolicies(client, invocation, output);
    case CommandId::kPolicyAdmit:
      return AdmitModel(client, invocation, output);
    case CommandId::kPolicyExplain:
      return ExplainModel(client, invocation, output);
    case CommandId::kPolicyMissing:
      return ListMissing(client, invocation, output);
    case CommandId::kPolicyTimeline:
      return ShowTimeline(client, invocation, output);
    case CommandId::kPolicyWatch:
      return WatchVerdicts(client, invocation, output);
    case CommandId::kPolicyBest:
      return FindBest(client, invocation, output);
    case CommandId::kPolicyCost:
      return MeasureCost(client, invocation, output);
    case CommandId::kPolicyConcentration:
      return MeasureConcentration(client, invocation, output);
    case CommandId::kPolicyCutoff:
      return SimulateCutoff(client, invocation, output);
    case CommandId::kPolicyDiff:
      return ComparePolicies(client, invocation, output);
    case CommandId::kPolicyAnalyze:
      return AnalyzePolicy(client, invocation, output);
    case CommandId::kPolicyTest:
      return TestPolicies(client, invocation, output);
    case CommandId::kPolicyDecide:
      return DecideModel(client, decisions, invocation, output);
    case CommandId::kPolicyDecisions:
      return ListDecisions(decisions, invocation, output);
    case CommandId::kPolicyDossier:
      return ExportDossier(decisions, invocation, output);
    case CommandId::kPolicyRecheck:
      return RecheckDecisions(client, decisions, invocation, output);
    default:
      return EvaluatePolicy(client, invocation, output);
  }
}

}  // namespace meridian::cli
