// A host with one plugin that hangs in Read. Prints the plugin's process id;
// a test kills it then.
//   plugin_host_to_kill DIRECTORY MODE
#include <cstdio>

#include "ingest_service/plugin_host/host_fixture.h"

namespace meridian::ingest::testing {
namespace {

int Run(const std::string& directory, const std::string& mode) {
  PluginHost::Options options;
  options.run_directory = directory;
  auto host = PluginHost::Create(options);
  if (!host.ok()) return 1;
  TextSupply supply({{"a.txt", "m 1\n"}});
  MemorySink sink;
  sink.on_message = [&] {
    std::printf("%d\n", ToldProcess(sink));
    std::fflush(stdout);
    return absl::OkStatus();
  };
  const auto result = (*host)->Read(Hostile(directory, mode), {}, supply, sink);
  return result.ok() ? 0 : 2;
}

}  // namespace
}  // namespace meridian::ingest::testing

int main(int argc, char** argv) {
  if (argc != 3) return 64;
  return meridian::ingest::testing::Run(argv[1], argv[2]);
}
