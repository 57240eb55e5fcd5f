// What the facts that are not known could still do. Kleene logic is sound but
// leaves `model.country in EU && model.country == "XX"` unknown while the
// country is; here every rule is held against all that the facts could be.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_COMPLETION_H_
#define ANALYSIS_SERVICE_COMPLETION_H_

#include <vector>

#include "analysis_service/fact_solver.h"
#include "analysis_service/policy.h"

namespace meridian::analysis {

// TRUE: some values of the unknown facts, shown to the evaluator, give it.
// FALSE: none do. UNKNOWN: not decided within the limits.
struct Completion {
  Truth can_be_admitted = Truth::kUnknown;
  Truth can_be_excluded = Truth::kUnknown;
};

// Known facts stay, an imprecise number lies anywhere in its interval, an
// incomplete list may grow, everything else may be anything. `waived[i]`: rule
// i counts as satisfied; empty: none. on_unknown still holds for what has no
// value (ERROR).
Completion CompleteVerdict(const CompiledPolicy& policy,
                           const FactSource& known,
                           const std::vector<bool>& waived = {},
                           const SolverOptions& options = {});

// A subject of which nothing is known; the deployer, the days and the lists
// are those of `question`, which must outlive it.
class ThoughtUpFacts : public FactSource {
 public:
  explicit ThoughtUpFacts(const FactSource& question) : question_(question) {}

  const FactValue& Get(FieldIndex field) const override;
  StringList ListMembers(absl::string_view list) const override {
    return question_.ListMembers(list);
  }

 private:
  const FactSource& question_;
};

// What a rule is whatever the facts of a subject are. TRUE: it is so for all;
// FALSE: facts that say otherwise were shown to the evaluator.
Truth NeverTrue(const CompiledRule& rule, const FactSource& question,
                const SolverOptions& options = {});
Truth AlwaysTrue(const CompiledRule& rule, const FactSource& question,
                 const SolverOptions& options = {});

// Rules over thought-up or partly known facts: what can be met, with facts
// that replay through the evaluator.
class RuleSpace {
 public:
  // As FactSpace. Rules and sources must outlive it.
  RuleSpace(const std::vector<SpaceRule>& rules,
            const std::vector<const FactSource*>& known,
            const SolverOptions& options = {});

  struct Result {
    Truth possible = Truth::kUnknown;
    // TRUE: the facts, in a space; else null.
    const FactSpace* space = nullptr;
    Assignment assignment;
    std::string because;  // UNKNOWN: why
  };
  Result Find(const std::vector<Demand>& demands);

  // Some answer so far needed Z3.
  bool used_z3() const { return used_z3_; }

 private:
  bool Replays(const FactSpace& space, const Assignment& assignment,
               const std::vector<Demand>& demands) const;

  const std::vector<SpaceRule> rules_;
  const std::vector<const FactSource*> known_;
  const SolverOptions options_;
  FactSpace sound_;  // what holds nowhere in it holds nowhere
  FactSolver solver_;
  std::unique_ptr<FactSpace> tried_;  // what is found in it is tried
  std::unique_ptr<FactSolver> trier_;
  bool used_z3_ = false;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_COMPLETION_H_
