// `meridian gap BOARD`: the command, and one point as a block.
#include "cli/gap.h"

#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// Half the width of a 95 % interval in standard errors (normal).
constexpr double k95 = 1.96;

using Pairs = std::vector<std::pair<std::string, std::string>>;

std::string DecisionSentence(const v1::Gap& gap) {
  switch (gap.decision()) {
    case v1::DECISION_DECIDED:
      return "decided: no unknown membership can turn the sign";
    case v1::DECISION_NOT_DECIDED:
      return "NOT DECIDED: unknown memberships could turn the sign";
    case v1::DECISION_NO_MEMBER:
      return "NO MEMBER: a group has no certain member in this snapshot";
    default:
      return kUnknown;
  }
}

void PrintStandings(const v1::ComparisonPoint& point, const std::string& unit,
                    Citations& citations, const Output& output) {
  std::vector<Column> columns = {
      {"group"}, {"leader"}, {absl::StrCat("score, ", unit), Align::kRight}};
  citations.AddColumns(columns);
  for (const char* title : {"votes", "members", "unknown"}) {
    columns.push_back({title, Align::kRight});
  }
  Table table(columns);
  for (const v1::GroupStanding& standing : point.standings()) {
    std::vector<Cell> row = {Text(standing.group(), Color::kBold)};
    if (standing.has_leader()) {
      row.push_back(Text(ModelText(standing.leader())));
      row.push_back(Text(ScoreText(standing.leader())));
      citations.AddCell(standing.leader().evidence(), row);
      row.push_back(standing.leader().has_votes()
                        ? Count(standing.leader().votes())
                        : Unknown());
    } else {
      row.push_back(Text("no certain member", Color::kYellow));
      row.push_back(Unknown());
      row.resize(columns.size() - 3);
      row.push_back(Unknown());
    }
    row.push_back(Count(standing.members()));
    row.push_back(Count(standing.unknown()));
    table.Add(std::move(row));
  }
  table.Print(output);
}

std::string Headline(const v1::Gap& gap, const std::string& unit) {
  if (!gap.has_points()) return absl::StrCat(gap.a(), " against ", gap.b());
  if (gap.points() == 0) {
    return absl::StrCat(gap.a(), " and ", gap.b(), " are level");
  }
  const bool a_leads = gap.points() > 0;
  if (gap.statistical_tie()) {
    return absl::StrCat(
        gap.a(), " and ", gap.b(),
        " are in a statistical tie: ", a_leads ? gap.a() : gap.b(), " is ",
        Fixed(std::abs(gap.points()), 2), " ", unit,
        " ahead, within the error");
  }
  return absl::StrCat(a_leads ? gap.a() : gap.b(), " leads ",
                      a_leads ? gap.b() : gap.a(), " by ",
                      Fixed(std::abs(gap.points()), 2), " ", unit);
}

Pairs FiguresOf(const v1::Gap& gap, const std::string& unit) {
  Pairs pairs;
  const std::string sides = absl::StrCat(gap.a(), " minus ", gap.b());
  std::string points = kUnknown;
  if (gap.has_points() && gap.has_standard_error()) {
    points = absl::StrCat(Fixed(gap.points(), 2), " ± ",
                          Fixed(k95 * gap.standard_error(), 2), " ", unit, " (",
                          sides, "; ± 95 %)");
  } else if (gap.has_points()) {
    points =
        absl::StrCat(Fixed(gap.points(), 2), " ± ? ", unit, " (", sides, ")");
  }
  const auto figure = [](bool has, double value, int decimals) {
    return has ? Fixed(value, decimals) : std::string(kUnknown);
  };
  pairs.emplace_back("difference", points);
  pairs.emplace_back(
      "percent",
      gap.has_as_published_percent()
          ? absl::StrCat(Fixed(gap.as_published_percent(), 2),
                         " % (as published, trailing group's score as "
                         "denominator)")
          : kUnknown);
  pairs.emplace_back("win rate", figure(gap.has_win_rate(), gap.win_rate(), 3));
  pairs.emplace_back("standard error",
                     figure(gap.has_standard_error(), gap.standard_error(), 2));
  pairs.emplace_back("z", figure(gap.has_z(), gap.z(), 1));
  if (gap.has_simulated()) {
    const v1::SimulatedGap& simulated = gap.simulated();
    pairs.emplace_back(
        "simulated", absl::StrCat(Fixed(simulated.points(), 1), " [",
                                  Fixed(simulated.interval().low(), 1), ", ",
                                  Fixed(simulated.interval().high(), 1), "] ",
                                  unit, ", ", gap.a(), " ahead in ",
                                  Fixed(100 * simulated.probability_ahead(), 1),
                                  " % of ", simulated.draws(), " draws"));
  }
  if (gap.has_points_range()) {
    const v1::Interval& range = gap.points_range();
    const bool open = !range.has_low() || !range.has_high();
    if (open || range.low() != range.high()) {
      pairs.emplace_back(
          "could be",
          absl::StrCat(range.has_low() ? Fixed(range.low(), 2) : "unbounded",
                       " to ",
                       range.has_high() ? Fixed(range.high(), 2) : "unbounded",
                       " ", unit, " with the unknown memberships"));
    }
  }
  return pairs;
}

