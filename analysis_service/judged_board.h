// A board whose rows a policy has judged: what every measure of a policy is
// read from.
#ifndef ANALYSIS_SERVICE_JUDGED_BOARD_H_
#define ANALYSIS_SERVICE_JUDGED_BOARD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis_service/board.h"
#include "analysis_service/compare.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

struct JudgedBoard {
  BoardChoice choice;
  BoardSnapshot board;
  std::vector<CompactOutcome> outcomes;  // by row
  // By row: TRUE admissible, UNKNOWN undetermined, FALSE excluded.
  std::vector<Truth> admissible;
  // Leader: the best that is certainly admissible.
  Standing standing;
  v1::VerdictCounts counts;  // models, not rows

  int best_certain() const { return standing.leader; }
  // The best that is admissible or undetermined; -1: none.
  int best_possible() const {
    return standing.possible_leaders.empty()
               ? standing.leader
               : standing.possible_leaders.front();
  }
  // Points that a row is below the best row, >= 0.
  double Loss(int row) const;
  // How far the last row is: what stands below the page is at least as far.
  double Floor() const;
  // The page ends before the board does, so that a model may be missing.
  bool is_top() const;
  bool is_whole() const;

 private:
  friend JudgedBoard JudgeSnapshot(const BoardChoice& choice,
                                   const ScoreSnapshot& snapshot,
                                   PolicyRun& run);
  v1::Coverage::Extent extent_ = v1::Coverage::EXTENT_UNSPECIFIED;
};

JudgedBoard JudgeSnapshot(const BoardChoice& choice,
                          const ScoreSnapshot& snapshot, PolicyRun& run);

// The snapshot that speaks at as_of. Errors: FailedPrecondition
// (NOTHING_PUBLISHED).
absl::StatusOr<ScoreSnapshot> SpeakingSnapshot(const BoardChoice& choice,
                                               const Catalog& catalog,
                                               Day as_of);

// The board of an objective at as_of, judged; warns of what the reader must
// know of it. Errors: those of ChooseBoard, NOTHING_PUBLISHED.
absl::StatusOr<JudgedBoard> JudgeObjective(const v1::Objective& objective,
                                           PolicyRun& run, Answer& answer);

// The objectives of a request: the board asked for, else those of the policy.
// Errors: InvalidArgument (BAD_REQUEST) when there are none.
absl::StatusOr<std::vector<v1::Objective>> ObjectivesOf(
    const std::optional<v1::RankBy>& rank_by, const PolicyRun& run);

// A row with its verdict and the rules that exclude it or are unknown.
v1::RankedVerdict DescribeVerdict(const JudgedBoard& judged, int row,
                                  PolicyRun& run, Answer& answer);
std::vector<std::string> RuleIds(const PolicyRun& run, const RuleMask& mask);

// Probability that a model wins against one that is `points` better; nothing
// on scales that do not say.
std::optional<double> WinRateAgainst(double points, const JudgedBoard& judged);
// 95 % interval of how far row `b` is below row `a`, errors independent.
// Nothing when an error is not known.
std::optional<v1::Interval> LossInterval(const JudgedBoard& judged, int a,
                                         int b);

// Warns when one of these rows is a preliminary figure or a model that was not
// released on the day of the snapshot, as comparisons do. -1: no row.
void WarnOfPrerelease(const JudgedBoard& judged, absl::Span<const int> rows,
                      PolicyRun& run, Answer& answer);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_JUDGED_BOARD_H_
