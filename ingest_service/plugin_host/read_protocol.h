// What a plugin may send in a Read, in which order, and how much of it.
#ifndef INGEST_SERVICE_PLUGIN_HOST_READ_PROTOCOL_H_
#define INGEST_SERVICE_PLUGIN_HOST_READ_PROTOCOL_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/status/status.h"
#include "meridian/v1/source.pb.h"

namespace meridian::ingest {

// Follows the messages of one Read. Not thread-safe.
class ReadProtocol {
 public:
  // `limits` as WithDefaults gives them.
  explicit ReadProtocol(const v1::Limits& limits) : limits_(limits) {}

  // Takes the next message. Errors, after which the read is over:
  // FailedPrecondition (PLUGIN_PROTOCOL_VIOLATION) and ResourceExhausted
  // (PLUGIN_LIMIT_EXCEEDED), both naming what was sent.
  absl::Status OnMessage(const v1::FromPlugin& message);

  bool is_done() const { return done_; }
  uint64_t snapshots() const { return snapshots_.size(); }
  uint64_t records() const { return records_; }
  uint64_t rejected() const { return rejected_; }

 private:
  struct Snapshot {
    std::string stream;
    uint64_t count = 0;
    bool ended = false;
  };

  absl::Status OnBegin(const v1::BeginSnapshot& begin);
  absl::Status OnBatch(const v1::RecordBatch& batch);
  absl::Status OnEnd(const v1::EndSnapshot& end);
  absl::Status OnDone();
  absl::Status CheckOpen(uint32_t snapshot, const char* what) const;

  const v1::Limits limits_;
  std::map<uint32_t, Snapshot> snapshots_;
  std::set<uint32_t> open_;
  uint64_t records_ = 0;
  uint64_t rejected_ = 0;
  bool done_ = false;
};

// Records in a batch, by its longest column.
uint64_t CountRecords(const v1::RecordBatch& batch);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_READ_PROTOCOL_H_
