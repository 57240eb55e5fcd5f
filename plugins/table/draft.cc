#include "plugins/table/draft.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/yaml/yaml_json.h"
#include "plugins/formats/number.h"
#include "plugins/json/json.h"
#include "plugins/table/rows.h"

namespace meridian::table {
namespace {

constexpr size_t kMostRows = 500;
constexpr int kDeepest = 6;

// What the cells of one column are.
struct Column {
  std::string name;
  size_t filled = 0;
  size_t numbers = 0;     // "12.5", also as a text of JSON
  size_t percents = 0;    // "12.5%"
  size_t magnitudes = 0;  // "12.5M"
  size_t dates = 0;
  size_t zeros = 0;
  size_t tiny = 0;  // above 0, below 0.01
  size_t texts_that_are_numbers = 0;
  bool is_list = false;
  double least = HUGE_VAL;
  double most = -HUGE_VAL;
  std::set<std::string> distinct;
  std::string example;

  // A few cells of prose do not make a column of numbers a column of texts.
  bool is_numeric() const {
    const size_t read = numbers + percents + magnitudes;
    return read > 0 && 20 * read >= 19 * filled;
  }
  bool is_percent() const { return is_numeric() && percents > 0; }
  bool is_magnitude() const { return is_numeric() && magnitudes > 0; }
  bool is_date() const { return filled > 0 && dates == filled; }
};

// The rows of a file as columns.
struct Sample {
  std::string format;
  std::string rows;  // JSON pointer; of trees
  std::vector<std::string> doubts;
  size_t count = 0;
  std::vector<Column> columns;  // in the order of the file

