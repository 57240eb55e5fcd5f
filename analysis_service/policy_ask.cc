#include "analysis_service/policy_ask.h"

#include <map>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/policy_proof.h"

namespace meridian::analysis {
namespace {

std::string DevelopersOf(PolicyRun& run, EntityId model) {
  static const FieldIndex field = FindField("model.developers");
  const FactValue& value = run.facts().Get(model, field).value;
  const auto* list = std::get_if<StringList>(&value.value);
  if (list == nullptr || list->items.empty()) return "";
  return absl::StrJoin(list->items, " and ");
}

// Whom a fact is to be had from.
std::string Whom(PolicyRun& run, const PolicySubject& subject,
                 absl::string_view fact) {
  if (absl::StartsWith(fact, "deployer")) {
    return "Say it of yourselves in the question's deployer";
  }
  if (absl::StartsWith(fact, "offering")) {
    const auto ref = run.RefOf(subject);
    if (ref.has_value() && !ref->operator_().empty()) {
      return absl::StrCat("Ask ", ref->operator_(), ", the operator");
    }
    return "Ask the operators that serve the model";
  }
  const std::string developers = DevelopersOf(run, subject.model);
  if (developers.empty()) {
    return "Find out who developed the model, and ask them";
  }
  if (absl::StartsWith(fact, "developer.")) {
    return absl::StrCat(
        "Look in the company register and the annual report of "
        "",
        developers, ", or ask them");
  }
  if (absl::StartsWith(fact, "licence.")) {
    return absl::StrCat("Read the licence and the use policy that ", developers,
                        " published with the model");
  }
  return absl::StrCat("Look in the model card and the technical report of ",
                      developers, ", the developer, or ask them");
}

// What the fact means, from its schema: the first sentence.
std::string MeaningOf(absl::string_view fact) {
  std::string meaning;
  const absl::string_view name = fact.substr(0, fact.find('('));
  const FieldIndex field = FindField(name);
  if (field >= 0) meaning = Fields()[field].meaning;
  for (const FunctionDef& function : Functions()) {
    const std::string full =
        function.object.empty()
            ? function.name
            : absl::StrCat(function.object, ".", function.name);
    if (full == name && meaning.empty()) meaning = function.meaning;
  }
  for (const absl::string_view prefix :
       {"Of the offering that is judged. ", "Its only developer."}) {
    if (absl::StartsWith(meaning, prefix) && prefix.size() < meaning.size()) {
      meaning = meaning.substr(prefix.size());
    }
  }
  const size_t end = meaning.find(" Unknown:");
  if (end != std::string::npos) meaning = meaning.substr(0, end);
  if (!meaning.empty() && meaning.back() == '.') meaning.pop_back();
  return meaning;
}

std::string BecauseOf(UnknownReason reason) {
  switch (reason) {
    case UnknownReason::kMissing:
      return "no source states it";
    case UnknownReason::kWithheld:
      return "a source says that it is not disclosed";
    case UnknownReason::kImprecise:
      return "it is known only as an interval, and the rule's bound lies "
             "within";
    case UnknownReason::kConflict:
      return "sources contradict each other; settle which is right";
    case UnknownReason::kStale:
      return "what is known is older than the policy allows; find it anew";
    case UnknownReason::kIncompleteSet:
      return "a list is not stated to be complete; a statement that it is "
             "would do";
    case UnknownReason::kSourceFailed:
      return "its source failed; run it again";
    case UnknownReason::kNone:
    case UnknownReason::kError:
      break;
  }
  return "the rule has no value for what is known";
}

}  // namespace

std::string AskFor(PolicyRun& run, const PolicySubject& subject,
                   absl::string_view fact, UnknownReason reason) {
  return absl::StrCat(Whom(run, subject, fact), ": ", fact, " (",
                      MeaningOf(fact), "): ", BecauseOf(reason), ".");
}

std::vector<v1::MissingFact> MissingFactsOf(PolicyRun& run,
                                            const PolicySubject& subject,
                                            const PolicyOutcome& outcome) {
  struct Missing {
    UnknownReason reason = UnknownReason::kMissing;
    std::set<size_t> rules;
  };
  std::map<std::string, Missing> by_fact;
  const std::unique_ptr<FactSource> facts = run.FactsOf(subject);
  const auto add = [&](const std::string& fact, const FactValue& value,
                       const RuleOutcome& rule, size_t index) {
    Missing& missing = by_fact[fact];
    missing.reason = !value.known()         ? value.unknown
                     : rule.reasons.empty() ? UnknownReason::kImprecise
                                            : rule.reasons.front();
    missing.rules.insert(index);
  };
  for (size_t i = 0; i < outcome.rules.size(); ++i) {
    const RuleOutcome& rule = outcome.rules[i];
    if (!run.policy().rules[i].is_hard() || rule.stated != Truth::kUnknown) {
      continue;
    }
    for (const FieldIndex field : rule.unknown_fields) {
      add(Fields()[field].name, facts->Get(field), rule, i);
    }
    for (const FactCall& call : rule.unknown_calls) {
      add(CallText(call), call.value, rule, i);
    }
  }
  std::vector<v1::MissingFact> list;
  for (const auto& [fact, missing] : by_fact) {
    v1::MissingFact& out = list.emplace_back();
    out.set_model(run.catalog().resolution().entity(subject.model).name);
    out.set_fact(fact);
    out.set_reason(
        static_cast<v1::UnknownReason>(static_cast<int>(missing.reason)));
    for (const size_t rule : missing.rules) {
      out.add_rules(run.policy().rules[rule].id);
    }
    out.set_ask(AskFor(run, subject, fact, missing.reason));
  }
  return list;
}

}  // namespace meridian::analysis
