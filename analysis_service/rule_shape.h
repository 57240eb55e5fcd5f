// An expression as a formula over atoms, each with all that can tell one fact
// from another in it. Beside the language itself the only reader of its tree.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_RULE_SHAPE_H_
#define ANALYSIS_SERVICE_RULE_SHAPE_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "analysis_service/expression.h"

namespace meridian::analysis {

// A formula over numbered atoms, in strong Kleene logic.
struct Formula {
  enum class Op { kTruth, kAtom, kNot, kAnd, kOr };
  Op op = Op::kTruth;
  Truth truth = Truth::kTrue;  // kTruth
  int atom = -1;               // kAtom
  std::vector<Formula> children;

  static Formula Of(Truth truth) { return {Op::kTruth, truth, -1, {}}; }
  static Formula Atom(int atom) {
    return {Op::kAtom, Truth::kUnknown, atom, {}};
  }
  static Formula Not(Formula formula);
  static Formula Join(Op op, std::vector<Formula> children);
};

// A Boolean part of an expression without && and || at its top.
struct AtomShape {
  std::shared_ptr<const internal::Node> node;
  // The same key, the same meaning.
  std::string key;
  std::set<FieldIndex> fields;
  // Strings that facts can be told apart by: of every list all its members
  // together, of every other string itself alone.
  std::vector<std::vector<std::string>> sets;
  std::set<double> numbers;
  std::set<Day> days;
  std::set<std::string> prefixes;
  std::set<std::string> suffixes;
  // Fields that arguments of functions of facts are made of.
  std::set<FieldIndex> argument_fields;
  // These constants tell all values apart: it has no arithmetic, sizes,
  // indices or searches of strings that are not known.
  bool exact = true;
  // Uses known(): a fact that comes to be known can change a certain truth.
  bool asks_known = false;

  Truth Evaluate(const FactSource& facts) const;
};

// The formula of an expression; its atoms are appended, each once. What
// `known` settles for good is put in: parts of known facts become constants,
// a quantifier over a known list one part for each element.
Formula ShapeOf(const Expression& expression, const FactSource& known,
                std::vector<AtomShape>* atoms);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_RULE_SHAPE_H_
