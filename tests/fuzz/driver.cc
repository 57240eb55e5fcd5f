// Runs a fuzz target without libFuzzer: its seeds, then mutations of them.
// MERIDIAN_FUZZ_RUNS sets how many (default 3000), MERIDIAN_FUZZ_SEED the seed.
#include <algorithm>
#include <cstdlib>
#include <iostream>
#include <random>

#include "tests/fuzz/fuzz.h"

namespace {

uint64_t FromEnvironment(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()),
                         input.size());
}

// One small change: flip, insert, delete, repeat or splice.
void Mutate(std::mt19937_64& random, const std::vector<std::string>& seeds,
            std::string* input) {
  const auto below = [&](size_t n) { return n == 0 ? 0 : random() % n; };
  static const std::string kInteresting[] = {
      "\"",   "'",  ",", "\n", "\r\n", "{",     "}",       "[",
      "]",    ":",  "-", "\0", "\xff", "1e999", "-0",      "NaN",
      "null", "0x", "(", ")",  "&&",   "!",     "\\u0000", "#"};
  const size_t at = below(input->size() + 1);
  switch (random() % 6) {
    case 0:
      if (!input->empty()) {
        (*input)[below(input->size())] ^= static_cast<char>(1 << below(8));
      }
      break;
    case 1:
      input->insert(at, kInteresting[below(std::size(kInteresting))]);
      break;
    case 2:
      input->erase(at, 1 + below(8));
      break;
    case 3:
      input->insert(at, input->substr(at, 1 + below(64)));
      break;
    case 4: {
      const std::string& other = seeds[below(seeds.size())];
      input->replace(at, below(32), other, below(other.size() + 1), 48);
      break;
    }
    default:
      input->resize(at);
      break;
  }
}

}  // namespace

int main() {
  const std::vector<std::string> seeds = meridian::fuzz::Seeds();
  for (const std::string& seed : seeds) Run(seed);
  const uint64_t runs = FromEnvironment("MERIDIAN_FUZZ_RUNS", 3000);
  std::mt19937_64 random(FromEnvironment("MERIDIAN_FUZZ_SEED", 1));
  for (uint64_t run = 0; run < runs; ++run) {
    std::string input = seeds[random() % seeds.size()];
    const uint64_t changes = 1 + random() % 6;
    for (uint64_t i = 0; i < changes; ++i) Mutate(random, seeds, &input);
    if (input.size() > (1 << 16)) input.resize(1 << 16);
    Run(input);
  }
  std::cout << seeds.size() << " seeds and " << runs << " mutations ran\n";
  return 0;
}
