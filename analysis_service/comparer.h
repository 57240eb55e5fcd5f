// One comparison of groups being answered: points from snapshots, with facts
// and evidence in the answer. compare.h, simulation.h and entrants.h say what
// the figures mean.
#ifndef ANALYSIS_SERVICE_COMPARER_H_
#define ANALYSIS_SERVICE_COMPARER_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "analysis_service/answer.h"
#include "analysis_service/board.h"
#include "analysis_service/compare.h"
#include "analysis_service/entrants.h"
#include "analysis_service/facts.h"
#include "analysis_service/groups.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Used for one request, by one thread. `request` and `answer` must outlive it.
class Comparer {
 public:
  Comparer(const v1::CompareGroupsRequest& request, Answer& answer,
           BoardChoice choice, std::vector<CompiledGroup> groups)
      : request_(request),
        answer_(answer),
        choice_(std::move(choice)),
        groups_(std::move(groups)) {}

  // The one point of a request without months.
  v1::ComparisonPoint AtPoint(const ScoreSnapshot& snapshot,
                              const FactContext& context);
  // Only models that had entered by the end of `day` count.
  v1::ComparisonPoint Revised(const ScoreSnapshot& snapshot, Day day);
  // What the bucket rule makes of the snapshots inside the month, and the
  // range over all of them; a point without snapshot when there is none.
  std::vector<v1::ComparisonPoint> AtMonth(
      const std::vector<ScoreSnapshot>& snapshots, const DateRange& month);

 private:
  struct Analysis {
    BoardSnapshot board;
    std::vector<std::vector<Truth>> membership;  // by group, by row
    std::vector<Standing> standings;             // by group
    std::shared_ptr<FactReader> facts;
  };
  // Of one day only the source that stands first speaks.
  using Days = std::map<Day, const ScoreSnapshot*>;

  // The snapshot that the bucket rule lets stand for its bucket.
  const ScoreSnapshot& StandsFor(const Days& days);
  void Average(const v1::GapRange& range, v1::Gap* gap) const;
  // The comparison without entries that are preliminary or unreleased, when
  // one of them leads.
  // Names what the default country rule would make of it, when that differs.
  void WarnOfCountryRule(const Analysis& analysis,
                         const ScoreSnapshot& snapshot,
                         const FactContext& context);
  void AddWithoutPrerelease(const Analysis& analysis,
                            v1::ComparisonPoint* point);

  v1::ComparisonPoint Describe(const Analysis& analysis);
  // STATE as of the snapshot, knowledge limited by as_of.
  FactContext ContextOn(Day day) const;
  Analysis Analyze(const ScoreSnapshot& snapshot, const FactContext& context,
                   std::optional<Day> entered_by = std::nullopt);
  void WarnOfOverlap(const Analysis& analysis);
  v1::GroupStanding DescribeStanding(const Analysis& analysis, size_t g);
  v1::Gap DescribeGap(const Analysis& analysis, size_t a, size_t b);
  void AddPossible(const Analysis& analysis, size_t a, size_t b, v1::Gap* out);
  void AddSimulation(const Analysis& analysis, v1::ComparisonPoint* point);
  // A group without any row among the first ones stands below the last.
  void AddBounds(const Analysis& analysis, v1::ComparisonPoint* point);
  static const v1::GroupStanding* FindStandingOf(
      const v1::ComparisonPoint& point, const std::string& group);
  // The group's leader in the newest earlier snapshot that has one.
  void AddLastSeen(const Analysis& analysis, size_t g, v1::GroupStanding* out);
  // Who led on the day and is not in the later snapshot.
  void NameMissingLeaders(const Analysis& revised, Day day);
  void AddRanges(const Days& days, v1::ComparisonPoint* point);
  static void Widen(double value, v1::Interval* interval);

  const v1::CompareGroupsRequest& request_;
  Answer& answer_;
  const BoardChoice choice_;
  const std::vector<CompiledGroup> groups_;
  std::unique_ptr<Entrants> entrants_;  // of a revised history
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_COMPARER_H_
