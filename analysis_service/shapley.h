// What a set of rules costs, and which rule how much of it. Plain functions
// over columns: no gRPC, threads, clocks, files, and no catalog.
#ifndef ANALYSIS_SERVICE_SHAPLEY_H_
#define ANALYSIS_SERVICE_SHAPLEY_H_

#include <bitset>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"

namespace meridian::analysis {

// Rules of a policy and a few things that act like one.
inline constexpr int kMaxPlayers = 320;
// Bit i is rule i.
using PlayerMask = std::bitset<kMaxPlayers>;

struct ShapleyOptions {
  // With more rules that bear on the cost, orders are sampled: exact values
  // take 2^rules steps.
  int most_exact = 20;
  int orders = 4'000;
  uint64_t seed = 1;
};

struct CostAttribution {
  // Of all rules together.
  double cost = 0;
  // All rules together admit nothing: `cost` is what the floor would cost.
  bool nothing_admitted = false;
  // By rule. The cost of the rule by itself.
  std::vector<double> alone;
  // What would be saved without it.
  std::vector<double> left_out;
  // Mean over all orders of adding rules of what it adds (Shapley 1953). Added
  // up from first to last they give `cost`, to the last bit where doubles can.
  // A rule without effect has exactly 0.
  std::vector<double> shapley;
  // Values are means of sampled orders, which still add up to the cost.
  bool sampled = false;
};

// `loss` is how many points each option is below the best of all, >= 0,
// ascending; `blocked` the rules that do not let it pass. A set of rules costs
// the loss of the first option that none of them blocks. When they block all,
// it costs `floor` (>= every loss): what is really lost is at least that.
// Costs are the same whatever the order of rules, and never fall when a rule
// is added. O(options x kept options + rules x 2^rules bearing on the cost).
CostAttribution AttributeCost(absl::Span<const double> loss,
                              absl::Span<const PlayerMask> blocked,
                              double floor, int rules,
                              const ShapleyOptions& options = {});

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_SHAPLEY_H_
