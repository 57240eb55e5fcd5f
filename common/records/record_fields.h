// Fills records by the names of their fields, through protobuf reflection:
// every field of every kind can be filled, also those added later.
//
// Beyond the proto's types, the conventions of record.proto are checked:
// dates are ISO 8601, countries are ISO 3166-1 alpha-2 in upper case,
// numbers are finite. Values of enumerations are written without their
// prefix ("OPEN") or with it ("WEIGHTS_OPEN").
#ifndef COMMON_RECORDS_RECORD_FIELDS_H_
#define COMMON_RECORDS_RECORD_FIELDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/yaml/yaml.h"
#include "google/protobuf/descriptor.h"
#include "google/protobuf/message.h"

namespace meridian {

// The kind called `name` ("score", "method_override"): its field in Record's
// oneof. nullptr when there is none.
const google::protobuf::FieldDescriptor* FindRecordKind(absl::string_view name);
// The same by plural ("scores", "aliases").
const google::protobuf::FieldDescriptor* FindRecordKindByPlural(
    absl::string_view plural);
// Names of all kinds, in the order of the proto; "score" or "scores".
std::vector<std::string> RecordKindNames();
std::vector<std::string> RecordKindPlurals();

// Names of a message's fields.
std::vector<std::string> FieldNames(const google::protobuf::Descriptor& type);

// Whether the field holds a date by its name: date, vintage, from, to,
// valid_from, valid_to, *_date.
bool IsDateField(const google::protobuf::FieldDescriptor& field);

// What the field takes, for messages: "a number", "one of NONE, OPEN", "a
// date such as 2025-02-14".
std::string ExpectedValue(const google::protobuf::FieldDescriptor& field);

// Sets a scalar field from text, or adds to a repeated one. Errors:
// InvalidArgument (BAD_VALUE) saying what the text is not and what was
// expected; the message then stays as it was.
absl::Status SetFromText(const google::protobuf::FieldDescriptor& field,
                         absl::string_view text,
                         google::protobuf::Message* message);

// Sets the fields of `message` from a YAML mapping, strictly: unknown field
// (with the nearest names), wrong type, empty value. Errors: InvalidArgument
// (BAD_YAML), "file:line:column: what, what to do".
absl::Status SetFromYaml(absl::string_view file, const YamlValue& mapping,
                         google::protobuf::Message* message);

}  // namespace meridian

#endif  // COMMON_RECORDS_RECORD_FIELDS_H_
