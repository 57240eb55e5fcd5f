#include "analysis_service/expression_columns.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "analysis_service/expression_eval.h"

namespace meridian::analysis {
namespace {

using internal::Node;
using internal::Op;

struct Outcome {
  Truth truth = Truth::kUnknown;
  uint16_t reasons = 0;
  bool computed = false;
};

Outcome EvaluateNode(const Node& node, const FactSource& facts) {
  const internal::Value value = internal::Evaluator(facts, nullptr).Visit(node);
  Outcome outcome;
  outcome.truth = value.truth();
  if (outcome.truth == Truth::kUnknown) {
    outcome.reasons = value.known() ? internal::kErrorBit : value.reasons;
  }
  outcome.computed = true;
  return outcome;
}

// A call with its arguments; columns are found by it.
struct CallKey {
  FunctionIndex function = -1;
  std::vector<FactValue> arguments;
  bool operator==(const CallKey&) const = default;
};

// What a part of an expression reads.
struct Reads {
  std::vector<FieldIndex> fields;
  bool calls = false;
  bool by_row = false;  // objects, or calls whose arguments are facts
};

bool IsObject(FieldIndex field) {
  return Fields()[field].type == FieldType::kObject;
}

// Whether a value depends on no facts of the subject, given which variables
// do.
bool IsFixed(const Node& node, const std::vector<bool>& fixed_variables) {
  switch (node.op) {
    case Op::kField:
      return IsObject(node.field);
    case Op::kFactCall:
      return false;
    case Op::kVariable:
      return fixed_variables[node.slot];
    default:
      break;
  }
  if (node.op == Op::kDefine) return IsFixed(*node.children[0], {});
  std::vector<bool> inner = fixed_variables;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (!IsFixed(*node.children[i], inner)) return false;
    if (i == 0 && node.op >= Op::kAll && node.op <= Op::kTransform) {
      inner.push_back(true);
    }
  }
  return true;
}

void FindReads(const Node& node, std::vector<bool>* fixed_variables,
               Reads* reads) {
  if (node.op == Op::kField && !IsObject(node.field)) {
    if (Fields()[node.field].type == FieldType::kObjectList) {
      reads->by_row = true;
    }
    for (const FieldIndex field : reads->fields) {
      if (field == node.field) return;
    }
    reads->fields.push_back(node.field);
    return;
  }
  if (node.op == Op::kSelect && node.field >= 0) reads->by_row = true;
  if (node.op == Op::kFactCall) {
    reads->calls = true;
    if (node.is_method) reads->by_row = true;
    for (const auto& child : node.children) {
      if (!IsFixed(*child, *fixed_variables)) reads->by_row = true;
    }
  }
  if (node.op == Op::kDefine) {
    std::vector<bool> none;
    FindReads(*node.children[0], &none, reads);
    return;
  }
  const bool binds = node.op >= Op::kAll && node.op <= Op::kTransform;
  for (size_t i = 0; i < node.children.size(); ++i) {
    if (binds && i == 1) {
      fixed_variables->push_back(IsFixed(*node.children[0], *fixed_variables));
    }
    FindReads(*node.children[i], fixed_variables, reads);
  }
  if (binds) fixed_variables->pop_back();
}

// Lists are the same for every subject.
class Lists {
 public:
  explicit Lists(ColumnSource& source) : source_(source) {}
  const StringList& Get(absl::string_view name) {
    auto found = lists_.find(name);
    if (found == lists_.end()) {
      found =
          lists_.emplace(std::string(name), source_.ListMembers(name)).first;
    }
    return found->second;
  }

 private:
  ColumnSource& source_;
  std::map<std::string, StringList, std::less<>> lists_;
};

const FactValue& ObjectFact() {
  static const auto* const kObject =
      new FactValue{UnknownReason::kNone, std::monostate()};
  return *kObject;
}

// Which calls are made: nothing is skipped, so one evaluation with nothing
// known makes all those whose arguments are fixed.
class Probe : public FactSource {
 public:
  explicit Probe(Lists& lists) : lists_(lists) {}
  const FactValue& Get(FieldIndex field) const override {
    return IsObject(field) ? ObjectFact() : missing_;
  }
  FactValue Call(FunctionIndex function, const FactObject*,
                 absl::Span<const FactValue> arguments) const override {
    CallKey key = {function, {arguments.begin(), arguments.end()}};
    for (const CallKey& call : calls) {
      if (call == key) return missing_;
    }
    calls.push_back(std::move(key));
    return missing_;
  }
  StringList ListMembers(absl::string_view list) const override {
    return lists_.Get(list);
  }
  mutable std::vector<CallKey> calls;

 private:
  Lists& lists_;
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
};

// The facts of one combination of codes.
class Entry : public FactSource {
 public:
  explicit Entry(Lists& lists) : lists_(lists) {}
  const FactValue& Get(FieldIndex field) const override {
    for (size_t i = 0; i < fields.size(); ++i) {
      if (fields[i] == field) return *values[i];
    }
    return IsObject(field) ? ObjectFact() : missing_;
  }
  FactValue Call(FunctionIndex function, const FactObject*,
                 absl::Span<const FactValue> arguments) const override {
    for (size_t i = 0; i < calls.size(); ++i) {
      if (calls[i].function == function &&
          absl::Span<const FactValue>(calls[i].arguments) == arguments) {
        return *values[fields.size() + i];
      }
    }
    return missing_;
  }
  StringList ListMembers(absl::string_view list) const override {
    return lists_.Get(list);
  }
  std::vector<FieldIndex> fields;
  std::vector<CallKey> calls;
  std::vector<const FactValue*> values;  // of fields, then of calls

