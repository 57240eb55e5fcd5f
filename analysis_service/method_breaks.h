// Breaks in a series that nobody recorded: when the scores of the models that
// two neighbouring snapshots have in common move together, or apart, more than
// new votes explain, the method has changed and a line must not cross it.
#ifndef ANALYSIS_SERVICE_METHOD_BREAKS_H_
#define ANALYSIS_SERVICE_METHOD_BREAKS_H_

#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/answer.h"
#include "analysis_service/board.h"
#include "analysis_service/catalog.h"

namespace meridian::analysis {

// How the scores of common models moved.
struct ScoreShift {
  int common = 0;     // models
  double median = 0;  // of the differences, later minus earlier
  double spread = 0;  // standard deviation of the differences

  // More than neighbouring snapshots of one method differ, which is 0.02 and
  // 0.35 points on the text board of LMArena: 2 points in the median or 6 in
  // the spread, with at least 10 models. Only for Elo-like scales.
  bool is_break() const;
};

ScoreShift MeasureShift(absl::Span<const double> differences);

struct DetectedBreak {
  Day before = 0;  // day of the earlier snapshot
  Day after = 0;
  ScoreShift shift;
};

// Breaks between neighbours of `snapshots`, which are those of one category
// and method by day. Of one day the first speaks.
std::vector<DetectedBreak> FindBreaks(
    const Catalog& catalog, const BoardChoice& choice,
    absl::Span<const ScoreSnapshot> snapshots);

// Warns of breaks that the board's record has between figures of two days,
// "YYYY-MM-DD".
void WarnOfRecordedBreaks(const BoardChoice& choice, absl::string_view first,
                          absl::string_view last, Answer& answer);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_METHOD_BREAKS_H_
