#include "analysis_service/judged_board.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

Truth AdmissibleOf(v1::Verdict verdict) {
  if (verdict == v1::VERDICT_ADMISSIBLE) return Truth::kTrue;
  if (verdict == v1::VERDICT_EXCLUDED) return Truth::kFalse;
  return Truth::kUnknown;
}

void Count(v1::Verdict verdict, v1::VerdictCounts* counts) {
  if (verdict == v1::VERDICT_ADMISSIBLE) {
    counts->set_admissible(counts->admissible() + 1);
  } else if (verdict == v1::VERDICT_EXCLUDED) {
    counts->set_excluded(counts->excluded() + 1);
  } else {
    counts->set_undetermined(counts->undetermined() + 1);
  }
}

// The best certain row of those that are neither preliminary nor unreleased.
int BestReleased(const JudgedBoard& judged, const std::vector<bool>& prerelease,
                 bool any_verdict) {
  for (size_t row = 0; row < prerelease.size(); ++row) {
    if (!prerelease[row] &&
        (any_verdict || judged.admissible[row] == Truth::kTrue)) {
      return static_cast<int>(row);
    }
  }
  return -1;
}

}  // namespace

double JudgedBoard::Loss(int row) const {
  const double points = board.value[0] - board.value[row];
  return choice.rules.higher_is_better ? points : -points;
}

double JudgedBoard::Floor() const {
  return board.rows.empty() ? 0 : Loss(static_cast<int>(board.rows.size()) - 1);
}

bool JudgedBoard::is_top() const { return extent_ == v1::Coverage::EXTENT_TOP; }

bool JudgedBoard::is_whole() const {
  return extent_ == v1::Coverage::EXTENT_ALL;
}

JudgedBoard JudgeSnapshot(const BoardChoice& choice,
                          const ScoreSnapshot& snapshot, PolicyRun& run) {
  JudgedBoard judged;
  judged.choice = choice;
  judged.board = ReadSnapshot(run.catalog(), choice, snapshot, /*min_votes=*/0);
  judged.extent_ =
      run.catalog().segments()[snapshot.segment]->meta().coverage().extent();
  // A model may have several rows, one for each configuration.
  std::map<EntityId, size_t> place;
  std::vector<EntityId> models;
  for (const BoardRow& row : judged.board.rows) {
    if (place.emplace(row.entity, models.size()).second) {
      models.push_back(row.entity);
    }
  }
  const std::vector<CompactOutcome> outcomes = run.JudgeModels(models);
  for (const CompactOutcome& outcome : outcomes) {
    Count(outcome.verdict, &judged.counts);
  }
  for (const BoardRow& row : judged.board.rows) {
    judged.outcomes.push_back(outcomes[place.at(row.entity)]);
    judged.admissible.push_back(AdmissibleOf(judged.outcomes.back().verdict));
  }
  judged.standing = FindStanding(judged.board.figures(), judged.admissible);
  return judged;
}

absl::StatusOr<ScoreSnapshot> SpeakingSnapshot(const BoardChoice& choice,
                                               const Catalog& catalog,
                                               Day as_of) {
  auto snapshot = catalog.Speaking(choice.board.board(), choice.category,
                                   choice.method, as_of);
  if (snapshot.has_value()) return *std::move(snapshot);
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED",
      absl::StrCat("nothing was published for board '", choice.board.board(),
                   "', category '", choice.category, "', method '",
                   choice.method, "' by ", FormatDay(as_of),
                   "; ask for a later date"),
      {{"board", choice.board.board()}, {"as_of", FormatDay(as_of)}});
}

absl::StatusOr<JudgedBoard> JudgeObjective(const v1::Objective& objective,
                                           PolicyRun& run, Answer& answer) {
  ASSIGN_OR_RETURN(const BoardChoice choice,
                   ChooseBoard(objective.board(), objective.category(),
                               objective.method(), answer));
  ASSIGN_OR_RETURN(
      const ScoreSnapshot snapshot,
      SpeakingSnapshot(choice, run.catalog(), answer.question().as_of));
  JudgedBoard judged = JudgeSnapshot(choice, snapshot, run);
  WarnOfSnapshot(judged.board, answer);
  return judged;
}

