// A board as an answer uses it: which figures are meant, and the rows of the
// one snapshot that speaks.
#ifndef ANALYSIS_SERVICE_BOARD_H_
#define ANALYSIS_SERVICE_BOARD_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/answer.h"
#include "analysis_service/catalog.h"
#include "analysis_service/compare.h"
#include "analysis_service/facts.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Which figures of which board are meant.
struct BoardChoice {
  v1::Board board;  // only the id when no reference record describes it
  std::string category;
  std::string method;
  BoardRules rules;
};

// Finds the board and settles category and method, with a choice in the
// header for each. An empty category is the board's default, else its only
// one; an empty method is the only one that is visible at as_of. Errors:
// NotFound (UNKNOWN_BOARD, UNKNOWN_CATEGORY, UNKNOWN_METHOD) with suggestions;
// FailedPrecondition (AMBIGUOUS_CATEGORY, AMBIGUOUS_METHOD) listing them;
// FailedPrecondition (NOTHING_PUBLISHED) when there is nothing by as_of.
absl::StatusOr<BoardChoice> ChooseBoard(absl::string_view board,
                                        absl::string_view category,
                                        absl::string_view method,
                                        Answer& answer);

struct BoardRow {
  EvidenceRef ref;
  EntityId entity = kNoEntity;
  bool resolved = false;
  std::string name_in_source;
  std::string configuration;
  double lower = kUnset;
  double upper = kUnset;
  uint64_t votes = kNoVotes;
  uint32_t published_rank = 0;  // 0: none
  uint8_t status = 0;           // v1.Score.Status
  uint32_t rank = 0;            // by value, ties share the smaller
  // What the intervals allow (v1.ScoredModel); 0: a row has no interval.
  uint32_t rank_best = 0;
  uint32_t rank_worst = 0;
};

// The rows of one snapshot, best first; ties by name. Rows with fewer than
// `min_votes` votes and entries that are no models (an adversarial null
// model) are left out; rows without a vote count stay.
struct BoardSnapshot {
  ScoreSnapshot snapshot;
  uint32_t published_rows = 0;  // before anything was left out
  std::vector<BoardRow> rows;
  std::vector<double> value;           // of rows
  std::vector<double> standard_error;  // stated or from the interval; else NaN
  Figures figures() const { return {value, standard_error}; }
};

BoardSnapshot ReadSnapshot(const Catalog& catalog, const BoardChoice& choice,
                           const ScoreSnapshot& snapshot, uint64_t min_votes);

// Says in the header what the reader must know of the snapshot: coverage,
// intervals, unresolved names, a corrected method.
void WarnOfSnapshot(const BoardSnapshot& snapshot, Answer& answer);

// Whether a row is a preliminary figure or a model that was not released on
// the day of its snapshot.
v1::Prerelease PrereleaseOf(const BoardSnapshot& board, int index,
                            const Catalog& catalog, FactReader& facts);

v1::SnapshotRef DescribeSnapshot(const Catalog& catalog,
                                 const BoardSnapshot& snapshot);

// Row `index` with its evidence and what is known of its model.
v1::ScoredModel DescribeRow(const BoardSnapshot& snapshot, int index,
                            FactReader& facts, Answer& answer);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_BOARD_H_
