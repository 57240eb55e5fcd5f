// Keyed snapshots stored as changes against an earlier one: a registry of which
// a hundredth changed since yesterday costs a hundredth. What a snapshot is -
// its digest, its records, its evidence - does not depend on how it is stored.
#ifndef INGEST_SERVICE_CHANGES_H_
#define INGEST_SERVICE_CHANGES_H_

#include <cstdint>
#include <functional>

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

// Where it pays, replaces what is staged for `snapshot` by its changes against
// the revision before it, or the vintage before it: then sets mode, base_seq,
// base_digest and gone_keys, and returns the number of the new staged
// snapshot. Else returns `staged`. It pays from 1,000 records of which at most
// a fifth changed; after 30 snapshots in a row one is stored whole, so that
// reading stays quick. Memory: about 60 bytes for each record of the base.
absl::StatusOr<int64_t> StoreAsChanges(RecordLog& log, absl::string_view run,
                                       int64_t staged,
                                       const ContentDigest& digest,
                                       v1::Snapshot* snapshot);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_CHANGES_H_
