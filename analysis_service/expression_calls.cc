// Functions, methods and macros: which one a call means.
#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_check.h"
#include "analysis_service/expression_value.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis::internal {
namespace {

struct BuiltinDef {
  absl::string_view name;
  Builtin builtin;
  int global;    // arguments as a function; -1: it is none
  int method;    // arguments beside the receiver; -1: it is no method
  int more = 0;  // optional arguments of the method
};

constexpr BuiltinDef kBuiltins[] = {
    {"size", Builtin::kSize, 1, 0},
    {"contains", Builtin::kContains, -1, 1},
    {"startsWith", Builtin::kStartsWith, -1, 1},
    {"endsWith", Builtin::kEndsWith, -1, 1},
    {"matches", Builtin::kMatches, 2, 1},
    {"bool", Builtin::kToBool, 1, -1},
    {"int", Builtin::kToInt, 1, -1},
    {"uint", Builtin::kToUint, 1, -1},
    {"double", Builtin::kToDouble, 1, -1},
    {"string", Builtin::kToString, 1, -1},
    {"bytes", Builtin::kToBytes, 1, -1},
    {"timestamp", Builtin::kToTimestamp, 1, -1},
    {"duration", Builtin::kToDuration, 1, -1},
    {"type", Builtin::kTypeOf, 1, -1},
    {"dyn", Builtin::kToDyn, 1, -1},
    {"getFullYear", Builtin::kFullYear, -1, 0, 1},
    {"getMonth", Builtin::kMonth, -1, 0, 1},
    {"getDate", Builtin::kDate, -1, 0, 1},
    {"getDayOfMonth", Builtin::kDayOfMonth, -1, 0, 1},
    {"getDayOfWeek", Builtin::kDayOfWeek, -1, 0, 1},
    {"getDayOfYear", Builtin::kDayOfYear, -1, 0, 1},
    {"getHours", Builtin::kHours, -1, 0, 1},
    {"getMinutes", Builtin::kMinutes, -1, 0, 1},
    {"getSeconds", Builtin::kSeconds, -1, 0, 1},
    {"getMilliseconds", Builtin::kMilliseconds, -1, 0, 1},
    {"months_before", Builtin::kMonthsBefore, 2, -1},
    {"known", Builtin::kKnown, 1, -1},
};

constexpr std::pair<absl::string_view, Op> kMacros[] = {
    {"all", Op::kAll},
    {"exists", Op::kExists},
    {"exists_one", Op::kExistsOne},
    {"existsOne", Op::kExistsOne},
    {"filter", Op::kFilter},
    {"map", Op::kTransform}};

Type Simple(Kind kind) {
  Type type;
  type.kind = kind;
  return type;
}

absl::string_view ParameterName(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
      return "a number";
    case FieldType::kObject:
      return "deployer";
    default:
      return "a string";
  }
}

std::string Signature(const FunctionDef& function) {
  std::vector<absl::string_view> parameters;
  for (const FieldType type : function.parameters) {
    parameters.push_back(ParameterName(type));
  }
  return absl::StrCat(function.name, "(", absl::StrJoin(parameters, ", "), ")");
}

Type TypeOfResult(FieldType type) {
  switch (type) {
    case FieldType::kNumber:
      return Simple(Kind::kDouble);
    case FieldType::kBool:
      return Simple(Kind::kBool);
    case FieldType::kConstant:
      return Simple(Kind::kConstant);
    case FieldType::kStringList:
      return Type::ListOf(Simple(Kind::kString));
    case FieldType::kDate:
      return Simple(Kind::kTimestamp);
    default:
      return Simple(Kind::kString);
  }
}

}  // namespace