// What `possible` would give as leader of one side against the other's
// certain leader, signed as Gap.points.
std::string WouldGive(const v1::Gap& gap, const v1::ScoredModel& possible,
                      bool side_a, const v1::GroupStanding& other,
                      const v1::Board& board) {
  if (!other.has_leader()) return kUnknown;
  double points = possible.value() - other.leader().value();
  if (!side_a) points = -points;
  if (board.direction() == v1::Board::DIRECTION_LOWER_IS_BETTER) {
    points = -points;
  }
  return absl::StrCat(Fixed(points, 2), " (", gap.a(), " minus ", gap.b(), ")");
}

void AddPossible(const v1::ComparisonPoint& point, const v1::Gap& gap,
                 bool side_a, const v1::Board& board, Citations& citations,
                 std::vector<std::string>& lines) {
  const auto* mine = StandingOf(point, side_a ? gap.a() : gap.b());
  const auto* other = StandingOf(point, side_a ? gap.b() : gap.a());
  if (mine == nullptr || other == nullptr) return;
  for (const v1::PossibleLeader& possible : mine->possible_leaders()) {
    const std::string mark = citations.Mark(possible.model().evidence());
    lines.push_back(absl::StrCat(
        mine->group(), ": ", ModelText(possible.model()), " ",
        ScoreText(possible.model()), mark.empty() ? "" : " ", mark,
        " would give ", WouldGive(gap, possible.model(), side_a, *other, board),
        "; ", ListText(possible.unknown_fields()), " is unknown (",
        EnumWord(possible.reason()), ")"));
  }
}

// Who may be the true leader of a group, when that is not one model.
std::string CandidatesText(const v1::GroupStanding& standing) {
  std::string text = absl::StrCat(standing.group(), ":");
  const char* separator = " ";
  for (const v1::Candidate& candidate : standing.candidates()) {
    absl::StrAppend(&text, separator, ModelText(candidate.model()), " ",
                    Fixed(100 * candidate.probability(), 0), " %");
    separator = ", ";
  }
  return text;
}

// What follows from a group's absence from the first rows.
std::string BoundText(const v1::GroupStanding& standing,
                      const std::string& unit) {
  std::string text =
      absl::StrCat(standing.group(), " is not among the rows shown: at most ",
                   Fixed(standing.bound(), 2), " ", unit);
  if (standing.has_last_seen()) {
    absl::StrAppend(&text, "; last seen ", ModelText(standing.last_seen()), " ",
                    ScoreText(standing.last_seen()), " on ",
                    standing.last_seen_snapshot().vintage().date());
  }
  return text;
}

const v1::GapRange* RangeOf(const v1::ComparisonPoint& point,
                            const v1::Gap& gap) {
  for (const v1::GapRange& range : point.ranges()) {
    if (range.a() == gap.a() && range.b() == gap.b()) return &range;
  }
  return nullptr;
}

