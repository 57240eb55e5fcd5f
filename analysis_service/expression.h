// The language of groups, filters and policies: a strict subset of CEL
// (docs/expressions.md). Every expression that compiles is valid CEL with
// Meridian's declarations and, when all facts are known, has CEL's value. What
// is refused is refused at load, with its place.
//
// Evaluation is in strong Kleene logic: an unknown fact makes a result
// unknown, with its reason, unless the other operands settle it; so does an
// evaluation error (ERROR). Plain C++: no gRPC, threads, clocks or files.
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

// What an expression can name beside fields, functions and constants.
struct Environment {
  // Named lists of strings whose members are known only at evaluation. Where
  // a function wants a string, the name itself is meant.
  std::vector<std::string> lists;
  // Named sets of strings, as a policy defines them. They hide lists.
  std::map<std::string, std::vector<std::string>> sets;
  // Named expressions, as a policy defines them. They may use each other.
  std::map<std::string, std::string> defines = {};
};

namespace internal {
struct Node;
struct Type;
class Checker;
}  // namespace internal

// A compiled expression. Immutable; copies share.
class Expression {
 public:
  const std::string& text() const { return text_; }
  // Fields and functions it names, sorted, distinct.
  absl::Span<const FieldIndex> fields() const { return fields_; }
  absl::Span<const FunctionIndex> functions() const { return functions_; }
  // Names no field, function or list: its value never changes.
  bool closed() const { return closed_; }
  // It uses known(), so more knowledge may reverse it.
  bool uses_known() const { return uses_known_; }
  // Upper bound of the steps of one evaluation.
  uint64_t cost() const { return cost_; }
  // See expression_ast.h.
  const internal::Node& root() const { return *root_; }

 private:
  friend class internal::Checker;
  std::string text_;
  std::vector<FieldIndex> fields_;
  std::vector<FunctionIndex> functions_;
  bool closed_ = true;
  bool uses_known_ = false;
  uint64_t cost_ = 0;
  std::shared_ptr<const internal::Node> root_;
};

// Limits; over one of them an expression is refused.
inline constexpr size_t kMaxExpressionBytes = 64 << 10;
inline constexpr int kMaxExpressionDepth = 128;
inline constexpr int kMaxExpressionNodes = 2048;
inline constexpr int kMaxListElements = 1024;
inline constexpr uint64_t kMaxExpressionCost = 4'000'000;
// A list of facts is taken to have at most so many elements: offerings of a
// model, regions of each and members of a bloc can be gone through at once.
inline constexpr uint64_t kAssumedListBound = 64;

// A rule: its value is Boolean and every type is known at load. Errors:
// InvalidArgument (BAD_EXPRESSION). The message is "LINE:COLUMN: what is
// wrong; what to do", then the line and a caret; details are line, column and
// suggestion. Columns count code points from 1. An error within a define says
// so first and points into it.
absl::StatusOr<Expression> Compile(absl::string_view text,
                                   const Environment& environment);
// A rule whose value is a number or Boolean (true is 1).
absl::StatusOr<Expression> CompileNumber(absl::string_view text,
                                         const Environment& environment);
// Of any type. When it names no facts, types may be known at evaluation only
// (CEL's dyn).
absl::StatusOr<Expression> CompileValue(absl::string_view text,
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

// A function of facts that was called.
struct FactCall {
  FunctionIndex function = -1;
  bool is_method = false;
  uint64_t receiver = 0;  // FactObject::id, of a method
  std::vector<FactValue> arguments;
  FactValue value;
  bool operator==(const FactCall&) const = default;
};

// A field of an object that was looked at, e.g. of one offering.
struct ObjectFieldRead {
  std::string object;
  int field = -1;  // in ObjectFields(object)
  uint64_t id = 0;
  bool operator==(const ObjectFieldRead&) const = default;
  auto operator<=>(const ObjectFieldRead&) const = default;
};

// There is no Boolean way out: a result is T, F or U.
struct Evaluation {
  Truth truth = Truth::kUnknown;
  // Why it is unknown; sorted, distinct; empty when it is known.
  std::vector<UnknownReason> reasons;
  // With ERROR among the reasons: what went wrong, for people.
  std::string error;
  // Fields it looked at: all that the expression names.
  std::vector<FieldIndex> fields;
  // Of these, the unknown ones (and imprecise ones that left it undecided).
  std::vector<FieldIndex> unknown_fields;
  // Function calls it made, in the order of evaluation, distinct; and those
  // that left it undecided.
  std::vector<FactCall> calls;
  std::vector<FactCall> unknown_calls;
  // Fields of objects that left it undecided; sorted, distinct.
  std::vector<ObjectFieldRead> unknown_object_fields;
};

Evaluation Evaluate(const Expression& expression, const FactSource& facts);

// Only truth and reasons, faster.
struct QuickTruth {
  Truth truth = Truth::kUnknown;
  uint16_t reasons = 0;  // bit n: UnknownReason n
};
QuickTruth EvaluateTruth(const Expression& expression, const FactSource& facts);

// The value of a number, or of a Boolean as 0 or 1; an interval when facts are
// imprecise. Unknown: FactValue::unknown is its first reason.
FactValue EvaluateNumber(const Expression& expression, const FactSource& facts);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_EXPRESSION_H_
