#include "analysis_service/rule_shape.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_ast.h"
#include "analysis_service/expression_eval.h"
#include "analysis_service/expression_value.h"
#include "analysis_service/fact_space_internal.h"

namespace meridian::analysis {

using internal::Builtin;
using internal::Evaluator;
using internal::Kind;
using internal::Node;
using internal::Op;
using internal::Value;
using NodeRef = std::shared_ptr<const Node>;

Formula Formula::Not(Formula formula) {
  Formula negated;
  negated.op = Op::kNot;
  negated.children.push_back(std::move(formula));
  return negated;
}

Formula Formula::Join(Op op, std::vector<Formula> children) {
  Formula joined;
  joined.op = op;
  joined.children = std::move(children);
  return joined;
}

Truth AtomShape::Evaluate(const FactSource& facts) const {
  return Evaluator(facts, nullptr).Visit(*node).truth();
}

namespace {

constexpr __int128 kNanosPerDay = __int128{86400} * 1'000'000'000;
// Parts that a quantifier is taken apart into, at most.
constexpr size_t kMaxUnrolled = 256;

// A tree as one string: equal keys are equal trees.
std::string KeyOf(const Node& node) {
  if (node.op == Op::kDefine) return KeyOf(*node.children[0]);
  std::vector<std::string> parts;
  for (const auto& child : node.children) parts.push_back(KeyOf(*child));
  std::string text =
      node.op == Op::kLiteral && node.value != nullptr
          ? internal::DescribeWords(*node.value)
          : absl::StrCat(node.op == Op::kVariable ? "" : node.text, ":",
                         static_cast<double>(node.number), ":", node.flag);
  return absl::StrCat(static_cast<int>(node.op), ":", text.size(), ":", text,
                      ":", node.field, ":", node.function, ":",
                      static_cast<int>(node.builtin), ":", node.slot, "(",
                      absl::StrJoin(parts, ","), ")");
}

// Everything in a subtree is settled for good: its facts are known and exact,
// it has no variable and calls no function of facts.
bool IsSettled(const Node& node, const FactSource& known) {
  if (node.value != nullptr) return true;
  switch (node.op) {
    case Op::kField:
      return Fields()[node.field].type != FieldType::kObject &&
             IsFixed(known.Get(node.field));
    case Op::kNamedList:
      return node.is_set || known.ListMembers(node.text).complete;
    case Op::kVariable:
    case Op::kFactCall:
      return false;
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
    case Op::kFilter:
    case Op::kTransform:
      return false;
    default:
      break;
  }
  if (node.builtin == Builtin::kKnown) return false;
  return std::all_of(
      node.children.begin(), node.children.end(),
      [&](const auto& child) { return IsSettled(*child, known); });
}

std::shared_ptr<Node> LiteralOf(const Value& value, const Node& in_place_of) {
  auto node = std::make_shared<Node>();
  node->op = Op::kLiteral;
  node->type = in_place_of.type;
  node->at = in_place_of.at;
  node->value = std::make_shared<Value>(value);
  return node;
}

// The body of a quantifier with `value` for its variable, slot 0; variables
// further in move down by one. Defines have variables of their own.
std::shared_ptr<Node> Bind(const std::shared_ptr<Node>& node,
                           const Value& value) {
  if (node->op == Op::kVariable && node->slot == 0) {
    return LiteralOf(value, *node);
  }
  if (node->op == Op::kDefine || node->value != nullptr) return node;
  auto bound = std::make_shared<Node>(*node);
  if (bound->slot > 0) --bound->slot;
  for (auto& child : bound->children) child = Bind(child, value);
  return bound;
}

// Collects what an atom is made of.
class Collector {
 public:
  Collector(const FactSource& known, AtomShape* shape)
      : known_(known), shape_(*shape) {}

  void Visit(const Node& node) {
    if (node.op != Op::kField && IsSettled(node, known_)) {
      return Constant(Evaluator(known_, nullptr).Visit(node));
    }
    switch (node.op) {
      case Op::kField:
        shape_.fields.insert(node.field);
        return;
      case Op::kFactCall:
        return FactCall(node);
      case Op::kCall:
        return Call(node);
      case Op::kLess:
      case Op::kLessOrEqual:
      case Op::kGreater:
      case Op::kGreaterOrEqual:
        // Between two strings there are always more.
        if (node.children[0]->type.kind == Kind::kString) shape_.exact = false;
        return Children(node);
      case Op::kEqual:
      case Op::kNotEqual:
        // One member stands for all that occur in the same places.
        if (node.children[0]->type.kind == Kind::kList) shape_.exact = false;
        return Children(node);
      case Op::kAll:
      case Op::kExists:
        // Two members of one list may be held against each other.
        if (++quantifiers_ > 1) shape_.exact = false;
        Children(node);
        --quantifiers_;
        return;
      case Op::kLiteral:
      case Op::kList:
      case Op::kNamedList:
      case Op::kDefine:
      case Op::kVariable:
      case Op::kNot:
      case Op::kAnd:
      case Op::kOr:
      case Op::kConditional:
      case Op::kIn:
        return Children(node);
      default:
        shape_.exact = false;
        return Children(node);
    }
  }

 private:
  void Children(const Node& node) {
    for (const auto& child : node.children) Visit(*child);
  }

