// `meridian policy concentration [FILE]`, `policy cutoff FILE`
#include <cstdint>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/commands.h"
#include "cli/policy_commands.h"
#include "cli/policy_question.h"
#include "cli/policy_text.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

std::string Percent(double share) {
  return absl::StrCat(Fixed(100 * share, 1), " %");
}

v1::Dimension DimensionOf(const Args& args) {
  v1::Dimension dimension = v1::DIMENSION_UNSPECIFIED;
  v1::Dimension_Parse("DIMENSION_" + args.dimension, &dimension);
  return dimension;
}

void PrintReading(const v1::Concentration& reading, const Output& output) {
  PrintHeading(output, reading.reading() == "root"
                           ? "by the roots of the lineage"
                           : reading.reading());
  std::vector<std::string> top;
  for (double share : reading.top_shares()) top.push_back(Percent(share));
  PrintPairs(
      output,
      {{"models", Grouped(reading.models())},
       {"HHI", reading.has_hhi() ? Fixed(reading.hhi(), 0)
                                 : absl::StrCat(RangeText(reading.bounds(), 0),
                                                ", by what the unknown are")},
       {"effective number", RangeText(reading.effective_number(), 2)},
       {"top 1, 3, 5", absl::StrJoin(top, ", ")},
       {"unknown share", Percent(reading.unknown_share())}},
      2);
  Table table({{"name"}, {"share", Align::kRight}, {"models", Align::kRight}});
  for (const v1::Share& share : reading.shares()) {
    table.Add({share.name().empty() ? Unknown() : Text(share.name()),
               Text(Percent(share.share())), Count(share.models())});
  }
  output.out << "\n";
  table.Print(output, 2);
  output.out << "\n";
}

void PrintSharesCsv(const v1::MeasureConcentrationResponse& answer,
                    const Output& output) {
  Table table({{"reading"},
               {"name"},
               {"share"},
               {"models"},
               {"hhi"},
               {"hhi_low"},
               {"hhi_high"},
               {"unknown_share"}});
  for (const v1::Concentration* reading : {&answer.direct(), &answer.root()}) {
    const v1::Interval& bounds = reading->bounds();
    for (const v1::Share& share : reading->shares()) {
      table.Add({Text(reading->reading()), TextOrUnknown(share.name()),
                 Number(share.share(), 4), Count(share.models()),
                 NumberCell(reading->has_hhi(), reading->hhi(), 0),
                 NumberCell(bounds.has_low(), bounds.low(), 0),
                 NumberCell(bounds.has_high(), bounds.high(), 0),
                 Number(reading->unknown_share(), 4)});
    }
  }
  table.Print(output);
}

std::vector<Cell> LossRow(const v1::CutoffLoss& loss, Citations& citations) {
  std::vector<Cell> row = {
      Text(absl::StrJoin(loss.cut(), " + ")),
      Count(loss.lost()),
      Count(loss.unknown()),
      TextOrUnknown(loss.before().model()),
      loss.has_after() ? Text(loss.after().model())
                       : Text("nothing", Color::kRed),
      NumberCell(loss.has_loss_points(), loss.loss_points(), 2),
      loss.has_loss_range() ? Text(RangeText(loss.loss_range(), 2)) : Unknown(),
      Text(loss.no_substitute() ? "no" : "yes",
           loss.no_substitute() ? Color::kRed : Color::kPlain)};
  std::vector<uint32_t> evidence;
  if (loss.has_before()) evidence.push_back(loss.before().evidence());
  if (loss.has_after()) evidence.push_back(loss.after().evidence());
  citations.AddCells(evidence, row);
  return row;
}

void PrintLosses(const v1::TaskCutoff& task, Table& table, Citations& citations,
                 bool csv) {
  const auto add = [&](const v1::CutoffLoss& loss) {
    std::vector<Cell> row = LossRow(loss, citations);
    if (csv) row.insert(row.begin(), Text(task.objective().task()));
    table.Add(std::move(row));
  };
  for (const v1::CutoffLoss& loss : task.losses()) add(loss);
  if (task.has_worst_pair()) add(task.worst_pair());
}

Table LossTable(const Citations& citations, bool csv) {
  std::vector<Column> columns;
  if (csv) columns.push_back({"task"});
  for (const Column& column :
       {Column{"cut off"}, Column{"lost", Align::kRight},
        Column{"unknown", Align::kRight}, Column{"best before"},
        Column{"best after"}, Column{"loss", Align::kRight},
        Column{"could be", Align::kRight}, Column{"substitute"}}) {
    columns.push_back(column);
  }
  citations.AddColumns(columns);
  return Table(columns);
}

}  // namespace

absl::StatusOr<int> MeasureConcentration(PolicyClient& client,
                                         const Invocation& invocation,
                                         const Output& output) {
  const Args& args = invocation.args;
  v1::MeasureConcentrationRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  request.set_dimension(DimensionOf(args));
  request.set_measure(args.measure);
  request.set_limit(args.limit == 0 ? UINT32_MAX : args.limit);
  SetRankBy(args, request);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  const Citations citations(answer.header(), output);
  if (output.format == Format::kCsv) {
    PrintSharesCsv(answer, output);
  } else {
    PrintReading(answer.direct(), output);
    PrintReading(answer.root(), output);
    PrintPairs(output, {{"hidden HHI", answer.has_hidden_hhi()
                                           ? Fixed(answer.hidden_hhi(), 0)
                                           : kUnknown},
                        {"moved share", Percent(answer.moved_share())}});
  }
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

absl::StatusOr<int> SimulateCutoff(PolicyClient& client,
                                   const Invocation& invocation,
                                   const Output& output) {
  const Args& args = invocation.args;
  v1::SimulateCutoffRequest request;
  ASSIGN_OR_RETURN(*request.mutable_question(),
                   QuestionOf(invocation, args.name));
  SetRankBy(args, request);
  request.set_dimension(DimensionOf(args));
  request.set_value(args.value);
  v1::Mechanism mechanism = v1::MECHANISM_UNSPECIFIED;
  if (v1::Mechanism_Parse("MECHANISM_" + args.mechanism, &mechanism)) {
    request.set_mechanism(mechanism);
  }
  request.set_stops_at(args.to);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  const bool csv = output.format == Format::kCsv;
  if (csv) {
    Table table = LossTable(citations, csv);
    for (const v1::TaskCutoff& task : answer.tasks()) {
      PrintLosses(task, table, citations, csv);
    }
    table.Print(output);
  }
  for (const v1::TaskCutoff& task : answer.tasks()) {
    if (csv) break;
    PrintHeading(output, ObjectiveText(task.objective()));
    PrintPairs(output, {{"ranked by", SnapshotText(task.snapshot())}}, 2);
    output.out << "\n";
    Table table = LossTable(citations, csv);
    PrintLosses(task, table, citations, csv);
    table.Print(output, 2);
  }
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

}  // namespace meridian::cli
