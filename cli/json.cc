#include "cli/json.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/util/json_util.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {
namespace {

using google::protobuf::FieldDescriptor;
using google::protobuf::Message;

v1::AnswerHeader* MutableHeader(Message& message) {
  const FieldDescriptor* field =
      message.GetDescriptor()->FindFieldByName("header");
  if (field == nullptr ||
      field->message_type() != v1::AnswerHeader::descriptor()) {
    return nullptr;
  }
  return static_cast<v1::AnswerHeader*>(
      message.GetReflection()->MutableMessage(&message, field));
}

void ShiftField(Message& message, const FieldDescriptor* field,
                uint32_t offset) {
  const auto* reflection = message.GetReflection();
  if (!field->is_repeated()) {
    const uint32_t index = reflection->GetUInt32(message, field);
    reflection->SetUInt32(&message, field, index + offset);
    return;
  }
  const int size = reflection->FieldSize(message, field);
  for (int i = 0; i < size; ++i) {
    const uint32_t index = reflection->GetRepeatedUInt32(message, field, i);
    reflection->SetRepeatedUInt32(&message, field, i, index + offset);
  }
}

bool IsIndex(const FieldDescriptor* field) {
  return field->name() == "evidence" &&
         field->cpp_type() == FieldDescriptor::CPPTYPE_UINT32;
}

}  // namespace

absl::StatusOr<std::string> ToJson(const Message& message) {
  google::protobuf::util::JsonPrintOptions options;
  options.always_print_primitive_fields = true;
  options.preserve_proto_field_names = false;
  std::string json;
  const auto status =
      google::protobuf::util::MessageToJsonString(message, &json, options);
  if (!status.ok()) {
    return MakeError(absl::StatusCode::kInternal, "BAD_ANSWER",
                     absl::StrCat("the answer cannot be written as JSON: ",
                                  std::string(status.message())));
  }
  return json;
}

void ShiftEvidence(Message& message, uint32_t offset) {
  const auto* descriptor = message.GetDescriptor();
  const auto* reflection = message.GetReflection();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (IsIndex(field)) {
      ShiftField(message, field, offset);
    } else if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE ||
               field->is_map()) {
      continue;
    } else if (field->is_repeated()) {
      const int size = reflection->FieldSize(message, field);
      for (int k = 0; k < size; ++k) {
        ShiftEvidence(*reflection->MutableRepeatedMessage(&message, field, k),
                      offset);
      }
    } else if (reflection->HasField(message, field)) {
      ShiftEvidence(*reflection->MutableMessage(&message, field), offset);
    }
  }
}

void AppendPage(Message& answer, Message& page) {
  v1::AnswerHeader* header = MutableHeader(answer);
  if (header != nullptr) {
    ShiftEvidence(page, static_cast<uint32_t>(header->evidence_size()));
    v1::AnswerHeader* more = MutableHeader(page);
    for (v1::Evidence& evidence : *more->mutable_evidence()) {
      *header->add_evidence() = std::move(evidence);
    }
    more->Clear();
  }
  const auto* descriptor = answer.GetDescriptor();
  for (int i = 0; i < descriptor->field_count(); ++i) {
    const FieldDescriptor* field = descriptor->field(i);
    if (field->is_repeated()) continue;
    const bool token = field->name() == "next_page_token";
    (token ? answer : page)
        .GetReflection()
        ->ClearField(token ? &answer : &page, field);
  }
  answer.MergeFrom(page);
}

}  // namespace meridian::cli
