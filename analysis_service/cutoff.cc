#include "analysis_service/cutoff.h"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <tuple>
#include <utility>

namespace meridian::analysis {
namespace {

double PointsOf(int row, absl::Span<const double> points) {
  return row < 0 ? std::numeric_limits<double>::infinity() : points[row];
}

// Only where the best is afterwards.
Loss FindAfter(absl::Span<const Exposure> rows, std::vector<int> cut) {
  Loss loss;
  for (size_t row = 0; row < rows.size(); ++row) {
    const Truth stays = Stays(rows[row], cut);
    if (stays == Truth::kFalse) continue;
    if (loss.after_possible < 0) loss.after_possible = static_cast<int>(row);
    if (stays == Truth::kTrue) {
      loss.after = static_cast<int>(row);
      break;
    }
  }
  loss.cut = std::move(cut);
  return loss;
}

}  // namespace

Truth Stays(const Exposure& exposure, absl::Span<const int> cut) {
  if (exposure.hit == Truth::kFalse) return Truth::kTrue;
  size_t gone = 0;
  for (const int value : exposure.values) {
    if (std::binary_search(cut.begin(), cut.end(), value)) ++gone;
  }
  Truth stays;
  if (exposure.one_is_enough && gone < exposure.values.size()) {
    stays = Truth::kTrue;
  } else if (gone == exposure.values.size() && exposure.complete && gone > 0) {
    stays = Truth::kFalse;
  } else if (gone == 0 && exposure.complete) {
    stays = Truth::kTrue;
  } else {
    stays = Truth::kUnknown;
  }
  return stays == Truth::kFalse && exposure.hit == Truth::kUnknown
             ? Truth::kUnknown
             : stays;
}

Loss CutOff(absl::Span<const Exposure> rows, std::vector<int> cut) {
  Loss loss = FindAfter(rows, std::move(cut));
  for (const Exposure& row : rows) {
    if (!row.counts) continue;
    const Truth stays = Stays(row, loss.cut);
    if (stays == Truth::kFalse) ++loss.lost;
    if (stays == Truth::kUnknown) ++loss.unknown;
  }
  return loss;
}

std::vector<Loss> CutOffEach(absl::Span<const Exposure> rows,
                             absl::Span<const double> points, int values) {
  std::vector<Loss> losses;
  for (int value = 0; value < values; ++value) {
    losses.push_back(CutOff(rows, {value}));
  }
  const auto key = [&](const Loss& loss) {
    return std::tuple(-PointsOf(loss.after, points),
                      -PointsOf(loss.after_possible, points),
                      -static_cast<double>(loss.lost), loss.cut[0]);
  };
  std::sort(losses.begin(), losses.end(),
            [&](const Loss& a, const Loss& b) { return key(a) < key(b); });
  return losses;
}

std::optional<Loss> WorstPair(absl::Span<const Exposure> rows,
                              absl::Span<const double> points, int values) {
  std::optional<Loss> worst;
  const auto key = [&](const Loss& loss) {
    return std::pair(PointsOf(loss.after, points),
                     PointsOf(loss.after_possible, points));
  };
  for (int a = 0; a < values; ++a) {
    for (int b = a + 1; b < values; ++b) {
      Loss loss = FindAfter(rows, {a, b});
      if (!worst || key(loss) > key(*worst)) worst = std::move(loss);
    }
  }
  if (!worst) return std::nullopt;
  return CutOff(rows, std::move(worst->cut));
}

}  // namespace meridian::analysis
