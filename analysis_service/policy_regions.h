// The values of facts that a rule's own words tell apart, and facts changed to
// them. Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_REGIONS_H_
#define ANALYSIS_SERVICE_POLICY_REGIONS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "analysis_service/expression.h"
#include "analysis_service/policy.h"

namespace meridian::analysis {

// Facts with some of them changed, by name: a field, or a call as CallText.
class ChangedFacts : public FactSource {
 public:
  explicit ChangedFacts(const FactSource& facts) : facts_(facts) {}

  // `value` must outlive it.
  void Set(const std::string& fact, const FactValue* value) {
    changed_[fact] = value;
  }
  const FactValue& Get(FieldIndex field) const override;
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override;
  StringList ListMembers(absl::string_view list) const override {
    return facts_.ListMembers(list);
  }

 private:
  const FactSource& facts_;
  std::map<std::string, const FactValue*> changed_;
};

// Literals of a rule, members of its sets and lists.
struct Words {
  std::set<std::string> texts;
  std::set<double> numbers;
};
Words WordsOf(const CompiledRule& rule, const v1::Policy& policy,
              const FactSource& facts);

// A fact, values one of each region that `words` cut out, and what to call
// them; a value that the rule does not name is called "". No values: the type
// has too many (dates, objects). At most 64.
struct Choice {
  std::string fact;
  FieldType type;
  std::vector<FactValue> values;
  std::vector<std::string> words;
};
Choice MakeChoice(const std::string& fact, FieldType type,
                  const std::vector<std::string>& constants,
                  const Words& words);

// A hard rule that no values of its facts satisfy, e.g. `f in A && f == "x"`
// with x not in A. Only told when it is certain: a rule with functions,
// arithmetic, lists or ordered strings, or with many facts, is not tried.
// `facts` gives the members of lists.
bool CanNeverHold(const CompiledRule& rule, const v1::Policy& policy,
                  const FactSource& facts);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_REGIONS_H_
