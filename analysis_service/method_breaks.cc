#include "analysis_service/method_breaks.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

constexpr int kFewestModels = 10;
constexpr double kMedianOfABreak = 2;
constexpr double kSpreadOfABreak = 6;

using Values = std::map<std::pair<EntityId, std::string>, double>;

Values ReadValues(const Catalog& catalog, const BoardChoice& choice,
                  const ScoreSnapshot& snapshot) {
  const BoardSnapshot board =
      ReadSnapshot(catalog, choice, snapshot, /*min_votes=*/0);
  Values values;
  for (size_t i = 0; i < board.rows.size(); ++i) {
    values[{board.rows[i].entity, board.rows[i].configuration}] =
        board.value[i];
  }
  return values;
}

std::vector<double> Differences(const Values& before, const Values& after) {
  std::vector<double> differences;
  for (const auto& [key, value] : before) {
    const auto found = after.find(key);
    if (found != after.end()) differences.push_back(found->second - value);
  }
  return differences;
}

}  // namespace

bool ScoreShift::is_break() const {
  return common >= kFewestModels &&
         (std::abs(median) > kMedianOfABreak || spread > kSpreadOfABreak);
}

ScoreShift MeasureShift(absl::Span<const double> differences) {
  ScoreShift shift;
  shift.common = static_cast<int>(differences.size());
  if (differences.empty()) return shift;
  std::vector<double> sorted(differences.begin(), differences.end());
  std::sort(sorted.begin(), sorted.end());
  const size_t half = sorted.size() / 2;
  shift.median = sorted.size() % 2 == 1 ? sorted[half]
                                        : (sorted[half - 1] + sorted[half]) / 2;
  double mean = 0, squares = 0;
  for (const double value : sorted) {
    mean += value / static_cast<double>(sorted.size());
  }
  for (const double value : sorted) squares += (value - mean) * (value - mean);
  shift.spread = std::sqrt(squares / static_cast<double>(sorted.size()));
  return shift;
}

std::vector<DetectedBreak> FindBreaks(
    const Catalog& catalog, const BoardChoice& choice,
    absl::Span<const ScoreSnapshot> snapshots) {
  std::vector<DetectedBreak> breaks;
  if (choice.rules.scale != DifferenceScale::kElo400) return breaks;
  const ScoreSnapshot* previous = nullptr;
  Values before;
  for (const ScoreSnapshot& snapshot : snapshots) {
    if (previous != nullptr && previous->available == snapshot.available) {
      continue;
    }
    Values after = ReadValues(catalog, choice, snapshot);
    if (previous != nullptr) {
      const ScoreShift shift = MeasureShift(Differences(before, after));
      if (shift.is_break()) {
        breaks.push_back({previous->available, snapshot.available, shift});
      }
    }
    previous = &snapshot;
    before = std::move(after);
  }
  return breaks;
}

void WarnOfRecordedBreaks(const BoardChoice& choice, absl::string_view first,
                          absl::string_view last, Answer& answer) {
  for (const v1::MethodBreak& method_break : choice.board.breaks()) {
    if (!method_break.method().empty() &&
        method_break.method() != choice.method) {
      continue;
    }
    if (first < method_break.date() && method_break.date() <= last) {
      answer.Warn(v1::WARNING_KIND_METHOD_BREAK,
                  absl::StrCat("points before and after ", method_break.date(),
                               " are not on one scale: ", method_break.what()),
                  {choice.board.board()});
    }
  }
}

}  // namespace meridian::analysis
