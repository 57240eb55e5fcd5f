// How long it takes to decide what two policies of 12 rules mean: by trying
// choices of facts, and by Z3.
#include <algorithm>
#include <cstdio>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/clock.h"
#include "analysis_service/policy_relation.h"

namespace {

using namespace meridian;            // NOLINT: a program of one page
using namespace meridian::analysis;  // NOLINT

// Nothing is known; the list has 60 members.
class Nothing : public FactSource {
 public:
  const FactValue& Get(FieldIndex) const override {
    static const FactValue missing = FactValue::Unknown(UnknownReason::kMissing);
    return missing;
  }
  StringList ListMembers(absl::string_view) const override {
    StringList list;
    for (int i = 10; i < 70; ++i) list.items.push_back(absl::StrCat("X", i));
    return list;
  }
};

CompiledPolicy Policy(const std::string& compute) {
  const std::string text = absl::StrCat(R"(id: p
version: "1"
sets:
  FAR: [X11, X80, X81, X82]
rules:
  - {id: weights, require: 'model.weights in OPEN_DOWNLOAD'}
  - {id: licence, require: 'licence.osi_approved || licence.id in ["L-1", "L-2"]'}
  - {id: use, require: 'licence.permits("commercial") && !licence.revocable'}
  - {id: control, forbid: 'FAR.exists(c, developer.controlled_from(c, 0.25))'}
  - {id: seat, require: 'developer.headquarters in BLOC || developer.incorporation in BLOC'}
  - {id: base, forbid: 'FAR.exists(c, model.derived_from_country(c))'}
  - {id: home, forbid: 'model.country in FAR'}
  - {id: homes, require: 'model.countries.all(c, c in BLOC || c == "X90")'}
  - {id: compute, require: 'model.training_compute <= )",
                                        compute, R"('}
  - {id: size, require: 'model.parameters <= 4e11 || model.active_parameters <= 4e10'}
  - {id: age, require: 'model.release_date >= timestamp("2024-01-01T00:00:00Z")'}
  - {id: law, require: 'licence.governing_law in BLOC || licence.governing_law == model.country'}
)");
  Environment environment;
  environment.lists = {"BLOC"};
  auto policy = CompilePolicyYaml(text, "p.yaml", environment);
  if (!policy.ok()) {
    std::fprintf(stderr, "%s\n", policy.status().ToString().c_str());
    std::exit(1);
  }
  return *std::move(policy);
}

void Measure(const char* name, const SolverOptions& options) {
  const Nothing nothing;
  const CompiledPolicy a = Policy("1e25"), b = Policy("1e26");
  std::vector<double> milliseconds;
  PolicyMeaning meaning;
  for (int i = 0; i < 21; ++i) {
    const absl::Time start = absl::Now();
    meaning = RelatePolicies({&a, &nothing}, {&b, &nothing}, true, options);
    milliseconds.push_back(absl::ToDoubleMilliseconds(absl::Now() - start));
  }
  std::sort(milliseconds.begin(), milliseconds.end());
  std::printf("%s: median %.1f ms, worst %.1f ms; relation %s, decided by %s\n",
              name, milliseconds[10], milliseconds.back(),
              v1::PolicyRelation_Name(meaning.relation).c_str(),
              meaning.decided_by.c_str());
}

}  // namespace

int main() {
  Measure("as configured", {});
  SolverOptions z3;
  z3.max_choices = 0;
  Measure("all by Z3", z3);
  SolverOptions tried;
  tried.use_z3 = false;
  Measure("without Z3", tried);
  return 0;
}
