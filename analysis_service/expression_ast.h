// The tree of an expression; shared by parser, checker and evaluator.
#ifndef ANALYSIS_SERVICE_EXPRESSION_AST_H_
#define ANALYSIS_SERVICE_EXPRESSION_AST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/expression.h"

namespace meridian::analysis::internal {

enum class Op {
  kLiteral,    // text, number, flag or seconds, by type
  kList,       // children
  kField,      // field
  kNamedList,  // text; members at evaluation, or elements when it is a set
  kName,       // parsed, not yet resolved: text may be dotted
  kNot,
  kNegate,
  kAnd,
  kOr,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kCall,  // text is the function; a method's receiver is the first child
};

enum class Kind {
  kUnset,
  kBool,
  kInt,
  kDouble,
  kString,
  kConstant,
  kTimestamp,
  kList,
  kEmptyList,  // of any element
};

struct Type {
  Kind kind = Kind::kUnset;
  Kind element = Kind::kUnset;  // of kList
  bool operator==(const Type&) const = default;
  bool is_number() const { return kind == Kind::kInt || kind == Kind::kDouble; }
};

struct Node {
  Op op = Op::kLiteral;
  Type type;
  size_t at = 0;  // byte offset in the text
  std::vector<std::shared_ptr<Node>> children;
  std::string text;
  // Exact for every int64 and every double.
  long double number = 0;
  bool flag = false;
  int64_t seconds = 0;  // timestamps, since 1970
  FieldIndex field = -1;
  bool is_method = false;
  bool is_set = false;  // a kNamedList whose elements are children
};

// BAD_EXPRESSION at a byte offset of `text`.
absl::Status ErrorAt(absl::string_view text, size_t at,
                     absl::string_view message,
                     absl::string_view suggestion = "");

// Text to tree, names unresolved, types of literals set.
absl::StatusOr<std::shared_ptr<Node>> Parse(absl::string_view text);

// Resolves names and types in place; collects fields. The root must be
// Boolean.
absl::Status Check(absl::string_view text, const Environment& environment,
                   Node* root, std::vector<FieldIndex>* fields);

// "a string", "a list of strings", for messages.
std::string Describe(const Type& type);

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_AST_H_
