#include "analysis_service/policy.h"

#include <algorithm>
#include <limits>
#include <set>
#include <utility>
#include <variant>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_notation.h"

namespace meridian::analysis {
namespace {

Truth Negate(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

void Merge(const Evaluation& evaluation, std::set<UnknownReason>* reasons,
           std::set<FieldIndex>* fields, std::set<FieldIndex>* unknown) {
  reasons->insert(evaluation.reasons.begin(), evaluation.reasons.end());
  fields->insert(evaluation.fields.begin(), evaluation.fields.end());
  unknown->insert(evaluation.unknown_fields.begin(),
                  evaluation.unknown_fields.end());
}

void AddCalls(const std::vector<FactCall>& added,
              std::vector<FactCall>* calls) {
  for (const FactCall& call : added) {
    if (std::find(calls->begin(), calls->end(), call) == calls->end()) {
      calls->push_back(call);
    }
  }
}

RuleOutcome JudgeRule(const CompiledRule& rule, const FactSource& facts,
                      int waiver) {
  std::set<UnknownReason> reasons;
  std::set<FieldIndex> fields, unknown;
  const Evaluation body = Evaluate(rule.body, facts);
  RuleOutcome outcome;
  AddCalls(body.calls, &outcome.calls);
  AddCalls(body.unknown_calls, &outcome.unknown_calls);
  Truth truth = body.truth;
  Truth may_apply = Truth::kTrue;
  Merge(body, &reasons, &fields, &unknown);
  if (rule.is_number) {
    const FactValue value = EvaluateNumber(rule.body, facts);
    truth = value.known() ? Truth::kTrue : Truth::kUnknown;
    if (!value.known()) reasons.insert(value.unknown);
  }
  if (rule.applies_when.has_value()) {
    const Evaluation applies = Evaluate(*rule.applies_when, facts);
    Merge(applies, &reasons, &fields, &unknown);
    AddCalls(applies.calls, &outcome.calls);
    AddCalls(applies.unknown_calls, &outcome.unknown_calls);
    outcome.applies = applies.truth != Truth::kFalse;
    may_apply = applies.truth;
  }
  outcome.stated = StatedTruth(rule, truth, may_apply);
  outcome.fields.assign(fields.begin(), fields.end());
  if (outcome.stated == Truth::kUnknown) {
    outcome.reasons.assign(reasons.begin(), reasons.end());
    outcome.unknown_fields.assign(unknown.begin(), unknown.end());
  } else {
    outcome.unknown_calls.clear();
  }
  outcome.satisfied = SettledTruth(rule, outcome.stated, waiver);
  if (outcome.satisfied != outcome.stated) {
    outcome.waiver = waiver;
    outcome.by_default = waiver < 0;
  }
  return outcome;
}

absl::string_view Verb(RuleKind kind) {
  switch (kind) {
    case RuleKind::kRequire:
      return "requires";
    case RuleKind::kForbid:
      return "forbids";
    case RuleKind::kPrefer:
      return "prefers";
    case RuleKind::kWarn:
      return "warns of";
    case RuleKind::kOblige:
      return "obliges when";
  }
  return "";
}

}  // namespace

Truth StatedTruth(const CompiledRule& rule, Truth body, Truth applies) {
  const Truth satisfied = rule.forbids ? Negate(body) : body;
  // !applies || satisfied, in Kleene logic.
  if (applies == Truth::kFalse) return Truth::kTrue;
  if (applies == Truth::kUnknown && satisfied != Truth::kTrue) {
    return Truth::kUnknown;
  }
  return satisfied;
}

Truth SettledTruth(const CompiledRule& rule, Truth stated, int waiver) {
  if (!rule.is_hard() || stated == Truth::kTrue) return stated;
  if (waiver >= 0) return Truth::kTrue;
  if (stated == Truth::kFalse) return stated;
  if (rule.on_unknown == v1::ON_UNKNOWN_EXCLUDE) return Truth::kFalse;
  if (rule.on_unknown == v1::ON_UNKNOWN_ADMIT) return Truth::kTrue;
  return stated;
}

PolicyOutcome Judge(const CompiledPolicy& policy, const FactSource& facts,
                    absl::Span<const int> waivers) {
  PolicyOutcome outcome;
  bool violated = false, unknown = false;
  for (size_t i = 0; i < policy.rules.size(); ++i) {
    const CompiledRule& rule = policy.rules[i];
    outcome.rules.push_back(
        JudgeRule(rule, facts, i < waivers.size() ? waivers[i] : -1));
    if (!rule.is_hard()) continue;
    violated |= outcome.rules.back().satisfied == Truth::kFalse;
    unknown |= outcome.rules.back().satisfied == Truth::kUnknown;
  }
  outcome.verdict = violated  ? v1::VERDICT_EXCLUDED
                    : unknown ? v1::VERDICT_UNDETERMINED
                              : v1::VERDICT_ADMISSIBLE;
  return outcome;
}

NumberRange PreferenceOf(const CompiledRule& rule, const RuleOutcome& outcome,
                         const FactSource& facts) {
  if (!outcome.applies) return {0, 0};
  if (!rule.is_number) {
    return {outcome.satisfied == Truth::kTrue ? rule.weight : 0,
            outcome.satisfied == Truth::kFalse ? 0 : rule.weight};
  }
  const FactValue value = EvaluateNumber(rule.body, facts);
  const auto* range = std::get_if<NumberRange>(&value.value);
  // Nothing is known of the number, nor of where it ends.
  if (range == nullptr) {
    return {-std::numeric_limits<double>::infinity(),
            std::numeric_limits<double>::infinity()};
  }
  return {range->low * rule.weight, range->high * rule.weight};
}

std::string OneLine(absl::string_view expression) {
  std::string line;
  char quote = 0;
  for (size_t i = 0; i < expression.size(); ++i) {
    const char c = expression[i];
    if (quote == 0 && absl::ascii_isspace(c)) {
      if (!line.empty() && line.back() != ' ') line += ' ';
      continue;
    }
    line += c;
    if (quote != 0 && c == '\\' && i + 1 < expression.size()) {
      line += expression[++i];
    } else if (quote == 0 && (c == '"' || c == '\'')) {
      quote = c;
    } else if (c == quote) {
      quote = 0;
    }
  }
  if (quote == 0 && !line.empty() && line.back() == ' ') line.pop_back();
  return line;
}

std::string Explain(const CompiledRule& rule, const RuleOutcome& outcome,
                    const FactSource& facts) {
  if (!outcome.applies) {
    return absl::StrCat("does not apply: `", rule.applies_when_written,
                        "` is false");
  }
  std::vector<std::string> stated;
  for (const FieldIndex field : outcome.fields) {
    if (Fields()[field].type == FieldType::kObject) continue;
    stated.push_back(absl::StrCat(Fields()[field].name, " is ",
                                  DescribeValue(facts.Get(field))));
  }
  for (const FactCall& call : outcome.calls) {
    stated.push_back(
        absl::StrCat(CallText(call), " is ", DescribeValue(call.value)));
  }
  const absl::string_view link =
      outcome.stated == Truth::kTrue ? "; " : ", but ";
  std::string sentence =
      absl::StrCat(Verb(rule.kind), " `", rule.written, "`",
                   stated.empty() ? "" : link, absl::StrJoin(stated, ", "));
  if (outcome.waiver >= 0) {
    absl::StrAppend(&sentence, "; waived");
  } else if (outcome.by_default) {
    const bool satisfied = outcome.satisfied == Truth::kTrue;
    absl::StrAppend(&sentence, "; counted as ",
                    satisfied ? "satisfied" : "violated",
                    " because on_unknown is ", satisfied ? "ADMIT" : "EXCLUDE");
  }
  return sentence;
}

}  // namespace meridian::analysis
