#include "analysis_service/shapley.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <random>

namespace meridian::analysis {
namespace {

// The options that can ever be the best, best first, and the rules that bear
// on that.
struct Game {
  std::vector<double> loss;
  std::vector<std::vector<int>> blocked;  // by option, indexes into `rules`
  std::vector<int> rules;                 // the caller's
  double last = 0;  // when all of `loss` are blocked; the cost of all rules
};

bool IsWithin(const PlayerMask& inner, const PlayerMask& outer) {
  return (inner & ~outer).none();
}

// An option is of no account when one at least as good passes wherever it
// does. What remains is changed by each of its rules in some order.
Game Reduce(absl::Span<const double> loss, absl::Span<const PlayerMask> blocked,
            double last, int rules) {
  Game game;
  game.last = last;
  std::vector<PlayerMask> kept;
  PlayerMask bearing;
  for (size_t i = 0; i < loss.size() && loss[i] < last;) {
    size_t end = i;
    while (end < loss.size() && loss[end] == loss[i]) ++end;
    // Among equally good ones those with fewer blockers first.
    std::vector<PlayerMask> equal(blocked.begin() + i, blocked.begin() + end);
    std::stable_sort(equal.begin(), equal.end(),
                     [](const PlayerMask& a, const PlayerMask& b) {
                       return a.count() < b.count();
                     });
    for (const PlayerMask& mask : equal) {
      if (std::any_of(kept.begin(), kept.end(), [&](const PlayerMask& better) {
            return IsWithin(better, mask);
          })) {
        continue;
      }
      kept.push_back(mask);
      game.loss.push_back(loss[i]);
      bearing |= mask;
    }
    i = end;
  }
  std::vector<int> place(kMaxPlayers, -1);
  for (int rule = 0; rule < rules; ++rule) {
    if (!bearing[rule]) continue;
    place[rule] = static_cast<int>(game.rules.size());
    game.rules.push_back(rule);
  }
  for (const PlayerMask& mask : kept) {
    std::vector<int>& blockers = game.blocked.emplace_back();
    for (const int rule : game.rules) {
      if (mask[rule]) blockers.push_back(place[rule]);
    }
  }
  return game;
}

// By set of rules (bit i: game.rules[i]) what it costs.
std::vector<double> CostOfEverySet(const Game& game) {
  const size_t count = game.rules.size();
  const size_t sets = size_t{1} << count;
  // Best option by the set of rules it is blocked by, then by the set of rules
  // that are absent.
  std::vector<double> best(sets, game.last);
  for (size_t i = 0; i < game.loss.size(); ++i) {
    size_t mask = 0;
    for (const int rule : game.blocked[i]) mask |= size_t{1} << rule;
    best[mask] = std::min(best[mask], game.loss[i]);
  }
  for (size_t rule = 0; rule < count; ++rule) {
    const size_t bit = size_t{1} << rule;
    for (size_t set = 0; set < sets; ++set) {
      if ((set & bit) != 0) best[set] = std::min(best[set], best[set ^ bit]);
    }
  }
  std::reverse(best.begin(), best.end());  // absent -> present
  return best;
}

// phi(k) = sum over sets S without k of |S|! (n - |S| - 1)! / n! times what k
// adds to S.
std::vector<double> ShapleyOf(const Game& game) {
  const size_t n = game.rules.size();
  const std::vector<double> cost = CostOfEverySet(game);
  std::vector<std::vector<long double>> added(n,
                                              std::vector<long double>(n, 0));
  for (size_t set = 0; set < cost.size(); ++set) {
    const size_t size = std::popcount(set);
    for (size_t absent = ~set & (cost.size() - 1); absent != 0;
         absent &= absent - 1) {
      const size_t rule = std::countr_zero(absent);
      added[rule][size] += cost[set | (size_t{1} << rule)] - cost[set];
    }
  }
  std::vector<double> shapley(n);
  for (size_t rule = 0; rule < n; ++rule) {
    long double sum = 0;
    long double ways = 1;  // n - 1 over size
    for (size_t size = 0; size < n; ++size) {
      sum += added[rule][size] / ways;
      ways = ways * static_cast<long double>(n - 1 - size) /
             static_cast<long double>(size + 1);
    }
    shapley[rule] = static_cast<double>(sum / static_cast<long double>(n));
  }
  return shapley;
}

// The same as means over drawn orders. What the rules of one order add gives
// the cost, so the means do too.
std::vector<double> SampledShapley(const Game& game,
                                   const ShapleyOptions& options) {
  const int n = static_cast<int>(game.rules.size());
  std::mt19937_64 random(options.seed);
  std::vector<long double> sum(n, 0);
  std::vector<int> order(n), position(n), falls(game.loss.size());
  std::iota(order.begin(), order.end(), 0);
  for (int draw = 0; draw < options.orders; ++draw) {
    // Written out: std::shuffle differs between implementations.
    for (int i = n - 1; i > 0; --i) {
      std::swap(order[i], order[random() % static_cast<uint64_t>(i + 1)]);
    }
    for (int i = 0; i < n; ++i) position[order[i]] = i;
    // Every option falls with the first of its rules.
    for (size_t i = 0; i < falls.size(); ++i) {
      falls[i] = n;
      for (const int rule : game.blocked[i]) {
        falls[i] = std::min(falls[i], position[rule]);
      }
    }
    for (size_t i = 0; i < falls.size();) {
      size_t next = i + 1;
      while (next < falls.size() && falls[next] <= falls[i]) ++next;
      sum[order[falls[i]]] +=
          (next < falls.size() ? game.loss[next] : game.last) - game.loss[i];
      i = next;
    }
  }
  std::vector<double> shapley(n);
  for (int rule = 0; rule < n; ++rule) {
    shapley[rule] = static_cast<double>(sum[rule] / options.orders);
  }
  return shapley;
}

// Rounding leaves the sum a few last bits off; the largest value takes them.
void AddUpTo(double cost, std::vector<double>& values) {
  if (values.empty()) return;
  const auto largest = std::max_element(values.begin(), values.end());
  for (int attempt = 0; attempt < 8; ++attempt) {
    const double sum = std::accumulate(values.begin(), values.end(), 0.0);
    if (sum == cost) return;
    *largest += cost - sum;
  }
}

}  // namespace

CostAttribution AttributeCost(absl::Span<const double> loss,
                              absl::Span<const PlayerMask> blocked,
                              double floor, int rules,
                              const ShapleyOptions& options) {
  CostAttribution out;
  const auto cost_of = [&](const PlayerMask& set) {
    for (size_t i = 0; i < loss.size(); ++i) {
      if ((blocked[i] & set).none()) return loss[i];
    }
    return floor;
  };
  PlayerMask all;
  for (int rule = 0; rule < rules; ++rule) all.set(rule);
  out.nothing_admitted =
      std::none_of(blocked.begin(), blocked.end(),
                   [&](const PlayerMask& mask) { return (mask & all).none(); });
  out.cost = cost_of(all);
  out.alone.assign(rules, 0);
  out.left_out.assign(rules, 0);
  out.shapley.assign(rules, 0);
  const Game game = Reduce(loss, blocked, out.cost, rules);
  for (const int rule : game.rules) {
    PlayerMask only;
    only.set(rule);
    out.alone[rule] = cost_of(only);
    out.left_out[rule] = out.cost - cost_of(all & ~only);
  }
  out.sampled = static_cast<int>(game.rules.size()) > options.most_exact;
  const std::vector<double> values =
      out.sampled ? SampledShapley(game, options) : ShapleyOf(game);
  for (size_t i = 0; i < game.rules.size(); ++i) {
    out.shapley[game.rules[i]] = values[i];
  }
  AddUpTo(out.cost, out.shapley);
  return out;
}

}  // namespace meridian::analysis
