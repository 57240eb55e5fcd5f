#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/canonical.h"
#include "common/records/record_fields.h"
#include "common/yaml/yaml.h"
#include "plugins/table/mapping.h"
#include "plugins/table/rule_parser.h"

namespace meridian::table {
namespace {

using google::protobuf::FieldDescriptor;

const std::vector<std::string>& BlockKeys() {
  static const auto* keys = new std::vector<std::string>{
      "record",          "stream",  "coverage", "top",      "vintage",
      "skip_rows_where", "missing", "fields",   "aggregate"};
  return *keys;
}

const std::vector<std::string>& FileKeys() {
  static const auto* keys = new std::vector<std::string>{"title",
                                                         "unpivot",
                                                         "format",
                                                         "delimiter",
                                                         "columns_expected",
                                                         "columns_ignored",
                                                         "rows",
                                                         "records",
                                                         "record",
                                                         "stream",
                                                         "coverage",
                                                         "top",
                                                         "vintage",
                                                         "missing",
                                                         "fields",
                                                         "skip_rows_where",
                                                         "aggregate",
                                                         "tables",
                                                         "heading"};
  return *keys;
}

// The stream of a kind that has one of its own; empty for the others.
std::string DefaultStream(const FieldDescriptor& kind) {
  if (kind.name() == "usage") return "usage";
  if (kind.name() == "score" || kind.name() == "vote") return "";
  return absl::StrCat(kind.name(), "s");
}

bool IsNumber(const FieldDescriptor& field) {
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_DOUBLE:
    case FieldDescriptor::CPPTYPE_UINT32:
    case FieldDescriptor::CPPTYPE_UINT64:
      return true;
    default:
      return false;
  }
}

// A value that the field takes, to see whether a mapping fills what the kind
// requires.
std::string SampleValue(const FieldDescriptor& field) {
  if (IsNumber(field)) return "1";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_BOOL) return "true";
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_ENUM) {
    return field.enum_type()->value(1)->name();
  }
  return IsDateField(field) ? "2000-01-01" : "XX";
}

class MappingParser {
 public:
  MappingParser(absl::string_view file, std::vector<v1::Problem>* problems)
      : parser_(file, problems) {}

  Mapping Parse(const YamlValue& tree) {
    mapping_.file = parser_.file();
    if (!parser_.CheckKeys(tree, "", FileKeys())) return mapping_;
    ParseFormat(tree);
    missing_ = Missing(tree, "", {""});
    if (const YamlValue* columns = tree.Find("columns_expected")) {
      mapping_.columns_expected = parser_.Texts(*columns, "columns_expected");
    }
    if (const YamlValue* columns = tree.Find("columns_ignored")) {
      mapping_.columns_ignored = parser_.Texts(*columns, "columns_ignored");
    }
    if (const YamlValue* skip = tree.Find("skip_rows_where")) {
      mapping_.skip_rows = parser_.Skip(*skip, "skip_rows_where");
    }
    if (const YamlValue* vintage = tree.Find("vintage")) {
      vintage_ = parser_.Vintage(*vintage, "vintage", missing_);
    }
    ParseBlocks(tree);
    CheckStreams(tree);
    return mapping_;
  }

 private:
  std::set<std::string> Missing(const YamlValue& value, absl::string_view path,
                                std::set<std::string> otherwise) {
    const YamlValue* missing = value.Find("missing");
    if (missing == nullptr) return otherwise;
    const auto texts = parser_.Texts(*missing, PathOf(path, "missing"));
    std::set<std::string> result(texts.begin(), texts.end());
    // What a tree does not have is missing, whatever else is.
    if (mapping_.format != Format::kCsv) result.insert("");
    return result;
  }

