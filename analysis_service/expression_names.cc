// What names mean: variables, fields, constants, sets, lists, defines, types.
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

// The list of the constants that mean downloadable weights. Reports that say
// "open" mean these.
constexpr absl::string_view kOpenDownload = "OPEN_DOWNLOAD";
constexpr absl::string_view kOpenDownloadMembers[] = {"GATED", "OPEN"};
constexpr size_t kMostNestedDefines = 32;

constexpr Kind kTypeKinds[] = {
    Kind::kBool,   Kind::kInt,   Kind::kUint,      Kind::kDouble,
    Kind::kString, Kind::kBytes, Kind::kList,      Kind::kMap,
    Kind::kNull,   Kind::kType,  Kind::kTimestamp, Kind::kDuration};

bool IsConstantOf(absl::Span<const FieldDef> fields, absl::string_view name) {
  for (const FieldDef& field : fields) {
    for (const std::string& constant : field.constants) {
      if (constant == name) return true;
    }
  }
  return false;
}

bool IsConstant(absl::string_view name) {
  return IsConstantOf(Fields(), name) ||
         IsConstantOf(ObjectFields("offering"), name);
}

bool IsTypeName(absl::string_view name) {
  return std::any_of(std::begin(kTypeKinds), std::end(kTypeKinds),
                     [&](Kind kind) { return TypeName(kind) == name; });
}

Type TypeOfField(const FieldDef& field) {
  Type type;
  switch (field.type) {
    case FieldType::kString:
      type.kind = Kind::kString;
      return type;
    case FieldType::kNumber:
      type.kind = Kind::kDouble;
      return type;
    case FieldType::kBool:
      type.kind = Kind::kBool;
      return type;
    case FieldType::kConstant:
      type.kind = Kind::kConstant;
      return type;
    case FieldType::kStringList:
      type.kind = Kind::kString;
      return Type::ListOf(type);
    case FieldType::kDate:
      type.kind = Kind::kTimestamp;
      return type;
    case FieldType::kObjectList:
      type.kind = Kind::kObject;
      type.object = field.object;
      return Type::ListOf(type);
    case FieldType::kObject:
      type.kind = Kind::kObject;
      type.object = field.object.empty() ? field.name : field.object;
      return type;
  }
  return type;
}

}  // namespace

int Checker::FindVariable(absl::string_view name) const {
  for (int i = static_cast<int>(scope_.size()) - 1; i >= 0; --i) {
    if (scope_[i].first == name) return i;
  }
  return -1;
}

std::optional<std::string> Checker::Dotted(const Node& node) const {
  if (node.op == Op::kName) {
    if (FindVariable(node.text) >= 0) return std::nullopt;
    return node.text;
  }
  if (node.op != Op::kSelect) return std::nullopt;
  std::optional<std::string> prefix = Dotted(*node.children[0]);
  if (prefix.has_value()) absl::StrAppend(&*prefix, ".", node.text);
  return prefix;
}

// Whether the name, dots and all, is one thing; then node becomes it.
absl::StatusOr<bool> Checker::ResolveDotted(Node* node,
                                            const std::string& name) {
  if (const FieldIndex field = FindField(name); field >= 0) {
    node->op = Op::kField;
    node->field = field;
    node->text = name;
    node->type = TypeOfField(Fields()[field]);
    state_.fields.insert(field);
    state_.closed = false;
  } else if (IsConstant(name)) {
    node->op = Op::kLiteral;
    node->text = name;
    node->type.kind = Kind::kConstant;
  } else if (IsTypeName(name)) {
    node->op = Op::kLiteral;
    node->text = name;
    node->type.kind = Kind::kType;
  } else {
    return false;
  }
  node->at = node->begin;
  node->children.clear();
  return true;
}

absl::Status Checker::ResolveName(Node* node) {
  const std::string name = node->text;
  const Environment& environment = *state_.environment;
  if (const int slot = FindVariable(name); slot >= 0) {
    node->op = Op::kVariable;
    node->slot = slot;
    node->type = scope_[slot].second;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const bool resolved, ResolveDotted(node, name));
  if (resolved) return absl::OkStatus();
  if (environment.defines.contains(name)) return ExpandDefine(node, name);
  if (name == kOpenDownload) {
    return ExpandSet(
        node,
        {std::begin(kOpenDownloadMembers), std::end(kOpenDownloadMembers)},
        Kind::kConstant);
  }
  if (const auto set = environment.sets.find(name);
      set != environment.sets.end()) {
    return ExpandSet(node, set->second, Kind::kString);
  }
  const auto& lists = environment.lists;
  if (std::find(lists.begin(), lists.end(), name) != lists.end()) {
    node->op = Op::kNamedList;
    Type element;
    element.kind = Kind::kString;
    node->type = Type::ListOf(element);
    state_.closed = false;
    return absl::OkStatus();
  }
  return UnknownName(*node, name);
}

