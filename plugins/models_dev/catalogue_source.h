// Source plugin of models.dev.
#ifndef PLUGINS_MODELS_DEV_CATALOGUE_SOURCE_H_
#define PLUGINS_MODELS_DEV_CATALOGUE_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads models/LAB/MODEL.toml as models and providers/PROVIDER/models/ID.toml
// as offerings, which may inherit from a model file of the same vintage. All
// documents of a read are in memory. README.md describes what is read.
class ModelsDevSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_TOML, UNKNOWN_DOCUMENT (a path of
  // neither kind).
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_MODELS_DEV_CATALOGUE_SOURCE_H_
