// The log: commits in order, each the snapshots of one run. What the feed
// sends and evidence rests on.
#ifndef INGEST_SERVICE_RECORD_LOG_H_
#define INGEST_SERVICE_RECORD_LOG_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "ingest_service/sqlite.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/record.pb.h"

namespace meridian::ingest {

// How far the log is.
struct LogState {
  uint64_t first_seq = 0;    // 0: empty
  uint64_t head_seq = 0;     // 0: empty
  uint64_t observation = 0;  // number of the newest observation
  bool closing = false;      // WakeAll was called
};

// Batches are staged under a run in small transactions; Commit makes a run's
// snapshots visible in one small synced transaction. What was staged and not
// committed is gone at the next Open. Safe from any thread. Errors of the
// store (sqlite.h) come from every call.
class RecordLog {
 public:
  // `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<RecordLog>> Open(Database& database);

  // Random, made with the log: 32 hex digits.
  const std::string& id() const { return id_; }
  LogState state() const;

  struct Totals {
    uint64_t snapshots = 0;
    uint64_t records = 0;
    uint64_t batch_bytes = 0;
  };
  absl::StatusOr<Totals> ReadTotals() const;

  // --- Writing -----------------------------------------------------------

  // Begins a snapshot of `run`; returns its number.
  absl::StatusOr<int64_t> Stage(absl::string_view run);
  absl::Status Append(int64_t staged,
                      absl::Span<const v1::StoredBatch> batches);
  // Forgets one staged snapshot.
  absl::Status DropOne(int64_t staged);
  // Forgets all that is staged under `run`.
  absl::Status Drop(absl::string_view run);

  // A staged snapshot, complete but for revision and seq.
  struct Sealed {
    int64_t staged = 0;
    v1::Snapshot snapshot;
    // Held when its coverage is ALL and it has fewer records than this share
    // of the one before it: the revision that it would replace, else the
    // newest revision of the vintage before it. 0: never.
    double hold_below = 0;
    // The plugin called it ALL, and lost rows made it SOME: it is held all the
    // same.
    bool was_whole = false;
  };
  struct Committed {
    uint64_t seq = 0;  // 0: nothing new, so no commit
    uint64_t records = 0;
    // As given; kind UNCHANGED names the revision that has the same digest.
    std::vector<v1::SnapshotOutcome> outcomes;
  };
  // Makes the snapshots visible under the next seq. One whose digest is that
  // of the newest revision of its (source, stream, vintage date) is dropped
  // as UNCHANGED. One that is held stays invisible until Approve; a later one
  // of its vintage takes its place. `also` runs in the same transaction and
  // fails it with its error: what it writes is there exactly when the commit
  // is.
  absl::StatusOr<Committed> Commit(
      std::vector<Sealed> snapshots, absl::string_view committed_at,
      const std::function<absl::Status(Connection&, const Committed&)>& also);

  // What Commit would make of the snapshots, with revisions but without doing
  // anything. They stay staged.
  absl::StatusOr<std::vector<v1::SnapshotOutcome>> Plan(
      const std::vector<Sealed>& snapshots) const;

  // Makes held snapshots visible under the next seq, or forgets them: those of
  // `source` whose digest begins with `digest`, which may be empty. Errors:
  // NotFound (NOTHING_HELD).
  absl::StatusOr<Committed> DecideHeld(
      absl::string_view source, absl::string_view digest, bool discard,
      absl::string_view committed_at,
      const std::function<absl::Status(Connection&, const Committed&)>& also);
  // Held snapshots, of one source unless it is empty, oldest first.
  absl::StatusOr<std::vector<v1::Snapshot>> ListHeld(
      absl::string_view source) const;

  // Keeps an observation; it replaces the earlier one of its source and
  // stream. The second form is for `also` of Commit.
  absl::Status Observe(const v1::Observation& observation);
  static absl::Status Observe(Connection& connection,
                              const v1::Observation& observation);

  // --- Reading -----------------------------------------------------------

  // The begin message of a commit. Errors: OutOfRange (POSITION_OUT_OF_RANGE).
  absl::StatusOr<v1::CommitBegin> ReadCommit(uint64_t seq) const;
  // Visits the batches of a commit in order, byte for byte as stored, with
  // the index of their snapshot in CommitBegin. No transaction is open during
  // a visit, so it may take long. Errors: DataLoss (BATCH_CORRUPT), the first
  // of `visit`.
  absl::Status ForEachBatch(
      uint64_t seq,
      const std::function<absl::Status(uint32_t, v1::StoredBatch)>& visit)
      const;

  // A committed snapshot and its number.
  struct Stored {
    int64_t id = 0;
    v1::Snapshot snapshot;
  };
  // The newest snapshots whose digest begins with `prefix`, one for each
  // digest, at most two.
  absl::StatusOr<std::vector<Stored>> FindSnapshots(
      absl::string_view prefix) const;
  // What a keyed snapshot may build on: the newest revision of its vintage,
  // else of the vintage before it.
  absl::StatusOr<std::optional<Stored>> FindBefore(
      const v1::Snapshot& snapshot) const;
  // The same visit for one snapshot, committed or staged.
  absl::Status ForEachBatchOf(
      int64_t snapshot,
      const std::function<absl::Status(v1::StoredBatch)>& visit) const;

  // Snapshots with seq <= `at_seq`, newest first, of one source unless it is
  // empty.
  absl::StatusOr<std::vector<v1::Snapshot>> ListSnapshots(
      absl::string_view source, uint64_t at_seq, uint64_t offset,
      uint32_t most) const;

  // Observations after number `after`, oldest first, and the number of the
  // last of them.
  struct Observations {
    uint64_t last = 0;
    std::vector<v1::Observation> observations;
  };
  absl::StatusOr<Observations> ObservationsAfter(uint64_t after) const;
  // The newest observation of a source; kind UNSPECIFIED when there is none.
  absl::StatusOr<v1::Observation> NewestObservation(
      absl::string_view source) const;

  // Waits until the log is further than `seen`, or closing, or `deadline`.
  LogState Wait(const LogState& seen, absl::Time deadline) const;
  // Ends every Wait, now and later.
  void WakeAll();

 private:
  explicit RecordLog(Database& database) : database_(database) {}
  // Writes synced and publishes the new state.
  absl::Status WriteAndPublish(
      const std::function<absl::Status(Connection&)>& write);

  Database& database_;
  std::string id_;
  mutable absl::Mutex mu_;
  LogState state_ ABSL_GUARDED_BY(mu_);
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_RECORD_LOG_H_
