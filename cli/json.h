// Answers as proto JSON, and pages of an answer joined to one.
#ifndef CLI_JSON_H_
#define CLI_JSON_H_

#include <google/protobuf/message.h>

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::cli {

// One line of proto JSON: lowerCamelCase names, 64-bit integers as strings,
// fields without presence always there, unset optional ones left out.
// Errors: Internal (BAD_ANSWER) when the message is not valid UTF-8.
absl::StatusOr<std::string> ToJson(const google::protobuf::Message& message);

// Adds `offset` to every field called "evidence" that is an index, at any
// depth.
void ShiftEvidence(google::protobuf::Message& message, uint32_t offset);

// Appends a later page to an answer: rows are appended, evidence tables
// joined (indexes of the page follow), the page's next_page_token taken. All
// else, choices and warnings too, stays that of the first page.
void AppendPage(google::protobuf::Message& answer,
                google::protobuf::Message& page);

}  // namespace meridian::cli

#endif  // CLI_JSON_H_
