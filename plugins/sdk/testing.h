// Runs a Source without a host: documents in, snapshots out. For the tests of
// plugins.
#ifndef PLUGINS_SDK_TESTING_H_
#define PLUGINS_SDK_TESTING_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugins/sdk/source.h"

namespace meridian::testing {

struct TestDocument {
  std::string path;   // DocumentHead.path and the end of DocumentHead.uri
  std::string bytes;
  v1::Vintage vintage_hint;
};

struct ReadSnapshot {
  v1::BeginSnapshot begin;
  std::vector<v1::Record> records;
  bool ended = false;
};

struct ReadResult {
  std::vector<ReadSnapshot> snapshots;
  std::vector<v1::Rejected> rejected;
  std::vector<v1::Diagnostic> diagnostics;
};

// Reads `documents` with `source`. Errors: what Source::Read returned.
absl::StatusOr<ReadResult> ReadDocuments(Source& source,
                                         const std::string& config_json,
                                         std::vector<TestDocument> documents);

}  // namespace meridian::testing

#endif  // PLUGINS_SDK_TESTING_H_
