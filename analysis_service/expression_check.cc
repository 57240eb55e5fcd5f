#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "analysis_service/expression_ast.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace internal {
namespace {

// The list of the constants that mean downloadable weights. Reports that say
// "open" mean these.
constexpr absl::string_view kOpenDownload = "OPEN_DOWNLOAD";
constexpr absl::string_view kOpenDownloadMembers[] = {"GATED", "OPEN"};

bool IsConstant(absl::string_view name) {
  for (const FieldDef& field : Fields()) {
    for (const std::string& constant : field.constants) {
      if (constant == name) return true;
    }
  }
  return false;
}

absl::string_view KindName(Kind kind) {
  switch (kind) {
    case Kind::kBool:
      return "bool";
    case Kind::kInt:
      return "int";
    case Kind::kDouble:
      return "double";
    case Kind::kString:
      return "string";
    case Kind::kConstant:
      return "constant";
    case Kind::kTimestamp:
      return "timestamp";
    case Kind::kList:
    case Kind::kEmptyList:
      return "list";
    case Kind::kUnset:
      break;
  }
  return "nothing";
}

Type TypeOfField(FieldType type) {
  switch (type) {
    case FieldType::kString:
      return {Kind::kString};
    case FieldType::kNumber:
      return {Kind::kDouble};
    case FieldType::kBool:
      return {Kind::kBool};
    case FieldType::kConstant:
      return {Kind::kConstant};
    case FieldType::kStringList:
      return {Kind::kList, Kind::kString};
    case FieldType::kDate:
      return {Kind::kTimestamp};
    case FieldType::kObjectList:
    case FieldType::kObject:
      break;
  }
  return {};
}

bool Comparable(const Type& a, const Type& b) {
  if (a.is_number() && b.is_number()) return true;
  if (a.kind == Kind::kEmptyList || b.kind == Kind::kEmptyList) {
    return (a.kind == Kind::kEmptyList || a.kind == Kind::kList) &&
           (b.kind == Kind::kEmptyList || b.kind == Kind::kList);
  }
  return a == b;
}

class Checker {
 public:
  Checker(absl::string_view text, const Environment& environment)
      : text_(text), environment_(environment) {}

  absl::Status Visit(Node* node) {
    if (node->op == Op::kName) return ResolveName(node);
    for (const auto& child : node->children) {
      RETURN_IF_ERROR(Visit(child.get()));
    }
    switch (node->op) {
      case Op::kLiteral:
      case Op::kField:
      case Op::kNamedList:
      case Op::kName:
        return absl::OkStatus();
      case Op::kList:
        return CheckList(node);
      case Op::kNot:
      case Op::kAnd:
      case Op::kOr:
        return CheckLogic(node);
      case Op::kNegate:
        return CheckNegate(node);
      case Op::kEqual:
      case Op::kNotEqual:
      case Op::kLess:
      case Op::kLessOrEqual:
      case Op::kGreater:
      case Op::kGreaterOrEqual:
        return CheckComparison(node);
      case Op::kIn:
        return CheckIn(node);
      case Op::kCall:
        return CheckCall(node);
    }
    return absl::OkStatus();
  }

  absl::Status Error(const Node& node, absl::string_view message,
                     absl::string_view suggestion = "") const {
    return ErrorAt(text_, node.at, message, suggestion);
  }

  const std::set<FieldIndex>& fields() const { return fields_; }

 private:
  absl::Status ResolveName(Node* node) {
    const std::string& name = node->text;
    if (const FieldIndex field = FindField(name); field >= 0) {
      node->op = Op::kField;
      node->field = field;
      node->type = TypeOfField(Fields()[field].type);
      fields_.insert(field);
      return absl::OkStatus();
    }
    if (IsConstant(name)) {
      node->op = Op::kLiteral;
      node->type = {Kind::kConstant};
      return absl::OkStatus();
    }
    if (name == kOpenDownload) {
      return ExpandSet(
          node,
          {std::begin(kOpenDownloadMembers), std::end(kOpenDownloadMembers)},
          Kind::kConstant);
    }
    if (const auto set = environment_.sets.find(name);
        set != environment_.sets.end()) {
      return ExpandSet(node, {set->second.begin(), set->second.end()},
                       Kind::kString);
    }
    const auto& lists = environment_.lists;
    if (std::find(lists.begin(), lists.end(), name) != lists.end()) {
      node->op = Op::kNamedList;
      node->type = {Kind::kList, Kind::kString};
      return absl::OkStatus();
    }
    return UnknownName(*node);
  }

