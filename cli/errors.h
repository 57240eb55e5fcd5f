// Errors as people see them, and as the shell does.
#ifndef CLI_ERRORS_H_
#define CLI_ERRORS_H_

#include "absl/status/status.h"
#include "cli/table.h"

namespace meridian::cli {

// `error: <message>`, then `reason: X` and what the details say beyond the
// message. Blocks of lines (a caret under a mistake) are printed as they come.
void PrintError(const absl::Status& error, const Output& output);

// 1 failed, 2 wrong input, 3 service unreachable.
int ExitCodeOf(const absl::Status& error);

}  // namespace meridian::cli

#endif  // CLI_ERRORS_H_
