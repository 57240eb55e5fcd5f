// The canonical encoding of records, on which keys, duplicates, digests and
// evidence ids rest. It does not depend on protobuf's wire format, on field
// order or on how records were batched.
#ifndef COMMON_RECORDS_CANONICAL_H_
#define COMMON_RECORDS_CANONICAL_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/digest.h"
#include "meridian/v1/record.pb.h"

namespace meridian {

// First 16 bytes of the SHA-256 of a record's canonical key.
using KeyHash = std::array<uint8_t, 16>;

struct RecordHash {
  KeyHash key;
  // SHA-256 of the canonical content: kind, notes and citation, without the
  // locator.
  Sha256Digest content;
};

// The key and content hash of a record. Errors: InvalidArgument (BAD_RECORD)
// when no kind is set, a required key field is missing or empty, or a number
// is not finite; the message names the field.
absl::StatusOr<RecordHash> HashRecord(const v1::Record& record);

// The same for a score without building a Record around it; equal to
// HashRecord of a record that holds only it.
absl::StatusOr<RecordHash> HashScore(const v1::Score& score);

// Collects the hashes of a snapshot's records and finds duplicates. About 60
// bytes a record.
class ContentDigest {
 public:
  enum class Added { kNew, kEqualDuplicate, kConflictingDuplicate };
  // kConflictingDuplicate: a record with this key but other content is there
  // already; the new one is not added.
  Added Add(const RecordHash& hash);
  uint64_t count() const { return entries_.size(); }
  // How a record compares with that of the same key in another snapshot.
  enum class Mark : uint8_t { kOnlyHere, kSame, kOther };
  // Compares a record of the other snapshot and keeps the outcome; nullopt:
  // nothing here has its key. One byte a record.
  std::optional<Mark> Compare(const RecordHash& other);
  // The outcome for a record of this snapshot; kOnlyHere when Compare has not
  // seen its key.
  Mark MarkOf(const KeyHash& key) const;
  // SHA-256 over key and content hashes sorted by key hash.
  Sha256Digest Finish() const;

  ContentDigest();
  ~ContentDigest();

 private:
  struct Hasher {
    size_t operator()(const KeyHash& key) const;
  };
  std::vector<RecordHash> entries_;
  std::vector<Mark> marks_;  // of entries_; empty until Compare
  struct Index;
  std::unique_ptr<Index> index_;
};

// Snapshot.digest of a snapshot whose source, stream, vintage, coverage and
// content_digest are set.
std::string SnapshotDigest(const v1::Snapshot& snapshot);

// "<16 hex of the snapshot digest>/<16 hex of the key hash>".
std::string EvidenceId(absl::string_view snapshot_digest, const KeyHash& key);

}  // namespace meridian

#endif  // COMMON_RECORDS_CANONICAL_H_
