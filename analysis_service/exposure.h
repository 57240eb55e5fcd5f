// What the admissible models of a board depend on, for cutoff.h.
#ifndef ANALYSIS_SERVICE_EXPOSURE_H_
#define ANALYSIS_SERVICE_EXPOSURE_H_

#include <string>
#include <vector>

#include "analysis_service/cutoff.h"
#include "analysis_service/dimension.h"
#include "analysis_service/judged_board.h"
#include "common/base/dates.h"

namespace meridian::analysis {

// How something is cut off; see v1.Mechanism.
struct CutoffRule {
  v1::Dimension dimension = v1::DIMENSION_UNSPECIFIED;
  v1::Mechanism mechanism = v1::MECHANISM_ALL;
  Day stops_at = 0;  // NEW_RELEASES_STOP
};

// Rows that are certainly admissible, best first.
struct ExposedBoard {
  std::vector<int> rows;       // of the board
  std::vector<double> points;  // below the first
  std::vector<Exposure> exposures;
  // Values that can be cut off, sorted; Exposure::values index into it. What
  // the deployer runs itself is no such value: its number is values.size().
  std::vector<std::string> values;
};

ExposedBoard Expose(const JudgedBoard& judged, const CutoffRule& rule,
                    DimensionReader& dimension, PolicyRun& run);

// Loss in points of the worst single value: [what may stay counted, only what
// certainly stays]. An unset high end: nothing certainly stays. The value that
// binds is `worst`. Nothing: no model is admissible.
struct WorstLoss {
  v1::Interval points;
  std::string worst;
};
std::optional<WorstLoss> FindWorstLoss(const JudgedBoard& judged,
                                       const ExposedBoard& exposed);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPOSURE_H_
