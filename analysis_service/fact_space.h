// The facts that rules can tell apart: for each fact that is not known the
// values of every region that a constant of the rules cuts out, and what one
// fact says of another. What holds for all these values holds for all values.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_FACT_SPACE_H_
#define ANALYSIS_SERVICE_FACT_SPACE_H_

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/policy.h"
#include "analysis_service/rule_shape.h"

namespace meridian::analysis {

// A rule and the facts that it is judged over.
struct SpaceRule {
  const CompiledRule* rule = nullptr;
  // Index into FactSpace's sources.
  int side = 0;
};

// A fact that is not known: a field, a call of a function, or a part of an
// expression whose values cannot be listed (opaque).
struct FactTerm {
  int side = 0;  // whose deployer it depends on
  FieldIndex field = -1;
  FunctionIndex function = -1;
  std::vector<FactValue> arguments;  // of `function`
  bool opaque = false;
  std::string name;  // `developer.controlled_from("XX", 0.25)`
  FieldType type = FieldType::kBool;
  // One for each region, sorted by constant; of opaque ones none: they are
  // true, false or unknown, in this order.
  std::vector<FactValue> values;
  // Lists: values are all subsets of so many members, bit by bit.
  int members = 0;
  // The first value, an empty list, cannot be: a model has some country.
  bool never_empty = false;

  int size() const { return opaque ? 3 : static_cast<int>(values.size()); }
};

// An atom over terms.
struct SpaceAtom {
  std::vector<int> terms;
  // Its truth for each choice of their values, the last one fastest.
  std::vector<Truth> table;
};

// `if_term` having `if_value` means `then_term` is true.
struct Implication {
  int if_term = -1;
  int if_value = 0;
  int then_term = -1;
};

// For each term the index of its value; -1: any.
using Assignment = std::vector<int>;

struct FactSpaceOptions {
  // Atoms with arithmetic and the like become opaque: then what holds
  // nowhere in the space certainly holds nowhere. Otherwise their constants
  // are tried: then what holds somewhere and replays certainly can hold.
  bool inexact_is_opaque = true;
  // Values of an atom's facts together, and members of a list, beyond which
  // it is opaque.
  int max_table = 1 << 14;
  int max_members = 10;
};

class FactSpace {
 public:
  // `known` has one source for each side: what it knows is fixed, what it
  // does not know may be anything, an imprecise number anything in its
  // interval, an incomplete list may grow. Facts that do not depend on the
  // deployer are the same on both sides. Rules and sources must outlive it.
  FactSpace(std::vector<SpaceRule> rules, std::vector<const FactSource*> known,
            const FactSpaceOptions& options = {});

  absl::Span<const SpaceRule> rules() const { return rules_; }
  // That a rule is satisfied, over atoms(); what is settled is folded.
  const Formula& formula(int rule) const { return formulas_[rule]; }
  absl::Span<const SpaceAtom> atoms() const { return atoms_; }
  absl::Span<const FactTerm> terms() const { return terms_; }
  absl::Span<const Implication> implications() const { return implications_; }
  // Why some term is opaque; empty: none is.
  const std::string& opaque_because() const { return opaque_because_; }

  // The truth of an atom; all its terms have values.
  Truth ValueOf(int atom, const Assignment& assignment) const;
  Truth ValueOf(const Formula& formula, const Assignment& assignment) const;
  // Terms that a formula depends on, sorted.
  std::vector<int> TermsOf(const Formula& formula) const;

  // The facts of an assignment as expressions see them; what has no value is
  // as known. Lives as long as the space.
  std::unique_ptr<FactSource> Facts(const Assignment& assignment,
                                    int side) const;

 private:
  friend class FactSpaceBuilder;
  friend class AssignedFacts;

  // 0 for what both sides share.
  int SideOf(bool of_deployer, int side) const {
    return sides_differ_ && of_deployer ? side : 0;
  }

  std::vector<SpaceRule> rules_;
  std::vector<const FactSource*> known_;
  std::vector<Formula> formulas_;
  std::vector<SpaceAtom> atoms_;
  std::vector<FactTerm> terms_;
  // (side, field) and (side, call) to the term.
  std::map<std::pair<int, FieldIndex>, int> term_of_field_;
  std::map<std::pair<int, std::string>, int> term_of_call_;
  std::vector<Implication> implications_;
  std::string opaque_because_;
  bool sides_differ_ = false;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACT_SPACE_H_
