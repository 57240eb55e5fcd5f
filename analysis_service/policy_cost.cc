#include "analysis_service/policy_cost.h"

#include <algorithm>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "analysis_service/lag.h"
#include "analysis_service/method_breaks.h"
#include "analysis_service/months.h"
#include "analysis_service/policy_measures.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr char kNoOffering[] = "(no offering)";

void AddRules(const JudgedBoard& judged, const CostPlayers& players,
              const std::vector<Choosable>& choosables, const PolicyRun& run,
              Answer& answer, v1::CostPoint* point) {
  std::vector<double> loss;
  std::vector<PlayerMask> blocked;
  for (const Choosable& choosable : choosables) {
    loss.push_back(judged.Loss(choosable.row));
    blocked.push_back(choosable.blocked);
  }
  const CostAttribution cost =
      AttributeCost(loss, blocked, judged.Floor(), players.count());
  point->set_sampled(cost.sampled);
  std::vector<uint64_t> excludes_alone(players.count(), 0);
  std::set<EntityId> counted;
  for (size_t row = 0; row < judged.outcomes.size(); ++row) {
    const RuleMask& violated = judged.outcomes[row].violated;
    if (violated.count() != 1 ||
        !counted.insert(judged.board.rows[row].entity).second) {
      continue;
    }
    for (size_t player = 0; player < players.rules.size(); ++player) {
      if (violated[players.rules[player]]) ++excludes_alone[player];
    }
  }
  for (int player = 0; player < players.count(); ++player) {
    v1::RuleCost* rule = point->add_rules();
    rule->set_rule(player == players.no_offering
                       ? kNoOffering
                       : run.policy().rules[players.rules[player]].id);
    rule->set_alone(cost.alone[player]);
    rule->set_left_out(cost.left_out[player]);
    rule->set_shapley(cost.shapley[player]);
    rule->set_excludes_alone(excludes_alone[player]);
  }
  if (cost.nothing_admitted) {
    answer.Warn(
        v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
        absl::StrCat("nothing in snapshot ", point->snapshot().vintage().date(),
                     " is certainly admissible: the costs of rules are "
                     "at least as stated, with the last row in place "
                     "of what is below it"));
  }
}

// Months from the release of the first model as good as best_certain to the
// day of the snapshot.
void AddMonthsBehind(const JudgedBoard& judged, PolicyRun& run, Answer& answer,
                     v1::CostPoint* point) {
  static const FieldIndex kRelease = FindField("model.release_date");
  const int best = judged.best_certain();
  if (judged.Loss(best) == 0) {
    point->set_months_behind(0);
    point->set_reached_by(point->best_certain().model());
    return;
  }
  std::vector<ReleasedModel> ahead;
  int undated = 0;
  for (size_t i = 0; i < judged.board.rows.size(); ++i) {
    const int row = static_cast<int>(i);
    if (judged.Loss(row) > judged.Loss(best)) break;
    const FactValue& date =
        run.facts().Get(judged.board.rows[i].entity, kRelease).value;
    if (date.known() && std::get<DateRange>(date.value).is_day()) {
      ahead.push_back(
          {row, judged.board.value[i], std::get<DateRange>(date.value).first});
    } else {
      ++undated;
    }
  }
  const ReleasedModel behind = {best, judged.board.value[best],
                                judged.board.snapshot.available};
  const std::vector<LagRecord> lags =
      FindLags(ahead, {behind}, judged.choice.rules.higher_is_better);
  if (!lags[0].reached) return;
  point->set_months_behind(*lags[0].months());
  point->set_reached_by(
      run.catalog()
          .resolution()
          .entity(judged.board.rows[lags[0].reached->row].entity)
          .name);
  if (undated > 0) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat("for ", undated, " models of snapshot ",
                             point->snapshot().vintage().date(),
                             " that are at least as good as the best "
                             "admissible no exact release date is known: the "
                             "months behind are at least as stated"));
  }
}

