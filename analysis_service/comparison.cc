#include "analysis_service/comparison.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/board.h"
#include "analysis_service/compare.h"
#include "analysis_service/entrants.h"
#include "analysis_service/groups.h"
#include "analysis_service/simulation.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr int kMaxGroups = 16;
constexpr int kMaxMonths = 240;
constexpr uint32_t kMostDraws = 1'000'000;

Truth And(Truth a, Truth b) {
  if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
  return a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue
                                                : Truth::kUnknown;
}

absl::Status BadRequest(absl::string_view message, absl::string_view field) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST", message,
                   {{"field", std::string(field)}});
}

absl::Status NothingPublished(const BoardChoice& choice, Day as_of) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED",
      absl::StrCat("nothing was published for board '", choice.board.board(),
                   "', category '", choice.category, "', method '",
                   choice.method, "' by ", FormatDay(as_of)),
      {{"board", choice.board.board()}, {"as_of", FormatDay(as_of)}});
}

// Months [from, to] of a request; empty when it asks for one point.
absl::StatusOr<std::vector<DateRange>> Months(
    const v1::CompareGroupsRequest& request, Day as_of) {
  std::vector<DateRange> months;
  if (request.from().empty()) {
    if (!request.to().empty()) {
      return BadRequest("'to' is set without 'from'; set both", "from");
    }
    return months;
  }
  const auto from = ParseMonth(request.from());
  if (!from.ok()) return Annotate(from.status(), "from");
  const auto to =
      ParseMonth(request.to().empty() ? FormatMonth(as_of) : request.to());
  if (!to.ok()) return Annotate(to.status(), "to");
  for (Day day = from->first; day <= to->first; day = NextMonth(day)) {
    months.push_back({day, NextMonth(day) - 1});
    if (months.size() > kMaxMonths) {
      return BadRequest("more than 240 months between 'from' and 'to'", "to");
    }
  }
  if (months.empty()) return BadRequest("'to' is before 'from'", "to");
  return months;
}

// One comparison being answered.
class Comparer {
 public:
  Comparer(const v1::CompareGroupsRequest& request, Answer& answer,
           BoardChoice choice, std::vector<CompiledGroup> groups)
      : request_(request),
        answer_(answer),
        choice_(std::move(choice)),
        groups_(std::move(groups)) {}

  // The one point of a request without months.
  v1::ComparisonPoint AtPoint(const ScoreSnapshot& snapshot,
                              const FactContext& context) {
    const Analysis analysis = Analyze(snapshot, context);
    v1::ComparisonPoint point = Describe(analysis);
    AddSimulation(analysis, &point);
    AddBounds(analysis, &point);
    return point;
  }

  // Only models that had entered by the end of `day` count.
  v1::ComparisonPoint Revised(const ScoreSnapshot& snapshot, Day day) {
    if (entrants_ == nullptr) {
      entrants_ = std::make_unique<Entrants>(
          answer_.catalog(), request_.board(), choice_.category,
          answer_.question().as_of, request_.entrants());
    }
    const Analysis analysis = Analyze(snapshot, ContextOn(day), day);
    NameMissingLeaders(analysis, day);
    return Describe(analysis);
  }

  v1::ComparisonPoint AtSnapshot(const ScoreSnapshot& snapshot,
                                 const FactContext& context) {
    return Describe(Analyze(snapshot, context));
  }

  // The last snapshot inside the month, and the range over all of them.
  v1::ComparisonPoint AtMonth(const std::vector<ScoreSnapshot>& snapshots,
                              const DateRange& month) {
    // Of one day only the source that stands first speaks.
    std::map<Day, const ScoreSnapshot*> days;
    for (const ScoreSnapshot& snapshot : snapshots) {
      if (snapshot.available < month.first || snapshot.available > month.last) {
        continue;
      }
      days.emplace(snapshot.available, &snapshot);
    }
    v1::ComparisonPoint point;
    if (!days.empty()) {
      const ScoreSnapshot& last = *days.rbegin()->second;
      point = AtSnapshot(last, ContextOn(last.available));
      AddRanges(days, &point);
    }
    point.set_bucket(FormatMonth(month.first));
    return point;
  }

