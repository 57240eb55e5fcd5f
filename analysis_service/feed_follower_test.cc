#include "analysis_service/feed_follower.h"

#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>

#include <atomic>
#include <functional>
#include <map>
#include <thread>

#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::analysis {
namespace {

constexpr absl::Duration kPatience = absl::Seconds(30);

v1::Record Scored(const std::string& model, double value) {
  v1::Record record =
      ParseRecord("score { board: 'text' category: 'full' method: 'raw' }");
  record.mutable_score()->set_model(model);
  record.mutable_score()->set_value(value);
  return record;
}

// A log that is served over the feed and can be made to misbehave.
class FakeFeed : public v1::FeedService::Service {
 public:
  explicit FakeFeed(std::string log_id) { Reset(std::move(log_id)); }

  // Another log, empty.
  void Reset(std::string log_id) {
    absl::MutexLock lock(&mu_);
    log_id_ = std::move(log_id);
    commits_.clear();
    ++epoch_;
  }

  // Commits one snapshot with one score.
  void Commit(const std::string& model) {
    std::vector<v1::SubscribeResponse> messages(3);
    absl::MutexLock lock(&mu_);
    const uint64_t seq = commits_.size() + 1;
    v1::CommitBegin& begin = *messages[0].mutable_commit_begin();
    begin.set_seq(seq);
    v1::Snapshot meta = MakeSnapshot("arena", "text/raw",
                                     FormatDay(static_cast<Day>(20000 + seq)));
    meta.set_count(1);
    *begin.add_snapshots() = meta;
    *messages[1].mutable_batch()->mutable_batch() =
        Batches({Scored(model, 1000.0 + seq)})[0];
    messages[2].mutable_commit_end()->set_seq(seq);
    messages[2].mutable_commit_end()->set_batches(1);
    commits_.push_back(std::move(messages));
  }

  void Observe(v1::Observation::Kind kind) {
    v1::SubscribeResponse message;
    message.mutable_observation()->set_source("arena");
    message.mutable_observation()->set_kind(kind);
    message.mutable_observation()->set_at("2026-01-01T00:00:00Z");
    absl::MutexLock lock(&mu_);
    commits_.push_back({std::move(message)});
  }

  // Ends every open subscription.
  void Drop() {
    absl::MutexLock lock(&mu_);
    ++epoch_;
  }

  // Changes the next message for which it returns true, once. It may also
  // clear it: then it is not sent.
  void BreakOnce(std::function<bool(v1::SubscribeResponse*)> change) {
    absl::MutexLock lock(&mu_);
    break_ = std::move(change);
  }

  std::vector<v1::SubscribeRequest> requests() const {
    absl::MutexLock lock(&mu_);
    return requests_;
  }

  grpc::Status Subscribe(
      grpc::ServerContext* context, const v1::SubscribeRequest* request,
      grpc::ServerWriter<v1::SubscribeResponse>* writer) override {
    mu_.Lock();
    requests_.push_back(*request);
    const int epoch = epoch_;
    const bool known =
        request->log_id().empty() || request->log_id() == log_id_;
    v1::SubscribeResponse head;
    head.mutable_log()->set_log_id(log_id_);
    head.mutable_log()->set_first_seq(commits_.empty() ? 0 : 1);
    head.mutable_log()->set_head_seq(commits_.size());
    mu_.Unlock();
    if (!known) {
      return rpc::ToGrpc(MakeError(absl::StatusCode::kOutOfRange, "UNKNOWN_LOG",
                                   "this log is another one"));
    }
    Send(head, writer);
    size_t next = request->after_seq();
    bool caught_up = false;
    while (!context->IsCancelled()) {
      std::vector<v1::SubscribeResponse> messages;
      {
        absl::MutexLock lock(&mu_);
        if (epoch != epoch_) return grpc::Status(grpc::UNAVAILABLE, "dropped");
        if (next < commits_.size()) messages = commits_[next++];
      }
      if (messages.empty() && !caught_up) {
        caught_up = true;
        v1::SubscribeResponse message;
        message.mutable_caught_up()->set_seq(next);
        Send(message, writer);
      }
      for (v1::SubscribeResponse& message : messages) Send(message, writer);
      if (messages.empty()) absl::SleepFor(absl::Milliseconds(2));
    }
    return grpc::Status::CANCELLED;
  }

