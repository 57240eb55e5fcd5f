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

}  // namespace meridian::cli
