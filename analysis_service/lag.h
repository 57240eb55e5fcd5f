// How long one group needed to reach another. Plain functions over columns: no
// gRPC, threads, clocks, files, and no catalog.
#ifndef ANALYSIS_SERVICE_LAG_H_
#define ANALYSIS_SERVICE_LAG_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "absl/types/span.h"
#include "common/base/dates.h"

namespace meridian::analysis {

// A model with a figure and the day of its release.
struct ReleasedModel {
  int row = 0;  // the caller's
  double value = 0;
  Day release = 0;
};

// A model of the group behind that was better than all of its group before.
struct LagRecord {
  ReleasedModel model;
  // First of the group ahead, by release, that is at least as good; of one
  // day the best.
  std::optional<ReleasedModel> reached;
  // Another one released on the same day is better.
  bool beaten_same_day = false;

  // Months from `reached` to `model`, days / 30.4375: the mean month of the
  // Gregorian calendar.
  std::optional<double> months() const;
};

// Every record of `behind`, by release, within a day from the worst to the
// best. Figures are compared as `higher_is_better` says. The estimator is the
// lag at release: lag(t) = t - min{s : ahead(s) >= behind(t)}.
std::vector<LagRecord> FindLags(std::vector<ReleasedModel> ahead,
                                std::vector<ReleasedModel> behind,
                                bool higher_is_better);

struct LagFigures {
  int records = 0;  // with a lag
  int not_reached = 0;
  double mean = 0, low = 0, high = 0;  // months; 0 without records
};

// Over all records, or without those that were beaten on their day.
LagFigures Summarize(absl::Span<const LagRecord> records,
                     bool with_beaten_same_day);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_LAG_H_
