// `meridian indicators`, `meridian ratio`
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/analysis_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/paging.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

absl::StatusOr<int> ListIndicators(AnalysisClient& client,
                                   const Invocation& invocation,
                                   const Output& output) {
  const Args& args = invocation.args;
  v1::ListIndicatorsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_name(args.name);
  for (const std::string& area : args.areas) request.add_areas(area);
  for (const std::string& one : args.editions) request.add_editions(one);
  request.set_period(args.period);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.rows_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  std::vector<Column> columns = {
      {"indicator"}, {"area"},    {"period"}, {"value", Align::kRight},
      {"unit"},      {"edition"}, {"figure"}, {"breakdown"},
      {"disputed"}};
  citations.AddColumns(columns);
  Table table(columns);
  for (const v1::IndicatorRow& one : answer.rows()) {
    const v1::Indicator& indicator = one.indicator();
    std::optional<double> value;
    if (indicator.has_value()) value = indicator.value();
    std::vector<Cell> row = {
        Text(indicator.name()),
        TextOrUnknown(indicator.area()),
        TextOrUnknown(indicator.period()),
        Exact(value),
        TextOrUnknown(indicator.unit()),
        TextOrUnknown(indicator.edition()),
        TextOrUnknown(indicator.figure()),
        Text(indicator.breakdown()),
        one.disputed() ? Text("disputed", Color::kYellow) : Text("")};
    citations.AddCell(one.evidence(), row);
    table.Add(std::move(row));
  }
  table.Print(output);
  PrintMore(output, answer.next_page_token());
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

// NAME:AREA[:PERIOD[:EDITION]]
absl::Status AddTerms(
    const std::vector<std::string>& texts,
    google::protobuf::RepeatedPtrField<v1::IndicatorTerm>* terms) {
  for (const std::string& text : texts) {
    const std::vector<std::string> parts = absl::StrSplit(text, ':');
    if (parts.size() < 2 || parts.size() > 4 || parts[0].empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE",
                       absl::StrCat("'", text,
                                    "' is no figure; write NAME:AREA, "
                                    "NAME:AREA:PERIOD or "
                                    "NAME:AREA:PERIOD:EDITION"));
    }
    v1::IndicatorTerm* term = terms->Add();
    term->set_name(parts[0]);
    term->set_area(parts[1]);
    if (parts.size() > 2) term->set_period(parts[2]);
    if (parts.size() > 3) term->set_edition(parts[3]);
  }
  return absl::OkStatus();
}

absl::StatusOr<int> Ratio(AnalysisClient& client, const Invocation& invocation,
                          const Output& output) {
  v1::CompareIndicatorsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  RETURN_IF_ERROR(AddTerms(invocation.args.of, request.mutable_numerator()));
  RETURN_IF_ERROR(
      AddTerms(invocation.args.over, request.mutable_denominator()));
  const auto answer = client.Call(request);
  if (ErrorReason(answer.status()) == "NOT_COMPARABLE") {
    PrintError(answer.status(), output);
    return kExitUndecided;
  }
  RETURN_IF_ERROR(answer.status());
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(*answer, output));
    return kExitOk;
  }
  Citations citations(answer->header(), output);
  std::vector<Column> columns = {{"side"},    {"indicator"},
                                 {"area"},    {"period"},
                                 {"edition"}, {"value", Align::kRight},
                                 {"unit"}};
  citations.AddColumns(columns);
  Table table(columns);
  const auto add = [&](const char* side, const auto& rows) {
    for (const v1::IndicatorRow& one : rows) {
      const v1::Indicator& indicator = one.indicator();
      std::vector<Cell> row = {Text(side),
                               Text(indicator.name()),
                               Text(indicator.area()),
                               Text(indicator.period()),
                               Text(indicator.edition()),
                               Exact(indicator.value()),
                               Text(indicator.unit())};
      citations.AddCell(one.evidence(), row);
      table.Add(std::move(row));
    }
  };
  add("of", answer->numerator());
  add("over", answer->denominator());
  table.Print(output);
  if (output.format != Format::kCsv) {
    output.out << "\nratio " << Fixed(answer->ratio(), 2) << " ("
               << Shortest(answer->numerator_sum()) << " over "
               << Shortest(answer->denominator_sum()) << ")\n";
  }
  PrintFooter(answer->header(), citations, output);
  return kExitOk;
}

}  // namespace

absl::StatusOr<int> RunIndicatorCommand(const Invocation& invocation,
                                        const Output& output) {
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  return invocation.command == CommandId::kRatio
             ? Ratio(client, invocation, output)
             : ListIndicators(client, invocation, output);
}

}  // namespace meridian::cli
