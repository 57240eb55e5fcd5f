#include "analysis_service/expression_notation.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_eval.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using internal::Kind;
using internal::Value;
using Message = google::protobuf::Value;

Message Text(std::string text) {
  Message message;
  message.set_string_value(std::move(text));
  return message;
}

// One number, time or text without its kind.
Message Plain(const Value& value, const internal::Scalar& scalar) {
  switch (value.kind) {
    case Kind::kInt:
      return Text(absl::StrCat(scalar.i));
    case Kind::kUint:
      return Text(absl::StrCat(scalar.u));
    case Kind::kDouble:
      return Text(internal::ReprDouble(scalar.d));
    case Kind::kTimestamp:
      return Text(internal::FormatTimestamp(scalar.t));
    case Kind::kDuration:
      return Text(internal::FormatDuration(scalar.i));
    case Kind::kBytes:
      return Text(absl::BytesToHexString(value.text));
    default:
      return Text(value.text);
  }
}

Message Write(const Value& value);

Message ListNotation(const Value& value) {
  Message list;
  list.mutable_list_value();
  for (const Value& item : value.elements->items) {
    *list.mutable_list_value()->add_values() = Write(item);
  }
  return list;
}

// By key, so that one map is always written in one way.
Message MapNotation(const Value& value) {
  const internal::Elements& elements = *value.elements;
  std::vector<size_t> order(elements.keys.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::stable_sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const Value& x = elements.keys[a];
    const Value& y = elements.keys[b];
    const auto number = [](const Value& key) {
      return key.kind == Kind::kInt || key.kind == Kind::kUint;
    };
    if (number(x) && number(y)) return internal::CompareNumbers(x, y) < 0;
    if (x.kind != y.kind) return x.kind < y.kind;
    if (x.kind == Kind::kBool) return !x.low.flag && y.low.flag;
    return x.text < y.text;
  });
  Message map;
  map.mutable_list_value();
  for (const size_t i : order) {
    auto* entry = map.mutable_list_value()->add_values()->mutable_list_value();
    *entry->add_values() = Write(elements.keys[i]);
    *entry->add_values() = Write(elements.items[i]);
  }
  return map;
}

Message Write(const Value& value) {
  Message message;
  auto& fields = *message.mutable_struct_value()->mutable_fields();
  const std::string kind = value.kind == Kind::kTimestamp  ? "timestamp"
                           : value.kind == Kind::kDuration ? "duration"
                           : value.kind == Kind::kNull
                               ? "null"
                               : std::string(TypeName(value.kind));
  switch (value.kind) {
    case Kind::kUnset:
      fields["unknown"] = Text(internal::DescribeWords(value));
      break;
    case Kind::kNull:
      fields[kind].set_null_value(google::protobuf::NULL_VALUE);
      break;
    case Kind::kBool:
      fields[kind].set_bool_value(value.low.flag);
      break;
    case Kind::kList:
      fields[kind] = ListNotation(value);
      if (!value.elements->complete) fields["incomplete"].set_bool_value(true);
      break;
    case Kind::kMap:
      fields[kind] = MapNotation(value);
      break;
    case Kind::kObject:
      fields[kind] = Text(internal::DescribeWords(value));
      break;
    default:
      if (!value.is_range) {
        fields[kind] = Plain(value, value.low);
        break;
      }
      auto* ends = fields["range"].mutable_list_value();
      for (const internal::Scalar& scalar : {value.low, value.high}) {
        (*ends->add_values()->mutable_struct_value()->mutable_fields())[kind] =
            Plain(value, scalar);
      }
  }
  return message;
}

std::string TypeWords(const internal::Type& type) {
  const auto part = [](const std::shared_ptr<const internal::Type>& inner) {
    return inner == nullptr ? "dyn" : TypeWords(*inner);
  };
  switch (type.kind) {
    case Kind::kList:
      return absl::StrCat("list(", part(type.element), ")");
    case Kind::kMap:
      return absl::StrCat("map(", part(type.key), ", ", part(type.element),
                          ")");
    case Kind::kObject:
      return type.object;
    default:
      return std::string(TypeName(type.kind));
  }
}

}  // namespace

absl::StatusOr<Notation> EvaluateNotation(const Expression& expression,
                                          const FactSource& facts) {
  const Value value =
      internal::Evaluator(facts, nullptr).Visit(expression.root());
  if (!value.known() && expression.closed()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "EXPRESSION_ERROR",
                     absl::StrCat("the expression has no value: ", value.text),
                     {{"expression", expression.text()}});
  }
  Notation notation;
  if (value.known()) notation.value = Write(value);
  notation.words = internal::DescribeWords(value);
  return notation;
}

std::string TypeText(const Expression& expression) {
  return TypeWords(expression.root().type);
}

std::string CallText(const FactCall& call) {
  const FunctionDef& function = Functions()[call.function];
  std::vector<std::string> arguments;
  for (const FactValue& argument : call.arguments) {
    const auto* text = std::get_if<std::string>(&argument.value);
    arguments.push_back(
        text != nullptr ? absl::StrCat("\"", absl::Utf8SafeCEscape(*text), "\"")
        : std::holds_alternative<std::monostate>(argument.value)
            ? "deployer"
            : DescribeValue(argument));
  }
  return absl::StrCat(
      function.object.empty()
          ? ""
          : absl::StrCat(function.object, " ", call.receiver, "."),
      function.name, "(", absl::StrJoin(arguments, ", "), ")");
}

}  // namespace meridian::analysis
