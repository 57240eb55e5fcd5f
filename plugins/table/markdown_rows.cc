// Rows of a table in a Markdown page (GitHub's flavour), through cmark-gfm.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>

#include <algorithm>
#include <memory>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "plugins/table/row_mapper.h"
#include "plugins/table/rows.h"

namespace meridian::table {
namespace {

constexpr size_t kExcerptBytes = 512;

struct Line {
  std::vector<std::string> cells;
  uint32_t number = 0;
};

struct Table {
  std::vector<std::string> header;
  std::vector<Line> lines;
};

// What a reader sees of a cell: text without emphasis, links and images.
std::string TextOf(cmark_node* cell) {
  std::string text;
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> iter(
      cmark_iter_new(cell), cmark_iter_free);
  for (cmark_event_type event;
       (event = cmark_iter_next(iter.get())) != CMARK_EVENT_DONE;) {
    if (event != CMARK_EVENT_ENTER) continue;
    cmark_node* node = cmark_iter_get_node(iter.get());
    const cmark_node_type type = cmark_node_get_type(node);
    if (type == CMARK_NODE_TEXT || type == CMARK_NODE_CODE) {
      text += cmark_node_get_literal(node);
    } else if (type == CMARK_NODE_SOFTBREAK || type == CMARK_NODE_LINEBREAK) {
      text += ' ';
    }
  }
  return std::string(absl::StripAsciiWhitespace(text));
}

Table ReadTable(cmark_node* node) {
  Table table;
  for (cmark_node* row = cmark_node_first_child(node); row != nullptr;
       row = cmark_node_next(row)) {
    Line line;
    line.number = static_cast<uint32_t>(cmark_node_get_start_line(row));
    for (cmark_node* cell = cmark_node_first_child(row); cell != nullptr;
         cell = cmark_node_next(cell)) {
      line.cells.push_back(TextOf(cell));
    }
    if (row == cmark_node_first_child(node)) {
      table.header = std::move(line.cells);
    } else {
      table.lines.push_back(std::move(line));
    }
  }
  return table;
}

std::vector<Table> ReadTables(const std::string& text) {
  cmark_gfm_core_extensions_ensure_registered();
  const std::unique_ptr<cmark_parser, void (*)(cmark_parser*)> parser(
      cmark_parser_new(CMARK_OPT_DEFAULT), cmark_parser_free);
  cmark_parser_attach_syntax_extension(parser.get(),
                                       cmark_find_syntax_extension("table"));
  cmark_parser_feed(parser.get(), text.data(), text.size());
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> page(
      cmark_parser_finish(parser.get()), cmark_node_free);
  std::vector<Table> tables;
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> iter(
      cmark_iter_new(page.get()), cmark_iter_free);
  for (cmark_event_type event;
       (event = cmark_iter_next(iter.get())) != CMARK_EVENT_DONE;) {
    cmark_node* node = cmark_iter_get_node(iter.get());
    if (event == CMARK_EVENT_ENTER &&
        absl::string_view(cmark_node_get_type_string(node)) == "table") {
      tables.push_back(ReadTable(node));
    }
  }
  return tables;
}

class MarkdownRows : public RowSource {
 public:
  MarkdownRows(Table table, const std::string& text)
      : table_(std::move(table)), lines_(absl::StrSplit(text, '\n')) {}
  const std::vector<std::string>& header() const override {
    return table_.header;
  }
  absl::StatusOr<bool> Next(TableRow* row) override {
    if (next_ == table_.lines.size()) return false;
    Line& line = table_.lines[next_++];
    row->fields = std::move(line.cells);
    // Short rows are completed and long ones cut, as the flavour says.
    row->fields.resize(table_.header.size());
    row->first_line = row->last_line = line.number;
    row->excerpt = line.number > 0 && line.number <= lines_.size()
                       ? CleanUtf8(lines_[line.number - 1], kExcerptBytes)
                       : "";
    row->problem.clear();
    return true;
  }

 private:
  Table table_;
  const std::vector<std::string> lines_;
  size_t next_ = 0;
};

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenMarkdownRows(
    const Mapping& mapping, const std::string& text, const std::string& path) {
  std::vector<std::string> seen;
  for (Table& table : ReadTables(text)) {
    const auto required = mapping.RequiredColumns();
    const bool fits =
        std::all_of(required.begin(), required.end(),
                    [&](const std::vector<std::string>& names) {
                      // "@path" and its like are not the page's.
                      return names[0][0] == '@' ||
                             FindColumn(table.header, names).has_value();
                    });
    std::set<std::string> unique(table.header.begin(), table.header.end());
    if (fits && unique.size() < table.header.size()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "CSV_BAD_HEADER",
                       absl::StrCat(path,
                                    ": two columns of the table have one "
                                    "name: ",
                                    absl::StrJoin(table.header, ", ")),
                       {{"document", path}});
    }
    if (fits) return std::make_unique<MarkdownRows>(std::move(table), text);
    seen.push_back(absl::StrCat("(", absl::StrJoin(table.header, ", "), ")"));
  }
  return MakeError(
      absl::StatusCode::kInvalidArgument, "TABLE_COLUMNS",
      absl::StrCat(path, ": no table of the page has the columns that ",
                   mapping.file, " needs; it has ",
                   seen.empty() ? "no table" : absl::StrJoin(seen, " and ")),
      {{"document", path}});
}

}  // namespace meridian::table
