// Names and types of an expression, resolved in place.
#ifndef ANALYSIS_SERVICE_EXPRESSION_CHECK_H_
#define ANALYSIS_SERVICE_EXPRESSION_CHECK_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_ast.h"

namespace meridian::analysis::internal {

// What the value must be.
enum class Want { kBool, kNumber, kAny };

// Whether values of both can be one type; `joined` (may be null) is it. dyn
// wins; an empty list is of any element.
bool Join(const Type& a, const Type& b, Type* joined);
// Join, but int, uint and double have an order among each other.
bool CanOrder(const Type& a, const Type& b);

// What an expression and its defines share while they are checked.
struct CheckState {
  const Environment* environment = nullptr;
  Want want = Want::kBool;
  std::set<FieldIndex> fields;
  std::set<FunctionIndex> functions;
  bool closed = true;
  bool uses_known = false;
  std::map<std::string, NodePtr> defines;  // checked
  std::vector<std::string> stack;          // being checked
  // Where a type is known at evaluation only; the error if that is refused.
  absl::Status dyn;
};

class Checker {
 public:
  static absl::StatusOr<Expression> Run(absl::string_view text,
                                        const Environment& environment,
                                        Want want);

 private:
  Checker(absl::string_view text, CheckState* state)
      : text_(text), state_(*state) {}

  absl::Status Error(const Node& node, absl::string_view message,
                     absl::string_view suggestion = "") const {
    return ErrorAt(text_, node.at, message, suggestion);
  }
  // An error in rules; else remembered until it is known whether the
  // expression is closed.
  absl::Status Dynamic(const Node& node, absl::string_view message);

  absl::Status Visit(Node* node);
  absl::Status VisitChildren(Node* node);

  // expression_check.cc
  absl::Status CheckList(Node* node);
  absl::Status CheckMap(Node* node);
  absl::Status CheckLogic(Node* node);
  absl::Status CheckConditional(Node* node);
  absl::Status CheckNegate(Node* node);
  absl::Status CheckArithmetic(Node* node);
  absl::Status CheckComparison(Node* node);
  absl::Status CheckPair(const Node& at, const Node& left, const Node& right,
                         bool ordered) const;
  absl::Status CheckIn(Node* node);
  absl::Status CheckIndex(Node* node);

  // expression_names.cc
  absl::Status ResolveName(Node* node);
  absl::Status ResolveSelect(Node* node);
  absl::StatusOr<bool> ResolveDotted(Node* node, const std::string& name);
  absl::Status ExpandSet(Node* node, std::vector<std::string> members,
                         Kind element);
  absl::Status ExpandDefine(Node* node, const std::string& name);
  absl::Status UnknownName(const Node& node, const std::string& name) const;
  std::vector<std::string> AllNames() const;
  // "a.b.c" of a chain of names whose root is no variable.
  std::optional<std::string> Dotted(const Node& node) const;
  int FindVariable(absl::string_view name) const;

  // expression_calls.cc
  absl::Status CheckCall(Node* node);
  absl::StatusOr<bool> CheckFactFunction(Node* node);
  absl::StatusOr<bool> CheckMethod(Node* node);
  absl::Status CheckArguments(Node* node, size_t first);
  absl::Status CheckArgument(Node* argument, FieldType type,
                             const std::string& function);
  absl::Status CheckMacro(Node* node, Op op);
  absl::Status CheckHas(Node* node);
  absl::Status CheckBuiltin(Node* node);
  absl::Status CheckTextFunction(Node* node);
  absl::Status CheckConversion(Node* node);
  absl::Status CheckTimeFunction(Node* node);
  absl::Status FoldLiteral(Node* node);
  absl::Status UnknownFunction(const Node& node);

  const absl::string_view text_;
  CheckState& state_;
  std::vector<std::pair<std::string, Type>> scope_;  // variables, by slot
};

// Sets `value` of literals, bounds and depth; returns the cost. Errors: over
// the budget, or too deep.
absl::StatusOr<uint64_t> Finish(absl::string_view text, Node* root);

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_CHECK_H_
