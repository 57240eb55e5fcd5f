// Expressions over the models of a catalog: named groups, filters, policies.
#ifndef ANALYSIS_SERVICE_GROUPS_H_
#define ANALYSIS_SERVICE_GROUPS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/answer.h"
#include "analysis_service/board.h"
#include "analysis_service/catalog.h"
#include "analysis_service/expression.h"
#include "analysis_service/facts.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::analysis {

// What expressions can name in a catalog: constants and lists.
Environment MakeEnvironment(const Catalog& catalog);

// One model as expressions see it, or with `offering` (an index into
// FactReader::Offerings) one offering of it. `facts` must outlive it.
class ModelFacts : public FactSource {
 public:
  ModelFacts(const Catalog& catalog, FactReader& facts, EntityId model,
             int offering = -1)
      : catalog_(catalog), facts_(facts), model_(model), offering_(offering) {}

  const FactValue& Get(FieldIndex field) const override {
    return facts_.Get(model_, field, offering_).value;
  }
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override {
    return facts_.Call(model_, offering_, function, receiver, arguments).value;
  }
  StringList ListMembers(absl::string_view list) const override {
    return {catalog_.Members(list, facts_.context().on), /*complete=*/true};
  }

 private:
  const Catalog& catalog_;
  FactReader& facts_;
  const EntityId model_;
  const int offering_;
};

struct CompiledGroup {
  std::string name;
  Expression expression;
};

// Named groups expanded and compiled; each is a choice in the header. Errors:
// NotFound (UNKNOWN_GROUP) with suggestions, InvalidArgument (BAD_EXPRESSION)
// with the group's name, InvalidArgument (BAD_REQUEST) for an empty or
// repeated name.
absl::StatusOr<std::vector<CompiledGroup>> CompileGroups(
    const google::protobuf::RepeatedPtrField<v1::NamedGroup>& groups,
    Answer& answer);

// Named groups of the catalog, by name.
std::vector<v1::NamedGroup> CatalogGroups(const Catalog& catalog);

// Compiles a filter; `what` names it in errors. Empty text: nothing.
absl::StatusOr<std::optional<Expression>> CompileFilter(absl::string_view text,
                                                        absl::string_view what,
                                                        const Catalog& catalog);

// Truth of an expression for every row of a snapshot.
std::vector<Truth> Evaluate(const Expression& expression,
                            const BoardSnapshot& board, const Catalog& catalog,
                            FactReader& facts);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_GROUPS_H_
