#include "analysis_service/policy_answer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/board.h"
#include "analysis_service/groups.h"
#include "analysis_service/listings.h"
#include "analysis_service/policy_describe.h"
#include "analysis_service/policy_run.h"
#include "analysis_service/portfolio.h"
#include "common/base/page.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

struct Candidate {
  EntityId model = kNoEntity;
  int row = -1;  // of the ranking snapshot; -1: not ranked
};

// What was judged; the outcome is computed again for those that are listed, so
// that a long list costs little memory.
struct Judged {
  PolicySubject subject;
  int row = -1;
};

v1::PolicyQuestion QuestionOf(const v1::EvaluatePolicyRequest& request) {
  v1::PolicyQuestion question;
  *question.mutable_context() = request.context();
  if (request.has_policy()) *question.mutable_policy() = request.policy();
  if (request.has_source()) *question.mutable_source() = request.source();
  if (request.has_stored()) *question.mutable_stored() = request.stored();
  if (request.has_deployer()) *question.mutable_deployer() = request.deployer();
  question.set_on(request.on());
  *question.mutable_evidence() = request.evidence();
  return question;
}

class Evaluator {
 public:
  Evaluator(const v1::EvaluatePolicyRequest& request, Answer& answer,
            PolicyRun& run)
      : request_(request),
        answer_(answer),
        catalog_(run.catalog()),
        run_(run) {}

  absl::Status Run(v1::EvaluatePolicyResponse* response) {
    ASSIGN_OR_RETURN(std::vector<Candidate> candidates, Candidates(response));
    *response->mutable_policy() = run_.policy().policy;
    response->set_policy_digest(PolicyDigest(run_.policy().policy));
    *response->mutable_deployer() = run_.deployer();
    const std::vector<Judged> listed = JudgeAll(candidates, response);
    ASSIGN_OR_RETURN(PageRange page,
                     PageOf(request_, listed.size(), catalog_.seq()));
    for (size_t i = page.begin; i < page.end; ++i) {
      *response->add_verdicts() = Describe(listed[i]);
    }
    response->set_next_page_token(page.next_page_token);
    for (v1::PortfolioResult& result : JudgePortfolio(run_, answer_)) {
      *response->add_portfolio() = std::move(result);
    }
    return absl::OkStatus();
  }

 private:
  // Counts all, and keeps those that are asked for.
  std::vector<Judged> JudgeAll(const std::vector<Candidate>& candidates,
                               v1::EvaluatePolicyResponse* response) {
    std::vector<Judged> listed;
    const auto take = [&](const Judged& judged, v1::Verdict verdict) {
      CountVerdict(verdict, response->mutable_counts());
      Remember(judged, verdict, response);
      if (Asked(verdict)) listed.push_back(judged);
    };
    if (!run_.judges_offerings()) {
      std::vector<EntityId> models;
      for (const Candidate& candidate : candidates) {
        models.push_back(candidate.model);
      }
      const std::vector<CompactOutcome> outcomes = run_.JudgeModels(models);
      for (size_t i = 0; i < candidates.size(); ++i) {
        take({{models[i], -1}, candidates[i].row}, outcomes[i].verdict);
      }
      return listed;
    }
    for (const Candidate& candidate : candidates) {
      std::vector<PolicySubject> subjects = run_.SubjectsOf(candidate.model);
      if (subjects.empty()) subjects.push_back({candidate.model, -1});
      for (const PolicySubject& subject : subjects) {
        take({subject, candidate.row}, run_.Judge(subject).verdict);
      }
    }
    return listed;
  }

  // The models to judge, in the order in which they are listed.
  absl::StatusOr<std::vector<Candidate>> Candidates(
      v1::EvaluatePolicyResponse* response) {
    std::vector<Candidate> candidates;
    if (request_.has_rank_by()) {
      RETURN_IF_ERROR(Rank(response));
      for (size_t row = 0; row < board_->rows.size(); ++row) {
        candidates.push_back({board_->rows[row].entity, static_cast<int>(row)});
      }
    } else {
      for (EntityId id = 0; id < catalog_.resolution().entities().size();
           ++id) {
        candidates.push_back({id, -1});
      }
      std::sort(candidates.begin(), candidates.end(),
                [&](const Candidate& a, const Candidate& b) {
                  return catalog_.resolution().entity(a.model).name <
                         catalog_.resolution().entity(b.model).name;
                });
    }
    RETURN_IF_ERROR(KeepNamed(&candidates));
    return KeepFiltered(std::move(candidates));
  }

