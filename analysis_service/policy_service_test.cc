// WatchVerdicts over a real socket.
#include "analysis_service/policy_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/impl/codegen/service_type.h>
#include <grpcpp/security/credentials.h>
#include <gtest/gtest.h>

#include <atomic>
#include <chrono>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian::analysis {
namespace {

class WatchVerdictsTest : public ::testing::Test {
 protected:
  WatchVerdictsTest()
      : store_(log_.Add("reference", "reference", "2026-01-01",
                        {"model { name: \"a\" weights: WEIGHTS_OPEN }",
                         "model { name: \"u\" }"})
                   .Commit()) {
    ServiceOptions options;
    options.store = &store_;
    options.follower = [this] {
      FollowerStatus status;
      status.caught_up = caught_up_;
      return status;
    };
    service_ = MakePolicyService(options);
    auto server = rpc::Server::Start({}, {service_.get()});
    EXPECT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    stub_ = v1::PolicyService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->port()),
                            grpc::InsecureChannelCredentials()));
    request_.mutable_question()->mutable_source()->set_text(
        "id: p\nversion: '1'\nrules: "
        "[{id: open, require: model.weights == OPEN}]\n");
    request_.mutable_question()->mutable_source()->set_file_name("p.yaml");
  }

  void Commit(const std::vector<std::string>& records) {
    store_.Swap(
        log_.Add("hub", absl::StrCat("s", ++commits_), "2026-02-01", records)
            .Commit());
  }

  TestLog log_;
  CatalogStore store_;
  std::atomic<bool> caught_up_ = true;
  int commits_ = 0;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::PolicyService::Stub> stub_;
  v1::WatchVerdictsRequest request_;
};

TEST_F(WatchVerdictsTest, TellsAllThenEachChangeUntilTheCallerEndsIt) {
  grpc::ClientContext context;
  auto reader = stub_->WatchVerdicts(&context, request_);
  v1::WatchVerdictsResponse message;
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_TRUE(message.initial());
  EXPECT_EQ(message.seq(), 1u);
  EXPECT_EQ(message.changes_size(), 2);

  Commit({"usage { subject: \"a\" measure: \"likes\" count: 1 }"});
  Commit({"model { name: \"u\" weights: WEIGHTS_API_ONLY }"});
  ASSERT_TRUE(reader->Read(&message));
  EXPECT_FALSE(message.initial());
  EXPECT_EQ(message.seq(), 3u);
  ASSERT_EQ(message.changes_size(), 1);
  EXPECT_EQ(message.changes(0).before(), v1::VERDICT_UNDETERMINED);
  EXPECT_EQ(message.changes(0).after(), v1::VERDICT_EXCLUDED);
  EXPECT_EQ(message.changes(0).rules(0), "open");

  context.TryCancel();
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(WatchVerdictsTest, EndsAtTheDeadline) {
  grpc::ClientContext context;
  context.set_deadline(std::chrono::system_clock::now() +
                       std::chrono::milliseconds(600));
  auto reader = stub_->WatchVerdicts(&context, request_);
  v1::WatchVerdictsResponse message;
  int messages = 0;
  while (reader->Read(&message)) ++messages;
  EXPECT_EQ(messages, 1);
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::DEADLINE_EXCEEDED);
}

TEST_F(WatchVerdictsTest, WhileTheLogIsReadAgainTheVerdictsStand) {
  grpc::ClientContext context;
  auto reader = stub_->WatchVerdicts(&context, request_);
  v1::WatchVerdictsResponse message;
  ASSERT_TRUE(reader->Read(&message));
  caught_up_ = false;
  Commit({"model { name: \"u\" weights: WEIGHTS_API_ONLY }"});
  Commit({"model { name: \"v\" weights: WEIGHTS_OPEN }"});
  caught_up_ = true;
  size_t changes = 0;
  while (changes < 2 && reader->Read(&message)) {
    changes += message.changes_size();
  }
  EXPECT_EQ(changes, 2u);
  EXPECT_EQ(message.seq(), 3u);
  context.TryCancel();
  EXPECT_FALSE(reader->Finish().ok());
}

TEST_F(WatchVerdictsTest, AWrongQuestionEndsAtOnce) {
  grpc::ClientContext context;
  request_.add_models("nothing-like-it");
  auto reader = stub_->WatchVerdicts(&context, request_);
  v1::WatchVerdictsResponse message;
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(ErrorReason(rpc::FromGrpc(reader->Finish())), "UNKNOWN_MODEL");
}

TEST_F(WatchVerdictsTest, OnlySoManyCallsWatchAtOnce) {
  constexpr int kMost = 24;
  std::vector<std::unique_ptr<grpc::ClientContext>> contexts;
  std::vector<std::unique_ptr<grpc::ClientReader<v1::WatchVerdictsResponse>>>
      readers;
  v1::WatchVerdictsResponse message;
  for (int i = 0; i < kMost; ++i) {
    contexts.push_back(std::make_unique<grpc::ClientContext>());
    readers.push_back(stub_->WatchVerdicts(contexts.back().get(), request_));
    ASSERT_TRUE(readers.back()->Read(&message));
  }
  grpc::ClientContext context;
  auto reader = stub_->WatchVerdicts(&context, request_);
  EXPECT_FALSE(reader->Read(&message));
  EXPECT_EQ(ErrorReason(rpc::FromGrpc(reader->Finish())), "TOO_MANY_WATCHES");
  for (int i = 0; i < kMost; ++i) {
    contexts[i]->TryCancel();
    EXPECT_FALSE(readers[i]->Finish().ok());
  }
}

}  // namespace
}  // namespace meridian::analysis
