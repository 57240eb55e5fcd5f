#include "plugins/votes/votes_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::VotesSource>(argc, argv);
}
