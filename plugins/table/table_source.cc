#include "plugins/table/table_source.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "plugins/table/mapping.h"
#include "plugins/table/row_mapper.h"
#include "plugins/table/rows.h"

namespace meridian {
namespace {

using table::Block;
using table::MappedRow;
using table::Mapping;
using table::RowMapper;
using table::TableRow;

// Each open snapshot keeps a batch in memory.
constexpr size_t kMostSnapshots = 4096;

// One figure out of many items: results of single tasks, say.
struct Mean {
  v1::Record first;  // of the items, without its value
  uint64_t count = 0;
  double sum = 0;
  double squares = 0;
};

// The snapshots of one read, opened as rows arrive.
class Snapshots {
 public:
  explicit Snapshots(Reader& reader) : reader_(reader) {}

  absl::StatusOr<SnapshotWriter*> Get(const Block& block,
                                      const MappedRow& row) {
    auto& writer = writers_[{row.stream, row.vintage.date()}];
    if (writer != nullptr) return writer.get();
    if (writers_.size() > kMostSnapshots) {
      return MakeError(absl::StatusCode::kResourceExhausted, "TABLE_SNAPSHOTS",
                       absl::StrCat("more than ", kMostSnapshots,
                                    " snapshots in one read; give the source "
                                    "fewer documents, or check the mapping's "
                                    "stream and vintage"));
    }
    v1::BeginSnapshot spec;
    spec.set_stream(row.stream);
    *spec.mutable_vintage() = row.vintage;
    *spec.mutable_coverage() = block.coverage;
    spec.set_mode(v1::SNAPSHOT_MODE_REPLACES);
    ASSIGN_OR_RETURN(writer, reader_.BeginSnapshot(std::move(spec)));
    return writer.get();
  }

  // Adds an item to its figure.
  absl::Status AddItem(const Block& block, MappedRow row, uint32_t document) {
    RETURN_IF_ERROR(Get(block, row).status());
    v1::Score& score = *row.record.mutable_score();
    const double value = score.value();
    score.clear_value();
    Mean& mean =
        means_[{{row.stream, row.vintage.date()}, score.SerializeAsString()}];
    mean.sum += value;
    mean.squares += value * value;
    v1::Locator& at = *row.record.mutable_locator();
    at.set_document(document);
    if (mean.count++ == 0) {
      mean.first = std::move(row.record);
    } else if (mean.first.locator().document() == document &&
               at.line() > mean.first.locator().line()) {
      mean.first.mutable_locator()->set_line_end(at.line());
    }
    return absl::OkStatus();
  }

  absl::Status End() {
    for (auto& [key, mean] : means_) {
      v1::Score& score = *mean.first.mutable_score();
      const auto n = static_cast<double>(mean.count);
      score.set_value(mean.sum / n);
      if (!score.has_votes()) score.set_votes(mean.count);
      // Of the mean of n items: sqrt(s^2 / n).
      const double spread = mean.squares - mean.sum * mean.sum / n;
      if (mean.count > 1 && !score.has_standard_error()) {
        score.set_standard_error(
            std::sqrt(std::max(0.0, spread) / (n - 1) / n));
      }
      RETURN_IF_ERROR(writers_[key.first]->Emit(std::move(mean.first)));
    }
    for (auto& [key, writer] : writers_) RETURN_IF_ERROR(writer->End());
    return absl::OkStatus();
  }

 private:
  Reader& reader_;
  using Key = std::pair<std::string, std::string>;  // stream, date
  std::map<Key, std::unique_ptr<SnapshotWriter>> writers_;
  std::map<std::pair<Key, std::string>, Mean> means_;  // by their score
};

// Reads one document.
class TableReader {
 public:
  TableReader(const Mapping& mapping, Reader& reader, Snapshots& snapshots)
      : mapping_(mapping), reader_(reader), snapshots_(snapshots) {}

  absl::Status Read(Document& document) {
    const std::string& path = document.head().path();
    document_ = document.head().request();
    ASSIGN_OR_RETURN(const auto rows, table::OpenRows(mapping_, document));
    RETURN_IF_ERROR(CheckHeader(rows->header(), path));
    if (rows->like_tables() > 0) {
      RETURN_IF_ERROR(reader_.Diagnose(
          v1::Diagnostic::SEVERITY_WARNING,
          absl::StrCat(path, ": ", rows->like_tables(),
                       " more of the page's tables have the columns and are "
                       "not read; write 'tables: all', or name the 'heading' "
                       "of the one that is meant")));
    }
    std::vector<RowMapper> mappers;
    for (const Block& block : mapping_.blocks) {
      mappers.emplace_back(block, rows->header(),
                           document.head().vintage_hint());
    }
    TableRow row;
    while (true) {
      const auto more = rows->Next(&row);
      if (!more.ok()) return Annotate(more.status(), path);
      if (!*more) break;
      RETURN_IF_ERROR(TakeRow(row, rows->header(), mappers));
    }
    return Report(path);
  }

 private:
  absl::Status TakeRow(const TableRow& row,
                       const std::vector<std::string>& header,
                       const std::vector<RowMapper>& mappers) {
    if (!row.problem.empty()) return Reject(row, "", row.problem, "");
    const std::string by = table::SkippedBy(mapping_.skip_rows, header, row);
    if (!by.empty()) {
      const size_t column = *table::FindColumn(header, {by});
      ++skipped_[absl::StrCat(by, " '", row.fields[column], "'")];
      return absl::OkStatus();
    }
    for (size_t i = 0; i < mappers.size(); ++i) {
      RETURN_IF_ERROR(TakeRecord(row, mapping_.blocks[i], mappers[i]));
    }
    return absl::OkStatus();
  }