 private:
  struct Analysis {
    BoardSnapshot board;
    std::vector<std::vector<Truth>> membership;  // by group, by row
    std::vector<Standing> standings;             // by group
    std::unique_ptr<FactReader> facts;
  };

  v1::ComparisonPoint Describe(const Analysis& analysis) {
    v1::ComparisonPoint point;
    *point.mutable_snapshot() =
        DescribeSnapshot(answer_.catalog(), analysis.board);
    WarnOfSnapshot(analysis.board, answer_);
    for (size_t g = 0; g < groups_.size(); ++g) {
      *point.add_standings() = DescribeStanding(analysis, g);
    }
    for (size_t a = 0; a < groups_.size(); ++a) {
      for (size_t b = a + 1; b < groups_.size(); ++b) {
        *point.add_gaps() = DescribeGap(analysis, a, b);
      }
    }
    return point;
  }

  // STATE as of the snapshot, knowledge limited by as_of.
  FactContext ContextOn(Day day) const {
    FactContext context = answer_.question().facts();
    context.on = day;
    return context;
  }

  Analysis Analyze(const ScoreSnapshot& snapshot, const FactContext& context,
                   std::optional<Day> entered_by = std::nullopt) {
    Analysis analysis;
    const Catalog& catalog = answer_.catalog();
    analysis.board =
        ReadSnapshot(catalog, choice_, snapshot, request_.min_votes());
    analysis.facts = std::make_unique<FactReader>(catalog, context);
    std::vector<Truth> entered(analysis.board.rows.size(), Truth::kTrue);
    if (entered_by) {
      entered =
          entrants_->EnteredBy(analysis.board, *entered_by, *analysis.facts);
    }
    for (const CompiledGroup& group : groups_) {
      analysis.membership.push_back(
          Evaluate(group.expression, analysis.board, catalog, *analysis.facts));
      for (size_t row = 0; row < entered.size(); ++row) {
        Truth& member = analysis.membership.back()[row];
        member = And(member, entered[row]);
      }
      analysis.standings.push_back(
          FindStanding(analysis.board.figures(), analysis.membership.back()));
    }
    WarnOfOverlap(analysis);
    return analysis;
  }

  void WarnOfOverlap(const Analysis& analysis) {
    for (size_t row = 0; row < analysis.board.rows.size(); ++row) {
      std::vector<std::string> in;
      for (size_t g = 0; g < groups_.size(); ++g) {
        if (analysis.membership[g][row] == Truth::kTrue) {
          in.push_back(groups_[g].name);
        }
      }
      if (in.size() > 1) {
        answer_.Warn(v1::WARNING_KIND_GROUPS_OVERLAP,
                     absl::StrCat("some models belong to more than one group: ",
                                  absl::StrJoin(in, ", ")),
                     {analysis.board.rows[row].name_in_source});
      }
    }
  }

  v1::GroupStanding DescribeStanding(const Analysis& analysis, size_t g) {
    const Standing& standing = analysis.standings[g];
    v1::GroupStanding out;
    out.set_group(groups_[g].name);
    out.set_members(standing.members);
    out.set_unknown(standing.unknown);
    if (standing.leader >= 0) {
      *out.mutable_leader() = DescribeRow(analysis.board, standing.leader,
                                          *analysis.facts, answer_);
      const EntityId model = analysis.board.rows[standing.leader].entity;
      for (const FieldIndex field : groups_[g].expression.fields()) {
        *out.add_leader_facts() = answer_.Tell(
            field, analysis.facts->Get(model, field), out.leader().model());
      }
    }
    for (const int row : standing.possible_leaders) {
      v1::PossibleLeader* possible = out.add_possible_leaders();
      *possible->mutable_model() =
          DescribeRow(analysis.board, row, *analysis.facts, answer_);
      const Evaluation evaluation = analysis::Evaluate(
          groups_[g].expression, ModelFacts(answer_.catalog(), *analysis.facts,
                                            analysis.board.rows[row].entity));
      if (!evaluation.reasons.empty()) {
        possible->set_reason(static_cast<v1::UnknownReason>(
            static_cast<int>(evaluation.reasons.front())));
      }
      for (const FieldIndex field : evaluation.unknown_fields) {
        possible->add_unknown_fields(Fields()[field].name);
      }
      // A member for certain, of whom it is unknown whether it had entered.
      if (evaluation.reasons.empty()) {
        const FactValue& release = analysis.facts
                                       ->Get(analysis.board.rows[row].entity,
                                             FindField("model.release_date"))
                                       .value;
        possible->set_reason(release.known() ? v1::UNKNOWN_REASON_IMPRECISE
                                             : v1::UNKNOWN_REASON_MISSING);
        possible->add_unknown_fields("model.release_date");
      }
    }
    if (!standing.possible_leaders.empty()) {
      answer_.Warn(
          v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
          absl::StrCat("models of unknown membership could lead group ",
                       groups_[g].name),
          {out.possible_leaders(0).model().model()});
    }
    return out;
  }