  absl::Status ExpandSet(Node* node, std::vector<std::string> members,
                         Kind element) {
    node->op = Op::kNamedList;
    node->is_set = true;
    node->type = {members.empty() ? Kind::kEmptyList : Kind::kList, element};
    for (std::string& member : members) {
      auto literal = std::make_shared<Node>();
      literal->type.kind = element;
      literal->text = std::move(member);
      node->children.push_back(std::move(literal));
    }
    return absl::OkStatus();
  }

  absl::Status UnknownName(const Node& node) const {
    std::vector<std::string> names;
    for (const FieldDef& field : Fields()) {
      names.push_back(field.name);
      names.insert(names.end(), field.constants.begin(), field.constants.end());
    }
    names.emplace_back(kOpenDownload);
    names.insert(names.end(), environment_.lists.begin(),
                 environment_.lists.end());
    for (const auto& [name, members] : environment_.sets) {
      names.push_back(name);
    }
    const std::vector<std::string> near = Suggest(node.text, names);
    std::string hint = DidYouMean(node.text, names);
    if (hint.empty()) {
      hint = absl::StrContains(node.text, '.')
                 ? "; `meridian fields` lists what can be used"
                 : "; strings are quoted, fields begin with 'model.'";
    }
    return Error(node,
                 absl::StrCat("there is no field, constant or list '",
                              node.text, "'", hint),
                 near.empty() ? "" : near[0]);
  }

  absl::Status CheckList(Node* node) {
    if (node->children.empty()) {
      node->type = {Kind::kEmptyList};
      return absl::OkStatus();
    }
    const Type first = node->children[0]->type;
    if (first.kind == Kind::kList || first.kind == Kind::kEmptyList) {
      return Error(*node->children[0], "a list cannot hold lists");
    }
    for (const auto& child : node->children) {
      if (child->type != first) {
        return Error(*child, absl::StrCat("a list holds values of one type; "
                                          "the first is ",
                                          Describe(first), ", this is ",
                                          Describe(child->type)));
      }
    }
    node->type = {Kind::kList, first.kind};
    return absl::OkStatus();
  }

  absl::Status CheckLogic(Node* node) {
    for (const auto& child : node->children) {
      if (child->type.kind != Kind::kBool) {
        return Error(*child, absl::StrCat("this is ", Describe(child->type),
                                          ", but !, && and || need true or "
                                          "false; compare it with something"));
      }
    }
    node->type = {Kind::kBool};
    return absl::OkStatus();
  }

  absl::Status CheckNegate(Node* node) {
    const Node& operand = *node->children[0];
    if (!operand.type.is_number()) {
      return Error(*node, absl::StrCat("- needs a number; this is ",
                                       Describe(operand.type)));
    }
    if (operand.type.kind == Kind::kInt && operand.op == Op::kNegate &&
        operand.children[0]->number >= 9223372036854775808.0L) {
      return Error(*node, "the number does not fit an int");
    }
    node->type = operand.type;
    return absl::OkStatus();
  }

  absl::Status CheckComparison(Node* node) {
    const Node& left = *node->children[0];
    const Node& right = *node->children[1];
    RETURN_IF_ERROR(CheckPair(*node, left, right));
    const bool ordered = node->op != Op::kEqual && node->op != Op::kNotEqual;
    if (ordered &&
        (left.type.kind == Kind::kList || left.type.kind == Kind::kEmptyList ||
         left.type.kind == Kind::kConstant)) {
      return Error(*node,
                   absl::StrCat("there is no order between ",
                                left.type.kind == Kind::kConstant
                                    ? "constants; list those that are meant: "
                                      "x in [A, B]"
                                    : "lists"));
    }
    node->type = {Kind::kBool};
    return absl::OkStatus();
  }

  // Both sides must be of one type; says what to write for usual mistakes.
  absl::Status CheckPair(const Node& at, const Node& left,
                         const Node& right) const {
    if (Comparable(left.type, right.type)) return absl::OkStatus();
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
      if (one->type.kind == Kind::kList &&
          other->type.kind == one->type.element) {
        return Error(at,
                     absl::StrCat("a list is not compared with one value; "
                                  "write: VALUE in LIST"),
                     "in");
      }
    }
    return Error(at, absl::StrCat("cannot compare ", Describe(left.type),
                                  " with ", Describe(right.type)));
  }

