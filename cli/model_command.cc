// `meridian models show NAME`, `meridian expr EXPR`
#include <iostream>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

std::string StatedBy(const v1::GetModelResponse& answer, uint32_t index) {
  const auto& evidence = answer.header().evidence();
  return index < static_cast<uint32_t>(evidence.size())
             ? evidence[static_cast<int>(index)].source()
             : kUnknown;
}

// What it was made from: the countries of a base count for some policies.
void PrintLineage(const v1::GetModelResponse& answer, Citations& citations,
                  const Output& output) {
  if (answer.lineage_size() == 0) return;
  output.out << "\n";
  Table table(
      {{"made from"}, {"how"}, {"developers"}, {"countries"}, {"stated by"}});
  for (const v1::LineageStep& step : answer.lineage()) {
    table.Add({Text(absl::StrCat(std::string(2 * (step.depth() - 1), ' '),
                                 step.base())),
               Text(step.relation() == v1::BASE_RELATION_UNSPECIFIED
                        ? kUnknown
                        : EnumWord(step.relation())),
               TextOrUnknown(ListText(step.developers())),
               TextOrUnknown(ListText(step.countries())),
               Text(absl::StrCat(StatedBy(answer, step.evidence()), " ",
                                 citations.Mark(step.evidence())))});
  }
  table.Print(output);
}

void PrintNames(const v1::GetModelResponse& answer, const Output& output) {
  if (answer.names_size() == 0) return;
  output.out << "\n";
  Table names({{"name"}, {"source"}, {"resolved by"}, {"configuration"}});
  for (const v1::ModelName& name : answer.names()) {
    names.Add({Text(name.name()), Text(name.source()),
               Text(name.resolved_by(), name.resolved_by() == "unresolved"
                                            ? Color::kYellow
                                            : Color::kPlain),
               Text(name.configuration())});
  }
  names.Print(output);
}

absl::StatusOr<int> ShowModel(AnalysisClient& client,
                              const Invocation& invocation,
                              const Output& output) {
  v1::GetModelRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_model(invocation.args.name);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  const std::string& display = answer.summary().display_name();
  PrintHeading(output, absl::StrCat(answer.summary().model(),
                                    display.empty() ? "" : "   ", display));
  PrintFacts(output, citations, answer.facts());
  if (output.format != Format::kCsv) {
    PrintLineage(answer, citations, output);
    PrintNames(answer, output);
  }
  PrintFooter(answer.header(), citations, output);
  return kExitOk;
}

// A value that is not Boolean is no answer to a question: 0.
int ExitOf(const v1::EvaluateExpressionResponse& answer) {
  return answer.truth() == v1::TRUTH_TRUE    ? kExitOk
         : answer.truth() == v1::TRUTH_FALSE ? kExitNo
         : answer.truth() == v1::TRUTH_UNSPECIFIED && answer.has_value()
             ? kExitOk
             : kExitUndecided;
}

// All of the standard input; what is far too long is cut, and refused then.
std::string ReadInput() {
  constexpr size_t kMost = 1 << 20;
  std::string text;
  for (std::istreambuf_iterator<char> in(std::cin), end;
       in != end && text.size() < kMost; ++in) {
    text.push_back(*in);
  }
  return text;
}

void PrintCalls(const v1::EvaluateExpressionResponse& answer,
                const Output& output) {
  if (answer.calls_size() == 0) return;
  output.out << "\n";
  Table table({{"call"}, {"value"}});
  for (const v1::CalledFunction& call : answer.calls()) {
    table.Add({Text(call.call()), Text(call.value())});
  }
  table.Print(output);
}

absl::StatusOr<int> EvaluateExpression(AnalysisClient& client,
                                       const Invocation& invocation,
                                       const Output& output) {
  const Args& args = invocation.args;
  if (args.models.size() > 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_USAGE",
                     "expr takes one --model");
  }
  v1::EvaluateExpressionRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  const std::string expression = args.name == "-" ? ReadInput() : args.name;
  request.set_expression(expression);
  if (!args.models.empty()) request.set_model(args.models[0]);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return ExitOf(answer);
  }
  Citations citations(answer.header(), output);
  if (output.format == Format::kCsv) {
    Table table({{"model"}, {"expression"}, {"truth"}, {"reasons"}, {"value"}});
    table.Add({Text(answer.model()), Text(expression),
               Text(TruthText(answer.truth())),
               Text(ReasonsText(answer.reasons())), Text(answer.value_text())});
    table.Print(output);
  } else {
    const std::string reasons = ReasonsText(answer.reasons());
    const bool has_truth = answer.truth() != v1::TRUTH_UNSPECIFIED;
    if (has_truth || !answer.has_value()) {
      output.out << Paint(output, TruthColor(answer.truth()),
                          EnumWord(answer.truth()));
    } else {
      output.out << Printable(answer.value_text()) << " ("
                 << Printable(answer.type()) << ")";
    }
    if (!reasons.empty()) output.out << " (" << reasons << ")";
    output.out << "   " << Printable(expression);
    if (!answer.model().empty()) {
      output.out << "   for " << Printable(answer.model());
    }
    output.out << "\n";
    if (answer.facts_size() > 0) {
      output.out << "\n";
      PrintFacts(output, citations, answer.facts());
    }
    PrintCalls(answer, output);
  }
  PrintFooter(answer.header(), citations, output);
  return ExitOf(answer);
}

}  // namespace

absl::StatusOr<int> RunModelCommand(const Invocation& invocation,
                                    const Output& output) {
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  return invocation.command == CommandId::kModelsShow
             ? ShowModel(client, invocation, output)
             : EvaluateExpression(client, invocation, output);
}

}  // namespace meridian::cli
