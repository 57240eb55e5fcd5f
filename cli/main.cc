// The program `meridian`: a client of the two services (docs/cli.md).
#include <unistd.h>

#include <iostream>

#include "cli/cli.h"

int main(int argc, char** argv) {
  return meridian::cli::RunCli({argv + 1, argv + argc}, std::cout, std::cerr,
                               isatty(STDOUT_FILENO) != 0);
}
