// The tree of an expression, shared by parser, checker, evaluator and what
// reasons about expressions. After Compile every node has its type and no
// kName is left. A tree is immutable then, and parts of it may be shared.
#ifndef ANALYSIS_SERVICE_EXPRESSION_AST_H_
#define ANALYSIS_SERVICE_EXPRESSION_AST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/field.h"

namespace re2 {
class RE2;
}  // namespace re2

namespace meridian::analysis::internal {

struct Value;

enum class Op {
  kLiteral,    // text, number, flag or nanos, by type; `value` is the same
  kList,       // children
  kMap,        // children: key, value, key, value ...
  kField,      // field
  kNamedList,  // text; members at evaluation, or children when is_set
  kName,       // parsed, not yet resolved: text
  kDefine,     // text; its expression is the child, written in `source`
  kVariable,   // slot; text
  kSelect,     // text; of a map, or field `field` of an object
  kHas,        // whether a map has the key text
  kIndex,      // of a list or map, by the second child
  kNot,
  kNegate,
  kAnd,  // two or more children
  kOr,   // two or more children
  kConditional,
  kEqual,
  kNotEqual,
  kLess,
  kLessOrEqual,
  kGreater,
  kGreaterOrEqual,
  kIn,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kModulo,
  kCall,      // builtin; text; a method's receiver is the first child
  kFactCall,  // function; with is_method the receiver is the first child
  // Quantifiers: the list or map, then what is evaluated per element; the
  // variable is slot, its name text.
  kAll,
  kExists,
  kExistsOne,
  kFilter,
  kTransform,  // map(x, value) or map(x, condition, value)
};

// What an expression or a value is.
enum class Kind : uint8_t {
  kUnset,  // of a value: unknown
  kDyn,    // known at evaluation only; not in rules
  kNull,
  kBool,
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kConstant,  // of a kConstant field
  kTimestamp,
  kDuration,
  kList,
  kMap,
  kType,
  kObject,  // of facts
};

struct Type {
  Kind kind = Kind::kUnset;
  // Of kList and of the values of kMap; null: empty, so of any element.
  std::shared_ptr<const Type> element;
  std::shared_ptr<const Type> key;  // of kMap
  std::string object;               // of kObject: "offering"

  bool operator==(const Type& other) const;
  bool is_number() const {
    return kind == Kind::kInt || kind == Kind::kUint || kind == Kind::kDouble;
  }
  bool is_dyn() const { return kind == Kind::kDyn; }
  static Type ListOf(Type element);
  static Type MapOf(Type key, Type value);
};

enum class Builtin : uint8_t {
  kNone,
  kSize,
  kContains,
  kStartsWith,
  kEndsWith,
  kMatches,
  kToBool,
  kToInt,
  kToUint,
  kToDouble,
  kToString,
  kToBytes,
  kToTimestamp,
  kToDuration,
  kTypeOf,
  kToDyn,
  kFullYear,
  kMonth,
  kDate,
  kDayOfMonth,
  kDayOfWeek,
  kDayOfYear,
  kHours,
  kMinutes,
  kSeconds,
  kMilliseconds,
  kMonthsBefore,
  kKnown,  // never unknown; what uses it is not monotone
};

struct Node {
  Op op = Op::kLiteral;
  Type type;
  size_t at = 0;              // byte offset of what errors point to
  size_t begin = 0, end = 0;  // bytes of the part as written
  std::vector<std::shared_ptr<Node>> children;
  std::string text;
  // Exact for every int64, uint64 and double.
  long double number = 0;
  bool flag = false;
  __int128 nanos = 0;  // timestamps since 1970, durations
  FieldIndex field = -1;
  FunctionIndex function = -1;
  Builtin builtin = Builtin::kNone;
  int slot = -1;
  int depth = 0;  // of the tree below
  bool is_method = false;
  bool is_set = false;  // a kNamedList whose elements are children
  bool parenthesized = false;
  std::shared_ptr<const std::string> source;  // of kDefine
  std::shared_ptr<const Value> value;         // of kLiteral and sets
  std::shared_ptr<const re2::RE2> pattern;    // of kMatches, when literal
  // Bounds: elements of any list in the value, bytes of any string in it.
  uint64_t bound = 0;
  uint64_t bytes = 0;
};

using NodePtr = std::shared_ptr<Node>;

// BAD_EXPRESSION at a byte offset of `text`.
absl::Status ErrorAt(absl::string_view text, size_t at,
                     absl::string_view message,
                     absl::string_view suggestion = "");

// Text to tree, names unresolved, types of literals set.
absl::StatusOr<NodePtr> Parse(absl::string_view text);

// "a string", "a list of strings", for messages.
std::string Describe(const Type& type);

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_AST_H_
