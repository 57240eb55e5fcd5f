// Values while an expression is evaluated, and CEL's operators on them.
#ifndef ANALYSIS_SERVICE_EXPRESSION_VALUE_H_
#define ANALYSIS_SERVICE_EXPRESSION_VALUE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/expression_ast.h"
#include "analysis_service/field.h"

namespace meridian::analysis::internal {

// Bit n: UnknownReason n.
using ReasonBits = uint16_t;
constexpr ReasonBits Bit(UnknownReason reason) {
  return static_cast<ReasonBits>(1u << static_cast<int>(reason));
}
inline constexpr ReasonBits kErrorBit = Bit(UnknownReason::kError);

struct Elements;

union Scalar {
  bool flag;
  int64_t i;  // also the nanoseconds of a duration
  uint64_t u;
  double d;
  __int128 t;  // nanoseconds since 1970 of a timestamp
};

// A value; or, with kUnset, the reasons why there is none. An evaluation error
// is the reason ERROR with what went wrong in `text`.
struct Value {
  Kind kind = Kind::kUnset;
  ReasonBits reasons = 0;
  // Not exact: anything from low to high. Only int, double, timestamp.
  bool is_range = false;
  Scalar low = {.t = 0};
  Scalar high = {.t = 0};
  std::string text;  // string, bytes, constant, name of a type
  std::shared_ptr<const Elements> elements;
  std::shared_ptr<const FactObject> object;

  bool known() const { return kind != Kind::kUnset; }
  bool is_error() const { return (reasons & kErrorBit) != 0; }
  bool is_true() const { return kind == Kind::kBool && low.flag; }
  bool is_false() const { return kind == Kind::kBool && !low.flag; }
  Truth truth() const {
    return is_true()    ? Truth::kTrue
           : is_false() ? Truth::kFalse
                        : Truth::kUnknown;
  }

  static Value Unknown(ReasonBits reasons) {
    Value value;
    value.reasons = reasons;
    return value;
  }
  static Value Error(absl::string_view what) {
    Value value = Unknown(kErrorBit);
    value.text = std::string(what);
    return value;
  }
  static Value Bool(bool flag) {
    Value value;
    value.kind = Kind::kBool;
    value.low.flag = flag;
    return value;
  }
  static Value Int(int64_t low, int64_t high);
  static Value Int(int64_t number) { return Int(number, number); }
  static Value Uint(uint64_t number);
  static Value Double(double low, double high);
  static Value Double(double number) { return Double(number, number); }
  static Value Text(std::string text, Kind kind = Kind::kString);
  // Out of CEL's range: an error.
  static Value Timestamp(__int128 low, __int128 high);
  static Value Timestamp(__int128 nanos) { return Timestamp(nanos, nanos); }
  static Value Duration(__int128 nanos);
  static Value List(Elements elements);
  static Value Map(Elements elements);
};

// Of a list, or keys and values of a map.
struct Elements {
  std::vector<Value> items;
  std::vector<Value> keys;
  bool complete = true;
  ReasonBits open = 0;  // why it is not complete
  int64_t most = -1;    // most elements that it can have; -1: any number
};

// Reasons of both, errors first: what an operator gives whose operands are
// not both known.
Value Merge(const Value& a, const Value& b);

// A fact as a value. A day is its midnight, UTC.
Value FromFact(const FactValue& fact, FieldType type);
// The other way, for arguments of functions; only for what FieldDef has.
FactValue ToFact(const Value& value);

// -1, 0, 1; 2 with NaN. Of exact numbers of any types.
int CompareNumbers(const Value& a, const Value& b);

// Three-valued, or an error. `imprecise` is set when an interval or an
// incomplete list left it undecided.
Value Equal(const Value& a, const Value& b, bool* imprecise);
Value Less(const Value& a, const Value& b, bool or_equal, bool* imprecise);
Value In(const Value& item, const Value& container, bool* imprecise);
Value Arithmetic(Op op, const Value& a, const Value& b);
Value Negate(const Value& value);
Value Index(const Value& container, const Value& index);
Value Select(const Value& map, absl::string_view key);
Value HasKey(const Value& map, absl::string_view key);
// Keys that are equal or of a wrong type are errors.
Value MakeMap(Elements elements);

// Functions. `pattern` may be null.
Value CallBuiltin(const Node& node, absl::Span<const Value> arguments);
Value CallTime(Builtin builtin, absl::Span<const Value> arguments);
Value MonthsBefore(const Value& time, const Value& months);
Value ParseTimestamp(absl::string_view text);
Value ParseDuration(absl::string_view text);
std::string FormatTimestamp(__int128 nanos);
std::string FormatDuration(int64_t nanos);

// As CEL's string() writes it, with exponents from 1e+06; or from
// `first_exponential`.
std::string FormatDouble(double number, int first_exponential = 6);
// As Python's repr: "0.0", "1e+99", "inf", "nan".
std::string ReprDouble(double number);
// In a few words: "[5e+24, 2e+25]", "\"US\"", "unknown (MISSING)".
std::string DescribeWords(const Value& value);
absl::string_view TypeName(Kind kind);
absl::string_view ReasonName(UnknownReason reason);

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_VALUE_H_
