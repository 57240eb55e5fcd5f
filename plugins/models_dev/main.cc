#include "plugins/models_dev/catalogue_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::ModelsDevSource>(argc, argv);
}
