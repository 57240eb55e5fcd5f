#include "plugins/table/draft.h"

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/status.h"
#include "plugins/table/draft_columns.h"
#include "plugins/table/draft_sample.h"

namespace meridian::table {
namespace {

// A number in a cell that has more around it.
constexpr absl::string_view kNumberIn =
    R"([-+]?[0-9][0-9,]*(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?)";

class Drafter {
 public:
  Drafter(const Sample& sample, absl::string_view path)
      : sample_(sample), path_(path) {}

  absl::StatusOr<std::string> Draft() {
    if (const SampleColumn* task = FindTaskOfTransposed(sample_)) {
      Use(*task);
      std::string body = DraftTransposed(*task);
      return Head() + body;
    }
    const SampleColumn* name = FindName();
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
    const std::vector<const SampleColumn*> values = Values();
    std::string body;
    const std::string nested = NestedFigures(sample_);
    if (!nested.empty() && !is_registry && !HasScoreName(values)) {
      body = DraftNested(*name, nested);
    } else if (values.empty() || (is_registry && !HasScoreName(values))) {
      body = DraftRegistry(*name);
    } else if (values.size() >= 4 && !HasScoreName(values)) {
      body = DraftMatrix(*name, values);
    } else {
      body = DraftScores(*name, values);
    }
    return Head() + body;
  }

 private:
  // After the body, which finds doubts.
  std::string Head() const {
    std::string head = absl::StrCat(
        "# Drafted from ", path_, ": ", sample_.count,
        sample_.count == kMostSampleRows ? " rows or more" : " rows",
        ". Every 'doubt' wants a decision; remove the comment then.\n");
    for (const std::string& doubt : sample_.doubts) {
      absl::StrAppend(&head, "# doubt: ", OneLine(doubt), "\n");
    }
    for (const std::string& doubt : doubts_) {
      absl::StrAppend(&head, "# doubt: ", OneLine(doubt), "\n");
    }
    if (sample_.like_tables > 0) {
      absl::StrAppend(&head, "# doubt: ", sample_.like_tables,
                      " more of the page's tables have these columns; "
                      "'tables: all' reads them too, and column \"@heading\" "
                      "tells them apart\n");
    }
    absl::StrAppend(&head, "title: ", Quoted(Stem()),
                    "\nformat: ", sample_.format, "\n");
    const std::string& rows = rows_.empty() ? sample_.rows : rows_;
    if (!rows.empty()) absl::StrAppend(&head, "rows: ", Quoted(rows), "\n");
    const std::string ignored = Ignored();
    if (!ignored.empty() && !is_matrix_ && rows_.empty()) {
      absl::StrAppend(&head, "columns_ignored: [", ignored, "]\n");
    }
    return head;
  }

  std::string Stem() const {
    std::string stem(path_.substr(path_.rfind('/') + 1));
    return stem.substr(0, stem.rfind('.'));
  }
  void Use(const SampleColumn& column) { used_.insert(column.name); }
  bool IsUsed(const SampleColumn& column) const {
    return used_.contains(column.name);
  }

  const SampleColumn* Find(
      const std::vector<absl::string_view>& words, bool numeric,
      const std::vector<absl::string_view>& but = {}) const {
    for (const SampleColumn& column : sample_.columns) {
      const std::string name = WordsOf(column.name);
      // "search_context_cost", "total_output_tokens" are something else.
      const bool is_other =
          HasWord(name, {"search"}) || (HasWord(name, {"tokens", "tests"}) &&
                                        HasWord(name, {"total", "cost"}));
      if (!IsUsed(column) && column.filled > 0 && !column.is_list &&
          column.is_numeric() == numeric && !is_other && HasWord(name, words) &&
          !HasWord(name, but)) {
        return &column;
      }
    }
    return nullptr;
  }

