#include "plugins/formats/country_names.h"

#include "absl/strings/str_cat.h"
#include "common/yaml/yaml.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace meridian {

CountryNames CountryNames::FromConfig(const std::string& config_json,
                                      std::vector<v1::Problem>* problems) {
  CountryNames names;
  google::protobuf::Struct config;
  if (!google::protobuf::util::JsonStringToMessage(config_json, &config).ok()) {
    return names;  // Told by whoever checks the keys.
  }
  const auto found = config.fields().find("countries_file");
  if (found == config.fields().end()) return names;
  const auto add = [&](const std::string& message) {
    v1::Problem& problem = problems->emplace_back();
    problem.set_path("countries_file");
    problem.set_message(message);
    problem.set_fix("a YAML file of NAME: CODE, ISO 3166-1 alpha-2");
  };
  const auto& file = found->second.struct_value().fields();
  if (!file.contains("text")) {
    add("is no file");
    return names;
  }
  const auto yaml =
      ParseYaml(file.at("text").string_value(),
                file.contains("file") ? file.at("file").string_value()
                                      : "countries_file");
  if (!yaml.ok() || !yaml->is_map()) {
    add(yaml.ok() ? "is no mapping" : std::string(yaml.status().message()));
    return names;
  }
  for (const YamlValue& entry : yaml->children) {
    const std::string& code = entry.text;
    if (!entry.is_string() || code.size() != 2 || code[0] < 'A' ||
        code[0] > 'Z' || code[1] < 'A' || code[1] > 'Z') {
      add(absl::StrCat("line ", entry.line, ": '", entry.key,
                       "' has no code of two capital letters"));
      continue;
    }
    names.codes_[entry.key] = code;
  }
  return names;
}

std::optional<std::string> CountryNames::Find(absl::string_view name) const {
  const auto found = codes_.find(name);
  if (found == codes_.end()) return std::nullopt;
  return found->second;
}

}  // namespace meridian
