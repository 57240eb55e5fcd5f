// Puts a plugin where the ingest service finds it.
#ifndef PLUGIN_KIT_INSTALL_H_
#define PLUGIN_KIT_INSTALL_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace meridian::kit {

// What is installed: the program and, of a plugin of several files, what
// plugin.yaml lists as `files:`.
struct PluginFiles {
  std::string id;
  std::string program;             // absolute
  std::vector<std::string> files;  // absolute files and folders
};

// `from` is a program, or a folder with plugin.yaml. `id` is what the plugin
// says in Describe. Errors: NO_SUCH_FILE, BAD_PLUGIN_FOLDER.
absl::StatusOr<PluginFiles> FindPluginFiles(const std::string& from,
                                            const std::string& id);

// Copies it into `folder`: FOLDER/ID, or with more files FOLDER/ID/ID and
// those beside it. What is there under that id is replaced. With `pin`,
// plugins.lock names the digests, and the ingest service refuses the plugin
// when they change; without, an earlier pin is taken out. Returns the path of
// the program. Errors: Unavailable (CANNOT_WRITE).
absl::StatusOr<std::string> InstallPlugin(const PluginFiles& plugin,
                                          const std::string& folder, bool pin);

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_INSTALL_H_
