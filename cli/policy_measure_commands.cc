// `meridian policy best FILE`, `policy cost FILE`
#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/policy_commands.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

void PrintRunnersUp(const v1::TaskBest& task, Citations& citations,
                    const Output& output) {
  if (task.runners_up_size() == 0) return;
  output.out << "\n";
  std::vector<Column> columns = {
      {"runner-up"}, {"score", Align::kRight}, {"verdict"}};
  citations.AddColumns(columns);
  columns.push_back({"rules"});
  Table table(columns);
  for (const v1::RankedVerdict& ranked : task.runners_up()) {
    std::vector<Cell> row = {Text(ModelText(ranked.score())),
                             Text(ScoreText(ranked.score())),
                             VerdictCell(ranked.verdict())};
    citations.AddCell(ranked.score().evidence(), row);
    row.push_back(Text(ListText(ranked.rules())));
    table.Add(std::move(row));
  }
  table.Print(output, 2);
}

void PrintTask(const v1::TaskBest& task, Citations& citations,
               const Output& output) {
  PrintHeading(output, ObjectiveText(task.objective()));
  Pairs pairs;
  pairs.emplace_back("ranked by", SnapshotText(task.snapshot()));
  pairs.emplace_back("models", CountsText(task.counts()));
  pairs.emplace_back(
      "frontier", ModelScore(task.has_frontier(), task.frontier(), citations));
  std::string certain =
      ModelScore(task.has_best_certain(), task.best_certain(), citations);
  if (!task.has_best_certain() && task.has_bound()) {
    absl::StrAppend(&certain, " among the rows shown: below ",
                    Fixed(task.bound(), 2));
  }
  pairs.emplace_back("best certain", certain);
  pairs.emplace_back(
      "best possible",
      RankedText(task.has_best_possible(), task.best_possible(), citations));
  if (task.has_gap_points()) {
    std::string gap = absl::StrCat(Fixed(task.gap_points(), 2), " points");
    if (task.has_gap_interval()) {
      absl::StrAppend(&gap, " ", RangeText(task.gap_interval(), 2));
    }
    pairs.emplace_back("gap to frontier", gap);
  }
  if (task.has_win_rate()) {
    pairs.emplace_back("win rate", Fixed(task.win_rate(), 3));
  }
  if (task.ties_size() > 0) {
    std::vector<std::string> ties;
    for (const v1::ScoredModel& tie : task.ties()) {
      ties.push_back(ModelScore(true, tie, citations));
    }
    pairs.emplace_back("ties", ListText(ties));
  }
  PrintPairs(output, pairs, 2);
  PrintRunnersUp(task, citations, output);
  output.out << "\n";
}

void PrintBestCsv(const v1::FindBestResponse& answer, Citations& citations,
                  const Output& output) {
  std::vector<Column> columns = {
      {"task"},           {"board"},         {"category"},
      {"method"},         {"frontier"},      {"frontier_score"},
      {"best_certain"},   {"certain_score"}, {"best_possible"},
      {"possible_score"}, {"gap_points"},    {"win_rate"},
      {"bound"},          {"admissible"},    {"excluded"},
      {"undetermined"}};
  citations.AddColumns(columns);
  Table table(columns);
  for (const v1::TaskBest& task : answer.tasks()) {
    const auto& possible = task.best_possible().score();
    std::vector<Cell> row = {
        Text(task.objective().task()),
        Text(task.objective().board()),
        Text(task.objective().category()),
        Text(task.objective().method()),
        TextOrUnknown(task.frontier().model()),
        NumberCell(task.has_frontier(), task.frontier().value(), 2),
        TextOrUnknown(task.best_certain().model()),
        NumberCell(task.has_best_certain(), task.best_certain().value(), 2),
        TextOrUnknown(possible.model()),
        NumberCell(task.has_best_possible(), possible.value(), 2),
        NumberCell(task.has_gap_points(), task.gap_points(), 2),
        NumberCell(task.has_win_rate(), task.win_rate(), 3),
        NumberCell(task.has_bound(), task.bound(), 2),
        Count(task.counts().admissible()),
        Count(task.counts().excluded()),
        Count(task.counts().undetermined())};
    std::vector<uint32_t> evidence;
    if (task.has_frontier()) evidence.push_back(task.frontier().evidence());
    if (task.has_best_certain()) {
      evidence.push_back(task.best_certain().evidence());
    }
    citations.AddCells(evidence, row);
    table.Add(std::move(row));
  }
  table.Print(output);
}

