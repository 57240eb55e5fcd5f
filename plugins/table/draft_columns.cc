#include "plugins/table/draft_columns.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian::table {

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

std::string InQuotes(const std::string& text) {
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
  return plain ? text : InQuotes(text);
}

bool IsPassed(const SampleColumn& column) {
  return column.is_truth() &&
         HasWord(WordsOf(column.name),
                 {"passed", "pass", "correct", "resolved", "solved", "success",
                  "successful", "score", "right"});
}
bool IsItemName(const SampleColumn& column) {
  return HasWord(
      WordsOf(column.name),
      {"item", "question", "instance", "sample", "example", "seed", "prompt",
       "task", "case", "run", "trial", "epoch", "id", "uid", "doc", "problem"});
}
bool IsScoreName(const SampleColumn& column) {
  return HasWord(WordsOf(column.name),
                 {"score",  "rating",  "elo",     "accuracy", "average",
                  "mean",   "win",     "winrate", "rate",     "resolved",
                  "pass",   "eci",     "points",  "value",    "median",
                  "passed", "correct", "solved",  "success",  "performance"});
}

std::string Missing(const std::set<std::string>& more) {
  std::vector<std::string> texts = {"\"\""};
  for (const std::string& text : more) texts.push_back(InQuotes(text));
  return absl::StrCat("missing: [", absl::StrJoin(texts, ", "), "]");
}

std::string Range(const SampleColumn& column) {
  if (column.numbers == 0 || column.is_decorated()) {
    return absl::StrCat("  # e.g. ", column.example);
  }
  return absl::StrCat(
      "  # ", column.least, " to ", column.most,
      column.texts_that_are_numbers == column.filled && column.filled > 0
          ? ", written as text"
          : "");
}

std::pair<std::string, std::string> PriceUnit(const SampleColumn& column) {
  const std::string words = WordsOf(column.name);
  if (column.per_million > 0 || HasWord(words, {"million", "mtok", "1m"})) {
    return {"", "million tokens"};
  }
  if (column.per_thousand > 0 || HasWord(words, {"thousand", "1k", "ktok"})) {
    return {"1000", "1,000 tokens"};
  }
  // Nobody sells a million tokens for less than a cent.
  if (column.per_token > 0 || 2 * column.tiny >= column.filled - column.zeros) {
    return {"1e6", "token"};
  }
  return {"", "million tokens"};
}

const SampleColumn* FindTaskOfTransposed(const Sample& sample) {
  const SampleColumn* task = nullptr;
  size_t figures = 0;
  for (const SampleColumn& column : sample.columns) {
    if (column.name.find_first_of("/@") != std::string::npos) return nullptr;
    const std::string words = WordsOf(column.name);
    if (column.is_numeric()) {
      // "gpt-4o", "Qwen2.5 72B"; not "score" or "votes".
      const bool has_digit =
          column.name.find_first_of("0123456789") != std::string::npos;
      if (IsScoreName(column) || !has_digit) return nullptr;
      ++figures;
    } else if (HasWord(words, {"model", "name", "system"})) {
      return nullptr;
    } else if (task == nullptr &&
               HasWord(words, {"task", "benchmark", "metric", "dataset", "test",
                               "category", "subject", "eval"})) {
      task = &column;
    }
  }
  return figures >= 2 ? task : nullptr;
}

std::string NestedFigures(const Sample& sample) {
  if (sample.rows == "/*" || sample.format == "toml") return "";
  std::vector<std::string> holders;
  for (const SampleColumn& column : sample.columns) {
    if (column.name[0] != '/' || !column.is_numeric()) continue;
    const size_t end = column.name.find('/', 1);
    const std::string holder = column.name.substr(0, end);
    if (HasWord(WordsOf(holder), {"pricing", "price", "prices", "cost", "costs",
                                  "limit", "limits"})) {
      continue;
    }
    holders.push_back(holder);
  }
  for (const std::string& holder : holders) {
    if (std::count(holders.begin(), holders.end(), holder) > 1) return holder;
  }
  return "";
}

SampleColumn Merged(const std::string& name,
                    const std::vector<const SampleColumn*>& columns) {
  SampleColumn all;
  all.name = name;
  for (const SampleColumn* one : columns) {
    all.filled += one->filled;
    all.numbers += one->numbers;
    all.percents += one->percents;
    all.magnitudes += one->magnitudes;
    all.decorated += one->decorated;
    all.grouped += one->grouped;
    all.truths += one->truths;
    all.zeros += one->zeros;
    all.missing_words.insert(one->missing_words.begin(),
                             one->missing_words.end());
    all.zero_words.insert(one->zero_words.begin(), one->zero_words.end());
  }
  return all;
}

std::string Names(const SampleColumn& name) {
  return absl::StrCat("  # ", name.distinct.size(), " names, e.g. ",
                      name.example);
}

std::string CoverageLine() {
  return "coverage: SOME  # doubt: ALL when the file lists everything; then "
         "absence means gone\n";
}

}  // namespace meridian::table
