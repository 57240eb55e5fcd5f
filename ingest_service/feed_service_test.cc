#include "ingest_service/feed_service.h"

#include <gmock/gmock.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include <map>
#include <thread>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "ingest_service/ingest_service.h"
#include "ingest_service/testing_stack.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

class ServicesTest : public ::testing::Test {
 protected:
  ServicesTest() : stack_(folder_) {
    folder_.Write("docs/a.txt", "alpha 1\nbeta 2\nbroken\n");
    folder_.Write("docs/b.txt", "alpha 3\n");
    stack_.Open({stack_.Source("a", "lines", "docs/a.txt"),
                 stack_.Source("b", "lines", "docs/b.txt"),
                 stack_.Source("slow", "hang", "docs/b.txt")});
    feed_ = MakeFeedServer({.log = stack_.log.get(),
                            .heartbeat = absl::Milliseconds(600),
                            .max_subscribers = 2});
    ServiceOptions options;
    options.stores = stack_.stores();
    options.runner = stack_.runner.get();
    options.subscribers = [this] { return feed_->subscribers(); };
    options.version = "test";
    service_ = MakeIngestService(options);
    server_ = *rpc::Server::Start({.drain = absl::ZeroDuration()},
                                  {service_.get(), feed_->service()});
    const auto channel =
        rpc::MakeChannel(absl::StrCat("127.0.0.1:", server_->port()));
    stub_ = v1::IngestService::NewStub(channel);
    feed_stub_ = v1::FeedService::NewStub(channel);
  }
  ~ServicesTest() override {
    stack_.runner->Stop();
    stack_.log->WakeAll();
    server_->Drain();
  }

  // Messages until `stop` says so, or the end of the stream.
  std::vector<v1::SubscribeResponse> Subscribe(
      const v1::SubscribeRequest& request,
      const std::function<bool(const v1::SubscribeResponse&)>& stop,
      absl::Status* status = nullptr) {
    grpc::ClientContext context;
    rpc::SetDeadline(context, absl::Seconds(20));
    const auto reader = feed_stub_->Subscribe(&context, request);
    std::vector<v1::SubscribeResponse> messages;
    v1::SubscribeResponse message;
    while (reader->Read(&message)) {
      messages.push_back(message);
      if (stop(message)) context.TryCancel();
    }
    const absl::Status ended = rpc::FromGrpc(reader->Finish());
    if (status != nullptr) *status = ended;
    return messages;
  }
  static bool IsCaughtUp(const v1::SubscribeResponse& message) {
    return message.has_caught_up();
  }

  TestFolder folder_;
  TestStack stack_;
  std::unique_ptr<FeedServer> feed_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::IngestService::Stub> stub_;
  std::unique_ptr<v1::FeedService::Stub> feed_stub_;
};

TEST_F(ServicesTest, TheFeedSendsCommitsInOrderThenCaughtUp) {
  stack_.Run("a");
  stack_.Run("b");
  const auto messages = Subscribe({}, IsCaughtUp);
  std::vector<std::string> kinds;
  for (const auto& message : messages) {
    kinds.push_back(message.GetDescriptor()
                        ->FindFieldByNumber(message.message_case())
                        ->name());
  }
  EXPECT_THAT(kinds, ::testing::ElementsAre(
                         "log", "commit_begin", "batch", "commit_end",
                         "commit_begin", "batch", "commit_end", "observation",
                         "observation", "caught_up"));
  EXPECT_EQ(messages[0].log().log_id(), stack_.log->id());
  EXPECT_EQ(messages[0].log().head_seq(), 2u);
  EXPECT_EQ(messages[3].commit_end().batches(), 1u);
  EXPECT_EQ(messages.back().caught_up().seq(), 2u);
}

TEST_F(ServicesTest, TheBytesOnTheFeedAreThoseInTheStore) {
  stack_.Run("a");
  std::vector<std::string> stored;
  ASSERT_TRUE(stack_.log
                  ->ForEachBatch(1,
                                 [&](uint32_t, v1::StoredBatch batch) {
                                   stored.push_back(batch.SerializeAsString());
                                   return absl::OkStatus();
                                 })
                  .ok());
  std::vector<std::string> sent;
  for (const auto& message : Subscribe({}, IsCaughtUp)) {
    if (!message.has_batch()) continue;
    sent.push_back(message.batch().batch().SerializeAsString());
    EXPECT_EQ(Crc32c(message.batch().batch().data()),
              message.batch().batch().crc32c());
  }
  EXPECT_EQ(sent, stored);
  EXPECT_THAT(sent, SizeIs(1));
}