absl::Status Checker::CheckCall(Node* node) {
  if (!node->is_method && node->text == "has") return CheckHas(node);
  ASSIGN_OR_RETURN(bool done, CheckFactFunction(node));
  if (done) return absl::OkStatus();
  if (node->is_method) {
    for (const auto& [name, op] : kMacros) {
      if (node->text == name) return CheckMacro(node, op);
    }
  }
  const auto def = std::find_if(
      std::begin(kBuiltins), std::end(kBuiltins),
      [&](const BuiltinDef& candidate) {
        const int given = static_cast<int>(node->children.size());
        if (candidate.name != node->text) return false;
        if (!node->is_method) return candidate.global == given;
        return candidate.method >= 0 && given >= candidate.method + 1 &&
               given <= candidate.method + 1 + candidate.more;
      });
  if (def != std::end(kBuiltins)) {
    node->builtin = def->builtin;
    RETURN_IF_ERROR(VisitChildren(node));
    return CheckBuiltin(node);
  }
  if (node->is_method) {
    // Where functions begin with the receiver's name, the function is wrong.
    const auto receiver = Dotted(*node->children[0]);
    const bool is_prefix =
        receiver.has_value() && FindField(*receiver) < 0 &&
        std::any_of(Functions().begin(), Functions().end(),
                    [&](const FunctionDef& function) {
                      return absl::StartsWith(function.name,
                                              absl::StrCat(*receiver, "."));
                    });
    if (!is_prefix) {
      RETURN_IF_ERROR(Visit(node->children[0].get()));
      ASSIGN_OR_RETURN(done, CheckMethod(node));
      if (done) return absl::OkStatus();
    }
  }
  return UnknownFunction(*node);
}

// developer.controlled_from(...) and the like.
absl::StatusOr<bool> Checker::CheckFactFunction(Node* node) {
  std::string name = node->text;
  size_t first = 0;
  if (node->is_method) {
    const auto receiver = Dotted(*node->children[0]);
    if (!receiver.has_value()) return false;
    name = absl::StrCat(*receiver, ".", name);
    first = 1;
  }
  const bool exists = std::any_of(
      Functions().begin(), Functions().end(), [&](const FunctionDef& function) {
        return function.object.empty() && function.name == name;
      });
  if (!exists) return false;
  const size_t given = node->children.size() - first;
  node->function = FindFunction("", name, given);
  if (node->function < 0) {
    std::vector<std::string> signatures;
    for (const FunctionDef& function : Functions()) {
      if (function.object.empty() && function.name == name) {
        signatures.push_back(Signature(function));
      }
    }
    return Error(*node,
                 absl::StrCat("write: ", absl::StrJoin(signatures, " or ")));
  }
  if (first == 1) node->children.erase(node->children.begin());
  node->is_method = false;
  node->text = name;
  RETURN_IF_ERROR(CheckArguments(node, 0));
  return true;
}

// o.attested(...) of an object.
absl::StatusOr<bool> Checker::CheckMethod(Node* node) {
  const Type& type = node->children[0]->type;
  if (type.kind != Kind::kObject) return false;
  node->function =
      FindFunction(type.object, node->text, node->children.size() - 1);
  if (node->function < 0) return false;
  RETURN_IF_ERROR(CheckArguments(node, 1));
  return true;
}

absl::Status Checker::CheckArguments(Node* node, size_t first) {
  const FunctionDef& function = Functions()[node->function];
  for (size_t i = 0; i < function.parameters.size(); ++i) {
    RETURN_IF_ERROR(CheckArgument(node->children[first + i].get(),
                                  function.parameters[i], Signature(function)));
  }
  node->op = Op::kFactCall;
  node->type = TypeOfResult(function.result);
  state_.functions.insert(node->function);
  state_.closed = false;
  return absl::OkStatus();
}

absl::Status Checker::CheckArgument(Node* argument, FieldType type,
                                    const std::string& function) {
  const auto& lists = state_.environment->lists;
  if (type == FieldType::kString && argument->op == Op::kName &&
      FindVariable(argument->text) < 0 &&
      !state_.environment->sets.contains(argument->text) &&
      std::find(lists.begin(), lists.end(), argument->text) != lists.end()) {
    argument->op = Op::kLiteral;  // A bloc by its name.
    argument->type = Simple(Kind::kString);
    return absl::OkStatus();
  }
  RETURN_IF_ERROR(Visit(argument));
  const bool fits =
      type == FieldType::kNumber ? argument->type.kind == Kind::kDouble ||
                                       argument->type.kind == Kind::kInt
      : type == FieldType::kObject
          ? argument->type.kind == Kind::kObject && argument->op == Op::kField
          : argument->type.kind == Kind::kString;
  if (fits) return absl::OkStatus();
  return Error(*argument, absl::StrCat("write: ", function, "; this is ",
                                       Describe(argument->type)));
}

