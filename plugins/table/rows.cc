#include "plugins/table/rows.h"

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

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenRows(const Mapping& mapping,
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

}  // namespace meridian::table