TEST_F(ServicesTest, ASubscriberGoesOnWhereItWasAndHearsOfNewCommits) {
  stack_.Run("a");
  v1::SubscribeRequest request;
  request.set_log_id(stack_.log->id());
  request.set_after_seq(1);
  std::thread later;
  bool started = false;
  const auto messages = Subscribe(request, [&](const auto& message) {
    if (message.has_caught_up() && !started) {
      started = true;
      later = std::thread([&] { stack_.Run("b"); });
    }
    return message.has_commit_end();
  });
  later.join();
  std::vector<uint64_t> seqs;
  for (const auto& message : messages) {
    if (message.has_commit_begin())
      seqs.push_back(message.commit_begin().seq());
  }
  EXPECT_THAT(seqs, ::testing::ElementsAre(2u));
}

TEST_F(ServicesTest, AnIdleFeedBeats) {
  stack_.Run("a");
  const auto messages = Subscribe(
      {}, [](const auto& message) { return message.has_heartbeat(); });
  EXPECT_EQ(messages.back().heartbeat().head_seq(), 1u);
}

TEST_F(ServicesTest, PositionsOfOtherLogsOrOutsideAreRefusedWithTheRange) {
  stack_.Run("a");
  const auto refuse = [&](const std::string& log_id, uint64_t after) {
    v1::SubscribeRequest request;
    request.set_log_id(log_id);
    request.set_after_seq(after);
    absl::Status status;
    Subscribe(request, IsCaughtUp, &status);
    EXPECT_TRUE(absl::IsOutOfRange(status)) << status;
    std::map<std::string, std::string> details;
    for (const auto& [key, value] : GetErrorDetails(status)) {
      details[key] = value;
    }
    EXPECT_EQ(details["log_id"], stack_.log->id());
    EXPECT_EQ(details["head_seq"], "1");
    return ErrorReason(status);
  };
  EXPECT_EQ(refuse("0123", 0), "UNKNOWN_LOG");
  EXPECT_EQ(refuse(stack_.log->id(), 2), "POSITION_OUT_OF_RANGE");
  EXPECT_EQ(refuse("", 1), "POSITION_OUT_OF_RANGE");
}

TEST_F(ServicesTest, AClosingLogEndsTheFeed) {
  absl::Status status;
  Subscribe(
      {},
      [&](const auto& message) {
        if (message.has_caught_up()) stack_.log->WakeAll();
        return false;
      },
      &status);
  EXPECT_EQ(ErrorReason(status), "DRAINING");
}

TEST_F(ServicesTest, SubscribersBeyondTheLimitAreTurnedAway) {
  absl::Status third;
  Subscribe({}, [&](const auto& one) {
    if (!one.has_caught_up()) return false;
    Subscribe({}, [&](const auto& two) {
      if (!two.has_caught_up()) return false;
      Subscribe({}, IsCaughtUp, &third);
      return true;
    });
    return true;
  });
  EXPECT_EQ(ErrorReason(third), "TOO_MANY_SUBSCRIBERS");
}

