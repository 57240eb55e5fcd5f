#include "analysis_service/portfolio.h"

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis_service/concentration.h"
#include "analysis_service/dimension.h"
#include "analysis_service/exposure.h"
#include "analysis_service/judged_board.h"
#include "analysis_service/usage.h"

namespace meridian::analysis {
namespace {

using Body = v1::PortfolioRule::BodyCase;

// What a rule measures on one objective, or on all usage.
struct Measured {
  v1::Interval value;  // an unset end is unbounded
  std::string binding;
  std::string missing;  // why nothing can be measured
};

// The largest value is the worst.
v1::Truth AtMost(const v1::Interval& value, double limit) {
  if (value.has_high() && value.high() <= limit) return v1::TRUTH_TRUE;
  if (value.has_low() && value.low() > limit) return v1::TRUTH_FALSE;
  return v1::TRUTH_UNKNOWN;
}

v1::Truth AtLeast(const v1::Interval& value, double limit) {
  if (value.has_low() && value.low() >= limit) return v1::TRUTH_TRUE;
  if (value.has_high() && value.high() < limit) return v1::TRUTH_FALSE;
  return v1::TRUTH_UNKNOWN;
}

class Portfolio {
 public:
  Portfolio(PolicyRun& run, Answer& answer) : run_(run), answer_(answer) {}

  v1::PortfolioResult Judge(const v1::PortfolioRule& rule) {
    v1::PortfolioResult out;
    out.set_rule(rule.id());
    if (rule.body_case() == Body::kMaxHhi ||
        rule.body_case() == Body::kMaxShare) {
      Settle(rule, MeasureUsage(rule), "", &out);
      return out;
    }
    const std::vector<v1::Objective> objectives = Objectives();
    if (objectives.empty()) {
      Measured none;
      none.missing = "the policy has no objectives";
      Settle(rule, none, "", &out);
      return out;
    }
    // The objective that binds: FALSE before UNKNOWN before TRUE.
    bool first = true;
    for (const v1::Objective& objective : objectives) {
      v1::PortfolioResult one;
      one.set_rule(rule.id());
      Settle(rule, MeasureObjective(rule, objective), objective.task(), &one);
      if (first || Rank(one.satisfied()) < Rank(out.satisfied())) out = one;
      first = false;
    }
    return out;
  }

 private:
  static int Rank(v1::Truth truth) {
    return truth == v1::TRUTH_FALSE ? 0 : truth == v1::TRUTH_UNKNOWN ? 1 : 2;
  }

  static v1::Truth Compare(const v1::PortfolioRule& rule,
                           const v1::Interval& value) {
    switch (rule.body_case()) {
      case Body::kMaxHhi:
        return AtMost(value, rule.max_hhi());
      case Body::kMaxShare:
        return AtMost(value, rule.max_share());
      case Body::kMaxNMinus1Loss:
        return AtMost(value, rule.max_n_minus_1_loss());
      case Body::kMinDistinct:
        return AtLeast(value, rule.min_distinct());
      case Body::kMinSelfHostable:
        return AtLeast(value, rule.min_self_hostable());
      case Body::BODY_NOT_SET:
        break;
    }
    return v1::TRUTH_UNKNOWN;
  }

  static std::string Demand(const v1::PortfolioRule& rule) {
    const std::string within =
        rule.has_within_points()
            ? absl::StrFormat(" within %g points of the best admissible",
                              rule.within_points())
            : "";
    const auto over = [&] {
      return std::string(DimensionName(rule.dimension()));
    };
    switch (rule.body_case()) {
      case Body::kMaxHhi:
        return absl::StrFormat("an HHI of at most %g of the usage by %s",
                               rule.max_hhi(), over());
      case Body::kMaxShare:
        return absl::StrFormat("at most %g of the usage with one %s",
                               rule.max_share(), over());
      case Body::kMaxNMinus1Loss:
        return absl::StrFormat("a loss of at most %g points without any one %s",
                               rule.max_n_minus_1_loss(), over());
      case Body::kMinDistinct:
        return absl::StrFormat("at least %u of distinct %s%s",
                               rule.min_distinct(), over(), within);
      case Body::kMinSelfHostable:
        return absl::StrFormat("at least %u models that can be downloaded%s",
                               rule.min_self_hostable(), within);
      case Body::BODY_NOT_SET:
        break;
    }
    return "nothing";
  }

  static std::string Tell(const v1::Interval& value) {
    if (value.has_low() && value.has_high() && value.low() == value.high()) {
      return absl::StrFormat("%g", value.low());
    }
    return absl::StrCat(
        "between ",
        value.has_low() ? absl::StrFormat("%g", value.low()) : "(no bound)",
        " and ",
        value.has_high() ? absl::StrFormat("%g", value.high()) : "(no bound)");
  }

