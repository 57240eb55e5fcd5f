// Runs a plugin as the ingest service would - its own process, the real
// socket, the sandbox - on documents in memory.
#ifndef PLUGIN_KIT_PLUGIN_RUN_H_
#define PLUGIN_KIT_PLUGIN_RUN_H_

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "plugin_kit/plugin_folder.h"
#include "plugins/sdk/rules.h"

namespace meridian::kit {

// How documents are cut, and records asked for. What a plugin gives must not
// depend on it.
struct Cut {
  size_t chunk_bytes = 256 << 10;
  size_t batch_bytes = 1 << 20;
};

class PluginRun {
 public:
  // Errors: those of PluginHost::Create.
  static absl::StatusOr<PluginRun> Open(const std::string& program,
                                        bool sandbox);

  absl::StatusOr<v1::DescribeResponse> Describe();
  absl::StatusOr<v1::CheckResponse> Check(const std::string& config_json);
  // Errors: those of PluginHost::Read. BATCH_CORRUPT for columns that disagree.
  absl::StatusOr<ReadResult> Read(const std::string& config_json,
                                  const std::vector<KitDocument>& documents,
                                  const Cut& cut = {});

 private:
  PluginRun(std::unique_ptr<ingest::PluginHost> host, std::string program);
  std::unique_ptr<ingest::PluginHost> host_;
  ingest::PluginOptions plugin_;
};

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_PLUGIN_RUN_H_
