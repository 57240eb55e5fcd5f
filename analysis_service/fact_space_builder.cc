// How a FactSpace comes about:
//   1. Rules become formulas over atoms (rule_shape.h); atoms that the known
//      facts settle are folded.
//   2. The facts of the other atoms that are not known become terms; functions
//      are found by evaluating the atom and noting what it asks for.
//   3. Terms of an atom that can be compared form a group and share its
//      constants, from which their values follow (fact_regions.h).
//   4. Every atom is evaluated for every choice of its terms' values.
#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/fact_regions.h"
#include "analysis_service/fact_space_internal.h"

namespace meridian::analysis {
namespace {

struct Call {
  FunctionIndex function;
  std::vector<FactValue> arguments;
};

// Known facts; notes which functions were asked for and are not known.
class Recorder : public FactSource {
 public:
  explicit Recorder(const FactSource& known) : known_(known) {}

  const FactValue& Get(FieldIndex field) const override {
    return known_.Get(field);
  }
  StringList ListMembers(absl::string_view list) const override {
    return known_.ListMembers(list);
  }
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override {
    FactValue value = known_.Call(function, receiver, arguments);
    if (IsFixed(value)) {
      known_values_.push_back(value);
      return value;
    }
    if (receiver != nullptr) {
      asked_object_ = true;
    } else {
      calls_.push_back({function, {arguments.begin(), arguments.end()}});
    }
    return value;
  }

  const std::vector<analysis::Call>& calls() const { return calls_; }
  bool asked_object() const { return asked_object_; }
  // What functions gave.
  const std::vector<FactValue>& known_values() const { return known_values_; }

 private:
  const FactSource& known_;
  mutable std::vector<FactValue> known_values_;
  mutable std::vector<analysis::Call> calls_;
  mutable bool asked_object_ = false;
};

// Of terms that hold the same kind of value, so that they can be compared.
enum class Comparable { kText, kNumber, kDay, kOther };

Comparable ComparableOf(FieldType type) {
  switch (type) {
    case FieldType::kString:
    case FieldType::kStringList:
      return Comparable::kText;
    case FieldType::kNumber:
      return Comparable::kNumber;
    case FieldType::kDate:
      return Comparable::kDay;
    default:
      return Comparable::kOther;
  }
}

}  // namespace

class FactSpaceBuilder {
 public:
  FactSpaceBuilder(FactSpace* space, const FactSpaceOptions& options)
      : space_(*space), options_(options) {}

  void Build() {
    space_.sides_differ_ = space_.known_.size() > 1;
    for (const SpaceRule& rule : space_.rules_) AddRule(rule);
    for (size_t i = 0; i < shapes_.size(); ++i) FindTerms(static_cast<int>(i));
    DeriveMembers();
    FindGroups();
    for (size_t i = 0; i < space_.terms_.size(); ++i) SetValues(i);
    for (size_t i = 0; i < shapes_.size(); ++i) FillTable(static_cast<int>(i));
    for (Formula& formula : space_.formulas_) {
      formula = Simplify(Fold(std::move(formula)));
    }
    space_.implications_ = ImplicationsOf(space_.terms_);
  }

 private:
  // An atom's shape, the side it is judged on and what is known of it.
  struct Part {
    AtomShape shape;
    int side = 0;
    Truth settled = Truth::kUnknown;  // by what is known
    bool opaque = false;
    std::string because;
    std::vector<FactValue> known_values;  // of functions
  };

  void AddRule(const SpaceRule& rule) {
    Formula satisfied = Shape(rule.rule->body, rule.side);
    if (rule.rule->forbids) satisfied = Formula::Not(std::move(satisfied));
    if (rule.rule->applies_when.has_value()) {
      std::vector<Formula> either;
      either.push_back(
          Formula::Not(Shape(*rule.rule->applies_when, rule.side)));
      either.push_back(std::move(satisfied));
      satisfied = Formula::Join(Formula::Op::kOr, std::move(either));
    }
    space_.formulas_.push_back(std::move(satisfied));
  }

