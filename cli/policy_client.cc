#include "cli/policy_client.h"

#include "cli/call.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian::cli {

using Stub = v1::PolicyService::Stub;

struct PolicyClient::State {
  Endpoint endpoint;
  std::unique_ptr<Stub> stub;
};

PolicyClient::PolicyClient(const std::string& address, absl::Duration timeout)
    : state_(new State{{"analysis", address, timeout},
                       v1::PolicyService::NewStub(rpc::MakeChannel(address))}) {
}

PolicyClient::~PolicyClient() = default;

absl::StatusOr<v1::EvaluatePolicyResponse> PolicyClient::Call(
    const v1::EvaluatePolicyRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::EvaluatePolicy,
                   request);
}

absl::StatusOr<v1::ValidatePolicyResponse> PolicyClient::Call(
    const v1::ValidatePolicyRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ValidatePolicy,
                   request);
}

absl::StatusOr<v1::CheckAdmissionResponse> PolicyClient::Call(
    const v1::CheckAdmissionRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::CheckAdmission,
                   request);
}

absl::StatusOr<v1::ExplainVerdictResponse> PolicyClient::Call(
    const v1::ExplainVerdictRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ExplainVerdict,
                   request);
}

absl::StatusOr<v1::FindBestResponse> PolicyClient::Call(
    const v1::FindBestRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::FindBest, request);
}

absl::StatusOr<v1::MeasureCostResponse> PolicyClient::Call(
    const v1::MeasureCostRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::MeasureCost,
                   request);
}

absl::StatusOr<v1::MeasureConcentrationResponse> PolicyClient::Call(
    const v1::MeasureConcentrationRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::MeasureConcentration,
                   request);
}

absl::StatusOr<v1::SimulateCutoffResponse> PolicyClient::Call(
    const v1::SimulateCutoffRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::SimulateCutoff,
                   request);
}

absl::StatusOr<v1::ComparePoliciesResponse> PolicyClient::Call(
    const v1::ComparePoliciesRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ComparePolicies,
                   request);
}

absl::StatusOr<v1::AnalyzePolicyResponse> PolicyClient::Call(
    const v1::AnalyzePolicyRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::AnalyzePolicy,
                   request);
}

absl::StatusOr<v1::ListMissingFactsResponse> PolicyClient::Call(
    const v1::ListMissingFactsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListMissingFacts,
                   request);
}

absl::StatusOr<v1::VerdictTimelineResponse> PolicyClient::Call(
    const v1::VerdictTimelineRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::VerdictTimeline,
                   request);
}

absl::StatusOr<v1::TestPoliciesResponse> PolicyClient::Call(
    const v1::TestPoliciesRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::TestPolicies,
                   request);
}

absl::StatusOr<v1::ListPoliciesResponse> PolicyClient::Call(
    const v1::ListPoliciesRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListPolicies,
                   request);
}

absl::Status PolicyClient::Watch(
    const v1::WatchVerdictsRequest& request, absl::Duration length,
    const std::function<void(const v1::WatchVerdictsResponse&)>& handle) {
  grpc::ClientContext context;
  const bool ends = length > absl::ZeroDuration();
  if (ends) rpc::SetDeadline(context, length);
  const auto reader = state_->stub->WatchVerdicts(&context, request);
  v1::WatchVerdictsResponse response;
  bool told = false;
  while (reader->Read(&response)) {
    handle(response);
    told = true;
  }
  const grpc::Status status = reader->Finish();
  // The end that the caller asked for is no failure.
  if (ends && told &&
      status.error_code() == grpc::StatusCode::DEADLINE_EXCEEDED) {
    return absl::OkStatus();
  }
  if (!status.ok()) return CallError(state_->endpoint, status);
  return absl::OkStatus();
}

}  // namespace meridian::cli
