// Calls of the policy service, for code that does not know gRPC.
#ifndef CLI_POLICY_CLIENT_H_
#define CLI_POLICY_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {

// Served by the analysis service. Every call waits at most `timeout`. Errors
// are those of the service; Unavailable and DeadlineExceeded name the service
// and its address. Not thread-safe.
class PolicyClient {
 public:
  PolicyClient(const std::string& address, absl::Duration timeout);
  ~PolicyClient();
  PolicyClient(const PolicyClient&) = delete;
  PolicyClient& operator=(const PolicyClient&) = delete;

  absl::StatusOr<v1::EvaluatePolicyResponse> Call(
      const v1::EvaluatePolicyRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_POLICY_CLIENT_H_
