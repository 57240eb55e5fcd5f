// Source plugin of Ollama's library.
#ifndef PLUGINS_OLLAMA_OLLAMA_SOURCE_H_
#define PLUGINS_OLLAMA_OLLAMA_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads the library as a map of families with their tags: each tag is an
// offering of its own, each family has its pulls. README.md describes what is
// read.
class OllamaSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_JSON, EMPTY_DOCUMENT, UNKNOWN_DOCUMENT.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_OLLAMA_OLLAMA_SOURCE_H_
