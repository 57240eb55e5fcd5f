// One snapshot as the catalog holds it: built once, immutable, shared by every
// catalog that has it. Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_SEGMENT_H_
#define ANALYSIS_SERVICE_SEGMENT_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "analysis_service/identity.h"
#include "analysis_service/pointer_column.h"
#include "common/base/dates.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

// A number that is unset in a row.
inline constexpr double kUnset = std::numeric_limits<double>::quiet_NaN();
inline constexpr uint64_t kNoVotes = UINT64_MAX;
// What the source of a segment of own evidence begins with. No source of a log
// can: their ids have no slash.
inline constexpr char kOwnSourcePrefix[] = "own/";

// Rows [begin, end) hold the scores of one (board, category, method).
struct ScoreSlice {
  std::string board;
  std::string category;
  std::string method;  // as the document states it; empty: not stated
  uint32_t begin = 0;
  uint32_t end = 0;
  uint32_t rows() const { return end - begin; }
};

// The columns of a range of score rows. `name` and `value` are set in every
// row. A span of the others is empty when no row of the segment has the
// column, else as long as `name`, with kUnset, kNoVotes or 0 where a row has
// nothing.
struct ScoreSpans {
  uint32_t first_row = 0;  // row of the segment that index 0 is
  absl::Span<const NameId> name;
  absl::Span<const double> value;
  absl::Span<const double> lower;  // 95 % interval
  absl::Span<const double> upper;
  absl::Span<const double> standard_error;  // as stated
  absl::Span<const uint64_t> votes;
  absl::Span<const uint32_t> rank;           // printed; 0: none
  absl::Span<const uint8_t> status;          // v1.Score.Status; 0: nothing said
  absl::Span<const uint32_t> configuration;  // Segment::text; 0: none
  absl::Span<const uint32_t> evaluator;      // Segment::text; 0: the publisher
  absl::Span<const uint32_t> measured_date;  // Segment::text; 0: the vintage
};

class Segment {
 public:
  // What the snapshot is.
  const v1::Snapshot& meta() const { return meta_; }
  // Days that the vintage can mean.
  DateRange vintage() const { return vintage_; }
  // The day from which it takes part: the earlier of the vintage's last day
  // and the day on which the last of its documents was fetched.
  Day available() const { return available_; }
  // Its stream is "reference" or begins with "reference/" or "reference-".
  bool is_reference() const { return is_reference_; }
  // It is the caller's own evidence, not of the log: see own_evidence.h.
  bool is_own() const { return is_own_; }
  const NameTable& name_table() const { return *names_; }

  // Rows are numbered from 0: first scores, by slice in the order in which
  // slices first occur and within a slice as in the document; then the other
  // records, by kind and within a kind as in the document.
  uint32_t score_rows() const { return static_cast<uint32_t>(name_.size()); }
  uint32_t rows() const {
    return score_rows() + static_cast<uint32_t>(records_.size());
  }
  absl::Span<const ScoreSlice> slices() const { return slices_; }
  ScoreSpans scores(uint32_t begin, uint32_t end) const;
  ScoreSpans scores(const ScoreSlice& slice) const {
    return scores(slice.begin, slice.end);
  }
  // A string of configuration, evaluator or measured_date; 0 is "".
  const std::string& text(uint32_t id) const { return texts_[id]; }

  // Records of a kind other than Score, and the row of the first of them.
  absl::Span<const v1::Record> records(v1::Record::KindCase kind) const;
  uint32_t first_row(v1::Record::KindCase kind) const;
  // A record of row >= score_rows().
  const v1::Record& record(uint32_t row) const {
    return records_[row - score_rows()];
  }

  // Any row as the record it was read from, locator, notes and citation
  // included.
  v1::Record RecordAt(uint32_t row) const;
  // A score row, without locator, notes and citation.
  v1::Score ScoreAt(uint32_t row) const;
  // "<snapshot digest>/<record key hash>" of a row. Costs one SHA-256.
  std::string EvidenceIdAt(uint32_t row) const;

  // Every name that its scores, models, offerings, votes and base models use,
  // distinct and sorted.
  absl::Span<const NameId> used_names() const { return used_names_; }
  // Memory held, the shared name table aside. At most 64 bytes a score row
  // unless rows carry long texts of their own.
  uint64_t bytes() const { return bytes_; }

 private:
  friend class SegmentBuilder;
  Segment() = default;

  v1::Snapshot meta_;
  std::shared_ptr<const NameTable> names_;
  DateRange vintage_;
  Day available_ = 0;
  bool is_reference_ = false;
  bool is_own_ = false;

  std::vector<ScoreSlice> slices_;
  std::vector<NameId> name_;
  std::vector<double> value_, lower_, upper_, standard_error_;
  std::vector<uint64_t> votes_;
  std::vector<uint32_t> rank_, configuration_, evaluator_, measured_date_;
  std::vector<uint32_t> document_, line_;
  std::vector<uint8_t> status_;
  PointerColumn pointer_;
  std::vector<std::string> texts_ = {""};
  // What columns cannot hold of a score row: notes, citation, the rest of the
  // locator. Rare.
  absl::flat_hash_map<uint32_t, v1::Record> extras_;

  std::vector<v1::Record> records_;
  // Kind -> range of records_.
  std::vector<std::pair<uint32_t, uint32_t>> kinds_;
  std::vector<NameId> used_names_;
  uint64_t bytes_ = 0;
};

// Builds a segment from the stored batches of a snapshot, one at a time, so
// that a long snapshot never holds its batches. Not thread-safe.
class SegmentBuilder {
 public:
  // Errors: DataLoss (BAD_SNAPSHOT) when the vintage cannot be read.
  static absl::StatusOr<std::unique_ptr<SegmentBuilder>> Create(
      v1::Snapshot meta, std::shared_ptr<NameTable> names);
  ~SegmentBuilder();

  // For a snapshot that is stored as changes: the segment it builds on. Before
  // the first Add.
  void SetBase(std::shared_ptr<const Segment> base);
  // Errors: DataLoss (BATCH_CORRUPT); the builder must be dropped then.
  absl::Status Add(const v1::StoredBatch& batch);
  // Errors: DataLoss (BAD_SNAPSHOT) when the number of records is not what the
  // snapshot says. The builder is spent.
  absl::StatusOr<std::shared_ptr<const Segment>> Finish();

 private:
  struct State;
  explicit SegmentBuilder(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_SEGMENT_H_
