#include "plugins/arena/tables.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "common/base/number.h"

namespace meridian::arena {
namespace {

// A column of figures and where they belong. Columns came and went: the first
// table has all four, the last one two.
struct FigureColumn {
  const char* name;
  const char* board;
  const char* method;
};
constexpr FigureColumn kFigures[] = {
    {"Arena Elo rating", "text", "elo"},
    {"MT-bench (score)", "mt-bench", "score"},
    {"MT-bench (win rate %)", "mt-bench-win-rate", "win_rate"},
    {"MMLU", "mmlu", "accuracy"},
};

struct Figure {
  std::string model;
  double value;
  uint32_t line;
};

struct Series {
  const FigureColumn* column;
  size_t index;
  std::vector<Figure> figures;
  bool has_rejected = false;
};

class Table {
 public:
  explicit Table(ArenaDocument& document) : document_(document) {}

  absl::Status Read(CsvReader& csv) {
    name_ = *csv.Column("Model");
    key_ = csv.Column("key");
    licence_ = csv.Column("License");
    organization_ = csv.Column("Organization");
    for (const FigureColumn& column : kFigures) {
      if (const auto index = csv.Column(column.name)) {
        series_.push_back({&column, *index, {}, false});
      }
    }
    CsvRow row;
    while (true) {
      const auto more = csv.Next(&row);
      if (!more.ok()) {
        return Annotate(more.status(),
                        absl::StrCat("document '", document_.path(), "'"));
      }
      if (!*more) break;
      RETURN_IF_ERROR(TakeRow(row));
    }
    if (models_.empty()) {
      return document_.Error("EMPTY_DOCUMENT",
                             "it has no row that can be read; see the rejected "
                             "rows, fetch it again");
    }
    std::vector<std::string> streams;
    for (const Series& series : series_) {
      if (series.figures.empty()) continue;
      streams.push_back(StreamOf(series));
      RETURN_IF_ERROR(Write(series));
    }
    RETURN_IF_ERROR(document_.WriteModels("models/tables",
                                          document_.vintage_hint(), models_));
    return document_.Inform(
        absl::StrCat("read as a leaderboard table: ", models_.size(),
                     " models, streams ", absl::StrJoin(streams, ", "),
                     "; links and knowledge cutoffs are not kept"));
  }

 private:
  static std::string StreamOf(const Series& series) {
    return absl::StrCat(series.column->board, "/", series.column->method);
  }

  absl::Status Reject(const CsvRow& row, absl::string_view why,
                      absl::string_view stream) {
    v1::Locator locator;
    locator.set_line(row.first_line);
    if (row.last_line > row.first_line) locator.set_line_end(row.last_line);
    return document_.Reject(locator, why, row.excerpt, stream);
  }

  absl::Status TakeRow(const CsvRow& row) {
    // Before 2024-01-09 a table has no keys; then the name is the key.
    const std::string why = !row.problem.empty()
                                ? row.problem
                                : CheckName(row.fields[key_.value_or(name_)]);
    if (!why.empty()) {
      for (Series& series : series_) series.has_rejected = true;
      return Reject(row, why, "");
    }
    const std::string& model = row.fields[key_.value_or(name_)];
    for (Series& series : series_) {
      absl::string_view text = row.fields[series.index];
      if (text.empty() || text == "-") continue;  // Not measured.
      absl::ConsumeSuffix(&text, "%");
      const auto value = ParseNumber(text);
      if (!value.ok()) {
        series.has_rejected = true;
        RETURN_IF_ERROR(Reject(row,
                               absl::StrCat("'", series.column->name,
                                            "': ", value.status().message()),
                               StreamOf(series)));
        continue;
      }
      series.figures.push_back({model, *value, row.first_line});
    }
    ModelRow& described = models_.emplace_back();
    described.locator.set_line(row.first_line);
    described.model.set_name(model);
    if (key_ && !row.fields[name_].empty()) {
      described.model.set_display_name(row.fields[name_]);
    }
    if (const std::string text = Text(row, organization_); !text.empty()) {
      described.model.add_developers(text);
    }
    if (const std::string text = Text(row, licence_); !text.empty()) {
      described.model.add_licences()->set_licence(text);
    }
    return absl::OkStatus();
  }

  static std::string Text(const CsvRow& row, std::optional<size_t> column) {
    return column && row.fields[*column] != "-" ? row.fields[*column] : "";
  }

  absl::Status Write(const Series& series) {
    // A row without a figure is still listed, so absence says little.
    ASSIGN_OR_RETURN(
        const auto writer,
        document_.Begin(StreamOf(series), document_.vintage_hint(),
                        ArenaDocument::CoverageOf(v1::Coverage::EXTENT_SOME,
                                                  series.figures.size(),
                                                  series.has_rejected)));
    v1::Score score;
    v1::Locator locator;
    score.set_board(absl::StrCat(document_.config().board_prefix, "/",
                                 series.column->board));
    score.set_category(kFull);
    score.set_method(series.column->method);
    for (const Figure& figure : series.figures) {
      score.set_model(figure.model);
      score.set_value(figure.value);
      locator.set_line(figure.line);
      RETURN_IF_ERROR(writer->EmitScore(score, locator));
    }
    return writer->End();
  }

  ArenaDocument& document_;
  size_t name_ = 0;
  std::optional<size_t> key_;
  std::optional<size_t> licence_;
  std::optional<size_t> organization_;
  std::vector<Series> series_;
  std::vector<ModelRow> models_;
};

}  // namespace

bool IsTable(const CsvReader& csv) {
  return csv.Column("Model") && csv.Column("MT-bench (score)");
}

absl::Status ReadTable(CsvReader& csv, ArenaDocument& document) {
  return Table(document).Read(csv);
}

}  // namespace meridian::arena
