#include "plugins/table/target.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/record_fields.h"

namespace meridian::table {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;

absl::Status BadPath(absl::string_view path, absl::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_MAPPING",
                   absl::StrCat("'", path, "': ", what));
}

bool IsMessage(const FieldDescriptor& field) {
  return field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE;
}

// "licences[]" -> "licences" and true; the number inside is checked.
absl::StatusOr<std::pair<std::string, bool>> SplitBrackets(
    absl::string_view path, absl::string_view step) {
  const size_t open = step.find('[');
  if (open == absl::string_view::npos) {
    return std::pair<std::string, bool>(step, false);
  }
  absl::string_view inside = step.substr(open);
  uint32_t number = 0;
  if (inside.size() < 2 || inside.back() != ']' ||
      (inside.size() > 2 &&
       (!absl::SimpleAtoi(inside.substr(1, inside.size() - 2), &number) ||
        number > 99))) {
    return BadPath(path, "write a list as name[] or name[0] to name[99]");
  }
  return std::pair<std::string, bool>(step.substr(0, open), true);
}

absl::Status CheckStep(absl::string_view path, const FieldDescriptor& field,
                       bool brackets, bool last) {
  if (brackets && !field.is_repeated()) {
    return BadPath(path, absl::StrCat("'", field.name(),
                                      "' is not a list; leave out the "
                                      "brackets"));
  }
  if (IsMessage(field) && last) {
    return BadPath(
        path,
        absl::StrCat("'", field.name(), "' has fields of its own; name one of ",
                     ExpectedValue(field).substr(sizeof("a mapping with"))));
  }
  if (!IsMessage(field) && !last) {
    return BadPath(path, absl::StrCat("'", field.name(), "' has no fields"));
  }
  if (IsMessage(field) && field.is_repeated() && !brackets) {
    return BadPath(path, absl::StrCat("'", field.name(), "' is a list; write ",
                                      field.name(), "[]"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Target> ResolveTarget(const FieldDescriptor& kind,
                                     absl::string_view path) {
  Target target;
  target.path = std::string(path);
  const std::vector<std::string> steps = absl::StrSplit(path, '.');
  const Descriptor* type = kind.message_type();
  const bool on_record =
      absl::StartsWith(path, "cites") || absl::StartsWith(path, "notes");
  if (on_record) {
    type = v1::Record::descriptor();
  } else {
    target.fields.push_back(&kind);
  }
  std::string prefix;
  for (size_t i = 0; i < steps.size(); ++i) {
    ASSIGN_OR_RETURN(const auto step, SplitBrackets(path, steps[i]));
    const FieldDescriptor* field = type->FindFieldByName(step.first);
    const bool allowed =
        !on_record || i > 0 || step.first == "cites" || step.first == "notes";
    if (field == nullptr || !allowed) {
      return BadPath(
          path, absl::StrCat("no field '", step.first, "' in ",
                             on_record && i == 0 ? kind.message_type()->name()
                                                 : type->name(),
                             DidYouMean(step.first, FieldNames(*type))));
    }
    RETURN_IF_ERROR(
        CheckStep(path, *field, step.second, i + 1 == steps.size()));
    target.fields.push_back(field);
    absl::StrAppend(&prefix, prefix.empty() ? "" : ".", steps[i]);
    if (IsMessage(*field) && field->is_repeated()) {
      target.list = prefix;
      target.list_at = target.fields.size() - 1;
    }
    if (IsMessage(*field)) type = field->message_type();
  }
  return target;
}

absl::Status SetTarget(const Target& target, int element,
                       absl::string_view value, v1::Record* record) {
  Message* message = record;
  for (size_t i = 0; i + 1 < target.fields.size(); ++i) {
    const FieldDescriptor* field = target.fields[i];
    const Reflection& reflection = *message->GetReflection();
    if (!field->is_repeated()) {
      message = reflection.MutableMessage(message, field);
      continue;
    }
    while (reflection.FieldSize(*message, field) <= element) {
      reflection.AddMessage(message, field);
    }
    message = reflection.MutableRepeatedMessage(message, field, element);
  }
  return SetFromText(target.scalar(), value, message);
}

int ListSize(const Target& target, const v1::Record& record) {
  const Message* message = &record;
  for (size_t i = 0; i < target.list_at; ++i) {
    message = &message->GetReflection()->GetMessage(*message, target.fields[i]);
  }
  return message->GetReflection()->FieldSize(*message,
                                             target.fields[target.list_at]);
}

}  // namespace meridian::table
