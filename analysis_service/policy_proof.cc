#include "analysis_service/policy_proof.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/expression_notation.h"

namespace meridian::analysis {
namespace {

v1::ProofNode ToNode(const Trace& trace, FactTable* table) {
  v1::ProofNode node;
  node.set_expression(OneLine(trace.text));
  if (trace.truth != Truth::kUnknown || !trace.reasons.empty()) {
    node.set_truth(static_cast<v1::Truth>(static_cast<int>(trace.truth)));
  }
  std::vector<std::string> words;
  if (!trace.binding.empty()) words.push_back(trace.binding);
  if (!trace.compared.empty()) {
    words.push_back(trace.compared);
  } else if (!trace.value.empty()) {
    words.push_back(trace.value);
  }
  if (trace.hidden > 0) {
    words.push_back(absl::StrCat(trace.hidden, " more elements"));
  }
  node.set_value(absl::StrJoin(words, ": "));
  for (const UnknownReason reason : trace.reasons) {
    node.add_reasons(static_cast<v1::UnknownReason>(static_cast<int>(reason)));
  }
  for (const FieldIndex field : trace.fields) {
    if (Fields()[field].type == FieldType::kObject) continue;
    node.add_facts(table->Index(field));
  }
  for (const FactCall& call : trace.calls) node.add_facts(table->Index(call));
  for (const Trace& child : trace.children) {
    *node.add_parts() = ToNode(child, table);
  }
  return node;
}

}  // namespace

uint32_t FactTable::Add(const std::string& key, v1::Fact fact) {
  const uint32_t index = facts_->size();
  index_.emplace(key, index);
  *facts_->Add() = std::move(fact);
  return index;
}

uint32_t FactTable::Index(FieldIndex field) {
  const std::string& key = Fields()[field].name;
  const auto it = index_.find(key);
  if (it != index_.end()) return it->second;
  return Add(key, run_.TellField(subject_, field, answer_));
}

uint32_t FactTable::Index(const FactCall& call) {
  const std::string key =
      absl::StrCat(CallText(call), call.is_method ? "#" : "", call.receiver);
  const auto it = index_.find(key);
  if (it != index_.end()) return it->second;
  return Add(key, run_.TellCall(subject_, call, answer_));
}

v1::ProofNode Prove(const Expression& expression, const FactSource& facts,
                    FactTable* table) {
  return ToNode(EvaluateTraced(expression, facts), table);
}

}  // namespace meridian::analysis
