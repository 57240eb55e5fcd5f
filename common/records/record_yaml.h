// Records written in YAML: a mapping with lists of records by kind, as in
// reference files, in files of own evidence and in the fixtures of policy
// tests.
//
//   publisher: Example project   # optional: of citations that name none
//   cites: {title: Register}     # optional: of items without their own
//   organizations:               # a kind of record, in the plural
//     - name: Alpha              # fields, as record.proto spells them
//       cites: {url: "https://example.org/a"}
//       notes: [{field: name, kind: DOUBTFUL, text: "so it says"}]
#ifndef COMMON_RECORDS_RECORD_YAML_H_
#define COMMON_RECORDS_RECORD_YAML_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/yaml/yaml.h"
#include "meridian/v1/policy.pb.h"
#include "meridian/v1/record.pb.h"

namespace meridian {

// The errors of one file, kept so that a person sees all of them at once.
class FileErrors {
 public:
  void Add(const absl::Status& error);
  // OK without errors; else one message of at most 20 lines, with code,
  // reason and details of the first.
  absl::Status Join() const;

 private:
  absl::Status first_;
  std::vector<std::string> messages_;
  size_t count_ = 0;
};

struct RecordYamlOptions {
  // Keys of the mapping that the caller reads itself.
  std::vector<std::string> head;
  // JSON pointer of the mapping within its file; begins the locators'.
  std::string pointer;
};

// The records of a mapping in the order of the file, each with locator line
// and JSON pointer, and with the mapping's citation unless it has its own.
// Errors: InvalidArgument, "file:line:column: what, what to do":
//   BAD_YAML          unknown key or field, wrong type or value
//   BAD_RECORD        a field that the kind requires is missing
//   DUPLICATE_RECORD  two items of one key, naming both lines
std::vector<v1::Record> ReadRecords(absl::string_view file,
                                    const YamlValue& mapping,
                                    const RecordYamlOptions& options,
                                    FileErrors* errors);
// The same; nothing when there is an error.
absl::StatusOr<std::vector<v1::Record>> ReadRecords(
    absl::string_view file, const YamlValue& mapping,
    const RecordYamlOptions& options);

// A file of own evidence: `author:`, `date:` (a day), optional
// `document_sha256:` (64 hex digits), and records as above. Errors: as above,
// and BAD_YAML when a line of the head is missing or wrong.
absl::StatusOr<v1::OwnEvidence> ParseOwnEvidence(absl::string_view text,
                                                 absl::string_view file);

}  // namespace meridian

#endif  // COMMON_RECORDS_RECORD_YAML_H_
