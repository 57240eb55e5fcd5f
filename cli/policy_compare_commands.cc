// `meridian policy diff A B`, `policy analyze FILE`, `policy test SUITE ...`
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/paging.h"
#include "cli/policy_commands.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"
#include "common/yaml/yaml.h"

namespace meridian::cli {
namespace {

std::string RelationText(v1::PolicyRelation relation) {
  switch (relation) {
    case v1::POLICY_RELATION_EQUIVALENT:
      return "EQUIVALENT: they admit the same";
    case v1::POLICY_RELATION_A_STRICTER:
      return "A_STRICTER: all that A admits, B admits, and more";
    case v1::POLICY_RELATION_B_STRICTER:
      return "B_STRICTER: all that B admits, A admits, and more";
    case v1::POLICY_RELATION_DISJOINT:
      return "DISJOINT: nothing is admitted by both";
    case v1::POLICY_RELATION_INCOMPARABLE:
      return "INCOMPARABLE: each admits something that the other does not";
    default:
      return "not decided";
  }
}

std::string WitnessText(const v1::PolicyWitness& witness) {
  std::vector<std::string> facts;
  for (const v1::Fact& fact : witness.facts()) {
    facts.push_back(absl::StrCat(fact.field(), " = ", ValueText(fact.value())));
  }
  return absl::StrCat("A ", EnumWord(witness.a()), ", B ",
                      EnumWord(witness.b()), " with ", ListText(facts));
}

std::string CostOf(bool has, const v1::CostPoint& cost) {
  if (!has || !cost.has_points()) return kUnknown;
  return absl::StrCat(Fixed(cost.points(), 2), " points, best ",
                      cost.best_certain().model());
}

void PrintRelation(const v1::ComparePoliciesResponse& answer,
                   const Output& output) {
  Pairs pairs = {{"relation", RelationText(answer.relation())},
                 {"decided by", answer.decided_by()}};
  for (const v1::PolicyWitness& witness : answer.witnesses()) {
    pairs.emplace_back("witness", WitnessText(witness));
  }
  pairs.emplace_back("A", CountsText(answer.counts_a()));
  pairs.emplace_back("B", CountsText(answer.counts_b()));
  if (answer.has_cost_a() || answer.has_cost_b()) {
    pairs.emplace_back("cost of A",
                       CostOf(answer.has_cost_a(), answer.cost_a()));
    pairs.emplace_back("cost of B",
                       CostOf(answer.has_cost_b(), answer.cost_b()));
  }
  pairs.emplace_back("differences", Grouped(answer.total()));
  PrintPairs(output, pairs);
}

void PrintDifferences(const v1::ComparePoliciesResponse& answer,
                      Citations& citations, const Output& output) {
  std::vector<Column> columns = {
      {"model"}, {"offering"}, {"score", Align::kRight}, {"A"}, {"B"}};
  citations.AddColumns(columns);
  columns.push_back({"rules of A"});
  columns.push_back({"rules of B"});
  Table table(columns);
  for (const v1::VerdictDifference& one : answer.differences()) {
    std::vector<Cell> row = {
        Text(one.model()), Text(OfferingText(one.offering())),
        one.has_score() ? Cell{ScoreText(one.score()),
                               Shortest(one.score().value()), Color::kPlain}
                        : Text(""),
        VerdictCell(one.a()), VerdictCell(one.b())};
    if (one.has_score()) {
      citations.AddCell(one.score().evidence(), row);
    } else {
      row.resize(columns.size() - 2);
    }
    row.push_back(Text(ListText(one.rules_a())));
    row.push_back(Text(ListText(one.rules_b())));
    table.Add(std::move(row));
  }
  if (!table.empty() || output.format == Format::kCsv) table.Print(output);
}

// 0: the same; 1: they differ; 4: no difference is seen, and whether there is
// one is not decided.
int ExitOfDiff(const v1::ComparePoliciesResponse& answer) {
  if (answer.total() > 0) return kExitNo;
  switch (answer.relation()) {
    case v1::POLICY_RELATION_EQUIVALENT:
      return kExitOk;
    case v1::POLICY_RELATION_UNSPECIFIED:
      return kExitUndecided;
    default:
      return kExitNo;
  }
}

int ExitOfAnalysis(const v1::AnalyzePolicyResponse& answer) {
  switch (answer.admits_nothing()) {
    case v1::TRUTH_TRUE:
      return kExitNo;
    case v1::TRUTH_FALSE:
      return kExitOk;
    default:
      return kExitUndecided;
  }
}

void PrintRuleAnalyses(const v1::AnalyzePolicyResponse& answer,
                       const Output& output) {
  Table table({{"rule"},
               {"always true"},
               {"never true"},
               {"redundant"},
               {"satisfied", Align::kRight},
               {"violated", Align::kRight},
               {"unknown", Align::kRight},
               {"what that means"}});
  for (const v1::RuleAnalysis& rule : answer.rules()) {
    table.Add(
        {Text(rule.rule()), Text(TruthText(rule.always_true())),
         Text(TruthText(rule.never_true())), Text(TruthText(rule.redundant())),
         Count(rule.counts().admissible()), Count(rule.counts().excluded()),
         Count(rule.counts().undetermined()), Text(rule.explanation())});
  }
  table.Print(output);
}

// The policies that a suite names, from beside it.
absl::StatusOr<v1::TestPoliciesRequest> SuiteRequest(
    const Invocation& invocation, const std::string& path) {
  v1::TestPoliciesRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  ASSIGN_OR_RETURN(*request.mutable_suite(), ReadPolicySource(path));
  ASSIGN_OR_RETURN(const YamlValue suite,
                   ParseYaml(request.suite().text(), path));
  const YamlValue* policies = suite.Find("policies");
  if (policies == nullptr || !policies->is_list()) return request;
  const std::filesystem::path folder =
      std::filesystem::path(path).parent_path();
  for (const YamlValue& file : policies->children) {
    ASSIGN_OR_RETURN(v1::PolicySource source,
                     ReadPolicySource((folder / file.text).string()));
    // As the suite calls it.
    source.set_file_name(file.text);
    *request.add_policies() = std::move(source);
  }
  return request;
}

// "never unknown, never false": what no case of the suite shows.
std::string CoverageOf(const v1::RuleCoverage& rule) {
  std::vector<std::string> never;
  if (rule.times_true() == 0) never.push_back("never true");
  if (rule.times_false() == 0) never.push_back("never false");
  if (rule.times_unknown() == 0) never.push_back("never unknown");
  return absl::StrJoin(never, ", ");
}

Table CaseTable() {
  return Table({{"suite", Align::kLeft, For::kPrograms},
                {"case"},
                {"policy"},
                {"subject"},
                {"result"},
                {"expected"},
                {"got"}});
}

void AddCase(const std::string& path, const v1::PolicyTestCase& one,
             Table& table) {
  table.Add({Text(path), Text(one.name()), Text(one.policy()),
             Text(one.subject()),
             one.passed() ? Text("passed", Color::kGreen)
                          : Text("FAILED", Color::kRed),
             Text(one.expected()), Text(one.got())});
}

// Counts, the cases that failed, and how far the rules were tried.
void PrintSuite(const std::string& path, const v1::TestPoliciesResponse& answer,
                const Output& output) {
  PrintHeading(output, absl::StrCat(path, ": ", answer.passed(), " passed, ",
                                    answer.failed(), " failed"));
  Table failures = CaseTable();
  for (const v1::PolicyTestCase& one : answer.cases()) {
    if (!one.passed()) AddCase(path, one, failures);
  }
  if (!failures.empty()) failures.Print(output);
  Table coverage({{"policy"},
                  {"rule"},
                  {"T", Align::kRight},
                  {"F", Align::kRight},
                  {"U", Align::kRight},
                  {"not tried"}});
  for (const v1::RuleCoverage& rule : answer.coverage()) {
    coverage.Add({Text(rule.policy()), Text(rule.rule()),
                  Count(rule.times_true()), Count(rule.times_false()),
                  Count(rule.times_unknown()),
                  Text(CoverageOf(rule), Color::kYellow)});
  }
  if (coverage.empty()) return;
  if (!failures.empty()) output.out << "\n";
  coverage.Print(output);
}

}  // namespace

absl::StatusOr<int> ComparePolicies(PolicyClient& client,
                                    const Invocation& invocation,
                                    const Output& output) {
  const Args& args = invocation.args;
  v1::ComparePoliciesRequest request;
  ASSIGN_OR_RETURN(*request.mutable_a(), QuestionOf(invocation, args.name));
  ASSIGN_OR_RETURN(*request.mutable_b(), QuestionOf(invocation, args.other));
  SetRankBy(args, request);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.differences_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOfDiff(answer);
  }
  Citations citations(answer.header(), output);
  if (output.format != Format::kCsv) {
    PrintRelation(answer, output);
    if (answer.differences_size() > 0) output.out << "\n";
  }
  PrintDifferences(answer, citations, output);
  PrintMore(output, answer.next_page_token());
  PrintFooter(answer.header(), citations, output);
  return ExitOfDiff(answer);
}