// 4: only what is undetermined could serve a task; 1: nothing could.
int ExitOfBest(const v1::FindBestResponse& answer) {
  int exit = kExitOk;
  for (const v1::TaskBest& task : answer.tasks()) {
    if (task.has_best_certain()) continue;
    if (!task.has_best_possible()) return kExitNo;
    exit = kExitUndecided;
  }
  return exit;
}

// "20.00" or "20.00, or 12.00 to ? with what is unknown".
std::string CostText(const v1::CostPoint& point) {
  std::string text = point.has_points()
                         ? absl::StrCat(Fixed(point.points(), 2), " points")
                         : "nothing is certainly admissible";
  if (point.has_interval()) {
    absl::StrAppend(&text, " ", RangeText(point.interval(), 2), " (95 %)");
  }
  return text;
}

void PrintCostPoint(const v1::CostPoint& point, Citations& citations,
                    const Output& output) {
  Pairs pairs;
  if (point.has_snapshot()) {
    pairs.emplace_back("ranked by", SnapshotText(point.snapshot()));
  }
  pairs.emplace_back("models", CountsText(point.counts()));
  pairs.emplace_back("frontier", ModelScore(point.has_frontier(),
                                            point.frontier(), citations));
  pairs.emplace_back(
      "best certain",
      ModelScore(point.has_best_certain(), point.best_certain(), citations));
  pairs.emplace_back(
      "best possible",
      RankedText(point.has_best_possible(), point.best_possible(), citations));
  pairs.emplace_back("cost", CostText(point));
  pairs.emplace_back("under ignorance",
                     absl::StrCat(RangeText(point.under_ignorance(), 2),
                                  " points, by what the unknown facts are"));
  if (point.has_win_rate()) {
    pairs.emplace_back("win rate", Fixed(point.win_rate(), 3));
  }
  if (point.has_months_behind()) {
    pairs.emplace_back(
        "months behind",
        absl::StrCat(Fixed(point.months_behind(), 1),
                     point.reached_by().empty() ? "" : ", reached by ",
                     point.reached_by()));
  }
  PrintPairs(output, pairs, 2);
}

void PrintRuleCosts(const v1::CostPoint& point, const Output& output) {
  Table table(
      {{"rule"},
       {"alone", Align::kRight},
       {"left out", Align::kRight},
       {point.sampled() ? "Shapley (sampled)" : "Shapley", Align::kRight},
       {"excludes alone", Align::kRight}});
  for (const v1::RuleCost& rule : point.rules()) {
    table.Add({Text(rule.rule()), NumberCell(rule.has_alone(), rule.alone(), 2),
               NumberCell(rule.has_left_out(), rule.left_out(), 2),
               NumberCell(rule.has_shapley(), rule.shapley(), 2),
               Count(rule.excludes_alone())});
  }
  if (!table.empty()) {
    output.out << "\n";
    table.Print(output, 2);
  }
}

void PrintBreakpoints(const v1::CostPoint& point, const Output& output) {
  Table table({{"rule"},
               {"comparison"},
               {"from", Align::kRight},
               {"best then"},
               {"gains", Align::kRight}});
  for (const v1::Breakpoint& change : point.breakpoints()) {
    table.Add({Text(change.rule()), Text(change.comparison()),
               Exact(change.threshold()), Text(change.model()),
               Number(change.gains_points(), 2)});
  }
  if (table.empty()) return;
  output.out << "\n";
  PrintHeading(output, "  thresholds at which another model is best");
  table.Print(output, 2);
}

