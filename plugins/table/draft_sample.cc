#include "plugins/table/draft_sample.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/yaml/yaml_json.h"
#include "plugins/json/json.h"
#include "plugins/table/rows.h"

namespace meridian::table {
namespace {

constexpr int kDeepest = 6;

bool SaysNothing(absl::string_view text) {
  static const auto* words = new std::set<std::string>{
      "-", "--", "–", "—", "n/a", "na", "null", "none", "nan", "?", "tbd"};
  return words->contains(absl::AsciiStrToLower(text));
}

// A number with what people put around it: a currency, an interval, a unit,
// marks of footnotes.
bool IsDecorated(absl::string_view text, SampleColumn& column) {
  static const RE2 shape(
      R"((?i)(?:US)?[$€£¥~≈]?\s*([-+]?(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?)"
      R"((?:e[-+]?\d+)?)((?:\s\d{1,2}|\s*(?:%|(?:±|\+/-|\+-)\s*[\d.,]+|[*†‡§¹²³]+|)"
      R"(\[\^?\w+\]|\([^()]*\)|(?:/|per)\s*1?\s*(?:M|K|million|thousand|)"
      R"(tokens?|tok)\b\s*(?:tokens?|tok)?|USD|EUR|points?|pts|tokens?))*))");
  static const RE2 per(R"((?i)(?:/|per)\s*1?\s*(M|K|t))");
  static const RE2 interval(R"(±|\+/-|\+-)");
  const re2::StringPiece piece(text.data(), text.size());
  std::string number, rest, unit;
  if (absl::EqualsIgnoreCase(text, "free")) {
    ++column.free;
    column.zero_words.insert(std::string(text));
    return true;
  }
  if (!RE2::FullMatch(piece, shape, &number, &rest)) return false;
  if (absl::StrContains(number, ",")) ++column.grouped;
  if (RE2::PartialMatch(rest, interval)) ++column.intervals;
  if (RE2::PartialMatch(rest, per, &unit)) {
    const char c = absl::ascii_tolower(static_cast<unsigned char>(unit[0]));
    ++(c == 't'   ? column.per_token
       : c == 'k' ? column.per_thousand
                  : column.per_million);
  }
  return true;
}

void Count(absl::string_view raw, bool is_text, SampleColumn& column) {
  const absl::string_view text = absl::StripAsciiWhitespace(raw);
  if (text.empty()) return;
  if (SaysNothing(text)) {
    column.missing_words.insert(std::string(text));
    return;
  }
  ++column.filled;
  if (column.example.empty()) column.example = OneLine(text.substr(0, 60));
  column.distinct.insert(std::string(text.substr(0, 200)));
  if (text == "true" || text == "false") ++column.truths;
  if (const auto number = ParseNumber(text); number.ok()) {
    ++column.numbers;
    if (is_text) ++column.texts_that_are_numbers;
    if (*number == 0) {
      ++column.zeros;
      column.zero_words.insert(std::string(text));
    }
    if (*number > 0 && *number < 0.01) ++column.tiny;
    column.least = std::min(column.least, *number);
    column.most = std::max(column.most, *number);
  } else if (const auto percent = ParsePercent(text); percent.ok()) {
    ++column.percents;
    if (*percent == 0) {
      ++column.zeros;
      column.zero_words.insert(std::string(text));
    }
  } else if (absl::StrContains("KMBT", text.substr(text.size() - 1)) &&
             ParseNumber(text.substr(0, text.size() - 1)).ok()) {
    ++column.magnitudes;
  } else if (IsDecorated(text, column)) {
    ++column.decorated;
  }
  // "2025" is a number first.
  if (text.size() > 4 && ParseDate(text.substr(0, 10)).ok()) ++column.dates;
}

// --- Trees -----------------------------------------------------------------

// Where lists of objects, and objects of objects, stand: pointer -> rows.
void FindRows(const JsonValue& value, const std::string& pointer, int depth,
              std::map<std::string, size_t>* found) {
  if (depth > kDeepest) return;
  if (value.is_array()) {
    size_t objects = 0;
    size_t seen = 0;
    for (const JsonValue item : value) {
      if (item.is_object()) ++objects;
      if (item.is_object() && ++seen <= 20) {
        FindRows(item, pointer + "/*", depth + 1, found);
      }
    }
    if (objects > 0) (*found)[pointer] += objects;
    return;
  }
  if (!value.is_object()) return;
  size_t objects = 0;
  for (const JsonValue member : value) {
    if (member.is_object()) ++objects;
  }
  // Keys that are names: entries alike, and many.
  if (objects >= 3 && objects == value.size()) {
    (*found)[pointer + "/*"] += objects;
    size_t seen = 0;
    for (const JsonValue member : value) {
      if (++seen <= 20) FindRows(member, pointer + "/*", depth + 1, found);
    }
    return;
  }
  for (const JsonValue member : value) {
    FindRows(member, absl::StrCat(pointer, "/", JsonPointerStep(member.key())),
             depth + 1, found);
  }
}

size_t StepsOf(const std::string& pointer) {
  return static_cast<size_t>(std::count(pointer.begin(), pointer.end(), '/'));
}

// The shallowest place with rows; at one depth that with the most.
std::string ChooseRows(const std::map<std::string, size_t>& found) {
  std::optional<std::string> best;
  for (const auto& [pointer, count] : found) {
    if (!best || StepsOf(pointer) < StepsOf(*best) ||
        (StepsOf(pointer) == StepsOf(*best) && count > found.at(*best))) {
      best = pointer;
    }
  }
  return *best;
}

void AddCell(const std::string& name, const JsonValue& value, Sample& sample) {
  SampleColumn& column = sample.At(name);
  switch (value.type()) {
    case JsonValue::Type::kString:
      return Count(value.text(), true, column);
    case JsonValue::Type::kNumber:
      return Count(value.raw().substr(value.raw().rfind(':') + 1), false,
                   column);
    case JsonValue::Type::kBool:
      return Count(value.boolean() ? "true" : "false", false, column);
    case JsonValue::Type::kArray:
      column.is_list = true;
      if (value.size() > 0) ++column.filled;
      return;
    default:
      return;
  }
}

void AddTreeRow(const JsonValue& row, Sample& sample) {
  for (const JsonValue member : row) {
    if (!member.is_object()) {
      AddCell(std::string(member.key()), member, sample);
      continue;
    }
    for (const JsonValue inner : member) {
      if (inner.is_object()) continue;
      AddCell(absl::StrCat("/", JsonPointerStep(member.key()), "/",
                           JsonPointerStep(inner.key())),
              inner, sample);
    }
  }
}

// Where a walk to the rows is.
struct Walk {
  std::string name;    // the last key that a '*' entered; empty: none
  size_t names = 0;    // how many keys and numbers were entered
  size_t name_at = 0;  // the number of `name` among them
  const JsonValue* holder = nullptr;  // of the list that the rows are
};

void AddRow(const JsonValue& row, const Walk& walk, bool with_holder,
            Sample& sample) {
  if (sample.count >= kMostSampleRows) return;
  ++sample.count;
  if (!walk.name.empty()) {
    Count(walk.name, true,
          sample.At(walk.name_at == walk.names
                        ? "@key"
                        : absl::StrCat("@key", walk.name_at)));
  }
  if (with_holder && walk.holder != nullptr) {
    for (const JsonValue member : *walk.holder) {
      if (member.is_object() || member.is_array()) continue;
      AddCell(absl::StrCat("../../", member.key()), member, sample);
    }
  }
  AddTreeRow(row, sample);
}

// Visits what `pointer` leads to; with `with_holder` also what holds the list.
void VisitRows(const JsonValue& value, absl::string_view pointer, Walk walk,
               bool with_holder, Sample& sample) {
  if (sample.count >= kMostSampleRows) return;
  if (pointer.empty()) {
    if (!value.is_array()) return AddRow(value, walk, with_holder, sample);
    ++walk.names;
    for (const JsonValue item : value) {
      if (item.is_object()) AddRow(item, walk, with_holder, sample);
    }
    return;
  }
  pointer.remove_prefix(1);
  const absl::string_view step = pointer.substr(0, pointer.find('/'));
  const absl::string_view rest = pointer.substr(step.size());
  for (const JsonValue child : value) {
    Walk inner = walk;
    inner.holder = &value;
    if (step == "*") {
      ++inner.names;
      if (!child.key().empty()) {
        inner.name = std::string(child.key());
        inner.name_at = inner.names;
      }
      VisitRows(child, rest, inner, with_holder, sample);
    } else if (JsonPointerStep(child.key()) == step) {
      return VisitRows(child, rest, inner, with_holder, sample);
    }
  }
}

bool HasFigures(const Sample& sample) {
  return std::any_of(sample.columns.begin(), sample.columns.end(),
                     [](const SampleColumn& column) {
                       return !column.is_list &&
                              !absl::StartsWith(column.name, "../") &&
                              (column.is_numeric() || column.is_truth());
                     });
}

Sample SampleRows(const JsonValue& root, const std::string& format,
                  const std::string& rows, bool with_holder) {
  Sample sample;
  sample.format = format;
  sample.rows = rows;
  VisitRows(root, rows, {}, with_holder, sample);
  return sample;
}

absl::StatusOr<Sample> SampleTree(std::string json, absl::string_view path,
                                  const std::string& format) {
  ASSIGN_OR_RETURN(const auto document,
                   JsonDocument::Parse(std::move(json), path));
  std::map<std::string, size_t> found;
  FindRows(document->root(), "", 0, &found);
  if (found.empty()) {
    Sample sample = SampleRows(document->root(), format, "", false);
    if (document->root().size() == 0) sample.count = 0;  // [] and {}
    sample.doubts.push_back("the file is taken as one row");
    return sample;
  }
  Sample sample =
      SampleRows(document->root(), format, ChooseRows(found), false);
  // Rows that hold lists of rows and no figure: the figures are in those.
  for (const auto& [pointer, count] : found) {
    if (HasFigures(sample)) break;
    if (!absl::StartsWith(pointer, sample.rows + "/")) continue;
    Sample deeper = SampleRows(document->root(), format, pointer, true);
    if (HasFigures(deeper)) sample = std::move(deeper);
  }
  for (const auto& [pointer, count] : found) {
    if (pointer == sample.rows) continue;
    sample.doubts.push_back(absl::StrCat("rows could also be at '", pointer,
                                         "' (", count,
                                         " in the part that was looked at)"));
  }
  return sample;
}

// JSON lines as the list of their values.
absl::StatusOr<Sample> SampleLines(absl::string_view text,
                                   absl::string_view path) {
  std::string list;
  size_t lines = 0;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    absl::ConsumePrefix(&line, "\xEF\xBB\xBF");
    line = absl::StripAsciiWhitespace(line);
    if (line.empty() || lines == kMostSampleRows) continue;
    ++lines;
    // A line that is no JSON is rejected when the file is read.
    if (JsonDocument::Parse(std::string(line), path).ok()) {
      absl::StrAppend(&list, list.empty() ? "[" : ",\n", line);
    }
  }
  if (list.empty()) list = "[";
  ASSIGN_OR_RETURN(Sample sample, SampleTree(list + "]", path, "jsonl"));
  // The list is not in the file.
  if (absl::StartsWith(sample.rows, "/*")) sample.rows.erase(0, 2);
  for (SampleColumn& column : sample.columns) {
    size_t number = 0;
    if (absl::StartsWith(column.name, "@key") &&
        absl::SimpleAtoi(column.name.substr(4), &number)) {
      column.name = absl::StrCat("@key", number - 1);
    }
  }
  return sample;
}

// --- Tables ----------------------------------------------------------------

class BytesDocument : public Document {
 public:
  BytesDocument(const std::string& bytes, absl::string_view path)
      : bytes_(bytes) {
    head_.set_path(std::string(path));
  }
  const v1::DocumentHead& head() const override { return head_; }
  absl::StatusOr<std::string> ReadAll() override { return NextChunk(); }
  absl::StatusOr<std::string> NextChunk() override {
    return std::exchange(bytes_, "");
  }