  void Constant(const Value& value) {
    switch (value.kind) {
      case Kind::kInt:
        shape_.numbers.insert(static_cast<double>(value.low.i));
        return;
      case Kind::kUint:
        shape_.numbers.insert(static_cast<double>(value.low.u));
        return;
      case Kind::kDouble:
        shape_.numbers.insert(value.low.d);
        return;
      case Kind::kTimestamp: {
        const __int128 nanos = value.low.t;
        const __int128 day = nanos / kNanosPerDay;
        shape_.days.insert(
            static_cast<Day>(nanos % kNanosPerDay < 0 ? day - 1 : day));
        return;
      }
      case Kind::kString:
      case Kind::kConstant:
        shape_.sets.push_back({value.text});
        return;
      case Kind::kList:
        return ConstantList(*value.elements);
      default:
        return;
    }
  }

  void ConstantList(const internal::Elements& elements) {
    std::vector<std::string> members;
    for (const Value& item : elements.items) {
      if (item.kind == Kind::kString || item.kind == Kind::kConstant) {
        members.push_back(item.text);
      } else {
        Constant(item);
      }
    }
    if (!members.empty()) shape_.sets.push_back(std::move(members));
  }

  void FactCall(const Node& node) {
    for (const auto& child : node.children) {
      Arguments(*child);
    }
  }

  // Constants there tell nothing apart; fields do, in ways that cannot be
  // listed.
  void Arguments(const Node& node) {
    if (node.op == Op::kField &&
        Fields()[node.field].type != FieldType::kObject) {
      shape_.fields.insert(node.field);
      shape_.argument_fields.insert(node.field);
    }
    for (const auto& child : node.children) Arguments(*child);
  }

  void Call(const Node& node) {
    if (node.builtin == Builtin::kKnown) {
      shape_.asks_known = true;
      return Children(node);
    }
    if (node.builtin == Builtin::kStartsWith ||
        node.builtin == Builtin::kEndsWith) {
      const Node& part = *node.children[1];
      if (node.children[0]->op == Op::kField && IsSettled(part, known_)) {
        const Value text = Evaluator(known_, nullptr).Visit(part);
        (node.builtin == Builtin::kStartsWith ? shape_.prefixes
                                              : shape_.suffixes)
            .insert(text.text);
        return Visit(*node.children[0]);
      }
    }
    shape_.exact = false;
    Children(node);
  }

  const FactSource& known_;
  AtomShape& shape_;
  int quantifiers_ = 0;  // around the node at hand
};

class Shaper {
 public:
  Shaper(const FactSource& known, std::vector<AtomShape>* atoms)
      : known_(known), atoms_(*atoms) {}

  Formula Shape(const NodeRef& node) {
    if (IsSettled(*node, known_)) {
      return Formula::Of(Evaluator(known_, nullptr).Visit(*node).truth());
    }
    switch (node->op) {
      case Op::kDefine:
        return Shape(node->children[0]);
      case Op::kNot:
        return Formula::Not(Shape(node->children[0]));
      case Op::kAnd:
      case Op::kOr: {
        std::vector<Formula> children;
        for (const auto& child : node->children) {
          children.push_back(Shape(child));
        }
        return Formula::Join(
            node->op == Op::kAnd ? Formula::Op::kAnd : Formula::Op::kOr,
            std::move(children));
      }
      case Op::kAll:
      case Op::kExists:
        if (auto unrolled = Unroll(*node)) return *std::move(unrolled);
        break;
      default:
        break;
    }
    return Atom(node);
  }

 private:
  // all and exists over a list that is settled.
  std::optional<Formula> Unroll(const Node& node) {
    if (node.slot > 0 || !IsSettled(*node.children[0], known_)) {
      return std::nullopt;
    }
    const Value range = Evaluator(known_, nullptr).Visit(*node.children[0]);
    if (range.kind != Kind::kList || !range.elements->complete ||
        range.elements->items.size() > kMaxUnrolled) {
      return std::nullopt;
    }
    std::vector<Formula> parts;
    for (const Value& item : range.elements->items) {
      parts.push_back(Shape(Bind(node.children[1], item)));
    }
    return Formula::Join(
        node.op == Op::kAll ? Formula::Op::kAnd : Formula::Op::kOr,
        std::move(parts));
  }

  Formula Atom(const NodeRef& node) {
    const std::string key = KeyOf(*node);
    for (size_t i = 0; i < atoms_.size(); ++i) {
      if (atoms_[i].key == key) return Formula::Atom(static_cast<int>(i));
    }
    AtomShape shape;
    shape.node = node;
    shape.key = key;
    Collector(known_, &shape).Visit(*node);
    atoms_.push_back(std::move(shape));
    return Formula::Atom(static_cast<int>(atoms_.size()) - 1);
  }

  const FactSource& known_;
  std::vector<AtomShape>& atoms_;
};

}  // namespace

Formula ShapeOf(const Expression& expression, const FactSource& known,
                std::vector<AtomShape>* atoms) {
  // The expression's tree lives as long as the rules, which outlive shapes.
  const NodeRef root(NodeRef(), &expression.root());
  return Shaper(known, atoms).Shape(root);
}

}  // namespace meridian::analysis
