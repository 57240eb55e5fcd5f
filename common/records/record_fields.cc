#include "common/records/record_fields.h"

#include <cmath>
#include <cstdint>
#include <limits>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "meridian/v1/record.pb.h"

namespace meridian {
namespace {

using google::protobuf::Descriptor;
using google::protobuf::EnumDescriptor;
using google::protobuf::EnumValueDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::OneofDescriptor;
using google::protobuf::Reflection;

const OneofDescriptor& Kinds() {
  return *v1::Record::descriptor()->FindOneofByName("kind");
}

std::string Plural(const FieldDescriptor& kind) {
  absl::string_view name = kind.name();
  if (absl::ConsumeSuffix(&name, "y")) return absl::StrCat(name, "ies");
  return absl::StrCat(name, absl::EndsWith(name, "s") ? "es" : "s");
}

// "WEIGHTS_" of WEIGHTS_UNSPECIFIED.
absl::string_view EnumPrefix(const EnumDescriptor& type) {
  return absl::StripSuffix(type.value(0)->name(), "UNSPECIFIED");
}

std::vector<std::string> EnumWords(const EnumDescriptor& type) {
  std::vector<std::string> words;
  for (int i = 1; i < type.value_count(); ++i) {
    words.emplace_back(
        absl::StripPrefix(type.value(i)->name(), EnumPrefix(type)));
  }
  return words;
}

absl::Status BadValue(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_VALUE", message);
}

absl::Status NotWhat(absl::string_view text, const FieldDescriptor& field) {
  return BadValue(absl::StrCat("'", text, "' is not ", ExpectedValue(field)));
}

bool IsCountryField(const FieldDescriptor& field) {
  const std::string& name = field.name();
  return name == "country" || name == "countries_stated" ||
         name == "storage_countries" || name == "licensor_country" ||
         name == "governing_law";
}

absl::Status CheckConventions(const FieldDescriptor& field,
                              absl::string_view text) {
  if (text.empty()) return BadValue("empty; expected a text");
  if (IsDateField(field)) {
    const auto date = ParseDate(text);
    if (!date.ok()) return NotWhat(text, field);
  }
  if (IsCountryField(field) &&
      !(text.size() == 2 && absl::ascii_isupper(text[0]) &&
        absl::ascii_isupper(text[1]))) {
    return NotWhat(text, field);
  }
  return absl::OkStatus();
}

absl::Status SetEnum(const FieldDescriptor& field, absl::string_view text,
                     Message* message) {
  const EnumDescriptor& type = *field.enum_type();
  const EnumValueDescriptor* value =
      type.FindValueByName(absl::StrCat(EnumPrefix(type), text));
  if (value == nullptr) value = type.FindValueByName(std::string(text));
  if (value == nullptr || value->number() == 0) {
    return BadValue(absl::StrCat("'", text, "' is not ", ExpectedValue(field),
                                 DidYouMean(text, EnumWords(type))));
  }
  const Reflection& reflection = *message->GetReflection();
  field.is_repeated() ? reflection.AddEnum(message, &field, value)
                      : reflection.SetEnum(message, &field, value);
  return absl::OkStatus();
}

// Whole numbers are also written "12.0" or "1e6" in tables.
absl::StatusOr<uint64_t> WholeNumber(const FieldDescriptor& field,
                                     absl::string_view text, uint64_t most) {
  uint64_t whole = 0;
  if (!absl::SimpleAtoi(text, &whole)) {
    const auto number = ParseNumber(text);
    // 2^53: above it a double does not hold every whole number.
    if (!number.ok() || *number < 0 || *number > 9007199254740992.0 ||
        *number != std::floor(*number)) {
      return NotWhat(text, field);
    }
    whole = static_cast<uint64_t>(*number);
  }
  if (whole > most) return NotWhat(text, field);
  return whole;
}

absl::Status SetBool(const FieldDescriptor& field, absl::string_view text,
                     Message* message) {
  if (text != "true" && text != "false") return NotWhat(text, field);
  const Reflection& reflection = *message->GetReflection();
  field.is_repeated() ? reflection.AddBool(message, &field, text == "true")
                      : reflection.SetBool(message, &field, text == "true");
  return absl::OkStatus();
}

absl::Status TypeError(absl::string_view file, const YamlValue& value,
                       const FieldDescriptor& field, absl::string_view fix) {
  return YamlError(
      file, value,
      absl::StrCat("'", field.name(), "' must be ", ExpectedValue(field),
                   ", this is ", value.TypeName(), fix));
}

// One value of a field, not the list of a repeated one.
absl::Status SetOne(absl::string_view file, const YamlValue& value,
                    const FieldDescriptor& field, Message* message) {
  const Reflection& reflection = *message->GetReflection();
  if (value.is_null()) {
    return YamlError(file, value,
                     absl::StrCat("'", field.name(),
                                  "' has no value; leave it out when it is "
                                  "unknown"));
  }
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_MESSAGE) {
    if (!value.is_map()) return TypeError(file, value, field, "");
    return SetFromYaml(file, value,
                       field.is_repeated()
                           ? reflection.AddMessage(message, &field)
                           : reflection.MutableMessage(message, &field));
  }
  if (!value.is_scalar()) return TypeError(file, value, field, "");
  const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
  // A year alone reads as a number, and is a date.
  if (is_text && !value.is_string() &&
      !(IsDateField(field) && value.type == YamlValue::Type::kInt)) {
    return TypeError(file, value, field,
                     absl::StrCat("; write \"", value.text, "\""));
  }
  if (value.is_string() && !is_text &&
      field.cpp_type() != FieldDescriptor::CPPTYPE_ENUM) {
    return TypeError(file, value, field, absl::StrCat(" ('", value.text, "')"));
  }
  const absl::Status set = SetFromText(field, value.text, message);
  if (set.ok()) return set;
  return YamlError(file, value,
                   absl::StrCat("'", field.name(), "': ", set.message()));
}

}  // namespace