 private:
  void Send(v1::SubscribeResponse message,
            grpc::ServerWriter<v1::SubscribeResponse>* writer) {
    {
      absl::MutexLock lock(&mu_);
      if (break_ && break_(&message)) break_ = nullptr;
    }
    if (message.message_case() != v1::SubscribeResponse::MESSAGE_NOT_SET) {
      writer->Write(message);
    }
  }

  mutable absl::Mutex mu_;
  std::string log_id_;
  int epoch_ = 0;
  std::vector<std::vector<v1::SubscribeResponse>> commits_;
  std::vector<v1::SubscribeRequest> requests_;
  std::function<bool(v1::SubscribeResponse*)> break_;
};

class FeedFollowerTest : public testing::Test {
 protected:
  FeedFollowerTest() {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                             &port);
    builder.RegisterService(&feed_);
    server_ = builder.BuildAndStart();
    channel_ = rpc::MakeChannel(absl::StrCat("127.0.0.1:", port));
  }

  ~FeedFollowerTest() override {
    if (follower_) follower_->Stop();
    server_->Shutdown(std::chrono::system_clock::now());
  }

  void Start() {
    FollowerOptions options;
    options.min_backoff = absl::Milliseconds(1);
    options.max_backoff = absl::Milliseconds(10);
    options.on_caught_up = [this](bool caught_up) {
      absl::MutexLock lock(&mu_);
      (caught_up ? ups_ : downs_)++;
    };
    Start(std::move(options));
  }
  void Start(FollowerOptions options) {
    follower_ =
        std::make_unique<FeedFollower>(channel_, store_, std::move(options));
  }

  std::shared_ptr<const Catalog> At(uint64_t seq) {
    const auto catalog = follower_->WaitForSeq(seq, absl::Now() + kPatience);
    EXPECT_TRUE(catalog.ok()) << catalog.status();
    return catalog.ok() ? *catalog : store_.Current();
  }

  // Waits until `done` holds for the status; the status then.
  FollowerStatus Until(std::function<bool(const FollowerStatus&)> done) {
    const absl::Time deadline = absl::Now() + kPatience;
    FollowerStatus status = follower_->status();
    while (!done(status) && absl::Now() < deadline) {
      absl::SleepFor(absl::Milliseconds(1));
      status = follower_->status();
    }
    EXPECT_TRUE(done(status));
    return status;
  }

  // The catalog holds each commit once, in order.
  static void ExpectWhole(const Catalog& catalog) {
    ASSERT_EQ(catalog.segments().size(), catalog.seq());
    for (size_t i = 0; i < catalog.segments().size(); ++i) {
      EXPECT_EQ(catalog.segments()[i]->meta().seq(), i + 1);
      EXPECT_EQ(catalog.segments()[i]->ScoreAt(0).value(), 1001.0 + i);
    }
  }

  FakeFeed feed_{"log-a"};
  std::unique_ptr<grpc::Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  CatalogStore store_{Catalog::Empty("", std::make_shared<NameTable>())};
  absl::Mutex mu_;
  int ups_ ABSL_GUARDED_BY(mu_) = 0;
  int downs_ ABSL_GUARDED_BY(mu_) = 0;
  std::unique_ptr<FeedFollower> follower_;
};

