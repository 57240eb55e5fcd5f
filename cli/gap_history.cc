// Histories of gaps: a line per month, and the CSV of both forms.
#include <algorithm>
#include <cmath>
#include <optional>

#include "absl/strings/str_cat.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/gap.h"
#include "cli/text.h"
#include "cli/words.h"

namespace meridian::cli {
namespace {

constexpr int kBarWidth = 20;

std::optional<double> If(bool has, double value) {
  return has ? std::optional<double>(value) : std::nullopt;
}

// The index-th pair at a point, with what belongs to it; null where missing.
struct PairAt {
  const v1::Gap* gap = nullptr;
  const v1::GapRange* range = nullptr;
  const v1::GroupStanding* a = nullptr;
  const v1::GroupStanding* b = nullptr;
};

PairAt FindPair(const v1::ComparisonPoint& point, const std::string& a,
                const std::string& b) {
  PairAt pair;
  for (const v1::Gap& gap : point.gaps()) {
    if (gap.a() == a && gap.b() == b) pair.gap = &gap;
  }
  for (const v1::GapRange& range : point.ranges()) {
    if (range.a() == a && range.b() == b) pair.range = &range;
  }
  pair.a = StandingOf(point, a);
  pair.b = StandingOf(point, b);
  return pair;
}

std::optional<double> PointsOf(const PairAt& pair) {
  return pair.gap == nullptr ? std::nullopt
                             : If(pair.gap->has_points(), pair.gap->points());
}

Cell LeaderCell(const v1::GroupStanding* standing) {
  if (standing == nullptr || !standing->has_leader()) return Unknown();
  return Text(ModelText(standing->leader()));
}

Cell LeaderScore(const v1::GroupStanding* standing) {
  if (standing == nullptr || !standing->has_leader()) return Unknown();
  return {ScoreText(standing->leader()), Shortest(standing->leader().value()),
          Color::kPlain};
}

Cell RangeCell(const v1::GapRange* range) {
  if (range == nullptr || !range->as_published_percent().has_low()) {
    return Unknown();
  }
  const v1::Interval& percent = range->as_published_percent();
  return Text(
      absl::StrCat(Fixed(percent.low(), 2), " to ", Fixed(percent.high(), 2)));
}

std::vector<Cell> MonthRow(const v1::ComparisonPoint& point, const PairAt& pair,
                           double largest, bool cite, Citations& citations) {
  if (!point.has_snapshot() || pair.gap == nullptr) {
    return {Text(point.bucket()), Text("no snapshot", Color::kDim)};
  }
  const v1::Gap& gap = *pair.gap;
  std::vector<Cell> row = {Text(point.bucket()),
                           Text(point.snapshot().vintage().date()),
                           LeaderCell(pair.a), LeaderScore(pair.a)};
  const auto mark = [&](const v1::GroupStanding* standing) {
    if (!cite) return;
    row.push_back(
        standing != nullptr && standing->has_leader()
            ? Text(citations.Mark(standing->leader().evidence()), Color::kDim)
            : Text(""));
  };
  mark(pair.a);
  row.push_back(LeaderCell(pair.b));
  row.push_back(LeaderScore(pair.b));
  mark(pair.b);
  row.push_back(Number(If(gap.has_points(), gap.points()), 2));
  row.push_back(Number(If(gap.has_standard_error(), gap.standard_error()), 2));
  row.push_back(Number(
      If(gap.has_as_published_percent(), gap.as_published_percent()), 2));
  row.push_back(RangeCell(pair.range));
  row.push_back(
      Text(DecisionWord(gap.decision()), DecisionColor(gap.decision())));
  row.push_back(
      Text(gap.has_points() ? Bar(gap.points(), largest, kBarWidth) : ""));
  return row;
}

std::vector<Column> MonthColumns(const std::string& a, const std::string& b,
                                 bool cite) {
  std::vector<Column> columns = {{"month"}, {"vintage"}};
  for (const std::string& group : {a, b}) {
    columns.push_back({absl::StrCat(group, " leader")});
    columns.push_back({"score", Align::kRight});
    if (cite) columns.push_back({"cite"});
  }
  for (const char* title : {"points", "std err", "%", "% in the month"}) {
    columns.push_back({title, Align::kRight});
  }
  columns.push_back({"decision"});
  columns.push_back({""});
  return columns;
}

void PrintPairHistory(const v1::CompareGroupsResponse& answer,
                      const std::string& a, const std::string& b,
                      Citations& citations, const Output& output) {
  std::vector<std::optional<double>> points;
  double largest = 0;
  for (const v1::ComparisonPoint& point : answer.points()) {
    points.push_back(PointsOf(FindPair(point, a, b)));
    if (points.back()) largest = std::max(largest, std::abs(*points.back()));
  }
  PrintHeading(output, absl::StrCat(a, " against ", b, ", ", a, " minus ", b,
                                    " in ", UnitOf(answer.board())));
  Table table(MonthColumns(a, b, output.cite));
  for (const v1::ComparisonPoint& point : answer.points()) {
    table.Add(MonthRow(point, FindPair(point, a, b), largest, output.cite,
                       citations));
  }
  table.Print(output);
  for (const v1::ComparisonPoint& point : answer.points()) {
    const v1::Gap* gap = FindPair(point, a, b).gap;
    if (gap == nullptr || gap->mean_of() == 0) continue;
    output.out << "points and % are means over the month's snapshots, leaders "
                  "those of the last one\n";
    break;
  }
  output.out << "\n"
             << Sparkline(points) << "  points, " << answer.points(0).bucket()
             << " to " << answer.points(answer.points_size() - 1).bucket()
             << "   █ " << Printable(a) << " ahead  ░ " << Printable(b)
             << " ahead  · no figure\n"
             << "% is as published: the trailing group's score is the "
                "denominator\n";
  for (const v1::ComparisonPoint& point : answer.points()) {
    if (!point.has_without_prerelease()) continue;
    for (const std::string& line : WithoutPrereleaseLines(answer, point)) {
      output.out << Printable(point.bucket()) << " without unreleased  "
                 << Printable(line) << "\n";
    }
  }
  for (const v1::ComparisonPoint& point : answer.points()) {
    const v1::Gap* gap = FindPair(point, a, b).gap;
    if (gap == nullptr || gap->decision() == v1::DECISION_DECIDED) continue;
    for (const std::string& line :
         PossibleLeaders(point, *gap, answer.board(), citations)) {
      output.out << Printable(point.bucket()) << " possible leader  "
                 << Printable(line) << "\n";
    }
  }
}

}  // namespace

void PrintGapHistory(const v1::CompareGroupsResponse& answer,
                     Citations& citations, const Output& output) {
  if (answer.points_size() == 0) {
    output.out << "no month\n";
    return;
  }
  for (int i = 0; i < answer.groups_size(); ++i) {
    for (int j = i + 1; j < answer.groups_size(); ++j) {
      if (i + j > 1) output.out << "\n";
      PrintPairHistory(answer, answer.groups(i).name(), answer.groups(j).name(),
                       citations, output);
    }
  }
}

namespace {

void AddLeader(const v1::GroupStanding* standing, const Citations& citations,
               std::vector<Cell>& row) {
  if (standing == nullptr || !standing->has_leader()) {
    row.insert(row.end(), 5, Unknown());
  } else {
    const v1::ScoredModel& leader = standing->leader();
    row.push_back(Text(ModelText(leader)));
    row.push_back(Exact(leader.value()));
    row.push_back(Exact(If(leader.has_lower(), leader.lower())));
    row.push_back(Exact(If(leader.has_upper(), leader.upper())));
    row.push_back(Text(citations.Id(leader.evidence())));
  }
  std::string possible;
  if (standing != nullptr) {
    for (const v1::PossibleLeader& one : standing->possible_leaders()) {
      absl::StrAppend(&possible, possible.empty() ? "" : " ",
                      one.model().model());
    }
  }
  row.push_back(Text(possible));
}

void AddSnapshot(const v1::ComparisonPoint& point, std::vector<Cell>& row) {
  if (!point.has_snapshot()) {
    row.insert(row.end(), 6, Unknown());
    return;
  }
  const v1::SnapshotRef& snapshot = point.snapshot();
  row.push_back(Text(snapshot.source()));
  row.push_back(Text(snapshot.stream()));
  row.push_back(Text(snapshot.vintage().date()));
  row.push_back(Text(EnumWord(snapshot.vintage().basis())));
  row.push_back(Count(snapshot.revision()));
  row.push_back(Text(CoverageText(snapshot.coverage())));
}

void AddInterval(const v1::Interval& interval, std::vector<Cell>& row) {
  row.push_back(Exact(If(interval.has_low(), interval.low())));
  row.push_back(Exact(If(interval.has_high(), interval.high())));
}

std::vector<Cell> CsvRow(const v1::ComparisonPoint& point, const v1::Gap& gap,
                         const Citations& citations) {
  const PairAt pair = FindPair(point, gap.a(), gap.b());
  std::vector<Cell> row = {
      Text(point.bucket()),
      Text(gap.a()),
      Text(gap.b()),
      Text(EnumWord(gap.decision())),
      Exact(If(gap.has_points(), gap.points())),
      Exact(If(gap.has_as_published_percent(), gap.as_published_percent())),
      Exact(If(gap.has_win_rate(), gap.win_rate())),
      Exact(If(gap.has_standard_error(), gap.standard_error())),
      Exact(If(gap.has_z(), gap.z()))};
  AddInterval(gap.points_range(), row);
  AddLeader(pair.a, citations, row);
  AddLeader(pair.b, citations, row);
  AddSnapshot(point, row);
  const v1::GapRange none;
  const v1::GapRange& range = pair.range == nullptr ? none : *pair.range;
  AddInterval(range.points(), row);
  AddInterval(range.as_published_percent(), row);
  row.push_back(pair.range == nullptr ? Text("") : Count(range.snapshots()));
  return row;
}

}  // namespace

void PrintGapCsv(const v1::CompareGroupsResponse& answer, Citations& citations,
                 const Output& output) {
  std::vector<Column> columns;
  for (const char* title : {"bucket",
                            "a",
                            "b",
                            "decision",
                            "points",
                            "as_published_percent",
                            "win_rate",
                            "standard_error",
                            "z",
                            "points_low",
                            "points_high",
                            "a_leader",
                            "a_score",
                            "a_lower",
                            "a_upper",
                            "a_evidence",
                            "a_possible",
                            "b_leader",
                            "b_score",
                            "b_lower",
                            "b_upper",
                            "b_evidence",
                            "b_possible",
                            "source",
                            "stream",
                            "vintage",
                            "basis",
                            "revision",
                            "coverage",
                            "month_points_low",
                            "month_points_high",
                            "month_percent_low",
                            "month_percent_high",
                            "month_snapshots"}) {
    columns.push_back({title});
  }
  Table table(columns);
  for (const v1::ComparisonPoint& point : answer.points()) {
    for (const v1::Gap& gap : point.gaps()) {
      table.Add(CsvRow(point, gap, citations));
    }
    if (point.gaps_size() == 0) {
      std::vector<Cell> row(columns.size(), Unknown());
      row[0] = Text(point.bucket());
      table.Add(std::move(row));
    }
  }
  table.Print(output);
}

}  // namespace meridian::cli
