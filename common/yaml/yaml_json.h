// YAML as JSON text, for readers that take JSON, with the place of every
// value for messages.
#ifndef COMMON_YAML_YAML_JSON_H_
#define COMMON_YAML_YAML_JSON_H_

#include <cstdint>
#include <string>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/yaml/yaml.h"

namespace meridian {

struct YamlPlace {
  uint32_t line = 0;    // from 1
  uint32_t column = 0;  // from 1
};

struct JsonFromYaml {
  std::string json;
  // JSON pointer -> where it stands in the YAML file; "" is the whole.
  absl::flat_hash_map<std::string, YamlPlace> places;
};

// Parses YAML (see yaml.h for types and errors) into JSON. Numbers keep their
// digits; "+1", ".5" and "1." are written as JSON wants them.
absl::StatusOr<JsonFromYaml> YamlToJson(absl::string_view text,
                                        absl::string_view file);

// A tree as JSON text.
std::string ToJson(const YamlValue& value);

}  // namespace meridian

#endif  // COMMON_YAML_YAML_JSON_H_
