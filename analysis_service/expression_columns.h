// One expression for many subjects at once. What reads one column is evaluated
// once per distinct value, what reads several once per distinct combination;
// &&, || and ! go over arrays. The result is that of Evaluate, row by row.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_EXPRESSION_COLUMNS_H_
#define ANALYSIS_SERVICE_EXPRESSION_COLUMNS_H_

#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/expression.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// Values of one field, or of one call, for every subject.
struct Column {
  absl::Span<const FactValue> dictionary;  // distinct values
  absl::Span<const uint32_t> codes;        // per subject, into the dictionary
};

class ColumnSource {
 public:
  virtual ~ColumnSource() = default;
  // Subjects.
  virtual size_t size() const = 0;
  // Columns live as long as the source.
  virtual Column Field(FieldIndex field) = 0;
  // A function without receiver, with these arguments for every subject.
  virtual Column Call(FunctionIndex function,
                      absl::Span<const FactValue> arguments) = 0;
  virtual StringList ListMembers(absl::string_view list) = 0;
  // One subject, for what is not columnar: objects and their methods, calls
  // whose arguments are facts. Valid until the next call.
  virtual const FactSource& Row(size_t subject) = 0;
};

struct TruthColumn {
  std::vector<Truth> truth;
  std::vector<uint16_t> reasons;  // bit n: UnknownReason n; 0 when known
};

TruthColumn EvaluateColumns(const Expression& expression, ColumnSource& source);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_COLUMNS_H_
