// Types of operators.
#include "analysis_service/expression_check.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace internal {

Type Type::ListOf(Type element) {
  Type type;
  type.kind = Kind::kList;
  type.element = std::make_shared<const Type>(std::move(element));
  return type;
}

Type Type::MapOf(Type key, Type value) {
  Type type = ListOf(std::move(value));
  type.kind = Kind::kMap;
  type.key = std::make_shared<const Type>(std::move(key));
  return type;
}

namespace {

bool SamePart(const std::shared_ptr<const Type>& a,
              const std::shared_ptr<const Type>& b) {
  return a == nullptr || b == nullptr ? a == b : *a == *b;
}

bool JoinPart(const std::shared_ptr<const Type>& a,
              const std::shared_ptr<const Type>& b,
              std::shared_ptr<const Type>* joined) {
  if (a == nullptr || b == nullptr) {
    *joined = a == nullptr ? b : a;
    return true;
  }
  Type both;
  if (!Join(*a, *b, &both)) return false;
  *joined = std::make_shared<const Type>(std::move(both));
  return true;
}

bool HasOrder(const Type& type) {
  switch (type.kind) {
    case Kind::kNull:
    case Kind::kConstant:
    case Kind::kList:
    case Kind::kMap:
    case Kind::kType:
    case Kind::kObject:
      return false;
    default:
      return true;
  }
}

std::string Plural(const Type& type) {
  if (type.kind == Kind::kMap) return "maps";
  if (type.kind == Kind::kList && type.element != nullptr) {
    return absl::StrCat("lists of ", Plural(*type.element));
  }
  std::string words = Describe(type);
  for (const absl::string_view article : {"an ", "a "}) {
    if (absl::StartsWith(words, article)) words = words.substr(article.size());
  }
  return words + "s";
}

}  // namespace

bool Type::operator==(const Type& other) const {
  return kind == other.kind && object == other.object &&
         SamePart(element, other.element) && SamePart(key, other.key);
}

bool Join(const Type& a, const Type& b, Type* joined) {
  Type result = a;
  if (a.is_dyn() || b.is_dyn()) {
    result = Type{Kind::kDyn, nullptr, nullptr, ""};
  } else if (a.kind != b.kind || a.object != b.object ||
             !JoinPart(a.element, b.element, &result.element) ||
             !JoinPart(a.key, b.key, &result.key)) {
    return false;
  }
  if (joined != nullptr) *joined = std::move(result);
  return true;
}

bool CanOrder(const Type& a, const Type& b) {
  return (a.is_number() && b.is_number()) || Join(a, b, nullptr);
}

std::string Describe(const Type& type) {
  switch (type.kind) {
    case Kind::kList:
      if (type.element == nullptr) return "an empty list";
      return absl::StrCat("a list of ", Plural(*type.element));
    case Kind::kMap:
      if (type.element == nullptr) return "an empty map";
      return absl::StrCat("a map of ", Plural(*type.key), " to ",
                          Plural(*type.element));
    case Kind::kObject:
      return absl::StrCat(type.object == "offering" ? "an " : "a ",
                          type.object);
    case Kind::kInt:
      return "an int";
    case Kind::kUint:
      return "a uint";
    case Kind::kBytes:
      return "a bytes value";
    case Kind::kTimestamp:
      return "a timestamp";
    case Kind::kDuration:
      return "a duration";
    case Kind::kBool:
      return "a bool";
    case Kind::kDouble:
      return "a double";
    case Kind::kString:
      return "a string";
    case Kind::kConstant:
      return "a constant";
    case Kind::kNull:
      return "a null";
    case Kind::kType:
      return "a type";
    case Kind::kDyn:
      return "a value of any type";
    case Kind::kUnset:
      break;
  }
  return "nothing";
}

absl::Status Checker::Dynamic(const Node& node, absl::string_view message) {
  const absl::Status error = Error(node, message);
  if (state_.want != Want::kAny) return error;
  if (state_.dyn.ok()) state_.dyn = error;
  return absl::OkStatus();
}

absl::Status Checker::VisitChildren(Node* node) {
  for (const auto& child : node->children) {
    RETURN_IF_ERROR(Visit(child.get()));
  }
  return absl::OkStatus();
}

