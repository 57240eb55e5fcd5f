#include "analysis_service/compare.h"

#include <cmath>
#include <limits>

namespace meridian::analysis {
namespace {

// Difference of two values, positive when the first is better.
double Points(const BoardRules& rules, double a, double b) {
  return rules.higher_is_better ? a - b : b - a;
}

// The best value that the group could have if every unknown row belonged to
// it; nullopt when it could have no member.
std::optional<double> BestPossible(const Figures& figures,
                                   const Standing& standing) {
  if (!standing.possible_leaders.empty()) {
    return figures.value[standing.possible_leaders.front()];
  }
  if (standing.leader >= 0) return figures.value[standing.leader];
  return std::nullopt;
}

std::optional<double> BestCertain(const Figures& figures,
                                  const Standing& standing) {
  if (standing.leader < 0) return std::nullopt;
  return figures.value[standing.leader];
}

std::optional<double> PointsIfBoth(const BoardRules& rules,
                                   std::optional<double> a,
                                   std::optional<double> b) {
  if (!a.has_value() || !b.has_value()) return std::nullopt;
  return Points(rules, *a, *b);
}

// Whether `points` keeps its sign over [lowest, highest].
bool KeepsSign(double points, double lowest, double highest) {
  if (points > 0) return lowest > 0;
  if (points < 0) return highest < 0;
  return lowest == 0 && highest == 0;
}

}  // namespace

Standing FindStanding(const Figures& figures,
                      absl::Span<const Truth> membership) {
  Standing standing;
  for (size_t row = 0; row < membership.size(); ++row) {
    switch (membership[row]) {
      case Truth::kTrue:
        ++standing.members;
        if (standing.leader < 0) standing.leader = static_cast<int>(row);
        break;
      case Truth::kUnknown:
        ++standing.unknown;
        if (standing.leader < 0) {
          standing.possible_leaders.push_back(static_cast<int>(row));
        }
        break;
      case Truth::kFalse:
        break;
    }
  }
  // A row that ties with the leader cannot take the lead from it.
  while (standing.leader >= 0 && !standing.possible_leaders.empty() &&
         figures.value[standing.possible_leaders.back()] ==
             figures.value[standing.leader]) {
    standing.possible_leaders.pop_back();
  }
  return standing;
}

double StandardErrorOfInterval(double lower, double upper) {
  return (upper - lower) / 3.92;
}

std::optional<double> WinRate(double points, DifferenceScale scale) {
  switch (scale) {
    case DifferenceScale::kElo400:
      return 1 / (1 + std::pow(10, -points / 400));
    case DifferenceScale::kLogit:
      return 1 / (1 + std::exp(-points));
    case DifferenceScale::kPlain:
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<double> AsPublishedPercent(double points, double trailing) {
  if (!(trailing > 0)) return std::nullopt;
  return 100 * points / trailing;
}

GapFigures Compare(const Figures& figures, const BoardRules& rules,
                   const Standing& a, const Standing& b) {
  GapFigures gap;
  const auto certain_a = BestCertain(figures, a);
  const auto certain_b = BestCertain(figures, b);
  gap.lowest = PointsIfBoth(rules, certain_a, BestPossible(figures, b));
  gap.highest = PointsIfBoth(rules, BestPossible(figures, a), certain_b);
  if (!certain_a.has_value() || !certain_b.has_value()) return gap;

  const double points = Points(rules, *certain_a, *certain_b);
  gap.points = points;
  gap.decision = KeepsSign(points, *gap.lowest, *gap.highest)
                     ? Decision::kDecided
                     : Decision::kNotDecided;
  gap.as_published_percent =
      AsPublishedPercent(points, points >= 0 ? *certain_b : *certain_a);
  gap.win_rate = WinRate(points, rules.scale);
  const double se_a = figures.standard_error[a.leader];
  const double se_b = figures.standard_error[b.leader];
  const double se = std::sqrt(se_a * se_a + se_b * se_b);
  if (!std::isnan(se)) {
    gap.standard_error = se;
    if (se > 0) gap.z = points / se;
  }
  return gap;
}

}  // namespace meridian::analysis