TEST_F(FeedFollowerTest, CatchesUpThenFollowsLive) {
  for (int i = 0; i < 5; ++i) feed_.Commit("a");
  Start();

  ExpectWhole(*At(5));
  const FollowerStatus status =
      Until([](const FollowerStatus& s) { return s.caught_up; });
  EXPECT_TRUE(status.connected);
  EXPECT_EQ(status.log_id, "log-a");
  EXPECT_EQ(status.head_seq, 5u);
  const auto before = store_.Current();

  feed_.Commit("b");
  const auto after = At(6);
  ExpectWhole(*after);
  EXPECT_EQ(after->log_id(), "log-a");
  EXPECT_EQ(after->segments()[4].get(), before->segments()[4].get());
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(ups_, 1);
  EXPECT_EQ(downs_, 0);
}

TEST_F(FeedFollowerTest, AnEmptyLogIsCaughtUpAtOnce) {
  Start();
  Until([](const FollowerStatus& s) { return s.caught_up; });
  EXPECT_EQ(store_.Current()->log_id(), "log-a");
  EXPECT_EQ(store_.Current()->seq(), 0u);
}

TEST_F(FeedFollowerTest, ABrokenConnectionIsMadeAgainFromTheKeptPosition) {
  for (int i = 0; i < 3; ++i) feed_.Commit("a");
  Start();
  At(3);
  Until([](const FollowerStatus& s) { return s.caught_up; });
  feed_.Drop();
  feed_.Commit("b");

  ExpectWhole(*At(4));
  EXPECT_GE(follower_->status().reconnects, 1u);
  const auto requests = feed_.requests();
  EXPECT_EQ(requests[0].after_seq(), 0u);
  EXPECT_EQ(requests[0].log_id(), "");
  EXPECT_EQ(requests.back().after_seq(), 3u);
  EXPECT_EQ(requests.back().log_id(), "log-a");
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(downs_, 0);
}

TEST_F(FeedFollowerTest, AWrongChecksumIsReadAgain) {
  feed_.Commit("a");
  feed_.Commit("b");
  std::atomic<int> batches = 0;
  feed_.BreakOnce([&](v1::SubscribeResponse* message) {
    if (!message->has_batch() || ++batches < 2) return false;
    message->mutable_batch()->mutable_batch()->mutable_data()->back() ^= 1;
    return true;
  });
  Start();

  ExpectWhole(*At(2));
  EXPECT_EQ(follower_->status().reconnects, 1u);
  EXPECT_EQ(feed_.requests().back().after_seq(), 1u);
}

TEST_F(FeedFollowerTest, AGapIsReadAgainAndNeverVisible) {
  for (int i = 0; i < 4; ++i) feed_.Commit("a");
  int dropped = 0;
  feed_.BreakOnce([&](v1::SubscribeResponse* message) {
    const bool second =
        (message->has_commit_begin() && message->commit_begin().seq() == 2) ||
        (dropped > 0 && dropped < 3);
    if (!second) return false;
    message->Clear();
    return ++dropped == 3;
  });
  Start();

  ExpectWhole(*At(4));
  EXPECT_EQ(feed_.requests()[1].after_seq(), 1u);
}

TEST_F(FeedFollowerTest, ALostBatchIsReadAgain) {
  feed_.Commit("a");
  feed_.BreakOnce([&](v1::SubscribeResponse* message) {
    if (!message->has_batch()) return false;
    message->Clear();
    return true;
  });
  Start();

  ExpectWhole(*At(1));
  EXPECT_EQ(feed_.requests()[1].after_seq(), 0u);
}

TEST_F(FeedFollowerTest, WhyAConnectionEndedIsKept) {
  feed_.BreakOnce([&](v1::SubscribeResponse* message) {
    if (!message->has_commit_begin()) return false;
    message->mutable_commit_begin()->set_seq(7);
    return true;
  });
  FollowerOptions options;
  options.min_backoff = absl::Minutes(10);
  options.max_backoff = absl::Minutes(10);
  feed_.Commit("a");
  Start(std::move(options));

  const FollowerStatus status =
      Until([](const FollowerStatus& s) { return !s.last_error.ok(); });
  EXPECT_EQ(status.last_error.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(status.last_error), "FEED_GAP");
  EXPECT_FALSE(status.connected);
  EXPECT_EQ(store_.Current()->seq(), 0u);
  follower_->Stop();  // Ends the wait at once.
}