  void ParseFormat(const YamlValue& tree) {
    const YamlValue* format = tree.Find("format");
    static const auto* formats = new std::map<std::string, Format>{
        {"csv", Format::kCsv},          {"tsv", Format::kCsv},
        {"json", Format::kJson},        {"jsonl", Format::kJsonLines},
        {"yaml", Format::kYaml},        {"toml", Format::kToml},
        {"markdown", Format::kMarkdown}};
    if (format != nullptr) {
      const auto found = formats->find(format->text);
      if (found != formats->end()) {
        mapping_.format = found->second;
        if (format->text == "tsv") mapping_.delimiter = '\t';
      } else {
        parser_.Add(*format, "format",
                    absl::StrCat("'", format->text, "' is not a format"),
                    "write csv, tsv, json, jsonl, yaml, toml or markdown");
      }
    }
    const bool is_tree =
        mapping_.format != Format::kCsv && mapping_.format != Format::kMarkdown;
    ParseTables(tree);
    if (const YamlValue* rows = tree.Find("rows")) {
      mapping_.rows = parser_.Texts(*rows, "rows");
      if (!is_tree) {
        parser_.Add(*rows, "rows",
                    "'rows' goes with json, jsonl, yaml and toml only",
                    "delete 'rows'");
      } else if (mapping_.rows.empty() ||
                 !std::all_of(mapping_.rows.begin(), mapping_.rows.end(),
                              [](const std::string& pointer) {
                                return pointer.empty() || pointer[0] == '/';
                              })) {
        parser_.Add(*rows, "rows", "expected a JSON pointer",
                    "write e.g. rows: /data/models, or rows: /* for every "
                    "entry of a mapping");
      }
    }
    if (const YamlValue* unpivot = tree.Find("unpivot")) {
      mapping_.unpivot = parser_.Bool(*unpivot, "unpivot").value_or(false);
    }
    const YamlValue* delimiter = tree.Find("delimiter");
    if (delimiter == nullptr) return;
    if (mapping_.format != Format::kCsv) {
      parser_.Add(*delimiter, "delimiter", "'delimiter' goes with csv only",
                  "delete 'delimiter'");
      return;
    }
    if (delimiter->is_scalar() && delimiter->text.size() == 1 &&
        !absl::StrContains("\"\r\n", delimiter->text)) {
      mapping_.delimiter = delimiter->text[0];
    } else {
      parser_.Add(*delimiter, "delimiter", "expected one character",
                  "write e.g. delimiter: \";\"");
    }
  }

  // Which tables of a Markdown page.
  void ParseTables(const YamlValue& tree) {
    for (const char* key : {"tables", "heading"}) {
      const YamlValue* value = tree.Find(key);
      if (value != nullptr && mapping_.format != Format::kMarkdown) {
        parser_.Add(*value, key,
                    absl::StrCat("'", key, "' goes with markdown only"),
                    absl::StrCat("delete '", key, "'"));
      }
    }
    if (const YamlValue* tables = tree.Find("tables")) {
      mapping_.all_tables = tables->text == "all";
      if (tables->text != "all" && tables->text != "first") {
        parser_.Add(*tables, "tables", "expected first or all",
                    "write tables: all");
      }
    }
    if (const YamlValue* heading = tree.Find("heading")) {
      mapping_.headings = parser_.Texts(*heading, "heading");
    }
  }

  void ParseBlocks(const YamlValue& tree) {
    const YamlValue* records = tree.Find("records");
    if (records == nullptr) {
      ParseBlock(tree, "");
      return;
    }
    for (const char* key : {"record", "stream", "coverage", "top", "fields"}) {
      if (const YamlValue* value = tree.Find(key)) {
        parser_.Add(*value, key,
                    absl::StrCat("'", key, "' stands beside 'records'"),
                    "move it into an item of 'records'");
      }
    }
    if (!records->is_list() || records->children.empty()) {
      parser_.Add(
          *records, "records",
          absl::StrCat("expected a list of records, this is ",
                       records->is_list() ? "empty" : records->TypeName()));
      return;
    }
    for (size_t i = 0; i < records->children.size(); ++i) {
      const std::string path = absl::StrCat("records[", i, "]");
      const YamlValue& block = records->children[i];
      if (parser_.CheckKeys(block, path, BlockKeys())) {
        ParseBlock(block, path);
      }
    }
  }

  void ParseBlock(const YamlValue& value, const std::string& path) {
    Block block;
    block.kind = Kind(value, path);
    if (block.kind == nullptr) return;
    const auto missing = Missing(value, path, missing_);
    ParseStream(value, path, missing, &block);
    ParseCoverage(value, path, &block);
    ParseAggregate(value, path, &block);
    // At the top level the file's own are already taken.
    if (!path.empty()) {
      if (const YamlValue* skip = value.Find("skip_rows_where")) {
        block.skip_rows = parser_.Skip(*skip, PathOf(path, "skip_rows_where"));
      }
    }
    const YamlValue* vintage = path.empty() ? nullptr : value.Find("vintage");
    block.vintage =
        vintage == nullptr
            ? vintage_
            : parser_.Vintage(*vintage, PathOf(path, "vintage"), missing);
    ParseFields(value, path, missing, &block);
    mapping_.blocks.push_back(std::move(block));
  }

  const FieldDescriptor* Kind(const YamlValue& value, absl::string_view path) {
    const std::vector<std::string> kinds = RecordKindNames();
    const YamlValue* record = value.Find("record");
    if (record == nullptr) {
      parser_.Add(
          value, PathOf(path, "record"), "the kind of record is missing",
          absl::StrCat("add record: one of ", absl::StrJoin(kinds, ", ")));
      return nullptr;
    }
    const FieldDescriptor* kind = FindRecordKind(record->text);
    if (kind == nullptr) {
      parser_.Add(*record, PathOf(path, "record"),
                  absl::StrCat("'", record->text, "' is not a kind of record",
                               DidYouMean(record->text, kinds)),
                  absl::StrCat("write one of ", absl::StrJoin(kinds, ", ")));
    }
    return kind;
  }

