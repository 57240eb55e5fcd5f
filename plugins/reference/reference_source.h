// Source plugin of curated reference data.
#ifndef PLUGINS_REFERENCE_REFERENCE_SOURCE_H_
#define PLUGINS_REFERENCE_REFERENCE_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Each document is one snapshot of the stream "reference/<file stem>",
// coverage ALL, vintage as the file states it. A bad file fails the read.
class ReferenceSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  // The plugin takes no configuration: every key is a problem.
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: those of ParseReferenceFile; InvalidArgument (DUPLICATE_STREAM)
  // when two documents have the same file name.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_REFERENCE_REFERENCE_SOURCE_H_
