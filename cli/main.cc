// The program `meridian`: a client of the two services (docs/cli.md).
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <string>

#include "cli/cli.h"

namespace {

// `meridian plugin` and `meridian mapping` are a program of their own beside
// this one: authors of plugins start plugins, which a plain client never does.
int StartKit(char** argv) {
  std::error_code error;
  const std::filesystem::path kit =
      std::filesystem::read_symlink("/proc/self/exe", error).parent_path() /
      "meridian-plugin";
  execv(kit.c_str(), argv);
  std::perror(kit.c_str());
  return 2;
}

}  // namespace

int main(int argc, char** argv) {
  const std::string command = argc > 1 ? argv[1] : "";
  if (command == "plugin" || command == "mapping") return StartKit(argv);
  return meridian::cli::RunCli({argv + 1, argv + argc}, std::cout, std::cerr,
                               isatty(STDOUT_FILENO) != 0);
}
