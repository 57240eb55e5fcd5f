#include "analysis_service/exposure.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <variant>

namespace meridian::analysis {
namespace {

constexpr char kSelf[] = "self";

Truth Not(Truth truth) {
  if (truth == Truth::kUnknown) return truth;
  return truth == Truth::kTrue ? Truth::kFalse : Truth::kTrue;
}

Truth Or(Truth a, Truth b) {
  if (a == Truth::kTrue || b == Truth::kTrue) return Truth::kTrue;
  return a == Truth::kFalse && b == Truth::kFalse ? Truth::kFalse
                                                  : Truth::kUnknown;
}

Truth And(Truth a, Truth b) { return Not(Or(Not(a), Not(b))); }

Truth Flag(EntityId model, FieldIndex field, FactReader& facts) {
  const FactValue& value = facts.Get(model, field).value;
  const bool* flag = std::get_if<bool>(&value.value);
  if (flag == nullptr) return Truth::kUnknown;
  return *flag ? Truth::kTrue : Truth::kFalse;
}

Truth ReleasedAfter(EntityId model, Day day, FactReader& facts) {
  static const FieldIndex kRelease = FindField("model.release_date");
  const FactValue& value = facts.Get(model, kRelease).value;
  const auto* range = std::get_if<DateRange>(&value.value);
  if (range == nullptr) return Truth::kUnknown;
  if (range->first > day) return Truth::kTrue;
  return range->last <= day ? Truth::kFalse : Truth::kUnknown;
}

// Whether the mechanism hits a model of what is cut off.
Truth IsHit(EntityId model, const CutoffRule& rule, DimensionReader& dimension,
            FactReader& facts) {
  static const FieldIndex kRevocable = FindField("licence.revocable");
  static const FieldIndex kRemote = FindField("licence.remote_restriction");
  switch (rule.mechanism) {
    case v1::MECHANISM_API_LOST:
      return Not(dimension.IsDownloadable(model));
    case v1::MECHANISM_NEW_RELEASES_STOP:
      return ReleasedAfter(model, rule.stops_at, facts);
    case v1::MECHANISM_LICENCE_REVOKED:
      return Or(Flag(model, kRevocable, facts), Flag(model, kRemote, facts));
    default:
      return Truth::kTrue;
  }
}

}  // namespace

ExposedBoard Expose(const JudgedBoard& judged, const CutoffRule& rule,
                    DimensionReader& dimension, PolicyRun& run) {
  ExposedBoard out;
  std::set<std::string> names;
  std::set<EntityId> counted;
  for (size_t i = 0; i < judged.board.rows.size(); ++i) {
    if (judged.admissible[i] != Truth::kTrue) continue;
    const int row = static_cast<int>(i);
    out.rows.push_back(row);
    out.points.push_back(judged.Loss(row) - judged.Loss(out.rows[0]));
    const auto& values = dimension.Of(judged.board.rows[i].entity).names;
    names.insert(values.begin(), values.end());
  }
  names.erase(kSelf);
  out.values.assign(names.begin(), names.end());
  const bool operators = rule.dimension == v1::DIMENSION_OPERATOR;
  const bool can_host = run.deployer().mode() != v1::DEPLOY_MODE_API;
  for (const int row : out.rows) {
    const EntityId model = judged.board.rows[row].entity;
    const DimensionValues& values = dimension.Of(model);
    Exposure& exposure = out.exposures.emplace_back();
    for (const std::string& name : values.names) {
      exposure.values.push_back(static_cast<int>(
          name == kSelf
              ? out.values.size()
              : std::lower_bound(out.values.begin(), out.values.end(), name) -
                    out.values.begin()));
    }
    std::sort(exposure.values.begin(), exposure.values.end());
    exposure.complete = values.complete;
    exposure.one_is_enough = operators;
    exposure.hit = IsHit(model, rule, dimension, run.facts());
    // Where offerings are judged, its own machines are among the operators.
    if (operators && can_host && !run.judges_offerings()) {
      exposure.hit = And(exposure.hit, Not(dimension.IsDownloadable(model)));
    }
    exposure.counts = counted.insert(model).second;
  }
  return out;
}

std::optional<WorstLoss> FindWorstLoss(const JudgedBoard& judged,
                                       const ExposedBoard& exposed) {
  if (exposed.rows.empty()) return std::nullopt;
  WorstLoss worst;
  worst.points.set_low(0);
  worst.points.set_high(0);
  const std::vector<Loss> losses =
      CutOffEach(exposed.exposures, exposed.points,
                 static_cast<int>(exposed.values.size()));
  if (losses.empty()) {
    // No value is known: each model may be of one and the same.
    const bool known =
        std::all_of(exposed.exposures.begin(), exposed.exposures.end(),
                    [](const Exposure& e) { return e.hit == Truth::kFalse; });
    if (!known) worst.points.clear_high();
    return worst;
  }
  worst.worst = exposed.values[losses[0].cut[0]];
  if (losses[0].after < 0) {
    worst.points.clear_high();
  } else {
    worst.points.set_high(exposed.points[losses[0].after]);
  }
  double low = 0;
  for (const Loss& loss : losses) {
    low = std::max(low, loss.after_possible >= 0
                            ? exposed.points[loss.after_possible]
                            : judged.Floor() - judged.Loss(exposed.rows[0]));
  }
  worst.points.set_low(low);
  return worst;
}

}  // namespace meridian::analysis
