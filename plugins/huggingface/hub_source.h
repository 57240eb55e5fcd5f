// Source plugin of the Hugging Face Hub's listing of models.
#ifndef PLUGINS_HUGGINGFACE_HUB_SOURCE_H_
#define PLUGINS_HUGGINGFACE_HUB_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads pages of /api/models, and follows their Link headers to the next ones.
// One page is in memory at a time. README.md describes what is read.
class HubSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_JSON, EMPTY_DOCUMENT, UNKNOWN_DOCUMENT;
  // FETCH_FAILED; ResourceExhausted (LISTING_INCOMPLETE) when the listing is
  // said to be complete and has more pages than max_pages.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_HUGGINGFACE_HUB_SOURCE_H_
