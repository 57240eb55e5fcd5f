// Calls about decisions, for code that does not know gRPC.
#ifndef CLI_DECISION_CLIENT_H_
#define CLI_DECISION_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "meridian/v1/decision.pb.h"

namespace meridian::cli {

// Served by the ingest service. Every call waits at most `timeout`. Errors
// are those of the service; Unavailable and DeadlineExceeded name the service
// and its address. Not thread-safe.
class DecisionClient {
 public:
  DecisionClient(const std::string& address, absl::Duration timeout);
  ~DecisionClient();
  DecisionClient(const DecisionClient&) = delete;
  DecisionClient& operator=(const DecisionClient&) = delete;

  absl::StatusOr<v1::RecordDecisionResponse> Call(
      const v1::RecordDecisionRequest& request);
  absl::StatusOr<v1::GetDecisionResponse> Call(
      const v1::GetDecisionRequest& request);
  absl::StatusOr<v1::ListDecisionsResponse> Call(
      const v1::ListDecisionsRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_DECISION_CLIENT_H_