  Column& At(const std::string& name) {
    for (Column& column : columns) {
      if (column.name == name) return column;
    }
    columns.emplace_back().name = name;
    return columns.back();
  }
};

// As it may stand in a comment.
std::string OneLine(absl::string_view text) {
  std::string line = CleanUtf8(text, text.size());
  for (char& c : line) {
    if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
  }
  return line;
}

void Count(absl::string_view raw, bool is_text, Column& column) {
  const absl::string_view text = absl::StripAsciiWhitespace(raw);
  if (text.empty() || text == "-" || text == "N/A" || text == "null") return;
  ++column.filled;
  if (column.example.empty()) column.example = OneLine(text.substr(0, 60));
  column.distinct.insert(std::string(text.substr(0, 200)));
  if (const auto number = ParseNumber(text); number.ok()) {
    ++column.numbers;
    if (is_text) ++column.texts_that_are_numbers;
    if (*number == 0) ++column.zeros;
    if (*number > 0 && *number < 0.01) ++column.tiny;
    column.least = std::min(column.least, *number);
    column.most = std::max(column.most, *number);
  } else if (const auto percent = ParsePercent(text); percent.ok()) {
    ++column.percents;
  } else if (absl::StrContains("KMBT", text.substr(text.size() - 1)) &&
             ParseNumber(text.substr(0, text.size() - 1)).ok()) {
    ++column.magnitudes;
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
std::optional<std::string> ChooseRows(
    const std::map<std::string, size_t>& found,
    std::vector<std::string>* doubts) {
  std::optional<std::string> best;
  for (const auto& [pointer, count] : found) {
    if (!best || StepsOf(pointer) < StepsOf(*best) ||
        (StepsOf(pointer) == StepsOf(*best) && count > found.at(*best))) {
      best = pointer;
    }
  }
  for (const auto& [pointer, count] : found) {
    if (pointer == *best) continue;
    doubts->push_back(absl::StrCat("rows could also be at '", pointer, "' (",
                                   count, " in the part that was looked at)"));
  }
  return best;
}

void AddTreeRow(const JsonValue& row, Sample& sample) {
  const auto add = [&](const std::string& name, const JsonValue& value) {
    Column& column = sample.At(name);
    switch (value.type()) {
      case JsonValue::Type::kString:
        return Count(value.text(), true, column);
      case JsonValue::Type::kNumber:
        return Count(value.raw().substr(value.raw().find(':') + 1), false,
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
  };
  for (const JsonValue member : row) {
    if (!member.is_object()) {
      add(std::string(member.key()), member);
      continue;
    }
    for (const JsonValue inner : member) {
      if (inner.is_object()) continue;
      add(absl::StrCat("/", JsonPointerStep(member.key()), "/",
                       JsonPointerStep(inner.key())),
          inner);
    }
  }
}

// Visits what `pointer` leads to, at most kMostRows of them.
void VisitRows(const JsonValue& value, absl::string_view pointer,
               const std::string& key, Sample& sample) {
  if (sample.count >= kMostRows) return;
  if (pointer.empty()) {
    if (value.is_array()) {
      for (const JsonValue item : value) {
        if (item.is_object()) VisitRows(item, "", key, sample);
      }
      return;
    }
    ++sample.count;
    if (!key.empty()) Count(key, true, sample.At("@key"));
    return AddTreeRow(value, sample);
  }
  pointer.remove_prefix(1);
  const absl::string_view step = pointer.substr(0, pointer.find('/'));
  const absl::string_view rest = pointer.substr(step.size());
  for (const JsonValue child : value) {
    if (step == "*") {
      VisitRows(child, rest, std::string(child.key()), sample);
    } else if (JsonPointerStep(child.key()) == step) {
      return VisitRows(child, rest, key, sample);
    }
  }
}

absl::StatusOr<Sample> SampleTree(std::string json, absl::string_view path,
                                  const std::string& format) {
  Sample sample;
  sample.format = format;
  ASSIGN_OR_RETURN(const auto document,
                   JsonDocument::Parse(std::move(json), path));
  std::map<std::string, size_t> found;
  FindRows(document->root(), "", 0, &found);
  if (!found.empty()) {
    sample.rows = *ChooseRows(found, &sample.doubts);
  } else {
    sample.doubts.push_back("the file is taken as one row");
  }
  VisitRows(document->root(), sample.rows, "", sample);
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
  while (sample.count < kMostRows) {
    ASSIGN_OR_RETURN(const bool more, rows->Next(&row));
    if (!more) break;
    ++sample.count;
    for (size_t i = 0; i < row.fields.size() && i < rows->header().size();
         ++i) {
      Count(row.fields[i], false, sample.At(rows->header()[i]));
    }
  }
  return sample;
}

absl::StatusOr<Sample> TakeSample(const std::string& bytes,
                                  absl::string_view path) {
  const std::string name = absl::AsciiStrToLower(path);
  Mapping mapping;
  mapping.file = std::string(path);
  if (absl::EndsWith(name, ".json")) return SampleTree(bytes, path, "json");
  if (absl::EndsWith(name, ".yaml") || absl::EndsWith(name, ".yml")) {
    ASSIGN_OR_RETURN(JsonFromYaml json, YamlToJson(bytes, path));
    return SampleTree(std::move(json.json), path, "yaml");
  }
  if (absl::EndsWith(name, ".csv")) {
    return SampleTable(bytes, path, mapping, "csv");
  }
  if (absl::EndsWith(name, ".tsv")) {
    mapping.delimiter = '\t';
    return SampleTable(bytes, path, mapping, "tsv");
  }
  if (absl::EndsWith(name, ".md") || absl::EndsWith(name, ".markdown")) {
    mapping.format = Format::kMarkdown;
    return SampleTable(bytes, path, mapping, "markdown");
  }
  if (absl::EndsWith(name, ".toml")) {
    mapping.format = Format::kToml;
    return SampleTable(bytes, path, mapping, "toml");
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_FORMAT",
                   absl::StrCat("'", path,
                                "': a mapping reads .csv, .tsv, .json, .yaml, "
                                ".toml and .md"));
}

// --- The mapping -----------------------------------------------------------

// Words of a column's name, lower case: "/cost/inputPrice" -> "cost input
// price".
std::string WordsOf(const std::string& name) {
  std::string words = " ";
  for (size_t i = 0; i < name.size(); ++i) {
    const auto c = static_cast<unsigned char>(name[i]);
    if (!absl::ascii_isalnum(c)) {
      words.push_back(' ');
    } else {
      if (absl::ascii_isupper(c) && i > 0 &&
          absl::ascii_islower(static_cast<unsigned char>(name[i - 1]))) {
        words.push_back(' ');
      }
      words.push_back(absl::ascii_tolower(c));
    }
  }
  return words + " ";
}

bool HasWord(const std::string& words,
             const std::vector<absl::string_view>& any) {
  return std::any_of(any.begin(), any.end(), [&](absl::string_view word) {
    return absl::StrContains(words, absl::StrCat(" ", word, " "));
  });
}

std::string Quoted(const std::string& text) {
  const bool plain =
      !text.empty() &&
      std::all_of(text.begin(), text.end(),
                  [](char c) {
                    return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
                           c == '_' || c == ' ' || c == '-' || c == '.';
                  }) &&
      absl::ascii_isalpha(static_cast<unsigned char>(text[0])) &&
      text.back() != ' ' && text != "true" && text != "false" && text != "null";
  if (plain) return text;
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      absl::StrAppend(&quoted, "\\", std::string(1, c));
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppend(
          &quoted, "\\x",
          absl::Hex(static_cast<unsigned char>(c), absl::kZeroPad2));
    } else {
      quoted.push_back(c);
    }
  }
  return quoted + "\"";
}

class Drafter {
 public:
  Drafter(const Sample& sample, absl::string_view path)
      : sample_(sample), path_(path) {}

  absl::StatusOr<std::string> Draft() {
    const Column* name = FindName();
    if (name == nullptr) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "NOTHING_TO_MAP",
          absl::StrCat("'", path_, "': ", sample_.count,
                       sample_.count == 0
                           ? " rows were found"
                           : " rows, but no column whose cells could be names "
                             "of models"));
    }
    Use(*name);
    const bool is_registry =
        Find({"price", "cost", "pricing", "context"}, true) != nullptr ||
        Find({"license", "licence", "licenses"}, false) != nullptr;
    const std::vector<const Column*> values = Values();
    std::string body;
    if (values.empty() || (is_registry && !HasScoreName(values))) {
      body = DraftRegistry(*name);
    } else if (values.size() >= 4 && !HasScoreName(values)) {
      body = DraftMatrix(*name, values);
    } else {
      body = DraftScores(*name, values);
    }
    std::string head = absl::StrCat(
        "# Drafted from ", path_, ": ", sample_.count,
        sample_.count == kMostRows ? " rows or more" : " rows",
        ". Every 'doubt' wants a decision; remove the comment then.\n");
    for (const std::string& doubt : sample_.doubts) {
      absl::StrAppend(&head, "# doubt: ", OneLine(doubt), "\n");
    }
    for (const std::string& doubt : doubts_) {
      absl::StrAppend(&head, "# doubt: ", OneLine(doubt), "\n");
    }
    absl::StrAppend(&head, "title: ", Quoted(Stem()),
                    "\nformat: ", sample_.format, "\n");
    if (!sample_.rows.empty()) {
      absl::StrAppend(&head, "rows: ", Quoted(sample_.rows), "\n");
    }
    const std::string ignored = Ignored();
    if (!ignored.empty() && !is_matrix_) {
      absl::StrAppend(&head, "columns_ignored: [", ignored, "]\n");
    }
    return head + body;
  }

 private:
  std::string Stem() const {
    std::string stem(path_.substr(path_.rfind('/') + 1));
    return stem.substr(0, stem.rfind('.'));
  }
  void Use(const Column& column) { used_.insert(column.name); }
  bool IsUsed(const Column& column) const {
    return used_.contains(column.name);
  }

  const Column* Find(const std::vector<absl::string_view>& words,
                     bool numeric) const {
    for (const Column& column : sample_.columns) {
      const std::string name = WordsOf(column.name);
      // "search_context_cost", "total_output_tokens" are something else.
      const bool is_other =
          HasWord(name, {"search"}) || (HasWord(name, {"tokens", "tests"}) &&
                                        HasWord(name, {"total", "cost"}));
      if (!IsUsed(column) && column.filled > 0 && !column.is_list &&
          column.is_numeric() == numeric && !is_other && HasWord(name, words)) {
        return &column;
      }
    }
    return nullptr;
  }

  // The column of names: by its own name, else the one with the most distinct
  // texts.
  const Column* FindName() {
    for (const std::vector<absl::string_view>& words :
         std::vector<std::vector<absl::string_view>>{
             {"model"}, {"id"}, {"name"}, {"system", "key", "method"}}) {
      for (const Column& column : sample_.columns) {
        if (HasWord(WordsOf(column.name), words) && !column.is_numeric() &&
            !column.is_list && column.filled > 0 && !column.is_date()) {
          return &column;
        }
      }
    }
    const Column* best = nullptr;
    for (const Column& column : sample_.columns) {
      if (column.is_numeric() || column.is_date() || column.is_list) continue;
      if (best == nullptr || column.distinct.size() > best->distinct.size()) {
        best = &column;
      }
    }
    if (best != nullptr && best->filled > 0) {
      doubts_.push_back(
          absl::StrCat("is '", best->name, "' the name of the model?"));
      return best;
    }
    return nullptr;
  }

  static bool IsScoreName(const Column& column) {
    return HasWord(WordsOf(column.name),
                   {"score", "rating", "elo", "accuracy", "average", "mean",
                    "win", "winrate", "rate", "resolved", "pass", "eci",
                    "points", "value", "median"});
  }
  static bool HasScoreName(const std::vector<const Column*>& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [](const Column* c) { return IsScoreName(*c); });
  }