  Formula Shape(const Expression& expression, int side) {
    std::vector<AtomShape> shapes;
    Formula formula = ShapeOf(expression, Known(side), &shapes);
    std::vector<int> places;
    for (AtomShape& shape : shapes) places.push_back(Place(&shape, side));
    Renumber(places, &formula);
    return formula;
  }

  int Place(AtomShape* shape, int side) {
    for (size_t i = 0; i < shapes_.size(); ++i) {
      if (shapes_[i].shape.key == shape->key && shapes_[i].side == side) {
        return static_cast<int>(i);
      }
    }
    shapes_.push_back(
        {std::move(*shape), side, Truth::kUnknown, false, "", {}});
    space_.atoms_.emplace_back();
    return static_cast<int>(shapes_.size()) - 1;
  }

  static void Renumber(const std::vector<int>& places, Formula* formula) {
    if (formula->op == Formula::Op::kAtom) {
      formula->atom = places[formula->atom];
    }
    for (Formula& child : formula->children) Renumber(places, &child);
  }

  const FactSource& Known(int side) const { return *space_.known_[side]; }

  void MakeOpaque(int atom, absl::string_view because) {
    shapes_[atom].opaque = true;
    shapes_[atom].because = std::string(because);
  }

  void FindTerms(int atom) {
    Part& part = shapes_[atom];
    const Recorder recorder(Known(part.side));
    const Truth truth = part.shape.Evaluate(recorder);
    part.known_values = recorder.known_values();
    if (truth != Truth::kUnknown && !part.shape.asks_known) {
      part.settled = truth;
      return;
    }
    if (!part.shape.exact && options_.inexact_is_opaque) {
      return MakeOpaque(atom, "it computes with facts that are not known");
    }
    if (recorder.asked_object()) {
      return MakeOpaque(atom, "it asks for objects that are not known");
    }
    for (const FieldIndex field : part.shape.argument_fields) {
      if (IsFree(field, part.side)) {
        return MakeOpaque(
            atom, absl::StrCat("a function is asked about ",
                               Fields()[field].name, ", which is not known"));
      }
    }
    for (const FieldIndex field : part.shape.fields) {
      const FieldType type = Fields()[field].type;
      if (type == FieldType::kObject) continue;
      if (!IsFree(field, part.side)) continue;
      if (type == FieldType::kObjectList) {
        return MakeOpaque(
            atom, absl::StrCat(Fields()[field].name, " are not all known"));
      }
    }
    for (const FieldIndex field : part.shape.fields) {
      if (Fields()[field].type == FieldType::kObject) continue;
      if (IsFree(field, part.side)) AddTerm(atom, FieldTerm(field, part.side));
    }
    for (const Call& call : recorder.calls()) {
      AddTerm(atom, CallTerm(call, part.side));
    }
  }

  // Not known, and something could be.
  bool IsFree(FieldIndex field, int side) const {
    if (IsFixed(Known(side).Get(field))) return false;
    const FieldIndex list = ListOf(field);
    return list < 0 || !IsFixed(Known(side).Get(list));
  }

  void AddTerm(int atom, int term) {
    std::vector<int>& terms = space_.atoms_[atom].terms;
    if (std::find(terms.begin(), terms.end(), term) == terms.end()) {
      terms.push_back(term);
    }
  }

  int FieldTerm(FieldIndex field, int side) {
    field = CanonicalField(field);
    side = space_.SideOf(IsOfDeployer(field), side);
    const auto [found, is_new] = space_.term_of_field_.try_emplace(
        {side, field}, static_cast<int>(space_.terms_.size()));
    if (is_new) {
      FactTerm term;
      term.side = side;
      term.field = field;
      term.name = Fields()[field].name;
      term.type = Fields()[field].type;
      space_.terms_.push_back(std::move(term));
    }
    return found->second;
  }

