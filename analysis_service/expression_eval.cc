#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "analysis_service/expression_ast.h"

namespace meridian::analysis {
namespace {

using internal::Kind;
using internal::Node;
using internal::Op;

constexpr int64_t kSecondsPerDay = 86400;

// A closed range of numbers or of seconds; exact when its ends are equal.
struct Range {
  long double low = 0;
  long double high = 0;
  bool exact() const { return low == high; }
};

using Reasons = std::set<UnknownReason>;

struct Value;
struct Elements {
  std::vector<Value> items;
  bool complete = true;
};

// A value, or why there is none. Booleans are three-valued: `truth`.
struct Value {
  Reasons unknown;  // empty: known
  Truth truth = Truth::kUnknown;
  std::variant<std::monostate, std::string, Range, Elements> data;

  bool known() const { return unknown.empty(); }
  const std::string& text() const { return std::get<std::string>(data); }
  const Range& range() const { return std::get<Range>(data); }
  const Elements& elements() const { return std::get<Elements>(data); }
};

Value FromTruth(Truth truth, Reasons reasons = {}) {
  Value value;
  value.truth = truth;
  if (truth == Truth::kUnknown) value.unknown = std::move(reasons);
  return value;
}
Value FromBool(bool flag) {
  return FromTruth(flag ? Truth::kTrue : Truth::kFalse);
}
Value FromText(std::string text) {
  Value value;
  value.data = std::move(text);
  return value;
}
Value FromRange(long double low, long double high) {
  Value value;
  value.data = Range{low, high};
  return value;
}
Value FromElements(Elements elements) {
  Value value;
  value.data = std::move(elements);
  return value;
}
Value Unknown(Reasons reasons) {
  Value value;
  value.unknown = std::move(reasons);
  return value;
}

Truth Not(Truth truth) {
  switch (truth) {
    case Truth::kTrue:
      return Truth::kFalse;
    case Truth::kFalse:
      return Truth::kTrue;
    case Truth::kUnknown:
      break;
  }
  return Truth::kUnknown;
}

struct FactToValue {
  Value operator()(std::monostate) const {
    return Unknown({UnknownReason::kMissing});
  }
  Value operator()(const std::string& text) const { return FromText(text); }
  Value operator()(const std::shared_ptr<const ObjectList>&) const {
    return Unknown({UnknownReason::kMissing});
  }
  Value operator()(const NumberRange& range) const {
    return FromRange(range.low, range.high);
  }
  Value operator()(bool flag) const { return FromBool(flag); }
  Value operator()(const StringList& list) const {
    Elements elements;
    for (const std::string& item : list.items) {
      elements.items.push_back(FromText(item));
    }
    elements.complete = list.complete;
    return FromElements(std::move(elements));
  }
  // A day is its midnight, UTC, so that a date compares as CEL's timestamp.
  Value operator()(const DateRange& range) const {
    return FromRange(static_cast<long double>(range.first) * kSecondsPerDay,
                     static_cast<long double>(range.last) * kSecondsPerDay);
  }
};

class Evaluator {
 public:
  explicit Evaluator(const FactSource& facts) : facts_(facts) {}

  Value Visit(const Node& node) {
    switch (node.op) {
      case Op::kLiteral:
        return Literal(node);
      case Op::kField:
        return Field(node);
      case Op::kList:
      case Op::kNamedList:
        return List(node);
      case Op::kNot: {
        Value operand = Visit(*node.children[0]);
        return FromTruth(Not(operand.truth), std::move(operand.unknown));
      }
      case Op::kAnd:
        return Junction(node, Truth::kFalse);
      case Op::kOr:
        return Junction(node, Truth::kTrue);
      case Op::kNegate: {
        Value operand = Visit(*node.children[0]);
        if (!operand.known()) return operand;
        return FromRange(-operand.range().high, -operand.range().low);
      }
      case Op::kIn:
        return In(Visit(*node.children[0]), Visit(*node.children[1]));
      case Op::kCall:
        return Call(node);
      case Op::kEqual:
        return Equal(Visit(*node.children[0]), Visit(*node.children[1]));
      case Op::kNotEqual: {
        Value equal = Equal(Visit(*node.children[0]), Visit(*node.children[1]));
        return FromTruth(Not(equal.truth), std::move(equal.unknown));
      }
      default:
        return Ordered(node);
    }
  }

