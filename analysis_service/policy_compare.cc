#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "analysis_service/board.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_meaning.h"
#include "analysis_service/policy_measures.h"
#include "analysis_service/policy_relation.h"
#include "common/base/page.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// What is compared: a model, or one offering of it.
struct Compared {
  EntityId model = kNoEntity;
  int row = -1;  // of the ranking snapshot; -1: not ranked
  std::optional<v1::OfferingRef> offering;
  v1::Verdict a = v1::VERDICT_UNSPECIFIED;
  v1::Verdict b = v1::VERDICT_UNSPECIFIED;
  std::vector<std::string> rules_a;
  std::vector<std::string> rules_b;
};

// Of several subjects the best: ADMISSIBLE before UNDETERMINED before
// EXCLUDED, the first of equals.
std::optional<PolicyOutcome> BestOutcome(PolicyRun& run, EntityId model) {
  static const std::vector<v1::Verdict> order = {
      v1::VERDICT_ADMISSIBLE, v1::VERDICT_UNDETERMINED, v1::VERDICT_EXCLUDED};
  const auto rank = [&](v1::Verdict verdict) {
    return std::find(order.begin(), order.end(), verdict) - order.begin();
  };
  std::optional<PolicyOutcome> best;
  std::vector<PolicySubject> subjects = run.SubjectsOf(model);
  if (subjects.empty()) subjects.push_back({model, -1});
  for (const PolicySubject& subject : subjects) {
    PolicyOutcome outcome = run.Judge(subject);
    if (!best || rank(outcome.verdict) < rank(best->verdict)) {
      best = std::move(outcome);
    }
  }
  return best;
}

class Comparison {
 public:
  Comparison(const v1::ComparePoliciesRequest& request, Answer& answer,
             PolicyRun& a, PolicyRun& b)
      : request_(request), answer_(answer), a_(a), b_(b) {}

  absl::Status Run(v1::ComparePoliciesResponse* response) {
    Relate(response);
    if (request_.has_rank_by()) {
      RETURN_IF_ERROR(Rank());
      ASSIGN_OR_RETURN(*response->mutable_cost_a(),
                       CostNow(request_.rank_by(), a_, answer_));
      ASSIGN_OR_RETURN(*response->mutable_cost_b(),
                       CostNow(request_.rank_by(), b_, answer_));
    }
    std::vector<Compared> differences;
    for (const auto& [model, row] : Models()) {
      for (Compared& one : Judged(model, row)) {
        CountVerdict(one.a, response->mutable_counts_a());
        CountVerdict(one.b, response->mutable_counts_b());
        if (one.a != one.b) differences.push_back(std::move(one));
      }
    }
    response->set_total(differences.size());
    ASSIGN_OR_RETURN(const PageRange page, PageOf(request_, differences.size(),
                                                  answer_.catalog().seq()));
    for (size_t i = page.begin; i < page.end; ++i) {
      *response->add_differences() = Describe(differences[i]);
    }
    response->set_next_page_token(page.next_page_token);
    response->set_policy_digest_a(PolicyDigest(a_.policy().policy));
    response->set_policy_digest_b(PolicyDigest(b_.policy().policy));
    return absl::OkStatus();
  }

 private:
  void Relate(v1::ComparePoliciesResponse* response) {
    const std::unique_ptr<FactSource> question_a = QuestionFactsOf(a_);
    const std::unique_ptr<FactSource> question_b = QuestionFactsOf(b_);
    PolicyMeaning meaning = RelatePolicies(
        {&a_.policy(), question_a.get()}, {&b_.policy(), question_b.get()},
        a_.deployer().SerializeAsString() == b_.deployer().SerializeAsString());
    response->set_relation(meaning.relation);
    response->set_decided_by(meaning.decided_by);
    for (v1::PolicyWitness& witness : meaning.witnesses) {
      *response->add_witnesses() = std::move(witness);
    }
  }

