#include "analysis_service/facts_lineage.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {
namespace {

// How a model came from a base, by the records that say so.
v1::BaseRelation RelationOf(const Catalog& catalog, const std::string& base,
                            const std::vector<EvidenceRef>& records) {
  for (const EvidenceRef& ref : records) {
    const v1::Record& record = catalog.record(ref);
    for (const v1::BaseModel& stated : record.model().base_models()) {
      if (stated.relation() == v1::BASE_RELATION_UNSPECIFIED) continue;
      std::string name = stated.model();
      if (const auto id = catalog.name_table().Find(
              catalog.segment(ref).meta().source(), name)) {
        const Meaning meaning = catalog.Resolve(*id, ref.segment);
        if (meaning.entity != kNoEntity) {
          name = catalog.resolution().entity(meaning.entity).name;
        }
      }
      if (name == base) return stated.relation();
    }
  }
  return v1::BASE_RELATION_UNSPECIFIED;
}

std::string RelationWords(v1::BaseRelation relation) {
  switch (relation) {
    case v1::BASE_RELATION_FINE_TUNE:
      return "was fine-tuned from";
    case v1::BASE_RELATION_CONTINUED_PRETRAIN:
      return "continues the training of";
    case v1::BASE_RELATION_MERGE:
      return "was merged from";
    case v1::BASE_RELATION_QUANTIZED:
      return "is a quantised form of";
    case v1::BASE_RELATION_ADAPTER:
      return "is an adapter for";
    case v1::BASE_RELATION_DISTILLED:
      return "was distilled from";
    case v1::BASE_RELATION_COMPONENT:
      return "contains";
    default:
      return "was made from";
  }
}

}  // namespace

Lineage WalkLineage(const Catalog& catalog, EntityId model,
                    const std::function<ModelFact(EntityId)>& bases) {
  Lineage lineage;
  lineage.model = catalog.resolution().entity(model).name;
  std::set<EntityId> seen = {model};
  std::set<std::string> unresolved;
  const auto visit = [&](EntityId of, int from) {
    const ModelFact fact = bases(of);
    AddEvidence(fact.evidence, &lineage.evidence);
    const auto* list = std::get_if<StringList>(&fact.value.value);
    if (list == nullptr || !list->complete) {
      if (lineage.complete) {
        lineage.open = catalog.resolution().entity(of).name;
      }
      lineage.complete = false;
      if (list == nullptr && fact.value.unknown == UnknownReason::kConflict) {
        lineage.unknown = UnknownReason::kConflict;
      }
    }
    if (list == nullptr) return;
    for (const std::string& base : list->items) {
      Ancestor ancestor;
      const std::vector<EntityId> found = catalog.resolution().Find(base);
      if (found.size() == 1) ancestor.entity = found[0];
      if (ancestor.entity == kNoEntity ? !unresolved.insert(base).second
                                       : !seen.insert(ancestor.entity).second) {
        continue;
      }
      ancestor.name = ancestor.entity == kNoEntity
                          ? base
                          : catalog.resolution().entity(ancestor.entity).name;
      ancestor.from = from;
      ancestor.relation = RelationOf(catalog, base, fact.evidence);
      ancestor.evidence = fact.evidence;
      if (ancestor.entity == kNoEntity) {
        if (lineage.complete) lineage.open = base;
        lineage.complete = false;
      }
      lineage.ancestors.push_back(std::move(ancestor));
    }
  };
  visit(model, -1);
  for (size_t i = 0; i < lineage.ancestors.size(); ++i) {
    if (lineage.ancestors.size() > kMostAncestors) {
      lineage.complete = false;
      break;
    }
    const EntityId entity = lineage.ancestors[i].entity;
    if (entity != kNoEntity) visit(entity, static_cast<int>(i));
  }
  return lineage;
}

std::string DescribePath(const Lineage& lineage, size_t ancestor) {
  std::vector<std::string> steps;
  for (int at = static_cast<int>(ancestor); at >= 0;
       at = lineage.ancestors[at].from) {
    const Ancestor& step = lineage.ancestors[at];
    steps.push_back(absl::StrCat(
        step.from < 0 ? lineage.model : lineage.ancestors[step.from].name, " ",
        RelationWords(step.relation), " ", step.name));
  }
  std::reverse(steps.begin(), steps.end());
  return absl::StrJoin(steps, ", ");
}

}  // namespace meridian::analysis
