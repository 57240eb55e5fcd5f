#include "analysis_service/concentration.h"

#include <algorithm>
#include <cstddef>
#include <functional>
#include <numeric>

namespace meridian::analysis {
namespace {

constexpr double kWhole = 10'000;
constexpr size_t kMostEnumerated = 16;

double Sum(absl::Span<const double> values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

// Of weights x whose largest is given all of `unknown`, in [0, 1].
double HighestIndex(const std::vector<double>& x, double unknown) {
  const double total = Sum(x) + unknown;
  if (total <= 0) return 0;
  double squares = 0, largest = 0;
  for (const double weight : x) {
    squares += weight * weight;
    largest = std::max(largest, weight);
  }
  squares += (largest + unknown) * (largest + unknown) - largest * largest;
  return squares / (total * total);
}

// Of weights x when `unknown` is split up without end.
double LowestIndex(const std::vector<double>& x, double unknown) {
  const double total = Sum(x) + unknown;
  if (total <= 0) return 0;
  double squares = 0;
  for (const double weight : x) squares += weight * weight;
  return squares / (total * total);
}

// The index is quasi-convex in the weights, so that it is smallest where every
// weight is as near as it can be to one number, and that number is the sum of
// squares by the sum.
double LowestOverBox(const OpenWeights& weights) {
  const double unknown = weights.unknown_certain + weights.unknown_open;
  const size_t groups = weights.certain.size();
  std::vector<double> x(groups);
  const auto set = [&](double near) {
    for (size_t g = 0; g < groups; ++g) {
      x[g] = std::clamp(near, weights.certain[g],
                        weights.certain[g] + weights.open[g]);
    }
  };
  double low = 0, high = Sum(weights.certain) + Sum(weights.open);
  for (int step = 0; step < 200 && low < high; ++step) {
    const double middle = low + (high - low) / 2;
    set(middle);
    const double total = Sum(x) + unknown;
    if (total > 0 && LowestIndex(x, unknown) * total > middle) {
      low = middle;
    } else {
      high = middle;
    }
  }
  set(high);
  return LowestIndex(x, unknown);
}

// Largest share that any group could have.
double LargestPossibleShare(const OpenWeights& weights) {
  const double certain = Sum(weights.certain);
  const double unknown = weights.unknown_certain + weights.unknown_open;
  double largest = unknown > 0 ? unknown / (certain + unknown) : 0;
  for (size_t g = 0; g < weights.certain.size(); ++g) {
    const double all = weights.certain[g] + weights.open[g] + unknown;
    const double total = certain + weights.open[g] + unknown;
    if (total > 0) largest = std::max(largest, all / total);
  }
  return largest;
}

// The maximum of a quasi-convex function over a box is at a corner.
double HighestOverBox(const OpenWeights& weights) {
  std::vector<size_t> free;
  for (size_t g = 0; g < weights.open.size(); ++g) {
    if (weights.open[g] > 0) free.push_back(g);
  }
  if (free.size() > kMostEnumerated) return LargestPossibleShare(weights);
  double highest = 0;
  std::vector<double> x = weights.certain;
  for (size_t corner = 0; corner < size_t{1} << free.size(); ++corner) {
    for (size_t i = 0; i < free.size(); ++i) {
      x[free[i]] = weights.certain[free[i]] +
                   ((corner >> i & 1) != 0 ? weights.open[free[i]] : 0);
    }
    for (const double open : {0.0, weights.unknown_open}) {
      highest =
          std::max(highest, HighestIndex(x, weights.unknown_certain + open));
    }
  }
  return highest;
}

bool IsEmpty(const OpenWeights& weights) {
  return Sum(weights.certain) + Sum(weights.open) + weights.unknown_certain +
             weights.unknown_open <=
         0;
}

}  // namespace

ConcentrationFigures MeasureShares(absl::Span<const double> weight,
                                   double unknown_weight) {
  ConcentrationFigures out;
  const double total = Sum(weight) + unknown_weight;
  out.share.assign(weight.size(), 0);
  if (total <= 0) return out;
  for (size_t g = 0; g < weight.size(); ++g) out.share[g] = weight[g] / total;
  out.unknown_share = unknown_weight / total;
  out.known_hhi = kWhole * LowestIndex(out.share, out.unknown_share);
  out.hhi.low = out.known_hhi;
  out.hhi.high = unknown_weight > 0
                     ? kWhole * HighestIndex(out.share, out.unknown_share)
                     : out.known_hhi;
  std::vector<double> sorted = out.share;
  std::sort(sorted.begin(), sorted.end(), std::greater<>());
  constexpr size_t kTops[] = {1, 3, 5};
  for (size_t i = 0; i < 3; ++i) {
    out.top[i] = Sum(
        absl::MakeConstSpan(sorted).first(std::min(kTops[i], sorted.size())));
  }
  return out;
}

std::optional<Range> HhiBounds(const OpenWeights& weights) {
  if (IsEmpty(weights)) return std::nullopt;
  return Range{kWhole * LowestOverBox(weights),
               kWhole * HighestOverBox(weights)};
}

std::optional<Range> LargestShareBounds(const OpenWeights& weights) {
  if (IsEmpty(weights)) return std::nullopt;
  const double most = Sum(weights.certain) + Sum(weights.open) +
                      weights.unknown_certain + weights.unknown_open;
  double low = 0;
  for (size_t g = 0; g < weights.certain.size(); ++g) {
    // All others count, and it does not more than it must.
    const double total = most - weights.open[g];
    if (total > 0) low = std::max(low, weights.certain[g] / total);
  }
  return Range{low, LargestPossibleShare(weights)};
}

}  // namespace meridian::analysis
