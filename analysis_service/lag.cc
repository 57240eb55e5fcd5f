#include "analysis_service/lag.h"

#include <algorithm>
#include <tuple>

namespace meridian::analysis {

std::optional<double> LagRecord::months() const {
  constexpr double kDaysPerMonth = 30.4375;
  if (!reached) return std::nullopt;
  return (model.release - reached->release) / kDaysPerMonth;
}

std::vector<LagRecord> FindLags(std::vector<ReleasedModel> ahead,
                                std::vector<ReleasedModel> behind,
                                bool higher_is_better) {
  const double sign = higher_is_better ? 1 : -1;
  const auto by_release = [&](const ReleasedModel& a, const ReleasedModel& b) {
    return std::tuple(a.release, sign * a.value, a.row) <
           std::tuple(b.release, sign * b.value, b.row);
  };
  std::sort(ahead.begin(), ahead.end(), by_release);
  std::sort(behind.begin(), behind.end(), by_release);
  // Records of the group ahead, so that the first as good is found by value.
  std::vector<ReleasedModel> frontier;
  for (const ReleasedModel& model : ahead) {
    if (!frontier.empty() &&
        sign * model.value <= sign * frontier.back().value) {
      continue;
    }
    if (!frontier.empty() && frontier.back().release == model.release) {
      frontier.back() = model;
    } else {
      frontier.push_back(model);
    }
  }
  std::vector<LagRecord> records;
  for (const ReleasedModel& model : behind) {
    if (!records.empty() &&
        sign * model.value <= sign * records.back().model.value) {
      continue;
    }
    if (!records.empty() && records.back().model.release == model.release) {
      records.back().beaten_same_day = true;
    }
    LagRecord& record = records.emplace_back();
    record.model = model;
    const auto reached = std::find_if(
        frontier.begin(), frontier.end(), [&](const ReleasedModel& other) {
          return sign * other.value >= sign * model.value;
        });
    if (reached != frontier.end()) record.reached = *reached;
  }
  return records;
}

LagFigures Summarize(absl::Span<const LagRecord> records,
                     bool with_beaten_same_day) {
  LagFigures figures;
  double sum = 0;
  for (const LagRecord& record : records) {
    if (record.beaten_same_day && !with_beaten_same_day) continue;
    const std::optional<double> months = record.months();
    if (!months) {
      ++figures.not_reached;
      continue;
    }
    figures.low =
        figures.records == 0 ? *months : std::min(figures.low, *months);
    figures.high =
        figures.records == 0 ? *months : std::max(figures.high, *months);
    sum += *months;
    ++figures.records;
  }
  if (figures.records > 0) figures.mean = sum / figures.records;
  return figures;
}

}  // namespace meridian::analysis
