#include "analysis_service/listings.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analysis_service/groups.h"
#include "analysis_service/lineage.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

v1::ModelSummary SummarizeModel(const Catalog& catalog, EntityId model,
                                FactReader& facts) {
  static const FieldIndex kDisplayName = FindField("model.display_name");
  static const FieldIndex kDevelopers = FindField("model.developers");
  static const FieldIndex kCountries = FindField("model.countries");
  static const FieldIndex kWeights = FindField("model.weights");
  static const FieldIndex kLicence = FindField("model.licence");
  static const FieldIndex kReleaseDate = FindField("model.release_date");
  const auto text = [&](FieldIndex field) -> std::string {
    const FactValue& value = facts.Get(model, field).value;
    const auto* known = std::get_if<std::string>(&value.value);
    return known == nullptr ? "" : *known;
  };
  const auto list = [&](FieldIndex field, auto* out) {
    const FactValue& value = facts.Get(model, field).value;
    if (const auto* known = std::get_if<StringList>(&value.value)) {
      for (const std::string& item : known->items) *out->Add() = item;
    }
  };
  v1::ModelSummary summary;
  summary.set_model(catalog.resolution().entity(model).name);
  summary.set_display_name(text(kDisplayName));
  list(kDevelopers, summary.mutable_developers());
  list(kCountries, summary.mutable_countries());
  summary.set_weights(text(kWeights));
  summary.set_licence(text(kLicence));
  summary.set_release_date(
      ToProto(facts.Get(model, kReleaseDate).value).date());
  return summary;
}

void AddFacts(absl::Span<const FieldIndex> fields, EntityId model,
              FactReader& facts, Answer& answer,
              google::protobuf::RepeatedPtrField<v1::Fact>* out) {
  const std::string& name = answer.catalog().resolution().entity(model).name;
  for (const FieldIndex field : fields) {
    *out->Add() = answer.Tell(field, facts.Get(model, field), name);
  }
}

}  // namespace

absl::StatusOr<EntityId> FindModel(const Catalog& catalog,
                                   absl::string_view name) {
  const Resolution& resolution = catalog.resolution();
  const std::vector<EntityId> found = resolution.Find(name);
  if (found.size() == 1) return found[0];
  std::vector<std::string> names;
  if (found.empty()) {
    for (const Entity& entity : resolution.entities()) {
      names.push_back(entity.name);
    }
    return MakeError(
        absl::StatusCode::kNotFound, "UNKNOWN_MODEL",
        absl::StrCat("there is no model '", name, "'", DidYouMean(name, names)),
        {{"model", std::string(name)},
         {"suggestions", absl::StrJoin(Suggest(name, names), ", ")}});
  }
  for (const EntityId id : found) names.push_back(resolution.entity(id).name);
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "AMBIGUOUS_MODEL",
      absl::StrCat("'", name, "' can mean ", absl::StrJoin(names, " or "),
                   "; say which"),
      {{"model", std::string(name)}, {"models", absl::StrJoin(names, ", ")}});
}