  // Columns that may be figures.
  std::vector<const Column*> Values() const {
    std::vector<const Column*> values;
    for (const Column& column : sample_.columns) {
      const std::string words = WordsOf(column.name);
      if (column.is_numeric() && !IsUsed(column) && column.filled > 0 &&
          !HasWord(
              words,
              {"rank",  "votes",     "n",      "count",  "total",  "price",
               "cost",  "context",   "window", "tokens", "params", "parameters",
               "size",  "downloads", "likes",  "pulls",  "year",   "id",
               "ci",    "lower",     "upper",  "low",    "high",   "stderr",
               "error", "q025",      "q975",   "p2",     "p97"})) {
        values.push_back(&column);
      }
    }
    // Those that are called a score come first.
    std::stable_sort(values.begin(), values.end(),
                     [](const Column* a, const Column* b) {
                       return IsScoreName(*a) > IsScoreName(*b);
                     });
    return values;
  }

  // A rule for a column, with what its cells need.
  std::string Rule(const Column& column, const std::string& more = "") {
    Use(column);
    std::string rule;
    const auto add = [&](const std::string& key) {
      absl::StrAppend(&rule, ", ", key);
    };
    if (column.is_percent()) add("strip_suffix: \"%\"");
    if (column.is_magnitude()) add("magnitude: true");
    if (!more.empty()) add(more);
    if (column.filled < sample_.count && more.empty()) add("optional: true");
    return rule.empty()
               ? Quoted(column.name)
               : absl::StrCat("{column: ", Quoted(column.name), rule, "}");
  }
  static std::string Range(const Column& column) {
    if (column.numbers == 0) {
      return absl::StrCat("  # e.g. ", column.example);
    }
    return absl::StrCat(
        "  # ", column.least, " to ", column.most,
        column.texts_that_are_numbers == column.filled && column.filled > 0
            ? ", written as text"
            : "");
  }
  void Line(std::string* body, int indent, absl::string_view target,
            const std::string& rule, const std::string& comment = "") const {
    absl::StrAppend(body, std::string(static_cast<size_t>(indent), ' '), target,
                    ": ", rule, comment, "\n");
  }
  void OptionalLine(std::string* body, absl::string_view target,
                    const std::vector<absl::string_view>& words, bool numeric,
                    const std::string& more = "") {
    if (const Column* column = Find(words, numeric)) {
      const std::string comment = Range(*column);
      Line(body, 2, target, Rule(*column, more), comment);
    }
  }

