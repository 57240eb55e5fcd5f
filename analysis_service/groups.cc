#include "analysis_service/groups.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {

Environment MakeEnvironment(const Catalog& catalog) {
  Environment environment;
  environment.lists = catalog.Lists();
  return environment;
}

std::vector<v1::NamedGroup> CatalogGroups(const Catalog& catalog) {
  std::vector<v1::NamedGroup> groups;
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kGroup)) {
    v1::NamedGroup& group = groups.emplace_back();
    group.set_name(catalog.record(ref).group().name());
    group.set_expression(catalog.record(ref).group().expression());
  }
  std::sort(groups.begin(), groups.end(),
            [](const auto& a, const auto& b) { return a.name() < b.name(); });
  return groups;
}

absl::StatusOr<std::vector<CompiledGroup>> CompileGroups(
    const google::protobuf::RepeatedPtrField<v1::NamedGroup>& groups,
    Answer& answer) {
  const std::vector<v1::NamedGroup> known = CatalogGroups(answer.catalog());
  const Environment environment = MakeEnvironment(answer.catalog());
  std::vector<CompiledGroup> compiled;
  std::set<std::string> names;
  for (const v1::NamedGroup& group : groups) {
    if (group.name().empty() || !names.insert(group.name()).second) {
      return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                       absl::StrCat("group name '", group.name(),
                                    "' is empty or used twice; each group "
                                    "needs a name of its own"),
                       {{"group", group.name()}});
    }
    std::string text = group.expression();
    if (text.empty()) {
      std::vector<std::string> known_names;
      for (const v1::NamedGroup& candidate : known) {
        known_names.push_back(candidate.name());
        if (candidate.name() == group.name()) text = candidate.expression();
      }
      if (text.empty()) {
        return MakeError(
            absl::StatusCode::kNotFound, "UNKNOWN_GROUP",
            absl::StrCat("there is no group '", group.name(), "'",
                         DidYouMean(group.name(), known_names),
                         " Known: ", absl::StrJoin(known_names, ", "),
                         "; or give an expression: NAME=EXPR"),
            {{"group", group.name()},
             {"suggestions",
              absl::StrJoin(Suggest(group.name(), known_names), ", ")}});
      }
    }
    auto expression = Compile(text, environment);
    if (!expression.ok()) {
      return Annotate(expression.status(),
                      absl::StrCat("group '", group.name(), "'"));
    }
    answer.Choose(absl::StrCat("group ", group.name()), text,
                  group.expression().empty());
    compiled.push_back({group.name(), *std::move(expression)});
  }
  return compiled;
}

absl::StatusOr<std::optional<Expression>> CompileFilter(
    absl::string_view text, absl::string_view what, const Catalog& catalog) {
  if (text.empty()) return std::optional<Expression>();
  auto expression = Compile(text, MakeEnvironment(catalog));
  if (!expression.ok()) return Annotate(expression.status(), what);
  return std::optional<Expression>(*std::move(expression));
}

std::vector<Truth> Evaluate(const Expression& expression,
                            const BoardSnapshot& board, const Catalog& catalog,
                            FactReader& facts) {
  std::vector<Truth> truth;
  truth.reserve(board.rows.size());
  for (const BoardRow& row : board.rows) {
    truth.push_back(
        Evaluate(expression, ModelFacts(catalog, facts, row.entity)).truth);
  }
  return truth;
}

}  // namespace meridian::analysis
