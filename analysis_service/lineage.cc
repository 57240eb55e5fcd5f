#include "analysis_service/lineage.h"

#include <algorithm>
#include <deque>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "analysis_service/catalog.h"
#include "analysis_service/field.h"

namespace meridian::analysis {
namespace {

constexpr uint32_t kFarthest = 8;

std::optional<EntityId> ResolveBase(const Catalog& catalog,
                                    const std::string& name, uint32_t segment) {
  const std::string& source = catalog.segments()[segment]->meta().source();
  if (const auto id = catalog.name_table().Find(source, name)) {
    const Meaning meaning = catalog.Resolve(*id, segment);
    if (meaning.entity != kNoEntity) return meaning.entity;
  }
  const std::vector<EntityId> found = catalog.resolution().Find(name);
  if (found.size() == 1) return found[0];
  return std::nullopt;
}

void AddList(const ModelFact& fact,
             google::protobuf::RepeatedPtrField<std::string>* into) {
  if (const auto* list = std::get_if<StringList>(&fact.value.value)) {
    for (const std::string& item : list->items) *into->Add() = item;
  }
}

}  // namespace

std::vector<v1::LineageStep> LineageOf(EntityId model, FactReader& facts,
                                       Answer& answer) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  static const FieldIndex kCountries = FindField("model.countries");
  const Catalog& catalog = answer.catalog();
  std::vector<v1::LineageStep> steps;
  std::set<EntityId> visited = {model};
  std::deque<std::pair<EntityId, uint32_t>> queue = {{model, 1}};
  while (!queue.empty()) {
    const auto [derived, depth] = queue.front();
    queue.pop_front();
    if (depth > kFarthest) break;
    const size_t first = steps.size();
    for (const EvidenceRef& ref : catalog.ModelRecords(derived)) {
      for (const v1::BaseModel& base :
           catalog.record(ref).model().base_models()) {
        // Its architecture alone is no part of what it was made from.
        if (base.relation() == v1::BASE_RELATION_ARCHITECTURE) continue;
        const auto entity = ResolveBase(catalog, base.model(), ref.segment);
        const std::string name =
            entity ? catalog.resolution().entity(*entity).name : base.model();
        const auto known = std::find_if(
            steps.begin() + static_cast<std::ptrdiff_t>(first), steps.end(),
            [&](const v1::LineageStep& step) { return step.base() == name; });
        if (known != steps.end()) {
          // A document that says how it came about says more.
          if (known->relation() == v1::BASE_RELATION_UNSPECIFIED &&
              base.relation() != v1::BASE_RELATION_UNSPECIFIED) {
            known->set_relation(base.relation());
            known->set_evidence(answer.Cite(ref));
          }
          continue;
        }
        if (entity == derived) continue;
        v1::LineageStep& step = steps.emplace_back();
        step.set_depth(depth);
        step.set_derived(catalog.resolution().entity(derived).name);
        step.set_base(name);
        step.set_resolved(entity.has_value());
        step.set_relation(base.relation());
        step.set_evidence(answer.Cite(ref));
        if (!entity) continue;
        AddList(facts.Get(*entity, kDevelopers), step.mutable_developers());
        AddList(facts.Get(*entity, kCountries), step.mutable_countries());
        if (visited.insert(*entity).second) {
          queue.emplace_back(*entity, depth + 1);
        }
      }
    }
  }
  return steps;
}

}  // namespace meridian::analysis
