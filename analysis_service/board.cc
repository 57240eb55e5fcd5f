#include "analysis_service/board.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/suggest.h"

namespace meridian::analysis {
namespace {

absl::Status NotFound(absl::string_view reason, absl::string_view what,
                      absl::string_view name,
                      const std::vector<std::string>& names) {
  return MakeError(
      absl::StatusCode::kNotFound, reason,
      absl::StrCat("there is no ", what, " '", name, "'",
                   DidYouMean(name, names),
                   names.size() <= 12
                       ? absl::StrCat(" Known: ", absl::StrJoin(names, ", "))
                       : ""),
      {{std::string(what), std::string(name)},
       {"suggestions", absl::StrJoin(Suggest(name, names), ", ")}});
}

std::string MethodWord(const std::string& method) {
  return method.empty() ? "(not stated)" : method;
}

absl::StatusOr<std::string> ChooseCategory(
    const v1::Board& board, absl::string_view category,
    const std::vector<SliceSummary>& slices, Answer& answer) {
  std::set<std::string> categories;
  for (const SliceSummary& slice : slices) categories.insert(slice.category);
  const std::vector<std::string> names(categories.begin(), categories.end());
  std::string chosen(category);
  if (chosen.empty()) {
    if (categories.count(board.default_category()) > 0) {
      chosen = board.default_category();
    } else if (names.size() == 1) {
      chosen = names[0];
    } else {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       "AMBIGUOUS_CATEGORY",
                       absl::StrCat("board '", board.board(),
                                    "' has no default category; say which: ",
                                    absl::StrJoin(names, ", ")),
                       {{"board", board.board()},
                        {"categories", absl::StrJoin(names, ", ")}});
    }
  } else if (categories.count(chosen) == 0) {
    return NotFound("UNKNOWN_CATEGORY", "category", category, names);
  }
  answer.Choose("category", chosen, category.empty());
  return chosen;
}

absl::StatusOr<std::string> ChooseMethod(
    const std::string& board, const std::string& category,
    absl::string_view method, const std::vector<SliceSummary>& slices,
    Answer& answer) {
  std::vector<std::string> names;
  std::vector<std::string> spans;
  for (const SliceSummary& slice : slices) {
    if (slice.category != category) continue;
    names.push_back(slice.method);
    spans.push_back(absl::StrCat(
        MethodWord(slice.method), " (", FormatDay(slice.first), " to ",
        FormatDay(slice.last), ", ", slice.snapshots, " snapshots)"));
  }
  std::string chosen(method);
  if (method.empty()) {
    if (names.size() > 1) {
      return MakeError(
          absl::StatusCode::kFailedPrecondition, "AMBIGUOUS_METHOD",
          absl::StrCat("board '", board, "', category '", category,
                       "' is published under ", names.size(),
                       " methods and their figures must not be mixed; say "
                       "which: ",
                       absl::StrJoin(spans, "; ")),
          {{"board", board},
           {"category", category},
           {"methods", absl::StrJoin(names, ", ")}});
    }
    chosen = names[0];
  } else if (std::find(names.begin(), names.end(), chosen) == names.end()) {
    return NotFound("UNKNOWN_METHOD", "method", method, names);
  }
  answer.Choose("method", MethodWord(chosen), method.empty());
  return chosen;
}

BoardRules RulesOf(const v1::Board& board) {
  BoardRules rules;
  rules.higher_is_better =
      board.direction() != v1::Board::DIRECTION_LOWER_IS_BETTER;
  if (board.scale() == v1::SCALE_ELO_400) {
    rules.scale = DifferenceScale::kElo400;
  } else if (board.scale() == v1::SCALE_LOGIT) {
    rules.scale = DifferenceScale::kLogit;
  }
  return rules;
}

// Not a model that anybody can use, by any source that says so.
bool IsExcluded(const Catalog& catalog, EntityId entity) {
  for (const EvidenceRef& ref : catalog.ModelRecords(entity)) {
    if (catalog.record(ref).model().excluded_from_ranking()) return true;
  }
  return false;
}

template <typename T>
T At(absl::Span<const T> column, size_t i, T unset) {
  return column.empty() ? unset : column[i];
}

// rank_best(i) = 1 + #{j: lower_j > upper_i}, as LMArena ranks; rank_worst
// likewise from the other side. Needs every row's interval.
void SetRankBounds(bool higher_is_better, BoardSnapshot& board) {
  const double sign = higher_is_better ? 1 : -1;
  std::vector<double> low, high;
  for (size_t i = 0; i < board.rows.size(); ++i) {
    const double half = 1.96 * board.standard_error[i];
    const bool has_ends =
        !std::isnan(board.rows[i].lower) && !std::isnan(board.rows[i].upper);
    const double lower = has_ends ? board.rows[i].lower : board.value[i] - half;
    const double upper = has_ends ? board.rows[i].upper : board.value[i] + half;
    if (std::isnan(lower) || std::isnan(upper)) return;
    low.push_back(std::min(sign * lower, sign * upper));
    high.push_back(std::max(sign * lower, sign * upper));
  }
  std::vector<double> lows = low, highs = high;
  std::sort(lows.begin(), lows.end());
  std::sort(highs.begin(), highs.end());
  for (size_t i = 0; i < board.rows.size(); ++i) {
    const auto above =
        lows.end() - std::upper_bound(lows.begin(), lows.end(), high[i]);
    const auto below =
        std::lower_bound(highs.begin(), highs.end(), low[i]) - highs.begin();
    board.rows[i].rank_best = static_cast<uint32_t>(1 + above);
    board.rows[i].rank_worst = static_cast<uint32_t>(lows.size() - below);
  }
}

BoardRow MakeRow(const Catalog& catalog, const Segment& segment,
                 uint32_t segment_index, const ScoreSpans& spans, size_t i) {
  BoardRow row;
  row.ref = {segment_index, spans.first_row + static_cast<uint32_t>(i)};
  const Meaning meaning = catalog.Resolve(spans.name[i], segment_index);
  row.entity = meaning.entity;
  row.resolved = meaning.how != ResolvedBy::kUnresolved;
  row.name_in_source = std::string(catalog.name_table().name(spans.name[i]));
  row.configuration = segment.text(At(spans.configuration, i, 0u));
  // The name may stand for a configuration, beside that of the row.
  const std::string& named = catalog.resolution().configuration(meaning);
  if (!named.empty()) {
    row.configuration = row.configuration.empty()
                            ? named
                            : absl::StrCat(named, ", ", row.configuration);
  }
  row.lower = At(spans.lower, i, kUnset);
  row.upper = At(spans.upper, i, kUnset);
  row.votes = At(spans.votes, i, kNoVotes);
  row.published_rank = At(spans.rank, i, 0u);
  row.status = At(spans.status, i, uint8_t{0});
  return row;
}

}  // namespace

