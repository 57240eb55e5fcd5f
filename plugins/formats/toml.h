// TOML as the tree of YAML: the same types, with lines. Dates are strings.
#ifndef PLUGINS_FORMATS_TOML_H_
#define PLUGINS_FORMATS_TOML_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/yaml/yaml.h"

namespace meridian {

// Errors: InvalidArgument (BAD_TOML), "path:line:column: what".
absl::StatusOr<YamlValue> ParseToml(const std::string& text,
                                    const std::string& path);

}  // namespace meridian

#endif  // PLUGINS_FORMATS_TOML_H_