  absl::Status TakeRecord(const TableRow& row, const Block& block,
                          const RowMapper& mapper) {
    MappedRow mapped;
    std::string column;
    const auto any = mapper.Map(row, &mapped, &column);
    if (!any.ok()) {
      return Reject(row, column, any.status().message(),
                    block.stream.constant.value_or(""));
    }
    if (!*any) return absl::OkStatus();
    ++records_;
    if (block.is_mean) {
      return snapshots_.AddItem(block, std::move(mapped), document_);
    }
    ASSIGN_OR_RETURN(SnapshotWriter* const writer,
                     snapshots_.Get(block, mapped));
    const v1::Record& record = mapped.record;
    if (record.has_score() && !record.has_cites() && record.notes().empty()) {
      return writer->EmitScore(record.score(), record.locator());
    }
    return writer->Emit(std::move(mapped.record));
  }

  absl::Status Reject(const TableRow& row, absl::string_view column,
                      absl::string_view why, absl::string_view stream) {
    v1::Locator locator;
    locator.set_line(row.first_line);
    if (row.last_line != row.first_line) locator.set_line_end(row.last_line);
    if (!row.pointer.empty()) locator.set_pointer(row.pointer);
    std::string message(why);
    if (!column.empty()) {
      locator.set_column(std::string(column));
      message = absl::StrCat("column '", column, "': ", why);
    }
    return reader_.Reject(std::move(locator), message, row.excerpt, stream);
  }

  // Every column that the mapping needs must be there; others are told.
  absl::Status CheckHeader(const std::vector<std::string>& header,
                           const std::string& path) {
    std::set<std::string> missing;
    for (const std::vector<std::string>& names : mapping_.RequiredColumns()) {
      if (table::FindColumn(header, names).has_value()) continue;
      missing.insert(absl::StrCat("'", absl::StrJoin(names, "' or '"), "'",
                                  DidYouMean(names[0], header)));
    }
    if (!missing.empty()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "TABLE_COLUMNS",
                       absl::StrCat(path, ": the header lacks ",
                                    absl::StrJoin(missing, ", "), ". It has ",
                                    absl::StrJoin(header, ", "), ". Change ",
                                    mapping_.file, " to what the table says"),
                       {{"document", path}});
    }
    const std::set<std::string> known = mapping_.KnownColumns();
    std::vector<std::string> unused;
    for (const std::string& name : header) {
      if (known.count(name) == 0) unused.push_back(name);
    }
    if (unused.empty()) return absl::OkStatus();
    return reader_.Diagnose(
        v1::Diagnostic::SEVERITY_INFO,
        absl::StrCat(path, ": columns that ", mapping_.file,
                     " does not use: ", absl::StrJoin(unused, ", ")));
  }

  absl::Status Report(const std::string& path) {
    for (const auto& [what, count] : skipped_) {
      RETURN_IF_ERROR(reader_.Diagnose(
          v1::Diagnostic::SEVERITY_INFO,
          absl::StrCat(path, ": skipped ", count, count == 1 ? " row" : " rows",
                       " with ", what, ", as ", mapping_.file, " says")));
    }
    if (records_ > 0) return absl::OkStatus();
    return reader_.Diagnose(v1::Diagnostic::SEVERITY_WARNING,
                            absl::StrCat(path, ": no row gave a record"));
  }

  const Mapping& mapping_;
  Reader& reader_;
  Snapshots& snapshots_;
  uint32_t document_ = 0;  // its number
  std::map<std::string, uint64_t> skipped_;
  uint64_t records_ = 0;
};

}  // namespace

v1::DescribeResponse TableSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("table");
  description.set_version("1.2.0");
  description.set_summary(
      "Tables, through a mapping file from columns to "
      "records");
  description.add_streams("as the mapping says");
  description.set_config_json_schema(
      R"({"type":"object","required":["mapping"],)"
      R"("additionalProperties":false,"properties":{"mapping":)"
      R"({"type":"object","required":["file","text"],"properties":)"
      R"({"file":{"type":"string"},"text":{"type":"string"}}}}})");
  description.add_document_kinds("CSV and TSV with a header row");
  description.add_document_kinds(
      "JSON, JSON lines, YAML and TOML: the rows at a pointer");
  description.add_document_kinds("Markdown: a table of the page");
  return description;
}

std::vector<v1::Problem> TableSource::Check(
    const std::string& config_json) const {
  std::vector<v1::Problem> problems;
  table::MappingFromConfig(config_json, &problems);
  return problems;
}

absl::Status TableSource::Read(Reader& reader) {
  std::vector<v1::Problem> problems;
  const std::optional<Mapping> mapping =
      table::MappingFromConfig(reader.config_json(), &problems);
  if (!mapping.has_value()) {
    const v1::Problem& first = problems.front();
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_MAPPING",
                     absl::StrCat(first.file(), ":", first.line(), ": ",
                                  first.path(), ": ", first.message(), " (",
                                  problems.size(), " problems in all)"),
                     {{"path", first.path()}});
  }
  Snapshots snapshots(reader);
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return snapshots.End();
    RETURN_IF_ERROR(TableReader(*mapping, reader, snapshots).Read(*document));
  }
}

}  // namespace meridian
