// A table that prints as aligned text, CSV or Markdown.
#ifndef CLI_TABLE_H_
#define CLI_TABLE_H_

#include <cstdint>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace meridian::cli {

enum class Format { kTable, kJson, kCsv, kMarkdown };
enum class Color { kPlain, kBold, kDim, kGreen, kYellow, kRed };

// Where and how a command writes.
struct Output {
  std::ostream& out;
  std::ostream& err;
  Format format = Format::kTable;
  bool terminal = false;  // progress may rewrite its line
  bool color = false;
  bool cite = false;
};

// `text` in `color` when the output has colours.
std::string Paint(const Output& output, Color color, absl::string_view text);

enum class Align { kLeft, kRight };
// Which formats show a column: people (table, Markdown), programs (CSV).
enum class For { kAll, kPeople, kPrograms };

struct Column {
  std::string title;
  Align align = Align::kLeft;
  For shown = For::kAll;
};

// One value: as people read it, and in full for programs.
struct Cell {
  std::string text;
  std::string raw;
  Color color = Color::kPlain;
};

// A word or a name; empty means that there is none, not that it is unknown.
Cell Text(absl::string_view text, Color color = Color::kPlain);
// A word or a name; empty is unknown and shown as "?".
Cell TextOrUnknown(absl::string_view text);
Cell Unknown();
// A number with that many decimals for people, in full for programs.
Cell Number(double value, int decimals);
Cell Number(std::optional<double> value, int decimals);
// A number as short as it is in full, for both.
Cell Exact(std::optional<double> value);
Cell Count(uint64_t count);

class Table {
 public:
  explicit Table(std::vector<Column> columns);
  // One cell per column; missing cells at the end are empty.
  void Add(std::vector<Cell> row);
  bool empty() const { return rows_.empty(); }
  // Prints in the format of `output` (JSON is not this class's business: it
  // prints nothing). Lines of the text form begin with `indent` spaces and
  // do not end with spaces.
  void Print(const Output& output, int indent = 0) const;

 private:
  std::vector<size_t> Shown(bool people) const;
  void PrintText(const Output& output, int indent) const;
  void PrintCsv(const Output& output) const;
  void PrintMarkdown(const Output& output) const;

  std::vector<Column> columns_;
  std::vector<std::vector<Cell>> rows_;
};

}  // namespace meridian::cli

#endif  // CLI_TABLE_H_