absl::StatusOr<BoardChoice> ChooseBoard(absl::string_view board,
                                        absl::string_view category,
                                        absl::string_view method,
                                        Answer& answer) {
  const Catalog& catalog = answer.catalog();
  const std::vector<std::string> ids = catalog.BoardIds();
  if (std::find(ids.begin(), ids.end(), board) == ids.end()) {
    return NotFound("UNKNOWN_BOARD", "board", board, ids);
  }
  BoardChoice choice;
  std::optional<EvidenceRef> described;
  choice.board = catalog.DescribeBoard(board, &described);
  choice.rules = RulesOf(choice.board);
  const Day as_of = answer.question().as_of;
  const std::vector<SliceSummary> slices = catalog.Slices(board, as_of);
  if (slices.empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "NOTHING_PUBLISHED",
        absl::StrCat("nothing is known of board '", board, "' by ",
                     FormatDay(as_of), "; ask for a later date"),
        {{"board", std::string(board)}, {"as_of", FormatDay(as_of)}});
  }
  ASSIGN_OR_RETURN(choice.category,
                   ChooseCategory(choice.board, category, slices, answer));
  ASSIGN_OR_RETURN(choice.method,
                   ChooseMethod(choice.board.board(), choice.category, method,
                                slices, answer));
  if (!described.has_value() ||
      choice.board.direction() == v1::Board::DIRECTION_UNSPECIFIED ||
      choice.board.scale() == v1::SCALE_UNSPECIFIED) {
    answer.Warn(v1::WARNING_KIND_BOARD_NOT_DESCRIBED,
                absl::StrCat("no reference record gives the direction and "
                             "scale of board '",
                             board,
                             "'; more is taken as better and no win rate is "
                             "given"),
                {std::string(board)});
  }
  return choice;
}