v1::CostPoint CostOf(const JudgedBoard& judged, bool with_breakpoints,
                     PolicyRun& run, Answer& answer) {
  v1::CostPoint point;
  *point.mutable_snapshot() = DescribeSnapshot(run.catalog(), judged.board);
  *point.mutable_counts() = judged.counts;
  if (judged.board.rows.empty()) return point;
  const auto describe = [&](int row) {
    return DescribeRow(judged.board, row, run.facts(), answer);
  };
  const int certain = judged.best_certain();
  const int possible = judged.best_possible();
  *point.mutable_frontier() = describe(0);
  if (certain >= 0) {
    *point.mutable_best_certain() = describe(certain);
    const double points = judged.Loss(certain);
    point.set_points(points);
    point.mutable_under_ignorance()->set_high(points);
    if (const auto rate = WinRateAgainst(points, judged)) {
      point.set_win_rate(*rate);
    }
    if (const auto interval = LossInterval(judged, 0, certain)) {
      *point.mutable_interval() = *interval;
    }
    AddMonthsBehind(judged, run, answer, &point);
  }
  if (possible >= 0) {
    *point.mutable_best_possible() =
        DescribeVerdict(judged, possible, run, answer);
  }
  point.mutable_under_ignorance()->set_low(possible >= 0 ? judged.Loss(possible)
                                                         : judged.Floor());
  CostPlayers players;
  const std::vector<Choosable> choosables = ChoosablesOf(judged, run, &players);
  AddRules(judged, players, choosables, run, answer, &point);
  if (with_breakpoints) {
    for (v1::Breakpoint& breakpoint :
         FindBreakpoints(judged, choosables, players, run)) {
      *point.add_breakpoints() = std::move(breakpoint);
    }
  }
  WarnOfPrerelease(judged, {0, certain, possible}, run, answer);
  return point;
}

// The last snapshot inside a month; of one day the source that stands first.
const ScoreSnapshot* LastInside(const std::vector<ScoreSnapshot>& snapshots,
                                const DateRange& month) {
  const ScoreSnapshot* last = nullptr;
  for (const ScoreSnapshot& snapshot : snapshots) {
    if (snapshot.available < month.first || snapshot.available > month.last) {
      continue;
    }
    if (last == nullptr || snapshot.available > last->available) {
      last = &snapshot;
    }
  }
  return last;
}

// A month's point: facts with a validity are about the snapshot's day.
absl::StatusOr<v1::CostPoint> CostOfMonth(const v1::PolicyQuestion& asked,
                                          const BoardChoice& choice,
                                          const ScoreSnapshot& snapshot,
                                          Answer& answer) {
  v1::PolicyQuestion question = asked;
  if (question.on().empty()) question.set_on(FormatDay(snapshot.available));
  v1::AnswerHeader unused;
  Answer scratch(answer.question(), &unused);
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(question, scratch));
  const JudgedBoard judged = JudgeSnapshot(choice, snapshot, *run);
  WarnOfSnapshot(judged.board, answer);
  return CostOf(judged, /*with_breakpoints=*/false, *run, answer);
}

absl::Status AddMonths(const v1::MeasureCostRequest& request,
                       const v1::Objective& objective,
                       const std::vector<DateRange>& months, PolicyRun& run,
                       Answer& answer, v1::MeasureCostResponse* response) {
  answer.Choose("history", "contemporary", true);
  answer.Choose("bucket", "last", true);
  ASSIGN_OR_RETURN(const BoardChoice choice,
                   ChooseBoard(objective.board(), objective.category(),
                               objective.method(), answer));
  const std::vector<ScoreSnapshot> snapshots =
      run.catalog().Snapshots(choice.board.board(), choice.category,
                              choice.method, answer.question().as_of);
  for (const DateRange& month : months) {
    v1::CostPoint* point = response->add_points();
    if (const ScoreSnapshot* snapshot = LastInside(snapshots, month)) {
      ASSIGN_OR_RETURN(
          *point, CostOfMonth(request.question(), choice, *snapshot, answer));
    }
    point->set_bucket(FormatMonth(month.first));
  }
  std::string first, last;
  for (const v1::CostPoint& point : response->points()) {
    if (!point.has_snapshot()) continue;
    if (first.empty()) first = point.snapshot().vintage().date();
    last = point.snapshot().vintage().date();
  }
  WarnOfRecordedBreaks(choice, first, last, answer);
  return absl::OkStatus();
}

}  // namespace

