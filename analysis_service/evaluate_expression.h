// One expression, evaluated by itself or over one model.
#ifndef ANALYSIS_SERVICE_EVALUATE_EXPRESSION_H_
#define ANALYSIS_SERVICE_EVALUATE_EXPRESSION_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// Errors: InvalidArgument (BAD_EXPRESSION; EXPRESSION_ERROR: a closed
// expression has no value; MODEL_REQUIRED), those of FindModel.
absl::StatusOr<v1::EvaluateExpressionResponse> EvaluateExpression(
    const Question& question, const v1::EvaluateExpressionRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EVALUATE_EXPRESSION_H_
