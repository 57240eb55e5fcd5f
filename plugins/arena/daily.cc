#include "plugins/arena/daily.h"

#include <cmath>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/dates.h"

namespace meridian::arena {
namespace {

struct DailyRow {
  Figures figures;
  std::optional<uint64_t> votes;
  std::optional<uint32_t> rank;
  std::string model;
  std::string vendor;
  std::string licence;
  v1::Locator locator;
};

// A number that must be whole and at least `least`, when it is there.
std::optional<uint64_t> ReadWhole(const JsonValue& row, absl::string_view name,
                                  double least, double most, std::string* why) {
  const auto number = ReadNumber(row, name, why);
  if (!number) return std::nullopt;
  if (*number < least || *number > most || *number != std::floor(*number)) {
    *why = absl::StrCat("'", name, "' is ", *number,
                        ", expected a whole number of at least ", least);
    return std::nullopt;
  }
  return static_cast<uint64_t>(*number);
}

// A text; empty when there is none, or null.
std::string ReadText(const JsonValue& row, absl::string_view name,
                     std::string* why) {
  const auto member = row.Find(name);
  if (!member || member->is_null()) return "";
  if (!member->is_string()) {
    *why = absl::StrCat("'", name, "' is ", member->type_name(),
                        ", expected a string");
  }
  return std::string(member->text());
}

// Empty when the row can be used, else why not.
std::string ReadRow(const JsonValue& value, DailyRow* row) {
  if (!value.is_object()) {
    return absl::StrCat("found ", value.type_name(),
                        ", expected an object with 'model' and 'score'");
  }
  std::string why;
  row->model = ReadText(value, "model", &why);
  row->vendor = ReadText(value, "vendor", &why);
  row->licence = ReadText(value, "license", &why);
  // 2^53: beyond it a double does not hold every whole number.
  row->votes = ReadWhole(value, "votes", 0, 9007199254740992.0, &why);
  const auto rank =
      ReadWhole(value, "rank", 1, std::numeric_limits<uint32_t>::max(), &why);
  if (rank) row->rank = static_cast<uint32_t>(*rank);
  const auto half_width = ReadNumber(value, "ci", &why);
  const auto score = ReadNumber(value, "score", &why);
  if (!why.empty()) return why;
  why = CheckName(row->model);
  if (!why.empty()) return why;
  if (!score) return "there is no 'score', expected a number";
  row->figures.value = *score;
  if (!half_width) return CheckFigures(row->figures);
  if (*half_width < 0) {
    return absl::StrCat("'ci' is ", *half_width,
                        ", expected the half width of an interval");
  }
  row->figures.lower = *score - *half_width;
  row->figures.upper = *score + *half_width;
  return CheckFigures(row->figures);
}

v1::Score ScoreOf(const DailyRow& row) {
  v1::Score score;
  score.set_category(kFull);
  score.set_model(row.model);
  score.set_value(row.figures.value);
  if (row.figures.lower) score.set_lower(*row.figures.lower);
  if (row.figures.upper) score.set_upper(*row.figures.upper);
  if (row.votes) score.set_votes(*row.votes);
  if (row.rank) score.set_rank(*row.rank);
  return score;
}

// One page.
class Daily {
 public:
  explicit Daily(ArenaDocument& document) : document_(document) {}

  absl::Status Read(const JsonValue& root) {
    const JsonValue meta = *root.Find("meta");
    const JsonValue models = *root.Find("models");
    RETURN_IF_ERROR(ReadBoard(meta));
    RETURN_IF_ERROR(ReadVintage(meta));
    RETURN_IF_ERROR(ReadRows(models));
    RETURN_IF_ERROR(CheckCount(meta, models.size()));
    if (rows_.empty()) {
      return document_.Error("EMPTY_DOCUMENT",
                             "none of its rows is a score that can be read; "
                             "see the rejected rows, fetch it again");
    }
    RETURN_IF_ERROR(WriteScores(models.size()));
    RETURN_IF_ERROR(document_.WriteModels(absl::StrCat("models/", board_),
                                          vintage_, Models()));
    return document_.Inform(absl::StrCat(
        "read as a page of the site: ", rows_.size(), " scores, stream ",
        stream_, "; the page does not state its method, '",
        document_.config().daily_method, "' is what daily_method says"));
  }

