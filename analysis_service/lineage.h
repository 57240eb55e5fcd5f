// What a model was made from, through every base that a document names.
#ifndef ANALYSIS_SERVICE_LINEAGE_H_
#define ANALYSIS_SERVICE_LINEAGE_H_

#include <vector>

#include "analysis_service/answer.h"
#include "analysis_service/facts.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// The bases of `model`, theirs, and so on: nearest first, each (derived, base)
// pair once, at most 8 steps away. A base's name is resolved as its source
// spells it, else as the one model that any source calls so; else it stays as
// spelt and the line ends there. A list of bases that no document calls
// complete may lack some.
std::vector<v1::LineageStep> LineageOf(EntityId model, FactReader& facts,
                                       Answer& answer);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_LINEAGE_H_
