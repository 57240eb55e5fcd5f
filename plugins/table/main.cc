#include "plugins/table/table_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::TableSource>(argc, argv);
}