BoardSnapshot ReadSnapshot(const Catalog& catalog, const BoardChoice& choice,
                           const ScoreSnapshot& snapshot, uint64_t min_votes) {
  const Segment& segment = *catalog.segments()[snapshot.segment];
  const ScoreSpans spans = segment.scores(segment.slices()[snapshot.slice]);
  BoardSnapshot board;
  board.snapshot = snapshot;
  board.published_rows = static_cast<uint32_t>(spans.value.size());

  std::vector<uint32_t> order;
  for (uint32_t i = 0; i < spans.value.size(); ++i) {
    const uint64_t votes = At(spans.votes, i, kNoVotes);
    if (votes < min_votes) continue;
    const Meaning meaning = catalog.Resolve(spans.name[i], snapshot.segment);
    if (IsExcluded(catalog, meaning.entity)) continue;
    order.push_back(i);
  }
  const auto name = [&](uint32_t i) {
    return catalog.name_table().name(spans.name[i]);
  };
  std::sort(order.begin(), order.end(), [&](uint32_t a, uint32_t b) {
    if (spans.value[a] != spans.value[b]) {
      return (spans.value[a] > spans.value[b]) == choice.rules.higher_is_better;
    }
    if (name(a) != name(b)) return name(a) < name(b);
    return a < b;
  });
  for (const uint32_t i : order) {
    BoardRow row = MakeRow(catalog, segment, snapshot.segment, spans, i);
    const uint32_t place = static_cast<uint32_t>(board.rows.size());
    row.rank = place > 0 && board.value.back() == spans.value[i]
                   ? board.rows.back().rank
                   : place + 1;
    const double stated = At(spans.standard_error, i, kUnset);
    board.value.push_back(spans.value[i]);
    board.standard_error.push_back(
        std::isnan(stated) ? StandardErrorOfInterval(row.lower, row.upper)
                           : stated);
    board.rows.push_back(std::move(row));
  }
  SetRankBounds(choice.rules.higher_is_better, board);
  return board;
}

void WarnOfSnapshot(const BoardSnapshot& board, Answer& answer) {
  const Segment& segment = *answer.catalog().segments()[board.snapshot.segment];
  const v1::Snapshot& meta = segment.meta();
  const std::string which = absl::StrCat(meta.source(), " ", meta.stream(), " ",
                                         meta.vintage().date());
  if (meta.coverage().extent() == v1::Coverage::EXTENT_TOP) {
    answer.Warn(v1::WARNING_KIND_PARTIAL_COVERAGE,
                absl::StrCat("snapshot ", which, " shows the first ",
                             meta.coverage().top(),
                             " rows only: a model that is not in it is below "
                             "the last row, not gone"),
                {meta.source()});
  } else if (meta.coverage().extent() != v1::Coverage::EXTENT_ALL) {
    answer.Warn(v1::WARNING_KIND_PARTIAL_COVERAGE,
                absl::StrCat("snapshot ", which,
                             " holds some rows only: nothing follows from a "
                             "model not being in it"),
                {meta.source()});
  }
  if (std::all_of(board.standard_error.begin(), board.standard_error.end(),
                  [](double se) { return std::isnan(se); })) {
    answer.Warn(v1::WARNING_KIND_NO_INTERVALS,
                absl::StrCat("snapshot ", which,
                             " has no intervals: no standard error and no z "
                             "can be given"),
                {meta.source()});
  }
  if (board.snapshot.overridden_by.has_value()) {
    const uint32_t evidence = answer.Cite(*board.snapshot.overridden_by);
    answer.Warn(v1::WARNING_KIND_METHOD_OVERRIDDEN,
                absl::StrCat("the method of snapshot ", which,
                             " was corrected to '", board.snapshot.method,
                             "' by a reference record [", evidence + 1, "]"),
                {meta.source()});
  }
  std::vector<std::string> unresolved;
  for (const BoardRow& row : board.rows) {
    if (!row.resolved) unresolved.push_back(row.name_in_source);
  }
  if (!unresolved.empty()) {
    const size_t count = unresolved.size();
    if (count > 10) unresolved.resize(10);
    answer.Warn(v1::WARNING_KIND_UNRESOLVED_NAMES,
                absl::StrCat(count, " names of snapshot ", which,
                             " could not be resolved and stand for "
                             "themselves"),
                std::move(unresolved));
  }
}