  absl::Status Rank(v1::EvaluatePolicyResponse* response) {
    const v1::RankBy& by = request_.rank_by();
    ASSIGN_OR_RETURN(
        const BoardChoice choice,
        ChooseBoard(by.board(), by.category(), by.method(), answer_));
    const auto snapshot = catalog_.Speaking(
        by.board(), choice.category, choice.method, answer_.question().as_of);
    if (!snapshot.has_value()) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED",
          absl::StrCat("nothing was published for board '", by.board(), "' by ",
                       FormatDay(answer_.question().as_of)));
    }
    board_ = ReadSnapshot(catalog_, choice, *snapshot, /*min_votes=*/0);
    *response->mutable_snapshot() = DescribeSnapshot(catalog_, *board_);
    WarnOfSnapshot(*board_, answer_);
    return absl::OkStatus();
  }

  // With `models`: only those; a model that the board does not have is judged
  // too, after the others.
  absl::Status KeepNamed(std::vector<Candidate>* candidates) {
    if (request_.models().empty()) return absl::OkStatus();
    std::vector<Candidate> kept;
    for (const std::string& name : request_.models()) {
      ASSIGN_OR_RETURN(const EntityId model, FindModel(catalog_, name));
      bool found = false;
      for (const Candidate& candidate : *candidates) {
        if (candidate.model == model) {
          kept.push_back(candidate);
          found = true;
        }
      }
      if (!found) kept.push_back({model, -1});
    }
    std::stable_sort(
        kept.begin(), kept.end(), [](const Candidate& a, const Candidate& b) {
          return static_cast<unsigned>(a.row) < static_cast<unsigned>(b.row);
        });
    *candidates = std::move(kept);
    return absl::OkStatus();
  }

  absl::StatusOr<std::vector<Candidate>> KeepFiltered(
      std::vector<Candidate> candidates) {
    ASSIGN_OR_RETURN(const std::optional<Expression> filter,
                     CompileFilter(request_.filter(), "filter", catalog_));
    if (!filter.has_value()) return candidates;
    std::vector<Candidate> kept;
    for (const Candidate& candidate : candidates) {
      const Evaluation evaluation = analysis::Evaluate(
          *filter, *run_.FactsOf(PolicySubject{candidate.model, -1}));
      if (evaluation.truth != Truth::kFalse) kept.push_back(candidate);
    }
    return kept;
  }

  // The best come first, so the first of each kind is kept.
  void Remember(const Judged& judged, v1::Verdict verdict,
                v1::EvaluatePolicyResponse* response) {
    if (judged.row < 0 || verdict == v1::VERDICT_EXCLUDED) return;
    if (!response->has_best_possible()) {
      *response->mutable_best_possible() = Describe(judged);
    }
    if (verdict == v1::VERDICT_ADMISSIBLE && !response->has_best_admissible()) {
      *response->mutable_best_admissible() = Describe(judged);
    }
  }

  bool Asked(v1::Verdict verdict) const {
    const auto& wanted = request_.verdicts();
    return wanted.empty() ||
           std::find(wanted.begin(), wanted.end(), verdict) != wanted.end();
  }

  v1::ModelVerdict Describe(const Judged& judged) {
    v1::ModelVerdict out = DescribeVerdict(run_, judged.subject,
                                           run_.Judge(judged.subject), answer_);
    if (judged.row >= 0) {
      *out.mutable_score() =
          DescribeRow(*board_, judged.row, run_.facts(), answer_);
    }
    return out;
  }

  const v1::EvaluatePolicyRequest& request_;
  Answer& answer_;
  const Catalog& catalog_;
  PolicyRun& run_;
  std::optional<BoardSnapshot> board_;
};

}  // namespace

absl::StatusOr<v1::EvaluatePolicyResponse> EvaluatePolicy(
    const Question& question, const v1::EvaluatePolicyRequest& request) {
  v1::EvaluatePolicyResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(QuestionOf(request), answer));
  Evaluator evaluator(request, answer, *run);
  RETURN_IF_ERROR(evaluator.Run(&response));
  return response;
}

}  // namespace meridian::analysis