absl::StatusOr<std::vector<v1::Objective>> ObjectivesOf(
    const std::optional<v1::RankBy>& rank_by, const PolicyRun& run) {
  std::vector<v1::Objective> objectives;
  if (rank_by.has_value()) {
    v1::Objective& objective = objectives.emplace_back();
    objective.set_task(rank_by->board());
    objective.set_board(rank_by->board());
    objective.set_category(rank_by->category());
    objective.set_method(rank_by->method());
    return objectives;
  }
  const v1::Policy& policy = run.policy().policy;
  objectives.assign(policy.objectives().begin(), policy.objectives().end());
  if (!objectives.empty()) return objectives;
  return MakeError(
      absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
      absl::StrCat("policy '", policy.id(),
                   "' has no objectives; say which board measures it"),
      {{"field", "rank_by"}});
}

std::vector<std::string> RuleIds(const PolicyRun& run, const RuleMask& mask) {
  std::vector<std::string> ids;
  for (size_t i = 0; i < run.policy().rules.size(); ++i) {
    if (mask[i]) ids.push_back(run.policy().rules[i].id);
  }
  return ids;
}

v1::RankedVerdict DescribeVerdict(const JudgedBoard& judged, int row,
                                  PolicyRun& run, Answer& answer) {
  v1::RankedVerdict out;
  *out.mutable_score() = DescribeRow(judged.board, row, run.facts(), answer);
  const CompactOutcome& outcome = judged.outcomes[row];
  out.set_verdict(outcome.verdict);
  for (std::string& id : RuleIds(run, outcome.violated | outcome.unknown)) {
    out.add_rules(std::move(id));
  }
  return out;
}

std::optional<double> WinRateAgainst(double points, const JudgedBoard& judged) {
  return WinRate(-points, judged.choice.rules.scale);
}

std::optional<v1::Interval> LossInterval(const JudgedBoard& judged, int a,
                                         int b) {
  v1::Interval interval;
  const double loss = judged.Loss(b) - judged.Loss(a);
  double half = 0;
  if (a != b) {
    half = 1.96 * std::hypot(judged.board.standard_error[a],
                             judged.board.standard_error[b]);
  }
  if (std::isnan(half)) return std::nullopt;
  interval.set_low(loss - half);
  interval.set_high(loss + half);
  return interval;
}

void WarnOfPrerelease(const JudgedBoard& judged, absl::Span<const int> rows,
                      PolicyRun& run, Answer& answer) {
  std::vector<bool> prerelease;
  for (size_t row = 0; row < judged.board.rows.size(); ++row) {
    prerelease.push_back(PrereleaseOf(judged.board, static_cast<int>(row),
                                      run.catalog(), run.facts()) !=
                         v1::PRERELEASE_UNSPECIFIED);
  }
  std::set<std::string> named;
  for (const int row : rows) {
    if (row >= 0 && prerelease[row]) {
      named.insert(judged.board.rows[row].name_in_source);
    }
  }
  if (named.empty()) return;
  const auto name = [&](int row) {
    return row < 0 ? std::string("none")
                   : judged.board.rows[row].name_in_source;
  };
  const int frontier = BestReleased(judged, prerelease, /*any_verdict=*/true);
  const int best = BestReleased(judged, prerelease, /*any_verdict=*/false);
  answer.Warn(
      v1::WARNING_KIND_PRERELEASE,
      absl::StrCat(
          "a model that the answer rests on is a preliminary figure "
          "or was not released at the time; without such entries the "
          "frontier is ",
          name(frontier), " and the best admissible ", name(best),
          frontier >= 0 && best >= 0
              ? absl::StrCat(", ", judged.Loss(best) - judged.Loss(frontier),
                             " points behind")
              : ""),
      {named.begin(), named.end()});
}

}  // namespace meridian::analysis
