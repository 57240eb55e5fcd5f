// Reads CSV as publishers write it: RFC 4180 with quotes, LF, CRLF or CR line
// ends, an optional byte order mark, line breaks inside quotes, and a header
// row. Memory stays bounded: one row and one chunk.
#ifndef PLUGINS_FORMATS_CSV_H_
#define PLUGINS_FORMATS_CSV_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

struct CsvOptions {
  // What separates fields. Default comma; '\t' for TSV.
  char delimiter = ',';
  // Longest row in bytes. Default 1 MiB: a row beyond it is nearly always a
  // quote that was never closed.
  size_t max_row_bytes = 1 << 20;
};

// One row. Reuse the same CsvRow for every Next: its strings keep their
// memory.
struct CsvRow {
  // The fields, unquoted, spaces kept.
  std::vector<std::string> fields;
  // Lines the row stands on, counted from 1, header included.
  uint32_t first_line = 0;
  uint32_t last_line = 0;
  // The row as it stands, without its line end: the first 512 bytes, always
  // valid UTF-8 (other bytes are shown as '?').
  std::string excerpt;
  // Why the row cannot be used: more or fewer fields than the header, bytes
  // that are not UTF-8, a quote inside an unquoted field. Empty: it can be
  // used. The caller rejects a row that has a problem; reading goes on.
  std::string problem;
};

// Not thread-safe.
class CsvReader {
 public:
  // The next bytes of the document; empty at its end.
  using ChunkSource = std::function<absl::StatusOr<std::string>()>;

  // Reads the header. Errors: INVALID_ARGUMENT with CSV_EMPTY (no header
  // row), CSV_BAD_HEADER (not UTF-8, two columns of one name), and what Next
  // returns.
  static absl::StatusOr<std::unique_ptr<CsvReader>> Create(
      ChunkSource source, CsvOptions options = {});
  ~CsvReader();
  CsvReader(const CsvReader&) = delete;
  CsvReader& operator=(const CsvReader&) = delete;

  // Names of the columns, in order, spaces at both ends removed.
  const std::vector<std::string>& header() const { return header_; }
  // Index of a column by its exact name; nullopt when there is none.
  std::optional<size_t> Column(absl::string_view name) const;

  // The next row; false at the end. Blank lines are skipped. Errors:
  // INVALID_ARGUMENT with CSV_UNTERMINATED_QUOTE or CSV_ROW_TOO_LONG, both
  // naming the line where the quote was opened or the row begins; what
  // `source` returned.
  absl::StatusOr<bool> Next(CsvRow* row);

 private:
  class Parser;

  CsvReader(ChunkSource source, CsvOptions options);

  absl::Status ReadHeader();

  std::unique_ptr<Parser> parser_;
  std::vector<std::string> header_;
};

}  // namespace meridian

#endif  // PLUGINS_FORMATS_CSV_H_