  static void Settle(const v1::PortfolioRule& rule, const Measured& measured,
                     const std::string& task, v1::PortfolioResult* out) {
    out->set_task(task);
    if (!measured.missing.empty()) {
      out->set_satisfied(v1::TRUTH_UNKNOWN);
      out->set_explanation(absl::StrCat(
          "demands ", Demand(rule), "; unknown, because ", measured.missing));
      return;
    }
    out->set_satisfied(Compare(rule, measured.value));
    *out->mutable_measured() = measured.value;
    out->set_binding(measured.binding);
    out->set_explanation(absl::StrCat(
        "demands ", Demand(rule), "; it is ", Tell(measured.value),
        measured.binding.empty() ? ""
                                 : absl::StrCat(" (", measured.binding, ")"),
        task.empty() ? "" : absl::StrCat(" for task '", task, "'"),
        out->satisfied() == v1::TRUTH_UNKNOWN
            ? ", which undetermined models or unknown facts leave open"
            : ""));
  }

  // The critical ones when any is.
  std::vector<v1::Objective> Objectives() const {
    std::vector<v1::Objective> all, critical;
    for (const v1::Objective& objective : run_.policy().policy.objectives()) {
      all.push_back(objective);
      if (objective.critical()) critical.push_back(objective);
    }
    return critical.empty() ? all : critical;
  }

  DimensionReader& Dimension(v1::Dimension dimension) {
    auto& reader = dimensions_[dimension];
    if (reader == nullptr) {
      reader = std::make_unique<DimensionReader>(
          answer_.question(), run_.catalog(), run_.facts(), dimension, &run_);
    }
    return *reader;
  }

  // --- Usage --------------------------------------------------------------

  Measured MeasureUsage(const v1::PortfolioRule& rule) {
    Measured out;
    const Day as_of = answer_.question().as_of;
    const std::vector<std::string> measures =
        OwnUsageMeasures(run_.catalog(), as_of);
    if (measures.size() != 1) {
      out.missing =
          measures.empty()
              ? "the deployer's usage is not known; give it as own evidence"
              : absl::StrCat("usage is given in several measures (",
                             absl::StrJoin(measures, ", "), "); give one");
      return out;
    }
    const auto usage = ReadUsage(run_.catalog(), as_of, measures[0]);
    if (!usage.ok()) {
      out.missing = std::string(usage.status().message());
      return out;
    }
    std::vector<std::string> names;
    const OpenWeights weights = Weigh(*usage, rule.dimension(), &names);
    const std::optional<Range> range = rule.body_case() == Body::kMaxHhi
                                           ? HhiBounds(weights)
                                           : LargestShareBounds(weights);
    if (!range.has_value()) {
      out.missing = "no model that is used may be admissible";
      return out;
    }
    out.value.set_low(range->low);
    out.value.set_high(range->high);
    double largest = 0;
    for (size_t g = 0; g < names.size(); ++g) {
      const double weight = weights.certain[g] + weights.open[g];
      if (weight > largest) {
        largest = weight;
        out.binding = names[g];
      }
    }
    return out;
  }

  OpenWeights Weigh(const Usage& usage, v1::Dimension over,
                    std::vector<std::string>* names) {
    std::vector<EntityId> models;
    for (const auto& [model, weight] : usage.weight) models.push_back(model);
    const std::vector<CompactOutcome> outcomes = run_.JudgeModels(models);
    std::map<std::string, std::pair<double, double>> groups;  // certain, open
    for (size_t i = 0; i < models.size(); ++i) {
      if (outcomes[i].verdict == v1::VERDICT_EXCLUDED) continue;
      const bool certain = outcomes[i].verdict == v1::VERDICT_ADMISSIBLE;
      for (const NamedPart& part : Dimension(over).Direct(models[i])) {
        const double weight = usage.weight.at(models[i]) * part.part;
        (certain ? groups[part.name].first : groups[part.name].second) +=
            weight;
      }
    }
    OpenWeights weights;
    weights.unknown_certain = groups[""].first;
    weights.unknown_open = groups[""].second + usage.unresolved;
    groups.erase("");
    for (const auto& [name, pair] : groups) {
      names->push_back(name);
      weights.certain.push_back(pair.first);
      weights.open.push_back(pair.second);
    }
    return weights;
  }

  // --- Objectives ---------------------------------------------------------

  Measured MeasureObjective(const v1::PortfolioRule& rule,
                            const v1::Objective& objective) {
    Measured out;
    const JudgedBoard* judged = Board(objective, &out.missing);
    if (judged == nullptr) return out;
    if (rule.body_case() == Body::kMaxNMinus1Loss) {
      return MeasureLoss(rule, *judged);
    }
    return MeasureCount(rule, *judged);
  }

  const JudgedBoard* Board(const v1::Objective& objective,
                           std::string* missing) {
    const std::string key = objective.SerializeAsString();
    const auto it = boards_.find(key);
    if (it != boards_.end()) return &it->second;
    auto judged = JudgeObjective(objective, run_, answer_);
    if (!judged.ok()) {
      *missing = std::string(judged.status().message());
      return nullptr;
    }
    if (judged->board.rows.empty()) {
      *missing = "the board has no rows";
      return nullptr;
    }
    return &boards_.emplace(key, *std::move(judged)).first->second;
  }