void PrintGap(const v1::CompareGroupsResponse& answer,
              const v1::ComparisonPoint& point, const v1::Gap& gap,
              Citations& citations, const Output& output) {
  const std::string unit = UnitOf(answer.board());
  output.out << "\n";
  PrintHeading(output, Headline(gap, unit));
  Pairs pairs = FiguresOf(gap, unit);
  if (gap.has_points_bound()) {
    const bool at_least = StandingOf(point, gap.a())->has_leader();
    pairs[0].second = absl::StrCat(at_least ? "at least " : "at most ",
                                   Fixed(gap.points_bound(), 2), " ", unit,
                                   " (", gap.a(), " minus ", gap.b(), ")");
  }
  pairs.emplace_back("decision", DecisionSentence(gap));
  for (const std::string& name : {gap.a(), gap.b()}) {
    const v1::GroupStanding& standing = *StandingOf(point, name);
    if (standing.has_bound()) {
      pairs.emplace_back("bound", BoundText(standing, unit));
    }
    if (standing.candidates_size() > 1) {
      pairs.emplace_back("leader may be", CandidatesText(standing));
    }
  }
  for (std::string& line :
       PossibleLeaders(point, gap, answer.board(), citations)) {
    pairs.emplace_back("possible leader", std::move(line));
  }
  if (const auto* range = RangeOf(point, gap); range != nullptr) {
    pairs.emplace_back(
        "inside month",
        absl::StrCat(Fixed(range->points().low(), 2), " to ",
                     Fixed(range->points().high(), 2), " ", unit, ", ",
                     Fixed(range->as_published_percent().low(), 2), " to ",
                     Fixed(range->as_published_percent().high(), 2), " %, ",
                     range->snapshots(), " snapshots"));
  }
  PrintPairs(output, pairs, 2);
}

v1::CompareGroupsRequest RequestOf(const Invocation& invocation) {
  const Args& args = invocation.args;
  v1::CompareGroupsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_board(args.board);
  request.set_category(args.category);
  request.set_method(args.method);
  for (const GroupArg& arg : args.groups) {
    v1::NamedGroup* group = request.add_groups();
    group->set_name(arg.name);
    group->set_expression(arg.expression);
  }
  request.set_from(args.from);
  request.set_to(args.to);
  v1::BucketRule bucket;
  if (v1::BucketRule_Parse(
          absl::StrCat("BUCKET_RULE_", absl::AsciiStrToUpper(args.bucket)),
          &bucket)) {
    request.set_bucket(bucket);
  }
  const bool revised = args.history == "revised";
  request.set_history(revised ? v1::HISTORY_RULE_REVISED
                              : v1::HISTORY_RULE_CONTEMPORARY);
  if (args.entrants == "listed") {
    request.set_entrants(v1::ENTRANT_RULE_LISTED);
  } else if (args.entrants == "released") {
    request.set_entrants(v1::ENTRANT_RULE_RELEASED);
  }
  request.set_day(args.day);
  request.set_simulation_draws(args.draws);
  request.set_simulation_seed(args.seed);
  request.set_min_votes(args.min_votes);
  return request;
}

void PrintGroups(const v1::CompareGroupsResponse& answer,
                 const Output& output) {
  Pairs pairs;
  for (const v1::NamedGroup& group : answer.groups()) {
    pairs.emplace_back(group.name(), group.expression());
  }
  PrintPairs(output, pairs, 2);
  output.out << "\n";
}

// 4 when the only point leaves a pair open.
int ExitOf(const v1::CompareGroupsResponse& answer, bool history) {
  if (history) return kExitOk;
  if (answer.points_size() != 1) return kExitUndecided;
  for (const v1::Gap& gap : answer.points(0).gaps()) {
    if (gap.decision() != v1::DECISION_DECIDED) return kExitUndecided;
  }
  return answer.points(0).gaps_size() > 0 ? kExitOk : kExitUndecided;
}

}  // namespace

const v1::GroupStanding* StandingOf(const v1::ComparisonPoint& point,
                                    const std::string& group) {
  for (const v1::GroupStanding& standing : point.standings()) {
    if (standing.group() == group) return &standing;
  }
  return nullptr;
}

