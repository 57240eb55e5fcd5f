// The cost of a policy on one judged board, and where thresholds change it.
#ifndef ANALYSIS_SERVICE_POLICY_COST_H_
#define ANALYSIS_SERVICE_POLICY_COST_H_

#include <vector>

#include "analysis_service/judged_board.h"
#include "analysis_service/shapley.h"

namespace meridian::analysis {

// What could be chosen on a board, best first: rows, or rows as one operator
// serves them.
struct Choosable {
  int row = 0;
  PolicySubject subject;
  PlayerMask blocked;  // by player
};

// The hard rules of a policy as players of a cost game, in its order.
struct CostPlayers {
  std::vector<int> rules;  // rule of the policy, by player
  // The player that stands for "nobody is known to offer it": blocks models
  // that have no subject at all. -1: none does.
  int no_offering = -1;
  int count() const {
    return static_cast<int>(rules.size()) + (no_offering >= 0 ? 1 : 0);
  }
};

// `players` is filled in. A subject is blocked by the rules that are violated
// or unknown: undetermined is not certain.
std::vector<Choosable> ChoosablesOf(const JudgedBoard& judged, PolicyRun& run,
                                    CostPlayers* players);

// Values of the thresholds in the rules at which the best that is certainly
// admissible changes, on both sides of today's value: by rule, comparison and
// threshold. A threshold is a literal number that a hard rule's body compares
// with a number that facts give.
std::vector<v1::Breakpoint> FindBreakpoints(
    const JudgedBoard& judged, const std::vector<Choosable>& choosables,
    const CostPlayers& players, PolicyRun& run);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_COST_H_
