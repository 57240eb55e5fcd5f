// The values of a term: regions, within what is known of it already.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "analysis_service/fact_space_internal.h"

namespace meridian::analysis {
namespace {

void SetNumbers(const RegionConstants& constants, const FactValue& known,
                FactTerm* term) {
  NumberRange range = NumbersOf(term->name.substr(0, term->name.find('(')));
  if (const auto* interval = std::get_if<NumberRange>(&known.value)) {
    range = *interval;
  }
  for (const double value : NumberRegions(constants, range.low, range.high)) {
    term->values.push_back(FactValue::Number(value, value));
  }
}

void SetDays(const RegionConstants& constants, const FactValue& known,
             FactTerm* term) {
  const auto* interval = std::get_if<DateRange>(&known.value);
  for (const Day day : DayRegions(constants)) {
    if (interval != nullptr &&
        (day < interval->first || day > interval->last)) {
      continue;
    }
    term->values.push_back(FactValue::Date({day, day}));
  }
}

// A list whose only member is a field of its own.
bool IsOfOnlyMember(FieldIndex list) {
  for (size_t field = 0; field < Fields().size(); ++field) {
    if (list >= 0 && ListOf(static_cast<FieldIndex>(field)) == list) {
      return true;
    }
  }
  return false;
}

// Every subset of `strings`, beside what is known to be in the list.
void SetLists(const std::vector<std::string>& strings, const FactValue& known,
              int max_members, FactTerm* term) {
  std::set<std::string> always;
  if (const auto* list = std::get_if<StringList>(&known.value)) {
    always.insert(list->items.begin(), list->items.end());
  }
  std::vector<std::string> members;
  for (const std::string& text : strings) {
    if (always.count(text) == 0) members.push_back(text);
  }
  if (static_cast<int>(members.size()) > max_members) return;
  term->members = static_cast<int>(members.size());
  term->never_empty = always.empty() && IsOfOnlyMember(term->field);
  for (int mask = 0; mask < 1 << members.size(); ++mask) {
    std::set<std::string> items = always;
    for (size_t bit = 0; bit < members.size(); ++bit) {
      if (mask >> bit & 1) items.insert(members[bit]);
    }
    term->values.push_back(
        FactValue::List({{items.begin(), items.end()}, true}));
  }
}

}  // namespace

void SetTermValues(const RegionConstants& constants,
                   const Signatures& signatures, const FactValue& known,
                   int max_members, FactTerm* term) {
  switch (term->type) {
    case FieldType::kBool:
      term->values = {FactValue::Flag(true), FactValue::Flag(false)};
      return;
    case FieldType::kConstant:
      for (const std::string& constant : Fields()[term->field].constants) {
        term->values.push_back(FactValue::Text(constant));
      }
      return;
    case FieldType::kString:
      for (std::string& text : StringRegions(constants, signatures)) {
        term->values.push_back(FactValue::Text(std::move(text)));
      }
      return;
    case FieldType::kNumber:
      return SetNumbers(constants, known, term);
    case FieldType::kDate:
      return SetDays(constants, known, term);
    case FieldType::kStringList:
      return SetLists(StringRegions(constants, signatures), known, max_members,
                      term);
    case FieldType::kObjectList:
    case FieldType::kObject:
      return;
  }
}

}  // namespace meridian::analysis
