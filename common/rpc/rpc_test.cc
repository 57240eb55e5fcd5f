#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::rpc {
namespace {

class FakeIngest : public v1::IngestService::Service {
 public:
  grpc::Status GetSource(grpc::ServerContext*,
                         const v1::GetSourceRequest* request,
                         v1::GetSourceResponse*) override {
    return ToGrpc(MakeError(absl::StatusCode::kNotFound, "UNKNOWN_SOURCE",
                            "no source '" + request->source() + "'",
                            {{"source", request->source()}}));
  }
};

TEST(RpcTest, ErrorsCrossTheWireWithReasonAndDetails) {
  FakeIngest service;
  auto server = Server::Start({}, {&service});
  ASSERT_TRUE(server.ok()) << server.status();
  auto stub = v1::IngestService::NewStub(
      MakeChannel("127.0.0.1:" + std::to_string((*server)->port())));
  grpc::ClientContext context;
  SetDeadline(context, absl::Seconds(10));
  v1::GetSourceRequest request;
  request.set_source("x");
  v1::GetSourceResponse response;
  const absl::Status status =
      FromGrpc(stub->GetSource(&context, request, &response));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(ErrorReason(status), "UNKNOWN_SOURCE");
  EXPECT_EQ(GetErrorDetails(status), (ErrorDetails{{"source", "x"}}));
  (*server)->Drain();
}

TEST(RpcTest, PortInUseIsNamed) {
  FakeIngest service;
  auto first = Server::Start({}, {&service});
  ASSERT_TRUE(first.ok());
  ServerOptions options;
  options.listen = "127.0.0.1:" + std::to_string((*first)->port());
  FakeIngest other;
  const auto second = Server::Start(options, {&other});
  EXPECT_EQ(ErrorReason(second.status()), "CANNOT_LISTEN");
}

}  // namespace
}  // namespace meridian::rpc
