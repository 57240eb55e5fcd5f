#include "ingest_service/feed_service.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <atomic>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::ingest {
namespace {

// How long a stream waits before it looks whether its subscriber is there.
constexpr absl::Duration kLook = absl::Milliseconds(500);

using Writer = grpc::ServerWriter<v1::SubscribeResponse>;

// One subscription, on its own thread.
class Stream {
 public:
  Stream(const FeedServer::Options& options, const grpc::ServerContext& context,
         Writer& writer)
      : options_(options),
        log_(*options.log),
        context_(context),
        writer_(writer) {}

  absl::Status Run(const v1::SubscribeRequest& request) {
    LogState state = log_.state();
    RETURN_IF_ERROR(CheckPosition(request, state));
    position_ = request.after_seq();
    v1::SubscribeResponse head;
    head.mutable_log()->set_log_id(log_.id());
    head.mutable_log()->set_first_seq(state.first_seq);
    head.mutable_log()->set_head_seq(state.head_seq);
    RETURN_IF_ERROR(Send(head));
    RETURN_IF_ERROR(SendCommits(state.head_seq));
    RETURN_IF_ERROR(SendObservations());
    v1::SubscribeResponse caught_up;
    caught_up.mutable_caught_up()->set_seq(position_);
    RETURN_IF_ERROR(Send(caught_up));
    while (true) {
      LogState seen = state;
      seen.head_seq = position_;
      seen.observation = observation_;
      state = log_.Wait(seen, absl::Now() + kLook);
      if (context_.IsCancelled()) return absl::CancelledError("cancelled");
      if (state.closing) {
        return MakeError(absl::StatusCode::kUnavailable, "DRAINING",
                         "the ingest service is shutting down; subscribe "
                         "again after its restart");
      }
      RETURN_IF_ERROR(SendCommits(state.head_seq));
      RETURN_IF_ERROR(SendObservations());
      if (absl::Now() - last_sent_ >= options_.heartbeat) {
        v1::SubscribeResponse beat;
        beat.mutable_heartbeat()->set_head_seq(state.head_seq);
        beat.mutable_heartbeat()->set_at(FormatUtc(options_.clock->Now()));
        RETURN_IF_ERROR(Send(beat));
      }
    }
  }

 private:
  absl::Status CheckPosition(const v1::SubscribeRequest& request,
                             const LogState& state) const {
    const ErrorDetails range = {{"log_id", log_.id()},
                                {"first_seq", absl::StrCat(state.first_seq)},
                                {"head_seq", absl::StrCat(state.head_seq)}};
    if (!request.log_id().empty() && request.log_id() != log_.id()) {
      return MakeError(
          absl::StatusCode::kOutOfRange, "UNKNOWN_LOG",
          absl::StrCat("this is log ", log_.id(), ", not ", request.log_id(),
                       "; forget what came from the other and subscribe from "
                       "the start"),
          range);
    }
    const bool foreign = request.log_id().empty() && request.after_seq() != 0;
    if (foreign || request.after_seq() > state.head_seq ||
        request.after_seq() + 1 < state.first_seq) {
      return MakeError(
          absl::StatusCode::kOutOfRange, "POSITION_OUT_OF_RANGE",
          foreign ? absl::StrCat("after_seq ", request.after_seq(),
                                 " needs the log_id it belongs to")
                  : absl::StrCat("the log has commits ", state.first_seq,
                                 " to ", state.head_seq, ", none after ",
                                 request.after_seq()),
          range);
    }
    return absl::OkStatus();
  }

  absl::Status Send(const v1::SubscribeResponse& response) {
    last_sent_ = absl::Now();
    // Blocks while the subscriber's window is full: a slow one slows only
    // itself.
    if (!writer_.Write(response)) return absl::CancelledError("cancelled");
    return absl::OkStatus();
  }

  absl::Status SendCommits(uint64_t head) {
    while (position_ < head) {
      RETURN_IF_ERROR(SendCommit(position_ + 1));
      ++position_;
    }
    return absl::OkStatus();
  }

  absl::Status SendCommit(uint64_t seq) {
    v1::SubscribeResponse begin;
    ASSIGN_OR_RETURN(*begin.mutable_commit_begin(), log_.ReadCommit(seq));
    RETURN_IF_ERROR(Send(begin));
    uint64_t batches = 0;
    RETURN_IF_ERROR(
        log_.ForEachBatch(seq, [&](uint32_t snapshot, v1::StoredBatch batch) {
          v1::SubscribeResponse response;
          response.mutable_batch()->set_snapshot(snapshot);
          *response.mutable_batch()->mutable_batch() = std::move(batch);
          ++batches;
          return Send(response);
        }));
    v1::SubscribeResponse end;
    end.mutable_commit_end()->set_seq(seq);
    end.mutable_commit_end()->set_batches(batches);
    return Send(end);
  }

  absl::Status SendObservations() {
    ASSIGN_OR_RETURN(RecordLog::Observations news,
                     log_.ObservationsAfter(observation_));
    for (v1::Observation& observation : news.observations) {
      v1::SubscribeResponse response;
      *response.mutable_observation() = std::move(observation);
      RETURN_IF_ERROR(Send(response));
    }
    observation_ = news.last;
    return absl::OkStatus();
  }

  const FeedServer::Options& options_;
  const RecordLog& log_;
  const grpc::ServerContext& context_;
  Writer& writer_;
  uint64_t position_ = 0;
  uint64_t observation_ = 0;
  absl::Time last_sent_;
};

class FeedServerImpl : public FeedServer, private v1::FeedService::Service {
 public:
  explicit FeedServerImpl(const Options& options) : options_(options) {}

  grpc::Service* service() override { return this; }
  uint32_t subscribers() const override { return subscribers_; }

 private:
  grpc::Status Subscribe(grpc::ServerContext* context,
                         const v1::SubscribeRequest* request,
                         Writer* writer) override {
    struct Seat {
      explicit Seat(std::atomic<uint32_t>& all) : taken(all), number(++all) {}
      ~Seat() { --taken; }
      std::atomic<uint32_t>& taken;
      const uint32_t number;
    } seat(subscribers_);
    if (seat.number > options_.max_subscribers) {
      return rpc::ToGrpc(MakeError(
          absl::StatusCode::kResourceExhausted, "TOO_MANY_SUBSCRIBERS",
          absl::StrCat("the feed has ", options_.max_subscribers,
                       " subscribers already; try again later")));
    }
    return rpc::ToGrpc(Stream(options_, *context, *writer).Run(*request));
  }

  const Options options_;
  std::atomic<uint32_t> subscribers_{0};
};

}  // namespace

std::unique_ptr<FeedServer> MakeFeedServer(const FeedServer::Options& options) {
  return std::make_unique<FeedServerImpl>(options);
}

}  // namespace meridian::ingest
