// Functions of the language: what they take and give.
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis_service/expression_check.h"
#include "analysis_service/expression_value.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "re2/re2.h"

namespace meridian::analysis::internal {
namespace {

constexpr int64_t kPatternMemory = 1 << 20;

Type Simple(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

// What a conversion takes.
bool Converts(Builtin builtin, Kind from) {
  using enum Kind;
  switch (builtin) {
    case Builtin::kToBool:
      return from == kBool || from == kString;
    case Builtin::kToInt:
      return from == kInt || from == kUint || from == kDouble ||
             from == kString || from == kTimestamp;
    case Builtin::kToUint:
    case Builtin::kToDouble:
      return from == kInt || from == kUint || from == kDouble ||
             from == kString;
    case Builtin::kToString:
      return from == kBool || from == kInt || from == kUint ||
             from == kDouble || from == kString || from == kBytes ||
             from == kTimestamp || from == kDuration;
    case Builtin::kToBytes:
      return from == kBytes || from == kString;
    case Builtin::kToTimestamp:
      return from == kTimestamp || from == kString || from == kInt;
    case Builtin::kToDuration:
      return from == kDuration || from == kString;
    default:
      return true;
  }
}

Kind Result(Builtin builtin) {
  switch (builtin) {
    case Builtin::kToBool:
      return Kind::kBool;
    case Builtin::kToUint:
      return Kind::kUint;
    case Builtin::kToDouble:
      return Kind::kDouble;
    case Builtin::kToString:
      return Kind::kString;
    case Builtin::kToBytes:
      return Kind::kBytes;
    case Builtin::kToTimestamp:
      return Kind::kTimestamp;
    case Builtin::kToDuration:
      return Kind::kDuration;
    case Builtin::kTypeOf:
      return Kind::kType;
    case Builtin::kToDyn:
      return Kind::kDyn;
    default:
      return Kind::kInt;
  }
}

}  // namespace

absl::Status Checker::CheckBuiltin(Node* node) {
  const Type& type = node->children[0]->type;
  switch (node->builtin) {
    case Builtin::kSize:
      node->type = Simple(Kind::kInt);
      if (type.kind == Kind::kString || type.kind == Kind::kBytes ||
          type.kind == Kind::kList || type.kind == Kind::kMap ||
          type.is_dyn()) {
        return absl::OkStatus();
      }
      return Error(*node, absl::StrCat("size() needs a string, bytes, list or "
                                       "map; this is ",
                                       Describe(type)));
    case Builtin::kContains:
    case Builtin::kStartsWith:
    case Builtin::kEndsWith:
    case Builtin::kMatches:
      return CheckTextFunction(node);
    case Builtin::kMonthsBefore:
      node->type = Simple(Kind::kTimestamp);
      if (type.kind == Kind::kTimestamp &&
          node->children[1]->type.kind == Kind::kInt) {
        return absl::OkStatus();
      }
      return Error(*node, "write: months_before(TIMESTAMP, INT)");
    case Builtin::kKnown:
      node->type = Simple(Kind::kBool);
      state_.uses_known = true;
      return absl::OkStatus();
    case Builtin::kToBool:
    case Builtin::kToInt:
    case Builtin::kToUint:
    case Builtin::kToDouble:
    case Builtin::kToString:
    case Builtin::kToBytes:
    case Builtin::kToTimestamp:
    case Builtin::kToDuration:
    case Builtin::kTypeOf:
    case Builtin::kToDyn:
      return CheckConversion(node);
    default:
      return CheckTimeFunction(node);
  }
}

absl::Status Checker::CheckTextFunction(Node* node) {
  node->type = Simple(Kind::kBool);
  for (const auto& child : node->children) {
    if (child->type.kind == Kind::kString || child->type.is_dyn()) continue;
    return Error(
        *child, absl::StrCat("write: STRING.", node->text, "(STRING); this is ",
                             Describe(child->type)));
  }
  const Node& pattern = *node->children[1];
  if (node->builtin != Builtin::kMatches || pattern.op != Op::kLiteral) {
    return absl::OkStatus();
  }
  RE2::Options options(RE2::Quiet);
  options.set_max_mem(kPatternMemory);
  auto compiled = std::make_shared<const RE2>(pattern.text, options);
  if (compiled->ok()) {
    node->pattern = std::move(compiled);
    return absl::OkStatus();
  }
  if (state_.want == Want::kAny) return absl::OkStatus();
  return Error(pattern,
               absl::StrCat("not a pattern of RE2: ", compiled->error()));
}

absl::Status Checker::CheckConversion(Node* node) {
  const Type& type = node->children[0]->type;
  if (node->builtin == Builtin::kToDyn) {
    RETURN_IF_ERROR(Dynamic(*node, "dyn() hides the type; rules are typed"));
  }
  if (!type.is_dyn() && !Converts(node->builtin, type.kind)) {
    return Error(*node,
                 absl::StrCat(node->text, "() cannot take ", Describe(type)));
  }
  if (node->builtin == Builtin::kTypeOf && type.kind == Kind::kConstant) {
    return Error(*node, "constants have no type of CEL");
  }
  node->type = Simple(Result(node->builtin));
  if (node->children[0]->op == Op::kLiteral &&
      node->children[0]->type.kind == Kind::kString) {
    return FoldLiteral(node);
  }
  return absl::OkStatus();
}

// timestamp("...") and duration("...") are literals. In rules they must be
// right at load.
absl::Status Checker::FoldLiteral(Node* node) {
  const bool time = node->builtin == Builtin::kToTimestamp;
  if (!time && node->builtin != Builtin::kToDuration) return absl::OkStatus();
  const Node& literal = *node->children[0];
  const Value value =
      time ? ParseTimestamp(literal.text) : ParseDuration(literal.text);
  if (!value.known()) {
    if (state_.want == Want::kAny) return absl::OkStatus();
    const auto day = ParseDay(literal.text);
    const std::string suggestion =
        time && day.ok() ? absl::StrCat(literal.text, "T00:00:00Z") : "";
    return Error(
        literal,
        absl::StrCat(value.text, !suggestion.empty()
                                     ? absl::StrCat("; write ", suggestion)
                                 : time ? " such as "
                                          "2025-02-14T00:00:00Z"
                                        : " such as 36h or 90s"),
        suggestion);
  }
  node->op = Op::kLiteral;
  node->text = literal.text;
  node->nanos = time ? value.low.t : value.low.i;
  node->children.clear();
  return absl::OkStatus();
}

absl::Status Checker::CheckTimeFunction(Node* node) {
  node->type = Simple(Kind::kInt);
  const Type& type = node->children[0]->type;
  const bool of_duration = node->builtin == Builtin::kHours ||
                           node->builtin == Builtin::kMinutes ||
                           node->builtin == Builtin::kSeconds ||
                           node->builtin == Builtin::kMilliseconds;
  const bool fits = type.is_dyn() || type.kind == Kind::kTimestamp ||
                    (type.kind == Kind::kDuration && of_duration &&
                     node->children.size() == 1);
  if (!fits) {
    return Error(*node, absl::StrCat(node->text, "() is of a timestamp",
                                     of_duration ? " or duration" : "",
                                     "; this is ", Describe(type)));
  }
  if (node->children.size() == 1) return absl::OkStatus();
  const Type& zone = node->children[1]->type;
  if (zone.kind == Kind::kString || zone.is_dyn()) return absl::OkStatus();
  return Error(*node->children[1],
               "a time zone is a string: 'Europe/Paris' or "
               "'+01:00'");
}

}  // namespace meridian::analysis::internal