absl::Status Checker::Visit(Node* node) {
  switch (node->op) {
    case Op::kName:
      return ResolveName(node);
    case Op::kSelect:
      return ResolveSelect(node);
    case Op::kCall:
      return CheckCall(node);
    default:
      break;
  }
  RETURN_IF_ERROR(VisitChildren(node));
  switch (node->op) {
    case Op::kList:
      return CheckList(node);
    case Op::kMap:
      return CheckMap(node);
    case Op::kNot:
    case Op::kAnd:
    case Op::kOr:
      return CheckLogic(node);
    case Op::kConditional:
      return CheckConditional(node);
    case Op::kNegate:
      return CheckNegate(node);
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kDivide:
    case Op::kModulo:
      return CheckArithmetic(node);
    case Op::kIn:
      return CheckIn(node);
    case Op::kIndex:
      return CheckIndex(node);
    case Op::kLiteral:
      return absl::OkStatus();
    default:
      return CheckComparison(node);
  }
}

absl::Status Checker::CheckList(Node* node) {
  node->type = {Kind::kList, nullptr, nullptr, ""};
  if (node->children.empty()) return absl::OkStatus();
  const Type& first = node->children[0]->type;
  Type element = first;
  for (const auto& child : node->children) {
    if (Join(element, child->type, &element)) continue;
    RETURN_IF_ERROR(Dynamic(
        *child,
        absl::StrCat("a list holds values of one type; the first is ",
                     Describe(first), ", this is ", Describe(child->type))));
    element = {Kind::kDyn, nullptr, nullptr, ""};
  }
  node->type = Type::ListOf(element);
  return absl::OkStatus();
}

absl::Status Checker::CheckMap(Node* node) {
  node->type = {Kind::kMap, nullptr, nullptr, ""};
  if (node->children.empty()) return absl::OkStatus();
  Type parts[2] = {node->children[0]->type, node->children[1]->type};
  for (size_t i = 0; i < node->children.size(); ++i) {
    const Node& child = *node->children[i];
    Type& part = parts[i % 2];
    const Kind kind = child.type.kind;
    if (i % 2 == 0 && kind != Kind::kBool && kind != Kind::kInt &&
        kind != Kind::kUint && kind != Kind::kString && kind != Kind::kDyn) {
      return Error(child,
                   absl::StrCat("keys of a map are bool, int, uint or string; "
                                "this is ",
                                Describe(child.type)));
    }
    if (Join(part, child.type, &part)) continue;
    RETURN_IF_ERROR(
        Dynamic(child, absl::StrCat(i % 2 == 0 ? "keys" : "values",
                                    " of a map are of one type; the first is ",
                                    Describe(node->children[i % 2]->type),
                                    ", this is ", Describe(child.type))));
    part = {Kind::kDyn, nullptr, nullptr, ""};
  }
  node->type = Type::MapOf(parts[0], parts[1]);
  return absl::OkStatus();
}

absl::Status Checker::CheckLogic(Node* node) {
  for (const auto& child : node->children) {
    if (child->type.kind != Kind::kBool && !child->type.is_dyn()) {
      return Error(*child, absl::StrCat("this is ", Describe(child->type),
                                        ", but !, && and || need true or "
                                        "false; compare it with something"));
    }
  }
  node->type = {Kind::kBool, nullptr, nullptr, ""};
  return absl::OkStatus();
}

absl::Status Checker::CheckConditional(Node* node) {
  const Node& condition = *node->children[0];
  if (condition.type.kind != Kind::kBool && !condition.type.is_dyn()) {
    return Error(condition, absl::StrCat("the condition before ? is ",
                                         Describe(condition.type),
                                         "; true or false is needed"));
  }
  const Type& yes = node->children[1]->type;
  const Type& no = node->children[2]->type;
  if (!Join(yes, no, &node->type)) {
    return Error(*node, absl::StrCat("the values after ? and : must be of one "
                                     "type; they are ",
                                     Describe(yes), " and ", Describe(no)));
  }
  return absl::OkStatus();
}

absl::Status Checker::CheckNegate(Node* node) {
  const Type& type = node->children[0]->type;
  if (type.kind != Kind::kInt && type.kind != Kind::kDouble && !type.is_dyn()) {
    return Error(*node,
                 absl::StrCat("- needs a number; this is ", Describe(type)));
  }
  node->type = type;
  return absl::OkStatus();
}

