// Policies from an enemy: refused, or compiled with a digest.
#include <cstdlib>

#include "analysis_service/policy.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {

std::vector<std::string> Seeds() {
  return {
      "id: p\nversion: 1\nsets:\n  A: [CN, RU]\nrules:\n  - id: r\n"
      "    require: model.weights in OPEN_DOWNLOAD\n    because: x\n"
      "  - id: s\n    forbid: |\n      model.country in A\n"
      "    on_unknown: EXCLUDE\n",
      "id: p\nversion: 1\nrules: [{id: a, require: \"model.wieghts == "
      "OPEN\"}]\n",
      "id: p\nversion: 1\ndefines:\n  a: b && b\n  b: model.weights == OPEN\n"
      "rules: [{id: r, require: a}, {id: s, prefer: model.parameters, weight: "
      "2}, {id: t, oblige: 'true', obligation: o}]\n"
      "waivers: [{rule: r, subject: m, until: 2026-01-01, approver: x, "
      "reason: y}]\nportfolio: [{id: h, max_hhi: 2500, dimension: VENDOR}]\n"
      "objectives: [{task: t, board: b}]\ndeployer: {country: FR}\n",
      "id: p\nversion: 1\ndefines: {a: b, b: a}\nrules: [{id: r, forbid: "
      "a}]\n",
      "rules:\n  - forbid: >-\n      model.country ==\n      \"US\"\n",
      "[]",
      ""};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace analysis = meridian::analysis;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  analysis::Environment environment;
  environment.lists = {"EU"};
  const auto policy =
      analysis::CompilePolicyYaml(text, "fuzz.yaml", environment);
  if (policy.ok() && analysis::PolicyDigest(policy->policy).size() != 64) {
    std::abort();
  }
  return 0;
}
