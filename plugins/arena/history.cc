#include "plugins/arena/history.h"

#include <algorithm>
#include <array>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "common/base/suggest.h"

namespace meridian::arena {
namespace {

constexpr char kStream[] = "text/raw";

enum Column { kKey, kModel, kRatingColumn, kLicence, kOrganization, kDate };
constexpr std::array<const char*, 6> kColumns = {
    "key", "Model", "rating", "License", "Organization", "date"};

// What the file says of a model beside its rating.
struct Metadata {
  std::string name;
  std::string licence;
  std::string organization;
};

struct Model {
  std::string key;
  Metadata newest;
  Day day = 0;
  uint32_t line = 0;
  bool differs = false;
};

struct Row {
  double value;
  uint32_t model;
  uint32_t line;
};

// Exactly YYYYMMDD.
absl::StatusOr<Day> ParseCompactDay(absl::string_view text) {
  const bool is_compact =
      text.size() == 8 &&
      text.find_first_not_of("0123456789") == absl::string_view::npos;
  if (!is_compact) return absl::InvalidArgumentError("not YYYYMMDD");
  return ParseDay(absl::StrCat(text.substr(0, 4), "-", text.substr(4, 2), "-",
                               text.substr(6, 2)));
}

class History {
 public:
  explicit History(ArenaDocument& document) : document_(document) {}

  absl::Status Read(CsvReader& csv) {
    RETURN_IF_ERROR(FindColumns(csv));
    RETURN_IF_ERROR(ReadRows(csv));
    if (dates_.empty()) {
      return document_.Error("EMPTY_DOCUMENT",
                             "it has no row that can be read; see the rejected "
                             "rows, fetch it again");
    }
    for (const auto& [day, rows] : dates_) {
      RETURN_IF_ERROR(WriteDate(day, rows));
    }
    RETURN_IF_ERROR(WriteModels());
    return Report();
  }

 private:
  absl::Status FindColumns(const CsvReader& csv) {
    std::vector<std::string> missing;
    for (size_t i = 0; i < kColumns.size(); ++i) {
      const auto column = csv.Column(kColumns[i]);
      if (column) {
        columns_[i] = *column;
      } else {
        missing.push_back(absl::StrCat("'", kColumns[i], "'",
                                       DidYouMean(kColumns[i], csv.header())));
      }
    }
    if (missing.empty()) return absl::OkStatus();
    return document_.Error(
        "MISSING_COLUMN",
        absl::StrCat("line 1: it is neither JSON nor a history table: no "
                     "column ",
                     absl::StrJoin(missing, ", no column "),
                     "; expected the columns ", absl::StrJoin(kColumns, ", ")));
  }

  absl::Status ReadRows(CsvReader& csv) {
    CsvRow row;
    std::string last_why;
    while (true) {
      auto has_row = csv.Next(&row);
      if (!has_row.ok()) return Annotate(has_row.status(), Name());
      if (!*has_row) break;
      last_why = TakeRow(row);
      if (last_why.empty()) continue;
      v1::Locator locator;
      locator.set_line(row.first_line);
      if (row.last_line > row.first_line) locator.set_line_end(row.last_line);
      RETURN_IF_ERROR(
          document_.Reject(locator, last_why, row.excerpt, kStream));
    }
    if (last_why.empty()) return absl::OkStatus();
    return document_.Warn(absl::StrCat(
        "line ", row.first_line, ", its last row, cannot be read (", last_why,
        "); the document may be cut off, fetch it again"));
  }

  // Empty when the row was taken, else why not.
  std::string TakeRow(const CsvRow& row) {
    if (!row.problem.empty()) {
      has_dateless_ = true;
      return row.problem;
    }
    const auto day = ParseCompactDay(Field(row, kDate));
    if (!day.ok()) {
      has_dateless_ = true;
      return absl::StrCat("date '", Field(row, kDate),
                          "' is not a day, expected YYYYMMDD");
    }
    std::string why = CheckName(Field(row, kKey));
    const auto value = ParseNumber(Field(row, kRatingColumn));
    if (why.empty() && !value.ok()) {
      why = absl::StrCat("rating: ", value.status().message());
    }
    if (!why.empty()) {
      incomplete_.insert(*day);
      return why;
    }
    dates_[*day].push_back({*value, TakeModel(row, *day), row.first_line});
    ++rows_;
    return "";
  }

