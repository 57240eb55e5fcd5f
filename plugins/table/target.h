// Where a value goes: a path into a record, such as "value",
// "training_compute.low", "licences[].licence" or "cites.url".
#ifndef PLUGINS_TABLE_TARGET_H_
#define PLUGINS_TABLE_TARGET_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "meridian/v1/record.pb.h"

namespace meridian::table {

struct Target {
  // As written.
  std::string path;
  // Fields from the Record down to the scalar.
  std::vector<const google::protobuf::FieldDescriptor*> fields;
  // Elements of a list of messages: the path up to and with the brackets,
  // "licences[]" or "prices[0]". All targets of a block with the same one
  // fill the same elements. Empty: not in a list of messages.
  std::string list;
  // Index into `fields` of the list; meaningful when `list` is not empty.
  size_t list_at = 0;

  const google::protobuf::FieldDescriptor& scalar() const {
    return *fields.back();
  }
};

// Resolves a path for records of a kind (a field of Record's oneof). Paths
// begin with a field of the kind, or with "cites" or "notes". A list of
// messages takes "[]" or "[N]"; a list of scalars takes "[]" or nothing.
// Errors: InvalidArgument (BAD_MAPPING) with the nearest names.
absl::StatusOr<Target> ResolveTarget(
    const google::protobuf::FieldDescriptor& kind, absl::string_view path);

// Sets a value, following the path; messages on the way are made. For a
// target in a list, `element` is the element's number among the list's.
absl::Status SetTarget(const Target& target, int element,
                       absl::string_view value, v1::Record* record);

// How many elements the list of a target has.
int ListSize(const Target& target, const v1::Record& record);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_TARGET_H_
