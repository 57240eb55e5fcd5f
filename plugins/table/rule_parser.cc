#include "plugins/table/rule_parser.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/number.h"
#include "common/base/suggest.h"

namespace meridian::table {
namespace {

const std::vector<std::string>& CellKeys() {
  static const auto* keys = new std::vector<std::string>{
      "column",          "magnitude",    "or",
      "const",           "optional",     "trim",
      "missing",         "split",        "match",
      "strip_prefix",    "strip_suffix", "value_map",
      "unmapped",        "date_format",  "scale",
      "prefix",          "suffix",       "required",
      "skip_if_missing", "thousands",    "decimal"};
  return *keys;
}

std::set<std::string> AsSet(const std::vector<std::string>& texts) {
  return {texts.begin(), texts.end()};
}

}  // namespace

std::string PathOf(absl::string_view parent, absl::string_view key) {
  return parent.empty() ? std::string(key) : absl::StrCat(parent, ".", key);
}

void RuleParser::Add(const YamlValue& at, absl::string_view path,
                     absl::string_view message, absl::string_view fix) {
  v1::Problem& problem = problems_->emplace_back();
  problem.set_path(std::string(path));
  problem.set_message(std::string(message));
  problem.set_fix(std::string(fix));
  problem.set_file(file_);
  problem.set_line(at.line);
  problem.set_column(at.column);
}

bool RuleParser::CheckKeys(const YamlValue& value, absl::string_view path,
                           const std::vector<std::string>& known) {
  if (!value.is_map()) {
    Add(value, path,
        absl::StrCat("expected a mapping, this is ", value.TypeName()),
        absl::StrCat("write key: value with ", absl::StrJoin(known, ", ")));
    return false;
  }
  for (const YamlValue& entry : value.children) {
    if (std::find(known.begin(), known.end(), entry.key) != known.end()) {
      continue;
    }
    const std::vector<std::string> near = Suggest(entry.key, known, 1);
    Add(entry, PathOf(path, entry.key),
        absl::StrCat("unknown key '", entry.key, "'",
                     DidYouMean(entry.key, known)),
        near.empty() ? absl::StrCat("use one of ", absl::StrJoin(known, ", "))
                     : absl::StrCat("write '", near[0], "'"));
  }
  return true;
}

std::optional<std::string> RuleParser::Text(const YamlValue& value,
                                            absl::string_view path) {
  // Numbers and true/false are texts here: cells are compared as text.
  if (value.is_scalar()) return value.text;
  Add(value, path, absl::StrCat("expected a text, this is ", value.TypeName()),
      value.is_null() ? "write \"\" for an empty text" : "");
  return std::nullopt;
}

std::optional<bool> RuleParser::Bool(const YamlValue& value,
                                     absl::string_view path) {
  if (value.type == YamlValue::Type::kBool) return value.text == "true";
  Add(value, path,
      absl::StrCat("expected true or false, this is ", value.TypeName()));
  return std::nullopt;
}

std::vector<std::string> RuleParser::Texts(const YamlValue& value,
                                           absl::string_view path) {
  std::vector<std::string> texts;
  if (!value.is_list()) {
    if (auto text = Text(value, path)) texts.push_back(*std::move(text));
    return texts;
  }
  for (const YamlValue& item : value.children) {
    if (auto text = Text(item, path)) texts.push_back(*std::move(text));
  }
  return texts;
}

std::map<std::string, std::string> RuleParser::TextMap(const YamlValue& value,
                                                       absl::string_view path) {
  std::map<std::string, std::string> map;
  if (!value.is_map()) {
    Add(value, path,
        absl::StrCat("expected a mapping from text to text, this is ",
                     value.TypeName()));
    return map;
  }
  for (const YamlValue& entry : value.children) {
    if (auto text = Text(entry, PathOf(path, entry.key))) {
      map.emplace(entry.key, *std::move(text));
    }
  }
  return map;
}

SkipRules RuleParser::Skip(const YamlValue& value, absl::string_view path) {
  SkipRules rules;
  if (!value.is_map()) {
    Add(value, path,
        absl::StrCat("expected a mapping from column to values, this is ",
                     value.TypeName()),
        "write skip_rows_where: {column: [value]}");
    return rules;
  }
  for (const YamlValue& entry : value.children) {
    rules[entry.key] = AsSet(Texts(entry, PathOf(path, entry.key)));
  }
  return rules;
}

void RuleParser::Mark(const YamlValue& entry, absl::string_view path,
                      char* mark) {
  if (entry.is_scalar() && entry.text.size() == 1 &&
      !absl::ascii_isalnum(static_cast<unsigned char>(entry.text[0])) &&
      entry.text != "-" && entry.text != "+") {
    *mark = entry.text[0];
  } else {
    Add(entry, path, "expected one character that is no digit or letter",
        "write e.g. thousands: \",\"");
  }
}

void RuleParser::CellKey(const YamlValue& entry, absl::string_view path,
                         CellRule* rule) {
  const std::string& key = entry.key;
  auto text = [&](std::string* to) {
    if (auto value = Text(entry, path)) *to = *std::move(value);
  };
  auto flag = [&](bool* to) {
    if (const auto value = Bool(entry, path)) *to = *value;
  };
  if (key == "column") rule->columns = Texts(entry, path);
  if (key == "or") rule->otherwise = Texts(entry, path);
  if (key == "const") rule->constant = Text(entry, path);
  if (key == "optional") flag(&rule->optional);
  if (key == "magnitude") flag(&rule->magnitude);
  if (key == "thousands") Mark(entry, path, &rule->thousands);
  if (key == "decimal") Mark(entry, path, &rule->decimal);
  if (key == "trim") flag(&rule->trim);
  if (key == "missing") rule->missing = AsSet(Texts(entry, path));
  if (key == "split") text(&rule->split);
  if (key == "match") {
    if (const auto pattern = Text(entry, path)) {
      auto compiled =
          std::make_shared<const re2::RE2>(*pattern, re2::RE2::Quiet);
      if (!compiled->ok()) {
        Add(entry, path,
            absl::StrCat("not a regular expression: ", compiled->error()));
      } else if (compiled->NumberOfCapturingGroups() > 1) {
        Add(entry, path, "the pattern has more than one group",
            "write (?:...) for groups that give no value");
      } else {
        rule->match = std::move(compiled);
      }
    }
  }
  if (key == "strip_prefix") text(&rule->strip_prefix);
  if (key == "strip_suffix") text(&rule->strip_suffix);
  if (key == "value_map") rule->value_map = TextMap(entry, path);
  if (key == "date_format") text(&rule->date_format);
  if (key == "prefix") text(&rule->prefix);
  if (key == "suffix") text(&rule->suffix);
  if (key == "required") flag(&rule->required);
  if (key == "skip_if_missing") flag(&rule->skip_if_missing);
  if (key == "scale") {
    const auto number = ParseNumber(entry.text);
    if (entry.is_number() && number.ok()) {
      rule->scale = *number;
    } else {
      Add(entry, path, "'scale' must be a number");
    }
  }
  if (key == "unmapped") {
    const std::vector<std::string> words = {"reject", "keep", "missing"};
    const auto word = std::find(words.begin(), words.end(), entry.text);
    if (word == words.end()) {
      Add(entry, path,
          absl::StrCat("'", entry.text, "' is not one of reject, keep, missing",
                       DidYouMean(entry.text, words)));
    } else {
      rule->unmapped = static_cast<Unmapped>(word - words.begin());
    }
  }
}

CellRule RuleParser::Cell(const YamlValue& value, absl::string_view path,
                          const std::set<std::string>& missing,
                          const std::vector<std::string>& extra) {
  CellRule rule;
  rule.missing = missing;
  std::vector<std::string> known = CellKeys();
  known.insert(known.end(), extra.begin(), extra.end());
  if (!CheckKeys(value, path, known)) return rule;
  for (const YamlValue& entry : value.children) {
    CellKey(entry, PathOf(path, entry.key), &rule);
  }
  const bool has_column = value.Find("column") != nullptr;
  if (value.Find("const") != nullptr) {
    if (value.children.size() > 1) {
      Add(value, path, "'const' stands alone: it is the value itself",
          has_column ? "delete 'const' or 'column'" : "delete the other keys");
    }
  } else if (!has_column) {
    Add(value, path, "neither 'column' nor 'const' is given",
        "add column: NAME or const: VALUE");
  } else if (rule.columns.empty()) {
    Add(value, PathOf(path, "column"), "no column is named");
  }
  if (rule.thousands != '\0' &&
      rule.thousands == (rule.decimal == '\0' ? '.' : rule.decimal)) {
    Add(value, path, "'thousands' and the decimal mark are the same",
        "add decimal: \",\" when digits are grouped by points");
  }
  if (rule.required && rule.skip_if_missing) {
    Add(value, path,
        "'required' rejects a row without the value, 'skip_if_missing' "
        "passes over it: both cannot hold",
        "delete one of the two");
  }
  if (value.Find("unmapped") != nullptr && rule.value_map.empty()) {
    Add(*value.Find("unmapped"), PathOf(path, "unmapped"),
        "'unmapped' says nothing without 'value_map'", "add 'value_map'");
  }
  return rule;
}

VintageRule RuleParser::Vintage(const YamlValue& value, absl::string_view path,
                                const std::set<std::string>& missing) {
  VintageRule rule;
  rule.cell = Cell(value, path, missing, {"format", "edition_dates"});
  if (!value.is_map()) return rule;
  const YamlValue* dates = value.Find("edition_dates");
  const YamlValue* format = value.Find("format");
  if (dates != nullptr) {
    const std::string dates_path = PathOf(path, "edition_dates");
    rule.dates = TextMap(*dates, dates_path);
    for (const YamlValue& entry : dates->children) {
      const auto vintage = ToVintage(entry.text, v1::VINTAGE_BASIS_CONFIG);
      if (entry.is_scalar() && !vintage.ok()) {
        Add(entry, PathOf(dates_path, entry.key), vintage.status().message(),
            "write a date such as 2025-04-07, 2025-04 or 2025");
      }
    }
  }
  if (rule.cell.columns == std::vector<std::string>{"@path"}) {
    rule.basis = v1::VINTAGE_BASIS_PATH;
  }
  if (dates != nullptr || rule.cell.constant.has_value()) {
    rule.basis = v1::VINTAGE_BASIS_CONFIG;
  }
  if (rule.cell.constant.has_value()) {
    const auto vintage = ToVintage(*rule.cell.constant, rule.basis);
    if (!vintage.ok()) {
      Add(value, PathOf(path, "const"), vintage.status().message(),
          "write a date such as 2025-04-07, 2025-04 or 2025");
    }
  }
  if (format != nullptr) {
    if (dates != nullptr) {
      Add(*format, PathOf(path, "format"),
          "'format' and 'edition_dates' cannot both give the date",
          "delete one of the two");
    }
    if (auto text = Text(*format, PathOf(path, "format"))) {
      rule.cell.date_format = *std::move(text);
    }
  }
  if (!rule.cell.split.empty()) {
    Add(value, PathOf(path, "split"), "a row has one vintage");
  }
  return rule;
}

}  // namespace meridian::table
