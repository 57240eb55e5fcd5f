#include "analysis_service/entrants.h"

#include <variant>

#include "analysis_service/groups.h"

namespace meridian::analysis {
namespace {

Truth ReleasedBy(const FactValue& date, Day day) {
  if (!date.known()) return Truth::kUnknown;
  const auto& range = std::get<DateRange>(date.value);
  if (range.last <= day) return Truth::kTrue;
  return range.first > day ? Truth::kFalse : Truth::kUnknown;
}

}  // namespace

Entrants::Entrants(const Catalog& catalog, absl::string_view board,
                   absl::string_view category, Day as_of, v1::EntrantRule rule)
    : catalog_(catalog), rule_(rule) {
  if (rule_ == v1::ENTRANT_RULE_RELEASED) return;
  for (const SliceSummary& slice : catalog.Slices(board, as_of)) {
    if (slice.category != category) continue;
    BoardChoice choice;
    choice.board.set_board(std::string(board));
    choice.category = slice.category;
    choice.method = slice.method;
    for (const ScoreSnapshot& snapshot :
         catalog.Snapshots(board, slice.category, slice.method, as_of)) {
      for (const BoardRow& row :
           ReadSnapshot(catalog, choice, snapshot, /*min_votes=*/0).rows) {
        const auto [it, is_new] =
            first_listed_.emplace(row.entity, snapshot.available);
        if (!is_new) it->second = std::min(it->second, snapshot.available);
      }
    }
  }
}

std::vector<Truth> Entrants::EnteredBy(const BoardSnapshot& board, Day day,
                                       FactReader& facts) const {
  static const FieldIndex kRelease = FindField("model.release_date");
  std::vector<Truth> entered;
  entered.reserve(board.rows.size());
  for (const BoardRow& row : board.rows) {
    if (rule_ == v1::ENTRANT_RULE_RELEASED) {
      entered.push_back(ReleasedBy(
          ModelFacts(catalog_, facts, row.entity).Get(kRelease), day));
      continue;
    }
    const auto found = first_listed_.find(row.entity);
    entered.push_back(found != first_listed_.end() && found->second <= day
                          ? Truth::kTrue
                          : Truth::kFalse);
  }
  return entered;
}

}  // namespace meridian::analysis
