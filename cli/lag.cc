// `meridian lag`
#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/board_text.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

v1::GetLagRequest RequestOf(const Invocation& invocation) {
  const Args& args = invocation.args;
  v1::GetLagRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_board(args.board);
  request.set_category(args.category);
  request.set_method(args.method);
  request.mutable_ahead()->set_name(args.groups[0].name);
  request.mutable_ahead()->set_expression(args.groups[0].expression);
  request.mutable_behind()->set_name(args.groups[1].name);
  request.mutable_behind()->set_expression(args.groups[1].expression);
  request.set_since(args.day);
  if (args.records == "every") {
    request.set_rule(v1::LAG_RULE_EVERY_RECORD);
  } else if (args.records == "best") {
    request.set_rule(v1::LAG_RULE_BEST_OF_DAY);
  }
  return request;
}

std::string SummaryText(const v1::LagSummary& summary) {
  std::string text = summary.rule() == v1::LAG_RULE_EVERY_RECORD
                         ? "every record: "
                         : "best of each release day: ";
  if (!summary.has_mean_months()) {
    absl::StrAppend(&text, "no record was reached");
  } else {
    absl::StrAppend(&text, Fixed(summary.mean_months(), 2), " months (",
                    Fixed(summary.months().low(), 2), " to ",
                    Fixed(summary.months().high(), 2), ") over ",
                    summary.records(), " records");
  }
  if (summary.not_reached() > 0) {
    absl::StrAppend(&text, ", ", summary.not_reached(),
                    " not reached and left out");
  }
  return text;
}

}  // namespace

absl::StatusOr<int> RunLag(const Invocation& invocation, const Output& output) {
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  ASSIGN_OR_RETURN(const auto answer, client.Call(RequestOf(invocation)));
  const int exit =
      answer.summary().has_mean_months() ? kExitOk : kExitUndecided;
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return exit;
  }
  Citations citations(answer.header(), output);
  const bool csv = output.format == Format::kCsv;
  PrintHeading(output, BoardTitle(answer.board(), answer.header()));
  if (!csv) {
    output.out << Printable(SnapshotText(answer.snapshot())) << "\n\n";
  }
  std::vector<Column> columns = {{"released"},
                                 {"model"},
                                 {"score", Align::kRight},
                                 {"as good first"},
                                 {"released"},
                                 {"months", Align::kRight},
                                 {""}};
  if (csv) {
    columns[4] = {"reached_date"};
    columns[6] = {"beaten_same_day"};
  }
  citations.AddColumns(columns);
  Table table(columns);
  for (const v1::LagRow& one : answer.rows()) {
    std::vector<Cell> row = {
        Text(one.release_date()),
        Text(ModelText(one.model())),
        Exact(one.model().value()),
        one.has_reached() ? Text(ModelText(one.reached())) : Text("nobody yet"),
        one.has_reached() ? Text(one.reached_date()) : Unknown(),
        Number(one.has_months() ? std::optional<double>(one.months())
                                : std::nullopt,
               2),
        Text(one.beaten_same_day() ? "beaten the same day" : "")};
    citations.AddCell(one.model().evidence(), row);
    table.Add(std::move(row));
  }
  table.Print(output);
  if (!csv) {
    output.out << "\n"
               << SummaryText(answer.summary()) << "\n"
               << "by the other rule, " << SummaryText(answer.other()) << "\n";
    if (answer.undated_size() > 0) {
      output.out << "without an exact release date: "
                 << ListText(answer.undated()) << "\n";
    }
  }
  PrintFooter(answer.header(), citations, output);
  return exit;
}

}  // namespace meridian::cli
