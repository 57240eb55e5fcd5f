#include "plugins/arena/config.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/base/dates.h"
#include "common/base/suggest.h"
#include "plugins/arena/document.h"
#include "plugins/json/json.h"

namespace meridian::arena {
namespace {

const std::vector<std::string>& Keys() {
  static const auto& keys = *new std::vector<std::string>{
      "board_prefix", "daily_method", "metadata_vintage"};
  return keys;
}

v1::Problem MakeProblem(absl::string_view path, std::string message,
                        std::string fix) {
  v1::Problem problem;
  problem.set_path(std::string(path));
  problem.set_message(std::move(message));
  problem.set_fix(std::move(fix));
  return problem;
}

void ReadWord(const JsonValue& value, absl::string_view example,
              std::string* word, std::vector<v1::Problem>* problems) {
  if (value.is_string() && IsWord(value.text())) {
    *word = std::string(value.text());
    return;
  }
  problems->push_back(MakeProblem(
      value.key(),
      absl::StrCat("expected a word of a-z, 0-9, '_' and '-', found ",
                   value.is_string() ? absl::StrCat("'", value.text(), "'")
                                     : std::string(value.type_name())),
      absl::StrCat("write ", value.key(), ": ", example)));
}

void ReadVintage(const JsonValue& value, std::optional<v1::Vintage>* vintage,
                 std::vector<v1::Problem>* problems) {
  if (value.is_string() && ParseDate(value.text()).ok()) {
    *vintage = MakeVintage(value.text(), v1::VINTAGE_BASIS_CONFIG);
    return;
  }
  problems->push_back(MakeProblem(
      value.key(),
      absl::StrCat("expected a date, found ",
                   value.is_string() ? absl::StrCat("'", value.text(), "'")
                                     : std::string(value.type_name())),
      "write the day on which the mirror was made, e.g. 2025-03-26"));
}

}  // namespace

const char kConfigSchema[] = R"({
  "type": "object",
  "additionalProperties": false,
  "properties": {
    "board_prefix": {
      "type": "string", "pattern": "^[a-z0-9_-]+$", "default": "lmarena",
      "description": "first part of the board: lmarena gives lmarena/text"
    },
    "daily_method": {
      "type": "string", "pattern": "^[a-z0-9_-]+$", "default": "style_control",
      "description": "method of the daily pages, which do not state theirs"
    },
    "metadata_vintage": {
      "type": "string", "pattern": "^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$",
      "description": "date of the model metadata in a history file"
    }
  }
})";

std::vector<v1::Problem> ParseConfig(const std::string& config_json,
                                     ArenaConfig* config) {
  std::vector<v1::Problem> problems;
  const auto document =
      JsonDocument::Parse(config_json.empty() ? "{}" : config_json, "config");
  if (!document.ok() || !(*document)->root().is_object()) {
    problems.push_back(MakeProblem("", "the config is not a JSON object",
                                   "write it as a mapping"));
    return problems;
  }
  for (const JsonValue value : (*document)->root()) {
    if (value.key() == "board_prefix") {
      ReadWord(value, config->board_prefix, &config->board_prefix, &problems);
    } else if (value.key() == "daily_method") {
      ReadWord(value, config->daily_method, &config->daily_method, &problems);
    } else if (value.key() == "metadata_vintage") {
      ReadVintage(value, &config->metadata_vintage, &problems);
    } else {
      problems.push_back(
          MakeProblem(value.key(),
                      absl::StrCat("unknown key '", value.key(), "'",
                                   DidYouMean(value.key(), Keys())),
                      "use board_prefix, daily_method or metadata_vintage"));
    }
  }
  return problems;
}

}  // namespace meridian::arena
