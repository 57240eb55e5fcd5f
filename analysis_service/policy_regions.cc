#include "analysis_service/policy_regions.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/policy_defines.h"

namespace meridian::analysis {
namespace {

constexpr size_t kMostValues = 64;
constexpr size_t kMostTrials = 4096;
// A string that no rule names.
constexpr char kOther[] = "\x01other";

void AddLiterals(absl::string_view text, Words* words) {
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const size_t end = text.find(c, i + 1);
      if (end == absl::string_view::npos) return;
      words->texts.emplace(text.substr(i + 1, end - i - 1));
      i = end + 1;
    } else if (c >= '0' && c <= '9') {
      const size_t begin = i;
      while (i < text.size() &&
             (absl::ascii_isalnum(text[i]) || text[i] == '.' ||
              ((text[i] == '+' || text[i] == '-') &&
               (text[i - 1] == 'e' || text[i - 1] == 'E')))) {
        ++i;
      }
      double number;
      if (absl::SimpleAtod(text.substr(begin, i - begin), &number)) {
        words->numbers.insert(number);
      }
    } else if (absl::ascii_isalpha(c) || c == '_') {
      while (i < text.size() &&
             (absl::ascii_isalnum(text[i]) || text[i] == '_')) {
        ++i;
      }
    } else {
      ++i;
    }
  }
}

void AddValue(FactValue value, std::string words, Choice* choice) {
  if (choice->values.size() >= kMostValues) return;
  choice->values.push_back(std::move(value));
  choice->words.push_back(std::move(words));
}

// Words and signs that the regions of single values do not cover.
bool IsSimple(absl::string_view text) {
  char before = ' ';
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      const size_t end = text.find(c, i + 1);
      if (end == absl::string_view::npos) return false;
      i = end;
    } else if (c == '(' && (absl::ascii_isalnum(before) || before == '_')) {
      // `in (` and the like are rare; a call is not.
      return false;
    } else if (absl::string_view("+-*/%?").find(c) != absl::string_view::npos) {
      return false;
    }
    if (!absl::ascii_isspace(c)) before = c;
  }
  return true;
}

}  // namespace

const FactValue& ChangedFacts::Get(FieldIndex field) const {
  const auto it = changed_.find(Fields()[field].name);
  return it == changed_.end() ? facts_.Get(field) : *it->second;
}

FactValue ChangedFacts::Call(FunctionIndex function, const FactObject* receiver,
                             absl::Span<const FactValue> arguments) const {
  if (receiver == nullptr) {
    FactCall call;
    call.function = function;
    call.arguments.assign(arguments.begin(), arguments.end());
    const auto it = changed_.find(CallText(call));
    if (it != changed_.end()) return *it->second;
  }
  return facts_.Call(function, receiver, arguments);
}

Words WordsOf(const CompiledRule& rule, const v1::Policy& policy,
              const FactSource& facts) {
  Words words;
  for (const std::string* text :
       {&rule.expanded, &rule.applies_when_expanded}) {
    AddLiterals(*text, &words);
    for (const auto& [name, offset] : FreeNames(*text)) {
      bool is_set = false;
      for (const v1::NamedSet& set : policy.sets()) {
        if (set.name() != name) continue;
        words.texts.insert(set.members().begin(), set.members().end());
        is_set = true;
      }
      if (is_set || FindField(name) >= 0) continue;
      const StringList members = facts.ListMembers(name);
      words.texts.insert(members.items.begin(), members.items.end());
    }
  }
  return words;
}

Choice MakeChoice(const std::string& fact, FieldType type,
                  const std::vector<std::string>& constants,
                  const Words& words) {
  Choice choice{fact, type, {}, {}};
  switch (type) {
    case FieldType::kBool:
      AddValue(FactValue::Flag(true), "true", &choice);
      AddValue(FactValue::Flag(false), "false", &choice);
      break;
    case FieldType::kConstant:
      for (const std::string& constant : constants) {
        AddValue(FactValue::Text(constant), constant, &choice);
      }
      break;
    case FieldType::kString:
      AddValue(FactValue::Text(kOther), "", &choice);
      for (const std::string& text : words.texts) {
        AddValue(FactValue::Text(text), text, &choice);
      }
      break;
    case FieldType::kNumber:
      for (const double number : words.numbers) {
        const double step = std::max(1e-9, number * 1e-9);
        AddValue(FactValue::Number(number - step, number - step),
                 absl::StrCat("less than ", number), &choice);
        AddValue(FactValue::Number(number, number), absl::StrCat(number),
                 &choice);
        AddValue(FactValue::Number(number + step, number + step),
                 absl::StrCat("more than ", number), &choice);
      }
      break;
    case FieldType::kStringList:
      AddValue(FactValue::List({{kOther}, true}), "", &choice);
      for (const std::string& text : words.texts) {
        AddValue(FactValue::List({{text}, true}), absl::StrCat("[", text, "]"),
                 &choice);
      }
      break;
    case FieldType::kDate:
    case FieldType::kObjectList:
    case FieldType::kObject:
      break;
  }
  return choice;
}

bool CanNeverHold(const CompiledRule& rule, const v1::Policy& policy,
                  const FactSource& facts) {
  if (!rule.is_hard() || !IsSimple(rule.expanded) ||
      !rule.body.functions().empty() || rule.applies_when.has_value()) {
    return false;
  }
  const bool ordered = rule.expanded.find_first_of("<>") != std::string::npos;
  const Words words = WordsOf(rule, policy, facts);
  std::vector<Choice> choices;
  size_t trials = 1;
  int numbers = 0;
  for (const FieldIndex field : rule.body.fields()) {
    const FieldDef& def = Fields()[field];
    if (def.type == FieldType::kStringList ||
        (def.type == FieldType::kString && ordered)) {
      return false;
    }
    numbers += def.type == FieldType::kNumber;
    choices.push_back(MakeChoice(def.name, def.type, def.constants, words));
    const size_t values = choices.back().values.size();
    // Values that are cut off might be the ones that satisfy.
    if (values == 0 || values >= kMostValues) return false;
    trials *= values;
    if (trials > kMostTrials || numbers > 1) return false;
  }
  if (choices.empty()) return false;
  std::vector<size_t> at(choices.size(), 0);
  for (;;) {
    ChangedFacts changed(facts);
    for (size_t i = 0; i < choices.size(); ++i) {
      changed.Set(choices[i].fact, &choices[i].values[at[i]]);
    }
    const Truth truth = Evaluate(rule.body, changed).truth;
    if (truth != (rule.forbids ? Truth::kTrue : Truth::kFalse)) return false;
    size_t i = 0;
    while (i < choices.size() && ++at[i] == choices[i].values.size()) {
      at[i++] = 0;
    }
    if (i == choices.size()) return true;
  }
}

}  // namespace meridian::analysis
