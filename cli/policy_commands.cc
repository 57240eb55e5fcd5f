// `meridian policy evaluate FILE`, `meridian policy check FILE`
#include <fstream>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/paging.h"
#include "cli/policy_client.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

absl::StatusOr<std::string> ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  std::ostringstream text;
  if (file) text << file.rdbuf();
  if (!file) {
    return MakeError(
        absl::StatusCode::kNotFound, "NO_SUCH_FILE",
        absl::StrCat("the policy '", path, "' cannot be read; check the path"));
  }
  return text.str();
}

absl::StatusOr<v1::EvaluatePolicyRequest> RequestOf(
    const Invocation& invocation) {
  const Args& args = invocation.args;
  v1::EvaluatePolicyRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  ASSIGN_OR_RETURN(*request.mutable_source()->mutable_text(),
                   ReadFile(args.name));
  request.mutable_source()->set_file_name(args.name);
  return request;
}

// Rules that are not plainly satisfied, in short: "local-only violated;
// weights-open unknown (MISSING)".
std::string RulesText(const v1::ModelVerdict& verdict) {
  std::string text;
  for (const v1::RuleResult& rule : verdict.rules()) {
    if (!rule.applies() ||
        (rule.satisfied() == v1::TRUTH_TRUE && !rule.by_default())) {
      continue;
    }
    absl::StrAppend(&text, text.empty() ? "" : "; ", rule.rule(), " ",
                    rule.satisfied() == v1::TRUTH_FALSE  ? "violated"
                    : rule.satisfied() == v1::TRUTH_TRUE ? "satisfied"
                                                         : "unknown");
    const std::string reasons = ReasonsText(rule.reasons());
    if (!reasons.empty()) absl::StrAppend(&text, " (", reasons, ")");
    if (rule.by_default()) text += " by default";
  }
  return text;
}

std::vector<Cell> VerdictRow(const v1::ModelVerdict& verdict,
                             Citations& citations) {
  std::vector<Cell> row = {
      Text(verdict.model()),
      Text(EnumWord(verdict.verdict()), VerdictColor(verdict.verdict())),
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
  std::vector<Column> columns = {
      {"model"}, {"verdict"}, {"score", Align::kRight}};
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

void PrintSummary(const v1::EvaluatePolicyResponse& answer,
                  Citations& citations, const Output& output) {
  const v1::Policy& policy = answer.policy();
  PrintHeading(output, absl::StrCat(policy.id(), " ", policy.version(),
                                    policy.title().empty() ? "" : "   ",
                                    policy.title()));
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"policy digest", answer.policy_digest()},
      {"rules", absl::StrCat(policy.rules_size())}};
  const v1::VerdictCounts& counts = answer.counts();
  pairs.emplace_back(
      "models", absl::StrCat(Grouped(counts.admissible()), " admissible, ",
                             Grouped(counts.excluded()), " excluded, ",
                             Grouped(counts.undetermined()), " undetermined"));
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
  PrintPairs(output, pairs);
  output.out << "\n";
}

// One model with every rule, its explanation and its facts.
void PrintOneModel(const v1::ModelVerdict& verdict, Citations& citations,
                   const Output& output) {
  output.out << Printable(verdict.model()) << ": "
             << Paint(output, VerdictColor(verdict.verdict()),
                      EnumWord(verdict.verdict()))
             << "\n";
  for (const v1::RuleResult& rule : verdict.rules()) {
    const std::string word = !rule.applies() ? "does not apply"
                             : rule.satisfied() == v1::TRUTH_TRUE  ? "satisfied"
                             : rule.satisfied() == v1::TRUTH_FALSE ? "violated"
                                                                   : "unknown";
    const std::string reasons = ReasonsText(rule.reasons());
    output.out << "\n  " << Printable(rule.rule()) << ": "
               << Paint(output,
                        rule.applies() ? TruthColor(rule.satisfied())
                                       : Color::kDim,
                        word)
               << (reasons.empty() ? "" : " (" + reasons + ")")
               << (rule.by_default() ? " by default" : "") << "\n";
    if (!rule.explanation().empty()) {
      output.out << "    " << Printable(rule.explanation()) << "\n";
    }
    if (rule.facts_size() > 0) {
      if (output.format == Format::kMarkdown) output.out << "\n";
      PrintFacts(output, citations, rule.facts(), 4);
    }
  }
}

int ExitOf(const v1::EvaluatePolicyResponse& answer, const Args& args) {
  if (args.models.size() != 1) return kExitOk;
  if (answer.counts().undetermined() > 0) return kExitUndecided;
  if (answer.counts().excluded() > 0) return kExitNo;
  return kExitOk;
}

absl::StatusOr<int> Evaluate(PolicyClient& client, const Invocation& invocation,
                             const Output& output) {
  const Args& args = invocation.args;
  ASSIGN_OR_RETURN(v1::EvaluatePolicyRequest request, RequestOf(invocation));
  for (const std::string& model : args.models) request.add_models(model);
  request.set_filter(args.filter);
  if (!args.board.empty()) {
    request.mutable_rank_by()->set_board(args.board);
    request.mutable_rank_by()->set_category(args.category);
    request.mutable_rank_by()->set_method(args.method);
  }
  v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
  if (v1::Verdict_Parse("VERDICT_" + args.verdict, &verdict)) {
    request.add_verdicts(verdict);
  }
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.verdicts_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOf(answer, args);
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
  return ExitOf(answer, args);
}

absl::StatusOr<int> Check(PolicyClient& client, const Invocation& invocation,
                          const Output& output) {
  ASSIGN_OR_RETURN(v1::EvaluatePolicyRequest request, RequestOf(invocation));
  request.set_page_size(1);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  output.out << Printable(invocation.args.name) << ": "
             << Paint(output, Color::kGreen, "ok") << ", policy "
             << Printable(answer.policy().id()) << " "
             << Printable(answer.policy().version()) << ", "
             << answer.policy().rules_size() << " rules, digest "
             << answer.policy_digest().substr(0, 12) << "\n";
  return kExitOk;
}

}  // namespace

absl::StatusOr<int> RunPolicyCommand(const Invocation& invocation,
                                     const Output& output) {
  PolicyClient client(invocation.globals.analysis,
                      invocation.globals.timeout());
  return invocation.command == CommandId::kPolicyCheck
             ? Check(client, invocation, output)
             : Evaluate(client, invocation, output);
}

}  // namespace meridian::cli
