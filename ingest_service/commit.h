// What a commit does with the snapshots of a run: new, revised, unchanged or
// held. The part of RecordLog that works inside its transaction.
#ifndef INGEST_SERVICE_COMMIT_H_
#define INGEST_SERVICE_COMMIT_H_

#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest_service/record_log.h"
#include "ingest_service/sqlite.h"

namespace meridian::ingest {

// What becomes of each of `snapshots`, in their order.
absl::StatusOr<std::vector<v1::SnapshotOutcome>> DecideOutcomes(
    Connection& connection, const std::vector<RecordLog::Sealed>& sealed);

// Decides what becomes of `snapshots` and does it: those that are new become
// visible under `seq` (Committed.seq is 0 when there are none).
absl::StatusOr<RecordLog::Committed> MakeCommit(
    Connection& connection, uint64_t seq,
    std::vector<RecordLog::Sealed>& snapshots, absl::string_view committed_at);

// Held snapshots with their numbers, oldest first: of `source`, with a digest
// that begins with `digest`, unless they are empty.
absl::StatusOr<std::vector<RecordLog::Sealed>> SelectHeld(
    Connection& connection, absl::string_view source, absl::string_view digest);
// Makes a held snapshot an ordinary staged one.
absl::Status Release(Connection& connection, int64_t staged);
// Deletes a staged snapshot with its batches.
absl::Status DeleteStaged(Connection& connection, int64_t staged);
absl::StatusOr<v1::Snapshot> ParseSnapshot(absl::string_view data);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_COMMIT_H_