  // The column of names: by its own name, else the one with the most distinct
  // texts.
  const SampleColumn* FindName() {
    for (const std::vector<absl::string_view>& words :
         std::vector<std::vector<absl::string_view>>{
             {"model"}, {"id"}, {"name"}, {"system", "key", "method"}}) {
      for (const SampleColumn& column : sample_.columns) {
        if (HasWord(WordsOf(column.name), words) && !column.is_numeric() &&
            !column.is_list && column.filled > 0 && !column.is_date()) {
          return &column;
        }
      }
    }
    const SampleColumn* best = nullptr;
    for (const SampleColumn& column : sample_.columns) {
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

  static bool HasScoreName(const std::vector<const SampleColumn*>& columns) {
    return std::any_of(columns.begin(), columns.end(),
                       [](const SampleColumn* c) { return IsScoreName(*c); });
  }

  // Columns that may be figures.
  std::vector<const SampleColumn*> Values() const {
    std::vector<const SampleColumn*> values;
    for (const SampleColumn& column : sample_.columns) {
      const std::string words = WordsOf(column.name);
      const bool has_words =
          words.find_first_not_of(' ') != std::string::npos;  // not "#"
      const bool is_end = HasWord(words, {"ci"}) && !IsScoreName(column);
      if (has_words && !is_end && (column.is_numeric() || IsPassed(column)) &&
          !IsUsed(column) && !column.is_list && column.filled > 0 &&
          !HasWord(
              words,
              {"rank",       "position", "place",     "no",     "games",
               "matches",    "battles",  "shots",     "seed",   "temperature",
               "votes",      "n",        "count",     "total",  "price",
               "cost",       "context",  "window",    "tokens", "params",
               "parameters", "size",     "downloads", "likes",  "pulls",
               "year",       "id",       "lower",     "upper",  "low",
               "high",       "stderr",   "error",     "q025",   "q975",
               "p2",         "p97"})) {
        values.push_back(&column);
      }
    }
    // Those that are called a score come first.
    std::stable_sort(values.begin(), values.end(),
                     [](const SampleColumn* a, const SampleColumn* b) {
                       return IsScoreName(*a) > IsScoreName(*b);
                     });
    return values;
  }

  // A rule for a column, with what its cells need.
  std::string Rule(const SampleColumn& column, const std::string& more = "") {
    Use(column);
    std::string rule;
    const auto add = [&](const std::string& key) {
      absl::StrAppend(&rule, ", ", key);
    };
    if (column.is_decorated()) {
      add(absl::StrCat("match: '(", column.free > 0 ? "(?i:free)|" : "",
                       kNumberIn, ")'"));
      if (column.grouped > 0) add("thousands: \",\"");
    } else if (column.is_percent()) {
      add("strip_suffix: \"%\"");
    }
    if (column.is_magnitude()) add("magnitude: true");
    if (column.is_truth()) add("value_map: {\"true\": 1, \"false\": 0}");
    if (!column.missing_words.empty() &&
        (column.is_numeric() || column.is_date()) &&
        !absl::StrContains(more, "missing:")) {
      add(Missing(column.missing_words));
    }
    if (!more.empty()) add(more);
    if (column.filled < sample_.count && more.empty()) add("optional: true");
    return rule.empty()
               ? Quoted(column.name)
               : absl::StrCat("{column: ", Quoted(column.name), rule, "}");
  }
  void Line(std::string* body, int indent, absl::string_view target,
            const std::string& rule, const std::string& comment = "") const {
    absl::StrAppend(body, std::string(static_cast<size_t>(indent), ' '), target,
                    ": ", rule, comment, "\n");
  }
  void OptionalLine(std::string* body, absl::string_view target,
                    const std::vector<absl::string_view>& words, bool numeric,
                    const std::string& more = "") {
    if (const SampleColumn* column = Find(words, numeric)) {
      const std::string comment = Range(*column);
      Line(body, 2, target, Rule(*column, more), comment);
    }
  }

  std::string VintageLine() {
    for (const SampleColumn& column : sample_.columns) {
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
  // The head of a block of scores, up to its fields.
  std::string ScoreBlock(const std::string& before = "") {
    std::string body = absl::StrCat(VintageLine(), before,
                                    "record: score\nstream: ", Quoted(Stem()),
                                    "\n", CoverageLine(), "fields:\n");
    Line(&body, 2, "board", absl::StrCat("{const: ", Quoted(Stem()), "}"),
         "  # doubt: describe the board (unit, direction) in the reference "
         "data");
    return body;
  }
  std::string DraftScores(const SampleColumn& name,
                          const std::vector<const SampleColumn*>& values) {
    const SampleColumn& value = *values[0];
    Use(value);
    const SampleColumn* category =
        Find({"category", "task", "benchmark", "split", "subset", "language",
              "subject", "domain", "topic", "area"},
             false, {"id"});
    if (category != nullptr && category->distinct.size() < 2) {
      category = nullptr;
    }
    if (category != nullptr) Use(*category);
    const bool repeats = name.distinct.size() < name.filled;
    const SampleColumn* item = nullptr;
    for (const SampleColumn& column : sample_.columns) {
      if (!IsUsed(column) && !column.is_list && IsItemName(column) &&
          column.distinct.size() > 1 && item == nullptr) {
        item = &column;
      }
    }
    const bool is_mean = repeats && (item != nullptr || IsPassed(value));
    std::string body = ScoreBlock(
        is_mean ? absl::StrCat("aggregate: mean  # doubt: ",
                               item == nullptr ? "rows" : Quoted(item->name),
                               " are items of one figure, their mean?\n")
                : "");
    if (category != nullptr) {
      Line(&body, 2, "category", Rule(*category), Range(*category));
    } else {
      Line(&body, 2, "category", "{const: full}");
    }
    Line(&body, 2, "model", Quoted(name.name), Names(name));
    OptionalLine(&body, "configuration",
                 {"effort", "config", "configuration", "agent", "scaffold",
                  "variant", "edit_format"},
                 false);
    Line(&body, 2, "value",
         Rule(value,
              value.filled < sample_.count ? "skip_if_missing: true" : ""),
         Range(value));
    if (value.intervals > 0) {
      Line(&body, 2, "half_width",
           absl::StrCat("{column: ", Quoted(value.name),
                        ", match: '(?:±|\\+/-|\\+-)\\s*([0-9.]+)'}"),
           "  # doubt: of a 95 % interval? else 'standard_error'");
    }
    OptionalLine(&body, "lower", {"lower", "low", "q025", "p2", "min"}, true);
    OptionalLine(&body, "upper", {"upper", "high", "q975", "p97", "max"}, true);
    OptionalLine(&body, "standard_error", {"stderr", "se", "sem"}, true);
    OptionalLine(
        &body, "votes",
        {"votes", "n", "battles", "count", "total", "games", "matches"}, true);
    OptionalLine(&body, "rank", {"rank", "position", "place"}, true);
    if (values.size() > 1) {
      std::vector<std::string> others;
      for (size_t i = 1; i < values.size(); ++i) {
        others.push_back(values[i]->name);
      }
      doubts_.push_back(absl::StrCat(
          "other figures are left out: ", absl::StrJoin(others, ", "),
          "; add a block for each under 'records:', or 'unpivot: true'"));
    }
    if (repeats && !is_mean) {
      doubts_.push_back(absl::StrCat(
          name.filled - name.distinct.size(), " rows repeat a name of '",
          name.name,
          "': what tells them apart goes into configuration or category; "
          "'aggregate: mean' when they are items of one figure"));
    }
    return body;
  }

  // The rule for a cell that may be of any of `values`.
  std::string CellRuleOf(const std::string& column,
                         const std::vector<const SampleColumn*>& values,
                         bool zero_is_missing) {
    SampleColumn all = Merged(column, values);
    std::set<std::string> missing = std::move(all.missing_words);
    if (zero_is_missing && !all.zero_words.empty()) {
      missing.insert(all.zero_words.begin(), all.zero_words.end());
      doubts_.push_back(absl::StrCat(
          "cells that are 0 (", all.zeros,
          ") are taken as 'not measured'; if they are figures, remove the "
          "zeros from 'missing'"));
    }
    std::string more = "skip_if_missing: true";
    if (!missing.empty()) absl::StrAppend(&more, ", ", Missing(missing));
    return Rule(all, more);
  }

  // Rows are models, columns are what was measured.
  std::string DraftMatrix(const SampleColumn& name,
                          const std::vector<const SampleColumn*>& values) {
    std::string body = Unpivoted(values);
    Line(&body, 2, "category", "\"@column\"");
    Line(&body, 2, "model", Quoted(name.name), Names(name));
    Line(&body, 2, "value", CellRuleOf("@cell", values, true));
    return body;
  }

  // Rows are what was measured, columns are models.
  std::string DraftTransposed(const SampleColumn& task) {
    std::string body = Unpivoted(Values());
    Line(&body, 2, "category", Quoted(task.name), Names(task));
    Line(&body, 2, "model", "\"@column\"",
         "  # doubt: are the columns models? else swap the two");
    Line(&body, 2, "value", CellRuleOf("@cell", Values(), true));
    return body;
  }

  std::string Unpivoted(const std::vector<const SampleColumn*>& values) {
    is_matrix_ = true;
    for (const SampleColumn* value : values) Use(*value);
    // Every column that is no figure must be named, else it is unpivoted.
    const std::string ignored = Ignored();
    for (const SampleColumn* value : values) used_.erase(value->name);
    return ScoreBlock(absl::StrCat(
        "unpivot: true  # ", values.size(), " columns of figures\n",
        ignored.empty() ? ""
                        : absl::StrCat("columns_ignored: [", ignored, "]\n")));
  }

  // {"model": ..., "scores": {"math": 1, "law": 2}}: rows are the figures.
  std::string DraftNested(const SampleColumn& name, const std::string& holder) {
    std::vector<const SampleColumn*> values;
    for (const SampleColumn& column : sample_.columns) {
      if (absl::StartsWith(column.name, holder + "/")) {
        values.push_back(&column);
      }
    }
    const bool is_line = sample_.format == "jsonl" && sample_.rows.empty();
    rows_ = absl::StrCat(
        sample_.rows, is_line || absl::EndsWith(sample_.rows, "*") ? "" : "/*",
        holder, "/*");
    std::string body = ScoreBlock();
    Line(&body, 2, "category", "\"@key\"",
         absl::StrCat("  # ", values.size(), " members of ", holder));
    Line(&body, 2, "model", Quoted("../../" + name.name), Names(name));
    Line(&body, 2, "value", CellRuleOf("@value", values, false));
    return body;
  }

  std::string DraftRegistry(const SampleColumn& name) {
    const bool is_offering =
        Find({"price", "cost", "pricing", "input", "prompt"}, true) != nullptr;
    std::string body = VintageLine();
    absl::StrAppend(&body, "record: ", is_offering ? "offering" : "model",
                    "\nstream: ", is_offering ? "offerings" : "models", "\n",
                    CoverageLine(), "fields:\n");
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
      if (const SampleColumn* released =
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
    const SampleColumn* operator_column =
        Find({"provider", "operator", "host"}, false);
    if (operator_column != nullptr) {
      Line(&body, 2, "operator", Rule(*operator_column, "required: true"),
           Range(*operator_column));
    } else if (const SampleColumn* key = UnusedKey()) {
      Line(&body, 2, "operator", Rule(*key),
           absl::StrCat(Range(*key), "  # doubt: is it who serves them?"));
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
      const SampleColumn* column = Find(words, true);
      if (column == nullptr || HasWord(WordsOf(column->name), {"tokens"})) {
        continue;
      }
      const std::string range = Range(*column);
      const auto [scale, unit] = PriceUnit(*column);
      const std::string target = absl::StrCat("prices[", price++, "]");
      Line(&body, 2, target + ".what", absl::StrCat("{const: ", what, "}"));
      Line(&body, 2, target + ".currency", "{const: USD}",
           "  # doubt: which currency?");
      std::set<std::string> missing = column->missing_words;
      missing.insert(column->zero_words.begin(), column->zero_words.end());
      std::string more = "optional: true";
      if (!scale.empty()) absl::StrAppend(&more, ", scale: ", scale);
      if (!missing.empty()) absl::StrAppend(&more, ", ", Missing(missing));
      Line(&body, 2, target + ".per_million_tokens", Rule(*column, more),
           absl::StrCat(range, ", taken as per ", unit));
      if (!column->zero_words.empty()) {
        doubts_.push_back(absl::StrCat(
            "'", column->name, "' is ",
            absl::StrJoin(column->zero_words, " or "),
            " in places: taken as not stated; if it is the price, remove it "
            "from 'missing'",
            column->free > 0 ? " and add 'value_map: {free: 0}, unmapped: keep'"
                             : ""));
      }
    }
    OptionalLine(&body, "context_tokens", {"context", "window"}, true,
                 "optional: true");
    return body;
  }

  const SampleColumn* UnusedKey() const {
    for (const SampleColumn& column : sample_.columns) {
      if (absl::StartsWith(column.name, "@key") && !IsUsed(column)) {
        return &column;
      }
    }
    return nullptr;
  }

  std::string Ignored() const {
    std::vector<std::string> names;
    for (const SampleColumn& column : sample_.columns) {
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
  std::string rows_;  // where they are, when not where the sample says
};

}  // namespace

absl::StatusOr<std::string> DraftMapping(const std::string& bytes,
                                         absl::string_view path) {
  ASSIGN_OR_RETURN(const Sample sample, TakeSample(bytes, path));
  return Drafter(sample, path.substr(path.rfind('/') + 1)).Draft();
}

}  // namespace meridian::table
