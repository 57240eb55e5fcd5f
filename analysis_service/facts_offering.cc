#include "analysis_service/facts_offering.h"

#include <algorithm>
#include <functional>
#include <set>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/strip.h"
#include "analysis_service/facts_fields.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {
namespace {

FactValue TextOr(const std::string& text) {
  return text.empty() ? FactValue() : FactValue::Text(text);
}

FactValue ListOr(const google::protobuf::RepeatedPtrField<std::string>& items,
                 bool complete) {
  if (items.empty() && !complete) return FactValue();
  return FactValue::List(SortedList({items.begin(), items.end()}, complete));
}

FactValue PriceOf(const v1::Offering& offering, absl::string_view what) {
  std::optional<NumberRange> range;
  for (const v1::Price& price : offering.prices()) {
    if (price.what() != what || !price.has_per_million_tokens()) continue;
    if (price.has_currency() && price.currency() != "USD") continue;
    const double value = price.per_million_tokens();
    if (!range) range = NumberRange{value, value};
    range->low = std::min(range->low, value);
    range->high = std::max(range->high, value);
  }
  if (!range) return FactValue();
  return FactValue::Number(range->low, range->high);
}

FactValue StatusOf(const v1::Offering& offering) {
  if (offering.status() == v1::Offering::STATUS_UNSPECIFIED) return FactValue();
  return FactValue::Text(std::string(absl::StripPrefix(
      v1::Offering::Status_Name(offering.status()), "STATUS_")));
}

using ReadOne = std::function<FactValue(const v1::Offering&)>;

// Fields that records state, by name.
const std::map<std::string, ReadOne>& StatedOfferingFields() {
  using Offering = v1::Offering;
  static const auto* fields = new std::map<std::string, ReadOne>{
      {"route", [](const Offering& o) { return TextOr(o.route()); }},
      {"regions",
       [](const Offering& o) {
         return ListOr(o.regions(), o.regions_complete());
       }},
      // Who says where prompts are stored says all the places.
      {"storage_countries",
       [](const Offering& o) {
         return o.storage_countries().empty()
                    ? FactValue()
                    : ListOr(o.storage_countries(), true);
       }},
      {"status", StatusOf},
      {"retains_prompts",
       [](const Offering& o) {
         return o.has_retains_prompts() ? FactValue::Flag(o.retains_prompts())
                                        : FactValue();
       }},
      {"trains_on_prompts",
       [](const Offering& o) {
         return o.has_trains_on_prompts()
                    ? FactValue::Flag(o.trains_on_prompts())
                    : FactValue();
       }},
      {"input_price", [](const Offering& o) { return PriceOf(o, "input"); }},
      {"output_price", [](const Offering& o) { return PriceOf(o, "output"); }},
      {"context_tokens",
       [](const Offering& o) {
         const auto tokens = static_cast<double>(o.context_tokens());
         return o.has_context_tokens() ? FactValue::Number(tokens, tokens)
                                       : FactValue();
       }},
  };
  return *fields;
}

ModelFact OperatorCountry(const OrganizationFacts& organizations,
                          const OfferingIndex::Entry& entry, Day on) {
  if (entry.operator_id)
    return organizations.Headquarters(*entry.operator_id, on);
  ModelFact fact;
  fact.derivation =
      absl::StrCat(entry.operator_name, ": no record of the organisation");
  return fact;
}

ModelFact ControllerCountry(const Catalog& catalog,
                            const OrganizationFacts& organizations,
                            const OfferingIndex::Entry& entry, Day on) {
  if (!entry.operator_id) return OperatorCountry(organizations, entry, on);
  const ModelFact controller = organizations.Controller(*entry.operator_id, on);
  if (!controller.value.known()) return controller;
  const std::string& name = std::get<std::string>(controller.value.value);
  if (name.empty()) return OperatorCountry(organizations, entry, on);
  ModelFact fact;
  if (const auto owner = catalog.organizations().Find(name)) {
    fact = organizations.Headquarters(*owner, on);
  }
  fact.derivation = absl::StrCat("controlled by ", name);
  AddEvidence(controller.evidence, &fact.evidence);
  return fact;
}

bool HasDoubt(const v1::Record& record, absl::string_view field) {
  return std::any_of(
      record.notes().begin(), record.notes().end(), [&](const v1::Note& note) {
        return note.field() == field && note.kind() != v1::Note::KIND_WITHHELD;
      });
}

}  // namespace

