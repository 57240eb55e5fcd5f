#include <algorithm>
#include <cmath>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/exposure.h"
#include "analysis_service/policy_measures.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

// Without a standard error a substitute is as good when it is so near.
constexpr double kNear = 10;

v1::CutoffLoss Describe(const JudgedBoard& judged, const ExposedBoard& exposed,
                        const std::vector<std::string>& names, const Loss& loss,
                        PolicyRun& run, Answer& answer) {
  v1::CutoffLoss out;
  for (const std::string& name : names) out.add_cut(name);
  out.set_lost(loss.lost);
  out.set_unknown(loss.unknown);
  const auto describe = [&](int place) {
    return DescribeRow(judged.board, exposed.rows[place], run.facts(), answer);
  };
  *out.mutable_before() = describe(0);
  v1::Interval* range = out.mutable_loss_range();
  if (loss.after >= 0) {
    *out.mutable_after() = describe(loss.after);
    out.set_loss_points(exposed.points[loss.after]);
    range->set_high(exposed.points[loss.after]);
  }
  if (loss.after_possible >= 0) {
    range->set_low(exposed.points[loss.after_possible]);
  } else if (judged.is_top()) {
    range->set_low(judged.Floor() - judged.Loss(exposed.rows[0]));
  }
  const double error = judged.board.standard_error[exposed.rows[0]];
  const double near = std::isnan(error) ? kNear : error;
  out.set_no_substitute(loss.after < 0 || exposed.points[loss.after] > near);
  return out;
}

bool IsCountryCode(absl::string_view text) {
  return text.size() == 2 && absl::ascii_isupper(text[0]) &&
         absl::ascii_isupper(text[1]);
}

// The value that is meant, as the dimension spells it. One that no admissible
// model has is fine when it is a country or an organisation that is known:
// nothing is lost then.
absl::StatusOr<std::string> FindValue(absl::string_view asked,
                                      v1::Dimension dimension,
                                      const std::vector<std::string>& values,
                                      const Catalog& catalog) {
  const bool organization =
      dimension == v1::DIMENSION_VENDOR || dimension == v1::DIMENSION_OPERATOR;
  const std::string name =
      organization ? catalog.organizations().NameOf(asked) : std::string(asked);
  if (std::binary_search(values.begin(), values.end(), name)) return name;
  if (organization ? catalog.organizations().Find(asked).has_value()
                   : IsCountryCode(asked)) {
    return name;
  }
  return MakeError(
      absl::StatusCode::kNotFound, "UNKNOWN_VALUE",
      absl::StrCat("there is no ", DimensionName(dimension), " '", asked, "'",
                   DidYouMean(asked, values),
                   values.size() <= 12
                       ? absl::StrCat(" Known: ", absl::StrJoin(values, ", "))
                       : ""),
      {{"value", std::string(asked)},
       {"suggestions", absl::StrJoin(Suggest(asked, values), ", ")}});
}

absl::StatusOr<v1::TaskCutoff> CutOffTask(
    const v1::Objective& objective, const v1::SimulateCutoffRequest& request,
    const CutoffRule& rule, DimensionReader& dimension, PolicyRun& run,
    Answer& answer) {
  ASSIGN_OR_RETURN(const JudgedBoard judged,
                   JudgeObjective(objective, run, answer));
  const ExposedBoard exposed = Expose(judged, rule, dimension, run);
  v1::TaskCutoff task;
  *task.mutable_objective() = objective;
  *task.mutable_snapshot() = DescribeSnapshot(run.catalog(), judged.board);
  std::string value;
  if (!request.value().empty()) {
    ASSIGN_OR_RETURN(value, FindValue(request.value(), rule.dimension,
                                      exposed.values, run.catalog()));
  }
  if (exposed.rows.empty()) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat("nothing on board '", objective.board(),
                             "' is certainly admissible, so nothing can be "
                             "lost"));
    return task;
  }
  const auto describe = [&](const Loss& loss) {
    std::vector<std::string> names;
    for (const int cut : loss.cut) names.push_back(exposed.values[cut]);
    return Describe(judged, exposed, names, loss, run, answer);
  };
  if (!value.empty()) {
    const auto it =
        std::lower_bound(exposed.values.begin(), exposed.values.end(), value);
    // A number that no row has stands for a value without models.
    const int cut = it != exposed.values.end() && *it == value
                        ? static_cast<int>(it - exposed.values.begin())
                        : -1;
    *task.add_losses() =
        Describe(judged, exposed, {value}, CutOff(exposed.exposures, {cut}),
                 run, answer);
    return task;
  }
  const int values = static_cast<int>(exposed.values.size());
  for (const Loss& loss :
       CutOffEach(exposed.exposures, exposed.points, values)) {
    *task.add_losses() = describe(loss);
  }
  if (const auto pair = WorstPair(exposed.exposures, exposed.points, values)) {
    *task.mutable_worst_pair() = describe(*pair);
  }
  return task;
}

absl::StatusOr<CutoffRule> RuleOf(const v1::SimulateCutoffRequest& request,
                                  Day as_of) {
  RETURN_IF_ERROR(CheckDimension(request.dimension()));
  CutoffRule rule;
  rule.dimension = request.dimension();
  rule.mechanism = request.mechanism() == v1::MECHANISM_UNSPECIFIED
                       ? v1::MECHANISM_ALL
                       : request.mechanism();
  rule.stops_at = as_of;
  if (request.stops_at().empty()) return rule;
  if (rule.mechanism != v1::MECHANISM_NEW_RELEASES_STOP) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                     "'stops_at' needs mechanism NEW_RELEASES_STOP",
                     {{"field", "stops_at"}});
  }
  const auto day = ParseDay(request.stops_at());
  if (!day.ok()) return Annotate(day.status(), "stops_at");
  rule.stops_at = *day;
  return rule;
}

}  // namespace

absl::StatusOr<v1::SimulateCutoffResponse> SimulateCutoff(
    const Question& question, const v1::SimulateCutoffRequest& request) {
  v1::SimulateCutoffResponse response;
  Answer answer(question, response.mutable_header());
  answer.ChooseCountryRule();
  ASSIGN_OR_RETURN(const CutoffRule rule, RuleOf(request, question.as_of));
  ASSIGN_OR_RETURN(const std::unique_ptr<PolicyRun> run,
                   PolicyRun::Create(request.question(), answer));
  ASSIGN_OR_RETURN(
      const std::vector<v1::Objective> objectives,
      ObjectivesOf(request.has_rank_by() ? std::optional(request.rank_by())
                                         : std::nullopt,
                   *run));
  response.set_policy_digest(PolicyDigest(run->policy().policy));
  answer.Choose(
      "mechanism",
      absl::AsciiStrToLower(v1::Mechanism_Name(rule.mechanism).substr(10)),
      request.mechanism() == v1::MECHANISM_UNSPECIFIED);
  DimensionReader dimension(question, run->catalog(), run->facts(),
                            rule.dimension, run.get());
  for (const v1::Objective& objective : objectives) {
    ASSIGN_OR_RETURN(
        *response.add_tasks(),
        CutOffTask(objective, request, rule, dimension, *run, answer));
  }
  return response;
}

}  // namespace meridian::analysis
