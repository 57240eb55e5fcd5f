#include "analysis_service/fact_space.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/fact_space_internal.h"

namespace meridian::analysis {
namespace {

Truth Negate(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

void AtomsOf(const Formula& formula, std::set<int>* atoms) {
  if (formula.op == Formula::Op::kAtom) atoms->insert(formula.atom);
  for (const Formula& child : formula.children) AtomsOf(child, atoms);
}

}  // namespace

Truth FactSpace::ValueOf(int atom, const Assignment& assignment) const {
  size_t cell = 0;
  for (const int term : atoms_[atom].terms) {
    cell = cell * terms_[term].size() + std::max(assignment[term], 0);
  }
  return atoms_[atom].table[cell];
}

Truth FactSpace::ValueOf(const Formula& formula,
                         const Assignment& assignment) const {
  switch (formula.op) {
    case Formula::Op::kTruth:
      return formula.truth;
    case Formula::Op::kAtom:
      return ValueOf(formula.atom, assignment);
    case Formula::Op::kNot:
      return Negate(ValueOf(formula.children[0], assignment));
    case Formula::Op::kAnd:
    case Formula::Op::kOr:
      break;
  }
  // One decisive part settles it.
  const Truth decisive =
      formula.op == Formula::Op::kAnd ? Truth::kFalse : Truth::kTrue;
  bool unknown = false;
  for (const Formula& child : formula.children) {
    const Truth truth = ValueOf(child, assignment);
    if (truth == decisive) return decisive;
    unknown |= truth == Truth::kUnknown;
  }
  return unknown ? Truth::kUnknown : Negate(decisive);
}

std::vector<int> FactSpace::TermsOf(const Formula& formula) const {
  std::set<int> atoms, terms;
  AtomsOf(formula, &atoms);
  for (const int atom : atoms) {
    terms.insert(atoms_[atom].terms.begin(), atoms_[atom].terms.end());
  }
  return {terms.begin(), terms.end()};
}

std::unique_ptr<FactSource> FactSpace::Facts(const Assignment& assignment,
                                             int side) const {
  return std::make_unique<AssignedFacts>(*this, assignment, side);
}

Formula Simplify(Formula formula) {
  using Op = Formula::Op;
  for (Formula& child : formula.children) child = Simplify(std::move(child));
  if (formula.op == Op::kNot) {
    const Formula& child = formula.children[0];
    if (child.op == Op::kTruth) return Formula::Of(Negate(child.truth));
    return formula;
  }
  if (formula.op != Op::kAnd && formula.op != Op::kOr) return formula;
  const Truth decisive = formula.op == Op::kAnd ? Truth::kFalse : Truth::kTrue;
  std::vector<Formula> kept;
  for (Formula& child : formula.children) {
    if (child.op != Op::kTruth) {
      kept.push_back(std::move(child));
    } else if (child.truth == decisive) {
      return child;
    } else if (child.truth == Truth::kUnknown) {
      kept.push_back(std::move(child));
    }
  }
  if (kept.empty()) return Formula::Of(Negate(decisive));
  if (kept.size() == 1) return std::move(kept[0]);
  return Formula::Join(formula.op, std::move(kept));
}

FieldIndex CanonicalField(FieldIndex field) {
  static const FieldIndex licence = FindField("model.licence");
  static const FieldIndex id = FindField("licence.id");
  return field == licence ? id : field;
}

FieldIndex ListOf(FieldIndex field) {
  static const auto* const lists = new std::map<FieldIndex, FieldIndex>{
      {FindField("model.country"), FindField("model.countries")},
      {FindField("developer.name"), FindField("model.developers")}};
  const auto found = lists->find(field);
  return found == lists->end() ? -1 : found->second;
}

bool IsOfDeployer(FieldIndex field) {
  return absl::StartsWith(Fields()[field].name, "deployer");
}

bool IsOfDeployerCall(FunctionIndex function) {
  const auto& parameters = Functions()[function].parameters;
  return std::find(parameters.begin(), parameters.end(), FieldType::kObject) !=
         parameters.end();
}

bool IsFixed(const FactValue& value) {
  if (!value.known()) return false;
  if (const auto* range = std::get_if<NumberRange>(&value.value)) {
    return range->low == range->high;
  }
  if (const auto* range = std::get_if<DateRange>(&value.value)) {
    return range->is_day();
  }
  if (const auto* list = std::get_if<StringList>(&value.value)) {
    return list->complete;
  }
  if (const auto* list =
          std::get_if<std::shared_ptr<const ObjectList>>(&value.value)) {
    return (*list)->complete &&
           std::all_of((*list)->items.begin(), (*list)->items.end(),
                       [](const FactObject& object) {
                         return std::all_of(object.fields.begin(),
                                            object.fields.end(), IsFixed);
                       });
  }
  return true;
}

FieldIndex FieldOfCall(FunctionIndex function,
                       absl::Span<const FactValue> arguments) {
  if (Functions()[function].name != "licence.permits") return -1;
  const std::string& use = std::get<std::string>(arguments[0].value);
  if (use == "train_on_outputs") return FindField("licence.train_on_outputs");
  return FindField(absl::StrCat("licence.", use, "_use"));
}

std::string CallName(FunctionIndex function,
                     absl::Span<const FactValue> arguments) {
  std::string name = absl::StrCat(Functions()[function].name, "(");
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (i > 0) name += ", ";
    const FactValue& argument = arguments[i];
    if (const auto* text = std::get_if<std::string>(&argument.value)) {
      absl::StrAppend(&name, "\"", *text, "\"");
    } else if (const auto* range = std::get_if<NumberRange>(&argument.value)) {
      absl::StrAppend(&name, range->low);
    } else {
      name += "deployer";
    }
  }
  return name + ")";
}

const FactValue& AssignedFacts::Get(FieldIndex field) const {
  static const auto* const several =
      new FactValue(FactValue::Unknown(UnknownReason::kConflict));
  if (const FactValue* value = ValueOf(field)) return *value;
  const FieldIndex list = ListOf(field);
  const FactValue* const members = list < 0 ? nullptr : ValueOf(list);
  if (members == nullptr) return space_.known_[side_]->Get(field);
  const StringList& names = std::get<StringList>(members->value);
  if (names.items.size() != 1) return *several;
  return only_members_[field] = FactValue::Text(names.items[0]);
}

const FactValue* AssignedFacts::ValueOf(FieldIndex field) const {
  const auto found = space_.term_of_field_.find(
      {space_.SideOf(IsOfDeployer(field), side_), CanonicalField(field)});
  if (found == space_.term_of_field_.end()) return nullptr;
  const int value = assignment_[found->second];
  if (value < 0) return nullptr;
  return &space_.terms_[found->second].values[value];
}

FactValue AssignedFacts::Call(FunctionIndex function,
                              const FactObject* receiver,
                              absl::Span<const FactValue> arguments) const {
  if (receiver == nullptr) {
    const FieldIndex field = FieldOfCall(function, arguments);
    if (field >= 0) return Get(field);
    const auto found = space_.term_of_call_.find(
        {space_.SideOf(IsOfDeployerCall(function), side_),
         CallName(function, arguments)});
    if (found != space_.term_of_call_.end()) {
      const int value = assignment_[found->second];
      if (value >= 0) return space_.terms_[found->second].values[value];
    }
  }
  FactValue value = space_.known_[side_]->Call(function, receiver, arguments);
  if (!value.known()) escaped_ = true;
  return value;
}

}  // namespace meridian::analysis
