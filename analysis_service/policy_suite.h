// The answer of TestPolicies: a suite of expectations run against policies.
// Plain C++: no gRPC, threads, clocks or files.
//
//   suite: name                         # for people
//   policies: [p.yaml]                  # files; their texts come beside it
//   as_of: 2026-09-30                   # frozen; else that of the request
//   catalog: false                      # true: the catalog takes part too
//   fixtures: {organizations: [...]}    # records, as in reference files
//   cases:                              # at least one
//     - name: unknown compute           # required, unique
//       policy: id                      # required when there are several
//       model: m, offering: {operator: Acme, route: r}
//       as_of: , on: , country_rule: , deployer: {country: US}
//       expect: UNDETERMINED            # or one of the lists below
//       rules: {id: UNKNOWN}            # TRUE, FALSE or UNKNOWN
//       reasons: [MISSING]              # each occurs in an unknown rule
//       facts: [model.weights]          # each is named as unknown
//       by_default: [id], waived: [id]  # exactly these rules
//       obligations: [text], warnings: [text], explains: [text]  # substrings
//       preference: [42.5, 62.5]        # of prefer rules: certain, possible
//     - name: both
//       matrix: {models: [a, b], expect: [ADMISSIBLE, EXCLUDED]}
//     - name: concentration
//       portfolio: {hhi-limit: FALSE}   # over all fixture models
//
// Fixtures are the only facts unless `catalog: true`; they count as published
// on the earliest date that the suite asks from, and as the caller's own. Where
// sources are to contradict each other they are a list, {source: NAME,
// organizations: [...]}, and believed as `precedences` among them say; each is
// whole. An item without a source is the caller's own.
#ifndef ANALYSIS_SERVICE_POLICY_SUITE_H_
#define ANALYSIS_SERVICE_POLICY_SUITE_H_

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

inline constexpr size_t kMaxSuiteBytes = 512 << 10;
inline constexpr size_t kMaxSuiteCases = 1000;

struct SuiteCase {
  std::string name;
  std::string policy;
  std::vector<std::string> models;
  std::vector<v1::Verdict> expect;  // by model; empty: not asked
  std::optional<v1::OfferingRef> offering;
  std::string as_of, on, country_rule;
  std::optional<v1::Deployer> deployer;
  std::vector<std::pair<std::string, std::string>> rules;  // id, truth
  std::vector<std::string> reasons, facts, obligations, warnings, explains;
  std::optional<std::vector<std::string>> by_default, waived;  // sorted
  std::optional<std::pair<double, double>> preference;
  std::vector<std::pair<std::string, std::string>> portfolio;
};

// What one source states.
struct SuiteFixtures {
  std::string source;  // empty: the caller's own
  std::vector<v1::Record> records;
};

struct PolicySuite {
  std::string name;
  std::vector<std::string> policies;
  std::string as_of;
  bool catalog = false;
  std::vector<SuiteFixtures> fixtures;
  std::vector<SuiteCase> cases;
};

// Errors: InvalidArgument (BAD_SUITE), every problem with FILE:LINE:COLUMN: an
// unknown key with the nearest known ones, a value of a wrong type, a fixture
// that its kind does not allow, a case that expects nothing.
absl::StatusOr<PolicySuite> ParseSuite(absl::string_view text,
                                       absl::string_view file);

// Errors: BAD_SUITE; BAD_POLICY of a policy of the suite; NotFound
// (UNKNOWN_POLICY) for a file that the request does not hold. A case that
// cannot be judged (an unknown model, a policy not in force) has failed, with
// the error as `got`.
absl::StatusOr<v1::TestPoliciesResponse> TestPolicies(
    const Question& question, const v1::TestPoliciesRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_SUITE_H_
