#include "analysis_service/simulation.h"

#include <algorithm>
#include <cmath>
#include <random>

namespace meridian::analysis {
namespace {

constexpr double kNeverLeads = 6;  // standard errors
constexpr double kLeastProbability = 0.01;

// Normal numbers by Marsaglia's polar method: that of the standard library
// differs between implementations, and answers must not.
class Normal {
 public:
  explicit Normal(uint64_t seed) : random_(seed) {}

  double Next() {
    if (has_spare_) {
      has_spare_ = false;
      return spare_;
    }
    double u = 0, v = 0, s = 0;
    do {
      u = Uniform();
      v = Uniform();
      s = u * u + v * v;
    } while (s >= 1 || s == 0);
    const double factor = std::sqrt(-2 * std::log(s) / s);
    spare_ = v * factor;
    has_spare_ = true;
    return u * factor;
  }

 private:
  // In (-1, 1), 53 bits.
  double Uniform() {
    return static_cast<double>(static_cast<int64_t>(random_() >> 10)) *
               0x1p-53 -
           1;
  }

  std::mt19937_64 random_;
  double spare_ = 0;
  bool has_spare_ = false;
};

// Rows of a group that could have its best score; nothing when that cannot be
// told. Rows are best first, so the leader comes first.
std::optional<std::vector<int>> Candidates(const Figures& figures,
                                           const std::vector<Truth>& members) {
  std::vector<int> rows;
  for (size_t row = 0; row < members.size(); ++row) {
    if (members[row] != Truth::kTrue) continue;
    const double error = figures.standard_error[row];
    // A score without an error could be anywhere.
    if (std::isnan(error)) return std::nullopt;
    if (!rows.empty()) {
      const double gap = std::abs(figures.value[rows[0]] - figures.value[row]);
      if (gap >
          kNeverLeads * std::hypot(figures.standard_error[rows[0]], error)) {
        continue;
      }
    }
    rows.push_back(static_cast<int>(row));
  }
  if (rows.empty()) return std::nullopt;
  return rows;
}

SimulatedGap Summarize(int a, int b, std::vector<double> draws) {
  SimulatedGap gap;
  gap.a = a;
  gap.b = b;
  double sum = 0, ahead = 0;
  for (const double draw : draws) {
    sum += draw;
    ahead += draw > 0 ? 1 : draw == 0 ? 0.5 : 0;
  }
  const double n = static_cast<double>(draws.size());
  gap.points = sum / n;
  gap.probability_ahead = ahead / n;
  const auto quantile = [&](double share) {
    const auto at =
        draws.begin() + static_cast<ptrdiff_t>(share * (n - 1) + 0.5);
    std::nth_element(draws.begin(), at, draws.end());
    return *at;
  };
  gap.low = quantile(0.025);
  gap.high = quantile(0.975);
  return gap;
}

}  // namespace

std::optional<Simulation> Simulate(
    const Figures& figures, const BoardRules& rules,
    absl::Span<const std::vector<Truth>> membership,
    const SimulationOptions& options) {
  // A row that belongs to two groups is drawn once.
  std::vector<int> rows;
  std::vector<std::vector<int>> candidates;
  for (const std::vector<Truth>& members : membership) {
    auto found = Candidates(figures, members);
    if (!found) return std::nullopt;
    rows.insert(rows.end(), found->begin(), found->end());
    candidates.push_back(*std::move(found));
  }
  std::sort(rows.begin(), rows.end());
  rows.erase(std::unique(rows.begin(), rows.end()), rows.end());
  const double sign = rules.higher_is_better ? 1 : -1;
  const size_t groups = membership.size();
  std::vector<double> drawn(figures.value.size());
  std::vector<std::vector<int>> wins(groups,
                                     std::vector<int>(figures.value.size()));
  std::vector<std::vector<double>> best(
      groups, std::vector<double>(static_cast<size_t>(options.draws)));
  Normal normal(options.seed);
  for (size_t draw = 0; draw < static_cast<size_t>(options.draws); ++draw) {
    for (const int row : rows) {
      drawn[row] = sign * (figures.value[row] +
                           figures.standard_error[row] * normal.Next());
    }
    for (size_t g = 0; g < groups; ++g) {
      int leader = candidates[g][0];
      for (const int row : candidates[g]) {
        if (drawn[row] > drawn[leader]) leader = row;
      }
      ++wins[g][leader];
      best[g][draw] = drawn[leader];
    }
  }

  Simulation simulation;
  for (size_t g = 0; g < groups; ++g) {
    auto& leaders = simulation.leaders.emplace_back();
    for (const int row : candidates[g]) {
      const double probability =
          static_cast<double>(wins[g][row]) / options.draws;
      if (probability >= kLeastProbability) {
        leaders.push_back({row, probability});
      }
    }
    std::stable_sort(leaders.begin(), leaders.end(),
                     [](const SimulatedLeader& x, const SimulatedLeader& y) {
                       return x.probability > y.probability;
                     });
  }
  for (size_t a = 0; a < groups; ++a) {
    for (size_t b = a + 1; b < groups; ++b) {
      std::vector<double> draws = best[a];
      for (size_t i = 0; i < draws.size(); ++i) draws[i] -= best[b][i];
      simulation.gaps.push_back(Summarize(
          static_cast<int>(a), static_cast<int>(b), std::move(draws)));
    }
  }
  return simulation;
}

}  // namespace meridian::analysis