 private:
  std::string bytes_;
  v1::DocumentHead head_;
};

absl::StatusOr<Sample> SampleTable(const std::string& bytes,
                                   absl::string_view path,
                                   const Mapping& mapping,
                                   const std::string& format) {
  Sample sample;
  sample.format = format;
  BytesDocument document(bytes, path);
  ASSIGN_OR_RETURN(const auto rows, OpenRows(mapping, document));
  for (const std::string& name : rows->header()) sample.At(name);
  TableRow row;
  while (sample.count < kMostSampleRows) {
    ASSIGN_OR_RETURN(const bool more, rows->Next(&row));
    if (!more) break;
    ++sample.count;
    for (size_t i = 0; i < row.fields.size() && i < rows->header().size();
         ++i) {
      Count(row.fields[i], false, sample.At(rows->header()[i]));
    }
  }
  sample.like_tables = rows->like_tables();
  return sample;
}

}  // namespace

std::string OneLine(absl::string_view text) {
  std::string line = CleanUtf8(text, text.size());
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

SampleColumn& Sample::At(const std::string& name) {
  for (SampleColumn& column : columns) {
    if (column.name == name) return column;
  }
  columns.emplace_back().name = name;
  return columns.back();
}

absl::StatusOr<Sample> TakeSample(const std::string& bytes,
                                  absl::string_view path) {
  const std::string name = absl::AsciiStrToLower(path);
  const auto ends = [&](absl::string_view end) {
    return absl::EndsWith(name, end);
  };
  Mapping mapping;
  mapping.file = std::string(path);
  if (ends(".jsonl") || ends(".ndjson")) return SampleLines(bytes, path);
  if (ends(".json")) {
    auto sample = SampleTree(bytes, path, "json");
    // Many a ".json" is JSON lines.
    if (!sample.ok() && absl::StartsWith(bytes, "{")) {
      auto lines = SampleLines(bytes, path);
      if (lines.ok() && lines->count > 1) return lines;
    }
    return sample;
  }
  if (ends(".yaml") || ends(".yml")) {
    ASSIGN_OR_RETURN(JsonFromYaml json, YamlToJson(bytes, path));
    return SampleTree(std::move(json.json), path, "yaml");
  }
  if (ends(".csv")) return SampleTable(bytes, path, mapping, "csv");
  if (ends(".tsv")) {
    mapping.delimiter = '\t';
    return SampleTable(bytes, path, mapping, "tsv");
  }
  if (ends(".md") || ends(".markdown")) {
    mapping.format = Format::kMarkdown;
    return SampleTable(bytes, path, mapping, "markdown");
  }
  if (ends(".toml")) {
    mapping.format = Format::kToml;
    return SampleTable(bytes, path, mapping, "toml");
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_FORMAT",
                   absl::StrCat("'", path,
                                "': a mapping reads .csv, .tsv, .json, .jsonl, "
                                ".yaml, .toml and .md"));
}

}  // namespace meridian::table
