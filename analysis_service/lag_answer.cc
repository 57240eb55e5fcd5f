#include "analysis_service/lag_answer.h"

#include <set>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "analysis_service/board.h"
#include "analysis_service/groups.h"
#include "analysis_service/lag.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

v1::LagSummary Describe(v1::LagRule rule, absl::Span<const LagRecord> records) {
  const LagFigures figures =
      Summarize(records, rule == v1::LAG_RULE_EVERY_RECORD);
  v1::LagSummary summary;
  summary.set_rule(rule);
  summary.set_records(static_cast<uint32_t>(figures.records));
  summary.set_not_reached(static_cast<uint32_t>(figures.not_reached));
  if (figures.records > 0) {
    summary.set_mean_months(figures.mean);
    summary.mutable_months()->set_low(figures.low);
    summary.mutable_months()->set_high(figures.high);
  }
  return summary;
}

// Members of a group with the day of their release; the names of those without
// an exact one are added to `undated`.
std::vector<ReleasedModel> Released(const std::vector<Truth>& members,
                                    const BoardSnapshot& board,
                                    FactReader& facts,
                                    std::set<std::string>* undated) {
  static const FieldIndex kRelease = FindField("model.release_date");
  std::vector<ReleasedModel> released;
  for (size_t row = 0; row < board.rows.size(); ++row) {
    if (members[row] != Truth::kTrue) continue;
    const FactValue& date = facts.Get(board.rows[row].entity, kRelease).value;
    if (date.known() && std::get<DateRange>(date.value).is_day()) {
      released.push_back({static_cast<int>(row), board.value[row],
                          std::get<DateRange>(date.value).first});
    } else {
      undated->insert(board.rows[row].name_in_source);
    }
  }
  return released;
}

}  // namespace

absl::StatusOr<v1::GetLagResponse> GetLag(const Question& question,
                                          const v1::GetLagRequest& request) {
  v1::GetLagResponse response;
  Answer answer(question, response.mutable_header());
  ASSIGN_OR_RETURN(const BoardChoice choice,
                   ChooseBoard(request.board(), request.category(),
                               request.method(), answer));
  google::protobuf::RepeatedPtrField<v1::NamedGroup> named;
  *named.Add() = request.ahead();
  *named.Add() = request.behind();
  ASSIGN_OR_RETURN(const std::vector<CompiledGroup> groups,
                   CompileGroups(named, answer));
  Day since = 0;
  if (!request.since().empty()) {
    const auto day = ParseDay(request.since());
    if (!day.ok()) return Annotate(day.status(), "since");
    since = *day;
  }
  answer.ChooseCountryRule();
  const v1::LagRule rule = request.rule() == v1::LAG_RULE_EVERY_RECORD
                               ? v1::LAG_RULE_EVERY_RECORD
                               : v1::LAG_RULE_BEST_OF_DAY;
  answer.Choose("lag",
                "at the release of each record: t - min{s: ahead(s) >= "
                "behind(t)}",
                true);
  answer.Choose("records",
                rule == v1::LAG_RULE_EVERY_RECORD
                    ? "every record, also one beaten on the day of its release"
                    : "the best of each release day",
                request.rule() == v1::LAG_RULE_UNSPECIFIED);
  const Catalog& catalog = *question.catalog;
  const auto snapshot = catalog.Speaking(request.board(), choice.category,
                                         choice.method, question.as_of);
  if (!snapshot) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED",
        absl::StrCat("nothing was published for board '", request.board(),
                     "' by ", FormatDay(question.as_of)),
        {{"board", request.board()}});
  }
  const BoardSnapshot board =
      ReadSnapshot(catalog, choice, *snapshot, /*min_votes=*/0);
  FactReader facts(catalog, question.facts());
  *response.mutable_board() = choice.board;
  *response.mutable_snapshot() = DescribeSnapshot(catalog, board);
  WarnOfSnapshot(board, answer);

  std::set<std::string> undated;
  std::vector<std::vector<ReleasedModel>> released;
  for (const CompiledGroup& group : groups) {
    released.push_back(
        Released(Evaluate(group.expression, board, catalog, facts), board,
                 facts, &undated));
  }
  std::vector<LagRecord> records =
      FindLags(released[0], released[1], choice.rules.higher_is_better);
  std::erase_if(records, [&](const LagRecord& record) {
    return record.model.release < since;
  });
  for (const LagRecord& record : records) {
    v1::LagRow* row = response.add_rows();
    *row->mutable_model() = DescribeRow(board, record.model.row, facts, answer);
    row->set_release_date(FormatDay(record.model.release));
    row->set_beaten_same_day(record.beaten_same_day);
    if (!record.reached) continue;
    *row->mutable_reached() =
        DescribeRow(board, record.reached->row, facts, answer);
    row->set_reached_date(FormatDay(record.reached->release));
    row->set_months(*record.months());
  }
  *response.mutable_summary() = Describe(rule, records);
  *response.mutable_other() =
      Describe(rule == v1::LAG_RULE_EVERY_RECORD ? v1::LAG_RULE_BEST_OF_DAY
                                                 : v1::LAG_RULE_EVERY_RECORD,
               records);
  for (const std::string& name : undated) response.add_undated(name);
  if (!undated.empty()) {
    answer.Warn(v1::WARNING_KIND_UNKNOWN_MEMBERSHIP,
                absl::StrCat(undated.size(),
                             " members have no exact release date and are left "
                             "out of the lag"),
                {});
  }
  return response;
}

}  // namespace meridian::analysis