std::vector<std::string> PossibleLeaders(const v1::ComparisonPoint& point,
                                         const v1::Gap& gap,
                                         const v1::Board& board,
                                         Citations& citations) {
  std::vector<std::string> lines;
  AddPossible(point, gap, true, board, citations, lines);
  AddPossible(point, gap, false, board, citations, lines);
  return lines;
}

std::vector<std::string> WithoutPrereleaseLines(
    const v1::CompareGroupsResponse& answer, const v1::ComparisonPoint& point) {
  std::vector<std::string> lines;
  const v1::WithoutPrerelease& without = point.without_prerelease();
  std::string excluded;
  for (const v1::ScoredModel& model : without.excluded()) {
    absl::StrAppend(&excluded, excluded.empty() ? "" : ", ", ModelText(model),
                    " (", EnumWord(model.prerelease()), ")");
  }
  lines.push_back(absl::StrCat("left out: ", excluded));
  for (const v1::Gap& gap : without.gaps()) {
    std::string leaders;
    for (const v1::GroupStanding& standing : without.standings()) {
      if (standing.group() != gap.a() && standing.group() != gap.b()) continue;
      absl::StrAppend(&leaders, leaders.empty() ? "" : ", ", standing.group(),
                      " ",
                      standing.has_leader() ? ModelText(standing.leader())
                                            : std::string(kUnknown));
    }
    std::string figures;
    if (gap.has_as_published_percent()) {
      figures = absl::StrCat(", ", Fixed(gap.as_published_percent(), 2), " %");
    }
    lines.push_back(absl::StrCat(Headline(gap, UnitOf(answer.board())), figures,
                                 ", ", DecisionWord(gap.decision()), " (",
                                 leaders, ")"));
  }
  return lines;
}

std::string DecisionWord(v1::Decision decision) {
  switch (decision) {
    case v1::DECISION_DECIDED:
      return "decided";
    case v1::DECISION_NOT_DECIDED:
      return "NOT DECIDED";
    case v1::DECISION_NO_MEMBER:
      return "NO MEMBER";
    default:
      return kUnknown;
  }
}

Color DecisionColor(v1::Decision decision) {
  return decision == v1::DECISION_DECIDED ? Color::kGreen : Color::kYellow;
}

void PrintGapPoint(const v1::CompareGroupsResponse& answer,
                   const v1::ComparisonPoint& point, Citations& citations,
                   const Output& output) {
  if (!point.has_snapshot()) {
    output.out << "no snapshot was published\n";
    return;
  }
  output.out << "snapshot: " << Printable(SnapshotText(point.snapshot()))
             << "\n\n";
  PrintStandings(point, UnitOf(answer.board()), citations, output);
  for (const v1::Gap& gap : point.gaps()) {
    PrintGap(answer, point, gap, citations, output);
  }
  if (!point.has_without_prerelease()) return;
  output.out << "\n";
  PrintHeading(output, "Without entries that were preliminary or unreleased");
  for (const std::string& line : WithoutPrereleaseLines(answer, point)) {
    output.out << "  " << Printable(line) << "\n";
  }
}

absl::StatusOr<int> RunGap(const Invocation& invocation, const Output& output) {
  const bool history = !invocation.args.from.empty();
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  ASSIGN_OR_RETURN(const auto answer, client.Call(RequestOf(invocation)));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOf(answer, history);
  }
  Citations citations(answer.header(), output);
  if (output.format == Format::kCsv) {
    PrintGapCsv(answer, citations, output);
  } else {
    PrintHeading(output, BoardTitle(answer.board(), answer.header()));
    PrintGroups(answer, output);
    if (history) {
      PrintGapHistory(answer, citations, output);
    } else {
      for (const v1::ComparisonPoint& point : answer.points()) {
        PrintGapPoint(answer, point, citations, output);
      }
    }
  }
  PrintFooter(answer.header(), citations, output);
  return ExitOf(answer, history);
}

}  // namespace meridian::cli
