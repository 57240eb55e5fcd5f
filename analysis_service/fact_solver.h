// Looks for facts under which rules are satisfied or violated. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_FACT_SOLVER_H_
#define ANALYSIS_SERVICE_FACT_SOLVER_H_

#include <compare>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "analysis_service/fact_space.h"

namespace meridian::analysis {

enum class DemandKind { kAdmits, kNotAdmits, kExcludes };

// What is demanded of a rule of a space: that it counts as satisfied, that it
// does not, or that it counts as violated; on_unknown is applied.
struct Demand {
  int rule = 0;
  DemandKind kind = DemandKind::kAdmits;
  auto operator<=>(const Demand&) const = default;
};

// Whether a truth of a rule's formula meets a demand.
bool Meets(Truth truth, v1::OnUnknown on_unknown, DemandKind kind);

struct Solution {
  // TRUE: `assignment` meets all demands. FALSE: none does. UNKNOWN: not
  // decided, see `because`.
  Truth found = Truth::kUnknown;
  Assignment assignment;  // terms that do not matter: -1
  bool used_z3 = false;
  std::string because;
};

struct SolverOptions {
  // Choices of values that are tried one by one; more go to Z3, and are not
  // decided where there is none. 2^16 take some 20 ms, Z3 rather more
  // (bench/relation_bench).
  uint64_t max_choices = 1 << 16;
  bool use_z3 = true;
  // Z3's own count of its steps, so that an answer does not depend on the
  // machine.
  uint32_t z3_limit = 2'000'000;
};

// This program has Z3 in it.
bool HasZ3();

// Demands that share no fact are solved apart; what was solved is kept.
// `space` must outlive it. Not thread-safe.
class FactSolver {
 public:
  explicit FactSolver(const FactSpace& space, SolverOptions options = {})
      : space_(space), options_(options) {}

  // All demands at once.
  Solution Solve(std::vector<Demand> demands);

 private:
  const Solution& SolvePart(const std::vector<Demand>& demands);
  Solution Enumerate(const std::vector<Demand>& demands,
                     const std::vector<int>& terms) const;
  // Terms of all demands, sorted.
  std::vector<int> TermsOf(const std::vector<Demand>& demands) const;
  bool Holds(const std::vector<Demand>& demands,
             const Assignment& assignment) const;

  const FactSpace& space_;
  const SolverOptions options_;
  std::map<std::vector<Demand>, Solution> solved_;
};

// The same by Z3: one context a call, a fixed seed, `limit` steps.
Solution SolveWithZ3(const FactSpace& space, const std::vector<Demand>& demands,
                     const std::vector<int>& terms, uint32_t limit);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACT_SOLVER_H_
