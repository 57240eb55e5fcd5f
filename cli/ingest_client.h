// Calls of the ingest service, for code that does not know gRPC.
#ifndef CLI_INGEST_CLIENT_H_
#define CLI_INGEST_CLIENT_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::cli {

// Every call waits at most `timeout`. Errors are those of the service;
// Unavailable and DeadlineExceeded name the service and its address. Not
// thread-safe.
class IngestClient {
 public:
  IngestClient(const std::string& address, absl::Duration timeout);
  ~IngestClient();
  IngestClient(const IngestClient&) = delete;
  IngestClient& operator=(const IngestClient&) = delete;

  absl::StatusOr<v1::GetIngestStatusResponse> Call(
      const v1::GetIngestStatusRequest& request);
  absl::StatusOr<v1::ListSourcesResponse> Call(
      const v1::ListSourcesRequest& request);
  absl::StatusOr<v1::GetSourceResponse> Call(
      const v1::GetSourceRequest& request);
  absl::StatusOr<v1::CheckSourceResponse> Call(
      const v1::CheckSourceRequest& request);
  absl::StatusOr<v1::ListRunsResponse> Call(const v1::ListRunsRequest& request);
  absl::StatusOr<v1::GetRunResponse> Call(const v1::GetRunRequest& request);
  absl::StatusOr<v1::CancelRunResponse> Call(
      const v1::CancelRunRequest& request);
  absl::StatusOr<v1::ListRejectedResponse> Call(
      const v1::ListRejectedRequest& request);
  absl::StatusOr<v1::ListSnapshotsResponse> Call(
      const v1::ListSnapshotsRequest& request);
  absl::StatusOr<v1::GetEvidenceResponse> Call(
      const v1::GetEvidenceRequest& request);

  absl::StatusOr<v1::DecideHeldResponse> Call(
      const v1::DecideHeldRequest& request);

  // Runs a source and hands on what it tells until the run ends. A load may
  // take long, so this call has no deadline.
  absl::Status Run(
      const v1::RunSourceRequest& request,
      const std::function<void(const v1::RunSourceResponse&)>& handle);

  // Hands on the bytes of a document in order.
  absl::Status Read(const v1::ReadDocumentRequest& request,
                    const std::function<void(absl::string_view)>& handle);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_INGEST_CLIENT_H_