  void ParseStream(const YamlValue& value, absl::string_view path,
                   const std::set<std::string>& missing, Block* block) {
    const std::string stream_path = PathOf(path, "stream");
    const YamlValue* stream = value.Find("stream");
    if (stream == nullptr) {
      block->stream.constant = DefaultStream(*block->kind);
      if (block->stream.constant->empty()) {
        parser_.Add(value, stream_path,
                    absl::StrCat("a ", block->kind->name(), " needs a stream"),
                    "add stream: BOARD/METHOD");
      }
    } else if (stream->is_map()) {
      block->stream = parser_.Cell(*stream, stream_path, missing);
      block->stream.required = true;
      if (!block->stream.split.empty()) {
        parser_.Add(*stream, stream_path, "a row has one stream",
                    "delete 'split'");
      }
    } else {
      block->stream.constant = parser_.Text(*stream, stream_path);
    }
  }

  void ParseAggregate(const YamlValue& value, absl::string_view path,
                      Block* block) {
    const YamlValue* aggregate = value.Find("aggregate");
    if (aggregate == nullptr) return;
    if (aggregate->text != "mean" || block->kind->name() != "score") {
      parser_.Add(*aggregate, PathOf(path, "aggregate"),
                  "'aggregate' makes one score of many rows",
                  "aggregate: mean, with record: score");
      return;
    }
    block->is_mean = true;
  }

  void ParseCoverage(const YamlValue& value, absl::string_view path,
                     Block* block) {
    block->coverage.set_extent(v1::Coverage::EXTENT_SOME);
    const YamlValue* extent = value.Find("coverage");
    const YamlValue* top = value.Find("top");
    const FieldDescriptor& field =
        *v1::Coverage::descriptor()->FindFieldByName("extent");
    if (extent != nullptr) {
      const auto set = SetFromText(field, extent->text, &block->coverage);
      if (!set.ok()) {
        parser_.Add(*extent, PathOf(path, "coverage"), set.message(),
                    "write ALL, SOME or TOP");
      }
    }
    const bool is_top = block->coverage.extent() == v1::Coverage::EXTENT_TOP;
    if (is_top && top == nullptr) {
      parser_.Add(*extent, PathOf(path, "coverage"),
                  "coverage TOP does not say how many rows", "add top: NUMBER");
    } else if (top != nullptr && !is_top) {
      parser_.Add(*top, PathOf(path, "top"),
                  "'top' goes with coverage TOP only", "delete 'top'");
    } else if (top != nullptr) {
      const auto set =
          SetFromText(*v1::Coverage::descriptor()->FindFieldByName("top"),
                      top->text, &block->coverage);
      if (!set.ok()) parser_.Add(*top, PathOf(path, "top"), set.message());
    }
  }

  void ParseFields(const YamlValue& value, absl::string_view path,
                   const std::set<std::string>& missing, Block* block) {
    const std::string fields_path = PathOf(path, "fields");
    const YamlValue* fields = value.Find("fields");
    if (fields == nullptr || !fields->is_map()) {
      parser_.Add(fields == nullptr ? value : *fields, fields_path,
                  "the fields are missing",
                  "add fields: {FIELD: {column: NAME}}");
      return;
    }
    bool all_resolved = true;
    for (const YamlValue& entry : fields->children) {
      const std::string field_path = PathOf(fields_path, entry.key);
      if (ParseDistance(entry, field_path, missing, block)) continue;
      auto target = ResolveTarget(*block->kind, entry.key);
      if (!target.ok()) {
        parser_.Add(entry, field_path, target.status().message());
        all_resolved = false;
        continue;
      }
      CellRule rule;
      if (entry.is_string()) {
        rule.columns = {entry.text};
        rule.missing = missing;
      } else {
        rule = parser_.Cell(entry, field_path, missing);
      }
      CheckRule(entry, field_path, *target, rule);
      block->fields.push_back({*std::move(target), std::move(rule)});
    }
    if (all_resolved) CheckRequired(*fields, fields_path, *block);
  }