  uint32_t TakeModel(const CsvRow& row, Day day) {
    const auto [found, is_new] = by_key_.try_emplace(
        Field(row, kKey), static_cast<uint32_t>(models_.size()));
    if (is_new) models_.push_back({.key = Field(row, kKey)});
    Model& model = models_[found->second];
    const bool is_same = model.newest.name == Field(row, kModel) &&
                         model.newest.licence == Field(row, kLicence) &&
                         model.newest.organization == Field(row, kOrganization);
    if (is_new || day > model.day) {
      model.day = day;
      model.line = row.first_line;
      if (!is_same) {
        model.newest = {Field(row, kModel), Field(row, kLicence),
                        Field(row, kOrganization)};
      }
    }
    model.differs |= !is_new && !is_same;
    return found->second;
  }

  absl::Status WriteDate(Day day, const std::vector<Row>& rows) {
    ASSIGN_OR_RETURN(
        const auto writer,
        document_.Begin(kStream,
                        MakeVintage(FormatDay(day), v1::VINTAGE_BASIS_STATED),
                        ArenaDocument::CoverageOf(
                            v1::Coverage::EXTENT_ALL, rows.size(),
                            has_dateless_ || incomplete_.count(day) != 0)));
    v1::Score score;
    v1::Locator locator;
    score.set_board(absl::StrCat(document_.config().board_prefix, "/text"));
    score.set_category(kFull);
    score.set_method("raw");
    for (const Row& row : rows) {
      score.set_model(models_[row.model].key);
      score.set_value(row.value);
      locator.set_line(row.line);
      RETURN_IF_ERROR(writer->EmitScore(score, locator));
    }
    return writer->End();
  }

  absl::Status WriteModels() {
    std::vector<ModelRow> rows;
    std::vector<std::string> differing;
    for (const Model& model : models_) {
      if (model.differs) differing.push_back(model.key);
      if (model.newest.name.empty() && model.newest.licence.empty() &&
          model.newest.organization.empty()) {
        continue;
      }
      ModelRow& row = rows.emplace_back();
      row.locator.set_line(model.line);
      row.model.set_name(model.key);
      const Metadata& newest = model.newest;
      if (!newest.name.empty()) row.model.set_display_name(newest.name);
      if (!newest.organization.empty()) {
        row.model.add_developers(newest.organization);
      }
      if (!newest.licence.empty()) {
        row.model.add_licences()->set_licence(newest.licence);
      }
    }
    if (!differing.empty()) {
      constexpr size_t kMostNames = 10;
      const size_t shown = std::min(differing.size(), kMostNames);
      RETURN_IF_ERROR(document_.Warn(absl::StrCat(
          differing.size(),
          " models have different Model, License or Organization in different "
          "rows; those of the newest date are used: ",
          absl::StrJoin(differing.begin(),
                        differing.begin() + static_cast<ptrdiff_t>(shown),
                        ", "),
          shown < differing.size() ? ", ..." : "")));
    }
    const auto& configured = document_.config().metadata_vintage;
    return document_.WriteModels(
        "models", configured ? *configured : document_.vintage_hint(), rows);
  }

  absl::Status Report() {
    RETURN_IF_ERROR(document_.Inform(absl::StrCat(
        "read as a history table: ", rows_, " ratings of ", models_.size(),
        " models on ", dates_.size(), " dates, stream ", kStream)));
    if (document_.rejected() == 0) return absl::OkStatus();
    return document_.Warn(absl::StrCat(
        document_.rejected(), " rows were rejected; snapshots of ",
        has_dateless_ ? "all dates, because a row without a date may belong to "
                        "any,"
                      : "their dates",
        " claim SOME instead of ALL"));
  }

  const std::string& Field(const CsvRow& row, Column column) const {
    return row.fields[columns_[column]];
  }
  std::string Name() const {
    return absl::StrCat("document '", document_.path(), "'");
  }

  ArenaDocument& document_;
  std::array<size_t, kColumns.size()> columns_{};
  std::vector<Model> models_;
  absl::flat_hash_map<std::string, uint32_t> by_key_;
  std::map<Day, std::vector<Row>> dates_;
  uint64_t rows_ = 0;
  // Dates of which a row was rejected, and whether one had no usable date.
  std::set<Day> incomplete_;
  bool has_dateless_ = false;
};

}  // namespace

absl::Status ReadHistory(CsvReader& csv, ArenaDocument& document) {
  return History(document).Read(csv);
}

}  // namespace meridian::arena