absl::Status Checker::ResolveSelect(Node* node) {
  if (const auto name = Dotted(*node); name.has_value()) {
    ASSIGN_OR_RETURN(const bool resolved, ResolveDotted(node, *name));
    if (resolved) return absl::OkStatus();
    // Else the front is one thing, and this selects from its value.
    const Node& front = *node->children[0];
    const bool known_front = front.op == Op::kName &&
                             (FindField(front.text) >= 0 ||
                              state_.environment->defines.contains(front.text));
    const auto prefix = Dotted(front);
    if (!known_front && (!prefix.has_value() || FindField(*prefix) < 0)) {
      Node whole = *node;
      whole.at = node->begin;
      return UnknownName(whole, *name);
    }
  }
  Node* operand = node->children[0].get();
  RETURN_IF_ERROR(Visit(operand));
  const Type& type = operand->type;
  if (type.is_dyn()) {
    node->type.kind = Kind::kDyn;
    return absl::OkStatus();
  }
  if (type.kind == Kind::kMap) {
    Type key;
    key.kind = Kind::kString;
    if (type.key != nullptr && !Join(*type.key, key, nullptr)) {
      return Error(*node, absl::StrCat("'.", node->text,
                                       "' needs a map with string keys; use "
                                       "an index: m[KEY]"));
    }
    if (type.element == nullptr) {
      node->type.kind = Kind::kDyn;
    } else {
      node->type = *type.element;
    }
    return absl::OkStatus();
  }
  if (type.kind != Kind::kObject) {
    return Error(*node, absl::StrCat("'.", node->text, "': ", Describe(type),
                                     " has no fields"));
  }
  const absl::Span<const FieldDef> fields = ObjectFields(type.object);
  std::vector<std::string> names;
  for (size_t i = 0; i < fields.size(); ++i) {
    if (fields[i].name == node->text) {
      node->field = static_cast<FieldIndex>(i);
      node->type = TypeOfField(fields[i]);
      return absl::OkStatus();
    }
    names.push_back(fields[i].name);
  }
  const std::vector<std::string> near = Suggest(node->text, names);
  return Error(*node,
               absl::StrCat(Describe(type), " has no field '", node->text, "'",
                            DidYouMean(node->text, names)),
               near.empty() ? "" : near[0]);
}

absl::Status Checker::ExpandSet(Node* node, std::vector<std::string> members,
                                Kind element) {
  node->op = Op::kNamedList;
  node->is_set = true;
  Type type;
  type.kind = element;
  node->type = Type::ListOf(type);
  for (std::string& member : members) {
    auto literal = std::make_shared<Node>();
    literal->type.kind = element;
    literal->at = literal->begin = node->begin;
    literal->end = node->end;
    literal->text = std::move(member);
    node->children.push_back(std::move(literal));
  }
  return absl::OkStatus();
}

absl::Status Checker::ExpandDefine(Node* node, const std::string& name) {
  auto& stack = state_.stack;
  if (std::find(stack.begin(), stack.end(), name) != stack.end()) {
    std::vector<std::string> cycle(std::find(stack.begin(), stack.end(), name),
                                   stack.end());
    cycle.push_back(name);
    return Error(*node, absl::StrCat("the define '", name, "' uses itself: ",
                                     absl::StrJoin(cycle, " -> ")));
  }
  if (stack.size() >= kMostNestedDefines) {
    return Error(*node, absl::StrCat("defines use each other more than ",
                                     kMostNestedDefines, " deep"));
  }
  const std::string& text = state_.environment->defines.at(name);
  NodePtr& root = state_.defines[name];
  if (root == nullptr) {
    stack.push_back(name);
    const auto check = [&]() -> absl::StatusOr<NodePtr> {
      ASSIGN_OR_RETURN(NodePtr parsed, Parse(text));
      Checker checker(text, &state_);
      RETURN_IF_ERROR(checker.Visit(parsed.get()));
      RETURN_IF_ERROR(Finish(text, parsed.get()).status());
      return parsed;
    };
    absl::StatusOr<NodePtr> checked = check();
    stack.pop_back();
    if (!checked.ok()) {
      ErrorDetails details = GetErrorDetails(checked.status());
      const auto has_define = std::find_if(
          details.begin(), details.end(),
          [](const auto& detail) { return detail.first == "define"; });
      // The innermost define is where the error is.
      if (has_define != details.end()) return checked.status();
      details.emplace_back("define", name);
      return MakeError(
          checked.status().code(), ErrorReason(checked.status()),
          absl::StrCat("in define '", name, "': ", checked.status().message()),
          std::move(details));
    }
    root = *std::move(checked);
  }
  node->op = Op::kDefine;
  node->text = name;
  node->type = root->type;
  node->children = {root};
  node->source = std::make_shared<const std::string>(text);
  return absl::OkStatus();
}

std::vector<std::string> Checker::AllNames() const {
  const Environment& environment = *state_.environment;
  std::vector<std::string> names;
  for (const auto& fields : {Fields(), ObjectFields("offering")}) {
    for (const FieldDef& field : fields) {
      if (fields.data() == Fields().data()) names.push_back(field.name);
      names.insert(names.end(), field.constants.begin(), field.constants.end());
    }
  }
  names.emplace_back(kOpenDownload);
  names.insert(names.end(), environment.lists.begin(), environment.lists.end());
  for (const auto& [name, members] : environment.sets) names.push_back(name);
  for (const auto& [name, text] : environment.defines) names.push_back(name);
  for (const auto& [name, type] : scope_) names.push_back(name);
  return names;
}

absl::Status Checker::UnknownName(const Node& node,
                                  const std::string& name) const {
  const std::vector<std::string> names = AllNames();
  const std::vector<std::string> near = Suggest(name, names);
  std::string hint = DidYouMean(name, names);
  for (const FunctionDef& function : Functions()) {
    if (function.object.empty() && function.name == name) {
      hint = absl::StrCat("; it is a function: ", name, "(...)");
    }
  }
  if (hint.empty()) {
    hint = absl::StrContains(name, '.')
               ? "; `meridian fields` lists what can be used"
               : "; strings are quoted, fields begin with 'model.'";
  }
  return Error(
      node,
      absl::StrCat("there is no field, constant or list '", name, "'", hint),
      near.empty() ? "" : near[0]);
}

}  // namespace meridian::analysis::internal
