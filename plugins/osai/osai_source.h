// Source plugin of the European Open Source AI Index.
#ifndef PLUGINS_OSAI_OSAI_SOURCE_H_
#define PLUGINS_OSAI_OSAI_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads the index's cards, one YAML file for each model, comments included.
// README.md describes what is read.
class OsaiSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_YAML, UNKNOWN_DOCUMENT (no card).
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_OSAI_OSAI_SOURCE_H_
