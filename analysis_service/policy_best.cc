#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "analysis_service/policy_measures.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr uint32_t kDefaultRunnersUp = 5;
constexpr uint32_t kMostRunnersUp = 100;

// Admissible rows that cannot be told from the best: equal, or closer than
// 1.96 standard errors of the difference.
std::vector<int> Ties(const JudgedBoard& judged) {
  std::vector<int> ties;
  const int best = judged.best_certain();
  if (best < 0) return ties;
  for (size_t i = 0; i < judged.board.rows.size(); ++i) {
    const int row = static_cast<int>(i);
    if (row == best || judged.admissible[i] != Truth::kTrue) continue;
    const double difference = judged.Loss(row) - judged.Loss(best);
    const double half = 1.96 * std::hypot(judged.board.standard_error[best],
                                          judged.board.standard_error[row]);
    // An unknown error compares false: only equality is a tie then.
    if (difference == 0 || difference < half) ties.push_back(row);
  }
  return ties;
}

v1::TaskBest BestOf(const v1::Objective& objective, const JudgedBoard& judged,
                    uint32_t runners_up, PolicyRun& run, Answer& answer) {
  v1::TaskBest out;
  *out.mutable_objective() = objective;
  out.mutable_objective()->set_category(judged.choice.category);
  out.mutable_objective()->set_method(judged.choice.method);
  *out.mutable_snapshot() = DescribeSnapshot(run.catalog(), judged.board);
  *out.mutable_counts() = judged.counts;
  if (judged.board.rows.empty()) return out;
  const auto describe = [&](int row) {
    return DescribeRow(judged.board, row, run.facts(), answer);
  };
  const int certain = judged.best_certain();
  const int possible = judged.best_possible();
  *out.mutable_frontier() = describe(0);
  if (certain >= 0) {
    *out.mutable_best_certain() = describe(certain);
    const double gap = judged.Loss(certain);
    out.set_gap_points(gap);
    if (const auto interval = LossInterval(judged, 0, certain)) {
      *out.mutable_gap_interval() = *interval;
    }
    if (const auto rate = WinRateAgainst(gap, judged)) out.set_win_rate(*rate);
  } else if (judged.is_top()) {
    out.set_bound(judged.board.value.back());
  }
  if (possible >= 0) {
    *out.mutable_best_possible() =
        DescribeVerdict(judged, possible, run, answer);
  }
  for (const int row : Ties(judged)) *out.add_ties() = describe(row);
  for (size_t i = 0; i < judged.board.rows.size(); ++i) {
    const int row = static_cast<int>(i);
    if (row == certain || row == possible ||
        judged.admissible[i] == Truth::kFalse) {
      continue;
    }
    if (out.runners_up_size() == static_cast<int>(runners_up)) break;
    *out.add_runners_up() = DescribeVerdict(judged, row, run, answer);
  }
  WarnOfPrerelease(judged, {0, certain, possible}, run, answer);
  if (possible != certain) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                "a model that is undetermined would be the best if it were "
                "admissible",
                {out.best_possible().score().model()});
  }
  return out;
}

}  // namespace

absl::StatusOr<v1::FindBestResponse> FindBest(
    const Question& question, const v1::FindBestRequest& request) {
  if (request.runners_up() > kMostRunnersUp) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                     "at most 100 runners-up", {{"field", "runners_up"}});
  }
  v1::FindBestResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  std::vector<v1::Objective> objectives(request.objectives().begin(),
                                        request.objectives().end());
  if (objectives.empty()) {
    ASSIGN_OR_RETURN(objectives, ObjectivesOf(std::nullopt, *run));
  }
  response.set_policy_digest(PolicyDigest(run->policy().policy));
  const uint32_t runners_up =
      request.runners_up() == 0 ? kDefaultRunnersUp : request.runners_up();
  for (const v1::Objective& objective : objectives) {
    ASSIGN_OR_RETURN(const JudgedBoard judged,
                     JudgeObjective(objective, *run, answer));
    *response.add_tasks() = BestOf(objective, judged, runners_up, *run, answer);
  }
  return response;
}

}  // namespace meridian::analysis