  v1::Gap DescribeGap(const Analysis& analysis, size_t a, size_t b) {
    const GapFigures gap =
        Compare(analysis.board.figures(), choice_.rules, analysis.standings[a],
                analysis.standings[b]);
    v1::Gap out;
    out.set_a(groups_[a].name);
    out.set_b(groups_[b].name);
    out.set_decision(static_cast<v1::Decision>(static_cast<int>(gap.decision)));
    if (gap.points.has_value()) out.set_points(*gap.points);
    if (gap.as_published_percent.has_value()) {
      out.set_as_published_percent(*gap.as_published_percent);
    }
    if (gap.win_rate.has_value()) out.set_win_rate(*gap.win_rate);
    if (gap.standard_error.has_value()) {
      out.set_standard_error(*gap.standard_error);
    }
    if (gap.z.has_value()) out.set_z(*gap.z);
    if (gap.lowest.has_value()) {
      out.mutable_points_range()->set_low(*gap.lowest);
    }
    if (gap.highest.has_value()) {
      out.mutable_points_range()->set_high(*gap.highest);
    }
    AddPossible(analysis, a, b, &out);
    return out;
  }

  void AddPossible(const Analysis& analysis, size_t a, size_t b, v1::Gap* out) {
    const auto add = [&](size_t of, size_t other) {
      const int opponent = analysis.standings[other].leader;
      if (opponent < 0) return;
      for (const int row : analysis.standings[of].possible_leaders) {
        v1::PossibleGap* possible = out->add_possible();
        possible->set_group(groups_[of].name);
        possible->set_model(answer_.catalog()
                                .resolution()
                                .entity(analysis.board.rows[row].entity)
                                .name);
        const double difference =
            (analysis.board.value[row] - analysis.board.value[opponent]) *
            (choice_.rules.higher_is_better ? 1 : -1);
        possible->set_points(of == a ? difference : -difference);
      }
    };
    add(a, b);
    add(b, a);
  }

  void AddSimulation(const Analysis& analysis, v1::ComparisonPoint* point) {
    SimulationOptions options;
    if (request_.simulation_draws() != 0) {
      options.draws = static_cast<int>(request_.simulation_draws());
    }
    if (request_.simulation_seed() != 0) {
      options.seed = request_.simulation_seed();
    }
    const auto simulation = Simulate(analysis.board.figures(), choice_.rules,
                                     analysis.membership, options);
    if (!simulation) return;
    answer_.Choose(
        "simulation",
        absl::StrCat(options.draws, " draws, seed ", options.seed),
        request_.simulation_draws() == 0 && request_.simulation_seed() == 0);
    for (size_t g = 0; g < groups_.size(); ++g) {
      for (const SimulatedLeader& leader : simulation->leaders[g]) {
        v1::Candidate* candidate =
            point->mutable_standings(static_cast<int>(g))->add_candidates();
        *candidate->mutable_model() =
            DescribeRow(analysis.board, leader.row, *analysis.facts, answer_);
        candidate->set_probability(leader.probability);
      }
    }
    // Both list every pair in the order of the request.
    for (size_t i = 0; i < simulation->gaps.size(); ++i) {
      const SimulatedGap& gap = simulation->gaps[i];
      v1::SimulatedGap* out =
          point->mutable_gaps(static_cast<int>(i))->mutable_simulated();
      out->set_points(gap.points);
      out->mutable_interval()->set_low(gap.low);
      out->mutable_interval()->set_high(gap.high);
      out->set_probability_ahead(gap.probability_ahead);
      out->set_draws(static_cast<uint32_t>(options.draws));
      out->set_seed(options.seed);
    }
  }

