#include "plugins/formats/csv.h"

#include <csv.h>

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace meridian {
namespace {

constexpr absl::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr size_t kExcerptBytes = 512;

absl::Status CsvError(absl::string_view reason, absl::string_view message,
                      uint32_t line) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason, message,
                   {{"line", absl::StrCat(line)}});
}

// libcsv drops spaces around fields unless told that nothing is a space.
int NothingIsSpace(unsigned char) { return 0; }

}  // namespace

// Feeds libcsv line by line, because it does not say where a row began: a
// row ends in the line whose bytes made libcsv report it.
class CsvReader::Parser {
 public:
  Parser(ChunkSource source, CsvOptions options)
      : source_(std::move(source)), options_(options) {
    Restart();
  }
  ~Parser() { csv_free(&csv_); }
  Parser(const Parser&) = delete;
  Parser& operator=(const Parser&) = delete;

  absl::StatusOr<bool> Next(CsvRow* row) {
    BeginRow(row);
    while (true) {
      if (position_ == chunk_.size() && !at_end_) {
        RETURN_IF_ERROR(Refill());
      }
      if (at_end_) return Finish();
      RETURN_IF_ERROR(TakeLine());
      if (row_done_) return true;
    }
  }

 private:
  void Restart() {
    if (started_) csv_free(&csv_);
    started_ = true;
    csv_init(&csv_, CSV_STRICT | CSV_STRICT_FINI);
    csv_set_delim(&csv_, static_cast<unsigned char>(options_.delimiter));
    csv_set_space_func(&csv_, &NothingIsSpace);
  }

  void BeginRow(CsvRow* row) {
    row_ = row;
    field_count_ = 0;
    fields_at_line_ = 0;
    row_done_ = false;
    row_bytes_ = 0;
    raw_.clear();
    row_->problem.clear();
    row_->excerpt.clear();
    row_->first_line = row_->last_line = 0;
  }

  absl::Status Refill() {
    ASSIGN_OR_RETURN(chunk_, source_());
    position_ = 0;
    // The byte order mark may be cut by a chunk's end.
    while (first_chunk_ && !chunk_.empty() &&
           chunk_.size() < kByteOrderMark.size() &&
           absl::StartsWith(kByteOrderMark, chunk_)) {
      ASSIGN_OR_RETURN(const std::string more, source_());
      if (more.empty()) break;
      chunk_ += more;
    }
    at_end_ = chunk_.empty();
    if (first_chunk_ && absl::StartsWith(chunk_, kByteOrderMark)) {
      position_ = kByteOrderMark.size();
    }
    first_chunk_ = false;
    return absl::OkStatus();
  }

  // Feeds bytes up to and including the next line end, or what the chunk
  // has of the line.
  absl::Status TakeLine() {
    if (position_ == chunk_.size()) return absl::OkStatus();
    const size_t begin = position_;
    size_t end = begin;
    while (end < chunk_.size() && chunk_[end] != '\n' && chunk_[end] != '\r') {
      ++end;
    }
    const bool line_ends = end < chunk_.size();
    const absl::string_view text(chunk_.data() + begin, end - begin);
    // CRLF is one line end, also when a chunk ends between the two.
    if (after_cr_ && !(text.empty() && line_ends && chunk_[end] == '\n')) {
      ++line_;
    }
    after_cr_ = false;
    if (row_bytes_ == 0) row_->first_line = line_;
    row_->last_line = line_;
    position_ = line_ends ? end + 1 : end;
    const absl::string_view fed(chunk_.data() + begin, position_ - begin);
    NoteRaw(text, fed);
    if (!skipping_) Feed(fed);
    if (row_bytes_ > options_.max_row_bytes) return TooLong();
    if (!line_ends) return absl::OkStatus();
    if (skipping_) {
      skipping_ = false;
      CompleteRow();
    } else if (!row_done_ && row_bytes_ > 0) {
      quote_line_ = OpenQuoteLine();
    }
    fields_at_line_ = field_count_;
    if (chunk_[end] == '\r') {
      after_cr_ = true;
    } else {
      ++line_;
    }
    return absl::OkStatus();
  }

  // Where the quote that is open now was opened: in this line, unless an
  // earlier one opened it and no field was completed since this one began.
  uint32_t OpenQuoteLine() const {
    return quote_line_ == 0 || field_count_ != fields_at_line_ ? line_
                                                               : quote_line_;
  }

  void NoteRaw(absl::string_view text, absl::string_view fed) {
    // The line end that precedes a row is not part of it.
    if (row_bytes_ == 0 && text.empty()) return;
    row_bytes_ += fed.size();
    if (raw_.size() < 2 * kExcerptBytes) {
      absl::StrAppend(&raw_, fed.substr(0, 2 * kExcerptBytes));
    }
  }

  void Feed(absl::string_view bytes) {
    const size_t taken =
        csv_parse(&csv_, bytes.data(), bytes.size(), &OnField, &OnRow, this);
    if (taken == bytes.size()) return;
    row_->problem =
        csv_error(&csv_) == CSV_EPARSE
            ? "a quote stands inside a field that is not quoted, or text "
              "follows a closing quote; a field with quotes must be quoted "
              "and its quotes doubled"
            : "out of memory while reading the row";
    // libcsv cannot go on after an error: start anew at the next line.
    Restart();
    skipping_ = true;
  }

