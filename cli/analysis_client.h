// Calls of the analysis service, for code that does not know gRPC.
#ifndef CLI_ANALYSIS_CLIENT_H_
#define CLI_ANALYSIS_CLIENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {

// Every call waits at most `timeout`. Errors are those of the service;
// Unavailable and DeadlineExceeded name the service and its address. Not
// thread-safe.
class AnalysisClient {
 public:
  AnalysisClient(const std::string& address, absl::Duration timeout);
  ~AnalysisClient();
  AnalysisClient(const AnalysisClient&) = delete;
  AnalysisClient& operator=(const AnalysisClient&) = delete;

  absl::StatusOr<v1::GetAnalysisStatusResponse> Call(
      const v1::GetAnalysisStatusRequest& request);
  absl::StatusOr<v1::ListBoardsResponse> Call(
      const v1::ListBoardsRequest& request);
  absl::StatusOr<v1::ListModelsResponse> Call(
      const v1::ListModelsRequest& request);
  absl::StatusOr<v1::GetModelResponse> Call(const v1::GetModelRequest& request);
  absl::StatusOr<v1::ListOrganizationsResponse> Call(
      const v1::ListOrganizationsRequest& request);
  absl::StatusOr<v1::ListOfferingsResponse> Call(
      const v1::ListOfferingsRequest& request);
  absl::StatusOr<v1::GetLeaderboardResponse> Call(
      const v1::GetLeaderboardRequest& request);
  absl::StatusOr<v1::CompareGroupsResponse> Call(
      const v1::CompareGroupsRequest& request);
  absl::StatusOr<v1::ListIndicatorsResponse> Call(
      const v1::ListIndicatorsRequest& request);
  absl::StatusOr<v1::ListFieldsResponse> Call(
      const v1::ListFieldsRequest& request);
  absl::StatusOr<v1::EvaluateExpressionResponse> Call(
      const v1::EvaluateExpressionRequest& request);
  absl::StatusOr<v1::GetLagResponse> Call(const v1::GetLagRequest& request);
  absl::StatusOr<v1::ListUnresolvedNamesResponse> Call(
      const v1::ListUnresolvedNamesRequest& request);
  absl::StatusOr<v1::CompareIndicatorsResponse> Call(
      const v1::CompareIndicatorsRequest& request);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_ANALYSIS_CLIENT_H_
