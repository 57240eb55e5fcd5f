// What an expression can cost at most, known before it runs.
#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_check.h"
#include "analysis_service/expression_value.h"

namespace meridian::analysis::internal {
namespace {

constexpr uint64_t kMost = uint64_t{1} << 40;
constexpr uint64_t kBytesPerStep = 64;
constexpr uint64_t kAssumedBytes = 256;

uint64_t Plus(uint64_t a, uint64_t b) { return std::min(a + b, kMost); }
uint64_t Times(uint64_t a, uint64_t b) {
  return b != 0 && a > kMost / b ? kMost : a * b;
}

Value LiteralValue(const Node& node) {
  switch (node.type.kind) {
    case Kind::kNull: {
      Value value;
      value.kind = Kind::kNull;
      return value;
    }
    case Kind::kBool:
      return Value::Bool(node.flag);
    case Kind::kInt:
      return Value::Int(static_cast<int64_t>(node.number));
    case Kind::kUint:
      return Value::Uint(static_cast<uint64_t>(node.number));
    case Kind::kDouble:
      return Value::Double(static_cast<double>(node.number));
    case Kind::kTimestamp:
      return Value::Timestamp(node.nanos);
    case Kind::kDuration:
      return Value::Duration(node.nanos);
    default:
      return Value::Text(node.text, node.type.kind);
  }
}

class Finisher {
 public:
  uint64_t Visit(Node* node) {
    if (node->op == Op::kDefine) return VisitDefine(node);
    uint64_t children = 0;
    node->depth = 0;
    const bool binds = node->op >= Op::kAll && node->op <= Op::kTransform;
    for (size_t i = 0; i < node->children.size(); ++i) {
      Node* child = node->children[i].get();
      if (binds && i == 1) variables_.push_back(node->children[0].get());
      uint64_t cost = Visit(child);
      if (binds && i >= 1) {
        cost = Times(cost, std::max<uint64_t>(node->children[0]->bound, 1));
      }
      children = Plus(children, cost);
      node->depth = std::max(node->depth, child->depth + 1);
      node->bound = std::max(node->bound, child->bound);
      node->bytes = std::max(node->bytes, child->bytes);
    }
    if (binds && node->children.size() > 1) variables_.pop_back();
    Bound(node);
    Fold(node);
    const uint64_t size = 1 + node->bytes / kBytesPerStep;
    const bool walks = node->op == Op::kIn || node->op == Op::kEqual ||
                       node->op == Op::kNotEqual || node->op == Op::kAdd ||
                       node->op == Op::kNamedList || node->op == Op::kMap;
    const uint64_t steps =
        walks ? Times(size, std::max<uint64_t>(node->bound, 1)) : size;
    return Plus(children, steps);
  }

 private:
  uint64_t VisitDefine(Node* node) {
    Node* root = node->children[0].get();
    const auto [entry, inserted] = defines_.try_emplace(root, 0);
    if (inserted) {
      std::vector<const Node*> outside;
      outside.swap(variables_);
      entry->second = Visit(root);
      outside.swap(variables_);
    }
    node->depth = root->depth + 1;
    node->bound = root->bound;
    node->bytes = root->bytes;
    return Plus(defines_.at(root), 1);
  }

  void Bound(Node* node) {
    const auto& children = node->children;
    switch (node->op) {
      case Op::kLiteral:
        node->bytes = node->text.size();
        break;
      case Op::kList:
      case Op::kMap:
        node->bound = std::max<uint64_t>(node->bound, children.size());
        break;
      case Op::kNamedList:
        node->bound = node->is_set ? children.size() : kAssumedListBound;
        node->bytes = std::max(node->bytes, kAssumedBytes);
        break;
      case Op::kField:
      case Op::kFactCall:
        node->bound = kAssumedListBound;
        node->bytes = kAssumedBytes;
        break;
      case Op::kVariable:
        node->bound = variables_[node->slot]->bound;
        node->bytes = variables_[node->slot]->bytes;
        break;
      case Op::kAdd:
        node->bound = Plus(children[0]->bound, children[1]->bound);
        node->bytes = Plus(children[0]->bytes, children[1]->bytes);
        break;
      case Op::kSelect:
        if (node->field >= 0) node->bytes = kAssumedBytes;
        if (node->field >= 0) node->bound = kAssumedListBound;
        break;
      default:
        break;
    }
    const Kind kind = node->type.kind;
    if (kind == Kind::kBool || kind == Kind::kInt || kind == Kind::kDouble) {
      // No list and no text comes out of it; comparisons still walk theirs.
      if (node->op == Op::kLiteral || node->op == Op::kCall) {
        node->bound = node->bytes = 0;
      }
    }
  }

  // Literals, and lists of them, have their value at hand.
  void Fold(Node* node) {
    if (node->op == Op::kLiteral) {
      node->value = std::make_shared<const Value>(LiteralValue(*node));
      return;
    }
    if (node->op != Op::kList &&
        !(node->op == Op::kNamedList && node->is_set)) {
      return;
    }
    Elements elements;
    for (const NodePtr& child : node->children) {
      if (child->value == nullptr) return;
      elements.items.push_back(*child->value);
    }
    node->value =
        std::make_shared<const Value>(Value::List(std::move(elements)));
  }

  std::vector<const Node*> variables_;
  std::map<const Node*, uint64_t> defines_;
};

}  // namespace

absl::StatusOr<uint64_t> Finish(absl::string_view text, Node* root) {
  Finisher finisher;
  const uint64_t cost = finisher.Visit(root);
  if (root->depth > 2 * kMaxExpressionDepth) {
    return ErrorAt(text, root->at,
                   absl::StrCat("nested more than ", 2 * kMaxExpressionDepth,
                                " levels deep with its defines; split it"));
  }
  if (cost > kMaxExpressionCost) {
    return ErrorAt(
        text, root->at,
        absl::StrCat("one evaluation may take ",
                     cost >= kMost ? "more than " : "", cost,
                     " steps, more than the ", kMaxExpressionCost,
                     " allowed; use fewer nested quantifiers, shorter lists "
                     "or texts"));
  }
  return cost;
}

}  // namespace meridian::analysis::internal
