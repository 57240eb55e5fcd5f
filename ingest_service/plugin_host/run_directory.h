// The private directories of the plugins of one host.
#ifndef INGEST_SERVICE_PLUGIN_HOST_RUN_DIRECTORY_H_
#define INGEST_SERVICE_PLUGIN_HOST_RUN_DIRECTORY_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "ingest_service/plugin_host/file_descriptor.h"

namespace meridian::ingest {

// Makes one directory under `parent`, locked for as long as the host lives, and
// in it one for each process. Thread-safe.
class RunDirectory {
 public:
  // Removes directories of hosts that are gone: those whose lock can be had.
  // Errors: FailedPrecondition (PLUGIN_HOST_DIRECTORY).
  static absl::StatusOr<std::unique_ptr<RunDirectory>> Create(
      const std::string& parent);
  ~RunDirectory();

  // A new directory, mode 0700.
  absl::StatusOr<std::string> MakeProcessDirectory();

 private:
  RunDirectory() = default;

  std::string path_;
  FileDescriptor lock_;
  std::atomic<uint64_t> next_ = 0;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_RUN_DIRECTORY_H_