absl::Status Checker::CheckArithmetic(Node* node) {
  const Node& left = *node->children[0];
  const Node& right = *node->children[1];
  const Kind a = left.type.kind, b = right.type.kind;
  const bool plus = node->op == Op::kAdd;
  const bool minus = node->op == Op::kSubtract;
  if ((a == Kind::kDyn) || (b == Kind::kDyn)) {
    node->type = {Kind::kDyn, nullptr, nullptr, ""};
    return absl::OkStatus();
  }
  const auto is = [&](Kind kind) { return a == kind && b == kind; };
  node->type = left.type;
  if (is(Kind::kInt) || is(Kind::kUint)) return absl::OkStatus();
  if (is(Kind::kDouble) && node->op != Op::kModulo) return absl::OkStatus();
  if (plus && (is(Kind::kString) || is(Kind::kBytes))) return absl::OkStatus();
  if ((plus || minus) && is(Kind::kDuration)) return absl::OkStatus();
  if (plus && is(Kind::kList) && Join(left.type, right.type, &node->type)) {
    return absl::OkStatus();
  }
  const bool shifts = a == Kind::kTimestamp && b == Kind::kDuration;
  if ((shifts && (plus || minus)) ||
      (plus && a == Kind::kDuration && b == Kind::kTimestamp)) {
    node->type.kind = Kind::kTimestamp;
    return absl::OkStatus();
  }
  if (minus && is(Kind::kTimestamp)) {
    node->type.kind = Kind::kDuration;
    return absl::OkStatus();
  }
  std::string hint;
  if (left.type.is_number() && right.type.is_number() && a != b) {
    hint =
        "; arithmetic needs numbers of one type, write 2.0 for a double or "
        "convert with double()";
  }
  static constexpr const char* kSigns[] = {"+", "-", "*", "/", "%"};
  const int sign = static_cast<int>(node->op) - static_cast<int>(Op::kAdd);
  return Error(
      *node, absl::StrCat("there is no operator for ", Describe(left.type), " ",
                          kSigns[sign], " ", Describe(right.type), hint));
}

absl::Status Checker::CheckComparison(Node* node) {
  const Node& left = *node->children[0];
  const Node& right = *node->children[1];
  const bool ordered = node->op != Op::kEqual && node->op != Op::kNotEqual;
  RETURN_IF_ERROR(CheckPair(*node, left, right, ordered));
  for (const Node* side : {&left, &right}) {
    if (side->type.kind == Kind::kObject) {
      return Error(*side, absl::StrCat(Describe(side->type),
                                       " is not compared; compare its fields"));
    }
    if (ordered && !HasOrder(side->type)) {
      const bool constant = side->type.kind == Kind::kConstant;
      return Error(*node,
                   absl::StrCat("there is no order between ",
                                constant ? "constants; list those that are "
                                           "meant: x in [A, B]"
                                         : Plural(side->type)));
    }
  }
  node->type = {Kind::kBool, nullptr, nullptr, ""};
  return absl::OkStatus();
}

// Both sides must be of one type; says what to write for usual mistakes.
absl::Status Checker::CheckPair(const Node& at, const Node& left,
                                const Node& right, bool ordered) const {
  if (ordered ? CanOrder(left.type, right.type)
              : Join(left.type, right.type, nullptr)) {
    return absl::OkStatus();
  }
  for (const auto& [one, other] :
       {std::pair(&left, &right), std::pair(&right, &left)}) {
    if (one->type.kind == Kind::kConstant && other->op == Op::kLiteral &&
        other->type.kind == Kind::kString) {
      return Error(
          *other,
          absl::StrCat("constants are written without quotes: ", other->text),
          other->text);
    }
    if (one->type.kind == Kind::kTimestamp &&
        other->type.kind == Kind::kString) {
      return Error(
          *other,
          "a date is compared with timestamp(\"2025-02-14T00:00:00Z"
          "\")",
          absl::StrCat("timestamp(\"", other->text,
                       other->text.size() == 10 ? "T00:00:00Z" : "", "\")"));
    }
    if (one->type.kind == Kind::kList && one->type.element != nullptr &&
        other->type == *one->type.element) {
      return Error(at,
                   "a list is not compared with one value; write: VALUE in "
                   "LIST",
                   "in");
    }
    if (one->type.kind == Kind::kDouble && other->type.kind == Kind::kInt) {
      const std::string fix =
          other->op == Op::kLiteral
              ? absl::StrCat(static_cast<int64_t>(other->number), ".0")
              : "";
      return Error(
          *other,
          absl::StrCat("CEL has no == between double and int; ",
                       fix.empty() ? "convert with double()" : "write " + fix),
          fix);
    }
  }
  return Error(at, absl::StrCat("cannot compare ", Describe(left.type),
                                " with ", Describe(right.type)));
}

