#include "analysis_service/policy_missing.h"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/completion.h"
#include "analysis_service/judged_board.h"
#include "analysis_service/policy_ask.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_run.h"
#include "common/base/page.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// More than any points: nothing is certainly admissible yet.
constexpr double kFirst = std::numeric_limits<double>::infinity();

// A model to look at.
struct Candidate {
  EntityId model = kNoEntity;
  uint32_t rank = 0;           // on the board; 0: not ranked
  std::optional<double> gain;  // over the best certain; kFirst: there is none
};

struct Found {
  v1::MissingFact fact;  // of the best model
  double unlocks = 0;
  std::set<EntityId> decides;
  std::set<std::string> rules;
};

// What has the fact: models of one licence share its terms.
std::string OwnerOf(PolicyRun& run, const PolicySubject& subject,
                    absl::string_view fact) {
  static const std::vector<std::pair<std::string, std::string>> shared = {
      {"licence.", "licence.id"}, {"developer.", "developer.name"}};
  for (const auto& [prefix, field] : shared) {
    if (!absl::StartsWith(fact, prefix) || fact == field) continue;
    const std::unique_ptr<FactSource> facts = run.FactsOf(subject);
    const FactValue& owner = facts->Get(FindField(field));
    if (const auto* name = std::get_if<std::string>(&owner.value)) {
      return absl::StrCat(prefix, *name);
    }
  }
  return absl::StrCat("model ",
                      run.catalog().resolution().entity(subject.model).name);
}

class Search {
 public:
  Search(PolicyRun& run, bool ranked) : run_(run), ranked_(ranked) {}

  void Look(const Candidate& candidate) {
    for (const PolicySubject& subject : run_.SubjectsOf(candidate.model)) {
      const PolicyOutcome outcome = run_.Judge(subject);
      if (outcome.verdict == v1::VERDICT_ADMISSIBLE) return;
    }
    for (const PolicySubject& subject : run_.SubjectsOf(candidate.model)) {
      const PolicyOutcome outcome = run_.Judge(subject);
      if (outcome.verdict != v1::VERDICT_UNDETERMINED) continue;
      Add(candidate, subject, outcome);
    }
  }

  // Best first.
  std::vector<v1::MissingFact> Take() {
    std::vector<Found> list;
    for (auto& [key, found] : found_) list.push_back(std::move(found));
    std::sort(list.begin(), list.end(), [](const Found& a, const Found& b) {
      return std::make_tuple(-a.unlocks,
                             -static_cast<int64_t>(a.decides.size()),
                             a.fact.model(), a.fact.fact()) <
             std::make_tuple(-b.unlocks,
                             -static_cast<int64_t>(b.decides.size()),
                             b.fact.model(), b.fact.fact());
    });
    std::vector<v1::MissingFact> facts;
    for (Found& found : list) {
      v1::MissingFact& fact = facts.emplace_back(std::move(found.fact));
      fact.set_decides(found.decides.size());
      fact.clear_rules();
      for (const std::string& rule : InOrder(found.rules)) fact.add_rules(rule);
      if (ranked_ && found.unlocks != kFirst) {
        fact.set_unlocks_points(found.unlocks);
      }
    }
    return facts;
  }

 private:
  void Add(const Candidate& candidate, const PolicySubject& subject,
           const PolicyOutcome& outcome) {
    const std::vector<v1::MissingFact> missing =
        MissingFactsOf(run_, subject, outcome);
    const double gain =
        candidate.gain.value_or(0) > 0 && CanBeAdmitted(subject, outcome)
            ? *candidate.gain
            : 0;
    for (const v1::MissingFact& fact : missing) {
      const std::string owner = OwnerOf(run_, subject, fact.fact());
      const auto [place, is_new] = found_.try_emplace({owner, fact.fact()});
      Found& found = place->second;
      // Candidates come best first.
      if (is_new) {
        found.fact = fact;
        if (candidate.rank > 0) found.fact.set_rank(candidate.rank);
      }
      found.unlocks = std::max(found.unlocks, gain);
      found.rules.insert(fact.rules().begin(), fact.rules().end());
      if (missing.size() == 1) found.decides.insert(subject.model);
    }
  }

