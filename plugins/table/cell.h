// How a value comes from a row of a table.
#ifndef PLUGINS_TABLE_CELL_H_
#define PLUGINS_TABLE_CELL_H_

#include <re2/re2.h>

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::table {

// Between the items of a list that stands in one cell: U+001F, the unit
// separator.
inline constexpr char kItemSeparator = '\x1f';

// What happens to a text that `value_map` does not list.
enum class Unmapped { kReject, kKeep, kMissing };

// A rule of the mapping file: either a constant, or a column with the steps
// that turn its text into values. Steps run in the order of the members.
struct CellRule {
  // Always this value. The other members are then unused.
  std::optional<std::string> constant;
  // The first of these columns that the header has.
  std::vector<std::string> columns;
  // Where the value is missing, the first of these that the row has one in.
  // The header need not have them.
  std::vector<std::string> otherwise;
  // False: the document must have one of the columns.
  bool optional = false;
  // Spaces at both ends are removed, before and after splitting.
  bool trim = true;
  // Texts that mean "not reported".
  std::set<std::string> missing = {""};
  // Cuts the text into several values. Empty: one value.
  std::string split;
  // A regular expression (RE2): the value becomes what its first group
  // matches, or the whole match without a group. A text that it does not match
  // is missing. Null: the text stands as it is.
  std::shared_ptr<const re2::RE2> match;
  std::string strip_prefix;
  std::string strip_suffix;
  std::map<std::string, std::string> value_map;
  Unmapped unmapped = Unmapped::kReject;
  // Format of a date, e.g. "%d %B %Y"; the value becomes ISO 8601, as precise
  // as the format. Empty: the text stands as it is.
  std::string date_format;
  // What groups the digits of a number by three ("1,234"), and its decimal
  // mark where that is no point; '\0': none.
  char thousands = '\0';
  char decimal = '\0';
  // A number may end in K, M, B or T: thousands, millions, billions, trillions.
  bool magnitude = false;
  // Multiplies a number.
  std::optional<double> scale;
  // Put around the value.
  std::string prefix;
  std::string suffix;

  // A missing value rejects the record.
  bool required = false;
  // A missing value means that the row has no such record.
  bool skip_if_missing = false;
};

// The values of a cell; none when it is missing. Errors: InvalidArgument
// (BAD_VALUE) saying what is wrong with the text.
absl::StatusOr<std::vector<std::string>> ApplyRule(const CellRule& rule,
                                                   absl::string_view cell);

// "%d.%m.%Y" -> ISO date as precise as the format: day, month or year.
// Errors: InvalidArgument (BAD_VALUE).
absl::StatusOr<std::string> ToIsoDate(absl::string_view format,
                                      absl::string_view text);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_CELL_H_
