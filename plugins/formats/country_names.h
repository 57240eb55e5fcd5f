// Names of countries as publishers write them. Which code a name means is data
// (samples/mappings/country_names.yaml), handed over with a plugin's
// configuration.
#ifndef PLUGINS_FORMATS_COUNTRY_NAMES_H_
#define PLUGINS_FORMATS_COUNTRY_NAMES_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "meridian/v1/source.pb.h"

namespace meridian {

class CountryNames {
 public:
  // Reads key `countries_file` of a configuration, {"file": ..., "text": YAML};
  // without it no name is known. Problems are appended.
  static CountryNames FromConfig(const std::string& config_json,
                                 std::vector<v1::Problem>* problems);

  // ISO 3166-1 alpha-2; nullopt: no country, or a name that is not known.
  std::optional<std::string> Find(absl::string_view name) const;

 private:
  std::map<std::string, std::string, std::less<>> codes_;
};

}  // namespace meridian

#endif  // PLUGINS_FORMATS_COUNTRY_NAMES_H_
