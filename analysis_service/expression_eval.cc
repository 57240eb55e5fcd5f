#include "analysis_service/expression_eval.h"

#include <algorithm>
#include <utility>

namespace meridian::analysis {
namespace internal {

Value Evaluator::Visit(const Node& node) {
  if (trace_ == nullptr) return Compute(node);
  return VisitTraced(node, source_, trace_);
}

Value Evaluator::Compute(const Node& node) {
  if (node.value != nullptr) return *node.value;
  const auto child = [&](size_t i) { return Visit(*node.children[i]); };
  switch (node.op) {
    case Op::kField:
      return Field(node);
    case Op::kList:
    case Op::kMap:
    case Op::kNamedList:
      return Aggregate(node);
    case Op::kDefine: {
      const size_t base = std::exchange(base_, variables_.size());
      const absl::string_view source = std::exchange(source_, *node.source);
      Value value = child(0);
      base_ = base;
      source_ = source;
      return value;
    }
    case Op::kVariable:
      return variables_[base_ + node.slot];
    case Op::kSelect:
      return SelectFrom(node);
    case Op::kHas:
      return HasKey(child(0), node.text);
    case Op::kIndex: {
      const Value container = child(0);
      const Value index = child(1);
      Value value = Index(container, index);
      if (!value.known() && container.known() && index.known()) Undecided();
      return value;
    }
    case Op::kNot: {
      Value operand = child(0);
      if (operand.kind == Kind::kBool) return Value::Bool(!operand.low.flag);
      return operand.known() ? Value::Error("no such overload") : operand;
    }
    case Op::kAnd:
      return Junction(node, false);
    case Op::kOr:
      return Junction(node, true);
    case Op::kConditional:
      return Conditional(node);
    case Op::kNegate:
      return Negate(child(0));
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo: {
      const Value a = child(0);
      const Value b = child(1);
      Value value = Arithmetic(node.op, a, b);
      if (!value.known() && a.known() && b.known()) Undecided();
      return value;
    }
    case Op::kCall: {
      std::vector<Value> arguments;
      for (size_t i = 0; i < node.children.size(); ++i) {
        arguments.push_back(child(i));
      }
      Value value = CallBuiltin(node, arguments);
      if (!value.known() && arguments[0].known()) Undecided();
      return value;
    }
    case Op::kFactCall:
      return CallFact(node);
    case Op::kAll:
    case Op::kExists:
    case Op::kExistsOne:
    case Op::kFilter:
    case Op::kTransform:
      return Quantify(node);
    case Op::kLiteral:
    case Op::kName:
      break;
    default:
      return Compare(node);
  }
  return Value::Error("not evaluated");
}

namespace {

bool IsOpen(const Value& value) {
  return value.is_range ||
         (value.kind == Kind::kList && !value.elements->complete);
}

}  // namespace

Value Evaluator::Field(const Node& node) {
  Value value = FromFact(facts_.Get(node.field), Fields()[node.field].type);
  if (trace_ != nullptr &&
      std::find(trace_->fields.begin(), trace_->fields.end(), node.field) ==
          trace_->fields.end()) {
    trace_->fields.push_back(node.field);
  }
  if (record_ != nullptr) {
    if (!value.known()) record_->unknown_fields.insert(node.field);
    if (IsOpen(value)) record_->imprecise_fields.insert(node.field);
  }
  return value;
}

// An error in an element is an error of the whole, as in CEL; an unknown
// element stays one element.
Value Evaluator::Aggregate(const Node& node) {
  Elements elements;
  if (node.op == Op::kNamedList && !node.is_set) {
    StringList members = facts_.ListMembers(node.text);
    return FromFact(FactValue::List(std::move(members)),
                    FieldType::kStringList);
  }
  Value errors;
  for (size_t i = 0; i < node.children.size(); ++i) {
    Value item = Visit(*node.children[i]);
    if (item.is_error()) errors = Merge(errors, item);
    const bool key = node.op == Op::kMap && i % 2 == 0;
    (key ? elements.keys : elements.items).push_back(std::move(item));
  }
  if (node.op == Op::kMap) return MakeMap(std::move(elements));
  if (errors.reasons != 0) return errors;
  return Value::List(std::move(elements));
}

// && and ||: one decisive operand settles it; nothing is skipped, so that
// every fact is looked at.
Value Evaluator::Junction(const Node& node, bool decisive) {
  bool settled = false;
  Value open;
  for (const auto& child : node.children) {
    const Value operand = Visit(*child);
    if (operand.kind == Kind::kBool) {
      settled = settled || operand.low.flag == decisive;
    } else if (operand.known()) {
      open = Merge(open, Value::Error("no such overload"));
    } else {
      open = Merge(open, operand);
    }
  }
  if (settled) return Value::Bool(decisive);
  return open.reasons != 0 ? open : Value::Bool(!decisive);
}

Value Evaluator::Conditional(const Node& node) {
  const Value condition = Visit(*node.children[0]);
  Value yes = Visit(*node.children[1]);
  Value no = Visit(*node.children[2]);
  if (condition.kind == Kind::kBool) return condition.low.flag ? yes : no;
  if (condition.known()) return Value::Error("no such overload");
  return condition;
}

Value Evaluator::Compare(const Node& node) {
  const Value a = Visit(*node.children[0]);
  const Value b = Visit(*node.children[1]);
  if (trace_ != nullptr) operands_ = {DescribeWords(a), DescribeWords(b)};
  bool imprecise = false;
  Value result;
  switch (node.op) {
    case Op::kEqual:
      result = Equal(a, b, &imprecise);
      break;
    case Op::kNotEqual:
      result = Equal(a, b, &imprecise);
      if (result.known()) result = Value::Bool(!result.low.flag);
      break;
    case Op::kLess:
      result = Less(a, b, false, &imprecise);
      break;
    case Op::kLessOrEqual:
      result = Less(a, b, true, &imprecise);
      break;
    case Op::kGreater:
      result = Less(b, a, false, &imprecise);
      break;
    case Op::kGreaterOrEqual:
      result = Less(b, a, true, &imprecise);
      break;
    default:
      result = In(a, b, &imprecise);
  }
  if (imprecise && !result.known()) Undecided();
  return result;
}

Value Evaluator::SelectFrom(const Node& node) {
  const Value value = Visit(*node.children[0]);
  if (node.field < 0) return Select(value, node.text);
  if (!value.known()) return value;
  const std::string& object = node.children[0]->type.object;
  if (value.object == nullptr ||
      static_cast<size_t>(node.field) >= value.object->fields.size()) {
    return Value::Unknown(Bit(UnknownReason::kMissing));
  }
  Value field = FromFact(value.object->fields[node.field],
                         ObjectFields(object)[node.field].type);
  if (record_ == nullptr && trace_ == nullptr) return field;
  const ObjectFieldRead read = {object, node.field, value.object->id};
  if (trace_ != nullptr) trace_->object_fields.push_back(read);
  if (record_ != nullptr) {
    if (!field.known()) record_->unknown_objects.insert(read);
    if (IsOpen(field)) record_->imprecise_objects.insert(read);
  }
  return field;
}

Value Evaluator::CallFact(const Node& node) {
  Value receiver;
  FactCall call;
  call.function = node.function;
  Value open;
  for (size_t i = 0; i < node.children.size(); ++i) {
    Value argument = Visit(*node.children[i]);
    if (!argument.known()) open = Merge(open, argument);
    if (argument.is_range) {
      open.reasons |= Bit(UnknownReason::kImprecise);
      Undecided();
    }
    if (node.is_method && i == 0) {
      receiver = std::move(argument);
    } else {
      call.arguments.push_back(ToFact(argument));
    }
  }
  if (open.reasons != 0) return open;
  if (node.is_method && receiver.object == nullptr) {
    return Value::Unknown(Bit(UnknownReason::kMissing));
  }
  call.value =
      facts_.Call(node.function, receiver.object.get(), call.arguments);
  Value value = FromFact(call.value, Functions()[node.function].result);
  if (record_ == nullptr && trace_ == nullptr) return value;
  call.is_method = node.is_method;
  if (node.is_method) call.receiver = receiver.object->id;
  if (trace_ != nullptr) trace_->calls.push_back(call);
  if (record_ != nullptr) {
    if (IsOpen(value)) record_->imprecise_calls.push_back(call);
    record_->calls.push_back(std::move(call));
  }
  return value;
}

Value Evaluator::Element(const Node& node, size_t part, const Value& item,
                         size_t position) {
  variables_.push_back(item);
  Trace* const parent = trace_;
  Value value;
  if (parent == nullptr) {
    value = Visit(*node.children[part]);
  } else if (position < kMaxTraceElements && part == 1) {
    Trace element;
    const absl::string_view source = source_;
    value = VisitTraced(*node.children[part], source, &element);
    if (element.children.size() == 1 && element.text.empty()) {
      element = Trace(std::move(element.children[0]));
    }
    element.binding = node.text + " = " + DescribeWords(item);
    parent->children.push_back(std::move(element));
    trace_ = parent;
  } else {
    trace_ = nullptr;
    value = Compute(*node.children[part]);
    trace_ = parent;
    if (part == 1) ++parent->hidden;
  }
  variables_.pop_back();
  return value;
}

Value Evaluator::Quantify(const Node& node) {
  const Value range = Visit(*node.children[0]);
  if (!range.known()) {
    // The condition names facts, too; they are looked at with nothing known
    // of the element.
    variables_.push_back(Value::Unknown(range.reasons));
    Trace* const trace = std::exchange(trace_, nullptr);
    for (size_t i = 1; i < node.children.size(); ++i) {
      Compute(*node.children[i]);
    }
    trace_ = trace;
    variables_.pop_back();
    return range;
  }
  if (range.kind != Kind::kList && range.kind != Kind::kMap) {
    return Value::Error("no such overload");
  }
  const Elements& elements = *range.elements;
  const std::vector<Value>& items =
      range.kind == Kind::kMap ? elements.keys : elements.items;
  const bool collects = node.op == Op::kFilter || node.op == Op::kTransform;
  Value result = collects ? Collect(node, elements, items)
                          : Quantifier(node, elements, items);
  if (!result.known() && !elements.complete) Undecided();
  return result;
}

Value Evaluator::Quantifier(const Node& node, const Elements& range,
                            const std::vector<Value>& items) {
  const bool decisive = node.op == Op::kExists;
  bool settled = false;
  int true_count = 0;
  Value open;
  for (size_t i = 0; i < items.size(); ++i) {
    const Value value = Element(node, 1, items[i], i);
    if (value.kind == Kind::kBool) {
      settled = settled || value.low.flag == decisive;
      true_count += value.low.flag ? 1 : 0;
    } else {
      open =
          Merge(open, value.known() ? Value::Error("no such overload") : value);
    }
  }
  if (node.op == Op::kExistsOne) {
    if (open.reasons != 0) return open;
    if (true_count > 1) return Value::Bool(false);
    if (!range.complete) return Value::Unknown(range.open);
    return Value::Bool(true_count == 1);
  }
  if (settled) return Value::Bool(decisive);
  if (!range.complete) open.reasons |= range.open;
  return open.reasons != 0 ? open : Value::Bool(!decisive);
}

Value Evaluator::Collect(const Node& node, const Elements& range,
                         const std::vector<Value>& items) {
  const bool conditional = node.op == Op::kFilter || node.children.size() == 3;
  Elements out;
  out.complete = range.complete;
  out.open = range.open;
  Value errors;
  int64_t undecided = 0;
  for (size_t i = 0; i < items.size(); ++i) {
    Value value = Element(node, 1, items[i], i);
    if (value.is_error()) errors = Merge(errors, value);
    if (conditional) {
      if (value.known() && value.kind != Kind::kBool) {
        errors = Value::Error("no such overload");
      }
      if (!value.known()) {
        ++undecided;
        out.open |= value.reasons;
      }
      const bool keep = value.is_true();
      if (node.op == Op::kTransform) {
        value = Element(node, 2, items[i], i);
        if (keep && value.is_error()) errors = Merge(errors, value);
      } else {
        value = items[i];
      }
      if (!keep) continue;
    }
    out.items.push_back(std::move(value));
  }
  if (errors.reasons != 0) return errors;
  if (undecided > 0) out.complete = false;
  if (range.complete && undecided > 0) {
    out.most = static_cast<int64_t>(out.items.size()) + undecided;
  }
  return Value::List(std::move(out));
}

}  // namespace internal

namespace {

using internal::ReasonBits;

std::vector<UnknownReason> ReasonsOf(ReasonBits bits) {
  std::vector<UnknownReason> reasons;
  for (int i = 1; i <= static_cast<int>(UnknownReason::kError); ++i) {
    if ((bits >> i & 1) != 0) reasons.push_back(static_cast<UnknownReason>(i));
  }
  return reasons;
}

// A value that is no Boolean has no truth, and then a reason.
ReasonBits Reasons(const internal::Value& value) {
  if (value.kind == internal::Kind::kBool) return 0;
  return value.known() ? internal::kErrorBit : value.reasons;
}

void Distinct(std::vector<FactCall>* calls) {
  std::vector<FactCall> distinct;
  for (FactCall& call : *calls) {
    if (std::find(distinct.begin(), distinct.end(), call) == distinct.end()) {
      distinct.push_back(std::move(call));
    }
  }
  *calls = std::move(distinct);
}

}  // namespace

Evaluation Evaluate(const Expression& expression, const FactSource& facts) {
  internal::EvaluationRecord record;
  internal::Evaluator evaluator(facts, &record);
  const internal::Value value = evaluator.Visit(expression.root());
  Evaluation evaluation;
  evaluation.truth = value.truth();
  evaluation.reasons = ReasonsOf(Reasons(value));
  if (value.is_error()) evaluation.error = value.text;
  evaluation.fields.assign(expression.fields().begin(),
                           expression.fields().end());
  Distinct(&record.calls);
  if (!value.known()) {
    if (record.undecided) {
      record.unknown_fields.merge(record.imprecise_fields);
      record.unknown_objects.merge(record.imprecise_objects);
    }
    evaluation.unknown_fields.assign(record.unknown_fields.begin(),
                                     record.unknown_fields.end());
    evaluation.unknown_object_fields.assign(record.unknown_objects.begin(),
                                            record.unknown_objects.end());
    Distinct(&record.imprecise_calls);
    for (const FactCall& call : record.calls) {
      const bool imprecise =
          record.undecided && std::find(record.imprecise_calls.begin(),
                                        record.imprecise_calls.end(),
                                        call) != record.imprecise_calls.end();
      if (!call.value.known() || imprecise) {
        evaluation.unknown_calls.push_back(call);
      }
    }
  }
  evaluation.calls = std::move(record.calls);
  return evaluation;
}

QuickTruth EvaluateTruth(const Expression& expression,
                         const FactSource& facts) {
  const internal::Value value =
      internal::Evaluator(facts, nullptr).Visit(expression.root());
  return {value.truth(), Reasons(value)};
}

FactValue EvaluateNumber(const Expression& expression,
                         const FactSource& facts) {
  const internal::Value value =
      internal::Evaluator(facts, nullptr).Visit(expression.root());
  switch (value.kind) {
    case internal::Kind::kBool:
      return FactValue::Number(value.low.flag ? 1 : 0, value.low.flag ? 1 : 0);
    case internal::Kind::kInt:
    case internal::Kind::kUint:
    case internal::Kind::kDouble:
      return internal::ToFact(value);
    default:
      break;
  }
  const std::vector<UnknownReason> reasons = ReasonsOf(Reasons(value));
  return FactValue::Unknown(reasons.front());
}

}  // namespace meridian::analysis
