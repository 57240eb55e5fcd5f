// Tables in every format from an enemy: a document is refused, or its rows have
// a field for each column and a place inside it.
#include <cstdlib>

#include "plugins/table/rows.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

void ReadAll(const absl::StatusOr<std::unique_ptr<table::RowSource>>& rows,
             size_t lines) {
  if (!rows.ok()) return;
  table::TableRow row;
  while (true) {
    const auto more = (*rows)->Next(&row);
    if (!more.ok() || !*more) return;
    // A row with a problem is rejected, not read.
    if (row.problem.empty() && row.fields.size() != (*rows)->header().size()) {
      std::abort();
    }
    if (row.first_line > lines || row.last_line < row.first_line) std::abort();
    if (row.excerpt.size() > 512) std::abort();
  }
}

table::Mapping MakeMapping(table::Format format, const std::string& rows) {
  table::Mapping mapping;
  mapping.file = "m.yaml";
  mapping.format = format;
  mapping.rows = {rows};
  mapping.columns_expected = {"a",    "/b/0/c", "/b/*/c",
                              "@key", "@value", "../x/a"};
  return mapping;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {R"([{"a": 1, "b": [{"c": "x"}, {"c": null}]}, {"a": "y"}])",
          R"({"x": {"a": true, "b": []}, "y": 2})",
          "- a: 1\n  b: [{c: 2}]\n- {a: x}\n",
          "a = 1\nb = [{c = 2024-01-01}, {c = 1.5}]\n[x]\na = 131_072\n",
          "# h\n\n| a | b |\n|---|---|\n| **1** | [l](u) |\n| 2 |\n",
          "| a | a |\n|--|--|\n|1|2|\n",
          "{\"a\": 1, \"b\": [{\"c\": 2}]}\n\n{\"a\": \n{\"b\": []}\n",
          "# h\n| a |\n|---|\n| 1<sup>2</sup> |\n# i\n| a |\n|---|\n| 3 |\n"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using meridian::fuzz::MakeMapping;
  using meridian::table::Format;
  const std::string text(reinterpret_cast<const char*>(data), size);
  size_t lines = 1;
  // YAML and TOML know other line ends too.
  for (const char c : text) lines += c >= '\n' && c <= '\r';
  for (const Format format :
       {Format::kJson, Format::kJsonLines, Format::kYaml, Format::kToml}) {
    for (const char* rows : {"", "/*", "/b/*"}) {
      const auto mapping = MakeMapping(format, rows);
      meridian::fuzz::ReadAll(
          meridian::table::OpenTreeRows(mapping, text, "fuzz"), lines);
    }
  }
  auto mapping = MakeMapping(Format::kMarkdown, "");
  meridian::fuzz::ReadAll(
      meridian::table::OpenMarkdownRows(mapping, text, "fuzz"), lines);
  mapping.columns_expected = {"a", "@heading"};
  mapping.all_tables = true;
  meridian::fuzz::ReadAll(
      meridian::table::OpenMarkdownRows(mapping, text, "fuzz"), lines);
  return 0;
}