  std::string VintageLine() {
    for (const Column& column : sample_.columns) {
      if (column.is_date() && column.distinct.size() == 1 && !IsUsed(column)) {
        Use(column);
        return absl::StrCat(
            "vintage: {column: ", Quoted(column.name),
            "}  # doubt: the same date in every row: when it was put out?\n");
      }
    }
    return "# doubt: when was this put out? Without 'vintage:' the source's "
           "configuration says.\n";
  }
  static std::string CoverageLine(int indent) {
    return absl::StrCat(
        std::string(static_cast<size_t>(indent), ' '),
        "coverage: SOME  # doubt: ALL when the file lists everything; then "
        "absence means gone\n");
  }

  std::string DraftScores(const Column& name,
                          const std::vector<const Column*>& values) {
    const Column& value = *values[0];
    std::string body;
    absl::StrAppend(&body, VintageLine(),
                    "record: score\nstream: ", Quoted(Stem()), "\n",
                    CoverageLine(0), "fields:\n");
    Line(&body, 2, "board", absl::StrCat("{const: ", Quoted(Stem()), "}"),
         "  # doubt: describe the board (unit, direction) in the reference "
         "data");
    const Column* category =
        Find({"category", "task", "benchmark", "split", "subset", "language"},
             false);
    if (category != nullptr && category->distinct.size() > 1) {
      Line(&body, 2, "category", Rule(*category), Range(*category));
    } else {
      Line(&body, 2, "category", "{const: full}");
    }
    Line(&body, 2, "model", Quoted(name.name),
         absl::StrCat("  # ", name.distinct.size(), " names, e.g. ",
                      name.example));
    OptionalLine(&body, "configuration",
                 {"effort", "config", "configuration", "agent", "scaffold",
                  "variant", "edit_format"},
                 false);
    const std::string comment = Range(value);
    Line(&body, 2, "value",
         Rule(value,
              value.filled < sample_.count ? "skip_if_missing: true" : ""),
         comment);
    OptionalLine(&body, "lower", {"lower", "low", "q025", "p2", "min"}, true);
    OptionalLine(&body, "upper", {"upper", "high", "q975", "p97", "max"}, true);
    OptionalLine(&body, "standard_error", {"stderr", "se", "sem"}, true);
    OptionalLine(&body, "votes", {"votes", "n", "battles", "count", "total"},
                 true);
    OptionalLine(&body, "rank", {"rank"}, true);
    if (values.size() > 1) {
      std::vector<std::string> others;
      for (size_t i = 1; i < values.size(); ++i) {
        others.push_back(values[i]->name);
      }
      doubts_.push_back(absl::StrCat(
          "other figures are left out: ", absl::StrJoin(others, ", "),
          "; add a block for each under 'records:', or 'unpivot: true'"));
    }
    if (name.distinct.size() < name.filled) {
      doubts_.push_back(absl::StrCat(
          name.filled - name.distinct.size(), " rows repeat a name of '",
          name.name,
          "': what tells them apart goes into configuration or category"));
    }
    return body;
  }