TEST_F(ServicesTest, RunSourceStreamsTheRun) {
  grpc::ClientContext context;
  v1::RunSourceRequest request;
  request.set_source("a");
  const auto reader = stub_->RunSource(&context, request);
  std::vector<v1::RunSourceResponse> events;
  v1::RunSourceResponse event;
  while (reader->Read(&event)) events.push_back(event);
  ASSERT_TRUE(reader->Finish().ok());
  EXPECT_TRUE(events.front().has_started());
  EXPECT_EQ(events.back().ended().state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(events.back().ended().records_rejected(), 1u);
}

TEST_F(ServicesTest, ACallThatIsCancelledLeavesTheRunGoing) {
  v1::Run started;
  {
    grpc::ClientContext context;
    v1::RunSourceRequest request;
    request.set_source("slow");
    const auto reader = stub_->RunSource(&context, request);
    v1::RunSourceResponse event;
    ASSERT_TRUE(reader->Read(&event));
    started = event.started();
    context.TryCancel();
    while (reader->Read(&event)) continue;
    reader->Finish();
  }
  EXPECT_EQ(stack_.runner->running(), 1u);
  grpc::ClientContext context;
  v1::CancelRunRequest request;
  request.set_run(started.id());
  v1::CancelRunResponse response;
  ASSERT_TRUE(stub_->CancelRun(&context, request, &response).ok());
  EXPECT_EQ(response.run().id(), started.id());
}

TEST_F(ServicesTest, ListsPageAndRefuseForeignTokens) {
  stack_.Run("a");
  stack_.Run("b");
  v1::ListSourcesRequest request;
  request.set_page_size(2);
  v1::ListSourcesResponse first, second;
  grpc::ClientContext one, two, three, four;
  ASSERT_TRUE(stub_->ListSources(&one, request, &first).ok());
  ASSERT_THAT(first.sources(), SizeIs(2));
  EXPECT_EQ(first.sources(0).last_run().state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(first.sources(0).last_observation().kind(),
            v1::Observation::KIND_COMMITTED);
  request.set_page_token(first.next_page_token());
  ASSERT_TRUE(stub_->ListSources(&two, request, &second).ok());
  EXPECT_THAT(second.sources(), SizeIs(1));
  EXPECT_TRUE(second.next_page_token().empty());
  request.set_page_size(1);
  EXPECT_EQ(
      ErrorReason(rpc::FromGrpc(stub_->ListSources(&three, request, &second))),
      "BAD_PAGE_TOKEN");

  v1::ListSnapshotsRequest snapshots;
  snapshots.set_page_size(1);
  v1::ListSnapshotsResponse page;
  ASSERT_TRUE(stub_->ListSnapshots(&four, snapshots, &page).ok());
  EXPECT_EQ(page.snapshots(0).source(), "b");
  EXPECT_FALSE(page.next_page_token().empty());
}

TEST_F(ServicesTest, StatusAndCheckSayWhatThereIs) {
  stack_.Run("a");
  grpc::ClientContext one, two, three;
  v1::GetIngestStatusResponse status;
  ASSERT_TRUE(stub_->GetIngestStatus(&one, {}, &status).ok());
  EXPECT_EQ(status.head_seq(), 1u);
  EXPECT_EQ(status.records(), 2u);
  EXPECT_EQ(status.documents(), 1u);
  EXPECT_EQ(status.version(), "test");
  v1::CheckSourceRequest check;
  check.set_source("a");
  v1::CheckSourceResponse checked;
  ASSERT_TRUE(stub_->CheckSource(&two, check, &checked).ok());
  EXPECT_THAT(checked.problems(), SizeIs(0));
  EXPECT_EQ(checked.plugin().id(), "lines");
  EXPECT_THAT(checked.documents(), SizeIs(1));
  check.set_source("c");
  EXPECT_EQ(
      ErrorReason(rpc::FromGrpc(stub_->CheckSource(&three, check, &checked))),
      "UNKNOWN_SOURCE");
}

TEST_F(ServicesTest, ReadDocumentGivesTheBytes) {
  stack_.Run("a");
  v1::ReadDocumentRequest request;
  request.set_sha256(
      stack_.log->ReadCommit(1)->snapshots(0).documents(0).sha256());
  grpc::ClientContext one, two;
  const auto reader = stub_->ReadDocument(&one, request);
  std::string bytes;
  v1::ReadDocumentResponse chunk;
  while (reader->Read(&chunk)) bytes += chunk.data();
  EXPECT_TRUE(reader->Finish().ok());
  EXPECT_EQ(bytes, "alpha 1\nbeta 2\nbroken\n");
  request.set_sha256("../x");
  EXPECT_EQ(
      ErrorReason(rpc::FromGrpc(stub_->ReadDocument(&two, request)->Finish())),
      "UNKNOWN_DOCUMENT");
}

}  // namespace
}  // namespace meridian::ingest
