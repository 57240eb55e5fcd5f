// How the clients call: deadline, and errors that name the service.
#ifndef CLI_CALL_H_
#define CLI_CALL_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"

namespace meridian::cli {

// A service and how long its answers may take.
struct Endpoint {
  std::string service;  // "ingest", "analysis"
  std::string address;
  absl::Duration timeout;
};

// The error of a call as people should read it: a service that cannot be
// reached or does not answer is named, with its address.
inline absl::Status CallError(const Endpoint& endpoint,
                              const grpc::Status& status) {
  absl::Status error = rpc::FromGrpc(status);
  const std::string place =
      absl::StrCat("the ", endpoint.service, " service at ", endpoint.address);
  if (!ErrorReason(error).empty()) return error;
  if (error.code() == absl::StatusCode::kUnavailable) {
    return absl::UnavailableError(absl::StrCat(
        place, " cannot be reached: ", std::string(error.message()),
        "\nhint: start it, or give "
        "its address with --",
        endpoint.service));
  }
  if (error.code() == absl::StatusCode::kDeadlineExceeded) {
    return absl::DeadlineExceededError(
        absl::StrCat(place, " did not answer within ",
                     absl::FormatDuration(endpoint.timeout),
                     "\nhint: give it longer with "
                     "--timeout SECONDS"));
  }
  return error;
}

template <typename Stub, typename Request, typename Response>
absl::StatusOr<Response> UnaryCall(
    const Endpoint& endpoint, Stub& stub,
    grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                 Response*),
    const Request& request) {
  grpc::ClientContext context;
  rpc::SetDeadline(context, endpoint.timeout);
  Response response;
  const grpc::Status status = (stub.*method)(&context, request, &response);
  if (!status.ok()) return CallError(endpoint, status);
  return response;
}

}  // namespace meridian::cli

#endif  // CLI_CALL_H_
