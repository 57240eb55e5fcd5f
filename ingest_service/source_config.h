// Sources as an operator configures them, in YAML. docs/sources.md describes
// the format.
#ifndef INGEST_SERVICE_SOURCE_CONFIG_H_
#define INGEST_SERVICE_SOURCE_CONFIG_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/base/dates.h"
#include "ingest_service/documents/http_client.h"
#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian::ingest {

// One entry of `documents:`.
struct DocumentSpec {
  std::string files;    // absolute glob; empty for a URL
  std::string url;      // http or https; empty for files
  std::string path;     // of a URL: what the plugin sees; HOST/PATH by default
  std::string members;  // of archives: glob on the names in them; empty: the
                        // document is no archive ('*' matches '/' too)
  std::string base;     // folder that DocumentHead.path is relative to
  std::string vintage_from_path;  // regular expression; empty: none
  std::string vintage;            // date; empty: none
};

struct SourceConfig {
  std::string id;
  std::string title;
  std::string plugin;
  std::string publisher;
  std::string data_licence;
  std::vector<DocumentSpec> documents;
  HttpRules http;        // hosts of the URLs are among http.hosts
  absl::Duration every;  // between scheduled runs; 0: none
  // A snapshot of coverage ALL with fewer records than this share of the one
  // before it is held until approved. 0: never.
  double hold_below = 0.5;
  // Lowers what the plugin claims; unset: as the plugin says.
  std::optional<v1::Coverage::Extent> coverage;
  v1::Limits limits;        // 0: default
  std::string config_json;  // `config:`; "{}" when there is none
  std::string file;         // where it is configured
  uint32_t line = 0;
};

// Named folders that `${NAME}/...` in `files:` stands for.
using Roots = std::map<std::string, std::string>;

// Reads the sources of one file. Errors: InvalidArgument (BAD_SOURCE_CONFIG)
// telling everything that is wrong, each with FILE:LINE:COLUMN and what to
// write instead; NotFound (NO_SUCH_FILE).
//
// A key of `config:` that is `mapping` or ends in `_file` names a file beside
// the configuration; its value becomes {"file": NAME, "text": CONTENTS}, so
// that plugins need no access to files.
absl::StatusOr<std::vector<SourceConfig>> ReadSources(const std::string& file,
                                                      const Roots& roots);

// The same of several files; ids are unique over all of them.
absl::StatusOr<std::vector<SourceConfig>> ReadAllSources(
    const std::vector<std::string>& files, const Roots& roots);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_SOURCE_CONFIG_H_
