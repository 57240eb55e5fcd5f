// How an expression came to its value, part by part; proofs are made of it.
#ifndef ANALYSIS_SERVICE_EXPRESSION_TRACE_H_
#define ANALYSIS_SERVICE_EXPRESSION_TRACE_H_

#include <string>
#include <vector>

#include "analysis_service/expression.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// One part whose value is Boolean, or the whole expression.
struct Trace {
  // As written, e.g. "model.country in EU"; a define by its name.
  std::string text;
  // Of an element of a quantifier: "c = \"CN\"".
  std::string binding;
  // kUnknown also for a value that is not Boolean.
  Truth truth = Truth::kUnknown;
  // The value in words: "true", "unknown (MISSING)", "42".
  std::string value;
  // A comparison with the values in their places: "\"US\" == \"CN\"".
  std::string compared;
  std::vector<UnknownReason> reasons;
  // Looked at in this part and not in its children; as first seen, distinct.
  std::vector<FieldIndex> fields;
  std::vector<FactCall> calls;
  std::vector<ObjectFieldRead> object_fields;
  std::vector<Trace> children;
  // Elements of a quantifier beyond kMaxTraceElements, which were evaluated
  // and are not shown.
  size_t hidden = 0;
};

inline constexpr size_t kMaxTraceElements = 64;

Trace EvaluateTraced(const Expression& expression, const FactSource& facts);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_TRACE_H_
