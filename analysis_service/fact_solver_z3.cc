// Demands as a formula for Z3. A fact is its list of regions: one Boolean for
// each of which exactly one is true, or one for each member of a list. A
// formula in three values is a pair: certainly true, certainly false.
#include <z3++.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis_service/fact_solver.h"

namespace meridian::analysis {
namespace {

struct Rails {
  z3::expr is_true;
  z3::expr is_false;
};

class Encoder {
 public:
  Encoder(const FactSpace& space, const std::vector<int>& terms,
          z3::context& context, z3::solver& solver)
      : space_(space), context_(context), solver_(solver) {
    for (const int term : terms) Declare(term);
    for (const Implication& one : space.implications()) {
      if (values_.count(one.if_term) > 0 && values_.count(one.then_term) > 0) {
        solver_.add(z3::implies(ValueIs(one.if_term, one.if_value),
                                ValueIs(one.then_term, 0)));
      }
    }
  }

  void Require(const Demand& demand) {
    const Rails rails = Encode(space_.formula(demand.rule));
    const v1::OnUnknown on_unknown =
        space_.rules()[demand.rule].rule->on_unknown;
    const z3::expr admits =
        on_unknown == v1::ON_UNKNOWN_ADMIT ? !rails.is_false : rails.is_true;
    switch (demand.kind) {
      case DemandKind::kAdmits:
        return solver_.add(admits);
      case DemandKind::kNotAdmits:
        return solver_.add(!admits);
      case DemandKind::kExcludes:
        return solver_.add(on_unknown == v1::ON_UNKNOWN_EXCLUDE
                               ? !rails.is_true
                               : rails.is_false);
    }
  }

  // The value of a term in a model.
  int ValueIn(const z3::model& model, int term) const {
    for (int value = 0; value < space_.terms()[term].size(); ++value) {
      if (model.eval(ValueIs(term, value), true).is_true()) return value;
    }
    return -1;
  }

 private:
  void Declare(int term) {
    const FactTerm& fact = space_.terms()[term];
    const int count = fact.members > 0 ? fact.members : fact.size();
    z3::expr_vector booleans(context_);
    for (int i = 0; i < count; ++i) {
      booleans.push_back(
          context_.bool_const(absl::StrCat("t", term, "v", i).c_str()));
    }
    if (fact.members == 0) {
      solver_.add(z3::mk_or(booleans));
      solver_.add(z3::atmost(booleans, 1));
    } else if (fact.never_empty) {
      solver_.add(z3::mk_or(booleans));
    }
    values_.emplace(term, booleans);
  }

  z3::expr ValueIs(int term, int value) const {
    const z3::expr_vector& booleans = values_.at(term);
    if (space_.terms()[term].members == 0) return booleans[value];
    z3::expr all = context_.bool_val(true);
    for (unsigned bit = 0; bit < booleans.size(); ++bit) {
      all = all && (value >> bit & 1 ? booleans[bit] : !booleans[bit]);
    }
    return all;
  }

  Rails Encode(const Formula& formula) {
    switch (formula.op) {
      case Formula::Op::kTruth:
        return {context_.bool_val(formula.truth == Truth::kTrue),
                context_.bool_val(formula.truth == Truth::kFalse)};
      case Formula::Op::kAtom:
        return EncodeAtom(formula.atom);
      case Formula::Op::kNot: {
        Rails rails = Encode(formula.children[0]);
        return {rails.is_false, rails.is_true};
      }
      case Formula::Op::kAnd:
      case Formula::Op::kOr:
        break;
    }
    z3::expr_vector trues(context_), falses(context_);
    for (const Formula& child : formula.children) {
      const Rails rails = Encode(child);
      trues.push_back(rails.is_true);
      falses.push_back(rails.is_false);
    }
    if (formula.op == Formula::Op::kAnd) {
      return {z3::mk_and(trues), z3::mk_or(falses)};
    }
    return {z3::mk_or(trues), z3::mk_and(falses)};
  }

  // Its table, row by row.
  Rails EncodeAtom(int index) {
    const auto known = atoms_.find(index);
    if (known != atoms_.end()) return known->second;
    const SpaceAtom& atom = space_.atoms()[index];
    z3::expr_vector trues(context_), falses(context_);
    for (size_t cell = 0; cell < atom.table.size(); ++cell) {
      if (atom.table[cell] == Truth::kUnknown) continue;
      z3::expr row = context_.bool_val(true);
      size_t rest = cell;
      for (auto term = atom.terms.rbegin(); term != atom.terms.rend(); ++term) {
        const size_t size = space_.terms()[*term].size();
        row = row && ValueIs(*term, static_cast<int>(rest % size));
        rest /= size;
      }
      (atom.table[cell] == Truth::kTrue ? trues : falses).push_back(row);
    }
    return atoms_.emplace(index, Rails{z3::mk_or(trues), z3::mk_or(falses)})
        .first->second;
  }

  const FactSpace& space_;
  z3::context& context_;
  z3::solver& solver_;
  std::map<int, z3::expr_vector> values_;
  std::map<int, Rails> atoms_;
};

Solution Solve(const FactSpace& space, const std::vector<Demand>& demands,
               const std::vector<int>& terms, uint32_t limit) {
  Solution solution;
  solution.used_z3 = true;
  z3::context context;
  z3::solver solver(context);
  z3::params parameters(context);
  parameters.set("rlimit", limit);
  parameters.set("random_seed", 1u);
  solver.set(parameters);
  Encoder encoder(space, terms, context, solver);
  for (const Demand& demand : demands) encoder.Require(demand);
  switch (solver.check()) {
    case z3::unsat:
      solution.found = Truth::kFalse;
      break;
    case z3::unknown:
      solution.because = "not within the limit of steps";
      break;
    case z3::sat: {
      const z3::model model = solver.get_model();
      solution.found = Truth::kTrue;
      solution.assignment.assign(space.terms().size(), -1);
      for (const int term : terms) {
        solution.assignment[term] = encoder.ValueIn(model, term);
      }
      break;
    }
  }
  return solution;
}

}  // namespace

bool HasZ3() { return true; }

Solution SolveWithZ3(const FactSpace& space, const std::vector<Demand>& demands,
                     const std::vector<int>& terms, uint32_t limit) {
  // z3++ tells of errors by exceptions; nothing of them leaves this file.
  try {
    return Solve(space, demands, terms, limit);
  } catch (const z3::exception& error) {
    Solution solution;
    solution.used_z3 = true;
    solution.because = absl::StrCat("Z3: ", error.msg());
    return solution;
  }
}

}  // namespace meridian::analysis
