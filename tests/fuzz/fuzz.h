// A fuzz target: one function from bytes to nothing, which must neither crash
// nor hang nor break a promise of the parser under test.
//
// Built twice: with libFuzzer when MERIDIAN_FUZZ is on, and always with
// driver.cc, which runs the seeds and a fixed number of seeded mutations of
// them as an ordinary test.
#ifndef TESTS_FUZZ_FUZZ_H_
#define TESTS_FUZZ_FUZZ_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace meridian::fuzz {

// Inputs to begin from.
std::vector<std::string> Seeds();

}  // namespace meridian::fuzz

#endif  // TESTS_FUZZ_FUZZ_H_
