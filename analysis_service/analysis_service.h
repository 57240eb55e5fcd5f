// The RPCs of the analysis service: requests in, answers out, nothing else.
#ifndef ANALYSIS_SERVICE_ANALYSIS_SERVICE_H_
#define ANALYSIS_SERVICE_ANALYSIS_SERVICE_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/time/time.h"
#include "analysis_service/catalog.h"
#include "analysis_service/feed_follower.h"
#include "common/base/dates.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace meridian::analysis {

struct ServiceOptions {
  // Where answers come from; must outlive the service.
  const CatalogStore* store = nullptr;
  // How far the follower is. Until it has caught up, only status is answered:
  // half a log gives plausible wrong answers.
  std::function<FollowerStatus()> follower;
  // What "today" is, for an empty as_of.
  const Clock* clock = &Clock::Real();
  // Longest wait for at_least_seq, whatever the caller's deadline.
  absl::Duration longest_wait = absl::Seconds(60);
  // Largest answer: what every client accepts by default is 4 MiB, and
  // gRPC-Web proxies buffer a message whole.
  size_t max_answer_bytes = 1 << 20;
  std::string version;
};

// v1.AnalysisService.
std::unique_ptr<grpc::Service> MakeAnalysisService(
    const ServiceOptions& options);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_ANALYSIS_SERVICE_H_
