// What the first rows of an unseen file show of its columns; the matter from
// which a draft is made.
#ifndef PLUGINS_TABLE_DRAFT_SAMPLE_H_
#define PLUGINS_TABLE_DRAFT_SAMPLE_H_

#include <cmath>
#include <cstddef>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::table {

// Rows that are looked at.
inline constexpr size_t kMostSampleRows = 500;

// What the cells of one column are.
struct SampleColumn {
  // As a mapping names it: a member's name, or "/pricing/prompt".
  std::string name;
  // Cells that say something; what only says that nothing is known does not.
  size_t filled = 0;
  // Each filled cell counts in at most one of the next four.
  size_t numbers = 0;     // "12.5", also as a text of JSON
  size_t percents = 0;    // "12.5%"
  size_t magnitudes = 0;  // "12.5M"
  size_t decorated = 0;   // "$1,200 / 1M tokens", "85.2 ± 0.4 [^1]", "free"
  size_t truths = 0;      // true, false
  size_t dates = 0;
  size_t zeros = 0;
  size_t tiny = 0;  // above 0, below 0.01
  size_t texts_that_are_numbers = 0;
  size_t intervals = 0;  // decorated, with "±"
  size_t grouped = 0;    // decorated, with "1,234"
  size_t free = 0;       // decorated: "free"
  // Decorated, as the text after the number says: a price for so many tokens.
  size_t per_token = 0, per_thousand = 0, per_million = 0;
  bool is_list = false;
  double least = HUGE_VAL;
  double most = -HUGE_VAL;
  std::set<std::string> distinct;
  // Texts that say that nothing is known, and those that are a zero.
  std::set<std::string> missing_words, zero_words;
  std::string example;

  // A few cells of prose do not make a column of numbers a column of texts.
  bool is_numeric() const {
    const size_t read = numbers + percents + magnitudes + decorated;
    return read > 0 && 20 * read >= 19 * filled;
  }
  bool is_percent() const { return is_numeric() && percents > 0; }
  bool is_magnitude() const { return is_numeric() && magnitudes > 0; }
  bool is_decorated() const { return is_numeric() && decorated > 0; }
  bool is_truth() const { return filled > 0 && truths == filled; }
  bool is_date() const { return filled > 0 && dates == filled; }
};

// The rows of a file as columns.
struct Sample {
  std::string format;
  // JSON pointer, of trees. Where it leads to the entries of a mapping, their
  // keys are the column "@key".
  std::string rows;
  std::vector<std::string> doubts;
  size_t count = 0;
  std::vector<SampleColumn> columns;  // in the order of the file
  // Of Markdown: tables of the page with the same columns as the first.
  size_t like_tables = 0;

  SampleColumn& At(const std::string& name);
};

// Reads the first rows of `bytes`; the ending of `path` says the format.
// Errors: InvalidArgument with UNKNOWN_FORMAT, those of the readers.
absl::StatusOr<Sample> TakeSample(const std::string& bytes,
                                  absl::string_view path);

// As it may stand in a comment.
std::string OneLine(absl::string_view text);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_DRAFT_SAMPLE_H_
