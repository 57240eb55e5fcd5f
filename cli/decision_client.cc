#include "cli/decision_client.h"

#include "cli/call.h"
#include "meridian/v1/decision.grpc.pb.h"

namespace meridian::cli {

using Stub = v1::DecisionService::Stub;

struct DecisionClient::State {
  Endpoint endpoint;
  std::unique_ptr<Stub> stub;
};

DecisionClient::DecisionClient(const std::string& address,
                               absl::Duration timeout)
    : state_(
          new State{{"ingest", address, timeout},
                    v1::DecisionService::NewStub(rpc::MakeChannel(address))}) {}

DecisionClient::~DecisionClient() = default;

absl::StatusOr<v1::RecordDecisionResponse> DecisionClient::Call(
    const v1::RecordDecisionRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::RecordDecision,
                   request);
}

absl::StatusOr<v1::GetDecisionResponse> DecisionClient::Call(
    const v1::GetDecisionRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetDecision,
                   request);
}

absl::StatusOr<v1::ListDecisionsResponse> DecisionClient::Call(
    const v1::ListDecisionsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListDecisions,
                   request);
}

}  // namespace meridian::cli