  absl::Status Rank() {
    const v1::RankBy& by = request_.rank_by();
    ASSIGN_OR_RETURN(
        const BoardChoice choice,
        ChooseBoard(by.board(), by.category(), by.method(), answer_));
    const auto snapshot = a_.catalog().Speaking(
        by.board(), choice.category, choice.method, answer_.question().as_of);
    if (!snapshot.has_value()) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       "NOTHING_PUBLISHED",
                       "nothing was published for board '" + by.board() +
                           "' by the date of the question");
    }
    board_ = ReadSnapshot(a_.catalog(), choice, *snapshot, /*min_votes=*/0);
    return absl::OkStatus();
  }

  // Models with their rows: of the board best first, else all by name.
  std::vector<std::pair<EntityId, int>> Models() const {
    std::vector<std::pair<EntityId, int>> models;
    if (board_.has_value()) {
      std::set<EntityId> seen;
      for (size_t row = 0; row < board_->rows.size(); ++row) {
        const EntityId model = board_->rows[row].entity;
        if (seen.insert(model).second) {
          models.emplace_back(model, static_cast<int>(row));
        }
      }
      return models;
    }
    const auto entities = a_.catalog().resolution().entities();
    for (EntityId model = 0; model < entities.size(); ++model) {
      models.emplace_back(model, -1);
    }
    std::sort(models.begin(), models.end(), [&](const auto& x, const auto& y) {
      return entities[x.first].name < entities[y.first].name;
    });
    return models;
  }

  std::vector<Compared> Judged(EntityId model, int row) {
    std::vector<Compared> list;
    // The offerings of a model are the same for both, but for the deployer's
    // own machines, which a subject at the end stands for.
    const std::vector<PolicySubject> of_a = a_.SubjectsOf(model);
    const std::vector<PolicySubject> of_b = b_.SubjectsOf(model);
    if (a_.judges_offerings() && b_.judges_offerings() && of_a == of_b &&
        !of_a.empty()) {
      for (const PolicySubject& subject : of_a) {
        list.push_back(Both(model, row, a_.Judge(subject), b_.Judge(subject)));
        list.back().offering = a_.RefOf(subject);
      }
      return list;
    }
    const auto a = BestOutcome(a_, model), b = BestOutcome(b_, model);
    list.push_back(Both(model, row, *a, *b));
    return list;
  }

  Compared Both(EntityId model, int row, const PolicyOutcome& a,
                const PolicyOutcome& b) const {
    Compared one;
    one.model = model;
    one.row = row;
    one.a = a.verdict;
    one.b = b.verdict;
    if (a.verdict == b.verdict) return one;
    one.rules_a = DecidingRules(a_.policy(), a);
    one.rules_b = DecidingRules(b_.policy(), b);
    return one;
  }

  v1::VerdictDifference Describe(const Compared& one) {
    v1::VerdictDifference out;
    out.set_model(a_.catalog().resolution().entity(one.model).name);
    if (one.offering.has_value()) *out.mutable_offering() = *one.offering;
    out.set_a(one.a);
    out.set_b(one.b);
    for (const std::string& rule : one.rules_a) out.add_rules_a(rule);
    for (const std::string& rule : one.rules_b) out.add_rules_b(rule);
    if (one.row >= 0) {
      *out.mutable_score() = DescribeRow(*board_, one.row, a_.facts(), answer_);
    }
    return out;
  }

  const v1::ComparePoliciesRequest& request_;
  Answer& answer_;
  PolicyRun& a_;
  PolicyRun& b_;
  std::optional<BoardSnapshot> board_;
};

}  // namespace

absl::StatusOr<v1::ComparePoliciesResponse> ComparePolicies(
    const Question& question, const v1::ComparePoliciesRequest& request) {
  v1::ComparePoliciesResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  v1::PolicyQuestion of_b = request.b();
  *of_b.mutable_context() = request.a().context();
  of_b.set_on(request.a().on());
  *of_b.mutable_evidence() = request.a().evidence();
  auto a = PolicyRun::Create(request.a(), answer);
  if (!a.ok()) return Annotate(a.status(), "policy A");
  auto b = PolicyRun::Create(of_b, answer);
  if (!b.ok()) return Annotate(b.status(), "policy B");
  RETURN_IF_ERROR(Comparison(request, answer, **a, **b).Run(&response));
  return response;
}

}  // namespace meridian::analysis
