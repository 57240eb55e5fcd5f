// From the words of the command line to an Invocation.
#ifndef CLI_PARSE_H_
#define CLI_PARSE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "cli/invocation.h"

namespace meridian::cli {

// What the words ask for: either to do something, or only to print `text`
// (help, version).
struct Parsed {
  std::optional<Invocation> invocation;
  std::string text;
};

// Parses the words after the program's name. Addresses that are not given
// come from MERIDIAN_INGEST and MERIDIAN_ANALYSIS when those are set.
// Errors: InvalidArgument (BAD_USAGE) saying what is wrong, with a suggestion
// when a known word is near.
absl::StatusOr<Parsed> Parse(const std::vector<std::string>& words);

}  // namespace meridian::cli

#endif  // CLI_PARSE_H_
