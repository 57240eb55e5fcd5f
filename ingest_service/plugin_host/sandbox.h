// What a plugin may do: read its own runtime, use its private directory, and
// talk over the socket it was given. Landlock, seccomp and rlimits; needs no
// privileges and works inside containers. docs/sandbox.md is its description.
#ifndef INGEST_SERVICE_PLUGIN_HOST_SANDBOX_H_
#define INGEST_SERVICE_PLUGIN_HOST_SANDBOX_H_

#include <linux/filter.h>

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "ingest_service/plugin_host/file_descriptor.h"

namespace meridian::ingest {

// Made before the fork; entered after it by calls that are async-signal-safe.
class Sandbox {
 public:
  // For `program`, which may use `directory`. Takes all that the kernel offers.
  // Errors: FailedPrecondition (SANDBOX_UNAVAILABLE) when that is neither
  // Landlock nor seccomp, or when what it offers cannot be set up.
  static absl::StatusOr<Sandbox> Make(const std::string& program,
                                      const std::string& directory);
  // A sandbox that restricts nothing.
  Sandbox() = default;
  Sandbox(Sandbox&&) = default;
  Sandbox& operator=(Sandbox&&) = default;

  // Restricts the calling process and all that it starts, for ever. Needs
  // no_new_privs. False: errno says why. Async-signal-safe.
  bool Enter() const;

  // What there is on this machine: "landlock 7, seccomp"; "none".
  static std::string Describe();

 private:
  FileDescriptor ruleset_;           // of Landlock; -1: none
  std::vector<sock_filter> filter_;  // of seccomp; empty: none
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_SANDBOX_H_