  // A group without any row among the first ones stands below the last.
  void AddBounds(const Analysis& analysis, v1::ComparisonPoint* point) {
    const auto& coverage = point->snapshot().coverage();
    if (coverage.extent() != v1::Coverage::EXTENT_TOP ||
        analysis.board.rows.empty() || request_.min_votes() != 0) {
      return;
    }
    const double floor = analysis.board.value.back();
    for (size_t g = 0; g < groups_.size(); ++g) {
      const Standing& standing = analysis.standings[g];
      if (standing.leader >= 0 || standing.unknown > 0) continue;
      v1::GroupStanding* out = point->mutable_standings(static_cast<int>(g));
      out->set_bound(floor);
      AddLastSeen(analysis, g, out);
    }
    for (v1::Gap& gap : *point->mutable_gaps()) {
      const auto* a = FindStandingOf(*point, gap.a());
      const auto* b = FindStandingOf(*point, gap.b());
      const double sign = choice_.rules.higher_is_better ? 1 : -1;
      if (a->has_leader() && b->has_bound()) {
        gap.set_points_bound(sign * (a->leader().value() - b->bound()));
      } else if (a->has_bound() && b->has_leader()) {
        gap.set_points_bound(sign * (a->bound() - b->leader().value()));
      }
    }
  }

  static const v1::GroupStanding* FindStandingOf(
      const v1::ComparisonPoint& point, const std::string& group) {
    for (const v1::GroupStanding& standing : point.standings()) {
      if (standing.group() == group) return &standing;
    }
    return nullptr;
  }

  // The group's leader in the newest earlier snapshot that has one.
  void AddLastSeen(const Analysis& analysis, size_t g, v1::GroupStanding* out) {
    const Day before = analysis.board.snapshot.available;
    std::vector<ScoreSnapshot> snapshots = answer_.catalog().Snapshots(
        request_.board(), choice_.category, choice_.method, before);
    for (auto it = snapshots.rbegin(); it != snapshots.rend(); ++it) {
      const Analysis earlier = Analyze(*it, ContextOn(it->available));
      const int leader = earlier.standings[g].leader;
      if (leader < 0) continue;
      *out->mutable_last_seen() =
          DescribeRow(earlier.board, leader, *earlier.facts, answer_);
      *out->mutable_last_seen_snapshot() =
          DescribeSnapshot(answer_.catalog(), earlier.board);
      return;
    }
  }

  // Who led on the day and is not in the later snapshot.
  void NameMissingLeaders(const Analysis& revised, Day day) {
    const auto then = answer_.catalog().Speaking(
        request_.board(), choice_.category, choice_.method, day);
    if (!then) return;
    const Analysis contemporary = Analyze(*then, ContextOn(day));
    for (size_t g = 0; g < groups_.size(); ++g) {
      const int leader = contemporary.standings[g].leader;
      if (leader < 0) continue;
      const BoardRow& row = contemporary.board.rows[leader];
      const bool is_there = std::any_of(
          revised.board.rows.begin(), revised.board.rows.end(),
          [&](const BoardRow& other) { return other.entity == row.entity; });
      if (is_there) continue;
      answer_.Warn(v1::WARNING_KIND_LEADER_MISSING,
                   absl::StrCat("group ", groups_[g].name, " was led by ",
                                row.name_in_source, " in the snapshot of ",
                                FormatDay(then->available),
                                "; the later snapshot does not have it"),
                   {row.name_in_source});
    }
  }

  void AddRanges(const std::map<Day, const ScoreSnapshot*>& days,
                 v1::ComparisonPoint* point) {
    std::map<std::pair<size_t, size_t>, v1::GapRange> ranges;
    for (const auto& [day, snapshot] : days) {
      const Analysis analysis = Analyze(*snapshot, ContextOn(day));
      for (size_t a = 0; a < groups_.size(); ++a) {
        for (size_t b = a + 1; b < groups_.size(); ++b) {
          const GapFigures gap =
              Compare(analysis.board.figures(), choice_.rules,
                      analysis.standings[a], analysis.standings[b]);
          if (!gap.points.has_value()) continue;
          v1::GapRange& range = ranges[{a, b}];
          Widen(*gap.points, range.mutable_points());
          if (gap.as_published_percent.has_value()) {
            Widen(*gap.as_published_percent,
                  range.mutable_as_published_percent());
          }
          range.set_snapshots(range.snapshots() + 1);
        }
      }
    }
    for (auto& [pair, range] : ranges) {
      range.set_a(groups_[pair.first].name);
      range.set_b(groups_[pair.second].name);
      *point->add_ranges() = std::move(range);
    }
  }

