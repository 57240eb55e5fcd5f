// `meridian mapping draft`: a first mapping for a file that nobody has mapped.
#ifndef PLUGINS_TABLE_DRAFT_H_
#define PLUGINS_TABLE_DRAFT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::table {

// Looks at the rows of `bytes` and proposes a mapping: format (by the ending of
// `path`), where the rows are, which column is the name, the value, an end of
// its interval, a price, a licence, with types and units as far as the cells
// show them. What it cannot know - whether more is better, what absence means,
// whose model a route serves - it marks "doubt:" in a comment. The result is a
// mapping that Check accepts. Errors: InvalidArgument with UNKNOWN_FORMAT,
// NOTHING_TO_MAP (no rows, or none with a name), those of the readers.
absl::StatusOr<std::string> DraftMapping(const std::string& bytes,
                                         absl::string_view path);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_DRAFT_H_
