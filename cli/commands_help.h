// What `--help` says of each command beyond its flags.
#ifndef CLI_COMMANDS_HELP_H_
#define CLI_COMMANDS_HELP_H_

#include <string>

#include "cli/invocation.h"

namespace meridian::cli {

struct CommandHelp {
  std::string purpose;     // one line
  std::string example;     // a whole command line
  std::string exit_codes;  // lines, each "  N  meaning\n"
};

const CommandHelp& HelpOf(CommandId command);

extern const char kProgramFooter[];

}  // namespace meridian::cli

#endif  // CLI_COMMANDS_HELP_H_
