#include "plugins/epoch/epoch_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::EpochSource>(argc, argv);
}
