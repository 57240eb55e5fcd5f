// What happens in a plugin's process between fork and exec. The place where a
// process is confined: whatever restricts a plugin is set up here.
#ifndef INGEST_SERVICE_PLUGIN_HOST_CHILD_SETUP_H_
#define INGEST_SERVICE_PLUGIN_HOST_CHILD_SETUP_H_

#include <sys/types.h>

#include <cstdint>

#include "ingest_service/plugin_host/sandbox.h"

namespace meridian::ingest {

// Everything the child needs, made before the fork: nothing may be allocated
// after it, because another thread may have held the heap's lock.
struct ChildSetup {
  const char* program = nullptr;
  char* const* arguments = nullptr;
  char* const* environment = nullptr;
  const char* directory = nullptr;  // Becomes the working directory.
  // Descriptors, all above 3; they become 0, 1, 2 and 3.
  int stdin_fd = -1;
  int stdout_fd = -1;
  int stderr_fd = -1;
  int handshake_fd = -1;
  // Where a ChildFailure is written. Closes with a successful exec.
  int report_fd = -1;
  pid_t host = 0;
  uint64_t max_memory_bytes = 0;  // 0: no limit. So below.
  uint64_t max_cpu_seconds = 0;
  uint64_t max_open_files = 0;
  const Sandbox* sandbox = nullptr;  // Null: none.
};

// Why the program was not started.
struct ChildFailure {
  enum Step : int32_t {
    kDescriptors = 1,
    kLimits = 2,
    kParent = 3,
    kExec = 4,
    kSandbox = 5
  };
  int32_t step = 0;
  int32_t error = 0;  // errno
};

// Sets the process up and becomes the program. Writes a ChildFailure and exits
// when it cannot. Async-signal-safe.
[[noreturn]] void SetUpAndExec(const ChildSetup& setup);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_CHILD_SETUP_H_
