// Runs a Source without a host: documents in, snapshots out. For the tests of
// plugins.
#ifndef PLUGINS_SDK_TESTING_H_
#define PLUGINS_SDK_TESTING_H_

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "plugins/sdk/rules.h"
#include "plugins/sdk/source.h"

namespace meridian::testing {

using ::meridian::ReadResult;
using ::meridian::ReadSnapshot;

struct TestDocument {
  std::string path;  // DocumentHead.path and the end of DocumentHead.uri
  std::string bytes;
  v1::Vintage vintage_hint;
  // Of a document that is only given when the plugin asks for this URI; its
  // hint is that of the first document.
  std::string fetched_as = "";
  std::map<std::string, std::string> headers = {};
};

// How documents and records are cut into messages. What a plugin reads must
// not depend on it.
struct Transport {
  size_t chunk_bytes = 256 << 10;
  size_t batch_bytes = 1 << 20;
};

// Reads `documents` with `source`; records come back as the host would decode
// them from the batches. Errors: what Source::Read returned, and what the SDK
// found wrong (SNAPSHOT_NOT_ENDED, PLUGIN_EXCEPTION, ...).
absl::StatusOr<ReadResult> ReadDocuments(Source& source,
                                         const std::string& config_json,
                                         std::vector<TestDocument> documents,
                                         const Transport& transport = {});

// Whether `source` keeps the rules of a plugin, for documents that it reads
// without error:
//  * Describe and what was read keep the rules of rules.h.
//  * Check accepts `config_json`.
//  * Reading again, with other chunks and batches, gives the same.
// Errors: FailedPrecondition (NOT_CONFORMING) naming the rule and where it was
// broken; the error of Read.
absl::Status CheckConformance(Source& source, const std::string& config_json,
                              const std::vector<TestDocument>& documents);

}  // namespace meridian::testing

#endif  // PLUGINS_SDK_TESTING_H_