std::vector<Choosable> ChoosablesOf(const JudgedBoard& judged, PolicyRun& run,
                                    CostPlayers* players) {
  const std::vector<CompiledRule>& rules = run.policy().rules;
  for (size_t i = 0; i < rules.size(); ++i) {
    if (rules[i].is_hard()) players->rules.push_back(static_cast<int>(i));
  }
  std::vector<Choosable> choosables;
  for (size_t row = 0; row < judged.board.rows.size(); ++row) {
    const EntityId model = judged.board.rows[row].entity;
    if (!run.judges_offerings()) {
      const RuleMask open =
          judged.outcomes[row].violated | judged.outcomes[row].unknown;
      Choosable& choosable = choosables.emplace_back();
      choosable.row = static_cast<int>(row);
      choosable.subject = {model, -1};
      for (size_t player = 0; player < players->rules.size(); ++player) {
        choosable.blocked[player] = open[players->rules[player]];
      }
      continue;
    }
    const std::vector<PolicySubject> subjects = run.SubjectsOf(model);
    for (const PolicySubject& subject : subjects) {
      const PolicyOutcome outcome = run.Judge(subject);
      Choosable& choosable = choosables.emplace_back();
      choosable.row = static_cast<int>(row);
      choosable.subject = subject;
      for (size_t player = 0; player < players->rules.size(); ++player) {
        choosable.blocked[player] =
            outcome.rules[players->rules[player]].satisfied != Truth::kTrue;
      }
    }
    if (subjects.empty()) {
      players->no_offering = static_cast<int>(players->rules.size());
      Choosable& choosable = choosables.emplace_back();
      choosable.row = static_cast<int>(row);
      choosable.subject = {model, -1};
      choosable.blocked.set(players->no_offering);
    }
  }
  return choosables;
}

absl::StatusOr<v1::CostPoint> CostNow(const v1::RankBy& rank_by, PolicyRun& run,
                                      Answer& answer) {
  ASSIGN_OR_RETURN(const std::vector<v1::Objective> objectives,
                   ObjectivesOf(rank_by, run));
  ASSIGN_OR_RETURN(const JudgedBoard judged,
                   JudgeObjective(objectives[0], run, answer));
  v1::CostPoint point = CostOf(judged, /*with_breakpoints=*/true, run, answer);
  point.set_bucket(FormatDay(answer.question().as_of));
  return point;
}

absl::StatusOr<v1::MeasureCostResponse> MeasureCost(
    const Question& question, const v1::MeasureCostRequest& request) {
  v1::MeasureCostResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(const std::vector<DateRange> months,
                   MonthsBetween(request.from(), request.to(), question.as_of));
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  ASSIGN_OR_RETURN(
      const std::vector<v1::Objective> objectives,
      ObjectivesOf(request.has_rank_by() ? std::optional(request.rank_by())
                                         : std::nullopt,
                   *run));
  const v1::Objective& objective = objectives[0];
  *response.mutable_objective() = objective;
  response.set_policy_digest(PolicyDigest(run->policy().policy));
  answer.Choose("months_behind",
                "from the release of the first model as good as the best "
                "admissible to the day of the snapshot",
                true);
  if (!months.empty()) {
    RETURN_IF_ERROR(
        AddMonths(request, objective, months, *run, answer, &response));
    return response;
  }
  v1::RankBy rank_by;
  rank_by.set_board(objective.board());
  rank_by.set_category(objective.category());
  rank_by.set_method(objective.method());
  ASSIGN_OR_RETURN(*response.add_points(), CostNow(rank_by, *run, answer));
  return response;
}

}  // namespace meridian::analysis