 private:
  absl::Status ReadBoard(const JsonValue& meta) {
    const auto board = meta.Find("leaderboard");
    if (!board || !IsWord(board->text())) {
      return document_.Error(
          "UNKNOWN_BOARD",
          absl::StrCat("line ", (board ? *board : meta).line(),
                       ": meta.leaderboard does not name a board; expected a "
                       "word such as text, code or vision"));
    }
    board_ = std::string(board->text());
    stream_ = absl::StrCat(board_, "/", document_.config().daily_method);
    return absl::OkStatus();
  }

  absl::Status ReadVintage(const JsonValue& meta) {
    vintage_ = document_.vintage_hint();
    const auto stated = meta.Find("last_updated");
    if (!stated || stated->is_null()) return absl::OkStatus();
    absl::Time time;
    std::string error;
    if (stated->is_string() &&
        absl::ParseTime("%b %d, %Y", std::string(stated->text()), &time,
                        &error)) {
      const std::string date = FormatDay(DayOf(time));
      if (ParseDate(date).ok()) {
        vintage_ = MakeVintage(date, v1::VINTAGE_BASIS_STATED);
        return absl::OkStatus();
      }
    }
    return document_.Warn(
        absl::StrCat("line ", stated->line(), ": ", stated->raw(),
                     " is not a date such as \"Mar 18, 2026\"; the vintage is ",
                     vintage_.date(), " instead"));
  }

  absl::Status ReadRows(const JsonValue& models) {
    size_t index = 0;
    for (const JsonValue value : models) {
      DailyRow row;
      row.locator.set_line(value.line());
      row.locator.set_pointer(absl::StrCat("/models/", index++));
      const std::string why = ReadRow(value, &row);
      if (why.empty()) {
        rows_.push_back(std::move(row));
      } else {
        RETURN_IF_ERROR(
            document_.Reject(row.locator, why, value.raw(), stream_));
      }
    }
    if (document_.rejected() == 0) return absl::OkStatus();
    return document_.Warn(absl::StrCat(
        document_.rejected(),
        " rows were rejected; the snapshot claims SOME "
        "instead of TOP, because a model missing from it may stand among the "
        "first"));
  }

  absl::Status CheckCount(const JsonValue& meta, size_t rows) {
    std::string why;
    const auto count = ReadNumber(meta, "model_count", &why);
    if (why.empty() && (!count || *count == static_cast<double>(rows))) {
      return absl::OkStatus();
    }
    return document_.Warn(
        absl::StrCat("meta.model_count says ", meta.Find("model_count")->raw(),
                     " and there are ", rows,
                     " rows; the document may be cut short, fetch it again"));
  }

  absl::Status WriteScores(size_t rows) {
    ASSIGN_OR_RETURN(const auto writer,
                     document_.Begin(stream_, vintage_,
                                     ArenaDocument::CoverageOf(
                                         v1::Coverage::EXTENT_TOP, rows,
                                         document_.rejected() > 0)));
    for (const DailyRow& row : rows_) {
      v1::Score score = ScoreOf(row);
      score.set_board(
          absl::StrCat(document_.config().board_prefix, "/", board_));
      score.set_method(document_.config().daily_method);
      RETURN_IF_ERROR(writer->EmitScore(score, row.locator));
    }
    return writer->End();
  }

  std::vector<ModelRow> Models() const {
    std::vector<ModelRow> models;
    for (const DailyRow& row : rows_) {
      if (row.vendor.empty() && row.licence.empty()) continue;
      ModelRow& model = models.emplace_back();
      model.locator = row.locator;
      model.model.set_name(row.model);
      if (!row.vendor.empty()) model.model.add_developers(row.vendor);
      if (!row.licence.empty()) {
        model.model.add_licences()->set_licence(row.licence);
      }
    }
    return models;
  }

  ArenaDocument& document_;
  std::string board_;
  std::string stream_;
  v1::Vintage vintage_;
  std::vector<DailyRow> rows_;
};

}  // namespace

bool IsDaily(const JsonValue& root) {
  const auto meta = root.Find("meta");
  const auto models = root.Find("models");
  return meta && meta->is_object() && models && models->is_array();
}

absl::Status ReadDaily(const JsonValue& root, ArenaDocument& document) {
  return Daily(document).Read(root);
}

}  // namespace meridian::arena