  std::string DraftMatrix(const Column& name,
                          const std::vector<const Column*>& values) {
    is_matrix_ = true;
    size_t zeros = 0;
    for (const Column* value : values) {
      zeros += value->zeros;
      Use(*value);
    }
    std::string body = VintageLine();
    // Every column that is no figure must be named, else it is unpivoted.
    const std::string ignored = Ignored();
    absl::StrAppend(&body, "unpivot: true  # ", values.size(),
                    " columns of figures\n");
    if (!ignored.empty()) {
      absl::StrAppend(&body, "columns_ignored: [", ignored, "]\n");
    }
    absl::StrAppend(&body, "record: score\nstream: ", Quoted(Stem()), "\n",
                    CoverageLine(0), "fields:\n");
    Line(&body, 2, "board", absl::StrCat("{const: ", Quoted(Stem()), "}"),
         "  # doubt: describe the board (unit, direction) in the reference "
         "data");
    Line(&body, 2, "category", "\"@column\"");
    Line(&body, 2, "model", Quoted(name.name),
         absl::StrCat("  # ", name.distinct.size(), " names, e.g. ",
                      name.example));
    const bool percent =
        std::any_of(values.begin(), values.end(),
                    [](const Column* c) { return c->is_percent(); });
    Line(&body, 2, "value",
         absl::StrCat("{column: \"@cell\", skip_if_missing: true",
                      percent ? ", strip_suffix: \"%\"" : "",
                      zeros > 0 ? ", missing: [\"\", \"-\", \"0.0\"]" : "",
                      "}"));
    if (zeros > 0) {
      doubts_.push_back(absl::StrCat(
          zeros,
          " cells are 0: taken as 'not measured'; if they are figures, "
          "remove \"0.0\" from 'missing'"));
    }
    return body;
  }

