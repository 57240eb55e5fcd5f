// Whole files: configuration, mappings, golden files. Documents are streamed
// instead.
#ifndef COMMON_BASE_FILES_H_
#define COMMON_BASE_FILES_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

// Errors: NotFound (NO_SUCH_FILE).
absl::StatusOr<std::string> ReadWholeFile(const std::string& path);

// Replaces a file, or leaves the old one as it was. Errors: Unavailable
// (CANNOT_WRITE).
absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes);

}  // namespace meridian

#endif  // COMMON_BASE_FILES_H_
