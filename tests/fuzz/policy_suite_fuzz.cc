// Suites of policy tests from an enemy: refused, or with cases that expect
// something.
#include <cstdlib>

#include "analysis_service/policy_suite.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {

std::vector<std::string> Seeds() {
  return {
      "suite: s\npolicies: [p.yaml]\nas_of: 2026-09-30\nfixtures:\n"
      "  organizations:\n    - {name: A, headquarters: [{country: XA}]}\n"
      "  models:\n    - {name: m, developers: [A], weights: OPEN}\n"
      "cases:\n  - name: x\n    model: m\n    expect: EXCLUDED\n"
      "    rules: {r: TRUE, s: false}\n    reasons: [MISSING]\n",
      "policies: [p]\ncases:\n  - name: y\n    offering: {operator: o, route: "
      "r}\n    deployer: {country: US}\n    on: 2025-01-10\n    matrix: "
      "{models: [a, b], expect: [ADMISSIBLE, UNDETERMINED]}\n",
      "policies: [p]\ncases: [{name: z, portfolio: {h: FALSE}}]\n",
      "cases: [{}]\n", ""};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace analysis = meridian::analysis;
  const auto suite = analysis::ParseSuite(
      absl::string_view(reinterpret_cast<const char*>(data), size),
      "fuzz.yaml");
  if (!suite.ok()) return 0;
  for (const analysis::SuiteCase& one : suite->cases) {
    if (one.name.empty() || (one.models.empty() && one.portfolio.empty())) {
      std::abort();
    }
  }
  return 0;
}