absl::Status Checker::CheckIn(Node* node) {
  const Node& value = *node->children[0];
  const Node& list = *node->children[1];
  node->type = {Kind::kBool, nullptr, nullptr, ""};
  if (list.type.is_dyn()) return absl::OkStatus();
  if (list.type.kind != Kind::kList && list.type.kind != Kind::kMap) {
    return Error(
        list, absl::StrCat("'in' needs a list or map on its right; this is ",
                           Describe(list.type),
                           list.type == value.type ? "; compare with ==" : ""));
  }
  const auto& part =
      list.type.kind == Kind::kMap ? list.type.key : list.type.element;
  if (part == nullptr) return absl::OkStatus();
  Node element;
  element.type = *part;
  if (Join(value.type, element.type, nullptr)) return absl::OkStatus();
  if (value.op == Op::kLiteral || list.children.empty()) {
    return CheckPair(value, value, element, false);
  }
  return CheckPair(*node, value, *list.children[0], false);
}

absl::Status Checker::CheckIndex(Node* node) {
  const Node& container = *node->children[0];
  const Node& index = *node->children[1];
  const Type& type = container.type;
  const Type dyn = {Kind::kDyn, nullptr, nullptr, ""};
  node->type = type.element == nullptr ? dyn : *type.element;
  if (type.is_dyn()) return absl::OkStatus();
  if (type.kind == Kind::kMap) {
    if (type.key == nullptr || Join(*type.key, index.type, nullptr)) {
      return absl::OkStatus();
    }
    return Error(index, absl::StrCat("keys of this map are ", Plural(*type.key),
                                     "; this is ", Describe(index.type)));
  }
  if (type.kind != Kind::kList) {
    return Error(*node, absl::StrCat("only lists and maps have an index; "
                                     "this is ",
                                     Describe(type)));
  }
  if (index.type.kind == Kind::kInt || index.type.is_dyn()) {
    return absl::OkStatus();
  }
  return Error(index, absl::StrCat("a list is indexed by an int; this is ",
                                   Describe(index.type)));
}

absl::StatusOr<Expression> Checker::Run(absl::string_view text,
                                        const Environment& environment,
                                        Want want) {
  ASSIGN_OR_RETURN(NodePtr root, Parse(text));
  CheckState state;
  state.environment = &environment;
  state.want = want;
  Checker checker(text, &state);
  RETURN_IF_ERROR(checker.Visit(root.get()));
  const Type& type = root->type;
  const bool fits = want == Want::kAny || type.kind == Kind::kBool ||
                    (want == Want::kNumber && type.is_number());
  if (!fits) {
    return checker.Error(
        *root, absl::StrCat("the expression is ", Describe(type), ", but ",
                            want == Want::kNumber ? "a number or " : "",
                            "true or false is needed; compare "
                            "it with something"));
  }
  if (!state.dyn.ok() && !state.closed) return state.dyn;
  Expression expression;
  ASSIGN_OR_RETURN(expression.cost_, Finish(text, root.get()));
  expression.text_ = std::string(text);
  expression.fields_.assign(state.fields.begin(), state.fields.end());
  expression.functions_.assign(state.functions.begin(), state.functions.end());
  expression.closed_ = state.closed;
  expression.uses_known_ = state.uses_known;
  expression.root_ = std::move(root);
  return expression;
}

}  // namespace internal

absl::StatusOr<Expression> Compile(absl::string_view text,
                                   const Environment& environment) {
  return internal::Checker::Run(text, environment, internal::Want::kBool);
}
absl::StatusOr<Expression> CompileNumber(absl::string_view text,
                                         const Environment& environment) {
  return internal::Checker::Run(text, environment, internal::Want::kNumber);
}
absl::StatusOr<Expression> CompileValue(absl::string_view text,
                                        const Environment& environment) {
  return internal::Checker::Run(text, environment, internal::Want::kAny);
}

}  // namespace meridian::analysis
