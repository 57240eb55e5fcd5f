// The feed: every subscriber reads the log at its own pace.
#ifndef INGEST_SERVICE_FEED_SERVICE_H_
#define INGEST_SERVICE_FEED_SERVICE_H_

#include <cstdint>
#include <memory>

#include "absl/time/time.h"
#include "common/base/dates.h"
#include "ingest_service/record_log.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace meridian::ingest {

// v1.FeedService. Ends its streams with UNAVAILABLE (DRAINING) once the log
// is closing (RecordLog::WakeAll).
class FeedServer {
 public:
  struct Options {
    const RecordLog* log = nullptr;  // must outlive it
    const Clock* clock = &Clock::Real();
    // Longest silence on a stream.
    absl::Duration heartbeat = absl::Seconds(10);
    // Each holds a thread of the server.
    uint32_t max_subscribers = 32;
  };
  virtual ~FeedServer() = default;
  virtual grpc::Service* service() = 0;
  virtual uint32_t subscribers() const = 0;
};

std::unique_ptr<FeedServer> MakeFeedServer(const FeedServer::Options& options);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_FEED_SERVICE_H_