OfferingIndex::OfferingIndex(const Catalog& catalog,
                             const FactContext& context) {
  std::vector<EvidenceRef> refs =
      catalog.Records(v1::Record::kOffering, context.on);
  // What sources say that had not spoken by then is the oldest known.
  std::set<std::string> spoken;
  for (const auto& segment : catalog.segments()) {
    if (segment->available() <= context.on &&
        !segment->records(v1::Record::kOffering).empty()) {
      spoken.insert(segment->meta().source());
    }
  }
  std::set<EvidenceRef> known(refs.begin(), refs.end());
  for (const EvidenceRef& ref :
       catalog.Records(v1::Record::kOffering, context.as_of)) {
    if (!spoken.contains(catalog.segment(ref).meta().source()) &&
        known.insert(ref).second) {
      refs.push_back(ref);
    }
  }
  for (uint32_t i = 0; i < catalog.segments().size(); ++i) {
    const Segment& segment = *catalog.segments()[i];
    if (!segment.is_own()) continue;
    const uint32_t first = segment.first_row(v1::Record::kOffering);
    const uint32_t count = segment.records(v1::Record::kOffering).size();
    for (uint32_t row = first; row < first + count; ++row) {
      if (known.insert({i, row}).second) refs.push_back({i, row});
    }
  }
  absl::flat_hash_map<EntityId,
                      std::map<std::pair<std::string, std::string>, Entry>>
      sorted;
  for (const EvidenceRef& ref : refs) {
    const v1::Offering& offering = catalog.record(ref).offering();
    const auto name = catalog.name_table().Find(
        catalog.segment(ref).meta().source(), offering.model());
    if (!name) continue;
    const EntityId model = catalog.Resolve(*name, ref.segment).entity;
    if (model == kNoEntity) continue;
    const std::string operator_name =
        catalog.organizations().NameOf(offering.operator_());
    Entry& entry = sorted[model][{operator_name, offering.route()}];
    entry.operator_name = operator_name;
    entry.operator_id = catalog.organizations().Find(offering.operator_());
    entry.route = offering.route();
    entry.records.push_back(ref);
  }
  for (auto& [model, entries] : sorted) {
    std::vector<Entry>& list = by_model_[model];
    for (auto& [key, entry] : entries) {
      std::sort(entry.records.begin(), entry.records.end());
      list.push_back(std::move(entry));
    }
  }
}

absl::Span<const OfferingIndex::Entry> OfferingIndex::Of(EntityId model) const {
  const auto it = by_model_.find(model);
  if (it == by_model_.end()) return {};
  return it->second;
}

std::vector<ModelFact> ReadOffering(const Catalog& catalog,
                                    const FactContext& context,
                                    const SourceRanks& ranks,
                                    const OrganizationFacts& organizations,
                                    const OfferingIndex::Entry& entry,
                                    bool* disabled) {
  std::vector<ModelFact> facts;
  for (const FieldDef& field : ObjectFields("offering")) {
    if (field.name == "operator") {
      ModelFact fact;
      fact.value = FactValue::Text(entry.operator_name);
      fact.evidence = entry.records;
      facts.push_back(std::move(fact));
      continue;
    }
    if (field.name == "operator_country") {
      facts.push_back(OperatorCountry(organizations, entry, context.on));
      continue;
    }
    if (field.name == "operator_controller_country") {
      facts.push_back(
          ControllerCountry(catalog, organizations, entry, context.on));
      continue;
    }
    const auto read = StatedOfferingFields().find(field.name);
    std::vector<Statement> statements;
    for (const EvidenceRef& ref : entry.records) {
      const v1::Record& record = catalog.record(ref);
      Statement statement;
      statement.ref = ref;
      statement.source = catalog.segment(ref).meta().source();
      statement.available = catalog.segment(ref).available();
      statement.evidence = {ref};
      if (read == StatedOfferingFields().end()) continue;
      statement.value = read->second(record.offering());
      if (!statement.value.known()) continue;
      if (HasDoubt(record, field.name)) statement.derivation = "doubtful";
      statements.push_back(std::move(statement));
    }
    facts.push_back(Settle(KeepState(std::move(statements), context),
                           absl::StrCat("offering.", field.name), ranks));
    if (field.name == "status") {
      *disabled = facts.back().value == FactValue::Text("DISABLED");
    }
  }
  return facts;
}

std::vector<ModelFact> SelfOffering(const v1::Deployer& deployer,
                                    const ModelFact& weights) {
  const FactValue country = TextOr(deployer.country());
  std::vector<ModelFact> facts;
  for (const FieldDef& field : ObjectFields("offering")) {
    ModelFact fact;
    fact.derivation = "on the deployer's own machines";
    if (field.name == "operator") {
      fact.value = FactValue::Text("self");
      fact.derivation = "the weights can be had and the deployer may host them";
      fact.evidence = weights.evidence;
    } else if (field.name == "regions" || field.name == "storage_countries") {
      if (country.known()) {
        fact.value = FactValue::List({{deployer.country()}, true});
      }
    } else if (field.name == "operator_country" ||
               field.name == "operator_controller_country") {
      fact.value = country;
    } else if (field.name == "status") {
      fact.value = FactValue::Text("AVAILABLE");
    } else if (field.name == "retains_prompts" ||
               field.name == "trains_on_prompts") {
      fact.value = FactValue::Flag(false);  // Nobody else has them.
    } else {
      fact.derivation.clear();
    }
    facts.push_back(std::move(fact));
  }
  return facts;
}

}  // namespace meridian::analysis
