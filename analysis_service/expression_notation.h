// Values of expressions as google.protobuf.Value.
#ifndef ANALYSIS_SERVICE_EXPRESSION_NOTATION_H_
#define ANALYSIS_SERVICE_EXPRESSION_NOTATION_H_

#include <string>

#include "absl/status/statusor.h"
#include "analysis_service/expression.h"
#include "google/protobuf/struct.pb.h"

namespace meridian::analysis {

struct Notation {
  // In the notation of CEL's conformance cases, as
  // EvaluateExpressionResponse.value describes it; not set when unknown.
  google::protobuf::Value value;
  std::string words;  // "[5e+24, 2e+25]", "unknown (MISSING)"
};

// Errors: InvalidArgument (EXPRESSION_ERROR) when a closed expression has no
// value.
absl::StatusOr<Notation> EvaluateNotation(const Expression& expression,
                                          const FactSource& facts);

// The type as CEL writes it: "list(int)", "map(string, double)".
std::string TypeText(const Expression& expression);

// A call with its arguments' values: developer.controlled_from("CN", 0.25).
std::string CallText(const FactCall& call);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_NOTATION_H_
