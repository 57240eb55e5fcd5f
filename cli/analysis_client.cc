#include "cli/analysis_client.h"

#include "cli/call.h"
#include "meridian/v1/analysis.grpc.pb.h"

namespace meridian::cli {

using Stub = v1::AnalysisService::Stub;

struct AnalysisClient::State {
  Endpoint endpoint;
  std::unique_ptr<Stub> stub;
};

AnalysisClient::AnalysisClient(const std::string& address,
                               absl::Duration timeout)
    : state_(
          new State{{"analysis", address, timeout},
                    v1::AnalysisService::NewStub(rpc::MakeChannel(address))}) {}

AnalysisClient::~AnalysisClient() = default;

absl::StatusOr<v1::GetAnalysisStatusResponse> AnalysisClient::Call(
    const v1::GetAnalysisStatusRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetAnalysisStatus,
                   request);
}

absl::StatusOr<v1::ListBoardsResponse> AnalysisClient::Call(
    const v1::ListBoardsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListBoards, request);
}

absl::StatusOr<v1::ListModelsResponse> AnalysisClient::Call(
    const v1::ListModelsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListModels, request);
}

absl::StatusOr<v1::GetModelResponse> AnalysisClient::Call(
    const v1::GetModelRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetModel, request);
}

absl::StatusOr<v1::ListOrganizationsResponse> AnalysisClient::Call(
    const v1::ListOrganizationsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListOrganizations,
                   request);
}

absl::StatusOr<v1::ListOfferingsResponse> AnalysisClient::Call(
    const v1::ListOfferingsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListOfferings,
                   request);
}

absl::StatusOr<v1::GetLeaderboardResponse> AnalysisClient::Call(
    const v1::GetLeaderboardRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetLeaderboard,
                   request);
}

absl::StatusOr<v1::CompareGroupsResponse> AnalysisClient::Call(
    const v1::CompareGroupsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::CompareGroups,
                   request);
}

absl::StatusOr<v1::ListIndicatorsResponse> AnalysisClient::Call(
    const v1::ListIndicatorsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListIndicators,
                   request);
}

absl::StatusOr<v1::ListFieldsResponse> AnalysisClient::Call(
    const v1::ListFieldsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListFields, request);
}

absl::StatusOr<v1::EvaluateExpressionResponse> AnalysisClient::Call(
    const v1::EvaluateExpressionRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::EvaluateExpression,
                   request);
}

absl::StatusOr<v1::GetLagResponse> AnalysisClient::Call(
    const v1::GetLagRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetLag, request);
}

absl::StatusOr<v1::ListUnresolvedNamesResponse> AnalysisClient::Call(
    const v1::ListUnresolvedNamesRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListUnresolvedNames,
                   request);
}

absl::StatusOr<v1::CompareIndicatorsResponse> AnalysisClient::Call(
    const v1::CompareIndicatorsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::CompareIndicators,
                   request);
}

}  // namespace meridian::cli
