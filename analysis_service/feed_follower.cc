#include "analysis_service/feed_follower.h"

#include <grpcpp/client_context.h>
#include <grpcpp/completion_queue.h>

#include <algorithm>
#include <chrono>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "analysis_service/feed_reader.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::analysis {
namespace {

using Message = v1::SubscribeResponse;

std::chrono::system_clock::time_point After(absl::Duration duration) {
  return std::chrono::system_clock::now() +
         absl::ToChronoMilliseconds(duration);
}

}  // namespace

class FeedFollower::Impl {
 public:
  Impl(std::shared_ptr<grpc::Channel> channel, CatalogStore& store,
       FollowerOptions options)
      : options_(std::move(options)),
        store_(store),
        stub_(v1::FeedService::NewStub(channel)),
        random_(options_.seed),
        reader_(store),
        thread_([this] { Follow(); }) {}

  ~Impl() { Stop(); }

  void Stop() {
    {
      absl::MutexLock lock(&mu_);
      stopping_ = true;
      if (context_ != nullptr) context_->TryCancel();
    }
    absl::MutexLock lock(&join_mu_);
    if (thread_.joinable()) thread_.join();
  }

  FollowerStatus status() const {
    absl::MutexLock lock(&mu_);
    return state_;
  }

  const CatalogStore& store() const { return store_; }

 private:
  bool stopping() const {
    absl::MutexLock lock(&mu_);
    return stopping_;
  }

  // Connects again and again until stopped.
  void Follow() {
    absl::Duration backoff = options_.min_backoff;
    while (!stopping()) {
      bool heard = false;
      const absl::Status status = FollowOnce(&heard);
      if (stopping()) break;
      Note(status);
      if (heard) backoff = options_.min_backoff;
      const bool had_position = !reader_.log_id().empty();
      if (absl::IsOutOfRange(status) && had_position) {
        StartOver();
        continue;
      }
      std::uniform_real_distribution<double> jitter(0.5, 1.0);
      WaitToRetry(backoff * jitter(random_));
      backoff = std::min(backoff * 2, options_.max_backoff);
    }
    absl::MutexLock lock(&mu_);
    state_.connected = false;
  }

  void Note(const absl::Status& status) {
    Log(LogLevel::kWarning, "feed connection ended",
        {{"status", std::string(status.message())},
         {"code", absl::StatusCodeToString(status.code())},
         {"reason", ErrorReason(status)},
         {"position", absl::StrCat(reader_.position())}});
    absl::MutexLock lock(&mu_);
    state_.connected = false;
    state_.last_error = status;
    ++state_.reconnects;
  }

  void StartOver() {
    Log(LogLevel::kWarning, "the log is another one; starting over",
        {{"log", reader_.log_id()}});
    reader_.StartOver();
    {
      absl::MutexLock lock(&mu_);
      state_.caught_up = false;
      state_.log_id.clear();
      state_.head_seq = 0;
    }
    options_.on_caught_up(false);
  }

  void WaitToRetry(absl::Duration wait) {
    absl::MutexLock lock(&mu_);
    mu_.AwaitWithTimeout(absl::Condition(&stopping_), wait);
  }

