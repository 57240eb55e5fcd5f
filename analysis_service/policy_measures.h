// What a policy leaves, and what it costs: the answers of FindBest,
// MeasureCost, MeasureConcentration and SimulateCutoff. No gRPC: a request and
// a catalog give a response. shapley.h, concentration.h, cutoff.h and
// compare.h say what the figures mean.
//
// Errors of all: those of PolicyRun::Create and ChooseBoard;
// FailedPrecondition (NOTHING_PUBLISHED); InvalidArgument (BAD_REQUEST).
#ifndef ANALYSIS_SERVICE_POLICY_MEASURES_H_
#define ANALYSIS_SERVICE_POLICY_MEASURES_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "analysis_service/judged_board.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

absl::StatusOr<v1::FindBestResponse> FindBest(
    const Question& question, const v1::FindBestRequest& request);

// Also BAD_DATE for months.
absl::StatusOr<v1::MeasureCostResponse> MeasureCost(
    const Question& question, const v1::MeasureCostRequest& request);

// The cost at as_of, for answers that need only that.
absl::StatusOr<v1::CostPoint> CostNow(const v1::RankBy& rank_by, PolicyRun& run,
                                      Answer& answer);

absl::StatusOr<v1::MeasureConcentrationResponse> MeasureConcentration(
    const Question& question, const v1::MeasureConcentrationRequest& request);

// Also BAD_DATE for stops_at; NotFound (UNKNOWN_VALUE) for a value that
// nothing has.
absl::StatusOr<v1::SimulateCutoffResponse> SimulateCutoff(
    const Question& question, const v1::SimulateCutoffRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_MEASURES_H_
