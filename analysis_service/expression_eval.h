// The evaluator: a tree and facts in, a value out. What it looked at on the
// way is kept in a record, for who explains.
#ifndef ANALYSIS_SERVICE_EXPRESSION_EVAL_H_
#define ANALYSIS_SERVICE_EXPRESSION_EVAL_H_

#include <set>
#include <string>
#include <vector>

#include "analysis_service/expression.h"
#include "analysis_service/expression_trace.h"
#include "analysis_service/expression_value.h"

namespace meridian::analysis::internal {

// What was looked at.
struct EvaluationRecord {
  std::set<FieldIndex> unknown_fields;
  std::set<FieldIndex> imprecise_fields;
  std::vector<FactCall> calls;
  std::vector<FactCall> imprecise_calls;
  std::set<ObjectFieldRead> unknown_objects;
  std::set<ObjectFieldRead> imprecise_objects;
  // An interval or incomplete list left something undecided.
  bool undecided = false;
};

class Evaluator {
 public:
  // `record` may be null.
  Evaluator(const FactSource& facts, EvaluationRecord* record)
      : facts_(facts), record_(record) {}

  // Every operand is evaluated; nothing is skipped.
  Value Visit(const Node& node);
  // The same with a tree of what happened. `source` is the text of `node`.
  Value VisitTraced(const Node& node, absl::string_view source, Trace* trace);

 private:
  Value Compute(const Node& node);
  Value Field(const Node& node);
  Value Aggregate(const Node& node);
  Value Junction(const Node& node, bool decisive);
  Value Conditional(const Node& node);
  Value Compare(const Node& node);
  Value SelectFrom(const Node& node);
  Value CallFact(const Node& node);
  Value Quantify(const Node& node);
  Value Quantifier(const Node& node, const Elements& range,
                   const std::vector<Value>& items);
  Value Collect(const Node& node, const Elements& range,
                const std::vector<Value>& items);
  // Child `part` of a quantifier with its variable bound to `item`.
  Value Element(const Node& node, size_t part, const Value& item,
                size_t position);
  void Undecided() {
    if (record_ != nullptr) record_->undecided = true;
  }

  const FactSource& facts_;
  EvaluationRecord* const record_;
  std::vector<Value> variables_;
  size_t base_ = 0;  // of the define that is evaluated
  // While tracing: what the children of the node at hand hang on.
  Trace* trace_ = nullptr;
  absl::string_view source_;
  std::vector<std::string> operands_;  // of the comparison at hand, in words
};

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_EVAL_H_