v1::SnapshotRef DescribeSnapshot(const Catalog& catalog,
                                 const BoardSnapshot& board) {
  const v1::Snapshot& meta = catalog.segments()[board.snapshot.segment]->meta();
  v1::SnapshotRef ref;
  ref.set_source(meta.source());
  ref.set_stream(meta.stream());
  *ref.mutable_vintage() = meta.vintage();
  ref.set_revision(meta.revision());
  *ref.mutable_coverage() = meta.coverage();
  ref.set_digest(meta.digest());
  ref.set_seq(meta.seq());
  ref.set_rows(board.published_rows);
  return ref;
}

v1::Prerelease PrereleaseOf(const BoardSnapshot& board, int index,
                            const Catalog& catalog, FactReader& facts) {
  static const FieldIndex kRelease = FindField("model.release_date");
  const BoardRow& row = board.rows[index];
  if (row.status == v1::Score::STATUS_PRELIMINARY) {
    return v1::PRERELEASE_PRELIMINARY;
  }
  for (const EvidenceRef& ref : catalog.ModelRecords(row.entity)) {
    if (catalog.record(ref).model().prerelease()) {
      return v1::PRERELEASE_NEVER_RELEASED;
    }
  }
  const FactValue& release = facts.Get(row.entity, kRelease).value;
  if (release.known() &&
      std::get<DateRange>(release.value).first > board.snapshot.available) {
    return v1::PRERELEASE_BEFORE_RELEASE;
  }
  return v1::PRERELEASE_UNSPECIFIED;
}

v1::ScoredModel DescribeRow(const BoardSnapshot& board, int index,
                            FactReader& facts, Answer& answer) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  static const FieldIndex kCountries = FindField("model.countries");
  static const FieldIndex kWeights = FindField("model.weights");
  const BoardRow& row = board.rows[index];
  v1::ScoredModel out;
  out.set_model(answer.catalog().resolution().entity(row.entity).name);
  out.set_name_in_source(row.name_in_source);
  out.set_configuration(row.configuration);
  out.set_value(board.value[index]);
  if (!std::isnan(row.lower)) out.set_lower(row.lower);
  if (!std::isnan(row.upper)) out.set_upper(row.upper);
  if (!std::isnan(board.standard_error[index])) {
    out.set_standard_error(board.standard_error[index]);
  }
  if (row.votes != kNoVotes) out.set_votes(row.votes);
  out.set_status(static_cast<v1::Score::Status>(row.status));
  out.set_rank(row.rank);
  if (row.published_rank != 0) out.set_published_rank(row.published_rank);
  if (row.rank_best != 0) {
    out.set_rank_best(row.rank_best);
    out.set_rank_worst(row.rank_worst);
  }
  out.set_prerelease(PrereleaseOf(board, index, answer.catalog(), facts));
  const auto add_list = [&](FieldIndex field, auto* target) {
    const ModelFact& fact = facts.Get(row.entity, field);
    if (const auto* list = std::get_if<StringList>(&fact.value.value)) {
      for (const std::string& item : list->items) *target->Add() = item;
    }
  };
  add_list(kDevelopers, out.mutable_developers());
  add_list(kCountries, out.mutable_countries());
  const ModelFact& weights = facts.Get(row.entity, kWeights);
  if (const auto* text = std::get_if<std::string>(&weights.value.value)) {
    out.set_weights(*text);
  }
  out.set_evidence(answer.Cite(row.ref));
  out.set_resolved(row.resolved);
  return out;
}

}  // namespace meridian::analysis