absl::StatusOr<int> AnalyzePolicy(PolicyClient& client,
                                  const Invocation& invocation,
                                  const Output& output) {
  v1::AnalyzePolicyRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, invocation.args.name));
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOfAnalysis(answer);
  }
  const Citations citations(answer.header(), output);
  PrintRuleAnalyses(answer, output);
  if (output.format != Format::kCsv) {
    output.out << "\n";
    PrintPairs(output, {{"admits nothing", TruthText(answer.admits_nothing())},
                        {"decided by", answer.decided_by()}});
    PrintDiagnostics(answer.diagnostics(), output);
  }
  PrintFooter(answer.header(), citations, output);
  return ExitOfAnalysis(answer);
}

absl::StatusOr<int> TestPolicies(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output) {
  bool failed = false;
  Table csv = CaseTable();
  for (const std::string& path : invocation.args.names) {
    ASSIGN_OR_RETURN(const v1::TestPoliciesRequest request,
                     SuiteRequest(invocation, path));
    ASSIGN_OR_RETURN(const auto answer, client.Call(request));
    failed = failed || answer.failed() > 0;
    for (const v1::PolicyTestCase& one : answer.cases()) {
      AddCase(path, one, csv);
    }
    if (output.format == Format::kJson) {
      RETURN_IF_ERROR(PrintJson(answer, output));
    } else if (output.format != Format::kCsv) {
      if (path != invocation.args.names.front()) output.out << "\n";
      PrintSuite(path, answer, output);
    }
  }
  if (output.format == Format::kCsv) csv.Print(output);
  return failed ? kExitNo : kExitOk;
}

}  // namespace meridian::cli
