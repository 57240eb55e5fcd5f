// Groups as the command line gives them.
#ifndef CLI_GROUP_ARG_H_
#define CLI_GROUP_ARG_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/invocation.h"

namespace meridian::cli {

// Splits "NAME=EXPR" or takes "NAME" (a named group). An expression without
// a name gets `unnamed`, or is an error when that is empty.
absl::StatusOr<GroupArg> ParseGroup(absl::string_view text,
                                    absl::string_view unnamed);

// The groups of `gap`: those of --group, or --a and --b, or by default those
// that the build names (MERIDIAN_DEFAULT_GROUPS). Errors: InvalidArgument
// (BAD_USAGE) when there is only one, one has no name, or two share a name.
absl::StatusOr<std::vector<GroupArg>> GroupsToCompare(
    const std::vector<std::string>& texts, const std::string& a,
    const std::string& b);

}  // namespace meridian::cli

#endif  // CLI_GROUP_ARG_H_