  static void Widen(double value, v1::Interval* interval) {
    if (!interval->has_low() || value < interval->low()) {
      interval->set_low(value);
    }
    if (!interval->has_high() || value > interval->high()) {
      interval->set_high(value);
    }
  }

  const v1::CompareGroupsRequest& request_;
  Answer& answer_;
  const BoardChoice choice_;
  const std::vector<CompiledGroup> groups_;
  std::unique_ptr<Entrants> entrants_;  // of a revised history
};

// A line must not cross a break of method unseen.
void WarnOfBreaks(const BoardChoice& choice,
                  const v1::CompareGroupsResponse& response, Answer& answer) {
  std::string first, last;
  for (const v1::ComparisonPoint& point : response.points()) {
    if (!point.has_snapshot()) continue;
    if (first.empty()) first = point.snapshot().vintage().date();
    last = point.snapshot().vintage().date();
  }
  for (const v1::MethodBreak& method_break : choice.board.breaks()) {
    if (!method_break.method().empty() &&
        method_break.method() != choice.method) {
      continue;
    }
    if (first < method_break.date() && method_break.date() <= last) {
      answer.Warn(v1::WARNING_KIND_METHOD_BREAK,
                  absl::StrCat("points before and after ", method_break.date(),
                               " are not on one scale: ", method_break.what()),
                  {choice.board.board()});
    }
  }
}

void SetChoices(const v1::CompareGroupsRequest& request, bool history,
                Answer& answer) {
  answer.ChooseCountryRule();
  answer.Choose("snapshot",
                "exactly one: newest vintage, then the board's source order",
                true);
  const bool revised = request.history() == v1::HISTORY_RULE_REVISED;
  if (revised) {
    answer.Choose("history", "revised: newest snapshot by as_of", false);
    const bool released = request.entrants() == v1::ENTRANT_RULE_RELEASED;
    answer.Choose("entrants", released ? "released" : "listed",
                  request.entrants() == v1::ENTRANT_RULE_UNSPECIFIED);
  } else if (history) {
    answer.Choose("history", "contemporary",
                  request.history() == v1::HISTORY_RULE_UNSPECIFIED);
    answer.Choose("bucket", "last",
                  request.bucket() == v1::BUCKET_RULE_UNSPECIFIED);
  }
  answer.Choose("min_votes", absl::StrCat(request.min_votes()),
                request.min_votes() == 0);
}

// Fields that go together, and the day of a revised point.
absl::StatusOr<Day> CheckRequest(const v1::CompareGroupsRequest& request,
                                 Day as_of) {
  if (request.groups_size() < 2 || request.groups_size() > kMaxGroups) {
    return BadRequest("give 2 to 16 groups", "groups");
  }
  if (request.simulation_draws() > kMostDraws) {
    return BadRequest("at most 1,000,000 draws", "simulation_draws");
  }
  const bool revised = request.history() == v1::HISTORY_RULE_REVISED;
  if (!revised && request.entrants() != v1::ENTRANT_RULE_UNSPECIFIED) {
    return BadRequest("'entrants' needs history REVISED", "entrants");
  }
  if (request.day().empty()) return as_of;
  if (!revised || !request.from().empty()) {
    return BadRequest("'day' needs history REVISED without 'from'", "day");
  }
  const auto day = ParseDay(request.day());
  if (!day.ok()) return Annotate(day.status(), "day");
  if (*day > as_of) return BadRequest("'day' is after as_of", "day");
  return *day;
}

}  // namespace

