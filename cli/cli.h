// The program `meridian`, callable from tests.
#ifndef CLI_CLI_H_
#define CLI_CLI_H_

#include <ostream>
#include <string>
#include <vector>

namespace meridian::cli {

// Does what `args` (the words after the program's name) say and returns the
// exit code. Answers go to `out`, errors and progress to `err`. `terminal`:
// a person is looking, so colours (unless NO_COLOR is set) and a progress
// line that is rewritten.
int RunCli(std::vector<std::string> args, std::ostream& out, std::ostream& err,
           bool terminal);

}  // namespace meridian::cli

#endif  // CLI_CLI_H_
