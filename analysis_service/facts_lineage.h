// All that a model was made from. Used by facts_call.cc; LineageOf shows it.
#ifndef ANALYSIS_SERVICE_FACTS_LINEAGE_H_
#define ANALYSIS_SERVICE_FACTS_LINEAGE_H_

#include <functional>
#include <string>
#include <vector>

#include "analysis_service/facts.h"

namespace meridian::analysis {

// A walk ends after so many ancestors; what lies beyond is not known.
inline constexpr size_t kMostAncestors = 4096;

// `bases` gives model.base_models of a model. Nearest first, of one distance
// by name; each ancestor once, also where bases name each other.
Lineage WalkLineage(const Catalog& catalog, EntityId model,
                    const std::function<ModelFact(EntityId)>& bases);

// "a was fine-tuned from b, b from c": how an ancestor came into the model.
std::string DescribePath(const Lineage& lineage, size_t ancestor);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_LINEAGE_H_
