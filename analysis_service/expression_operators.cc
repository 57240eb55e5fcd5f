// CEL's operators on values; on intervals where facts are imprecise.
#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression_value.h"

namespace meridian::analysis::internal {
namespace {

constexpr int64_t kMinInt = std::numeric_limits<int64_t>::min();

Value Imprecise() { return Value::Unknown(Bit(UnknownReason::kImprecise)); }
Value NoOverload() { return Value::Error("no such overload"); }

bool IsNumber(const Value& value) {
  return value.kind == Kind::kInt || value.kind == Kind::kUint ||
         value.kind == Kind::kDouble;
}

long double LowOf(const Value& value) {
  return value.kind == Kind::kInt    ? static_cast<long double>(value.low.i)
         : value.kind == Kind::kUint ? static_cast<long double>(value.low.u)
                                     : static_cast<long double>(value.low.d);
}
long double HighOf(const Value& value) {
  return value.kind == Kind::kInt    ? static_cast<long double>(value.high.i)
         : value.kind == Kind::kUint ? static_cast<long double>(value.low.u)
                                     : static_cast<long double>(value.high.d);
}

// The ends of two numbers as CEL compares them: exact among int and uint; with
// a double both are doubles, so 2^63 - 1 equals 2^63.
struct Ends {
  Ends(const Value& a, const Value& b)
      : a_low(LowOf(a)), a_high(HighOf(a)), b_low(LowOf(b)), b_high(HighOf(b)) {
    if (a.kind != Kind::kDouble && b.kind != Kind::kDouble) return;
    for (long double* end : {&a_low, &a_high, &b_low, &b_high}) {
      *end = static_cast<double>(*end);
    }
  }
  long double a_low, a_high, b_low, b_high;
};

Value EqualIntervals(bool apart, bool exact, bool* imprecise) {
  if (apart) return Value::Bool(false);
  if (exact) return Value::Bool(true);
  *imprecise = true;
  return Imprecise();
}

Value EqualLists(const Value& a, const Value& b, bool* imprecise) {
  const Elements& x = *a.elements;
  const Elements& y = *b.elements;
  if (!x.complete || !y.complete) {
    *imprecise = true;
    return Value::Unknown(x.open | y.open);
  }
  if (x.items.size() != y.items.size()) return Value::Bool(false);
  Value open;
  for (size_t i = 0; i < x.items.size(); ++i) {
    Value equal = Equal(x.items[i], y.items[i], imprecise);
    if (equal.is_false()) return equal;
    if (!equal.known()) open = Merge(open, equal);
  }
  return open.reasons != 0 ? open : Value::Bool(true);
}

Value EqualMaps(const Value& a, const Value& b, bool* imprecise) {
  const Elements& x = *a.elements;
  const Elements& y = *b.elements;
  if (x.keys.size() != y.keys.size()) return Value::Bool(false);
  Value open;
  for (size_t i = 0; i < x.keys.size(); ++i) {
    bool found = false;
    for (size_t j = 0; j < y.keys.size() && !found; ++j) {
      if (!Equal(x.keys[i], y.keys[j], imprecise).is_true()) continue;
      found = true;
      Value equal = Equal(x.items[i], y.items[j], imprecise);
      if (equal.is_false()) return equal;
      if (!equal.known()) open = Merge(open, equal);
    }
    if (!found) return Value::Bool(false);
  }
  return open.reasons != 0 ? open : Value::Bool(true);
}

Value FromOrder(int order, bool or_equal) {
  return Value::Bool(order < 0 || (or_equal && order == 0));
}

template <typename T>
Value LessIntervals(T a_low, T a_high, T b_low, T b_high, bool or_equal,
                    bool* imprecise) {
  if (or_equal ? a_high <= b_low : a_high < b_low) return Value::Bool(true);
  if (or_equal ? a_low > b_high : a_low >= b_high) return Value::Bool(false);
  *imprecise = true;
  return Imprecise();
}

bool IsNan(const Value& value) {
  return value.kind == Kind::kDouble &&
         (std::isnan(value.low.d) || std::isnan(value.high.d));
}

// Exact results of one operation on ints; false: overflow.
bool IntOp(Op op, int64_t a, int64_t b, int64_t* out) {
  switch (op) {
    case Op::kAdd:
      return !__builtin_add_overflow(a, b, out);
    case Op::kSubtract:
      return !__builtin_sub_overflow(a, b, out);
    case Op::kMultiply:
      return !__builtin_mul_overflow(a, b, out);
    case Op::kDivide:
      if (a == kMinInt && b == -1) return false;
      *out = a / b;
      return true;
    default:
      if (a == kMinInt && b == -1) return false;
      *out = a % b;
      return true;
  }
}

Value DivisionByZero(Op op) {
  return Value::Error(op == Op::kDivide ? "divide by zero" : "modulus by zero");
}

Value IntArithmetic(Op op, const Value& a, const Value& b) {
  const bool divides = op == Op::kDivide || op == Op::kModulo;
  if (divides && b.low.i <= 0 && b.high.i >= 0) {
    return b.is_range ? Imprecise() : DivisionByZero(op);
  }
  if (op == Op::kModulo && (a.is_range || b.is_range)) return Imprecise();
  int64_t corners[4];
  int overflows = 0;
  int n = 0;
  for (const int64_t x : {a.low.i, a.high.i}) {
    for (const int64_t y : {b.low.i, b.high.i}) {
      if (!IntOp(op, x, y, &corners[n++])) ++overflows;
    }
  }
  if (overflows == 4) return Value::Error("int overflow");
  if (overflows > 0) return Imprecise();
  return Value::Int(*std::min_element(corners, corners + 4),
                    *std::max_element(corners, corners + 4));
}

Value UintArithmetic(Op op, uint64_t a, uint64_t b) {
  uint64_t out = 0;
  bool overflow = false;
  switch (op) {
    case Op::kAdd:
      overflow = __builtin_add_overflow(a, b, &out);
      break;
    case Op::kSubtract:
      overflow = __builtin_sub_overflow(a, b, &out);
      break;
    case Op::kMultiply:
      overflow = __builtin_mul_overflow(a, b, &out);
      break;
    default:
      if (b == 0) return DivisionByZero(op);
      out = op == Op::kDivide ? a / b : a % b;
  }
  if (overflow) return Value::Error("uint overflow");
  return Value::Uint(out);
}

double DoubleOp(Op op, double a, double b) {
  switch (op) {
    case Op::kAdd:
      return a + b;
    case Op::kSubtract:
      return a - b;
    case Op::kMultiply:
      return a * b;
    default:
      return a / b;
  }
}

// Rounding is monotone, so corners bound every result between.
Value DoubleArithmetic(Op op, const Value& a, const Value& b) {
  if (op == Op::kModulo) return NoOverload();
  if (!a.is_range && !b.is_range) {
    return Value::Double(DoubleOp(op, a.low.d, b.low.d));
  }
  if (op == Op::kDivide && b.low.d <= 0 && b.high.d >= 0) return Imprecise();
  double low = std::numeric_limits<double>::infinity(), high = -low;
  for (const double x : {a.low.d, a.high.d}) {
    for (const double y : {b.low.d, b.high.d}) {
      const double corner = DoubleOp(op, x, y);
      if (std::isnan(corner)) return Imprecise();
      low = std::min(low, corner);
      high = std::max(high, corner);
    }
  }
  return Value::Double(low, high);
}

Value TimeArithmetic(Op op, const Value& a, const Value& b) {
  const bool a_time = a.kind == Kind::kTimestamp;
  const bool b_time = b.kind == Kind::kTimestamp;
  if (op == Op::kAdd && a_time != b_time) {
    const Value& time = a_time ? a : b;
    const int64_t by = (a_time ? b : a).low.i;
    const Value low = Value::Timestamp(time.low.t + by);
    const Value high = Value::Timestamp(time.high.t + by);
    if (low.known() != high.known()) return Imprecise();
    return Value::Timestamp(time.low.t + by, time.high.t + by);
  }
  if (op == Op::kAdd && !a_time) {
    return Value::Duration(static_cast<__int128>(a.low.i) + b.low.i);
  }
  if (op != Op::kSubtract) return NoOverload();
  if (!a_time && !b_time) {
    return Value::Duration(static_cast<__int128>(a.low.i) - b.low.i);
  }
  if (a_time && b_time) {
    if (a.is_range || b.is_range) return Imprecise();
    return Value::Duration(a.low.t - b.low.t);
  }
  if (b_time) return NoOverload();
  Value minus = b;
  const Value low = Value::Timestamp(a.low.t - minus.low.i);
  const Value high = Value::Timestamp(a.high.t - minus.low.i);
  if (low.known() != high.known()) return Imprecise();
  return Value::Timestamp(a.low.t - minus.low.i, a.high.t - minus.low.i);
}

Value Concatenate(const Value& a, const Value& b) {
  Elements joined = *a.elements;
  joined.items.insert(joined.items.end(), b.elements->items.begin(),
                      b.elements->items.end());
  joined.complete = a.elements->complete && b.elements->complete;
  joined.open |= b.elements->open;
  joined.most = -1;
  return Value::List(std::move(joined));
}

bool IsKey(Kind kind) {
  return kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kUint ||
         kind == Kind::kString || kind == Kind::kConstant;
}

// The position in a list that a number names; -1: none.
int64_t Position(const Value& index) {
  if (index.kind == Kind::kInt) return index.low.i;
  if (index.kind == Kind::kUint) {
    return index.low.u > INT64_MAX ? -1 : static_cast<int64_t>(index.low.u);
  }
  if (index.kind == Kind::kDouble && index.low.d == std::floor(index.low.d) &&
      std::abs(index.low.d) < 1e15) {
    return static_cast<int64_t>(index.low.d);
  }
  return -1;
}

}  // namespace

int CompareNumbers(const Value& a, const Value& b) {
  if (IsNan(a) || IsNan(b)) return 2;
  const Ends ends(a, b);
  return ends.a_low < ends.b_low ? -1 : ends.a_low > ends.b_low ? 1 : 0;
}

Value Equal(const Value& a, const Value& b, bool* imprecise) {
  if (!a.known() || !b.known()) return Merge(a, b);
  if (IsNumber(a) && IsNumber(b)) {
    if (IsNan(a) || IsNan(b)) return Value::Bool(false);
    const Ends ends(a, b);
    return EqualIntervals(ends.a_high < ends.b_low || ends.b_high < ends.a_low,
                          !a.is_range && !b.is_range, imprecise);
  }
  if (a.kind != b.kind) return Value::Bool(false);
  switch (a.kind) {
    case Kind::kNull:
      return Value::Bool(true);
    case Kind::kBool:
      return Value::Bool(a.low.flag == b.low.flag);
    case Kind::kTimestamp:
      return EqualIntervals(a.high.t < b.low.t || b.high.t < a.low.t,
                            !a.is_range && !b.is_range, imprecise);
    case Kind::kDuration:
      return Value::Bool(a.low.i == b.low.i);
    case Kind::kList:
      return EqualLists(a, b, imprecise);
    case Kind::kMap:
      return EqualMaps(a, b, imprecise);
    case Kind::kObject:
      return Value::Bool(a.object == b.object);
    default:
      return Value::Bool(a.text == b.text);
  }
}

Value Less(const Value& a, const Value& b, bool or_equal, bool* imprecise) {
  if (!a.known() || !b.known()) return Merge(a, b);
  if (IsNumber(a) && IsNumber(b)) {
    if (IsNan(a) || IsNan(b)) return Value::Bool(false);
    const Ends ends(a, b);
    return LessIntervals(ends.a_low, ends.a_high, ends.b_low, ends.b_high,
                         or_equal, imprecise);
  }
  if (a.kind != b.kind) return NoOverload();
  switch (a.kind) {
    case Kind::kBool:
      return FromOrder(a.low.flag - b.low.flag, or_equal);
    case Kind::kString:
    case Kind::kBytes:
      return FromOrder(a.text.compare(b.text), or_equal);
    case Kind::kTimestamp:
      return LessIntervals(a.low.t, a.high.t, b.low.t, b.high.t, or_equal,
                           imprecise);
    case Kind::kDuration:
      return FromOrder((a.low.i > b.low.i) - (a.low.i < b.low.i), or_equal);
    default:
      return NoOverload();
  }
}

Value In(const Value& item, const Value& container, bool* imprecise) {
  if (!container.known()) {
    return item.is_error() ? Merge(item, container) : container;
  }
  if (item.is_error()) return item;
  if (container.kind == Kind::kMap) {
    if (!item.known()) return item;
    bool found = false;
    for (const Value& key : container.elements->keys) {
      found = found || Equal(item, key, imprecise).is_true();
    }
    if (!found && *imprecise) return Imprecise();
    return Value::Bool(found);
  }
  if (container.kind != Kind::kList) return NoOverload();
  const Elements& elements = *container.elements;
  Value open;
  for (const Value& candidate : elements.items) {
    Value equal = Equal(item, candidate, imprecise);
    if (equal.is_true()) return equal;
    if (!equal.known()) open = Merge(open, equal);
  }
  if (!elements.complete) {
    *imprecise = true;
    open.reasons |= elements.open;
  }
  return open.reasons != 0 ? open : Value::Bool(false);
}

Value Arithmetic(Op op, const Value& a, const Value& b) {
  if (!a.known() || !b.known()) return Merge(a, b);
  const auto is_time = [](const Value& value) {
    return value.kind == Kind::kTimestamp || value.kind == Kind::kDuration;
  };
  if (is_time(a) && is_time(b)) return TimeArithmetic(op, a, b);
  if (a.kind != b.kind) return NoOverload();
  switch (a.kind) {
    case Kind::kInt:
      return IntArithmetic(op, a, b);
    case Kind::kUint:
      return UintArithmetic(op, a.low.u, b.low.u);
    case Kind::kDouble:
      return DoubleArithmetic(op, a, b);
    case Kind::kString:
    case Kind::kBytes:
      if (op == Op::kAdd) return Value::Text(a.text + b.text, a.kind);
      return NoOverload();
    case Kind::kList:
      if (op == Op::kAdd) return Concatenate(a, b);
      return NoOverload();
    default:
      return NoOverload();
  }
}

Value Negate(const Value& value) {
  if (!value.known()) return value;
  if (value.kind == Kind::kDouble) {
    return value.is_range ? Value::Double(-value.high.d, -value.low.d)
                          : Value::Double(-value.low.d);
  }
  if (value.kind != Kind::kInt) return NoOverload();
  if (value.low.i == kMinInt) {
    return value.is_range ? Imprecise() : Value::Error("int overflow");
  }
  return Value::Int(-value.high.i, -value.low.i);
}

Value Index(const Value& container, const Value& index) {
  if (!container.known() || !index.known()) return Merge(container, index);
  const Elements* elements = container.elements.get();
  if (container.kind == Kind::kMap) {
    bool imprecise = false;
    for (size_t i = 0; i < elements->keys.size(); ++i) {
      const Value equal = Equal(index, elements->keys[i], &imprecise);
      if (equal.is_true()) return elements->items[i];
    }
    if (imprecise) return Imprecise();
    return Value::Error(absl::StrCat("no such key: ", DescribeWords(index)));
  }
  if (container.kind != Kind::kList || !IsNumber(index)) {
    return Value::Error("no such overload: lists are indexed by int");
  }
  if (!elements->complete) return Value::Unknown(elements->open);
  if (index.is_range) return Imprecise();
  const int64_t position = Position(index);
  if (position < 0 ||
      position >= static_cast<int64_t>(elements->items.size())) {
    return Value::Error(
        absl::StrCat("index out of range: ", DescribeWords(index)));
  }
  return elements->items[position];
}

Value Select(const Value& map, absl::string_view key) {
  if (!map.known()) return map;
  if (map.kind != Kind::kMap) {
    return Value::Error(absl::StrCat("no field '", key, "'"));
  }
  return Index(map, Value::Text(std::string(key)));
}

Value HasKey(const Value& map, absl::string_view key) {
  if (!map.known()) return map;
  if (map.kind != Kind::kMap) return NoOverload();
  bool imprecise = false;
  return In(Value::Text(std::string(key)), map, &imprecise);
}

Value MakeMap(Elements elements) {
  bool imprecise = false;
  Value open;
  for (size_t i = 0; i < elements.keys.size(); ++i) {
    const Value& key = elements.keys[i];
    if (!key.known()) {
      open = Merge(open, key);
      continue;
    }
    if (!IsKey(key.kind)) return Value::Error("unsupported key type");
    if (elements.items[i].is_error()) open = Merge(open, elements.items[i]);
    for (size_t j = 0; j < i; ++j) {
      if (Equal(key, elements.keys[j], &imprecise).is_true()) {
        return Value::Error(absl::StrCat("repeated key: ", DescribeWords(key)));
      }
    }
  }
  if (imprecise) open.reasons |= Bit(UnknownReason::kImprecise);
  if (open.reasons != 0) return open;
  return Value::Map(std::move(elements));
}

}  // namespace meridian::analysis::internal