  // Targets of scores that are no fields: distances from the value.
  bool ParseDistance(const YamlValue& entry, const std::string& path,
                     const std::set<std::string>& missing, Block* block) {
    const bool is_half = entry.key == "half_width";
    const bool of_lower = is_half || entry.key == "lower_by";
    const bool of_upper = is_half || entry.key == "upper_by";
    if (block->kind->name() != "score" || (!of_lower && !of_upper)) {
      return false;
    }
    CellRule rule;
    if (entry.is_string()) {
      rule.columns = {entry.text};
      rule.missing = missing;
    } else {
      rule = parser_.Cell(entry, path, missing);
    }
    block->distances.push_back({of_lower, of_upper, std::move(rule)});
    return true;
  }

  void CheckRule(const YamlValue& at, const std::string& path,
                 const Target& target, const CellRule& rule) {
    const FieldDescriptor& field = target.scalar();
    const bool is_text = field.cpp_type() == FieldDescriptor::CPPTYPE_STRING;
    if (!rule.split.empty() && target.list.empty() && !field.is_repeated()) {
      parser_.Add(at, PathOf(path, "split"),
                  absl::StrCat("'", field.name(), "' takes one value"),
                  "delete 'split'");
    }
    if (rule.scale.has_value() && !IsNumber(field)) {
      parser_.Add(at, PathOf(path, "scale"),
                  absl::StrCat("'", field.name(), "' is not a number"),
                  "delete 'scale'");
    }
    for (const auto& [key, used] :
         {std::pair<const char*, bool>{"date_format",
                                       !rule.date_format.empty()},
          {"prefix", !rule.prefix.empty()},
          {"suffix", !rule.suffix.empty()}}) {
      if (used && !is_text) {
        parser_.Add(at, PathOf(path, key),
                    absl::StrCat("'", field.name(), "' is not a text"),
                    absl::StrCat("delete '", key, "'"));
      }
    }
    if (rule.constant.has_value()) {
      CheckValue(at, PathOf(path, "const"), target, *rule.constant);
    }
    const bool final =
        rule.date_format.empty() && rule.prefix.empty() && rule.suffix.empty();
    for (const auto& [from, to] : rule.value_map) {
      const YamlValue* map = at.Find("value_map");
      const YamlValue* line = map == nullptr ? nullptr : map->Find(from);
      if (final) {
        CheckValue(line == nullptr ? at : *line,
                   PathOf(PathOf(path, "value_map"), from), target, to);
      }
    }
  }

  void CheckValue(const YamlValue& at, const std::string& path,
                  const Target& target, const std::string& value) {
    v1::Record scratch;
    const auto set = SetTarget(target, 0, value, &scratch);
    if (!set.ok()) parser_.Add(at, path, set.message());
  }

  void CheckRequired(const YamlValue& at, const std::string& path,
                     const Block& block) {
    v1::Record scratch;
    scratch.GetReflection()->MutableMessage(&scratch, block.kind);
    for (const FieldRule& field : block.fields) {
      const std::string sample = SampleValue(field.target.scalar());
      SetTarget(field.target, 0, sample, &scratch).IgnoreError();
    }
    const auto hash = HashRecord(scratch);
    if (!hash.ok()) {
      parser_.Add(at, path, hash.status().message(),
                  "map it from a column, or give it as const");
    }
  }

  // Two blocks that fill one stream must say the same of it.
  void CheckStreams(const YamlValue& tree) {
    std::map<std::string, std::string> coverage;
    for (const Block& block : mapping_.blocks) {
      if (!block.stream.constant.has_value()) continue;
      const auto [other, is_new] = coverage.emplace(
          *block.stream.constant, block.coverage.SerializeAsString());
      if (!is_new && other->second != block.coverage.SerializeAsString()) {
        parser_.Add(tree, "records",
                    absl::StrCat("two records fill the stream '", other->first,
                                 "' with different coverage"),
                    "give both the same coverage, or different streams");
      }
    }
  }

  RuleParser parser_;
  Mapping mapping_;
  std::set<std::string> missing_;
  std::optional<VintageRule> vintage_;
};

}  // namespace

std::optional<Mapping> ParseMapping(absl::string_view text,
                                    absl::string_view file,
                                    std::vector<v1::Problem>* problems) {
  const size_t before = problems->size();
  const auto tree = ParseYaml(text, file);
  if (!tree.ok()) {
    v1::Problem& problem = problems->emplace_back();
    problem.set_path("mapping");
    problem.set_message(std::string(tree.status().message()));
    problem.set_file(std::string(file));
    for (const auto& [name, value] : GetErrorDetails(tree.status())) {
      if (name == "line") problem.set_line(std::stoul(value));
      if (name == "column") problem.set_column(std::stoul(value));
    }
    return std::nullopt;
  }
  Mapping mapping = MappingParser(file, problems).Parse(*tree);
  if (problems->size() > before) return std::nullopt;
  return mapping;
}

}  // namespace meridian::table