absl::Status Checker::CheckMacro(Node* node, Op op) {
  const size_t given = node->children.size() - 1;
  const bool fits = given == 2 || (op == Op::kTransform && given == 3);
  if (!fits || node->children[1]->op != Op::kName) {
    return Error(*node,
                 absl::StrCat("write: LIST.", node->text, "(x, ",
                              op == Op::kTransform ? "VALUE" : "CONDITION",
                              ") with a name for x"));
  }
  RETURN_IF_ERROR(Visit(node->children[0].get()));
  const Type range = node->children[0]->type;
  if (range.kind != Kind::kList && range.kind != Kind::kMap &&
      !range.is_dyn()) {
    return Error(*node, absl::StrCat(node->text,
                                     "() goes over a list or the "
                                     "keys of a map; this is ",
                                     Describe(range)));
  }
  const auto& part = range.kind == Kind::kMap ? range.key : range.element;
  const Type element = part == nullptr ? Simple(Kind::kDyn) : *part;
  const std::string variable = node->children[1]->text;
  node->children.erase(node->children.begin() + 1);
  node->op = op;
  node->slot = static_cast<int>(scope_.size());
  scope_.emplace_back(variable, element);
  for (size_t i = 1; i < node->children.size(); ++i) {
    RETURN_IF_ERROR(Visit(node->children[i].get()));
  }
  scope_.pop_back();
  node->text = variable;
  if (op != Op::kTransform || node->children.size() == 3) {
    const Node& condition = *node->children[1];
    if (condition.type.kind != Kind::kBool && !condition.type.is_dyn()) {
      return Error(condition,
                   absl::StrCat("the condition is ", Describe(condition.type),
                                "; true or false is needed"));
    }
  }
  node->type = op == Op::kTransform ? Type::ListOf(node->children.back()->type)
               : op == Op::kFilter  ? Type::ListOf(element)
                                    : Simple(Kind::kBool);
  return absl::OkStatus();
}

absl::Status Checker::CheckHas(Node* node) {
  if (node->children.size() != 1 || node->children[0]->op != Op::kSelect) {
    return Error(*node, "write: has(MAP.KEY)");
  }
  Node* select = node->children[0].get();
  if (const auto name = Dotted(*select);
      name.has_value() && FindField(*name) >= 0) {
    return Error(*node,
                 absl::StrCat("has() is for maps; whether a fact is known is "
                              "known(",
                              *name, ")"),
                 absl::StrCat("known(", *name, ")"));
  }
  RETURN_IF_ERROR(Visit(select));
  if (select->op != Op::kSelect || select->field >= 0) {
    return Error(*node,
                 "has() is for maps; whether a fact is known is "
                 "known(...)");
  }
  node->op = Op::kHas;
  node->text = select->text;
  const NodePtr map = select->children[0];
  node->children = {map};
  node->type = Simple(Kind::kBool);
  return absl::OkStatus();
}

absl::Status Checker::UnknownFunction(const Node& node) {
  std::vector<std::string> known;
  std::string name = node.text;
  if (node.is_method) {
    if (const auto receiver = Dotted(*node.children[0]);
        receiver.has_value() && FindField(*receiver) < 0) {
      name = absl::StrCat(*receiver, ".", name);
    }
  }
  const Type& type = node.children.empty() ? Type{} : node.children[0]->type;
  const std::string object =
      node.is_method && type.kind == Kind::kObject ? type.object : "";
  std::vector<std::string> same;
  for (const FunctionDef& function : Functions()) {
    if (function.object != object) continue;
    known.push_back(function.name);
    if (function.name == name) same.push_back(Signature(function));
  }
  if (!same.empty()) {
    return Error(node, absl::StrCat("write: ", absl::StrJoin(same, " or ")));
  }
  std::vector<std::string> shown;
  for (const BuiltinDef& def : kBuiltins) {
    known.emplace_back(def.name);
    shown.emplace_back(def.name);
  }
  for (const auto& [macro, op] : kMacros) known.emplace_back(macro);
  const std::vector<std::string> near = Suggest(name, known);
  const size_t given = node.children.size() - (node.is_method ? 1 : 0);
  return Error(node,
               absl::StrCat("there is no function '", name, "' with ", given,
                            " arguments", DidYouMean(name, known),
                            " Known: ", absl::StrJoin(shown, ", "),
                            "; `meridian fields` lists those of facts"),
               near.empty() || near[0] == name ? "" : near[0]);
}

}  // namespace meridian::analysis::internal
