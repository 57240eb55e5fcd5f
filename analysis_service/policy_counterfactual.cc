#include "analysis_service/policy_counterfactual.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/policy_regions.h"

namespace meridian::analysis {
namespace {

constexpr int kMostTrials = 2000;
class Search {
 public:
  Search(PolicyRun& run, const PolicySubject& subject,
         const PolicyOutcome& outcome)
      : run_(run),
        subject_(subject),
        outcome_(outcome),
        facts_(run.FactsOf(subject)) {}

  std::vector<v1::Counterfactual> Run() {
    if (outcome_.verdict != v1::VERDICT_ADMISSIBLE) {
      Waive();
      Change(v1::VERDICT_ADMISSIBLE, kMostChangedFacts);
    }
    if (outcome_.verdict != v1::VERDICT_EXCLUDED) {
      Change(v1::VERDICT_EXCLUDED, 1);
    }
    if (found_.size() > kMostCounterfactuals) {
      found_.resize(kMostCounterfactuals);
    }
    return std::move(found_);
  }

 private:
  // Every rule that is not satisfied must be waived: there is one such set.
  void Waive() {
    v1::Counterfactual waive;
    waive.set_becomes(v1::VERDICT_ADMISSIBLE);
    for (size_t i = 0; i < outcome_.rules.size(); ++i) {
      if (run_.policy().rules[i].is_hard() &&
          outcome_.rules[i].satisfied != Truth::kTrue) {
        waive.add_waive(run_.policy().rules[i].id);
      }
    }
    if (waive.waive_size() > 0) found_.push_back(std::move(waive));
  }

  // Facts of the rules that stand in the way of `becomes`.
  std::vector<Choice> Choices(v1::Verdict becomes) const {
    std::map<std::string, Choice> choices;
    for (size_t i = 0; i < outcome_.rules.size(); ++i) {
      const CompiledRule& rule = run_.policy().rules[i];
      const RuleOutcome& outcome = outcome_.rules[i];
      if (!rule.is_hard()) continue;
      if (becomes == v1::VERDICT_ADMISSIBLE &&
          outcome.satisfied == Truth::kTrue) {
        continue;
      }
      const Words words = WordsOf(rule, run_.policy().policy, *facts_);
      for (const FieldIndex field : outcome.fields) {
        const FieldDef& def = Fields()[field];
        if (def.name == "on" || def.name == "as_of") continue;
        choices.try_emplace(
            def.name, MakeChoice(def.name, def.type, def.constants, words));
      }
      for (const FactCall& call : outcome.calls) {
        if (call.is_method) continue;
        const std::string text = CallText(call);
        choices.try_emplace(
            text,
            MakeChoice(text, Functions()[call.function].result, {}, words));
      }
    }
    std::vector<Choice> list;
    for (auto& [fact, choice] : choices) {
      if (!choice.values.empty()) list.push_back(std::move(choice));
    }
    return list;
  }

  void Change(v1::Verdict becomes, size_t most) {
    const std::vector<Choice> choices = Choices(becomes);
    std::vector<std::vector<size_t>> done;
    for (size_t size = 1; size <= most && size <= choices.size(); ++size) {
      std::vector<size_t> set(size);
      for (size_t i = 0; i < size; ++i) set[i] = i;
      do {
        if (trials_ >= kMostTrials) return;
        const bool contains_one = std::any_of(
            done.begin(), done.end(), [&](const std::vector<size_t>& smaller) {
              return std::includes(set.begin(), set.end(), smaller.begin(),
                                   smaller.end());
            });
        if (!contains_one && Try(becomes, choices, set)) done.push_back(set);
      } while (NextSubset(choices.size(), &set));
    }
  }

  // The next set of as many indexes below `count`, in lexical order.
  static bool NextSubset(size_t count, std::vector<size_t>* set) {
    for (size_t i = set->size(); i-- > 0;) {
      if ((*set)[i] + set->size() - i >= count) continue;
      ++(*set)[i];
      for (size_t k = i + 1; k < set->size(); ++k)
        (*set)[k] = (*set)[k - 1] + 1;
      return true;
    }
    return false;
  }

  bool Try(v1::Verdict becomes, const std::vector<Choice>& choices,
           const std::vector<size_t>& set) {
    // By member of the set: which of its values take part in a success.
    std::vector<std::set<size_t>> works(set.size());
    std::vector<size_t> at(set.size(), 0);
    for (;;) {
      if (++trials_ > kMostTrials) break;
      ChangedFacts changed(*facts_);
      for (size_t i = 0; i < set.size(); ++i) {
        changed.Set(choices[set[i]].fact, &choices[set[i]].values[at[i]]);
      }
      if (run_.JudgeFacts(subject_, changed).verdict == becomes) {
        for (size_t i = 0; i < set.size(); ++i) works[i].insert(at[i]);
      }
      size_t i = 0;
      while (i < set.size() && ++at[i] == choices[set[i]].values.size()) {
        at[i++] = 0;
      }
      if (i == set.size()) break;
    }
    if (works[0].empty()) return false;
    v1::Counterfactual found;
    found.set_becomes(becomes);
    for (size_t i = 0; i < set.size(); ++i) {
      found.add_facts(Describe(choices[set[i]], works[i]));
    }
    found_.push_back(std::move(found));
    return true;
  }

  static std::string Describe(const Choice& choice,
                              const std::set<size_t>& works) {
    std::vector<std::string> yes, no;
    for (size_t i = 0; i < choice.values.size(); ++i) {
      if (choice.words[i].empty()) continue;
      (works.count(i) > 0 ? yes : no).push_back(choice.words[i]);
    }
    const bool other =
        !choice.words.empty() && choice.words[0].empty() && works.count(0) > 0;
    if (other) {
      return no.empty() ? absl::StrCat(choice.fact, " is known")
                        : absl::StrCat(choice.fact, " is none of ",
                                       absl::StrJoin(no, ", "));
    }
    return absl::StrCat(choice.fact, " is ", absl::StrJoin(yes, " or "));
  }

  PolicyRun& run_;
  const PolicySubject subject_;
  const PolicyOutcome& outcome_;
  const std::unique_ptr<FactSource> facts_;
  std::vector<v1::Counterfactual> found_;
  int trials_ = 0;
};

}  // namespace

std::vector<v1::Counterfactual> Counterfactuals(PolicyRun& run,
                                                const PolicySubject& subject,
                                                const PolicyOutcome& outcome) {
  return Search(run, subject, outcome).Run();
}

}  // namespace meridian::analysis