  bool CanBeAdmitted(const PolicySubject& subject,
                     const PolicyOutcome& outcome) {
    std::vector<bool> waived;
    for (const RuleOutcome& rule : outcome.rules) {
      waived.push_back(rule.waiver >= 0);
    }
    return CompleteVerdict(run_.policy(), *run_.FactsOf(subject), waived)
               .can_be_admitted != Truth::kFalse;
  }

  // Rules in the order of the policy.
  std::vector<std::string> InOrder(const std::set<std::string>& ids) const {
    std::vector<std::string> ordered;
    for (const CompiledRule& rule : run_.policy().rules) {
      if (ids.count(rule.id) > 0) ordered.push_back(rule.id);
    }
    return ordered;
  }

  PolicyRun& run_;
  const bool ranked_;
  // By owner and fact.
  std::map<std::pair<std::string, std::string>, Found> found_;
};

absl::StatusOr<std::vector<Candidate>> Ranked(const v1::RankBy& by,
                                              PolicyRun& run, Answer& answer) {
  v1::Objective objective;
  objective.set_board(by.board());
  objective.set_category(by.category());
  objective.set_method(by.method());
  ASSIGN_OR_RETURN(const JudgedBoard judged,
                   JudgeObjective(objective, run, answer));
  const int best = judged.best_certain();
  std::vector<Candidate> candidates;
  std::set<EntityId> seen;
  for (size_t row = 0; row < judged.board.rows.size(); ++row) {
    const BoardRow& one = judged.board.rows[row];
    if (!seen.insert(one.entity).second) continue;
    const double gain =
        best < 0 ? kFirst
                 : judged.Loss(best) - judged.Loss(static_cast<int>(row));
    candidates.push_back({one.entity, one.rank, gain});
  }
  return candidates;
}

std::vector<Candidate> AllByName(const Catalog& catalog) {
  std::vector<Candidate> candidates;
  const auto entities = catalog.resolution().entities();
  for (EntityId model = 0; model < entities.size(); ++model) {
    if (entities[model].resolved) candidates.push_back({model, 0, {}});
  }
  std::sort(candidates.begin(), candidates.end(),
            [&](const Candidate& a, const Candidate& b) {
              return entities[a.model].name < entities[b.model].name;
            });
  return candidates;
}

// The board asked for, else that of the policy's first objective.
std::optional<v1::RankBy> BoardOf(const v1::ListMissingFactsRequest& request,
                                  const PolicyRun& run) {
  if (request.has_rank_by()) return request.rank_by();
  const v1::Policy& policy = run.policy().policy;
  if (policy.objectives().empty()) return std::nullopt;
  v1::RankBy rank_by;
  rank_by.set_board(policy.objectives(0).board());
  rank_by.set_category(policy.objectives(0).category());
  rank_by.set_method(policy.objectives(0).method());
  return rank_by;
}

}  // namespace

absl::StatusOr<v1::ListMissingFactsResponse> ListMissingFacts(
    const Question& question, const v1::ListMissingFactsRequest& request) {
  v1::ListMissingFactsResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  const std::optional<v1::RankBy> rank_by = BoardOf(request, *run);
  std::vector<Candidate> candidates;
  if (rank_by.has_value()) {
    ASSIGN_OR_RETURN(candidates, Ranked(*rank_by, *run, answer));
  } else {
    candidates = AllByName(run->catalog());
  }
  Search search(*run, rank_by.has_value());
  for (const Candidate& candidate : candidates) search.Look(candidate);
  const std::vector<v1::MissingFact> facts = search.Take();
  response.set_total(facts.size());
  ASSIGN_OR_RETURN(const PageRange page,
                   PageOf(request, facts.size(), question.catalog->seq()));
  for (size_t i = page.begin; i < page.end; ++i) {
    *response.add_facts() = facts[i];
  }
  response.set_next_page_token(page.next_page_token);
  for (v1::FactCoverage& coverage : CoverageOf(*run)) {
    *response.add_coverage() = std::move(coverage);
  }
  response.set_policy_digest(PolicyDigest(run->policy().policy));
  return response;
}

}  // namespace meridian::analysis