  std::string DraftRegistry(const Column& name) {
    const bool is_offering =
        Find({"price", "cost", "pricing", "input", "prompt"}, true) != nullptr;
    std::string body = VintageLine();
    absl::StrAppend(&body, "record: ", is_offering ? "offering" : "model",
                    "\nstream: ", is_offering ? "offerings" : "models", "\n",
                    CoverageLine(0), "fields:\n");
    const std::string required =
        absl::StrCat("{column: ", Quoted(name.name), ", required: true}");
    const std::string comment = absl::StrCat("  # ", name.distinct.size(),
                                             " names, e.g. ", name.example);
    if (!is_offering) {
      Line(&body, 2, "name", required, comment);
      OptionalLine(&body, "developers[]",
                   {"organization", "organisation", "developer", "company",
                    "author", "lab", "provider", "org", "vendor"},
                   false);
      OptionalLine(&body, "licences[].licence",
                   {"license", "licence", "licenses"}, false);
      OptionalLine(&body, "parameters", {"params", "parameters", "size"}, true);
      if (const Column* released =
              Find({"release", "released", "created", "date"}, false);
          released != nullptr && released->is_date()) {
        Line(&body, 2, "release_date",
             Rule(*released,
                  "match: '^(\\d{4}(?:-\\d{2}(?:-\\d{2})?)?)', "
                  "optional: true"),
             "  # doubt: of the model, or of this entry?");
      }
      return body;
    }
    const Column* operator_column =
        Find({"provider", "operator", "host"}, false);
    if (operator_column != nullptr) {
      Line(&body, 2, "operator", Rule(*operator_column, "required: true"),
           Range(*operator_column));
    } else {
      Line(&body, 2, "operator", absl::StrCat("{const: ", Quoted(Stem()), "}"),
           "  # doubt: who serves these models?");
    }
    Line(&body, 2, "route", required, comment);
    Line(&body, 2, "model", Quoted(name.name),
         "  # doubt: who serves a model is not who made it; an alias says "
         "which model a route means");
    int price = 0;
    for (const auto& [what, words] :
         std::vector<std::pair<std::string, std::vector<absl::string_view>>>{
             {"input", {"input", "prompt"}},
             {"output", {"output", "completion"}}}) {
      const Column* column = Find(words, true);
      if (column == nullptr || HasWord(WordsOf(column->name), {"tokens"})) {
        continue;
      }
      // Nobody sells a million tokens for less than a cent.
      const bool per_token = 2 * column->tiny >= column->filled - column->zeros;
      const std::string range = Range(*column);
      const std::string target = absl::StrCat("prices[", price++, "]");
      Line(&body, 2, target + ".what", absl::StrCat("{const: ", what, "}"));
      Line(&body, 2, target + ".currency", "{const: USD}",
           "  # doubt: which currency?");
      std::string more = "optional: true";
      if (per_token) absl::StrAppend(&more, ", scale: 1e6");
      if (column->zeros > 0) {
        absl::StrAppend(&more, ", missing: [\"\", \"0\", \"0.0\"]");
      }
      Line(&body, 2, target + ".per_million_tokens", Rule(*column, more),
           absl::StrCat(range, per_token ? ", taken as per token"
                                         : ", taken as per million tokens"));
    }
    OptionalLine(&body, "context_tokens", {"context", "window"}, true,
                 "optional: true");
    return body;
  }

  std::string Ignored() const {
    std::vector<std::string> names;
    for (const Column& column : sample_.columns) {
      // Members of members are not told as unknown columns; "@key" is none.
      if (!IsUsed(column) && column.name[0] != '/' && column.name[0] != '@') {
        names.push_back(Quoted(column.name));
      }
    }
    return absl::StrJoin(names, ", ");
  }

  const Sample& sample_;
  const absl::string_view path_;
  std::set<std::string> used_;
  std::vector<std::string> doubts_;
  bool is_matrix_ = false;
};

}  // namespace

absl::StatusOr<std::string> DraftMapping(const std::string& bytes,
                                         absl::string_view path) {
  ASSIGN_OR_RETURN(const Sample sample, TakeSample(bytes, path));
  return Drafter(sample, path.substr(path.rfind('/') + 1)).Draft();
}

}  // namespace meridian::table
