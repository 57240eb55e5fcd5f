// One Read of the plugin protocol behind the Source interface, whatever
// carries its messages: gRPC in a plugin process, memory in tests.
#ifndef PLUGINS_SDK_SESSION_H_
#define PLUGINS_SDK_SESSION_H_

#include "absl/status/status.h"
#include "meridian/v1/source.pb.h"
#include "plugins/sdk/source.h"

namespace meridian {

// Carries the messages of one Read.
class MessagePort {
 public:
  virtual ~MessagePort() = default;
  // The next message of the host; false when there will be none.
  virtual bool Receive(v1::FromHost* message) = 0;
  // False when the host went away.
  virtual bool Send(const v1::FromPlugin& message) = 0;
};

// Runs one Read of `source` from Open to Done. Errors: what Source::Read
// returned; FailedPrecondition (SNAPSHOT_NOT_ENDED) when it left a snapshot
// open; Internal (PLUGIN_EXCEPTION) and ResourceExhausted
// (PLUGIN_OUT_OF_MEMORY) when an exception escaped it; Cancelled
// (HOST_GONE) when the host went away.
absl::Status RunRead(Source& source, MessagePort& port);

// Turns the exception that is being handled into PLUGIN_EXCEPTION or
// PLUGIN_OUT_OF_MEMORY. To be called in a catch block.
absl::Status StatusOfException();

}  // namespace meridian

#endif  // PLUGINS_SDK_SESSION_H_