  int CallTerm(const Call& call, int side) {
    const FieldIndex field = FieldOfCall(call.function, call.arguments);
    if (field >= 0) return FieldTerm(field, side);
    side = space_.SideOf(IsOfDeployerCall(call.function), side);
    FactTerm term;
    term.side = side;
    term.function = call.function;
    term.arguments = call.arguments;
    term.name = CallName(call.function, call.arguments);
    term.type = Functions()[call.function].result;
    const auto [found, is_new] = space_.term_of_call_.try_emplace(
        {side, term.name}, static_cast<int>(space_.terms_.size()));
    if (is_new) space_.terms_.push_back(std::move(term));
    return found->second;
  }

  int OpaqueTerm(int atom) {
    FactTerm term;
    term.opaque = true;
    term.name = absl::StrCat("opaque ", atom);
    space_.terms_.push_back(std::move(term));
    return static_cast<int>(space_.terms_.size()) - 1;
  }

  // What is the only member of a list follows from the list, where that is
  // asked about too or part of it is known.
  void DeriveMembers() {
    for (size_t i = 0; i < space_.terms_.size(); ++i) {
      if (space_.terms_[i].field < 0) continue;
      const FieldIndex list = ListOf(space_.terms_[i].field);
      if (list < 0) continue;
      const bool asked = space_.term_of_field_.count({0, list}) > 0;
      if (!asked && !Known(0).Get(list).known()) continue;
      const int of = FieldTerm(list, 0);
      space_.term_of_field_.erase({0, space_.terms_[i].field});
      for (size_t atom = 0; atom < shapes_.size(); ++atom) {
        std::vector<int>& terms = space_.atoms_[atom].terms;
        const auto place =
            std::find(terms.begin(), terms.end(), static_cast<int>(i));
        if (place == terms.end()) continue;
        terms.erase(place);
        AddTerm(static_cast<int>(atom), of);
      }
    }
  }

  int Root(int term) {
    while (parent_[term] != term) term = parent_[term];
    return term;
  }

  void FindGroups() {
    parent_.resize(space_.terms_.size());
    std::iota(parent_.begin(), parent_.end(), 0);
    for (size_t atom = 0; atom < shapes_.size(); ++atom) {
      Sign(static_cast<int>(atom));
      const std::vector<int>& terms = space_.atoms_[atom].terms;
      for (const int a : terms) {
        for (const int b : terms) {
          if (ComparableOf(space_.terms_[a].type) ==
              ComparableOf(space_.terms_[b].type)) {
            parent_[Root(a)] = Root(b);
          }
        }
      }
    }
    for (size_t i = 0; i < space_.terms_.size(); ++i) {
      ++width_[Root(static_cast<int>(i))];
    }
    for (size_t atom = 0; atom < shapes_.size(); ++atom) {
      for (const int term : space_.atoms_[atom].terms) {
        AddConstants(static_cast<int>(atom), Root(term));
      }
    }
    for (auto& [root, constants] : constants_) {
      constants.width = std::min(width_[root], 3);
    }
  }

  // Where each string occurs.
  void Sign(int atom) {
    const Part& part = shapes_[atom];
    for (const auto& set : SetsOf(part)) {
      const std::string where = absl::StrJoin(set, "\n");
      for (const std::string& text : set) signatures_[text].insert(where);
    }
    for (const int term : space_.atoms_[atom].terms) {
      for (const FactValue& argument : space_.terms_[term].arguments) {
        const auto* text = std::get_if<std::string>(&argument.value);
        if (text != nullptr) signatures_[*text].insert(*text);
      }
    }
  }

  // What is known in an atom, at least in part.
  std::vector<FactValue> ValuesIn(const Part& part) const {
    std::vector<FactValue> values = part.known_values;
    for (const FieldIndex field : part.shape.fields) {
      values.push_back(Known(part.side).Get(field));
      const FieldIndex list = ListOf(field);
      if (list >= 0) values.push_back(Known(part.side).Get(list));
    }
    return values;
  }

  // Strings of an atom and of what is known in it.
  std::vector<std::vector<std::string>> SetsOf(const Part& part) const {
    std::vector<std::vector<std::string>> sets = part.shape.sets;
    for (const FactValue& value : ValuesIn(part)) {
      if (const auto* text = std::get_if<std::string>(&value.value)) {
        sets.push_back({*text});
      } else if (const auto* list = std::get_if<StringList>(&value.value)) {
        for (const std::string& item : list->items) sets.push_back({item});
      }
    }
    for (std::vector<std::string>& set : sets)
      std::sort(set.begin(), set.end());
    return sets;
  }

