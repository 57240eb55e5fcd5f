// Source plugin of OpenClaw's provider manifests.
#ifndef PLUGINS_OPENCLAW_OPENCLAW_SOURCE_H_
#define PLUGINS_OPENCLAW_OPENCLAW_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads openclaw.plugin.json files: the models of their modelCatalog become
// offerings, one snapshot for each provider. README.md describes what is read.
class OpenClawSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_JSON, EMPTY_DOCUMENT, UNKNOWN_DOCUMENT
  // (JSON, but no manifest), DUPLICATE_STREAM.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_OPENCLAW_OPENCLAW_SOURCE_H_
