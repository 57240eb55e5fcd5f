// Between the files of FactSpace.
#ifndef ANALYSIS_SERVICE_FACT_SPACE_INTERNAL_H_
#define ANALYSIS_SERVICE_FACT_SPACE_INTERNAL_H_

#include <map>
#include <string>

#include "absl/types/span.h"
#include "analysis_service/fact_regions.h"
#include "analysis_service/fact_space.h"

namespace meridian::analysis {

// The one field of those that are the same fact.
FieldIndex CanonicalField(FieldIndex field);
// The list whose only member a field is: model.country of model.countries.
// -1: none.
FieldIndex ListOf(FieldIndex field);
// The field that a call says the same as; -1: none.
FieldIndex FieldOfCall(FunctionIndex function,
                       absl::Span<const FactValue> arguments);
// `developer.controlled_from("XX", 0.25)`.
std::string CallName(FunctionIndex function,
                     absl::Span<const FactValue> arguments);
// A field of who asks, or a function whose argument that is.
bool IsOfDeployer(FieldIndex field);
bool IsOfDeployerCall(FunctionIndex function);
// Known, and nothing about it can still change.
bool IsFixed(const FactValue& value);
// Without operands that decide nothing.
Formula Simplify(Formula formula);
// `known` is what is known of the term already: an interval, part of a list.
// No values: there are too many.
void SetTermValues(const RegionConstants& constants,
                   const Signatures& signatures, const FactValue& known,
                   int max_members, FactTerm* term);
// What being true or a value of one term says of another.
std::vector<Implication> ImplicationsOf(const std::vector<FactTerm>& terms);

// The facts of an assignment.
class AssignedFacts : public FactSource {
 public:
  // `space` must outlive it.
  AssignedFacts(const FactSpace& space, Assignment assignment, int side)
      : space_(space), assignment_(std::move(assignment)), side_(side) {}

  const FactValue& Get(FieldIndex field) const override;
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override;
  StringList ListMembers(absl::string_view list) const override {
    return space_.known_[side_]->ListMembers(list);
  }

  // It was asked for the value of a function that no term stands for.
  bool escaped() const { return escaped_; }
  void Assign(int term, int value) { assignment_[term] = value; }

 private:
  const FactValue* ValueOf(FieldIndex field) const;

  const FactSpace& space_;
  Assignment assignment_;
  const int side_;
  mutable bool escaped_ = false;
  // References to them are handed out.
  mutable std::map<FieldIndex, FactValue> only_members_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACT_SPACE_INTERNAL_H_
