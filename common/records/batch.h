// Stored batches: building them from records and reading them back. `data` is
// written once and sent byte for byte.
#ifndef COMMON_RECORDS_BATCH_H_
#define COMMON_RECORDS_BATCH_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian {

// Builds the columns of ScoresV1 or VotesV1, or rows, behind one Add.
// Records of different kinds may be added in any order; a batch is cut when
// the form changes or it reaches the target size. Order is kept. Not
// thread-safe.
class BatchBuilder {
 public:
  // Bytes a batch aims at. 1 MiB: larger gained nothing on the feed
  // (bench/README.md).
  static constexpr size_t kTargetBytes = 1 << 20;

  explicit BatchBuilder(size_t target_bytes = kTargetBytes);
  ~BatchBuilder();

  // Adds a record; scores and votes go into columns.
  void Add(const v1::Record& record);
  void AddScore(const v1::Score& score, const v1::Locator& locator);

  // True: a batch has reached its target (or the form changed) and should be
  // taken.
  bool ready() const;
  // Takes the oldest batch, complete or not; count 0 when there is none.
  v1::StoredBatch TakeStored();
  // The same as a message of the plugin protocol, without checksum; count
  // tells how many records it holds.
  v1::RecordBatch TakeWire(uint32_t snapshot, uint32_t* count);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

// Checks the checksum and hands out the payload decompressed. Errors:
// DataLoss (BATCH_CORRUPT).
absl::StatusOr<std::string> OpenBatch(const v1::StoredBatch& batch);

// Calls `visit` for every record of a batch, columns turned into records, in
// order. The record is reused between calls. Errors: DataLoss
// (BATCH_CORRUPT) when columns disagree in length or an index is out of
// range; the first error of `visit` otherwise.
absl::Status ForEachRecord(
    const v1::StoredBatch& batch,
    const std::function<absl::Status(const v1::Record&)>& visit);

// The same for the payloads of the plugin protocol.
absl::Status ForEachRecord(
    const v1::RecordBatch& batch,
    const std::function<absl::Status(const v1::Record&)>& visit);

// Checks that the columns of a batch agree. For readers that use columns
// directly.
absl::Status CheckColumns(const v1::ScoresV1& scores);
absl::Status CheckColumns(const v1::VotesV1& votes);

// Bit i of a presence bitmap; an empty bitmap has every bit set.
inline bool IsPresent(absl::string_view bitmap, size_t i) {
  return bitmap.empty() ||
         (i / 8 < bitmap.size() &&
          (static_cast<uint8_t>(bitmap[i / 8]) >> (i % 8) & 1) != 0);
}

}  // namespace meridian

#endif  // COMMON_RECORDS_BATCH_H_