  Measured MeasureLoss(const v1::PortfolioRule& rule,
                       const JudgedBoard& judged) {
    Measured out;
    const ExposedBoard exposed =
        Expose(judged, {rule.dimension(), v1::MECHANISM_ALL, 0},
               Dimension(rule.dimension()), run_);
    const std::optional<WorstLoss> worst = FindWorstLoss(judged, exposed);
    if (!worst.has_value()) {
      out.missing = "no model is certainly admissible";
      return out;
    }
    out.value = worst->points;
    out.binding = worst->worst;
    if (judged.standing.unknown == 0) return out;
    // An undetermined model may be the best that is lost: the loss is at most
    // so much larger.
    const int certain = judged.best_certain();
    if (out.value.has_high()) {
      out.value.set_high(out.value.high() + judged.Loss(certain) -
                         judged.Loss(judged.best_possible()));
    }
    // Or it stands in for what is lost.
    JudgedBoard open = judged;
    for (Truth& truth : open.admissible) {
      if (truth == Truth::kUnknown) truth = Truth::kTrue;
    }
    const ExposedBoard all =
        Expose(open, {rule.dimension(), v1::MECHANISM_ALL, 0},
               Dimension(rule.dimension()), run_);
    double low = 0;
    for (const Loss& loss : CutOffEach(all.exposures, all.points,
                                       static_cast<int>(all.values.size()))) {
      const double after = loss.after_possible >= 0
                               ? judged.Loss(all.rows[loss.after_possible])
                               : judged.Floor();
      low = std::max(low, after - judged.Loss(certain));
    }
    out.value.set_low(std::min(out.value.low(), low));
    return out;
  }

  // Names of what certainly counts, and of what may.
  struct Counted {
    std::set<std::string> certain;
    std::set<std::string> possible;  // unknown ones under their model's name
  };

  void Count(const v1::PortfolioRule& rule, EntityId model, bool certain,
             Counted* counted) {
    const std::string& name = run_.catalog().resolution().entity(model).name;
    if (rule.body_case() == Body::kMinSelfHostable) {
      const Truth truth = Dimension(v1::DIMENSION_VENDOR).IsDownloadable(model);
      if (truth == Truth::kFalse) return;
      counted->possible.insert(name);
      if (certain && truth == Truth::kTrue) counted->certain.insert(name);
      return;
    }
    const DimensionValues& values = Dimension(rule.dimension()).Of(model);
    if (values.names.empty()) {
      counted->possible.insert(absl::StrCat("\1", name));
      return;
    }
    counted->possible.insert(values.names.begin(), values.names.end());
    if (!certain) return;
    counted->certain.insert(values.names.begin(), values.names.end());
  }

  Measured MeasureCount(const v1::PortfolioRule& rule,
                        const JudgedBoard& judged) {
    Measured out;
    const int possible = judged.best_possible();
    if (possible < 0) {
      out.value.set_low(0);
      if (judged.is_whole()) out.value.set_high(0);
      return out;
    }
    // The better the best may be, the fewer are within reach of it.
    const int certain = judged.best_certain();
    const auto within = [&](int row, int best) {
      return !rule.has_within_points() || best < 0 ||
             judged.Loss(row) - judged.Loss(best) <= rule.within_points();
    };
    Counted counted, reach;
    for (size_t i = 0; i < judged.board.rows.size(); ++i) {
      const int row = static_cast<int>(i);
      if (judged.admissible[i] == Truth::kFalse) continue;
      const EntityId model = judged.board.rows[i].entity;
      if (judged.admissible[i] == Truth::kTrue && within(row, possible)) {
        Count(rule, model, /*certain=*/true, &counted);
      }
      if (within(row, certain)) Count(rule, model, false, &reach);
    }
    out.value.set_low(static_cast<double>(counted.certain.size()));
    // Below the end of a page there may be more within reach.
    const int last = static_cast<int>(judged.board.rows.size()) - 1;
    const bool may_go_on =
        !judged.is_whole() && (!judged.is_top() || within(last, certain));
    if (!may_go_on) {
      out.value.set_high(static_cast<double>(reach.possible.size()));
    }
    out.binding = absl::StrJoin(counted.certain, ", ");
    return out;
  }

  PolicyRun& run_;
  Answer& answer_;
  std::map<v1::Dimension, std::unique_ptr<DimensionReader>> dimensions_;
  std::map<std::string, JudgedBoard> boards_;
};

}  // namespace

std::vector<v1::PortfolioResult> JudgePortfolio(PolicyRun& run,
                                                Answer& answer) {
  std::vector<v1::PortfolioResult> results;
  Portfolio portfolio(run, answer);
  for (const v1::PortfolioRule& rule : run.policy().policy.portfolio()) {
    results.push_back(portfolio.Judge(rule));
  }
  return results;
}

}  // namespace meridian::analysis