absl::StatusOr<v1::ListBoardsResponse> ListBoards(
    const Question& question, const v1::ListBoardsRequest& request) {
  v1::ListBoardsResponse response;
  Answer answer(question, response.mutable_header());
  const Catalog& catalog = *question.catalog;
  const std::vector<std::string> ids = catalog.BoardIds();
  ASSIGN_OR_RETURN(PageRange page, PageOf(request, ids.size(), catalog.seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    v1::BoardSummary* board = response.add_boards();
    *board->mutable_board() = catalog.DescribeBoard(ids[i]);
    for (const SliceSummary& slice : catalog.Slices(ids[i], question.as_of)) {
      v1::BoardSlice* out = board->add_slices();
      out->set_category(slice.category);
      out->set_method(slice.method);
      out->set_snapshots(slice.snapshots);
      out->set_first_vintage(FormatDay(slice.first));
      out->set_last_vintage(FormatDay(slice.last));
      out->set_rows(slice.rows);
    }
    for (std::string& source : catalog.BoardSources(ids[i])) {
      *board->add_sources() = std::move(source);
    }
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListModelsResponse> ListModels(
    const Question& question, const v1::ListModelsRequest& request) {
  v1::ListModelsResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  const Catalog& catalog = *question.catalog;
  ASSIGN_OR_RETURN(const std::optional<Expression> filter,
                   CompileFilter(request.filter(), "filter", catalog));
  FactReader facts(catalog, question.facts());
  std::vector<EntityId> models;
  uint64_t unknown = 0;
  for (EntityId id = 0; id < catalog.resolution().entities().size(); ++id) {
    const Truth truth =
        filter.has_value()
            ? Evaluate(*filter, ModelFacts(catalog, facts, id)).truth
            : Truth::kTrue;
    if (truth == Truth::kTrue) models.push_back(id);
    if (truth == Truth::kUnknown) ++unknown;
  }
  std::sort(models.begin(), models.end(), [&](EntityId a, EntityId b) {
    return catalog.resolution().entity(a).name <
           catalog.resolution().entity(b).name;
  });
  ASSIGN_OR_RETURN(PageRange page,
                   PageOf(request, models.size(), catalog.seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    *response.add_models() = SummarizeModel(catalog, models[i], facts);
  }
  response.set_total(models.size());
  response.set_unknown(unknown);
  if (unknown > 0) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat("the filter is unknown for ", unknown,
                             " models; they are not listed"));
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::GetModelResponse> GetModel(
    const Question& question, const v1::GetModelRequest& request) {
  v1::GetModelResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  const Catalog& catalog = *question.catalog;
  ASSIGN_OR_RETURN(const EntityId model, FindModel(catalog, request.model()));
  FactReader facts(catalog, question.facts());
  *response.mutable_summary() = SummarizeModel(catalog, model, facts);
  std::vector<FieldIndex> fields(Fields().size());
  for (size_t i = 0; i < fields.size(); ++i) fields[i] = static_cast<int>(i);
  AddFacts(fields, model, facts, answer, response.mutable_facts());

  const NameTable& names = catalog.name_table();
  for (v1::LineageStep& step : LineageOf(model, facts, answer)) {
    *response.add_lineage() = std::move(step);
  }
  std::set<std::array<std::string, 4>> sorted;
  for (const NameId id : catalog.resolution().entity(model).names) {
    const Meaning meaning = catalog.resolution().Resolve(id, question.as_of);
    sorted.insert({std::string(names.name(id)), std::string(names.source(id)),
                   std::string(ResolvedByName(meaning.how)),
                   catalog.resolution().configuration(meaning)});
  }
  for (const auto& [name, source, how, configuration] : sorted) {
    v1::ModelName* out = response.add_names();
    out->set_name(name);
    out->set_source(source);
    out->set_resolved_by(how);
    out->set_configuration(configuration);
  }
  return response;
}

absl::StatusOr<v1::ListOrganizationsResponse> ListOrganizations(
    const Question& question, const v1::ListOrganizationsRequest& request) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  v1::ListOrganizationsResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  const Catalog& catalog = *question.catalog;
  FactReader facts(catalog, question.facts());
  std::map<std::string, uint32_t> models;
  for (EntityId id = 0; id < catalog.resolution().entities().size(); ++id) {
    const FactValue& value = facts.Get(id, kDevelopers).value;
    if (const auto* list = std::get_if<StringList>(&value.value)) {
      for (const std::string& developer : list->items) ++models[developer];
    }
  }
  const auto entries = catalog.organizations().entries();
  ASSIGN_OR_RETURN(PageRange page,
                   PageOf(request, entries.size(), catalog.seq()));
  const auto text = [](const FactValue& value) -> std::string {
    const auto* known = std::get_if<std::string>(&value.value);
    return known == nullptr ? "" : *known;
  };
  for (size_t i = page.begin; i < page.end; ++i) {
    const OrganizationFact fact =
        facts.Describe(static_cast<OrganizationId>(i));
    v1::OrganizationSummary* out = response.add_organizations();
    out->set_organization(entries[i].name);
    for (const std::string& name : entries[i].other_names) {
      out->add_other_names(name);
    }
    out->set_headquarters(text(fact.headquarters));
    out->set_incorporation(text(fact.incorporation));
    out->set_controller(fact.controller);
    out->set_country(text(fact.country));
    out->set_models(models[entries[i].name]);
    for (const EvidenceRef& ref : fact.evidence) {
      out->add_evidence(answer.Cite(ref));
    }
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

absl::StatusOr<v1::ListOfferingsResponse> ListOfferings(
    const Question& question, const v1::ListOfferingsRequest& request) {
  v1::ListOfferingsResponse response;
  Answer answer(question, response.mutable_header());
  const Catalog& catalog = *question.catalog;
  ASSIGN_OR_RETURN(const std::optional<Expression> filter,
                   CompileFilter(request.filter(), "filter", catalog));
  if (filter.has_value()) answer.ChooseCountryRule();
  FactReader facts(catalog, question.facts());
  struct Row {
    EvidenceRef ref;
    EntityId model;
  };
  std::vector<Row> rows;
  for (const EvidenceRef& ref :
       catalog.Records(v1::Record::kOffering, question.as_of)) {
    const v1::Offering& offering = catalog.record(ref).offering();
    EntityId model = kNoEntity;
    if (const auto name = catalog.name_table().Find(
            catalog.segment(ref).meta().source(), offering.model())) {
      model = catalog.Resolve(*name, ref.segment).entity;
    }
    if (filter.has_value() &&
        (model == kNoEntity ||
         Evaluate(*filter, ModelFacts(catalog, facts, model)).truth !=
             Truth::kTrue)) {
      continue;
    }
    rows.push_back({ref, model});
  }
  std::sort(rows.begin(), rows.end(), [&](const Row& a, const Row& b) {
    const v1::Offering& x = catalog.record(a.ref).offering();
    const v1::Offering& y = catalog.record(b.ref).offering();
    return std::tie(x.operator_(), x.route(), a.ref) <
           std::tie(y.operator_(), y.route(), b.ref);
  });
  ASSIGN_OR_RETURN(PageRange page, PageOf(request, rows.size(), catalog.seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    v1::OfferingSummary* out = response.add_offerings();
    *out->mutable_offering() = catalog.record(rows[i].ref).offering();
    if (rows[i].model != kNoEntity) {
      out->set_model(catalog.resolution().entity(rows[i].model).name);
    }
    out->set_source(catalog.segment(rows[i].ref).meta().source());
    out->set_evidence(answer.Cite(rows[i].ref));
  }
  response.set_next_page_token(page.next_page_token);
  return response;
}

namespace {

absl::string_view TimeClassName(TimeClass time_class) {
  switch (time_class) {
    case TimeClass::kFigure:
      return "FIGURE";
    case TimeClass::kNature:
      return "NATURE";
    case TimeClass::kState:
      return "STATE";
  }
  return "";
}

// Sources believed first for a field: its own record, else that of "*".
std::vector<std::string> PrecedenceOf(const Catalog& catalog,
                                      absl::string_view field) {
  const v1::Precedence* chosen = nullptr;
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kPrecedence)) {
    const v1::Precedence& candidate = catalog.record(ref).precedence();
    if (candidate.field() == field)
      return {candidate.sources().begin(), candidate.sources().end()};
    if (candidate.field() == "*") chosen = &candidate;
  }
  if (chosen == nullptr) return {};
  return {chosen->sources().begin(), chosen->sources().end()};
}

void DescribeField(const FieldDef& def, v1::Field* field) {
  field->set_name(def.name);
  field->set_type(static_cast<v1::FieldType>(static_cast<int>(def.type)));
  field->set_meaning(def.meaning);
  field->set_time_class(std::string(TimeClassName(def.time_class)));
  for (const std::string& value : def.constants) field->add_values(value);
}

// Functions and objects belong to no one entity's fields.
void AddFunctionsAndObjects(v1::ListFieldsResponse* response) {
  for (const FunctionDef& def : Functions()) {
    v1::FactFunction* function = response->add_functions();
    function->set_is_method(!def.object.empty());
    function->set_name(def.object.empty()
                           ? def.name
                           : absl::StrCat(def.object, ".", def.name));
    for (const FieldType type : def.parameters) {
      function->add_parameters(
          static_cast<v1::FieldType>(static_cast<int>(type)));
    }
    function->set_result(
        static_cast<v1::FieldType>(static_cast<int>(def.result)));
    function->set_meaning(def.meaning);
  }
  std::set<std::string> objects;
  for (const FieldDef& def : Fields()) {
    if (def.type == FieldType::kObjectList) objects.insert(def.object);
  }
  for (const std::string& name : objects) {
    v1::ObjectType* object = response->add_objects();
    object->set_name(name);
    for (const FieldDef& def : ObjectFields(name)) {
      DescribeField(def, object->add_fields());
    }
  }
}

}  // namespace

absl::StatusOr<v1::ListFieldsResponse> ListFields(
    const Question& question, const v1::ListFieldsRequest& request) {
  v1::ListFieldsResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  const Catalog& catalog = *question.catalog;
  FactReader facts(catalog, question.facts());
  const uint64_t models = catalog.resolution().entities().size();
  for (FieldIndex f = 0; f < static_cast<int>(Fields().size()); ++f) {
    const FieldDef& def = Fields()[f];
    if (!request.entity().empty() &&
        !absl::StartsWith(def.name, absl::StrCat(request.entity(), "."))) {
      continue;
    }
    v1::Field* field = response.add_fields();
    DescribeField(def, field);
    uint64_t known = 0;
    for (EntityId id = 0; id < models; ++id) {
      if (facts.Get(id, f).value.known()) ++known;
    }
    field->set_known(known);
    field->set_total(models);
    for (std::string& source : PrecedenceOf(catalog, def.name)) {
      *field->add_precedence() = std::move(source);
    }
  }
  if (response.fields().empty()) {
    return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_ENTITY",
                     absl::StrCat("no field belongs to '", request.entity(),
                                  "'; entities are: model, licence"),
                     {{"entity", request.entity()}});
  }
  if (request.entity().empty()) AddFunctionsAndObjects(&response);
  for (v1::NamedGroup& group : CatalogGroups(catalog)) {
    *response.add_groups() = std::move(group);
  }
  for (const std::string& list : catalog.Lists()) {
    (*response.mutable_lists())[list] =
        static_cast<uint32_t>(catalog.Members(list, question.as_of).size());
  }
  return response;
}

absl::StatusOr<v1::ListUnresolvedNamesResponse> ListUnresolvedNames(
    const Question& question, const v1::ListUnresolvedNamesRequest& request) {
  v1::ListUnresolvedNamesResponse response;
  Answer answer(question, response.mutable_header());
  answer.Choose("order", request.by_impact() ? "impact: best rank" : "source",
                !request.by_impact());
  const Catalog& catalog = *question.catalog;
  std::map<std::pair<std::string, std::string>, v1::UnresolvedName> found;
  const auto entry = [&](uint32_t segment,
                         const std::string& name) -> v1::UnresolvedName* {
    const std::string& source = catalog.segments()[segment]->meta().source();
    if (!request.source().empty() && request.source() != source) return nullptr;
    v1::UnresolvedName& out = found[{source, name}];
    out.set_name(name);
    out.set_source(source);
    return &out;
  };
  for (const std::string& id : catalog.BoardIds()) {
    BoardChoice choice;
    choice.board = catalog.DescribeBoard(id, nullptr);
    choice.rules.higher_is_better =
        choice.board.direction() != v1::Board::DIRECTION_LOWER_IS_BETTER;
    for (const SliceSummary& slice : catalog.Slices(id, question.as_of)) {
      choice.category = slice.category;
      choice.method = slice.method;
      for (const ScoreSnapshot& snapshot : catalog.Snapshots(
               id, slice.category, slice.method, question.as_of)) {
        for (const BoardRow& row :
             ReadSnapshot(catalog, choice, snapshot, 0).rows) {
          if (row.resolved) continue;
          v1::UnresolvedName* out = entry(snapshot.segment, row.name_in_source);
          if (out == nullptr) continue;
          out->set_figures(out->figures() + 1);
          if (out->has_best_rank() && out->best_rank() <= row.rank) continue;
          out->set_best_rank(row.rank);
          out->set_board(
              absl::StrCat(id, "/", slice.category, "/", slice.method));
        }
      }
    }
  }
  std::vector<const v1::UnresolvedName*> order;
  for (const auto& [key, name] : found) order.push_back(&name);
  if (request.by_impact()) {
    std::stable_sort(order.begin(), order.end(),
                     [](const auto* a, const auto* b) {
                       return std::tuple(a->best_rank(), b->figures()) <
                              std::tuple(b->best_rank(), a->figures());
                     });
  }
  std::vector<std::string> known;
  for (const Entity& entity : catalog.resolution().entities()) {
    if (entity.resolved) known.push_back(entity.name);
  }
  ASSIGN_OR_RETURN(PageRange page,
                   PageOf(request, order.size(), catalog.seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    v1::UnresolvedName* out = response.add_names();
    *out = *order[i];
    for (std::string& candidate : Suggest(out->name(), known)) {
      out->add_candidates(std::move(candidate));
    }
  }
  response.set_total(order.size());
  response.set_next_page_token(page.next_page_token);
  return response;
}

}  // namespace meridian::analysis
