// How sure it is who leads, by drawing every score from its error. The best of
// several uncertain scores is biased upwards and its interval is not that of
// the leader alone; drawing shows both. Plain functions: no gRPC, threads,
// clocks, files, and no catalog.
#ifndef ANALYSIS_SERVICE_SIMULATION_H_
#define ANALYSIS_SERVICE_SIMULATION_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/compare.h"

namespace meridian::analysis {

struct SimulationOptions {
  // Draws of the whole board. 10,000 give the share of a leader to half a
  // percentage point.
  int draws = 10'000;
  uint64_t seed = 1;
};

struct SimulatedLeader {
  int row = 0;
  double probability = 0;  // of having the group's best score
};

// Group a against group b: the best of one minus the best of the other,
// positive when a is better.
struct SimulatedGap {
  int a = 0;
  int b = 0;
  double points = 0;  // mean
  double low = 0;     // 2.5 % and 97.5 % of the draws
  double high = 0;
  double probability_ahead = 0;  // a is better
};

struct Simulation {
  // By group, most probable first; those of less than 1 % are left out.
  std::vector<std::vector<SimulatedLeader>> leaders;
  std::vector<SimulatedGap> gaps;  // every pair, a before b
};

// Draws every score that certainly belongs to a group from a normal
// distribution of its value and standard error, independently. Scores that
// stand 6 standard errors of both below their group's best are left out: they
// never lead. The same options give the same numbers. Nothing when a group has
// no certain member or one of the scores that are drawn has no standard error.
std::optional<Simulation> Simulate(
    const Figures& figures, const BoardRules& rules,
    absl::Span<const std::vector<Truth>> membership,
    const SimulationOptions& options);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_SIMULATION_H_
