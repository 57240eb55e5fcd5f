// absl::Status <-> grpc::Status, ErrorInfo included both ways.
#ifndef COMMON_RPC_STATUS_H_
#define COMMON_RPC_STATUS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace meridian::rpc {

grpc::Status ToGrpc(const absl::Status& status);
absl::Status FromGrpc(const grpc::Status& status);

}  // namespace meridian::rpc

#endif  // COMMON_RPC_STATUS_H_
