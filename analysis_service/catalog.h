// What the analysis service knows at a seq of the log: immutable, read by any
// number of threads, replaced as a whole.
#ifndef ANALYSIS_SERVICE_CATALOG_H_
#define ANALYSIS_SERVICE_CATALOG_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "analysis_service/catalog_types.h"
#include "analysis_service/identity.h"
#include "analysis_service/organizations.h"
#include "analysis_service/segment.h"
#include "common/base/dates.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

struct CatalogIndex;  // catalog_index.h
struct AtSeqCache;

class Catalog {
 public:
  // The catalog of an empty log.
  static std::shared_ptr<const Catalog> Empty(
      std::string log_id, std::shared_ptr<const NameTable> names);

  // The catalog after commits up to `seq`, which made `added` visible, in the
  // order of the log. Older segments are shared, not copied.
  std::shared_ptr<const Catalog> With(
      std::vector<std::shared_ptr<const Segment>> added, uint64_t seq) const;
  // The same state of the log with segments that the log does not hold, whose
  // names are in `names`, a table over name_table(). For one answer.
  std::shared_ptr<const Catalog> WithOverlay(
      std::vector<std::shared_ptr<const Segment>> overlay,
      std::shared_ptr<const NameTable> names) const;
  // The same data with a newer observation of a source. Does not change seq.
  std::shared_ptr<const Catalog> WithObservation(
      const v1::Observation& observation) const;
  // What was known at an older seq, resolved with the identity records of
  // then. The last few are kept. Errors: OutOfRange (SEQ_OUT_OF_RANGE) beyond
  // seq(). 0 is the empty catalog. Safe from any thread.
  absl::StatusOr<std::shared_ptr<const Catalog>> AtSeq(uint64_t seq) const;

  const std::string& log_id() const { return log_id_; }
  uint64_t seq() const { return seq_; }
  // In the order of the log.
  absl::Span<const std::shared_ptr<const Segment>> segments() const;
  const Segment& segment(const EvidenceRef& ref) const {
    return *segments()[ref.segment];
  }
  // A newer revision of the same vintage speaks instead.
  bool is_superseded(uint32_t segment) const;
  v1::Record RecordAt(const EvidenceRef& ref) const {
    return segment(ref).RecordAt(ref.row);
  }
  // Of a row that is not a score.
  const v1::Record& record(const EvidenceRef& ref) const {
    return segment(ref).record(ref.row);
  }
  const NameTable& name_table() const { return *names_; }
  const std::shared_ptr<const NameTable>& shared_names() const {
    return names_;
  }
  const Resolution& resolution() const;
  const OrganizationTable& organizations() const;
  // OrganizationEntry::records index into these.
  absl::Span<const EvidenceRef> organization_records() const;

  // --- Scores -----------------------------------------------------------

  // Boards that have scores or a Board record, sorted.
  std::vector<std::string> BoardIds() const;
  // The Board record; only `board` is set when there is none. Later knowledge
  // counts (NATURE). `ref` is set when there is one.
  v1::Board DescribeBoard(absl::string_view board,
                          std::optional<EvidenceRef>* ref = nullptr) const;
  // Sources that have scores of the board, best first: those that its record
  // lists, then the others by name.
  std::vector<std::string> BoardSources(absl::string_view board) const;
  // What there is of a board by as_of, by category and method.
  std::vector<SliceSummary> Slices(absl::string_view board, Day as_of) const;
  // Snapshots with exactly this category and method (empty: not stated) that
  // are available by as_of; of a vintage only the newest revision. Ordered by
  // available day, of one day by the board's source order, best first.
  std::vector<ScoreSnapshot> Snapshots(absl::string_view board,
                                       absl::string_view category,
                                       absl::string_view method,
                                       Day as_of) const;
  // The one snapshot that speaks on `day`: newest available day, then the
  // board's source order, then log order (newest). Nothing: none yet.
  std::optional<ScoreSnapshot> Speaking(absl::string_view board,
                                        absl::string_view category,
                                        absl::string_view method,
                                        Day day) const;

  // --- Records ----------------------------------------------------------

  // Records of a kind as they hold: of every stream the newest revision of
  // each vintage available by as_of, a newer record of the same key instead
  // of an older one. In keyed listings (offerings) and reference streams a
  // newer snapshot of coverage ALL removes what it does not hold; indicators
  // of older editions always stay. In the order of the log.
  std::vector<EvidenceRef> Records(v1::Record::KindCase kind, Day as_of) const;
  // The same with all that is known, whatever the vintage; kept, cheap. For
  // Organization, Alias, Board, Licence, Membership, Attestation, Group,
  // Precedence, MethodOverride and StoredPolicy.
  absl::Span<const EvidenceRef> Records(v1::Record::KindCase kind) const;

  // Model records that describe an entity, of every vintage (newest revision
  // each), in the order of the log; of reference streams only those that
  // still hold.
  absl::Span<const EvidenceRef> ModelRecords(EntityId entity) const;
  // Records of reference streams that a newer vintage replaced or withdrew.
  // They still say what held until then (STATE). In the order of the log.
  absl::Span<const FormerRecord> FormerModelRecords(EntityId entity) const;
  absl::Span<const FormerRecord> FormerOrganizationRecords(
      OrganizationId organization) const;
  // The entity that a row's name means at its segment's vintage.
  Meaning Resolve(NameId name, uint32_t segment) const;

  // A list or bloc is known by this name.
  bool HasList(absl::string_view list) const;
  // Names of all lists, sorted.
  std::vector<std::string> Lists() const;
  // Members of a list on a day, sorted, distinct.
  std::vector<std::string> Members(absl::string_view list, Day day) const;
  // The Membership records behind a member of a list on a day.
  std::vector<EvidenceRef> MembershipRecords(absl::string_view list,
                                             absl::string_view member,
                                             Day day) const;

  // --- Status -----------------------------------------------------------

  uint64_t record_count() const;
  uint64_t bytes() const;
  // By source, those only observed included.
  std::vector<SourceCounts> Sources() const;
  // The newest observation of a source; nothing: never observed.
  const v1::Observation* LastObservation(absl::string_view source) const;

 private:
  Catalog() = default;

  // Fixed after construction.
  std::string log_id_;
  uint64_t seq_ = 0;
  std::shared_ptr<const NameTable> names_;
  std::shared_ptr<const CatalogIndex> index_;
  // Newest of each source, by source.
  std::map<std::string, v1::Observation> observations_;
  // Shared by the catalogs of a log, not by what it holds.
  std::shared_ptr<AtSeqCache> at_seq_;
};

// Where the newest catalog is. Safe from any thread.
class CatalogStore {
 public:
  explicit CatalogStore(std::shared_ptr<const Catalog> first);

  std::shared_ptr<const Catalog> Current() const;
  void Swap(std::shared_ptr<const Catalog> next);
  // The current catalog as soon as it holds `seq`. Errors: Unavailable
  // (NOT_CAUGHT_UP) when it does not before `deadline`.
  absl::StatusOr<std::shared_ptr<const Catalog>> WaitForSeq(
      uint64_t seq, absl::Time deadline) const;

 private:
  mutable absl::Mutex mu_;
  std::shared_ptr<const Catalog> current_ ABSL_GUARDED_BY(mu_);
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_CATALOG_H_
