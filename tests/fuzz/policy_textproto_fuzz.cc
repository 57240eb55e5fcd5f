// Policies in the text format, from an enemy: refused with a place, or compiled
// with a digest.
#include <cstdlib>

#include "absl/strings/match.h"
#include "analysis_service/policy.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {

std::vector<std::string> Seeds() {
  return {
      "id: \"p\" version: \"1\"\nrules { id: \"r\" require: "
      "\"model.weights == OPEN\" }\n",
      "id: 'p' version: '1' sets { name: 'A' members: ['CN', 'RU'] }\n"
      "defines { name: 'd' expression: 'model.country in A' }\n"
      "rules { id: 'r' forbid: 'd' on_unknown: ON_UNKNOWN_EXCLUDE }\n"
      "rules { id: 's' prefer: 'model.parameters' weight: nan }\n"
      "waivers { rule: 'r' subject: 'm' until: '2026-01-01' approver: 'a' "
      "reason: 'b' }\n",
      "rules { id: \"r\" require: \"model.wieghts\" } deployer { country: ",
      "portfolio { id: 'h' max_hhi: inf dimension: DIMENSION_VENDOR }", ""};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace analysis = meridian::analysis;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  analysis::Environment environment;
  environment.lists = {"EU"};
  const auto policy =
      analysis::CompilePolicyText(text, "fuzz.textproto", environment);
  if (policy.ok()
          ? analysis::PolicyDigest(policy->policy).size() != 64
          : !absl::StartsWith(policy.status().message(), "fuzz.textproto:")) {
    std::abort();
  }
  return 0;
}