TEST_F(FeedFollowerTest, AFeedThatDoesNotNameItsLogIsReadAgain) {
  feed_.Commit("a");
  feed_.BreakOnce([&](v1::SubscribeResponse* message) {
    message->Clear();
    return true;
  });
  Start();

  ExpectWhole(*At(1));
  EXPECT_EQ(feed_.requests().size(), 2u);
}

TEST_F(FeedFollowerTest, AnotherLogStartsOverWithAnEmptyCatalog) {
  for (int i = 0; i < 3; ++i) feed_.Commit("a");
  Start();
  At(3);
  Until([](const FollowerStatus& s) { return s.caught_up; });
  feed_.Reset("log-b");
  feed_.Commit("other");

  Until([](const FollowerStatus& s) {
    return s.log_id == "log-b" && s.caught_up;
  });
  const auto catalog = store_.Current();
  EXPECT_EQ(catalog->log_id(), "log-b");
  EXPECT_EQ(catalog->seq(), 1u);
  ExpectWhole(*catalog);
  EXPECT_EQ(catalog->resolution().entities().size(), 1u);
  EXPECT_EQ(catalog->name_table().size(), 1u);
  EXPECT_EQ(follower_->status().head_seq, 1u);
  absl::MutexLock lock(&mu_);
  EXPECT_EQ(downs_, 1);
  EXPECT_EQ(ups_, 2);
}

TEST_F(FeedFollowerTest, ObservationsReachTheCatalogWithoutASeq) {
  feed_.Commit("a");
  Start();
  At(1);
  feed_.Observe(v1::Observation::KIND_FAILED);
  const absl::Time deadline = absl::Now() + kPatience;
  while (store_.Current()->LastObservation("arena") == nullptr &&
         absl::Now() < deadline) {
    absl::SleepFor(absl::Milliseconds(1));
  }
  const auto catalog = store_.Current();
  ASSERT_NE(catalog->LastObservation("arena"), nullptr);
  EXPECT_EQ(catalog->LastObservation("arena")->kind(),
            v1::Observation::KIND_FAILED);
  EXPECT_EQ(catalog->seq(), 1u);
}

TEST_F(FeedFollowerTest, ASilentConnectionIsGivenUp) {
  FollowerOptions options;
  options.min_backoff = absl::Minutes(10);
  options.max_backoff = absl::Minutes(10);
  options.silence = absl::Milliseconds(50);
  Start(std::move(options));
  const FollowerStatus status =
      Until([](const FollowerStatus& s) { return !s.last_error.ok(); });
  EXPECT_EQ(status.last_error.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(status.last_error), "FEED_SILENT");
  EXPECT_TRUE(status.caught_up);
}

TEST_F(FeedFollowerTest, CatchingUpPublishesNotEveryCommit) {
  for (int i = 0; i < 50; ++i) feed_.Commit("a");
  FollowerOptions options;
  options.publish_interval = absl::Hours(1);
  Start(std::move(options));
  const auto catalog = At(1);
  // The first is published at once, then nothing before CaughtUp.
  EXPECT_TRUE(catalog->seq() == 1 || catalog->seq() == 50) << catalog->seq();
  ExpectWhole(*At(50));
}

TEST_F(FeedFollowerTest, StopEndsAnOpenSubscription) {
  feed_.Commit("a");
  Start();
  At(1);
  follower_->Stop();
  follower_->Stop();
  EXPECT_FALSE(follower_->status().connected);
  EXPECT_EQ(store_.Current()->seq(), 1u);
}

}  // namespace
}  // namespace meridian::analysis
