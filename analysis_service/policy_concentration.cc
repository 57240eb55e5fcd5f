#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/concentration.h"
#include "analysis_service/dimension.h"
#include "analysis_service/policy_measures.h"
#include "analysis_service/usage.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr uint32_t kDefaultShares = 10;
constexpr uint32_t kMostShares = 1000;

struct Weighed {
  EntityId model = kNoEntity;
  double weight = 0;
};

// Weight by group, with the models behind it. Under "" what is unknown.
struct Group {
  double weight = 0;
  uint64_t models = 0;
};
using GroupsByName = std::map<std::string, Group>;

v1::Concentration Describe(absl::string_view reading, GroupsByName groups,
                           uint64_t models, uint32_t limit, double* known_hhi) {
  const double unknown = groups[""].weight;
  groups.erase("");
  std::vector<std::pair<std::string, Group>> sorted(groups.begin(),
                                                    groups.end());
  std::stable_sort(sorted.begin(), sorted.end(),
                   [](const auto& a, const auto& b) {
                     return a.second.weight > b.second.weight;
                   });
  std::vector<double> weights;
  for (const auto& [name, group] : sorted) weights.push_back(group.weight);
  const ConcentrationFigures figures = MeasureShares(weights, unknown);
  v1::Concentration out;
  out.set_reading(std::string(reading));
  out.set_models(models);
  out.set_unknown_share(figures.unknown_share);
  if (figures.hhi.high > 0) {
    if (unknown <= 0) out.set_hhi(figures.known_hhi);
    out.mutable_bounds()->set_low(figures.hhi.low);
    out.mutable_bounds()->set_high(figures.hhi.high);
    out.mutable_effective_number()->set_low(10'000 / figures.hhi.high);
    if (figures.hhi.low > 0) {
      out.mutable_effective_number()->set_high(10'000 / figures.hhi.low);
    }
  }
  for (const double top : figures.top) out.add_top_shares(top);
  for (size_t i = 0; i < sorted.size() && i < limit; ++i) {
    v1::Share* share = out.add_shares();
    share->set_name(sorted[i].first);
    share->set_share(figures.share[i]);
    share->set_models(sorted[i].second.models);
  }
  *known_hhi = figures.known_hhi;
  return out;
}

void Add(const std::vector<NamedPart>& parts, double weight,
         GroupsByName* groups) {
  for (const NamedPart& part : parts) {
    Group& group = (*groups)[part.name];
    group.weight += weight * part.part;
    ++group.models;
  }
}

// Part that stands at the root under a name that it does not have itself.
// What is unknown at either end has not moved.
double Moved(const std::vector<NamedPart>& direct,
             const std::vector<NamedPart>& root) {
  double moved = 0;
  for (const NamedPart& part : root) {
    if (part.name.empty()) continue;
    double before = 0;
    for (const NamedPart& other : direct) {
      if (other.name.empty()) return 0;
      if (other.name == part.name) before = other.part;
    }
    moved += std::max(0.0, part.part - before);
  }
  return moved;
}

// Models that are asked about, distinct, by number.
absl::StatusOr<std::vector<EntityId>> ModelsOf(
    const v1::MeasureConcentrationRequest& request, const Catalog& catalog,
    Answer& answer) {
  std::vector<EntityId> models;
  if (!request.has_rank_by()) {
    for (EntityId id = 0; id < catalog.resolution().entities().size(); ++id) {
      models.push_back(id);
    }
    return models;
  }
  const v1::RankBy& by = request.rank_by();
  ASSIGN_OR_RETURN(const BoardChoice choice,
                   ChooseBoard(by.board(), by.category(), by.method(), answer));
  ASSIGN_OR_RETURN(const ScoreSnapshot snapshot,
                   SpeakingSnapshot(choice, catalog, answer.question().as_of));
  const BoardSnapshot board =
      ReadSnapshot(catalog, choice, snapshot, /*min_votes=*/0);
  WarnOfSnapshot(board, answer);
  std::set<EntityId> distinct;
  for (const BoardRow& row : board.rows) distinct.insert(row.entity);
  models.assign(distinct.begin(), distinct.end());
  return models;
}

// Keeps what is certainly admissible.
void KeepAdmissible(PolicyRun& run, Answer& answer,
                    std::vector<EntityId>* models) {
  const std::vector<CompactOutcome> outcomes = run.JudgeModels(*models);
  std::vector<EntityId> kept;
  uint64_t undetermined = 0;
  for (size_t i = 0; i < models->size(); ++i) {
    if (outcomes[i].verdict == v1::VERDICT_ADMISSIBLE) {
      kept.push_back((*models)[i]);
    } else if (outcomes[i].verdict == v1::VERDICT_UNDETERMINED) {
      ++undetermined;
    }
  }
  *models = std::move(kept);
  if (undetermined > 0) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat(undetermined,
                             " models are undetermined and do not count"));
  }
}

