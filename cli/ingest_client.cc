#include "cli/ingest_client.h"

#include "cli/call.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::cli {

using Stub = v1::IngestService::Stub;

struct IngestClient::State {
  Endpoint endpoint;
  std::unique_ptr<Stub> stub;
};

IngestClient::IngestClient(const std::string& address, absl::Duration timeout)
    : state_(new State{{"ingest", address, timeout},
                       v1::IngestService::NewStub(rpc::MakeChannel(address))}) {
}

IngestClient::~IngestClient() = default;

absl::StatusOr<v1::GetIngestStatusResponse> IngestClient::Call(
    const v1::GetIngestStatusRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetIngestStatus,
                   request);
}

absl::StatusOr<v1::ListSourcesResponse> IngestClient::Call(
    const v1::ListSourcesRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListSources,
                   request);
}

absl::StatusOr<v1::GetSourceResponse> IngestClient::Call(
    const v1::GetSourceRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetSource, request);
}

absl::StatusOr<v1::CheckSourceResponse> IngestClient::Call(
    const v1::CheckSourceRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::CheckSource,
                   request);
}

absl::StatusOr<v1::ListRunsResponse> IngestClient::Call(
    const v1::ListRunsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListRuns, request);
}

absl::StatusOr<v1::GetRunResponse> IngestClient::Call(
    const v1::GetRunRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetRun, request);
}

absl::StatusOr<v1::CancelRunResponse> IngestClient::Call(
    const v1::CancelRunRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::CancelRun, request);
}

absl::StatusOr<v1::ListRejectedResponse> IngestClient::Call(
    const v1::ListRejectedRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListRejected,
                   request);
}

absl::StatusOr<v1::ListSnapshotsResponse> IngestClient::Call(
    const v1::ListSnapshotsRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::ListSnapshots,
                   request);
}

absl::StatusOr<v1::GetEvidenceResponse> IngestClient::Call(
    const v1::GetEvidenceRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::GetEvidence,
                   request);
}

absl::StatusOr<v1::DecideHeldResponse> IngestClient::Call(
    const v1::DecideHeldRequest& request) {
  return UnaryCall(state_->endpoint, *state_->stub, &Stub::DecideHeld, request);
}

absl::Status IngestClient::Run(
    const v1::RunSourceRequest& request,
    const std::function<void(const v1::RunSourceResponse&)>& handle) {
  grpc::ClientContext context;
  const auto reader = state_->stub->RunSource(&context, request);
  v1::RunSourceResponse response;
  while (reader->Read(&response)) handle(response);
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return CallError(state_->endpoint, status);
  return absl::OkStatus();
}

absl::Status IngestClient::Read(
    const v1::ReadDocumentRequest& request,
    const std::function<void(absl::string_view)>& handle) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, state_->endpoint.timeout);
  const auto reader = state_->stub->ReadDocument(&context, request);
  v1::ReadDocumentResponse response;
  while (reader->Read(&response)) handle(response.data());
  const grpc::Status status = reader->Finish();
  if (!status.ok()) return CallError(state_->endpoint, status);
  return absl::OkStatus();
}

}  // namespace meridian::cli