std::vector<Cell> CostRow(const v1::CostPoint& point, Citations& citations) {
  const auto& possible = point.best_possible().score();
  const v1::Interval& range = point.under_ignorance();
  std::vector<Cell> row = {
      Text(point.bucket()),
      TextOrUnknown(point.frontier().model()),
      NumberCell(point.has_frontier(), point.frontier().value(), 2),
      TextOrUnknown(point.best_certain().model()),
      NumberCell(point.has_best_certain(), point.best_certain().value(), 2),
      TextOrUnknown(possible.model()),
      NumberCell(point.has_points(), point.points(), 2),
      NumberCell(range.has_low(), range.low(), 2),
      NumberCell(range.has_high(), range.high(), 2),
      NumberCell(point.has_win_rate(), point.win_rate(), 3),
      NumberCell(point.has_months_behind(), point.months_behind(), 1)};
  std::vector<uint32_t> evidence;
  if (point.has_frontier()) evidence.push_back(point.frontier().evidence());
  if (point.has_best_certain()) {
    evidence.push_back(point.best_certain().evidence());
  }
  citations.AddCells(evidence, row);
  return row;
}

void PrintCosts(const v1::MeasureCostResponse& answer, Citations& citations,
                const Output& output) {
  std::vector<Column> columns = {{"month"},
                                 {"frontier"},
                                 {"frontier score", Align::kRight},
                                 {"best certain"},
                                 {"certain score", Align::kRight},
                                 {"best possible"},
                                 {"cost", Align::kRight},
                                 {"least", Align::kRight},
                                 {"most", Align::kRight},
                                 {"win rate", Align::kRight},
                                 {"months behind", Align::kRight}};
  citations.AddColumns(columns);
  Table table(columns);
  for (const v1::CostPoint& point : answer.points()) {
    table.Add(CostRow(point, citations));
  }
  table.Print(output);
}

}  // namespace

absl::StatusOr<int> FindBest(PolicyClient& client, const Invocation& invocation,
                             const Output& output) {
  const Args& args = invocation.args;
  v1::FindBestRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  request.set_runners_up(args.runners_up);
  for (const std::string& task : args.tasks) {
    ASSIGN_OR_RETURN(*request.add_objectives(), ParseTask(task));
  }
  if (!args.board.empty()) {
    v1::Objective* objective = request.add_objectives();
    objective->set_task(args.board);
    objective->set_board(args.board);
    objective->set_category(args.category);
    objective->set_method(args.method);
  }
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOfBest(answer);
  }
  Citations citations(answer.header(), output);
  if (output.format == Format::kCsv) {
    PrintBestCsv(answer, citations, output);
  } else {
    for (const v1::TaskBest& task : answer.tasks()) {
      PrintTask(task, citations, output);
    }
  }
  PrintFooter(answer.header(), citations, output);
  return ExitOfBest(answer);
}

absl::StatusOr<int> MeasureCost(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output) {
  const Args& args = invocation.args;
  v1::MeasureCostRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  SetRankBy(args, request);
  request.set_from(args.from);
  request.set_to(args.to);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  const bool one = args.from.empty() && answer.points_size() == 1;
  const int exit =
      one && !answer.points(0).has_points() ? kExitUndecided : kExitOk;
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return exit;
  }
  Citations citations(answer.header(), output);
  PrintHeading(output, ObjectiveText(answer.objective()));
  if (one && output.format != Format::kCsv) {
    PrintCostPoint(answer.points(0), citations, output);
  } else {
    PrintCosts(answer, citations, output);
  }
  if (answer.points_size() > 0 && output.format != Format::kCsv) {
    const v1::CostPoint& last = *answer.points().rbegin();
    if (!one && last.rules_size() > 0) {
      output.out << "\n";
      PrintHeading(output, absl::StrCat("by rule, ", last.bucket()));
    }
    PrintRuleCosts(last, output);
    PrintBreakpoints(last, output);
  }
  PrintFooter(answer.header(), citations, output);
  return exit;
}

}  // namespace meridian::cli
