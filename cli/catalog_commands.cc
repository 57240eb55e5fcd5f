// `meridian boards|models|organizations|offerings list`, `fields`,
// `names unresolved`
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "cli/analysis_client.h"
#include "cli/commands.h"
#include "cli/paging.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// Ends a list: what follows it, then choices, warnings and citations.
template <typename Answer>
void PrintEnd(const Answer& answer, const Citations& citations,
              const Output& output) {
  PrintMore(output, answer.next_page_token());
  PrintFooter(answer.header(), citations, output);
}

absl::StatusOr<int> ListBoards(AnalysisClient& client,
                               const Invocation& invocation,
                               const Output& output) {
  v1::ListBoardsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, invocation.args.limit,
                           [](const auto& a) { return a.boards_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"board"},
               {"category"},
               {"method"},
               {"unit"},
               {"first"},
               {"last"},
               {"snapshots", Align::kRight},
               {"rows", Align::kRight},
               {"sources"}});
  for (const v1::BoardSummary& summary : answer.boards()) {
    for (const v1::BoardSlice& slice : summary.slices()) {
      table.Add({Text(summary.board().board()), Text(slice.category()),
                 TextOrUnknown(slice.method()),
                 TextOrUnknown(summary.board().unit()),
                 TextOrUnknown(slice.first_vintage()),
                 TextOrUnknown(slice.last_vintage()), Count(slice.snapshots()),
                 Count(slice.rows()), Text(ListText(summary.sources()))});
    }
  }
  table.Print(output);
  PrintEnd(answer, Citations(answer.header(), output), output);
  return kExitOk;
}

absl::StatusOr<int> ListModels(AnalysisClient& client,
                               const Invocation& invocation,
                               const Output& output) {
  v1::ListModelsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_filter(invocation.args.filter);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, invocation.args.limit,
                           [](const auto& a) { return a.models_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"model"},
               {"developers"},
               {"countries"},
               {"weights"},
               {"licence"},
               {"released"}});
  for (const v1::ModelSummary& model : answer.models()) {
    table.Add({Text(model.model()), TextOrUnknown(ListText(model.developers())),
               TextOrUnknown(ListText(model.countries())),
               TextOrUnknown(model.weights()), TextOrUnknown(model.licence()),
               TextOrUnknown(model.release_date())});
  }
  table.Print(output);
  if (output.format != Format::kCsv) {
    output.out << "\n" << Grouped(answer.total()) << " models";
    if (answer.unknown() > 0) {
      output.out << ", and " << Grouped(answer.unknown())
                 << " for which the filter is unknown";
    }
    output.out << "\n";
  }
  PrintEnd(answer, Citations(answer.header(), output), output);
  return kExitOk;
}

absl::StatusOr<int> ListOrganizations(AnalysisClient& client,
                                      const Invocation& invocation,
                                      const Output& output) {
  v1::ListOrganizationsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  ASSIGN_OR_RETURN(
      const auto answer,
      ListAll(client, request, invocation.args.limit,
              [](const auto& a) { return a.organizations_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  std::vector<Column> columns = {{"organization"}, {"country"},
                                 {"headquarters"}, {"incorporation"},
                                 {"controller"},   {"models", Align::kRight}};
  citations.AddColumns(columns);
  columns.push_back({"other names"});
  Table table(columns);
  for (const v1::OrganizationSummary& one : answer.organizations()) {
    std::vector<Cell> row = {
        Text(one.organization()),
        TextOrUnknown(one.country()),
        TextOrUnknown(one.headquarters()),
        TextOrUnknown(one.incorporation()),
        one.controller().empty() ? Text("none known") : Text(one.controller()),
        Count(one.models())};
    citations.AddCells(one.evidence(), row);
    row.push_back(Text(ListText(one.other_names())));
    table.Add(std::move(row));
  }
  table.Print(output);
  PrintEnd(answer, citations, output);
  return kExitOk;
}

// "input 0.5 USD, output 1.5 USD" per million tokens.
std::string PricesText(const v1::Offering& offering) {
  std::string text;
  for (const v1::Price& price : offering.prices()) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", price.what(), " ",
                    price.has_per_million_tokens()
                        ? Shortest(price.per_million_tokens())
                        : kUnknown,
                    " ", price.currency());
    if (price.has_from_tokens() && price.from_tokens() > 0) {
      absl::StrAppend(&text, " from ", Grouped(price.from_tokens()));
    }
  }
  return text;
}

absl::StatusOr<int> ListOfferings(AnalysisClient& client,
                                  const Invocation& invocation,
                                  const Output& output) {
  v1::ListOfferingsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_filter(invocation.args.filter);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, invocation.args.limit,
                           [](const auto& a) { return a.offerings_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Citations citations(answer.header(), output);
  std::vector<Column> columns = {{"operator"},
                                 {"route"},
                                 {"model"},
                                 {"status"},
                                 {"regions"},
                                 {"context", Align::kRight},
                                 {"price per million tokens"}};
  citations.AddColumns(columns);
  Table table(columns);
  for (const v1::OfferingSummary& summary : answer.offerings()) {
    const v1::Offering& offering = summary.offering();
    std::vector<Cell> row = {Text(offering.operator_()),
                             Text(offering.route()),
                             TextOrUnknown(summary.model()),
                             Text(EnumWord(offering.status())),
                             TextOrUnknown(ListText(offering.regions())),
                             offering.has_context_tokens()
                                 ? Count(offering.context_tokens())
                                 : Unknown(),
                             TextOrUnknown(PricesText(offering))};
    citations.AddCell(summary.evidence(), row);
    table.Add(std::move(row));
  }
  table.Print(output);
  PrintEnd(answer, citations, output);
  return kExitOk;
}

absl::StatusOr<int> ListUnresolved(AnalysisClient& client,
                                   const Invocation& invocation,
                                   const Output& output) {
  v1::ListUnresolvedNamesRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_source(invocation.args.source);
  request.set_by_impact(invocation.args.by_impact);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, invocation.args.limit,
                           [](const auto& a) { return a.names_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"name"},
               {"source"},
               {"best rank", Align::kRight},
               {"on"},
               {"figures", Align::kRight},
               {"nearest known names"}});
  for (const v1::UnresolvedName& name : answer.names()) {
    table.Add({Text(name.name()), Text(name.source()),
               name.has_best_rank() ? Count(name.best_rank()) : Unknown(),
               Text(name.board()), Count(name.figures()),
               Text(ListText(name.candidates()))});
  }
  table.Print(output);
  if (output.format != Format::kCsv) {
    output.out << Grouped(answer.total())
               << " names in all; an alias record resolves one\n";
  }
  PrintEnd(answer, Citations(answer.header(), output), output);
  return kExitOk;
}

