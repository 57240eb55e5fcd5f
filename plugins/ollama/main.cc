#include "plugins/ollama/ollama_source.h"

int main(int argc, char** argv) {
  return meridian::RunSource<meridian::OllamaSource>(argc, argv);
}
