// Curated data in YAML: organisations, names, boards, lists, licences, each
// row with what it rests on. README.md describes the format.
#ifndef PLUGINS_REFERENCE_REFERENCE_FILE_H_
#define PLUGINS_REFERENCE_REFERENCE_FILE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "meridian/v1/record.pb.h"

namespace meridian {

struct ReferenceFile {
  // As the file states it; basis STATED.
  v1::Vintage vintage;
  // In the order of the file, each with locator line and JSON pointer, and
  // with the file's citation unless it has its own.
  std::vector<v1::Record> records;
};

// What a file is by its keys.
enum class ReferenceKind {
  kRecords,
  kPolicy,  // `id` and `rules`: one StoredPolicy
  kSuite,  // `suite`: tests of policies, which hold no statement about anything
};
// Errors: InvalidArgument (BAD_YAML).
absl::StatusOr<ReferenceKind> KindOfReferenceFile(absl::string_view text,
                                                  absl::string_view file);

// A policy as a record with the whole text; the analysis service checks its
// rules. Errors: InvalidArgument (BAD_YAML): id, version or a date is no text
// or no date.
absl::StatusOr<v1::Record> ParsePolicyRecord(absl::string_view text,
                                             absl::string_view file);

// Reads a whole file. Curated data must be right: one bad item fails the
// file. Errors: InvalidArgument, "file:line:column: what, what to do", one
// line for each bad item (at most 20):
//   BAD_YAML          syntax, unknown key or field, wrong type, no vintage
//   BAD_RECORD        a field that the kind requires is missing
//   DUPLICATE_RECORD  two items of one key, naming both lines
// The reason is that of the first.
absl::StatusOr<ReferenceFile> ParseReferenceFile(absl::string_view text,
                                                 absl::string_view file);

}  // namespace meridian

#endif  // PLUGINS_REFERENCE_REFERENCE_FILE_H_