  const std::set<FieldIndex>& unknown_fields() const { return unknown_fields_; }

 private:
  Value Literal(const Node& node) {
    switch (node.type.kind) {
      case Kind::kBool:
        return FromBool(node.flag);
      case Kind::kInt:
      case Kind::kDouble:
        return FromRange(node.number, node.number);
      case Kind::kTimestamp:
        return FromRange(node.seconds, node.seconds);
      default:
        return FromText(node.text);
    }
  }

  Value Field(const Node& node) {
    const FactValue& fact = facts_.Get(node.field);
    if (!fact.known()) {
      unknown_fields_.insert(node.field);
      return Unknown({fact.unknown});
    }
    Value value = std::visit(FactToValue{}, fact.value);
    const auto* range = std::get_if<Range>(&value.data);
    const auto* elements = std::get_if<Elements>(&value.data);
    if ((range != nullptr && !range->exact()) ||
        (elements != nullptr && !elements->complete)) {
      imprecise_fields_.insert(node.field);
    }
    return value;
  }

  Value List(const Node& node) {
    Elements elements;
    if (node.op == Op::kNamedList && !node.is_set) {
      const StringList members = facts_.ListMembers(node.text);
      for (const std::string& member : members.items) {
        elements.items.push_back(FromText(member));
      }
      elements.complete = members.complete;
    }
    for (const auto& child : node.children) {
      elements.items.push_back(Visit(*child));
    }
    return FromElements(std::move(elements));
  }

  // && and ||: one `decisive` operand settles it; nothing is skipped, so that
  // every fact is looked at.
  Value Junction(const Node& node, Truth decisive) {
    bool settled = false;
    Reasons reasons;
    for (const auto& child : node.children) {
      Value operand = Visit(*child);
      if (operand.truth == decisive) settled = true;
      reasons.merge(operand.unknown);
    }
    if (settled) return FromTruth(decisive);
    if (!reasons.empty()) return FromTruth(Truth::kUnknown, std::move(reasons));
    return FromTruth(Not(decisive));
  }

  Value Undecided(UnknownReason reason) {
    unknown_fields_.insert(imprecise_fields_.begin(), imprecise_fields_.end());
    return FromTruth(Truth::kUnknown, {reason});
  }

  static Reasons Union(const Value& a, const Value& b) {
    Reasons reasons = a.unknown;
    reasons.insert(b.unknown.begin(), b.unknown.end());
    return reasons;
  }

  Value Equal(const Value& a, const Value& b) {
    if (!a.known() || !b.known()) {
      return FromTruth(Truth::kUnknown, Union(a, b));
    }
    if (std::holds_alternative<std::monostate>(a.data)) {
      return FromBool(a.truth == b.truth);
    }
    if (std::holds_alternative<std::string>(a.data)) {
      return FromBool(a.text() == b.text());
    }
    if (std::holds_alternative<Range>(a.data)) {
      const Range& x = a.range();
      const Range& y = b.range();
      if (x.high < y.low || y.high < x.low) return FromBool(false);
      if (x.exact() && y.exact()) return FromBool(true);
      return Undecided(UnknownReason::kImprecise);
    }
    return EqualLists(a.elements(), b.elements());
  }

  Value EqualLists(const Elements& a, const Elements& b) {
    if (!a.complete || !b.complete) {
      return Undecided(UnknownReason::kIncompleteSet);
    }
    if (a.items.size() != b.items.size()) return FromBool(false);
    Reasons reasons;
    for (size_t i = 0; i < a.items.size(); ++i) {
      Value equal = Equal(a.items[i], b.items[i]);
      if (equal.truth == Truth::kFalse) return equal;
      reasons.merge(equal.unknown);
    }
    if (!reasons.empty()) return FromTruth(Truth::kUnknown, std::move(reasons));
    return FromBool(true);
  }

