// How much models are used, as Usage records say.
#ifndef ANALYSIS_SERVICE_USAGE_H_
#define ANALYSIS_SERVICE_USAGE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/catalog.h"

namespace meridian::analysis {

struct Usage {
  std::string measure;
  std::string source;                 // the one whose figures these are
  std::vector<std::string> others;    // sources that have the measure too
  std::map<EntityId, double> weight;  // of models, artefacts added up
  double unresolved = 0;              // of subjects that mean no model
  uint64_t unresolved_subjects = 0;
};

// The figures of one source by as_of; of a subject that of the window that
// ends last. Figures of several sources are never added: the caller's own
// evidence comes first, then the source that stands first in the Precedence
// record of "usage", then the first by name. Errors: NotFound
// (UNKNOWN_MEASURE) listing the measures there are.
absl::StatusOr<Usage> ReadUsage(const Catalog& catalog, Day as_of,
                                absl::string_view measure);

// Measures of the Usage records that the caller's own evidence has, sorted.
std::vector<std::string> OwnUsageMeasures(const Catalog& catalog, Day as_of);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_USAGE_H_
