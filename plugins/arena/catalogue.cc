#include "plugins/arena/catalogue.h"

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace meridian::arena {
namespace {

constexpr char kRating[] = "rating";
constexpr char kLower[] = "rating_q025";
constexpr char kUpper[] = "rating_q975";

bool IsFigureName(absl::string_view name) {
  return name == kRating || name == kLower || name == kUpper;
}

// Whether `value` holds figures itself. A model may be called "rating": its
// value is then an object.
bool HoldsFigures(const JsonValue& value) {
  if (!value.is_object()) return false;
  for (const JsonValue member : value) {
    if (IsFigureName(member.key()) && !member.is_object()) return true;
  }
  return false;
}

struct BoardName {
  std::string board;
  std::string method;
};

// "leaderboard-text-style-control.json" -> text, style_control.
absl::StatusOr<BoardName> BoardOf(const ArenaDocument& document) {
  absl::string_view name = BaseName(document.path());
  const bool has_pattern = absl::ConsumePrefix(&name, "leaderboard-") &&
                           absl::ConsumeSuffix(&name, ".json");
  const bool is_controlled = absl::ConsumeSuffix(&name, "-style-control");
  if (!has_pattern || !IsWord(name)) {
    return document.Error(
        "UNKNOWN_BOARD",
        "it holds ratings but not their board; expected a file name such as "
        "leaderboard-text.json or leaderboard-text-style-control.json, as the "
        "publisher names them");
  }
  return BoardName{name == "data" ? "text" : std::string(name),
                   is_controlled ? "style_control" : "raw"};
}

struct Rating {
  absl::string_view category;
  JsonValue row;
  Figures figures;
};

// Collects the rows of one document.
class Catalogue {
 public:
  Catalogue(ArenaDocument& document, std::string stream)
      : document_(document), stream_(std::move(stream)) {}

  absl::Status Collect(const JsonValue& root) {
    is_flat_ = false;
    for (const JsonValue member : root) is_flat_ |= HoldsFigures(member);
    if (is_flat_) return CollectRows(kFull, root);
    for (const JsonValue category : root) {
      if (!category.is_object() || category.key().empty()) {
        RETURN_IF_ERROR(
            Reject("", category,
                   "expected a category: a name with an object of models"));
        continue;
      }
      ++categories_;
      RETURN_IF_ERROR(CollectRows(category.key(), category));
    }
    return absl::OkStatus();
  }

  const std::vector<Rating>& ratings() const { return ratings_; }
  bool is_flat() const { return is_flat_; }
  size_t categories() const { return is_flat_ ? 1 : categories_; }
  // Members of rows that this plugin does not know.
  const std::set<std::string>& unknown() const { return unknown_; }

  std::string Pointer(absl::string_view category, const JsonValue& row) const {
    const std::string model = JsonPointerStep(row.key());
    if (is_flat_ || category.empty()) return absl::StrCat("/", model);
    return absl::StrCat("/", JsonPointerStep(category), "/", model);
  }

 private:
  absl::Status CollectRows(absl::string_view category, const JsonValue& rows) {
    for (const JsonValue row : rows) {
      Figures figures;
      const std::string why = ReadRow(row, &figures);
      if (why.empty()) {
        ratings_.push_back({category, row, figures});
      } else {
        RETURN_IF_ERROR(Reject(category, row, why));
      }
    }
    return absl::OkStatus();
  }

  // Empty when the row can be used, else why not.
  std::string ReadRow(const JsonValue& row, Figures* figures) {
    std::string why = CheckName(row.key());
    if (!why.empty()) return why;
    if (!row.is_object()) {
      return absl::StrCat("found ", row.type_name(),
                          ", expected an object with 'rating'");
    }
    for (const JsonValue member : row) {
      if (!IsFigureName(member.key()) && unknown_.size() < 8) {
        unknown_.emplace(member.key());
      }
    }
    const auto value = ReadNumber(row, kRating, &why);
    figures->lower = ReadNumber(row, kLower, &why);
    figures->upper = ReadNumber(row, kUpper, &why);
    if (!why.empty()) return why;
    if (!value) return "there is no 'rating', expected a number";
    figures->value = *value;
    return CheckFigures(*figures);
  }

  absl::Status Reject(absl::string_view category, const JsonValue& row,
                      absl::string_view why) {
    v1::Locator locator;
    locator.set_line(row.line());
    locator.set_pointer(Pointer(category, row));
    return document_.Reject(locator, why, row.raw(), stream_);
  }

  ArenaDocument& document_;
  const std::string stream_;
  bool is_flat_ = false;
  size_t categories_ = 0;
  std::vector<Rating> ratings_;
  std::set<std::string> unknown_;
};

absl::Status Emit(const Catalogue& catalogue, const std::string& board,
                  const std::string& method, SnapshotWriter& writer) {
  v1::Score score;
  v1::Locator locator;
  score.set_board(board);
  score.set_method(method);
  for (const Rating& rating : catalogue.ratings()) {
    score.set_category(std::string(rating.category));
    score.set_model(std::string(rating.row.key()));
    score.set_value(rating.figures.value);
    score.clear_lower();
    score.clear_upper();
    if (rating.figures.lower) score.set_lower(*rating.figures.lower);
    if (rating.figures.upper) score.set_upper(*rating.figures.upper);
    locator.set_line(rating.row.line());
    locator.set_pointer(catalogue.Pointer(rating.category, rating.row));
    RETURN_IF_ERROR(writer.EmitScore(score, locator));
  }
  return absl::OkStatus();
}

absl::Status Report(const Catalogue& catalogue, const std::string& stream,
                    ArenaDocument& document) {
  RETURN_IF_ERROR(document.Inform(absl::StrCat(
      "read as a catalogue file: ", catalogue.ratings().size(), " ratings in ",
      catalogue.categories(), " categories, stream ", stream,
      " by the file name",
      catalogue.is_flat() ? ", category full because it names none" : "")));
  if (!catalogue.unknown().empty()) {
    RETURN_IF_ERROR(document.Inform(
        absl::StrCat("members of rows that are not read: ",
                     absl::StrJoin(catalogue.unknown(), ", "))));
  }
  if (document.rejected() == 0) return absl::OkStatus();
  return document.Warn(absl::StrCat(
      document.rejected(),
      " rows were rejected; the snapshot claims SOME "
      "instead of ALL, because a model missing from it was not withdrawn"));
}

}  // namespace

bool IsCatalogue(const JsonValue& root) {
  if (!root.is_object()) return false;
  for (const JsonValue member : root) {
    if (HoldsFigures(member)) return true;
    if (!member.is_object()) continue;
    for (const JsonValue row : member) {
      if (HoldsFigures(row)) return true;
    }
  }
  return false;
}

absl::Status ReadCatalogue(const JsonValue& root, ArenaDocument& document) {
  ASSIGN_OR_RETURN(const BoardName name, BoardOf(document));
  const std::string stream = absl::StrCat(name.board, "/", name.method);
  Catalogue catalogue(document, stream);
  RETURN_IF_ERROR(catalogue.Collect(root));
  if (catalogue.ratings().empty()) {
    // Committed with coverage ALL it would withdraw every model.
    return document.Error("EMPTY_DOCUMENT",
                          "none of its rows is a rating that can be read; see "
                          "the rejected rows, fetch it again");
  }
  ASSIGN_OR_RETURN(
      const auto writer,
      document.Begin(stream, document.vintage_hint(),
                     ArenaDocument::CoverageOf(v1::Coverage::EXTENT_ALL, 0,
                                               document.rejected() > 0)));
  RETURN_IF_ERROR(Emit(
      catalogue, absl::StrCat(document.config().board_prefix, "/", name.board),
      name.method, *writer));
  RETURN_IF_ERROR(writer->End());
  return Report(catalogue, stream, document);
}

}  // namespace meridian::arena
