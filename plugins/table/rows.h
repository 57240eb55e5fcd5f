// The rows of a document, whatever its format: CSV and TSV as they stream by;
// JSON, YAML and TOML as the elements that a pointer leads to; Markdown as the
// rows of a table.
#ifndef PLUGINS_TABLE_ROWS_H_
#define PLUGINS_TABLE_ROWS_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plugins/formats/csv.h"
#include "plugins/sdk/source.h"
#include "plugins/table/mapping.h"

namespace meridian::table {

struct TableRow : CsvRow {
  // JSON pointer of the row; empty in formats that have lines only.
  std::string pointer;
  // Column that an unpivoted row stands for; else empty.
  std::string column;
};

class RowSource {
 public:
  virtual ~RowSource() = default;
  // Names of the columns. For trees: of those that the mapping names, what at
  // least one row has; and members of rows that it does not name.
  virtual const std::vector<std::string>& header() const = 0;
  // Of Markdown: how many tables of the page have the columns too and are not
  // read.
  virtual size_t like_tables() const { return 0; }
  // The next row; false at the end.
  virtual absl::StatusOr<bool> Next(TableRow* row) = 0;
};

// Opens a document in the mapping's format, unpivoted when it says so. Column
// "@path" is the document's path in every format. `document` and `mapping` must
// outlive the result. Errors: those of CsvReader, JsonDocument and ParseYaml;
// InvalidArgument with BAD_TOML, TABLE_NO_ROWS (`rows` leads nowhere),
// TABLE_COLUMNS (no table of a Markdown page has the columns).
absl::StatusOr<std::unique_ptr<RowSource>> OpenRows(const Mapping& mapping,
                                                    Document& document);

// The parts of OpenRows.
absl::StatusOr<std::unique_ptr<RowSource>> OpenTreeRows(const Mapping& mapping,
                                                        std::string text,
                                                        std::string path);
absl::StatusOr<std::unique_ptr<RowSource>> OpenMarkdownRows(
    const Mapping& mapping, const std::string& text, const std::string& path);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_ROWS_H_