  void AddConstants(int atom, int root) {
    const Part& part = shapes_[atom];
    RegionConstants& constants = constants_[root];
    for (const auto& set : SetsOf(part)) {
      constants.strings.insert(set.begin(), set.end());
    }
    constants.prefixes.insert(part.shape.prefixes.begin(),
                              part.shape.prefixes.end());
    constants.suffixes.insert(part.shape.suffixes.begin(),
                              part.shape.suffixes.end());
    constants.numbers.insert(part.shape.numbers.begin(),
                             part.shape.numbers.end());
    constants.days.insert(part.shape.days.begin(), part.shape.days.end());
    for (const FactValue& value : ValuesIn(part)) {
      if (const auto* range = std::get_if<NumberRange>(&value.value)) {
        constants.numbers.insert({range->low, range->high});
      } else if (const auto* days = std::get_if<DateRange>(&value.value)) {
        constants.days.insert({days->first, days->last});
      }
    }
  }

  // What is known of a term already: an interval, part of a list.
  FactValue PartlyKnown(const FactTerm& term) const {
    if (term.field >= 0) return Known(term.side).Get(term.field);
    return Known(term.side).Call(term.function, nullptr, term.arguments);
  }

  void SetValues(size_t index) {
    FactTerm& term = space_.terms_[index];
    SetTermValues(constants_[Root(static_cast<int>(index))], signatures_,
                  PartlyKnown(term), options_.max_members, &term);
  }

  void FillTable(int atom) {
    Part& part = shapes_[atom];
    if (part.settled != Truth::kUnknown) return;
    if (!part.opaque) TryTable(atom);
    if (!part.opaque) return;
    if (space_.opaque_because_.empty()) space_.opaque_because_ = part.because;
    space_.atoms_[atom].terms = {OpaqueTerm(atom)};
    space_.atoms_[atom].table = {Truth::kTrue, Truth::kFalse, Truth::kUnknown};
  }

  void TryTable(int atom) {
    SpaceAtom& out = space_.atoms_[atom];
    size_t cells = 1;
    for (const int term : out.terms) {
      cells *= space_.terms_[term].values.size();
      if (cells == 0 || cells > static_cast<size_t>(options_.max_table)) {
        return MakeOpaque(atom, "its facts have too many values");
      }
    }
    AssignedFacts facts(space_, Assignment(space_.terms_.size(), -1),
                        shapes_[atom].side);
    for (size_t cell = 0; cell < cells; ++cell) {
      size_t rest = cell;
      for (auto term = out.terms.rbegin(); term != out.terms.rend(); ++term) {
        const size_t size = space_.terms_[*term].values.size();
        facts.Assign(*term, static_cast<int>(rest % size));
        rest /= size;
      }
      out.table.push_back(shapes_[atom].shape.Evaluate(facts));
      if (facts.escaped()) {
        return MakeOpaque(atom, "it asks for facts that depend on others");
      }
    }
  }

  // Puts in what is settled.
  Formula Fold(Formula formula) {
    if (formula.op == Formula::Op::kAtom) {
      const Truth settled = shapes_[formula.atom].settled;
      if (settled != Truth::kUnknown) return Formula::Of(settled);
    }
    for (Formula& child : formula.children) child = Fold(std::move(child));
    return formula;
  }

  FactSpace& space_;
  const FactSpaceOptions& options_;
  std::vector<Part> shapes_;
  std::vector<int> parent_;
  std::map<int, int> width_;
  std::map<int, RegionConstants> constants_;  // by root
  Signatures signatures_;
};

FactSpace::FactSpace(std::vector<SpaceRule> rules,
                     std::vector<const FactSource*> known,
                     const FactSpaceOptions& options)
    : rules_(std::move(rules)), known_(std::move(known)) {
  FactSpaceBuilder(this, options).Build();
}

}  // namespace meridian::analysis
