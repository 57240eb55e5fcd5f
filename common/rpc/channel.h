// Client channels and deadlines.
#ifndef COMMON_RPC_CHANNEL_H_
#define COMMON_RPC_CHANNEL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/time/time.h"

namespace meridian::rpc {

// A channel to "host:port" or "unix:/path", with retries of UNAVAILABLE and
// a receive limit of 8 MiB (batches of the feed are about 1 MiB).
std::shared_ptr<grpc::Channel> MakeChannel(const std::string& address);

// Sets the deadline of a call. The service config's `timeout` is not used: in
// gRPC 1.51 it fires early and never reaches the server.
void SetDeadline(grpc::ClientContext& context, absl::Duration timeout);

}  // namespace meridian::rpc

#endif  // COMMON_RPC_CHANNEL_H_
