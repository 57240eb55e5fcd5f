// Follows the log of the ingest service and keeps the catalog current.
#ifndef ANALYSIS_SERVICE_FEED_FOLLOWER_H_
#define ANALYSIS_SERVICE_FEED_FOLLOWER_H_

#include <grpcpp/channel.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "analysis_service/catalog.h"
#include "common/base/dates.h"

namespace meridian::analysis {

struct FollowerOptions {
  // Wait before the first attempt after a failure; doubles up to
  // `max_backoff`, each time times a random number in [0.5, 1].
  absl::Duration min_backoff = absl::Milliseconds(200);
  absl::Duration max_backoff = absl::Seconds(10);
  // Time between catalogs while catching up. Default 1 s: each one costs an
  // index over all snapshots.
  absl::Duration publish_interval = absl::Seconds(1);
  // A connection on which nothing came for so long is given up. The service
  // sends a heartbeat at least every 10 s.
  absl::Duration silence = absl::Seconds(35);
  // Seed of the jitter.
  uint64_t seed = 0;
  const Clock* clock = &Clock::Real();
  // Called from the follower's thread: true when all commits that were there
  // at the start are in the catalog, false when the log turned out to be
  // another one and following starts over.
  std::function<void(bool caught_up)> on_caught_up = [](bool) {};
};

struct FollowerStatus {
  bool connected = false;
  bool caught_up = false;
  std::string log_id;       // empty: not known yet
  uint64_t head_seq = 0;    // newest seq of the log, as last heard
  uint64_t reconnects = 0;  // attempts after the first
  absl::Status last_error;  // of the last broken connection
};

// One thread, started by the constructor, ended by Stop or the destructor.
// A broken connection is made again from the kept position; the last good
// catalog stays. A batch with a wrong checksum, a gap or a repeat in the seqs
// breaks the connection too, and nothing of the commit becomes visible. An
// unknown log or position starts over with an empty catalog.
class FeedFollower {
 public:
  // `store` holds an empty catalog and must outlive the follower.
  FeedFollower(std::shared_ptr<grpc::Channel> channel, CatalogStore& store,
               FollowerOptions options = {});
  ~FeedFollower();
  FeedFollower(const FeedFollower&) = delete;
  FeedFollower& operator=(const FeedFollower&) = delete;

  FollowerStatus status() const;
  // As CatalogStore::WaitForSeq.
  absl::StatusOr<std::shared_ptr<const Catalog>> WaitForSeq(
      uint64_t seq, absl::Time deadline) const;
  // Idempotent. Returns when the thread has ended.
  void Stop();

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FEED_FOLLOWER_H_