  absl::StatusOr<bool> Finish() {
    if (row_bytes_ == 0) return false;
    if (skipping_) {
      skipping_ = false;
      CompleteRow();
      return true;
    }
    if (csv_fini(&csv_, &OnField, &OnRow, this) != 0) {
      const uint32_t opened = OpenQuoteLine();
      return CsvError("CSV_UNTERMINATED_QUOTE",
                      absl::StrCat("line ", opened,
                                   ": a quote is opened here and not closed "
                                   "before the end of the document"),
                      opened);
    }
    return row_done_;
  }

  absl::Status TooLong() const {
    const uint32_t line = quote_line_ == 0 ? row_->first_line : quote_line_;
    return CsvError(
        "CSV_ROW_TOO_LONG",
        absl::StrCat("line ", line, ": the row is longer than ",
                     options_.max_row_bytes,
                     " bytes; a quote opened here is probably not closed"),
        line);
  }

  void CompleteRow() {
    row_->fields.resize(field_count_);
    while (!raw_.empty() && (raw_.back() == '\n' || raw_.back() == '\r')) {
      raw_.pop_back();
    }
    row_->excerpt = CleanUtf8(raw_, kExcerptBytes);
    row_done_ = true;
    quote_line_ = 0;
  }

  static void OnField(void* text, size_t size, void* self) {
    auto* parser = static_cast<Parser*>(self);
    auto& fields = parser->row_->fields;
    if (parser->field_count_ == fields.size()) fields.emplace_back();
    fields[parser->field_count_++].assign(static_cast<const char*>(text), size);
  }
  static void OnRow(int, void* self) {
    static_cast<Parser*>(self)->CompleteRow();
  }

  const ChunkSource source_;
  const CsvOptions options_;
  csv_parser csv_;
  bool started_ = false;

  std::string chunk_;
  size_t position_ = 0;
  bool first_chunk_ = true;
  bool at_end_ = false;

  uint32_t line_ = 1;      // line of the next byte, unless after_cr_
  bool after_cr_ = false;  // the last byte was CR: line_ counts on at the next
  bool skipping_ = false;  // to the end of a line that libcsv refused
  uint32_t quote_line_ = 0;  // where the quote open now was opened; 0: none

  CsvRow* row_ = nullptr;
  uint32_t field_count_ = 0;
  uint32_t fields_at_line_ = 0;  // field_count_ when this line began
  size_t row_bytes_ = 0;
  std::string raw_;
  bool row_done_ = false;
};

CsvReader::CsvReader(ChunkSource source, CsvOptions options)
    : parser_(std::make_unique<Parser>(std::move(source), options)) {}

CsvReader::~CsvReader() = default;

absl::StatusOr<std::unique_ptr<CsvReader>> CsvReader::Create(
    ChunkSource source, CsvOptions options) {
  std::unique_ptr<CsvReader> reader(new CsvReader(std::move(source), options));
  RETURN_IF_ERROR(reader->ReadHeader());
  return reader;
}

absl::Status CsvReader::ReadHeader() {
  CsvRow row;
  ASSIGN_OR_RETURN(const bool any, parser_->Next(&row));
  if (!any) {
    return CsvError("CSV_EMPTY", "the document is empty; expected a header row",
                    1);
  }
  absl::flat_hash_set<std::string> seen;
  for (size_t i = 0; i < row.fields.size() && row.problem.empty(); ++i) {
    absl::StripAsciiWhitespace(&row.fields[i]);
    const std::string& name = row.fields[i];
    if (!IsUtf8(name)) {
      row.problem = "the header is not UTF-8; convert the document to UTF-8";
    } else if (!name.empty() && !seen.insert(name).second) {
      row.problem = absl::StrCat("two columns are named '", name, "'");
    }
  }
  if (!row.problem.empty()) {
    return CsvError("CSV_BAD_HEADER",
                    absl::StrCat("line ", row.first_line, ": ", row.problem),
                    row.first_line);
  }
  header_ = std::move(row.fields);
  return absl::OkStatus();
}

std::optional<size_t> CsvReader::Column(absl::string_view name) const {
  const auto found = std::find(header_.begin(), header_.end(), name);
  if (found == header_.end()) return std::nullopt;
  return found - header_.begin();
}

absl::StatusOr<bool> CsvReader::Next(CsvRow* row) {
  ASSIGN_OR_RETURN(const bool any, parser_->Next(row));
  if (!any || !row->problem.empty()) return any;
  if (row->fields.size() != header_.size()) {
    row->problem = absl::StrCat(row->fields.size(),
                                row->fields.size() == 1 ? " field" : " fields",
                                ", the header has ", header_.size());
    return true;
  }
  for (size_t i = 0; i < row->fields.size(); ++i) {
    if (!IsUtf8(row->fields[i])) {
      row->problem = absl::StrCat("column '", header_[i], "' is not UTF-8");
      break;
    }
  }
  return true;
}

}  // namespace meridian
