// `meridian leaderboard BOARD`
#include <vector>

#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

using Rows = google::protobuf::RepeatedPtrField<v1::ScoredModel>;

// Decimals that suit every figure of the table.
int DecimalsOf(const v1::GetLeaderboardResponse& answer) {
  std::vector<double> figures;
  for (const Rows* rows : {&answer.rows(), &answer.unknown()}) {
    for (const v1::ScoredModel& row : *rows) {
      figures.push_back(row.value());
      if (row.has_lower()) figures.push_back(row.lower());
      if (row.has_upper()) figures.push_back(row.upper());
    }
  }
  return DecimalsFor(figures);
}

Cell IntervalCell(const v1::ScoredModel& row, int decimals) {
  if (!row.has_lower() && !row.has_upper()) return Unknown();
  const auto end = [decimals](bool has, double value) {
    return has ? Fixed(value, decimals) : std::string(kUnknown);
  };
  return Text(absl::StrCat("[", end(row.has_lower(), row.lower()), ", ",
                           end(row.has_upper(), row.upper()), "]"));
}

std::vector<Column> ColumnsOf(const v1::GetLeaderboardResponse& answer,
                              const Citations& citations) {
  const std::string unit = UnitOf(answer.board());
  std::vector<Column> columns = {
      {"rank", Align::kRight},
      {"model"},
      {absl::StrCat("score, ", unit), Align::kRight, For::kPeople},
      {"score", Align::kRight, For::kPrograms},
      {"95 % interval", Align::kRight, For::kPeople},
      {"lower", Align::kRight, For::kPrograms},
      {"upper", Align::kRight, For::kPrograms},
      {"standard_error", Align::kRight, For::kPrograms},
      {"unit", Align::kLeft, For::kPrograms},
      {"filter", Align::kLeft, For::kPrograms}};
  citations.AddColumns(columns);
  for (const char* title : {"votes", "published"}) {
    columns.push_back({title, Align::kRight});
  }
  for (const char* title :
       {"countries", "weights", "developers", "ranks", "status"}) {
    columns.push_back({title});
  }
  return columns;
}

std::optional<double> If(bool has, double value) {
  return has ? std::optional<double>(value) : std::nullopt;
}

std::vector<Cell> RowOf(const v1::ScoredModel& row, int decimals,
                        const v1::Board& board, absl::string_view filter,
                        Citations& citations) {
  std::vector<Cell> cells = {
      Count(row.rank()),
      Text(ModelText(row), row.resolved() ? Color::kPlain : Color::kYellow),
      Number(row.value(), decimals),
      Exact(row.value()),
      IntervalCell(row, decimals),
      Exact(If(row.has_lower(), row.lower())),
      Exact(If(row.has_upper(), row.upper())),
      Exact(If(row.has_standard_error(), row.standard_error())),
      Text(UnitOf(board)),
      Text(filter)};
  citations.AddCell(row.evidence(), cells);
  cells.push_back(row.has_votes() ? Count(row.votes()) : Unknown());
  cells.push_back(row.has_published_rank() ? Count(row.published_rank())
                                           : Unknown());
  cells.push_back(TextOrUnknown(ListText(row.countries())));
  cells.push_back(TextOrUnknown(row.weights()));
  cells.push_back(TextOrUnknown(ListText(row.developers())));
  cells.push_back(
      row.has_rank_best()
          ? Text(absl::StrCat(row.rank_best(), " to ", row.rank_worst()))
          : Unknown());
  std::string status = row.status() == v1::Score::STATUS_UNSPECIFIED
                           ? ""
                           : EnumWord(row.status());
  if (row.prerelease() != v1::PRERELEASE_UNSPECIFIED &&
      row.prerelease() != v1::PRERELEASE_PRELIMINARY) {
    absl::StrAppend(&status, status.empty() ? "" : ", ",
                    EnumWord(row.prerelease()));
  }
  cells.push_back(Text(status, Color::kYellow));
  return cells;
}

void PrintLeaderboard(const v1::GetLeaderboardResponse& answer,
                      const Output& output) {
  Citations citations(answer.header(), output);
  const int decimals = DecimalsOf(answer);
  const bool csv = output.format == Format::kCsv;
  PrintHeading(output, BoardTitle(answer.board(), answer.header()));
  if (!csv) {
    output.out << Printable(SnapshotText(answer.snapshot())) << "\n\n";
  }
  Table table(ColumnsOf(answer, citations));
  for (const v1::ScoredModel& row : answer.rows()) {
    table.Add(RowOf(row, decimals, answer.board(), "T", citations));
  }
  Table unknown(ColumnsOf(answer, citations));
  for (const v1::ScoredModel& row : answer.unknown()) {
    // One table in CSV; people get the unknown rows apart.
    (csv ? table : unknown)
        .Add(RowOf(row, decimals, answer.board(), "U", citations));
  }
  table.Print(output);
  if (!csv && !unknown.empty()) {
    output.out << "\n";
    PrintHeading(output, "The filter is unknown for these:");
    unknown.Print(output);
  }
  PrintFooter(answer.header(), citations, output);
}

}  // namespace

absl::StatusOr<int> RunLeaderboard(const Invocation& invocation,
                                   const Output& output) {
  const Args& args = invocation.args;
  v1::GetLeaderboardRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_board(args.board);
  request.set_category(args.category);
  request.set_method(args.method);
  request.set_filter(args.filter);
  // The service gives at most 1000 rows, and 20 for 0.
  request.set_limit(args.limit == 0 ? 1000 : args.limit);
  request.set_min_votes(args.min_votes);
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
  } else {
    PrintLeaderboard(answer, output);
  }
  return kExitOk;
}

}  // namespace meridian::cli
