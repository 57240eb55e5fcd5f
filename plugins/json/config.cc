#include "plugins/json/config.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/suggest.h"
#include "plugins/json/json.h"

namespace meridian {

void AddProblem(absl::string_view path, absl::string_view message,
                absl::string_view fix, std::vector<v1::Problem>* problems) {
  v1::Problem& problem = problems->emplace_back();
  problem.set_path(std::string(path));
  problem.set_message(std::string(message));
  problem.set_fix(std::string(fix));
}

std::vector<v1::Problem> CheckKeys(const std::string& config_json,
                                   const std::vector<std::string>& keys) {
  std::vector<v1::Problem> problems;
  const auto config = JsonDocument::Parse(config_json, "config");
  if (!config.ok() || !(*config)->root().is_object()) {
    AddProblem("", "the configuration is no JSON object", "leave 'config' out",
               &problems);
    return problems;
  }
  for (const JsonValue member : (*config)->root()) {
    const std::string key(member.key());
    if (std::find(keys.begin(), keys.end(), key) != keys.end()) continue;
    AddProblem(
        key, absl::StrCat("'", key, "' is not known", DidYouMean(key, keys)),
        keys.empty() ? "leave 'config' out: this plugin takes none"
                     : absl::StrCat("one of ", absl::StrJoin(keys, ", ")),
        &problems);
  }
  return problems;
}

}  // namespace meridian
