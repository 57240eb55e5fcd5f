#include "analysis_service/expression_trace.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/expression_eval.h"

namespace meridian::analysis {
namespace internal {
namespace {

std::string Written(const Node& node, absl::string_view source) {
  if (node.begin >= node.end || node.end > source.size()) return node.text;
  absl::string_view text = source.substr(node.begin, node.end - node.begin);
  if (node.parenthesized && text.size() > 2) {
    text = text.substr(1, text.size() - 2);
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

absl::string_view Sign(Op op) {
  switch (op) {
    case Op::kEqual:
      return "==";
    case Op::kNotEqual:
      return "!=";
    case Op::kLess:
      return "<";
    case Op::kLessOrEqual:
      return "<=";
    case Op::kGreater:
      return ">";
    case Op::kGreaterOrEqual:
      return ">=";
    case Op::kIn:
      return "in";
    default:
      return "";
  }
}

}  // namespace

// A Boolean part is a child of its own; others are looked at within it.
Value Evaluator::VisitTraced(const Node& node, absl::string_view source,
                             Trace* trace) {
  Trace* const parent = std::exchange(trace_, trace);
  const absl::string_view outer = std::exchange(source_, source);
  const bool own = node.type.kind == Kind::kBool && node.value == nullptr;
  Value value;
  if (!own) {
    value = Compute(node);
  } else {
    Trace part;
    part.text = Written(node, source);
    trace_ = &part;
    operands_.clear();
    value = Compute(node);
    if (!Sign(node.op).empty() && operands_.size() == 2) {
      part.compared =
          absl::StrCat(operands_[0], " ", Sign(node.op), " ", operands_[1]);
    }
    operands_.clear();
    part.truth = value.truth();
    part.value = DescribeWords(value);
    for (int i = 1; i <= static_cast<int>(UnknownReason::kError); ++i) {
      if (!value.known() && (value.reasons >> i & 1) != 0) {
        part.reasons.push_back(static_cast<UnknownReason>(i));
      }
    }
    trace->children.push_back(std::move(part));
  }
  trace_ = parent;
  source_ = outer;
  return value;
}

}  // namespace internal

Trace EvaluateTraced(const Expression& expression, const FactSource& facts) {
  Trace whole;
  internal::Evaluator evaluator(facts, nullptr);
  const internal::Value value =
      evaluator.VisitTraced(expression.root(), expression.text(), &whole);
  if (whole.children.size() == 1 &&
      expression.root().type.kind == internal::Kind::kBool) {
    Trace root = std::move(whole.children[0]);
    return root;
  }
  whole.text = expression.text();
  whole.truth = value.truth();
  whole.value = internal::DescribeWords(value);
  for (int i = 1; i <= static_cast<int>(UnknownReason::kError); ++i) {
    if (!value.known() && (value.reasons >> i & 1) != 0) {
      whole.reasons.push_back(static_cast<UnknownReason>(i));
    }
  }
  return whole;
}

}  // namespace meridian::analysis
