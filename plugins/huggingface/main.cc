#include "plugins/huggingface/hub_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::HubSource>(argc, argv);
}
