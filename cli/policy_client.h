// Calls of the policy service, for code that does not know gRPC.
#ifndef CLI_POLICY_CLIENT_H_
#define CLI_POLICY_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
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
  absl::StatusOr<v1::ValidatePolicyResponse> Call(
      const v1::ValidatePolicyRequest& request);
  absl::StatusOr<v1::CheckAdmissionResponse> Call(
      const v1::CheckAdmissionRequest& request);
  absl::StatusOr<v1::ExplainVerdictResponse> Call(
      const v1::ExplainVerdictRequest& request);
  absl::StatusOr<v1::FindBestResponse> Call(const v1::FindBestRequest& request);
  absl::StatusOr<v1::MeasureCostResponse> Call(
      const v1::MeasureCostRequest& request);
  absl::StatusOr<v1::MeasureConcentrationResponse> Call(
      const v1::MeasureConcentrationRequest& request);
  absl::StatusOr<v1::SimulateCutoffResponse> Call(
      const v1::SimulateCutoffRequest& request);
  absl::StatusOr<v1::ComparePoliciesResponse> Call(
      const v1::ComparePoliciesRequest& request);
  absl::StatusOr<v1::AnalyzePolicyResponse> Call(
      const v1::AnalyzePolicyRequest& request);
  absl::StatusOr<v1::ListMissingFactsResponse> Call(
      const v1::ListMissingFactsRequest& request);
  absl::StatusOr<v1::VerdictTimelineResponse> Call(
      const v1::VerdictTimelineRequest& request);
  absl::StatusOr<v1::TestPoliciesResponse> Call(
      const v1::TestPoliciesRequest& request);
  absl::StatusOr<v1::ListPoliciesResponse> Call(
      const v1::ListPoliciesRequest& request);

  // Hands on what the service tells until `length` is over (zero: for ever)
  // or the service ends the stream.
  absl::Status Watch(
      const v1::WatchVerdictsRequest& request, absl::Duration length,
      const std::function<void(const v1::WatchVerdictsResponse&)>& handle);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_POLICY_CLIENT_H_
