// Configurations of plugins that take few keys, or none.
#ifndef PLUGINS_JSON_CONFIG_H_
#define PLUGINS_JSON_CONFIG_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "meridian/v1/source.pb.h"

namespace meridian {

// Adds a problem.
void AddProblem(absl::string_view path, absl::string_view message,
                absl::string_view fix, std::vector<v1::Problem>* problems);

// Problems of a configuration in which only `keys` are known: no JSON object,
// or another key.
std::vector<v1::Problem> CheckKeys(const std::string& config_json,
                                   const std::vector<std::string>& keys);

}  // namespace meridian

#endif  // PLUGINS_JSON_CONFIG_H_
