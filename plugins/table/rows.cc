#include "plugins/table/rows.h"

#include <set>
#include <utility>

#include "common/base/status.h"

namespace meridian::table {
namespace {

class CsvRows : public RowSource {
 public:
  explicit CsvRows(std::unique_ptr<CsvReader> csv) : csv_(std::move(csv)) {}
  const std::vector<std::string>& header() const override {
    return csv_->header();
  }
  absl::StatusOr<bool> Next(TableRow* row) override { return csv_->Next(row); }

 private:
  const std::unique_ptr<CsvReader> csv_;
};

// Rows with the column "@path".
class PathRows : public RowSource {
 public:
  PathRows(std::unique_ptr<RowSource> rows, std::string path)
      : rows_(std::move(rows)), path_(std::move(path)) {
    header_ = rows_->header();
    header_.push_back("@path");
  }
  const std::vector<std::string>& header() const override { return header_; }
  size_t like_tables() const override { return rows_->like_tables(); }
  absl::StatusOr<bool> Next(TableRow* row) override {
    ASSIGN_OR_RETURN(const bool more, rows_->Next(row));
    if (more && row->problem.empty()) row->fields.push_back(path_);
    return more;
  }

 private:
  const std::unique_ptr<RowSource> rows_;
  const std::string path_;
  std::vector<std::string> header_;
};

// One row for each column that the mapping does not name.
class UnpivotedRows : public RowSource {
 public:
  UnpivotedRows(std::unique_ptr<RowSource> rows, const Mapping& mapping)
      : rows_(std::move(rows)) {
    const std::set<std::string> known = mapping.KnownColumns();
    for (size_t i = 0; i < rows_->header().size(); ++i) {
      const std::string& name = rows_->header()[i];
      (known.contains(name) ? kept_ : melted_).push_back(i);
      if (known.contains(name)) header_.push_back(name);
    }
    header_.push_back("@column");
    header_.push_back("@cell");
    next_ = melted_.size();
  }
  const std::vector<std::string>& header() const override { return header_; }
  size_t like_tables() const override { return rows_->like_tables(); }

  absl::StatusOr<bool> Next(TableRow* row) override {
    if (next_ == melted_.size()) {  // also at the start
      ASSIGN_OR_RETURN(const bool more, rows_->Next(&wide_));
      if (!more || melted_.empty()) return false;
      next_ = 0;
    }
    *row = wide_;
    if (!wide_.problem.empty()) {
      next_ = melted_.size();  // told once
      return true;
    }
    const size_t column = melted_[next_++];
    row->fields.clear();
    for (const size_t i : kept_) row->fields.push_back(wide_.fields[i]);
    row->column = rows_->header()[column];
    row->fields.push_back(row->column);
    row->fields.push_back(wide_.fields[column]);
    return true;
  }

 private:
  const std::unique_ptr<RowSource> rows_;
  std::vector<size_t> kept_, melted_;
  std::vector<std::string> header_;
  TableRow wide_;
  size_t next_ = 0;  // of melted_
};

absl::StatusOr<std::unique_ptr<RowSource>> OpenFormat(const Mapping& mapping,
                                                      Document& document) {
  const std::string& path = document.head().path();
  if (mapping.format == Format::kCsv) {
    auto csv = CsvReader::Create([&] { return document.NextChunk(); },
                                 {.delimiter = mapping.delimiter});
    if (!csv.ok()) return Annotate(csv.status(), path);
    return std::make_unique<CsvRows>(*std::move(csv));
  }
  ASSIGN_OR_RETURN(std::string text, document.ReadAll());
  return mapping.format == Format::kMarkdown
             ? OpenMarkdownRows(mapping, text, path)
             : OpenTreeRows(mapping, std::move(text), path);
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenRows(const Mapping& mapping,
                                                    Document& document) {
  ASSIGN_OR_RETURN(std::unique_ptr<RowSource> rows,
                   OpenFormat(mapping, document));
  const bool has_path = mapping.format != Format::kCsv &&
                        mapping.format != Format::kMarkdown;  // a tree
  if (!has_path && mapping.KnownColumns().contains("@path")) {
    rows = std::make_unique<PathRows>(std::move(rows), document.head().path());
  }
  if (!mapping.unpivot) return rows;
  return std::make_unique<UnpivotedRows>(std::move(rows), mapping);
}

}  // namespace meridian::table
