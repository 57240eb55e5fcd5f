#include "analysis_service/policy_relation.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/answer.h"

namespace meridian::analysis {
namespace {

// Whether some facts meet what is demanded of both policies, and which.
struct Half {
  Truth possible = Truth::kFalse;
  std::string because;  // UNKNOWN: why
  v1::PolicyWitness witness;
};

class Relation {
 public:
  Relation(const PolicySide& a, const PolicySide& b, bool same_deployer,
           const SolverOptions& options)
      : a_(a),
        b_(b),
        facts_a_(*a.question),
        facts_b_(*b.question),
        space_(Rules(same_deployer), Known(same_deployer), options) {}

  PolicyMeaning Decide() {
    PolicyMeaning meaning;
    const Half only_b = Only(in_b_, in_a_);
    const Half only_a = Only(in_a_, in_b_);
    for (const Half* half : {&only_b, &only_a}) {
      if (half->possible == Truth::kTrue) {
        meaning.witnesses.push_back(half->witness);
      }
      if (half->possible == Truth::kUnknown) {
        meaning.decided_by = NotDecided(half->because);
      }
    }
    if (!meaning.decided_by.empty()) return meaning;
    if (only_b.possible == Truth::kFalse) {
      meaning.relation = only_a.possible == Truth::kFalse
                             ? v1::POLICY_RELATION_EQUIVALENT
                             : v1::POLICY_RELATION_B_STRICTER;
    } else if (only_a.possible == Truth::kFalse) {
      meaning.relation = v1::POLICY_RELATION_A_STRICTER;
    } else {
      const RuleSpace::Result both = Both();
      if (both.possible == Truth::kUnknown) {
        meaning.decided_by = NotDecided(both.because);
        return meaning;
      }
      meaning.relation = both.possible == Truth::kTrue
                             ? v1::POLICY_RELATION_INCOMPARABLE
                             : v1::POLICY_RELATION_DISJOINT;
    }
    meaning.decided_by = space_.used_z3() ? "z3" : "enumeration";
    return meaning;
  }

 private:
  static std::string NotDecided(absl::string_view because) {
    return absl::StrCat("not decided: ", because.empty()
                                             ? "facts found do not replay"
                                             : because);
  }

  std::vector<SpaceRule> Rules(bool same_deployer) {
    std::vector<SpaceRule> rules;
    const auto add = [&](const CompiledPolicy& policy, int side,
                         std::vector<int>* indices) {
      for (const CompiledRule& rule : policy.rules) {
        if (!rule.is_hard()) continue;
        indices->push_back(static_cast<int>(rules.size()));
        rules.push_back({&rule, side});
      }
    };
    add(*a_.policy, 0, &in_a_);
    add(*b_.policy, same_deployer ? 0 : 1, &in_b_);
    return rules;
  }

  std::vector<const FactSource*> Known(bool same_deployer) {
    if (same_deployer) return {&facts_a_};
    return {&facts_a_, &facts_b_};
  }

  static std::vector<Demand> Admit(const std::vector<int>& rules) {
    std::vector<Demand> demands;
    for (const int rule : rules) demands.push_back({rule, DemandKind::kAdmits});
    return demands;
  }

  // Admitted by all of `in`, and not by one of `out`.
  Half Only(const std::vector<int>& in, const std::vector<int>& out) {
    Half half;
    for (const int rule : out) {
      std::vector<Demand> demands = Admit(in);
      demands.push_back({rule, DemandKind::kNotAdmits});
      const RuleSpace::Result result = space_.Find(demands);
      if (result.possible == Truth::kTrue) {
        half.possible = Truth::kTrue;
        half.witness = Tell(result);
        return half;
      }
      if (result.possible == Truth::kUnknown) {
        half.possible = Truth::kUnknown;
        half.because = result.because;
      }
    }
    return half;
  }

  RuleSpace::Result Both() {
    std::vector<Demand> demands = Admit(in_a_);
    const std::vector<Demand> of_b = Admit(in_b_);
    demands.insert(demands.end(), of_b.begin(), of_b.end());
    return space_.Find(demands);
  }

  v1::PolicyWitness Tell(const RuleSpace::Result& result) const {
    v1::PolicyWitness witness;
    for (v1::Fact& fact : TellAssignment(*result.space, result.assignment)) {
      *witness.add_facts() = std::move(fact);
    }
    const int side_b =
        result.space->rules().empty() ? 0 : result.space->rules().back().side;
    witness.set_a(
        Judge(*a_.policy, *result.space->Facts(result.assignment, 0)).verdict);
    witness.set_b(
        Judge(*b_.policy, *result.space->Facts(result.assignment, side_b))
            .verdict);
    return witness;
  }

  const PolicySide a_;
  const PolicySide b_;
  const ThoughtUpFacts facts_a_;
  const ThoughtUpFacts facts_b_;
  std::vector<int> in_a_;
  std::vector<int> in_b_;
  RuleSpace space_;
};

}  // namespace

std::vector<v1::Fact> TellAssignment(const FactSpace& space,
                                     const Assignment& assignment) {
  std::vector<v1::Fact> facts;
  for (size_t i = 0; i < assignment.size(); ++i) {
    const FactTerm& term = space.terms()[i];
    if (assignment[i] < 0 || term.opaque) continue;
    v1::Fact& fact = facts.emplace_back();
    fact.set_field(term.side == 0 ? term.name
                                  : absl::StrCat(term.name, " of B"));
    *fact.mutable_value() = ToProto(term.values[assignment[i]]);
  }
  std::sort(facts.begin(), facts.end(),
            [](const v1::Fact& x, const v1::Fact& y) {
              return x.field() < y.field();
            });
  return facts;
}

PolicyMeaning RelatePolicies(const PolicySide& a, const PolicySide& b,
                             bool same_deployer, const SolverOptions& options) {
  return Relation(a, b, same_deployer, options).Decide();
}

}  // namespace meridian::analysis