const FieldDescriptor* FindRecordKind(absl::string_view name) {
  for (int i = 0; i < Kinds().field_count(); ++i) {
    if (Kinds().field(i)->name() == name) return Kinds().field(i);
  }
  return nullptr;
}

const FieldDescriptor* FindRecordKindByPlural(absl::string_view plural) {
  for (int i = 0; i < Kinds().field_count(); ++i) {
    if (Plural(*Kinds().field(i)) == plural) return Kinds().field(i);
  }
  return nullptr;
}

std::vector<std::string> RecordKindNames() {
  std::vector<std::string> names;
  for (int i = 0; i < Kinds().field_count(); ++i) {
    names.push_back(Kinds().field(i)->name());
  }
  return names;
}

std::vector<std::string> RecordKindPlurals() {
  std::vector<std::string> names;
  for (int i = 0; i < Kinds().field_count(); ++i) {
    names.push_back(Plural(*Kinds().field(i)));
  }
  return names;
}

std::vector<std::string> FieldNames(const Descriptor& type) {
  std::vector<std::string> names;
  for (int i = 0; i < type.field_count(); ++i) {
    names.push_back(type.field(i)->name());
  }
  return names;
}

bool IsDateField(const FieldDescriptor& field) {
  if (field.cpp_type() != FieldDescriptor::CPPTYPE_STRING) return false;
  const std::string& name = field.name();
  return name == "date" || name == "vintage" || name == "from" ||
         name == "to" || name == "valid_from" || name == "valid_to" ||
         absl::EndsWith(name, "_date");
}

std::string ExpectedValue(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_FLOAT:
      return "a number";
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
    case FieldDescriptor::CPPTYPE_INT32:
    case FieldDescriptor::CPPTYPE_INT64:
      return "a whole number from 0";
    case FieldDescriptor::CPPTYPE_BOOL:
      return "true or false";
    case FieldDescriptor::CPPTYPE_ENUM:
      return absl::StrCat("one of ",
                          absl::StrJoin(EnumWords(*field.enum_type()), ", "));
    case FieldDescriptor::CPPTYPE_MESSAGE:
      return absl::StrCat(
          "a mapping with ",
          absl::StrJoin(FieldNames(*field.message_type()), ", "));
    case FieldDescriptor::CPPTYPE_STRING:
      break;
  }
  if (IsDateField(field)) return "a date such as 2025-02-14, 2025-02 or 2025";
  if (IsCountryField(field)) {
    return "an ISO 3166-1 alpha-2 country code in upper case";
  }
  return "a string";
}

absl::Status SetFromText(const FieldDescriptor& field, absl::string_view text,
                         Message* message) {
  const Reflection& reflection = *message->GetReflection();
  const bool add = field.is_repeated();
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_STRING: {
      RETURN_IF_ERROR(CheckConventions(field, text));
      add ? reflection.AddString(message, &field, std::string(text))
          : reflection.SetString(message, &field, std::string(text));
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const auto number = ParseNumber(text);
      if (!number.ok()) return NotWhat(text, field);
      add ? reflection.AddDouble(message, &field, *number)
          : reflection.SetDouble(message, &field, *number);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT32: {
      ASSIGN_OR_RETURN(
          const uint64_t whole,
          WholeNumber(field, text, std::numeric_limits<uint32_t>::max()));
      const auto value = static_cast<uint32_t>(whole);
      add ? reflection.AddUInt32(message, &field, value)
          : reflection.SetUInt32(message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_UINT64: {
      ASSIGN_OR_RETURN(
          const uint64_t value,
          WholeNumber(field, text, std::numeric_limits<uint64_t>::max()));
      add ? reflection.AddUInt64(message, &field, value)
          : reflection.SetUInt64(message, &field, value);
      return absl::OkStatus();
    }
    case FieldDescriptor::CPPTYPE_BOOL:
      return SetBool(field, text, message);
    case FieldDescriptor::CPPTYPE_ENUM:
      return SetEnum(field, text, message);
    default:
      return BadValue(
          absl::StrCat("'", field.name(), "' does not take a text"));
  }
}

absl::Status SetFromYaml(absl::string_view file, const YamlValue& mapping,
                         Message* message) {
  const Descriptor& type = *message->GetDescriptor();
  for (const YamlValue& value : mapping.children) {
    const FieldDescriptor* field = type.FindFieldByName(value.key);
    if (field == nullptr) {
      return YamlError(
          file, value,
          absl::StrCat("'", value.key, "' is not a field of ", type.name(),
                       DidYouMean(value.key, FieldNames(type))));
    }
    if (!field->is_repeated()) {
      RETURN_IF_ERROR(SetOne(file, value, *field, message));
      continue;
    }
    if (!value.is_list()) {
      return YamlError(
          file, value,
          absl::StrCat("'", field->name(), "' must be a list of ",
                       ExpectedValue(*field), ", this is ", value.TypeName()));
    }
    for (const YamlValue& item : value.children) {
      RETURN_IF_ERROR(SetOne(file, item, *field, message));
    }
  }
  return absl::OkStatus();
}

}  // namespace meridian
