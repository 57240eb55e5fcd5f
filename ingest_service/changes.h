// Keyed snapshots stored as changes against an earlier one: a registry of which
// a hundredth changed since yesterday costs a hundredth. What a snapshot is -
// its digest, its records, its evidence - does not depend on how it is stored.
#ifndef INGEST_SERVICE_CHANGES_H_
#define INGEST_SERVICE_CHANGES_H_

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/records/canonical.h"
#include "ingest_service/record_log.h"
#include "meridian/v1/record.pb.h"

namespace meridian::ingest {

// Whether a record is one of a keyed publication: a model, an offering or a
// usage figure. Boards and reports are stored whole.
bool IsKeyed(const v1::Record& record);

// Visits every record of a committed snapshot, those of the snapshots that it
// builds on included. The second argument is the snapshot whose documents the
// record's locator means.
absl::Status ForEachRecordOf(
    const RecordLog& log, const RecordLog::Stored& snapshot,
    const std::function<absl::Status(const v1::Record&, const v1::Snapshot&)>&
        visit);

// What distinguishes a snapshot from the one it follows.
struct Difference {
  RecordLog::Stored base;
  uint64_t unchanged = 0;                  // keys of both, the same content
  uint64_t changed = 0;                    // keys of both, other content
  std::vector<std::string> gone;           // keys of the base only
  std::vector<std::string> gone_examples;  // subjects, the first 20
};
// Against the newest revision of the snapshot's vintage, else of the vintage
// before it; nullopt when there is neither. `digest` holds the snapshot's
// records; which of them changed is marked there.
absl::StatusOr<std::optional<Difference>> CompareWithBefore(
    const RecordLog& log, const v1::Snapshot& snapshot, ContentDigest& digest);

// As an outcome tells it. With `staged` >= 0 also examples, for which that
// staged snapshot is read.
absl::StatusOr<v1::SnapshotDifference> Describe(const RecordLog& log,
                                                const Difference& difference,
                                                const ContentDigest& digest,
                                                int64_t staged);

// Where it pays, replaces what is staged for `snapshot` by its changes against
// the revision before it, or the vintage before it: then sets mode, base_seq,
// base_digest and gone_keys, and returns the number of the new staged
// snapshot. Else returns `staged`. It pays from 1,000 records of which at most
// a fifth changed; after 30 snapshots in a row one is stored whole, so that
// reading stays quick.
absl::StatusOr<int64_t> StoreAsChanges(RecordLog& log, absl::string_view run,
                                       int64_t staged,
                                       const Difference& difference,
                                       const ContentDigest& digest,
                                       v1::Snapshot* snapshot);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_CHANGES_H_
