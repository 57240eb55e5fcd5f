// How concentrated weights are on groups: the Herfindahl-Hirschman index and
// its like, with what is unknown as bounds. Plain functions over columns: no
// gRPC, threads, clocks, files, and no catalog.
#ifndef ANALYSIS_SERVICE_CONCENTRATION_H_
#define ANALYSIS_SERVICE_CONCENTRATION_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"

namespace meridian::analysis {

struct Range {
  double low = 0;
  double high = 0;
};

struct ConcentrationFigures {
  // In [0, 1], of all weight, by group.
  std::vector<double> share;
  double unknown_share = 0;
  // Sum of the squared shares of known groups x 10,000.
  double known_hhi = 0;
  // Every way in which the unknown weight could belong to known groups or to
  // others, one or many, lies within: split up without end, all of it in the
  // largest group. Equal ends: nothing is unknown.
  Range hhi;
  // Sums of the largest one, three and five known shares.
  double top[3] = {0, 0, 0};
};

// `weight` by group, >= 0, and weight of unknown group. No weight at all gives
// zeros. Source: HHI as merger control defines it (US 2023 guidelines); bounds
// as the sum of s^2 and the same with the unknown share in the largest.
ConcentrationFigures MeasureShares(absl::Span<const double> weight,
                                   double unknown_weight);

// Weights of which part is certain and part may or may not count: those of
// models of which it is unknown whether they are admissible.
struct OpenWeights {
  std::vector<double> certain;  // by group
  std::vector<double> open;     // by group, beside `certain`
  double unknown_certain = 0;   // counts; of unknown group
  double unknown_open = 0;      // may count; of unknown group
};

// Bounds of the HHI over every choice of what of the open weight counts.
// Nothing when no weight may count. Exact at the high end for up to 16 groups
// with open weight, else the bound hhi <= 10,000 x largest share.
std::optional<Range> HhiBounds(const OpenWeights& weights);
// Bounds of the largest share, likewise.
std::optional<Range> LargestShareBounds(const OpenWeights& weights);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_CONCENTRATION_H_