  absl::Status CheckIn(Node* node) {
    const Node& value = *node->children[0];
    const Node& list = *node->children[1];
    if (list.type.kind != Kind::kList && list.type.kind != Kind::kEmptyList) {
      return Error(
          list,
          absl::StrCat("'in' needs a list on its right; this is ",
                       Describe(list.type),
                       list.type == value.type ? "; compare with ==" : ""));
    }
    if (list.type.kind == Kind::kList) {
      Node element;
      element.type.kind = list.type.element;
      if (!Comparable(value.type, element.type)) {
        if (value.op == Op::kLiteral || list.children.empty()) {
          RETURN_IF_ERROR(CheckPair(value, value, element));
        }
        return CheckPair(*node, value, *list.children[0]);
      }
    }
    node->type = {Kind::kBool};
    return absl::OkStatus();
  }

  absl::Status CheckCall(Node* node) {
    const std::string& name = node->text;
    const auto argument_kind = [&](size_t i) {
      return node->children[i]->type.kind;
    };
    if (name == "timestamp" && !node->is_method) return CheckTimestamp(node);
    if (name == "size" && node->children.size() == 1) {
      const Kind kind = argument_kind(0);
      if (kind != Kind::kString && kind != Kind::kList &&
          kind != Kind::kEmptyList) {
        return Error(*node, absl::StrCat("size() needs a string or a list; "
                                         "this is ",
                                         Describe(node->children[0]->type)));
      }
      node->type = {Kind::kInt};
      return absl::OkStatus();
    }
    if (name == "startsWith" || name == "endsWith" || name == "contains") {
      if (!node->is_method || node->children.size() != 2 ||
          argument_kind(0) != Kind::kString ||
          argument_kind(1) != Kind::kString) {
        return Error(*node, absl::StrCat("write: STRING.", name, "(STRING)"));
      }
      node->type = {Kind::kBool};
      return absl::OkStatus();
    }
    const std::vector<std::string> known = {"size", "startsWith", "endsWith",
                                            "contains", "timestamp"};
    return Error(*node, absl::StrCat("there is no function '", name, "' with ",
                                     node->children.size(), " arguments",
                                     DidYouMean(name, known),
                                     " Known: ", absl::StrJoin(known, ", ")));
  }

  absl::Status CheckTimestamp(Node* node) {
    if (node->children.size() != 1 || node->children[0]->op != Op::kLiteral ||
        node->children[0]->type.kind != Kind::kString) {
      return Error(*node, "write: timestamp(\"2025-02-14T00:00:00Z\")");
    }
    const Node& literal = *node->children[0];
    const auto time = ParseTime(literal.text);
    if (!time.ok()) {
      const auto day = ParseDay(literal.text);
      const std::string suggestion =
          day.ok() ? absl::StrCat(literal.text, "T00:00:00Z") : "";
      return Error(literal,
                   absl::StrCat("'", literal.text, "' is not an RFC 3339 time",
                                suggestion.empty()
                                    ? " such as 2025-02-14T00:00:00Z"
                                    : absl::StrCat("; write ", suggestion)),
                   suggestion);
    }
    node->op = Op::kLiteral;
    node->type = {Kind::kTimestamp};
    node->seconds = absl::ToUnixSeconds(*time);
    node->children.clear();
    return absl::OkStatus();
  }

  const absl::string_view text_;
  const Environment& environment_;
  std::set<FieldIndex> fields_;
};

}  // namespace

std::string Describe(const Type& type) {
  if (type.kind == Kind::kEmptyList) return "an empty list";
  if (type.kind == Kind::kList) {
    return absl::StrCat("a list of ", KindName(type.element), "s");
  }
  return absl::StrCat(type.kind == Kind::kInt ? "an " : "a ",
                      KindName(type.kind));
}

absl::Status Check(absl::string_view text, const Environment& environment,
                   Node* root, std::vector<FieldIndex>* fields) {
  Checker checker(text, environment);
  RETURN_IF_ERROR(checker.Visit(root));
  if (root->type.kind != Kind::kBool) {
    return checker.Error(
        *root, absl::StrCat("the expression is ", Describe(root->type),
                            ", but true or false is needed; compare "
                            "it with something"));
  }
  fields->assign(checker.fields().begin(), checker.fields().end());
  return absl::OkStatus();
}

}  // namespace internal

absl::StatusOr<Expression> Compile(absl::string_view text,
                                   const Environment& environment) {
  ASSIGN_OR_RETURN(std::shared_ptr<internal::Node> root, internal::Parse(text));
  Expression expression;
  RETURN_IF_ERROR(
      internal::Check(text, environment, root.get(), &expression.fields_));
  expression.text_ = std::string(text);
  expression.root_ = std::move(root);
  return expression;
}

}  // namespace meridian::analysis