 private:
  Lists& lists_;
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
};

class ColumnEvaluator {
 public:
  explicit ColumnEvaluator(ColumnSource& source)
      : source_(source), lists_(source), size_(source.size()) {}

  TruthColumn Visit(const Node& node) {
    switch (node.op) {
      case Op::kDefine:
        return Visit(*node.children[0]);
      case Op::kNot:
        return Not(Visit(*node.children[0]));
      case Op::kAnd:
        return Junction(node, Truth::kFalse);
      case Op::kOr:
        return Junction(node, Truth::kTrue);
      default:
        return Leaf(node);
    }
  }

 private:
  static TruthColumn Not(TruthColumn column) {
    for (Truth& truth : column.truth) {
      truth = truth == Truth::kTrue    ? Truth::kFalse
              : truth == Truth::kFalse ? Truth::kTrue
                                       : Truth::kUnknown;
    }
    return column;
  }

  // Known operands have no reasons, so reasons are joined blindly.
  TruthColumn Junction(const Node& node, Truth decisive) {
    TruthColumn joined = Visit(*node.children[0]);
    for (size_t c = 1; c < node.children.size(); ++c) {
      const TruthColumn next = Visit(*node.children[c]);
      for (size_t i = 0; i < size_; ++i) {
        if (joined.truth[i] == decisive) continue;
        if (next.truth[i] == decisive) {
          joined.truth[i] = decisive;
          joined.reasons[i] = 0;
        } else if (next.truth[i] == Truth::kUnknown) {
          joined.truth[i] = Truth::kUnknown;
          joined.reasons[i] |= next.reasons[i];
        }
      }
    }
    return joined;
  }

  TruthColumn Leaf(const Node& node) {
    TruthColumn out;
    out.truth.resize(size_);
    out.reasons.resize(size_);
    Reads reads;
    std::vector<bool> variables;
    FindReads(node, &variables, &reads);
    if (reads.by_row) {
      for (size_t i = 0; i < size_; ++i) {
        Set(EvaluateNode(node, source_.Row(i)), i, &out);
      }
      return out;
    }
    Entry entry(lists_);
    entry.fields = reads.fields;
    if (reads.calls) {
      Probe probe(lists_);
      EvaluateNode(node, probe);
      entry.calls = std::move(probe.calls);
    }
    std::vector<Column> columns;
    for (const FieldIndex field : entry.fields) {
      columns.push_back(source_.Field(field));
    }
    for (const CallKey& call : entry.calls) {
      columns.push_back(source_.Call(call.function, call.arguments));
    }
    Gather(node, columns, &entry, &out);
    return out;
  }

  static void Set(const Outcome& outcome, size_t i, TruthColumn* out) {
    out->truth[i] = outcome.truth;
    out->reasons[i] = outcome.reasons;
  }

  void Gather(const Node& node, const std::vector<Column>& columns,
              Entry* entry, TruthColumn* out) {
    constexpr uint64_t kDense = 1 << 22;
    entry->values.resize(columns.size());
    const auto compute = [&](size_t i) {
      for (size_t c = 0; c < columns.size(); ++c) {
        entry->values[c] = &columns[c].dictionary[columns[c].codes[i]];
      }
      return EvaluateNode(node, *entry);
    };
    uint64_t combinations = 1;
    for (const Column& column : columns) {
      const uint64_t distinct = std::max<uint64_t>(column.dictionary.size(), 1);
      if (combinations > (uint64_t{1} << 62) / distinct) {
        for (size_t i = 0; i < size_; ++i) Set(compute(i), i, out);
        return;
      }
      combinations *= distinct;
    }
    const auto key = [&](size_t i) {
      uint64_t combined = 0;
      for (const Column& column : columns) {
        combined = combined * column.dictionary.size() + column.codes[i];
      }
      return combined;
    };
    if (combinations <= kDense) {
      std::vector<Outcome> known(combinations);
      for (size_t i = 0; i < size_; ++i) {
        Outcome& outcome = known[key(i)];
        if (!outcome.computed) outcome = compute(i);
        Set(outcome, i, out);
      }
      return;
    }
    absl::flat_hash_map<uint64_t, Outcome> known;
    for (size_t i = 0; i < size_; ++i) {
      Outcome& outcome = known[key(i)];
      if (!outcome.computed) outcome = compute(i);
      Set(outcome, i, out);
    }
  }

  ColumnSource& source_;
  Lists lists_;
  const size_t size_;
};

}  // namespace

TruthColumn EvaluateColumns(const Expression& expression,
                            ColumnSource& source) {
  return ColumnEvaluator(source).Visit(expression.root());
}

}  // namespace meridian::analysis
