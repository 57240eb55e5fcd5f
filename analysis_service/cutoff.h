// What is lost when a value of a dimension (a vendor, a country, an operator)
// is cut off. Plain functions over columns: no gRPC, threads, clocks, files,
// and no catalog.
#ifndef ANALYSIS_SERVICE_CUTOFF_H_
#define ANALYSIS_SERVICE_CUTOFF_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// What a row depends on.
struct Exposure {
  // Values of the dimension that it has, as the caller numbers them; sorted.
  std::vector<int> values;
  // False: it may have others.
  bool complete = false;
  // True: it stays while one of its values is there, as with operators. False:
  // with one of several values gone it is not known whether it stays.
  bool one_is_enough = false;
  // Whether the way of cutting off hits it: a downloaded model stays when
  // interfaces end.
  Truth hit = Truth::kTrue;
  // It is the first row of its model; `lost` and `unknown` count models.
  bool counts = true;
};

// TRUE: it stays when `cut` (sorted) is gone. FALSE: it is lost.
Truth Stays(const Exposure& exposure, absl::Span<const int> cut);

struct Loss {
  std::vector<int> cut;
  uint64_t lost = 0;
  uint64_t unknown = 0;
  // Best row that certainly stays, and the best that may. -1: none. Without a
  // cut the best is row 0.
  int after = -1;
  int after_possible = -1;
};

// Rows are best first: that is the order in which one stands in for another.
// O(rows).
Loss CutOff(absl::Span<const Exposure> rows, std::vector<int> cut);

// Each of values 0 to `values` - 1 by itself, largest loss first: nothing
// stays, then the worse `after`, then the worse `after_possible`, then the
// more lost, then the value. `points` is how far each row is below row 0.
std::vector<Loss> CutOffEach(absl::Span<const Exposure> rows,
                             absl::Span<const double> points, int values);

// The pair whose joint loss is largest, in the same order; of equal ones the
// first. Nothing with fewer than two values. O(values^2 x rows that fall).
std::optional<Loss> WorstPair(absl::Span<const Exposure> rows,
                              absl::Span<const double> points, int values);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_CUTOFF_H_
