// Turns the messages of the feed into catalogs: what must come in which order,
// and when a catalog is published. Plain C++: no gRPC, threads or clocks.
#ifndef ANALYSIS_SERVICE_FEED_READER_H_
#define ANALYSIS_SERVICE_FEED_READER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "analysis_service/catalog.h"
#include "analysis_service/segment.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::analysis {

// Errors of every call: the connection must be ended and begun anew from
// position(); nothing of the open commit is kept. Not thread-safe.
class FeedReader {
 public:
  // `store` must outlive it.
  explicit FeedReader(CatalogStore& store) : store_(store) {}

  // Empty: none yet.
  const std::string& log_id() const { return log_id_; }
  // Seq of the last complete commit, published or not.
  uint64_t position() const { return position_; }
  // True after SetLive of this connection.
  bool live() const { return live_; }
  // When the last catalog was published.
  absl::Time published() const { return published_; }

  // Forgets the log; an empty catalog is current.
  void StartOver();
  // A new connection: what was open is gone.
  void BeginConnection();

  // Errors: OutOfRange (UNKNOWN_LOG) when it is not the log of position().
  absl::Status Begin(const v1::LogHead& head);
  // Errors: DataLoss (FEED_GAP, FEED_OUT_OF_ORDER, BAD_SNAPSHOT).
  absl::Status Begin(const v1::CommitBegin& begin);
  // Errors: DataLoss (FEED_OUT_OF_ORDER, BATCH_CORRUPT).
  absl::Status Add(const v1::FeedBatch& batch);
  // The commit is part of the next catalog. Errors: DataLoss (FEED_GAP,
  // FEED_OUT_OF_ORDER, BAD_SNAPSHOT).
  absl::Status End(const v1::CommitEnd& end);
  // Visible at once when live, else with the next catalog.
  void Observe(const v1::Observation& observation);

  // Everything that was in the log at the start has come.
  void SetLive() { live_ = true; }
  // Makes what is complete the current catalog.
  void Publish(absl::Time now);

 private:
  // A commit whose batches are still coming.
  struct OpenCommit {
    uint64_t seq = 0;
    uint64_t batches = 0;
    std::vector<std::unique_ptr<SegmentBuilder>> builders;
  };

  void BeginLog(const std::string& log_id);
  // A segment that is complete; nullptr when there is none.
  std::shared_ptr<const Segment> FindSegment(absl::string_view digest) const;

  CatalogStore& store_;
  std::string log_id_;
  uint64_t position_ = 0;
  uint64_t next_ = 1;  // seq that must come next
  bool live_ = false;
  absl::Time published_ = absl::InfinitePast();
  std::shared_ptr<NameTable> names_;  // of the log
  std::shared_ptr<const Catalog> catalog_;
  std::vector<std::shared_ptr<const Segment>> pending_;
  std::unique_ptr<OpenCommit> open_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FEED_READER_H_