  // Whether `a` < `b`; with `or_equal`, <=.
  Value Less(const Value& a, const Value& b, bool or_equal) {
    if (!a.known() || !b.known()) {
      return FromTruth(Truth::kUnknown, Union(a, b));
    }
    if (std::holds_alternative<std::string>(a.data)) {
      const int order = a.text().compare(b.text());
      return FromBool(order < 0 || (or_equal && order == 0));
    }
    if (std::holds_alternative<std::monostate>(a.data)) {  // false < true
      const bool x = a.truth == Truth::kTrue, y = b.truth == Truth::kTrue;
      return FromBool(or_equal ? x <= y : x < y);
    }
    const Range& x = a.range();
    const Range& y = b.range();
    if (or_equal ? x.high <= y.low : x.high < y.low) return FromBool(true);
    if (or_equal ? x.low > y.high : x.low >= y.high) return FromBool(false);
    return Undecided(UnknownReason::kImprecise);
  }

  Value Ordered(const Node& node) {
    const Value a = Visit(*node.children[0]);
    const Value b = Visit(*node.children[1]);
    switch (node.op) {
      case Op::kLess:
        return Less(a, b, false);
      case Op::kLessOrEqual:
        return Less(a, b, true);
      case Op::kGreater:
        return Less(b, a, false);
      default:
        return Less(b, a, true);
    }
  }

  Value In(const Value& value, const Value& list) {
    if (!list.known()) return FromTruth(Truth::kUnknown, list.unknown);
    const Elements& elements = list.elements();
    Reasons reasons;
    for (const Value& item : elements.items) {
      Value equal = Equal(value, item);
      if (equal.truth == Truth::kTrue) return equal;
      reasons.merge(equal.unknown);
    }
    if (!elements.complete) {
      Undecided(UnknownReason::kIncompleteSet);
      reasons.insert(UnknownReason::kIncompleteSet);
    }
    if (!reasons.empty()) return FromTruth(Truth::kUnknown, std::move(reasons));
    return FromBool(false);
  }

  Value Call(const Node& node) {
    const Value receiver = Visit(*node.children[0]);
    if (node.text == "size") return Size(receiver);
    const Value argument = Visit(*node.children[1]);
    if (!receiver.known() || !argument.known()) {
      return FromTruth(Truth::kUnknown, Union(receiver, argument));
    }
    if (node.text == "startsWith") {
      return FromBool(absl::StartsWith(receiver.text(), argument.text()));
    }
    if (node.text == "endsWith") {
      return FromBool(absl::EndsWith(receiver.text(), argument.text()));
    }
    return FromBool(absl::StrContains(receiver.text(), argument.text()));
  }

  // Code points of a string, elements of a list; an incomplete list has at
  // least as many as it shows.
  Value Size(const Value& value) {
    if (!value.known()) return Unknown(value.unknown);
    if (std::holds_alternative<std::string>(value.data)) {
      const std::string& text = value.text();
      const auto points = std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<uint8_t>(c) & 0xc0) != 0x80;
      });
      return FromRange(points, points);
    }
    const long double shown = value.elements().items.size();
    return FromRange(shown, value.elements().complete ? shown : 1e18L);
  }

  const FactSource& facts_;
  std::set<FieldIndex> unknown_fields_;
  std::set<FieldIndex> imprecise_fields_;
};

}  // namespace

Evaluation Evaluate(const Expression& expression, const FactSource& facts) {
  Evaluator evaluator(facts);
  const Value value = evaluator.Visit(expression.root());
  Evaluation evaluation;
  evaluation.truth = value.truth;
  evaluation.reasons.assign(value.unknown.begin(), value.unknown.end());
  evaluation.fields.assign(expression.fields().begin(),
                           expression.fields().end());
  if (value.truth == Truth::kUnknown) {
    evaluation.unknown_fields.assign(evaluator.unknown_fields().begin(),
                                     evaluator.unknown_fields().end());
  }
  return evaluation;
}

}  // namespace meridian::analysis
