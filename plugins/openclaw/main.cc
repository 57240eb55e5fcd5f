#include "plugins/openclaw/openclaw_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::OpenClawSource>(argc, argv);
}
