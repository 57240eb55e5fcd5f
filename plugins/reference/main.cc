#include "plugins/reference/reference_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::ReferenceSource>(argc, argv);
}
