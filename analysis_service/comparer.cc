#include "analysis_service/comparer.h"

#include <algorithm>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis_service/simulation.h"

namespace meridian::analysis {
namespace {

Truth And(Truth a, Truth b) {
  if (a == Truth::kFalse || b == Truth::kFalse) return Truth::kFalse;
  return a == Truth::kTrue && b == Truth::kTrue ? Truth::kTrue
                                                : Truth::kUnknown;
}

}  // namespace

v1::ComparisonPoint Comparer::AtPoint(const ScoreSnapshot& snapshot,
                                      const FactContext& context) {
  const Analysis analysis = Analyze(snapshot, context);
  v1::ComparisonPoint point = Describe(analysis);
  WarnOfCountryRule(analysis, snapshot, context);
  AddSimulation(analysis, &point);
  AddBounds(analysis, &point);
  return point;
}

v1::ComparisonPoint Comparer::Revised(const ScoreSnapshot& snapshot, Day day) {
  if (entrants_ == nullptr) {
    entrants_ = std::make_unique<Entrants>(
        answer_.catalog(), request_.board(), choice_.category,
        answer_.question().as_of, request_.entrants());
  }
  const Analysis analysis = Analyze(snapshot, ContextOn(day), day);
  NameMissingLeaders(analysis, day);
  return Describe(analysis);
}

std::vector<v1::ComparisonPoint> Comparer::AtMonth(
    const std::vector<ScoreSnapshot>& snapshots, const DateRange& month) {
  Days days;
  for (const ScoreSnapshot& snapshot : snapshots) {
    if (snapshot.available >= month.first && snapshot.available <= month.last) {
      days.emplace(snapshot.available, &snapshot);
    }
  }
  std::vector<v1::ComparisonPoint> points;
  if (days.empty()) {
    points.emplace_back();
  } else if (request_.bucket() == v1::BUCKET_RULE_ALL) {
    for (const auto& [day, snapshot] : days) {
      points.push_back(Describe(Analyze(*snapshot, ContextOn(day))));
    }
  } else {
    const ScoreSnapshot& snapshot = StandsFor(days);
    v1::ComparisonPoint& point = points.emplace_back(
        Describe(Analyze(snapshot, ContextOn(snapshot.available))));
    AddRanges(days, &point);
    if (request_.bucket() == v1::BUCKET_RULE_MEAN) {
      // That is of one snapshot, not of the mean.
      point.clear_without_prerelease();
      for (const v1::GapRange& range : point.ranges()) {
        for (v1::Gap& gap : *point.mutable_gaps()) {
          if (gap.a() == range.a() && gap.b() == range.b()) {
            Average(range, &gap);
          }
        }
      }
    }
  }
  for (v1::ComparisonPoint& point : points) {
    point.set_bucket(FormatMonth(month.first));
  }
  return points;
}

void Comparer::WarnOfCountryRule(const Analysis& analysis,
                                 const ScoreSnapshot& snapshot,
                                 const FactContext& context) {
  if (context.country_rule == CountryRule::kControllerHq) return;
  FactContext usual = context;
  usual.country_rule = CountryRule::kControllerHq;
  const Analysis other = Analyze(snapshot, usual);
  const auto led_by = [&](const Standing& standing) {
    return standing.leader < 0
               ? std::string("no certain member")
               : analysis.board.rows[standing.leader].name_in_source;
  };
  std::string told;
  std::vector<std::string> subjects;
  for (size_t g = 0; g < groups_.size(); ++g) {
    // Rows are the same under both: the rule decides on membership only.
    if (analysis.standings[g].leader == other.standings[g].leader) continue;
    absl::StrAppend(&told, told.empty() ? "" : "; ", "group ", groups_[g].name,
                    " would be led by ", led_by(other.standings[g]),
                    " instead of ", led_by(analysis.standings[g]));
    subjects.push_back(led_by(other.standings[g]));
  }
  if (told.empty()) return;
  for (size_t a = 0; a < groups_.size(); ++a) {
    for (size_t b = a + 1; b < groups_.size(); ++b) {
      const GapFigures gap = Compare(other.board.figures(), choice_.rules,
                                     other.standings[a], other.standings[b]);
      if (!gap.points.has_value()) continue;
      absl::StrAppend(&told, "; ", groups_[a].name, " minus ", groups_[b].name,
                      absl::StrFormat(" would be %.2f", *gap.points));
    }
  }
  answer_.Warn(v1::WARNING_KIND_COUNTRY_RULE,
               absl::StrCat("under country rule controller_hq ", told),
               std::move(subjects));
}

const ScoreSnapshot& Comparer::StandsFor(const Days& days) {
  if (request_.bucket() == v1::BUCKET_RULE_FIRST) return *days.begin()->second;
  const ScoreSnapshot* chosen = days.rbegin()->second;
  if (request_.bucket() != v1::BUCKET_RULE_MAX) return *chosen;
  double largest = -1;
  for (const auto& [day, snapshot] : days) {
    const Analysis analysis = Analyze(*snapshot, ContextOn(day));
    const GapFigures gap =
        Compare(analysis.board.figures(), choice_.rules, analysis.standings[0],
                analysis.standings[1]);
    if (gap.points.has_value() && std::abs(*gap.points) > largest) {
      largest = std::abs(*gap.points);
      chosen = snapshot;
    }
  }
  return *chosen;
}

void Comparer::Average(const v1::GapRange& range, v1::Gap* gap) const {
  gap->set_mean_of(range.snapshots());
  gap->set_decision(range.undecided() > 0 ? v1::DECISION_NOT_DECIDED
                                          : v1::DECISION_DECIDED);
  gap->set_points(range.mean_points());
  gap->clear_as_published_percent();
  if (range.has_mean_as_published_percent()) {
    gap->set_as_published_percent(range.mean_as_published_percent());
  }
  gap->clear_win_rate();
  gap->clear_standard_error();
  gap->clear_z();
  gap->clear_statistical_tie();
  gap->clear_points_range();
  gap->clear_possible();
}

v1::ComparisonPoint Comparer::Describe(const Analysis& analysis) {
  v1::ComparisonPoint point;
  *point.mutable_snapshot() =
      DescribeSnapshot(answer_.catalog(), analysis.board);
  WarnOfSnapshot(analysis.board, answer_);
  WarnOfOverlap(analysis);
  for (size_t g = 0; g < groups_.size(); ++g) {
    *point.add_standings() = DescribeStanding(analysis, g);
  }
  for (size_t a = 0; a < groups_.size(); ++a) {
    for (size_t b = a + 1; b < groups_.size(); ++b) {
      *point.add_gaps() = DescribeGap(analysis, a, b);
    }
  }
  AddWithoutPrerelease(analysis, &point);
  return point;
}

void Comparer::AddWithoutPrerelease(const Analysis& analysis,
                                    v1::ComparisonPoint* point) {
  std::vector<std::string> leading;
  for (const v1::GroupStanding& standing : point->standings()) {
    if (standing.has_leader() &&
        standing.leader().prerelease() != v1::PRERELEASE_UNSPECIFIED) {
      leading.push_back(standing.leader().model());
    }
  }
  if (leading.empty()) return;
  answer_.Warn(v1::WARNING_KIND_PRERELEASE,
               "a leader is a preliminary figure or a model that was not "
               "released at the time; the answer without such entries is given "
               "too",
               leading);
  v1::WithoutPrerelease* without = point->mutable_without_prerelease();
  Analysis released;
  released.board = analysis.board;
  released.facts = analysis.facts;
  released.membership = analysis.membership;
  for (size_t row = 0; row < released.board.rows.size(); ++row) {
    if (PrereleaseOf(released.board, static_cast<int>(row), answer_.catalog(),
                     *released.facts) == v1::PRERELEASE_UNSPECIFIED) {
      continue;
    }
    bool compared = false;
    for (std::vector<Truth>& members : released.membership) {
      compared = compared || members[row] != Truth::kFalse;
      members[row] = Truth::kFalse;
    }
    if (compared) {
      *without->add_excluded() = DescribeRow(
          released.board, static_cast<int>(row), *released.facts, answer_);
    }
  }
  for (const std::vector<Truth>& members : released.membership) {
    released.standings.push_back(
        FindStanding(released.board.figures(), members));
  }
  for (size_t g = 0; g < groups_.size(); ++g) {
    *without->add_standings() = DescribeStanding(released, g);
  }
  for (size_t a = 0; a < groups_.size(); ++a) {
    for (size_t b = a + 1; b < groups_.size(); ++b) {
      *without->add_gaps() = DescribeGap(released, a, b);
    }
  }
}

FactContext Comparer::ContextOn(Day day) const {
  FactContext context = answer_.question().facts();
  context.on = day;
  return context;
}

Comparer::Analysis Comparer::Analyze(const ScoreSnapshot& snapshot,
                                     const FactContext& context,
                                     std::optional<Day> entered_by) {
  Analysis analysis;
  const Catalog& catalog = answer_.catalog();
  analysis.board =
      ReadSnapshot(catalog, choice_, snapshot, request_.min_votes());
  analysis.facts = std::make_shared<FactReader>(catalog, context);
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
  return analysis;
}

void Comparer::WarnOfOverlap(const Analysis& analysis) {
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

v1::GroupStanding Comparer::DescribeStanding(const Analysis& analysis,
                                             size_t g) {
  const Standing& standing = analysis.standings[g];
  v1::GroupStanding out;
  out.set_group(groups_[g].name);
  out.set_members(standing.members);
  out.set_unknown(standing.unknown);
  if (standing.leader >= 0) {
    *out.mutable_leader() =
        DescribeRow(analysis.board, standing.leader, *analysis.facts, answer_);
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
    answer_.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                 absl::StrCat("models of unknown membership could lead group ",
                              groups_[g].name),
                 {out.possible_leaders(0).model().model()});
  }
  return out;
}

v1::Gap Comparer::DescribeGap(const Analysis& analysis, size_t a, size_t b) {
  const GapFigures gap = Compare(analysis.board.figures(), choice_.rules,
                                 analysis.standings[a], analysis.standings[b]);
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
  if (gap.z.has_value()) {
    out.set_z(*gap.z);
    out.set_statistical_tie(std::abs(*gap.z) < 1.96);
  }
  if (gap.lowest.has_value()) {
    out.mutable_points_range()->set_low(*gap.lowest);
  }
  if (gap.highest.has_value()) {
    out.mutable_points_range()->set_high(*gap.highest);
  }
  AddPossible(analysis, a, b, &out);
  return out;
}

void Comparer::AddPossible(const Analysis& analysis, size_t a, size_t b,
                           v1::Gap* out) {
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

void Comparer::AddSimulation(const Analysis& analysis,
                             v1::ComparisonPoint* point) {
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
      "simulation", absl::StrCat(options.draws, " draws, seed ", options.seed),
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

void Comparer::AddBounds(const Analysis& analysis, v1::ComparisonPoint* point) {
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

const v1::GroupStanding* Comparer::FindStandingOf(
    const v1::ComparisonPoint& point, const std::string& group) {
  for (const v1::GroupStanding& standing : point.standings()) {
    if (standing.group() == group) return &standing;
  }
  return nullptr;
}

void Comparer::AddLastSeen(const Analysis& analysis, size_t g,
                           v1::GroupStanding* out) {
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

void Comparer::NameMissingLeaders(const Analysis& revised, Day day) {
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

void Comparer::AddRanges(const Days& days, v1::ComparisonPoint* point) {
  std::map<std::pair<size_t, size_t>, v1::GapRange> ranges;
  for (const auto& [day, snapshot] : days) {
    const Analysis analysis = Analyze(*snapshot, ContextOn(day));
    WarnOfOverlap(analysis);
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
        if (gap.decision != Decision::kDecided) {
          range.set_undecided(range.undecided() + 1);
        }
        // Means as they grow: mean += (value - mean) / count.
        const double count = range.snapshots();
        range.set_mean_points(range.mean_points() +
                              (*gap.points - range.mean_points()) / count);
        if (gap.as_published_percent.has_value()) {
          range.set_mean_as_published_percent(
              range.mean_as_published_percent() +
              (*gap.as_published_percent - range.mean_as_published_percent()) /
                  count);
        }
      }
    }
  }
  for (auto& [pair, range] : ranges) {
    range.set_a(groups_[pair.first].name);
    range.set_b(groups_[pair.second].name);
    *point->add_ranges() = std::move(range);
  }
}

void Comparer::Widen(double value, v1::Interval* interval) {
  if (!interval->has_low() || value < interval->low()) {
    interval->set_low(value);
  }
  if (!interval->has_high() || value > interval->high()) {
    interval->set_high(value);
  }
}

}  // namespace meridian::analysis
