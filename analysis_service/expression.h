// The language of groups, filters and policies: a strict subset of CEL. Every
// expression that compiles is valid CEL and, when all facts are known, has
// CEL's value. What is refused is refused at load, with its place.
//
//   or    = and { "||" and }          and  = rel { "&&" rel }
//   rel   = unary [ op unary ]        op   = == != < <= > >= in
//   unary = { "!" | "-" } member
//   member = primary { "." name [ "(" args ")" ] }
//   primary = literal | name [ "(" args ")" ] | "(" or ")" | "[" args "]"
//
// Values: bool, int, double, string, timestamp("RFC 3339"), lists; fields of
// Fields(); the constants of kConstant fields (OPEN), OPEN_DOWNLOAD, and the
// lists of the Environment. Functions: size, startsWith, endsWith, contains,
// timestamp.
//
// Evaluation is in strong Kleene logic: an unknown fact makes a result
// unknown, with its reason, unless the other operands settle it. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_EXPRESSION_H_
#define ANALYSIS_SERVICE_EXPRESSION_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// What an expression can name beside fields and constants.
struct Environment {
  // Named lists of strings whose members are known only at evaluation.
  std::vector<std::string> lists;
  // Named sets of strings, as a policy defines them. They hide lists.
  std::map<std::string, std::vector<std::string>> sets;
};

namespace internal {
struct Node;
}  // namespace internal

// A compiled expression whose value is Boolean. Immutable; copies share.
class Expression {
 public:
  const std::string& text() const { return text_; }
  // Fields it names, sorted, distinct.
  absl::Span<const FieldIndex> fields() const { return fields_; }
  const internal::Node& root() const { return *root_; }

 private:
  friend absl::StatusOr<Expression> Compile(absl::string_view text,
                                            const Environment& environment);
  std::string text_;
  std::vector<FieldIndex> fields_;
  std::shared_ptr<const internal::Node> root_;
};

// Limits; over one of them an expression is refused.
inline constexpr size_t kMaxExpressionBytes = 64 << 10;
inline constexpr int kMaxExpressionDepth = 32;
inline constexpr int kMaxExpressionNodes = 2048;
inline constexpr int kMaxListElements = 1024;

// Errors: InvalidArgument (BAD_EXPRESSION). The message is
// "LINE:COLUMN: what is wrong; what to do", then the line and a caret; details
// are line, column and suggestion. Columns count code points from 1.
absl::StatusOr<Expression> Compile(absl::string_view text,
                                   const Environment& environment);

// Where facts come from.
class FactSource {
 public:
  virtual ~FactSource() = default;
  virtual const FactValue& Get(FieldIndex field) const = 0;
  // A function of facts; `receiver` is the object whose method it is, else
  // null. `arguments` are known and of the types of its parameters; a number
  // is exact. Without functions: unknown (MISSING).
  virtual FactValue Call(FunctionIndex function, const FactObject* receiver,
                         absl::Span<const FactValue> arguments) const {
    (void)function, (void)receiver, (void)arguments;
    return FactValue::Unknown(UnknownReason::kMissing);
  }
  // Members of a list of the Environment on the day of the question.
  virtual StringList ListMembers(absl::string_view list) const = 0;
};

// There is no Boolean way out: a result is T, F or U.
struct Evaluation {
  Truth truth = Truth::kUnknown;
  // Why it is unknown; sorted, distinct; empty when it is known.
  std::vector<UnknownReason> reasons;
  // Fields it looked at: all that the expression names.
  std::vector<FieldIndex> fields;
  // Of these, the unknown ones (and imprecise ones that left it undecided).
  std::vector<FieldIndex> unknown_fields;
};

Evaluation Evaluate(const Expression& expression, const FactSource& facts);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_H_