  // One connection until it ends. `heard`: a message came.
  absl::Status FollowOnce(bool* heard) {
    reader_.BeginConnection();
    grpc::ClientContext context;
    {
      absl::MutexLock lock(&mu_);
      if (stopping_) return absl::CancelledError();
      context_ = &context;
    }
    v1::SubscribeRequest request;
    request.set_log_id(reader_.log_id());
    request.set_after_seq(reader_.position());
    grpc::CompletionQueue queue;
    const auto call = stub_->PrepareAsyncSubscribe(&context, request, &queue);
    call->StartCall(nullptr);
    absl::Status status = Wait(queue, context);
    while (status.ok()) {
      Message message;
      call->Read(&message, nullptr);
      status = Wait(queue, context);
      if (!status.ok()) break;
      *heard = true;
      status = Take(message);
      if (!status.ok()) context.TryCancel();
    }
    grpc::Status finished;
    call->Finish(&finished, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    {
      absl::MutexLock lock(&mu_);
      context_ = nullptr;
    }
    queue.Shutdown();
    while (queue.Next(&tag, &ok)) {
    }
    // The end of the stream says nothing of its own; what the service says
    // comes with Finish.
    if (!absl::IsAborted(status)) return status;
    if (!finished.ok()) return rpc::FromGrpc(finished);
    return absl::UnavailableError("the feed ended");
  }

  // Waits for the operation under way. Aborted: the stream is over;
  // Unavailable (FEED_SILENT): nothing came for too long, the call was
  // cancelled.
  absl::Status Wait(grpc::CompletionQueue& queue,
                    grpc::ClientContext& context) {
    void* tag = nullptr;
    bool ok = false;
    absl::Status status;
    if (queue.AsyncNext(&tag, &ok, After(options_.silence)) ==
        grpc::CompletionQueue::TIMEOUT) {
      status = MakeError(absl::StatusCode::kUnavailable, "FEED_SILENT",
                         absl::StrCat("feed: nothing came for ",
                                      absl::FormatDuration(options_.silence)));
      context.TryCancel();
      queue.Next(&tag, &ok);
    }
    if (!status.ok()) return status;
    return ok ? absl::OkStatus() : absl::AbortedError("the stream is over");
  }

  absl::Status Take(const Message& message) {
    if (reader_.log_id().empty() && !message.has_log()) {
      return MakeError(absl::StatusCode::kDataLoss, "FEED_OUT_OF_ORDER",
                       "feed: the first message does not name the log");
    }
    switch (message.message_case()) {
      case Message::kLog:
        RETURN_IF_ERROR(reader_.Begin(message.log()));
        Heard(message.log().head_seq(), message.log().log_id());
        return absl::OkStatus();
      case Message::kCommitBegin:
        return reader_.Begin(message.commit_begin());
      case Message::kBatch:
        return reader_.Add(message.batch());
      case Message::kCommitEnd:
        RETURN_IF_ERROR(reader_.End(message.commit_end()));
        Heard(message.commit_end().seq(), reader_.log_id());
        PublishIfDue();
        return absl::OkStatus();
      case Message::kCaughtUp:
        TakeCaughtUp();
        return absl::OkStatus();
      case Message::kObservation:
        reader_.Observe(message.observation());
        return absl::OkStatus();
      case Message::kHeartbeat:
        Heard(message.heartbeat().head_seq(), reader_.log_id());
        return absl::OkStatus();
      case Message::MESSAGE_NOT_SET:
        break;
    }
    return absl::OkStatus();  // A message of a later version.
  }

  void Heard(uint64_t head_seq, const std::string& log_id) {
    absl::MutexLock lock(&mu_);
    state_.connected = true;
    state_.log_id = log_id;
    state_.head_seq = std::max(state_.head_seq, head_seq);
  }

  void PublishIfDue() {
    const absl::Time now = options_.clock->Now();
    if (reader_.live() ||
        now - reader_.published() >= options_.publish_interval) {
      reader_.Publish(now);
    }
  }

  void TakeCaughtUp() {
    reader_.Publish(options_.clock->Now());
    reader_.SetLive();
    bool first = false;
    {
      absl::MutexLock lock(&mu_);
      first = !state_.caught_up;
      state_.caught_up = true;
      state_.last_error = absl::OkStatus();
    }
    if (first) options_.on_caught_up(true);
  }

  // Fixed after construction.
  const FollowerOptions options_;
  CatalogStore& store_;
  const std::unique_ptr<v1::FeedService::Stub> stub_;

  mutable absl::Mutex mu_;
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  grpc::ClientContext* context_ ABSL_GUARDED_BY(mu_) = nullptr;
  FollowerStatus state_ ABSL_GUARDED_BY(mu_);

  // Used by the thread only.
  std::mt19937_64 random_;
  FeedReader reader_;

  absl::Mutex join_mu_;
  std::jthread thread_ ABSL_GUARDED_BY(join_mu_);
};

FeedFollower::FeedFollower(std::shared_ptr<grpc::Channel> channel,
                           CatalogStore& store, FollowerOptions options)
    : impl_(std::make_unique<Impl>(std::move(channel), store,
                                   std::move(options))) {}

FeedFollower::~FeedFollower() = default;

FollowerStatus FeedFollower::status() const { return impl_->status(); }

absl::StatusOr<std::shared_ptr<const Catalog>> FeedFollower::WaitForSeq(
    uint64_t seq, absl::Time deadline) const {
  return impl_->store().WaitForSeq(seq, deadline);
}

void FeedFollower::Stop() { impl_->Stop(); }

}  // namespace meridian::analysis
