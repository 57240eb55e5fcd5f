#include "analysis_service/fact_solver.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace meridian::analysis {
namespace {

// Sets of demands that share facts, or whose facts say something of each
// other.
class Parts {
 public:
  Parts(const FactSpace& space, size_t demands) : space_(space) {
    parent_.resize(demands + space.terms().size());
    std::iota(parent_.begin(), parent_.end(), 0);
    demands_ = demands;
  }

  void Join(size_t demand, const std::vector<int>& terms) {
    for (const int term : terms) Unite(demand, demands_ + term);
  }

  std::vector<std::vector<Demand>> Split(const std::vector<Demand>& demands) {
    for (const Implication& implication : space_.implications()) {
      Unite(demands_ + implication.if_term, demands_ + implication.then_term);
    }
    std::map<size_t, std::vector<Demand>> parts;
    for (size_t i = 0; i < demands.size(); ++i) {
      parts[Root(i)].push_back(demands[i]);
    }
    std::vector<std::vector<Demand>> split;
    for (auto& [root, part] : parts) split.push_back(std::move(part));
    return split;
  }

 private:
  size_t Root(size_t node) const {
    while (parent_[node] != node) node = parent_[node];
    return node;
  }
  void Unite(size_t a, size_t b) { parent_[Root(a)] = Root(b); }

  const FactSpace& space_;
  std::vector<size_t> parent_;
  size_t demands_ = 0;
};

}  // namespace

bool Meets(Truth truth, v1::OnUnknown on_unknown, DemandKind kind) {
  const bool admits =
      truth == Truth::kTrue ||
      (truth == Truth::kUnknown && on_unknown == v1::ON_UNKNOWN_ADMIT);
  switch (kind) {
    case DemandKind::kAdmits:
      return admits;
    case DemandKind::kNotAdmits:
      return !admits;
    case DemandKind::kExcludes:
      break;
  }
  return truth == Truth::kFalse ||
         (truth == Truth::kUnknown && on_unknown == v1::ON_UNKNOWN_EXCLUDE);
}

std::vector<int> FactSolver::TermsOf(const std::vector<Demand>& demands) const {
  std::vector<int> terms;
  for (const Demand& demand : demands) {
    const std::vector<int> own = space_.TermsOf(space_.formula(demand.rule));
    terms.insert(terms.end(), own.begin(), own.end());
  }
  std::sort(terms.begin(), terms.end());
  terms.erase(std::unique(terms.begin(), terms.end()), terms.end());
  return terms;
}

Solution FactSolver::Solve(std::vector<Demand> demands) {
  std::sort(demands.begin(), demands.end());
  demands.erase(std::unique(demands.begin(), demands.end()), demands.end());
  Parts parts(space_, demands.size());
  for (size_t i = 0; i < demands.size(); ++i) {
    parts.Join(i, TermsOf({demands[i]}));
  }
  Solution whole;
  whole.found = Truth::kTrue;
  whole.assignment.assign(space_.terms().size(), -1);
  for (const std::vector<Demand>& part : parts.Split(demands)) {
    const Solution& solved = SolvePart(part);
    whole.used_z3 |= solved.used_z3;
    // One part that cannot be met settles it, whatever the others are.
    if (solved.found == Truth::kFalse) {
      whole.found = Truth::kFalse;
      whole.because.clear();
      break;
    }
    if (solved.found == Truth::kUnknown) {
      whole.found = Truth::kUnknown;
      whole.because = solved.because;
      continue;
    }
    for (size_t term = 0; term < solved.assignment.size(); ++term) {
      if (solved.assignment[term] >= 0) {
        whole.assignment[term] = solved.assignment[term];
      }
    }
  }
  if (whole.found != Truth::kTrue) whole.assignment.clear();
  return whole;
}

const Solution& FactSolver::SolvePart(const std::vector<Demand>& demands) {
  const auto [found, is_new] = solved_.try_emplace(demands);
  if (!is_new) return found->second;
  const std::vector<int> terms = TermsOf(demands);
  const bool has_z3 = options_.use_z3 && HasZ3();
  const uint64_t most = options_.max_choices;
  uint64_t choices = 1;
  for (const int term : terms) {
    choices *= std::max(space_.terms()[term].size(), 1);
    if (choices > most) break;
  }
  if (choices <= most) {
    found->second = Enumerate(demands, terms);
  } else if (has_z3) {
    found->second = SolveWithZ3(space_, demands, terms, options_.z3_limit);
  } else {
    found->second.because =
        "there are too many choices to try, and Z3 is not used";
  }
  return found->second;
}

bool FactSolver::Holds(const std::vector<Demand>& demands,
                       const Assignment& assignment) const {
  return std::all_of(demands.begin(), demands.end(), [&](const Demand& demand) {
    return Meets(space_.ValueOf(space_.formula(demand.rule), assignment),
                 space_.rules()[demand.rule].rule->on_unknown, demand.kind);
  });
}

Solution FactSolver::Enumerate(const std::vector<Demand>& demands,
                               const std::vector<int>& terms) const {
  Solution solution;
  Assignment assignment(space_.terms().size(), -1);
  for (const int term : terms) {
    assignment[term] = space_.terms()[term].never_empty ? 1 : 0;
  }
  // Both ends have values here.
  std::vector<Implication> binding;
  for (const Implication& implication : space_.implications()) {
    if (assignment[implication.if_term] >= 0 &&
        assignment[implication.then_term] >= 0) {
      binding.push_back(implication);
    }
  }
  const auto possible = [&] {
    return std::all_of(binding.begin(), binding.end(),
                       [&](const Implication& one) {
                         return assignment[one.if_term] != one.if_value ||
                                assignment[one.then_term] == 0;
                       });
  };
  for (;;) {
    if (possible() && Holds(demands, assignment)) {
      solution.found = Truth::kTrue;
      solution.assignment = std::move(assignment);
      return solution;
    }
    size_t at = 0;
    for (; at < terms.size(); ++at) {
      const FactTerm& term = space_.terms()[terms[at]];
      if (++assignment[terms[at]] < term.size()) break;
      assignment[terms[at]] = term.never_empty ? 1 : 0;
    }
    if (at == terms.size()) break;
  }
  solution.found = Truth::kFalse;
  return solution;
}

}  // namespace meridian::analysis
