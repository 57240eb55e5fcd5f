// Mapping files from an enemy: refused with places, or usable on any table.
// And drafts of any file: a draft is a mapping that Check accepts.
#include <cstdlib>
#include <iostream>

#include "common/base/utf8.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/sdk/testing.h"
#include "plugins/table/draft.h"
#include "plugins/table/table_source.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

std::string ConfigOf(const std::string& mapping) {
  // Text that is no UTF-8 cannot reach a plugin.
  if (!IsUtf8(mapping)) return "";
  google::protobuf::Struct config;
  auto& fields = *(*config.mutable_fields())["mapping"]
                      .mutable_struct_value()
                      ->mutable_fields();
  fields["file"].set_string_value("m.yaml");
  fields["text"].set_string_value(mapping);
  std::string json;
  return google::protobuf::util::MessageToJsonString(config, &json).ok() ? json
                                                                         : "";
}

void TryMapping(const std::string& text) {
  const std::string config = ConfigOf(text);
  if (config.empty()) return;
  TableSource source;
  for (const v1::Problem& problem : source.Check(config)) {
    if (problem.message().empty()) std::abort();
    return;
  }
  testing::TestDocument document{"t.csv", "a,b,c\n1,2,x\n,,\n9,\"q\",z\n", {}};
  document.vintage_hint.set_date("2026-01-02");
  document.vintage_hint.set_basis(v1::VINTAGE_BASIS_CONFIG);
  const auto read = testing::ReadDocuments(source, config, {document});
  if (!read.ok()) return;
  for (const v1::Rejected& rejected : read->rejected) {
    if (rejected.why().empty()) std::abort();
  }
}

void TryDraft(const std::string& text) {
  for (const char* name :
       {"f.csv", "f.tsv", "f.json", "f.yaml", "f.toml", "f.md"}) {
    const auto draft = table::DraftMapping(text, name);
    if (!draft.ok()) continue;
    const std::string config = ConfigOf(*draft);
    if (config.empty()) continue;
    for (const v1::Problem& problem : TableSource().Check(config)) {
      std::cerr << problem.ShortDebugString() << "\n" << *draft;
      std::abort();
    }
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      "record: score\nstream: s\ncoverage: ALL\nfields:\n  board: {const: b}\n"
      "  model: a\n  value: {column: b, strip_suffix: \"%\", scale: 2}\n",
      "format: json\nrows: [/x/*, \"\"]\nskip_rows_where: {a: [x]}\nrecords:\n"
      "  - record: model\n    fields: {name: a, developers: {column: b, split: "
      "\",\"}}\n  - record: usage\n    fields: {subject: a, measure: {const: "
      "downloads}, count: {column: b, magnitude: true}}\n",
      "record: offering\nunpivot: true\nfields: {operator: {const: o}, route: "
      "\"@column\", model: {column: \"@cell\", match: '^(.+)$'}}\nvintage: "
      "{const: 2025-01-02}\n",
      "model,score\na,1\nb,2%\n",
      R"([{"id": "a/b", "pricing": {"prompt": "0"}}])",
      "| Model | A |\n|---|---|\n| x | 1 |\n"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  meridian::fuzz::TryMapping(text);
  meridian::fuzz::TryDraft(text);
  return 0;
}
