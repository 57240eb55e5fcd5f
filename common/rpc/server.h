// A gRPC server as both services run it: health, reflection, limits, signals
// and graceful drain.
#ifndef COMMON_RPC_SERVER_H_
#define COMMON_RPC_SERVER_H_

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace grpc {
class Service;
}  // namespace grpc

namespace meridian::rpc {

struct ServerOptions {
  // Address to listen on, "host:port"; port 0 takes a free one. Default is
  // loopback: there is no authentication.
  std::string listen = "127.0.0.1:0";
  // Largest message accepted. Default 4 MiB: requests are small, policies at
  // most 64 KiB.
  int max_receive_bytes = 4 << 20;
  // Calls in progress beyond which new ones wait. Default 256.
  int max_concurrent_streams = 256;
  // Threads that serve calls at most. Default 64: a call of the feed holds
  // one each.
  int max_threads = 64;
  // How long calls may go on after a drain began. Default 10 s.
  absl::Duration drain = absl::Seconds(10);
};

// Serves `services` until told to stop.
class Server {
 public:
  static absl::StatusOr<std::unique_ptr<Server>> Start(
      const ServerOptions& options, std::vector<grpc::Service*> services);
  virtual ~Server() = default;
  // The port listened on.
  virtual int port() const = 0;
  // What health answers for "" and "readiness"; "liveness" is always serving.
  virtual void SetServing(bool serving) = 0;
  // Not serving any more; waits up to `drain` for calls to end, then cancels
  // them. Idempotent.
  virtual void Drain() = 0;
};

// Blocks SIGTERM and SIGINT in this thread and all that it starts later. Call
// first in main.
void BlockSignals();
// Waits for SIGTERM or SIGINT. A second one ends the process at once.
void WaitForSignal();

}  // namespace meridian::rpc

#endif  // COMMON_RPC_SERVER_H_
