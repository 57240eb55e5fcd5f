// Answers of GetLeaderboard and CompareGroups. No gRPC: a request and a
// catalog give a response.
#ifndef ANALYSIS_SERVICE_COMPARISON_H_
#define ANALYSIS_SERVICE_COMPARISON_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Errors: those of ChooseBoard, BAD_EXPRESSION for the filter.
absl::StatusOr<v1::GetLeaderboardResponse> GetLeaderboard(
    const Question& question, const v1::GetLeaderboardRequest& request);

// Errors: those of ChooseBoard; BAD_EXPRESSION and UNKNOWN_GROUP for groups;
// InvalidArgument (BAD_REQUEST) for fewer than two groups, a name twice, or a
// range of months that is empty or longer than 240.
absl::StatusOr<v1::CompareGroupsResponse> CompareGroups(
    const Question& question, const v1::CompareGroupsRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_COMPARISON_H_
