#include "plugins/arena/arena_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::ArenaSource>(argc, argv);
}
