#include "plugins/osai/osai_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::OsaiSource>(argc, argv);
}