absl::StatusOr<v1::CompareGroupsResponse> CompareGroups(
    const Question& question, const v1::CompareGroupsRequest& request) {
  ASSIGN_OR_RETURN(const Day day, CheckRequest(request, question.as_of));
  v1::CompareGroupsResponse response;
  Answer answer(question, response.mutable_header());
  ASSIGN_OR_RETURN(BoardChoice choice,
                   ChooseBoard(request.board(), request.category(),
                               request.method(), answer));
  ASSIGN_OR_RETURN(std::vector<CompiledGroup> groups,
                   CompileGroups(request.groups(), answer));
  ASSIGN_OR_RETURN(const std::vector<DateRange> months,
                   Months(request, question.as_of));
  SetChoices(request, !months.empty(), answer);
  *response.mutable_board() = choice.board;
  for (const CompiledGroup& group : groups) {
    v1::NamedGroup* named = response.add_groups();
    named->set_name(group.name);
    named->set_expression(group.expression.text());
  }

  const Catalog& catalog = *question.catalog;
  Comparer comparer(request, answer, choice, std::move(groups));
  if (months.empty()) {
    const auto snapshot = catalog.Speaking(request.board(), choice.category,
                                           choice.method, question.as_of);
    if (!snapshot.has_value()) return NothingPublished(choice, question.as_of);
    *response.add_points() =
        request.history() == v1::HISTORY_RULE_REVISED
            ? comparer.Revised(*snapshot, day)
            : comparer.AtPoint(*snapshot, question.facts());
    return response;
  }
  if (request.history() == v1::HISTORY_RULE_REVISED) {
    const auto snapshot = catalog.Speaking(request.board(), choice.category,
                                           choice.method, question.as_of);
    if (!snapshot.has_value()) return NothingPublished(choice, question.as_of);
    for (const DateRange& month : months) {
      *response.add_points() = comparer.Revised(*snapshot, month.last);
      response.mutable_points(response.points_size() - 1)
          ->set_bucket(FormatMonth(month.first));
    }
    return response;
  }
  const std::vector<ScoreSnapshot> snapshots = catalog.Snapshots(
      request.board(), choice.category, choice.method, question.as_of);
  for (const DateRange& month : months) {
    *response.add_points() = comparer.AtMonth(snapshots, month);
  }
  WarnOfBreaks(choice, response, answer);
  return response;
}

absl::StatusOr<v1::GetLeaderboardResponse> GetLeaderboard(
    const Question& question, const v1::GetLeaderboardRequest& request) {
  v1::GetLeaderboardResponse response;
  Answer answer(question, response.mutable_header());
  ASSIGN_OR_RETURN(const BoardChoice choice,
                   ChooseBoard(request.board(), request.category(),
                               request.method(), answer));
  const Catalog& catalog = *question.catalog;
  ASSIGN_OR_RETURN(const std::optional<Expression> filter,
                   CompileFilter(request.filter(), "filter", catalog));
  answer.ChooseCountryRule();
  answer.Choose("min_votes", absl::StrCat(request.min_votes()),
                request.min_votes() == 0);
  const auto snapshot = catalog.Speaking(request.board(), choice.category,
                                         choice.method, question.as_of);
  if (!snapshot.has_value()) return NothingPublished(choice, question.as_of);
  const BoardSnapshot board =
      ReadSnapshot(catalog, choice, *snapshot, request.min_votes());
  *response.mutable_snapshot() = DescribeSnapshot(catalog, board);
  *response.mutable_board() = choice.board;
  WarnOfSnapshot(board, answer);

  FactReader facts(catalog, question.facts());
  const int limit = static_cast<int>(
      request.limit() == 0 ? 20 : std::min<uint32_t>(request.limit(), 1000));
  std::vector<Truth> truth(board.rows.size(), Truth::kTrue);
  if (filter.has_value()) truth = Evaluate(*filter, board, catalog, facts);
  for (size_t row = 0; row < board.rows.size(); ++row) {
    if (truth[row] == Truth::kTrue && response.rows_size() < limit) {
      *response.add_rows() =
          DescribeRow(board, static_cast<int>(row), facts, answer);
    } else if (truth[row] == Truth::kUnknown &&
               response.unknown_size() < limit) {
      *response.add_unknown() =
          DescribeRow(board, static_cast<int>(row), facts, answer);
    }
  }
  if (response.unknown_size() > 0) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                "for some rows the filter is unknown; they are listed apart");
  }
  return response;
}

}  // namespace meridian::analysis
