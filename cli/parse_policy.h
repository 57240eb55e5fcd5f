// The commands `policy ...` and their flags.
#ifndef CLI_PARSE_POLICY_H_
#define CLI_PARSE_POLICY_H_

#include <cstdint>
#include <functional>
#include <string>

#include "cli/invocation.h"

namespace CLI {
class App;
}  // namespace CLI

namespace meridian::cli {

// What the parser does for every command.
struct CommandAdder {
  // Adds a command with its help.
  std::function<CLI::App*(CLI::App* parent, const std::string& name,
                          CommandId id)>
      add;
  // Gives it --limit with a default.
  std::function<void(CLI::App* app, uint32_t fallback)> add_limit;
};

// Adds the commands to `policy`; their values go to `args`, which must live
// as long as the parser.
void AddPolicyCommands(CLI::App* policy, Args& args, const CommandAdder& adder);

}  // namespace meridian::cli

#endif  // CLI_PARSE_POLICY_H_
