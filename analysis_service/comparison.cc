#include "analysis_service/comparison.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "analysis_service/board.h"
#include "analysis_service/comparer.h"
#include "analysis_service/groups.h"
#include "analysis_service/method_breaks.h"
#include "analysis_service/months.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

constexpr int kMaxGroups = 16;
constexpr uint32_t kMostDraws = 1'000'000;

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

// A line must not cross a break of method unseen.
void WarnOfBreaks(const BoardChoice& choice,
                  const v1::CompareGroupsResponse& response, Answer& answer) {
  std::string first, last;
  for (const v1::ComparisonPoint& point : response.points()) {
    if (!point.has_snapshot()) continue;
    if (first.empty()) first = point.snapshot().vintage().date();
    last = point.snapshot().vintage().date();
  }
  WarnOfRecordedBreaks(choice, first, last, answer);
}

// The same for breaks that nobody recorded: found between the snapshots of the
// months.
void AddDetectedBreaks(const BoardChoice& choice,
                       const std::vector<ScoreSnapshot>& snapshots,
                       const std::vector<DateRange>& months, Answer& answer,
                       v1::CompareGroupsResponse* response) {
  std::vector<ScoreSnapshot> inside;
  for (const ScoreSnapshot& snapshot : snapshots) {
    if (snapshot.available >= months.front().first &&
        snapshot.available <= months.back().last) {
      inside.push_back(snapshot);
    }
  }
  for (const DetectedBreak& found :
       FindBreaks(answer.catalog(), choice, inside)) {
    v1::DetectedBreak* out = response->add_detected_breaks();
    out->set_before(FormatDay(found.before));
    out->set_after(FormatDay(found.after));
    out->set_common_models(static_cast<uint32_t>(found.shift.common));
    out->set_median_shift(found.shift.median);
    out->set_spread(found.shift.spread);
  }
  const int found = response->detected_breaks_size();
  if (found == 0) return;
  const v1::DetectedBreak& last = response->detected_breaks(found - 1);
  answer.Warn(
      v1::WARNING_KIND_METHOD_BREAK,
      absl::StrCat(
          found == 1 ? "a break" : absl::StrCat(found, " breaks"),
          " of method found in the figures: points on both sides are not on "
          "one scale; ",
          found == 1 ? "" : "the last ", "between ", last.before(), " and ",
          last.after(), ", where ", last.common_models(),
          " common models moved by ",
          absl::StrFormat("%.1f (median) with a spread of %.1f",
                          last.median_shift(), last.spread())),
      {choice.board.board()});
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
    const v1::BucketRule bucket =
        request.bucket() == v1::BUCKET_RULE_UNSPECIFIED ? v1::BUCKET_RULE_LAST
                                                        : request.bucket();
    answer.Choose("bucket",
                  absl::AsciiStrToLower(absl::StripPrefix(
                      v1::BucketRule_Name(bucket), "BUCKET_RULE_")),
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
                   MonthsBetween(request.from(), request.to(), question.as_of));
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
    for (v1::ComparisonPoint& point : comparer.AtMonth(snapshots, month)) {
      *response.add_points() = std::move(point);
    }
  }
  WarnOfBreaks(choice, response, answer);
  AddDetectedBreaks(choice, snapshots, months, answer, &response);
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
