// Who leads in each group, and by how much. Plain functions over columns: no
// gRPC, threads, clocks, files, and no catalog, so that a remote scan could
// feed them.
#ifndef ANALYSIS_SERVICE_COMPARE_H_
#define ANALYSIS_SERVICE_COMPARE_H_

#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// Figures of one snapshot for one (board, category, method), best first; ties
// in the order in which they are to be named. Spans have the same length.
struct Figures {
  // In the board's unit. Finite.
  absl::Span<const double> value;
  // Standard error of value, same unit. NaN: not known.
  absl::Span<const double> standard_error;
};

// What a difference of two values means.
enum class DifferenceScale { kPlain, kElo400, kLogit };

struct BoardRules {
  bool higher_is_better = true;
  DifferenceScale scale = DifferenceScale::kPlain;
};

// The best of one group. Rows are indexes into Figures.
struct Standing {
  // Best row that certainly belongs to the group; -1: none does.
  int leader = -1;
  int members = 0;  // rows that certainly belong
  int unknown = 0;  // rows of unknown membership
  // Rows of unknown membership that are strictly better than the leader (all
  // of them when there is none), best first.
  std::vector<int> possible_leaders;
};

// `membership` has one truth value a row.
Standing FindStanding(const Figures& figures,
                      absl::Span<const Truth> membership);

// Half of a 95 % interval's width is 1.96 standard errors. NaN when either
// end is NaN. Source: normal approximation, research figure se = (q975 -
// q025) / 3.92.
double StandardErrorOfInterval(double lower, double upper);

// Expected share of wins of the better by `points`; nullopt on scales where
// differences do not predict wins. Elo: 1 / (1 + 10^(-points / 400)).
std::optional<double> WinRate(double points, DifferenceScale scale);

// 100 |points| / trailing, with the sign of points: the AI Index divides by
// the score of the trailing group. nullopt when trailing is not positive.
std::optional<double> AsPublishedPercent(double points, double trailing);

enum class Decision { kDecided = 1, kNotDecided = 2, kNoMember = 3 };

// Group a against group b; positive means that a is better.
struct GapFigures {
  Decision decision = Decision::kNoMember;
  // Of the certain leaders; unset for kNoMember.
  std::optional<double> points;
  std::optional<double> as_published_percent;
  std::optional<double> win_rate;
  // sqrt(se_a^2 + se_b^2): errors are taken as independent. Unset when either
  // is not known.
  std::optional<double> standard_error;
  std::optional<double> z;
  // What unknown memberships could make of `points`. Unset end: unbounded,
  // because a group may turn out to have no member at all.
  std::optional<double> lowest;
  std::optional<double> highest;
};

GapFigures Compare(const Figures& figures, const BoardRules& rules,
                   const Standing& a, const Standing& b);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_COMPARE_H_
