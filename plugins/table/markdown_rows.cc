// Rows of a table in a Markdown page (GitHub's flavour), through cmark-gfm.
#include <cmark-gfm-core-extensions.h>
#include <cmark-gfm-extension_api.h>
#include <cmark-gfm.h>
#include <re2/re2.h>

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
  std::string heading;  // the nearest above
  std::vector<std::string> header;
  std::vector<Line> lines;
};

// Inline HTML that a reader does not see between letters. What else stands
// there is a space: "85<sup>2</sup>" and "85<br>2" are not 852.
bool IsEmphasis(const char* html) {
  static const RE2 emphasis(
      R"((?is)</?(?:b|i|em|strong|span|a|code|u|s|del|font|small|mark|img)\b)"
      R"([^>]*>|<!--.*-->)");
  return RE2::FullMatch(html, emphasis);
}

// What a reader sees of a cell: text without emphasis, links, images and
// marks of notes.
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
    } else if (type == CMARK_NODE_HTML_INLINE &&
               !IsEmphasis(cmark_node_get_literal(node))) {
      text += ' ';
    }
  }
  // Marks of notes that the page has not; the parser took the others.
  static const RE2 note(R"(\[\^[^\]\s]+\])");
  RE2::GlobalReplace(&text, note, "");
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
      cmark_parser_new(CMARK_OPT_DEFAULT | CMARK_OPT_FOOTNOTES),
      cmark_parser_free);
  cmark_parser_attach_syntax_extension(parser.get(),
                                       cmark_find_syntax_extension("table"));
  cmark_parser_feed(parser.get(), text.data(), text.size());
  const std::unique_ptr<cmark_node, void (*)(cmark_node*)> page(
      cmark_parser_finish(parser.get()), cmark_node_free);
  std::vector<Table> tables;
  std::string heading;
  const std::unique_ptr<cmark_iter, void (*)(cmark_iter*)> iter(
      cmark_iter_new(page.get()), cmark_iter_free);
  for (cmark_event_type event;
       (event = cmark_iter_next(iter.get())) != CMARK_EVENT_DONE;) {
    cmark_node* node = cmark_iter_get_node(iter.get());
    if (event != CMARK_EVENT_ENTER) continue;
    if (cmark_node_get_type(node) == CMARK_NODE_HEADING) {
      heading = TextOf(node);
    } else if (absl::string_view(cmark_node_get_type_string(node)) == "table") {
      tables.push_back(ReadTable(node));
      tables.back().heading = heading;
    }
  }
  return tables;
}

// The rows of tables with the same header; a mapping that names the column
// "@heading" gets what stands above the table.
class MarkdownRows : public RowSource {
 public:
  MarkdownRows(std::vector<Table> tables, size_t like_tables, bool with_heading,
               const std::string& text)
      : tables_(std::move(tables)),
        like_tables_(like_tables),
        lines_(absl::StrSplit(text, '\n')),
        header_(tables_[0].header),
        columns_(header_.size()) {
    if (with_heading) header_.push_back("@heading");
  }
  const std::vector<std::string>& header() const override { return header_; }
  size_t like_tables() const override { return like_tables_; }
  absl::StatusOr<bool> Next(TableRow* row) override {
    while (next_ == tables_[table_].lines.size()) {
      if (++table_ == tables_.size()) {
        --table_;
        return false;
      }
      next_ = 0;
    }
    Line& line = tables_[table_].lines[next_++];
    row->fields = std::move(line.cells);
    // Short rows are completed and long ones cut, as the flavour says.
    row->fields.resize(columns_);
    if (header_.size() > columns_) {
      row->fields.push_back(tables_[table_].heading);
    }
    row->first_line = row->last_line = line.number;
    row->excerpt = line.number > 0 && line.number <= lines_.size()
                       ? CleanUtf8(lines_[line.number - 1], kExcerptBytes)
                       : "";
    row->problem.clear();
    return true;
  }

 private:
  std::vector<Table> tables_;
  const size_t like_tables_;
  const std::vector<std::string> lines_;
  std::vector<std::string> header_;
  const size_t columns_;  // without "@heading"
  size_t table_ = 0;
  size_t next_ = 0;
};

// The table with its columns in the order of another; what that has not is
// left out.
Table Ordered(Table table, const std::vector<std::string>& header) {
  for (Line& line : table.lines) {
    line.cells.resize(table.header.size());
    std::vector<std::string> cells;
    for (const std::string& name : header) {
      const auto column = FindColumn(table.header, {name});
      cells.push_back(column.has_value() ? line.cells[*column] : "");
    }
    line.cells = std::move(cells);
  }
  return table;
}

bool Fits(const Mapping& mapping, const Table& table) {
  const auto& headings = mapping.headings;
  if (!headings.empty() && std::find(headings.begin(), headings.end(),
                                     table.heading) == headings.end()) {
    return false;
  }
  const auto required = mapping.RequiredColumns();
  return std::all_of(required.begin(), required.end(),
                     [&](const std::vector<std::string>& names) {
                       // "@path" and its like are not the page's.
                       return names[0][0] == '@' ||
                              FindColumn(table.header, names).has_value();
                     });
}

}  // namespace

absl::StatusOr<std::unique_ptr<RowSource>> OpenMarkdownRows(
    const Mapping& mapping, const std::string& text, const std::string& path) {
  std::vector<std::string> seen;
  std::vector<Table> chosen;
  size_t like_tables = 0;
  for (Table& table : ReadTables(text)) {
    if (!Fits(mapping, table)) {
      seen.push_back(
          absl::StrCat("(", absl::StrJoin(table.header, ", "), ")",
                       mapping.headings.empty()
                           ? ""
                           : absl::StrCat(" under '", table.heading, "'")));
      continue;
    }
    std::set<std::string> unique(table.header.begin(), table.header.end());
    if (unique.size() < table.header.size()) {
      return MakeError(absl::StatusCode::kInvalidArgument, "CSV_BAD_HEADER",
                       absl::StrCat(path,
                                    ": two columns of the table have one "
                                    "name: ",
                                    absl::StrJoin(table.header, ", ")),
                       {{"document", path}});
    }
    if (chosen.empty()) {
      chosen.push_back(std::move(table));
    } else if (mapping.all_tables) {
      chosen.push_back(Ordered(std::move(table), chosen[0].header));
    } else if (table.header == chosen[0].header) {
      ++like_tables;
    }
  }
  if (!chosen.empty()) {
    return std::make_unique<MarkdownRows>(
        std::move(chosen), like_tables,
        mapping.KnownColumns().contains("@heading"), text);
  }
  return MakeError(
      absl::StatusCode::kInvalidArgument, "TABLE_COLUMNS",
      absl::StrCat(path, ": no table of the page has the columns that ",
                   mapping.file, " needs",
                   mapping.headings.empty() ? "" : " under its heading",
                   "; it has ",
                   seen.empty() ? "no table" : absl::StrJoin(seen, " and ")),
      {{"document", path}});
}

}  // namespace meridian::table
