// Policies from YAML text, field by field as the message has them.
#include <cmath>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_source.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "google/protobuf/descriptor.h"

namespace meridian::analysis {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

// "ON_UNKNOWN_EXCLUDE" -> "EXCLUDE": the prefix is that of value 0.
std::string ShortName(const EnumValueDescriptor& value) {
  absl::string_view prefix = value.type()->value(0)->name();
  prefix.remove_suffix(absl::string_view("UNSPECIFIED").size());
  absl::string_view name = value.name();
  if (absl::StartsWith(name, prefix)) name.remove_prefix(prefix.size());
  return std::string(name);
}

class Reader {
 public:
  Reader(PolicyPlaces* places, std::vector<PolicyProblem>* problems)
      : places_(places), problems_(problems) {}

  void ReadMessage(const YamlValue& node, const std::string& path,
                   Message* message) {
    if (!node.is_map()) {
      Problem(node, path,
              absl::StrCat("a mapping with ", Known(*message->GetDescriptor()),
                           " is needed; this is ", node.TypeName()));
      return;
    }
    const std::string prefix = path.empty() ? "" : path + ".";
    for (const YamlValue& entry : node.children) {
      ReadEntry(entry, prefix + entry.key, message);
    }
  }

 private:
  static std::vector<std::string> FieldNames(const Descriptor& type) {
    std::vector<std::string> names;
    for (int i = 0; i < type.field_count(); ++i) {
      names.push_back(type.field(i)->name());
    }
    return names;
  }
  static std::string Known(const Descriptor& type) {
    return absl::StrJoin(FieldNames(type), ", ");
  }

  void Problem(const YamlValue& at, const std::string& path,
               std::string message) {
    problems_->push_back({path, {at.line, at.column}, std::move(message)});
  }

  void ReadEntry(const YamlValue& entry, const std::string& path,
                 Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    const FieldDescriptor* field = type.FindFieldByName(entry.key);
    places_->Set(path, {entry.line, entry.column}, entry.key,
                 entry.is_scalar() ? entry.text : "");
    if (field == nullptr) {
      Problem(entry, path,
              absl::StrCat("'", entry.key, "' has no meaning here",
                           DidYouMean(entry.key, FieldNames(type)),
                           " Known: ", Known(type)));
      return;
    }
    if (entry.is_null()) {
      Problem(entry, path, absl::StrCat("'", entry.key, "' is empty"));
      return;
    }
    if (!OneOfIsFree(entry, path, *field, *message)) return;
    if (field->is_repeated()) {
      ReadList(entry, path, field, message);
    } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
      ReadMessage(entry, path,
                  message->GetReflection()->MutableMessage(message, field));
    } else {
      ReadScalar(entry, path, field, message);
    }
  }

  bool OneOfIsFree(const YamlValue& entry, const std::string& path,
                   const FieldDescriptor& field, const Message& message) {
    const auto* oneof = field.real_containing_oneof();
    if (oneof == nullptr) return true;
    const auto* other =
        message.GetReflection()->GetOneofFieldDescriptor(message, oneof);
    if (other == nullptr) return true;
    Problem(entry, path,
            absl::StrCat("there is '", other->name(),
                         "' already; write one of them, not both"));
    return false;
  }

  void ReadList(const YamlValue& entry, const std::string& path,
                const FieldDescriptor* field, Message* message) {
    const std::string& type = message->GetDescriptor()->full_name();
    const bool by_name =
        type == v1::Policy::descriptor()->full_name() &&
        (field->name() == "sets" || field->name() == "defines");
    if (by_name ? !entry.is_map() : !entry.is_list()) {
      Problem(
          entry, path,
          field->name() == "sets" ? "'sets' is a mapping: NAME: [member, ...]"
          : by_name               ? "'defines' is a mapping: name: expression"
                    : absl::StrCat("'", entry.key, "' is ", entry.TypeName(),
                                   "; write a list: [a, b]"));
      return;
    }
    const auto& reflection = *message->GetReflection();
    for (size_t i = 0; i < entry.children.size(); ++i) {
      const YamlValue& item = entry.children[i];
      const std::string item_path = absl::StrCat(path, "[", i, "]");
      places_->Set(item_path, {item.line, item.column}, item.key,
                   item.is_scalar() ? item.text : "");
      if (by_name) {
        ReadNamed(item, item_path, reflection.AddMessage(message, field));
      } else if (field->cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
        ReadMessage(item, item_path, reflection.AddMessage(message, field));
      } else if (!item.is_scalar()) {
        Problem(item, item_path,
                absl::StrCat("a list of words is needed; this is ",
                             item.TypeName()));
      } else {
        reflection.AddString(message, field, item.text);
      }
    }
  }