// Weighs the models; with a measure only those that have a figure. Usage of
// what means no model is of unknown group, unless models are `chosen`.
absl::StatusOr<std::vector<Weighed>> Weigh(
    const v1::MeasureConcentrationRequest& request,
    const std::vector<EntityId>& models, bool chosen, const Catalog& catalog,
    Answer& answer) {
  std::vector<Weighed> weighed;
  if (request.measure().empty()) {
    for (const EntityId model : models) weighed.push_back({model, 1});
    answer.Choose("weights", "each model counts 1", true);
    return weighed;
  }
  ASSIGN_OR_RETURN(
      const Usage usage,
      ReadUsage(catalog, answer.question().as_of, request.measure()));
  uint64_t without = 0;
  for (const EntityId model : models) {
    const auto it = usage.weight.find(model);
    if (it == usage.weight.end()) {
      ++without;
    } else {
      weighed.push_back({model, it->second});
    }
  }
  answer.Choose("weights",
                absl::StrCat(usage.measure, " as ", usage.source, " has it"),
                false);
  if (!usage.others.empty()) {
    answer.Warn(v1::WARNING_KIND_SOURCES_DISAGREE,
                absl::StrCat("other sources have ", usage.measure,
                             " too; figures of several are not added"),
                usage.others);
  }
  if (without > 0) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat(without, " models have no figure of ",
                             usage.measure, " and do not count"));
  }
  if (usage.unresolved > 0) {
    if (!chosen) weighed.push_back({kNoEntity, usage.unresolved});
    answer.Warn(v1::WARNING_KIND_UNRESOLVED_NAMES,
                absl::StrCat(usage.unresolved_subjects, " names with ",
                             usage.unresolved, " ", usage.measure,
                             " mean no model that is known"));
  }
  return weighed;
}

}  // namespace

absl::StatusOr<v1::MeasureConcentrationResponse> MeasureConcentration(
    const Question& question, const v1::MeasureConcentrationRequest& request) {
  RETURN_IF_ERROR(CheckDimension(request.dimension()));
  if (request.limit() > kMostShares) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                     "at most 1000 shares", {{"field", "limit"}});
  }
  v1::MeasureConcentrationResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  std::unique_ptr<PolicyRun> run;
  // A question without a policy says only from when.
  if (request.question().input_case() != v1::PolicyQuestion::INPUT_NOT_SET) {
    ASSIGN_OR_RETURN(run, PolicyRun::Create(request.question(), answer));
  }
  FactReader own_facts(*question.catalog, question.facts());
  const Catalog& catalog = run ? run->catalog() : *question.catalog;
  FactReader& facts = run ? run->facts() : own_facts;
  ASSIGN_OR_RETURN(std::vector<EntityId> models,
                   ModelsOf(request, catalog, answer));
  if (run != nullptr) KeepAdmissible(*run, answer, &models);
  ASSIGN_OR_RETURN(
      const std::vector<Weighed> weighed,
      Weigh(request, models, run != nullptr || request.has_rank_by(), catalog,
            answer));

  DimensionReader dimension(question, catalog, facts, request.dimension(),
                            run.get());
  GroupsByName direct, root;
  double total = 0, moved = 0;
  for (const Weighed& model : weighed) {
    total += model.weight;
    if (model.model == kNoEntity) {
      Add({{"", 1}}, model.weight, &direct);
      Add({{"", 1}}, model.weight, &root);
      continue;
    }
    const std::vector<NamedPart> here = dimension.Direct(model.model);
    const std::vector<NamedPart> there = dimension.AtRoots(model.model);
    Add(here, model.weight, &direct);
    Add(there, model.weight, &root);
    moved += model.weight * Moved(here, there);
  }
  const uint32_t limit =
      request.limit() == 0 ? kDefaultShares : request.limit();
  double direct_hhi = 0, root_hhi = 0;
  *response.mutable_direct() =
      Describe("direct", std::move(direct), weighed.size(), limit, &direct_hhi);
  *response.mutable_root() =
      Describe("root", std::move(root), weighed.size(), limit, &root_hhi);
  if (total > 0) {
    response.set_hidden_hhi(root_hhi - direct_hhi);
    response.set_moved_share(moved / total);
  }
  return response;
}

}  // namespace meridian::analysis
