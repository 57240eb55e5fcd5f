// Which models had entered a board by a day, for histories that look back from
// a later snapshot.
#ifndef ANALYSIS_SERVICE_ENTRANTS_H_
#define ANALYSIS_SERVICE_ENTRANTS_H_

#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analysis_service/board.h"
#include "analysis_service/catalog.h"
#include "analysis_service/facts.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Of one board and category.
class Entrants {
 public:
  // For LISTED, reads every snapshot of the board and category by `as_of`, of
  // any source and method. `catalog` must outlive it.
  Entrants(const Catalog& catalog, absl::string_view board,
           absl::string_view category, Day as_of, v1::EntrantRule rule);

  // For each row whether its model had entered by the end of `day`. LISTED is
  // always decided; RELEASED is unknown where the release date is.
  std::vector<Truth> EnteredBy(const BoardSnapshot& board, Day day,
                               FactReader& facts) const;

 private:
  const Catalog& catalog_;
  const v1::EntrantRule rule_;
  absl::flat_hash_map<EntityId, Day> first_listed_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_ENTRANTS_H_