std::string TypeWord(v1::FieldType type) {
  return absl::AsciiStrToLower(EnumWord(type));
}

std::string SignatureOf(const v1::FactFunction& function) {
  std::vector<std::string> parameters;
  for (const int type : function.parameters()) {
    parameters.push_back(TypeWord(static_cast<v1::FieldType>(type)));
  }
  return absl::StrCat(function.name(), "(", absl::StrJoin(parameters, ", "),
                      ")");
}

// Fields of objects, and what can be asked of facts with arguments.
void PrintObjectsAndFunctions(const v1::ListFieldsResponse& answer,
                              const Output& output) {
  for (const v1::ObjectType& object : answer.objects()) {
    output.out << "\n";
    Table table({{absl::StrCat("field of one ", object.name())},
                 {"type"},
                 {"meaning"}});
    for (const v1::Field& field : object.fields()) {
      table.Add({Text(field.name()), Text(TypeWord(field.type())),
                 Text(field.meaning())});
    }
    table.Print(output);
  }
  if (answer.functions_size() == 0) return;
  output.out << "\n";
  Table functions({{"function"}, {"gives"}, {"meaning"}});
  for (const v1::FactFunction& function : answer.functions()) {
    functions.Add({Text(SignatureOf(function)),
                   Text(TypeWord(function.result())),
                   Text(function.meaning())});
  }
  functions.Print(output);
}

void PrintGroupsAndLists(const v1::ListFieldsResponse& answer,
                         const Output& output) {
  if (answer.groups_size() > 0) {
    output.out << "\n";
    Table groups({{"group"}, {"expression"}});
    for (const v1::NamedGroup& group : answer.groups()) {
      groups.Add({Text(group.name()), Text(group.expression())});
    }
    groups.Print(output);
  }
  if (answer.lists_size() == 0) return;
  output.out << "\n";
  const std::map<std::string, uint32_t> sorted(answer.lists().begin(),
                                               answer.lists().end());
  Table lists({{"list"}, {"members", Align::kRight}});
  for (const auto& [name, members] : sorted) {
    lists.Add({Text(name), Count(members)});
  }
  lists.Print(output);
}

absl::StatusOr<int> ListFields(AnalysisClient& client,
                               const Invocation& invocation,
                               const Output& output) {
  v1::ListFieldsRequest request;
  *request.mutable_context() = ContextOf(invocation.globals);
  request.set_entity(invocation.args.name);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"field"},
               {"type"},
               {"known", Align::kRight},
               {"of", Align::kRight},
               {"as_of class"},
               {"values"},
               {"precedence"},
               {"meaning"}});
  for (const v1::Field& field : answer.fields()) {
    table.Add({Text(field.name()), Text(TypeWord(field.type())),
               Count(field.known()), Count(field.total()),
               Text(field.time_class()), Text(ListText(field.values())),
               Text(ListText(field.precedence())), Text(field.meaning())});
  }
  table.Print(output);
  if (output.format != Format::kCsv) {
    PrintObjectsAndFunctions(answer, output);
    PrintGroupsAndLists(answer, output);
  }
  PrintFooter(answer.header(), Citations(answer.header(), output), output);
  return kExitOk;
}

}  // namespace

absl::StatusOr<int> RunCatalogCommand(const Invocation& invocation,
                                      const Output& output) {
  AnalysisClient client(invocation.globals.analysis,
                        invocation.globals.timeout());
  switch (invocation.command) {
    case CommandId::kBoardsList:
      return ListBoards(client, invocation, output);
    case CommandId::kModelsList:
      return ListModels(client, invocation, output);
    case CommandId::kOrganizationsList:
      return ListOrganizations(client, invocation, output);
    case CommandId::kOfferingsList:
      return ListOfferings(client, invocation, output);
    case CommandId::kNamesUnresolved:
      return ListUnresolved(client, invocation, output);
    default:
      return ListFields(client, invocation, output);
  }
}

}  // namespace meridian::cli
