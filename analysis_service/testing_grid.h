// For tests: every completion of some facts, one by one.
#ifndef ANALYSIS_SERVICE_TESTING_GRID_H_
#define ANALYSIS_SERVICE_TESTING_GRID_H_

#include <algorithm>
#include <functional>
#include <set>
#include <string>
#include <vector>

#include "analysis_service/policy.h"
#include "analysis_service/testing_facts.h"

namespace meridian::analysis {

// Every completion of some facts, on a grid of its own: not that of FactSpace.
class TestGrid {
 public:
  TestGrid(const std::vector<const CompiledPolicy*>& policies,
           const TestFacts& known)
      : known_(known) {
    for (const CompiledPolicy* policy : policies) {
      for (const CompiledRule& rule : policy->rules) {
        for (const FieldIndex field : rule.body.fields()) Ask(field);
        if (!rule.applies_when.has_value()) continue;
        for (const FieldIndex field : rule.applies_when->fields()) Ask(field);
      }
    }
  }

  void ForEach(const std::function<void(const TestFacts&)>& visit) {
    Choose(std::vector<std::string>(asked_.begin(), asked_.end()), 0, known_,
           visit);
  }

 private:
  void Ask(FieldIndex field) { asked_.insert(Fields()[field].name); }
  bool Asked(const std::string& name) const { return asked_.count(name) > 0; }

  const FactValue& Known(absl::string_view name) const {
    return known_.Get(FindField(name));
  }

  std::vector<FactValue> Values(const std::string& name) const {
    std::vector<FactValue> values;
    if (name == "model.weights") {
      for (const char* text : {"NONE", "API_ONLY", "GATED", "OPEN"}) {
        values.push_back(FactValue::Text(text));
      }
    } else if (name == "licence.osi_approved") {
      values = {FactValue::Flag(false), FactValue::Flag(true)};
    } else if (name == "model.licence" || name == "licence.id") {
      for (const char* text : {"MIT", "Apache-2.0", "Apache-9", "GPL"}) {
        values.push_back(FactValue::Text(text));
      }
    } else if (name == "licence.licensor_country" || name == "model.country") {
      for (const char* text : {"CN", "DE", "FR", "RU", "JP", "BR"}) {
        values.push_back(FactValue::Text(text));
      }
    } else if (name == "model.parameters") {
      for (const double x : {0, 5, 8, 10, 11, 12, 15, 18, 20, 25}) {
        values.push_back(FactValue::Number(x, x));
      }
    } else if (name == "model.release_date") {
      for (const char* text : {"2024-03-01", "2024-04-01", "2024-04-30",
                               "2024-05-01", "2024-05-02", "2024-06-30"}) {
        values.push_back(FactValue::Date({*ParseDay(text), *ParseDay(text)}));
      }
    } else if (name == "model.countries") {
      const std::vector<std::string> all = {"CN", "DE", "FR", "JP", "RU"};
      for (int mask = 1; mask < 32; ++mask) {
        StringList list;
        for (int bit = 0; bit < 5; ++bit) {
          if (mask >> bit & 1) list.items.push_back(all[bit]);
        }
        values.push_back(FactValue::List(list));
      }
    }
    return values;
  }

  bool Fits(const FactValue& value, const FactValue& known) const {
    if (!known.known()) return true;
    if (const auto* range = std::get_if<NumberRange>(&known.value)) {
      const double x = std::get<NumberRange>(value.value).low;
      return x >= range->low && x <= range->high;
    }
    if (const auto* days = std::get_if<DateRange>(&known.value)) {
      const Day day = std::get<DateRange>(value.value).first;
      return day >= days->first && day <= days->last;
    }
    if (const auto* list = std::get_if<StringList>(&known.value)) {
      const auto& items = std::get<StringList>(value.value).items;
      if (list->complete) return items == list->items;
      return std::includes(items.begin(), items.end(), list->items.begin(),
                           list->items.end());
    }
    return value == known;
  }

  void Choose(const std::vector<std::string>& names, size_t at,
              const TestFacts& facts,
              const std::function<void(const TestFacts&)>& visit) {
    if (at == names.size()) return visit(facts);
    const std::string& name = names[at];
    // "model.countries" sorts after "model.country".
    if (name == "model.country" && !Known(name).known() &&
        (Asked("model.countries") || Known("model.countries").known())) {
      for (const FactValue& list : Values("model.countries")) {
        if (!Fits(list, Known("model.countries"))) continue;
        const auto& items = std::get<StringList>(list.value).items;
        TestFacts next = facts;
        next.Set("model.countries", list)
            .Set(name, items.size() == 1
                           ? FactValue::Text(items[0])
                           : FactValue::Unknown(UnknownReason::kConflict));
        Choose(names, at + 1, next, visit);
      }
      return;
    }
    if (name == "model.countries" && Asked("model.country")) {
      return Choose(names, at + 1, facts, visit);
    }
    if (name == "model.licence" && Asked("licence.id")) {
      TestFacts next = facts;
      next.Set(name, facts.Get(FindField("licence.id")));
      return Choose(names, at + 1, next, visit);
    }
    for (const FactValue& value : Values(name)) {
      if (!Fits(value, Known(name))) continue;
      TestFacts next = facts;
      next.Set(name, value);
      if (name == "licence.id") next.Set("model.licence", value);
      Choose(names, at + 1, next, visit);
    }
  }

  const TestFacts& known_;
  std::set<std::string> asked_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_TESTING_GRID_H_
