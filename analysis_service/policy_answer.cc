#include "analysis_service/policy_answer.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/board.h"
#include "analysis_service/groups.h"
#include "analysis_service/listings.h"
#include "analysis_service/policy.h"
#include "common/base/page.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

struct Candidate {
  EntityId model = kNoEntity;
  int row = -1;  // of the ranking snapshot; -1: not ranked
};

class Evaluator {
 public:
  Evaluator(const v1::EvaluatePolicyRequest& request, Answer& answer,
            CompiledPolicy policy)
      : request_(request),
        answer_(answer),
        catalog_(answer.catalog()),
        policy_(std::move(policy)),
        facts_(catalog_, answer.question().facts()) {}

  absl::Status Run(v1::EvaluatePolicyResponse* response) {
    ASSIGN_OR_RETURN(std::vector<Candidate> candidates, Candidates(response));
    *response->mutable_policy() = policy_.policy;
    response->set_policy_digest(PolicyDigest(policy_.policy));
    std::vector<std::pair<Candidate, PolicyOutcome>> listed;
    for (const Candidate& candidate : candidates) {
      PolicyOutcome outcome =
          Judge(policy_, ModelFacts(catalog_, facts_, candidate.model));
      Count(outcome.verdict, response->mutable_counts());
      Remember(candidate, outcome, response);
      if (Asked(outcome.verdict)) {
        listed.emplace_back(candidate, std::move(outcome));
      }
    }
    ASSIGN_OR_RETURN(PageRange page,
                     PageOf(request_, listed.size(), catalog_.seq()));
    for (size_t i = page.begin; i < page.end; ++i) {
      *response->add_verdicts() = Describe(listed[i].first, listed[i].second);
    }
    response->set_next_page_token(page.next_page_token);
    return absl::OkStatus();
  }

 private:
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
          *filter, ModelFacts(catalog_, facts_, candidate.model));
      if (evaluation.truth != Truth::kFalse) kept.push_back(candidate);
    }
    return kept;
  }

  static void Count(v1::Verdict verdict, v1::VerdictCounts* counts) {
    if (verdict == v1::VERDICT_ADMISSIBLE) {
      counts->set_admissible(counts->admissible() + 1);
    } else if (verdict == v1::VERDICT_EXCLUDED) {
      counts->set_excluded(counts->excluded() + 1);
    } else {
      counts->set_undetermined(counts->undetermined() + 1);
    }
  }

  // The best come first, so the first of each kind is kept.
  void Remember(const Candidate& candidate, const PolicyOutcome& outcome,
                v1::EvaluatePolicyResponse* response) {
    if (candidate.row < 0 || outcome.verdict == v1::VERDICT_EXCLUDED) return;
    if (!response->has_best_possible()) {
      *response->mutable_best_possible() = Describe(candidate, outcome);
    }
    if (outcome.verdict == v1::VERDICT_ADMISSIBLE &&
        !response->has_best_admissible()) {
      *response->mutable_best_admissible() = Describe(candidate, outcome);
    }
  }

  bool Asked(v1::Verdict verdict) const {
    const auto& wanted = request_.verdicts();
    return wanted.empty() ||
           std::find(wanted.begin(), wanted.end(), verdict) != wanted.end();
  }

  v1::ModelVerdict Describe(const Candidate& candidate,
                            const PolicyOutcome& outcome) {
    const ModelFacts facts(catalog_, facts_, candidate.model);
    v1::ModelVerdict out;
    out.set_model(catalog_.resolution().entity(candidate.model).name);
    out.set_verdict(outcome.verdict);
    for (size_t i = 0; i < outcome.rules.size(); ++i) {
      const RuleOutcome& rule = outcome.rules[i];
      v1::RuleResult* result = out.add_rules();
      result->set_rule(policy_.rules[i].id);
      result->set_satisfied(
          static_cast<v1::Truth>(static_cast<int>(rule.satisfied)));
      for (const UnknownReason reason : rule.reasons) {
        result->add_reasons(
            static_cast<v1::UnknownReason>(static_cast<int>(reason)));
      }
      result->set_applies(rule.applies);
      result->set_by_default(rule.by_default);
      for (const FieldIndex field : rule.fields) {
        *result->add_facts() = answer_.Tell(
            field, facts_.Get(candidate.model, field), out.model());
      }
      result->set_explanation(Explain(policy_.rules[i], rule, facts));
    }
    if (candidate.row >= 0) {
      *out.mutable_score() =
          DescribeRow(*board_, candidate.row, facts_, answer_);
    }
    return out;
  }

  const v1::EvaluatePolicyRequest& request_;
  Answer& answer_;
  const Catalog& catalog_;
  const CompiledPolicy policy_;
  FactReader facts_;
  std::optional<BoardSnapshot> board_;
};

absl::StatusOr<CompiledPolicy> CompileInput(
    const v1::EvaluatePolicyRequest& request, const Catalog& catalog) {
  const Environment environment = MakeEnvironment(catalog);
  switch (request.input_case()) {
    case v1::EvaluatePolicyRequest::kPolicy:
      return CompilePolicy(request.policy(), environment);
    case v1::EvaluatePolicyRequest::kSource:
      return CompilePolicyYaml(request.source().text(),
                               request.source().file_name().empty()
                                   ? "policy"
                                   : request.source().file_name(),
                               environment);
    case v1::EvaluatePolicyRequest::kStored:
    case v1::EvaluatePolicyRequest::INPUT_NOT_SET:
      break;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                   "no policy is given; set 'policy' or 'source'",
                   {{"field", "policy"}});
}

}  // namespace

absl::StatusOr<v1::EvaluatePolicyResponse> EvaluatePolicy(
    const Question& question, const v1::EvaluatePolicyRequest& request) {
  v1::EvaluatePolicyResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(CompiledPolicy policy,
                   CompileInput(request, *question.catalog));
  Evaluator evaluator(request, answer, std::move(policy));
  RETURN_IF_ERROR(evaluator.Run(&response));
  return response;
}

}  // namespace meridian::analysis