  // NAME: [member, ...] or name: expression.
  void ReadNamed(const YamlValue& item, const std::string& path,
                 Message* message) {
    const Descriptor& type = *message->GetDescriptor();
    message->GetReflection()->SetString(message, type.FindFieldByName("name"),
                                        item.key);
    const FieldDescriptor* field = type.field(1);
    places_->Set(absl::StrCat(path, ".", field->name()),
                 {item.line, item.column}, item.key,
                 item.is_scalar() ? item.text : "");
    if (field->is_repeated()) {
      ReadList(item, absl::StrCat(path, ".", field->name()), field, message);
    } else {
      ReadScalar(item, path, field, message);
    }
  }

  void ReadScalar(const YamlValue& entry, const std::string& path,
                  const FieldDescriptor* field, Message* message) {
    const auto& reflection = *message->GetReflection();
    const auto needs = [&](absl::string_view what) {
      Problem(entry, path,
              absl::StrCat("'", entry.key, "' is ",
                           entry.is_scalar() && !entry.text.empty()
                               ? absl::StrCat("'", entry.text, "'")
                               : std::string(entry.TypeName()),
                           "; write ", what));
    };
    if (!entry.is_scalar()) return needs("one value");
    switch (field->cpp_type()) {
      case FieldDescriptor::CPPTYPE_STRING:
        if (entry.text.empty()) {
          return Problem(entry, path,
                         absl::StrCat("'", entry.key, "' is empty"));
        }
        return reflection.SetString(message, field, entry.text);
      case FieldDescriptor::CPPTYPE_BOOL:
        if (entry.type != YamlValue::Type::kBool) return needs("true or false");
        return reflection.SetBool(message, field, entry.text == "true");
      case FieldDescriptor::CPPTYPE_DOUBLE: {
        double value;
        if (!entry.is_number() || !absl::SimpleAtod(entry.text, &value) ||
            !std::isfinite(value)) {
          return needs("a number");
        }
        return reflection.SetDouble(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_UINT32: {
        uint32_t value;
        if (!absl::SimpleAtoi(entry.text, &value)) {
          return needs("a whole number that is not negative");
        }
        return reflection.SetUInt32(message, field, value);
      }
      case FieldDescriptor::CPPTYPE_ENUM:
        return ReadEnum(entry, path, field, message);
      default:
        return needs("something else");
    }
  }

  void ReadEnum(const YamlValue& entry, const std::string& path,
                const FieldDescriptor* field, Message* message) {
    std::vector<std::string> known;
    for (int i = 1; i < field->enum_type()->value_count(); ++i) {
      const EnumValueDescriptor& value = *field->enum_type()->value(i);
      known.push_back(ShortName(value));
      if (known.back() == entry.text) {
        return message->GetReflection()->SetEnum(message, field, &value);
      }
    }
    Problem(entry, path,
            absl::StrCat(entry.key, " is '", entry.text, "'",
                         DidYouMean(entry.text, known),
                         " Known: ", absl::StrJoin(known, ", ")));
  }

  PolicyPlaces* const places_;
  std::vector<PolicyProblem>* const problems_;
};

}  // namespace

void ReadYamlMessage(const YamlValue& node, absl::string_view path,
                     Message* message, PolicyPlaces* places,
                     std::vector<PolicyProblem>* problems) {
  Reader(places, problems).ReadMessage(node, std::string(path), message);
}

PolicyText ReadPolicyYaml(absl::string_view text, absl::string_view file) {
  PolicyText read;
  read.places = PolicyPlaces(text, file);
  const auto root = ParseYaml(text, file);
  if (!root.ok()) {
    read.is_broken = true;
    Place at{1, 1};
    for (const auto& [name, value] : GetErrorDetails(root.status())) {
      if (name == "line") (void)absl::SimpleAtoi(value, &at.line);
      if (name == "column") (void)absl::SimpleAtoi(value, &at.column);
    }
    // "FILE:LINE:COLUMN: " is put before it again.
    absl::string_view message = root.status().message();
    const std::string prefix =
        absl::StrCat(file, ":", at.line, ":", at.column, ": ");
    if (absl::StartsWith(message, prefix)) message.remove_prefix(prefix.size());
    read.problems.push_back({"", at, std::string(message)});
    return read;
  }
  if (!root->is_map()) {
    read.is_broken = true;
    read.problems.push_back(
        {"",
         {root->line == 0 ? 1 : root->line,
          root->column == 0 ? 1 : root->column},
         absl::StrCat("a policy is a mapping with id, version and rules; this "
                      "is ",
                      root->TypeName())});
    return read;
  }
  ReadYamlMessage(*root, "", &read.policy, &read.places, &read.problems);
  return read;
}

}  // namespace meridian::analysis
