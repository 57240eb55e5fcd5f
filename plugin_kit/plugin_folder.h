// A plugin as its author keeps it: a folder with plugin.yaml and cases.
//
//   my-board/plugin.yaml            program: build/my-board
//   my-board/cases/basic/case.yaml  documents, config and vintage, all optional
//   my-board/cases/basic/*          its documents
//   my-board/cases/basic/expected.jsonl  what they give (the golden file)
#ifndef PLUGIN_KIT_PLUGIN_FOLDER_H_
#define PLUGIN_KIT_PLUGIN_FOLDER_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "meridian/v1/record.pb.h"

namespace meridian::kit {

// A document for a plugin.
struct KitDocument {
  std::string path;  // as the plugin is told it
  std::string bytes;
  v1::Vintage vintage_hint;
};

struct PluginCase {
  std::string name;
  std::string golden;  // path of expected.jsonl; need not exist
  std::string config_json = "{}";
  std::vector<KitDocument> documents;  // by path
};

struct PluginFolder {
  std::string program;            // absolute
  std::vector<PluginCase> cases;  // by name
};

// Reads `folder`; `program` replaces what plugin.yaml names unless it is
// empty. A key of `config` that is `mapping` or ends in `_file` names a file
// of the case, as in a sources.yaml. Errors: NotFound (NO_SUCH_FILE);
// InvalidArgument (BAD_PLUGIN_FOLDER) with file and line; BAD_YAML.
absl::StatusOr<PluginFolder> ReadPluginFolder(const std::string& folder,
                                              const std::string& program);

// A file as a document, its vintage hint as of `vintage` (a date), basis
// CONFIG. Errors: NO_SUCH_FILE, BAD_PLUGIN_FOLDER for a vintage that is none.
absl::StatusOr<KitDocument> ReadKitDocument(const std::string& file,
                                            const std::string& path,
                                            const std::string& vintage);

// The configuration that a file in YAML or JSON holds, as JSON, files named in
// it put in place; of a case.yaml its `config`.
absl::StatusOr<std::string> ReadKitConfig(const std::string& file);

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_PLUGIN_FOLDER_H_
