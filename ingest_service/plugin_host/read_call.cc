#include "ingest_service/plugin_host/read_call.h"

#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "ingest_service/plugin_host/failure.h"

namespace meridian::ingest {
namespace {

// What source.proto allows for a chunk.
constexpr size_t kChunkBytes = 256 << 10;
// What a plugin sent before it ended may still be on its way.
constexpr absl::Duration kAfterExit = absl::Milliseconds(300);

}  // namespace

class ReadCall::HostTurn {
 public:
  explicit HostTurn(ReadCall& call) : call_(call) {
    absl::MutexLock lock(&call_.mu_);
    ++call_.host_turns_;
  }
  ~HostTurn() {
    absl::MutexLock lock(&call_.mu_);
    --call_.host_turns_;
    call_.last_sign_ = absl::Now();
  }

 private:
  ReadCall& call_;
};

ReadCall::ReadCall(const PluginOptions& plugin, const v1::Open& open,
                   DocumentSupply& supply, RecordSink& sink)
    : plugin_(plugin),
      open_(open),
      supply_(supply),
      sink_(sink),
      protocol_(open.limits()),
      last_sign_(absl::Now()) {}

ReadCall::Outcome ReadCall::Run(v1::SourcePlugin::Stub& stub,
                                PluginProcess& process,
                                std::stop_token cancel) {
  rpc::SetDeadline(context_, plugin_.read_timeout);
  stream_ = stub.Read(&context_);
  Touch();
  const std::stop_callback on_cancel(cancel, [this] {
    Abort(v1::RUN_STAGE_READ,
          MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                    "was cancelled while it was reading"));
  });
  process.SetTick([this, &process] { Watch(process); });
  std::jthread writer([this] { WriteDocuments(); });
  ReadMessages();
  Outcome outcome;
  writer.join();
  outcome.grpc = stream_->Finish();
  process.SetTick(nullptr);
  absl::MutexLock lock(&mu_);
  outcome.stage = stage_;
  outcome.status = cause_;
  outcome.summary.documents = documents_;
  outcome.summary.snapshots = protocol_.snapshots();
  outcome.summary.records = protocol_.records();
  outcome.summary.rejected = protocol_.rejected();
  if (cause_.ok() && outcome.grpc.ok() && !protocol_.is_done()) {
    outcome.status =
        MakeError(absl::StatusCode::kFailedPrecondition,
                  "PLUGIN_PROTOCOL_VIOLATION", "ended the read without Done");
  }
  return outcome;
}

void ReadCall::Abort(v1::RunStage stage, absl::Status cause) {
  {
    absl::MutexLock lock(&mu_);
    if (!cause_.ok()) return;
    stage_ = stage;
    cause_ = std::move(cause);
    finished_ = true;
  }
  context_.TryCancel();
}

bool ReadCall::IsOver() const {
  absl::MutexLock lock(&mu_);
  return finished_;
}

void ReadCall::Touch() {
  absl::MutexLock lock(&mu_);
  last_sign_ = absl::Now();
}

void ReadCall::Watch(const PluginProcess& process) {
  absl::Duration silence;
  {
    absl::MutexLock lock(&mu_);
    if (host_turns_ > 0 || !cause_.ok()) return;
    silence = absl::Now() - last_sign_;
  }
  if (silence > kAfterExit && process.HasExited()) {
    Abort(v1::RUN_STAGE_READ,
          MakeError(absl::StatusCode::kUnavailable, "PLUGIN_CRASHED",
                    "ended while it was reading"));
  } else if (silence > plugin_.idle_timeout) {
    Abort(v1::RUN_STAGE_READ,
          MakeError(absl::StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT",
                    absl::StrCat("said nothing for ",
                                 absl::FormatDuration(plugin_.idle_timeout),
                                 " while it was reading")));
  }
}

// ---------------------------------------------------------------------------
// Writing side.

bool ReadCall::Write(const v1::FromHost& message) {
  if (IsOver() || !stream_->Write(message)) return false;
  Touch();
  return true;
}

void ReadCall::WriteDocuments() {
  v1::FromHost message;
  *message.mutable_open() = open_;
  bool going = Write(message);
  bool more = true;
  while (going && more) {
    going = AnswerFetches() && WriteNextDocument(&more);
  }
  if (going) {
    message.mutable_documents_done();
    going = Write(message);
  }
  while (going && AwaitFetchOrEnd()) going = AnswerFetches();
  stream_->WritesDone();
}

bool ReadCall::WriteNextDocument(bool* more) {
  uint32_t request = 0;
  {
    absl::MutexLock lock(&mu_);
    // The plugin may have taken numbers for what it asked for.
    while (!requests_.insert(next_request_).second) ++next_request_;
    request = next_request_++;
  }
  absl::StatusOr<std::optional<SuppliedDocument>> next;
  {
    const HostTurn turn(*this);
    next = supply_.Next(request);
  }
  if (!next.ok()) {
    Abort(v1::RUN_STAGE_FETCH, next.status());
    return false;
  }
  *more = next->has_value();
  if (!*more) return true;
  SuppliedDocument document = **std::move(next);
  document.head.set_request(request);
  return WriteDocument(std::move(document));
}

bool ReadCall::WriteDocument(SuppliedDocument document) {
  const uint32_t request = document.head.request();
  const std::string uri = document.head.uri();
  v1::FromHost message;
  *message.mutable_document() = std::move(document.head);
  if (!Write(message)) return false;
  uint64_t total = 0;
  bool last = false;
  while (!last) {
    absl::StatusOr<std::string> bytes;
    {
      const HostTurn turn(*this);
      bytes = document.read(kChunkBytes);
    }
    if (!bytes.ok()) {
      Abort(v1::RUN_STAGE_FETCH, bytes.status());
      return false;
    }
    total += bytes->size();
    if (total > open_.limits().max_document_bytes()) {
      Abort(
          v1::RUN_STAGE_FETCH,
          MakeError(absl::StatusCode::kResourceExhausted, "DOCUMENT_TOO_LARGE",
                    absl::StrCat("document ", uri,
                                 " is larger than "
                                 "limits.max_document_bytes = ",
                                 open_.limits().max_document_bytes(),
                                 "; raise the limit if it is right"),
                    {{"uri", uri}}));
      return false;
    }
    last = bytes->empty();
    message.mutable_chunk()->set_request(request);
    message.mutable_chunk()->set_data(*std::move(bytes));
    message.mutable_chunk()->set_last(last);
    if (!Write(message)) return false;
  }
  absl::MutexLock lock(&mu_);
  ++documents_;
  return true;
}

bool ReadCall::AnswerFetches() {
  while (true) {
    v1::Fetch fetch;
    {
      absl::MutexLock lock(&mu_);
      if (fetches_.empty()) return true;
      fetch = std::move(fetches_.front());
      fetches_.pop_front();
    }
    absl::StatusOr<SuppliedDocument> document;
    {
      const HostTurn turn(*this);
      document = supply_.Fetch(fetch);
    }
    bool written = false;
    if (document.ok()) {
      document->head.set_request(fetch.request());
      written = WriteDocument(*std::move(document));
    } else {
      v1::FromHost message;
      message.mutable_fetch_failed()->set_request(fetch.request());
      message.mutable_fetch_failed()->set_why(
          Printable(document.status().message(), 1024));
      written = Write(message);
    }
    if (!written) return false;
  }
}

bool ReadCall::AwaitFetchOrEnd() {
  absl::MutexLock lock(&mu_);
  const auto ready = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return finished_ || !fetches_.empty();
  };
  mu_.Await(absl::Condition(&ready));
  return !finished_;
}

// ---------------------------------------------------------------------------
// Reading side.

void ReadCall::ReadMessages() {
  v1::FromPlugin message;
  while (stream_->Read(&message)) {
    Touch();
    if (absl::Status status = protocol_.OnMessage(message); !status.ok()) {
      Abort(v1::RUN_STAGE_READ, std::move(status));
      break;
    }
    if (message.has_fetch()) {
      if (absl::Status status = QueueFetch(message.fetch()); !status.ok()) {
        Abort(v1::RUN_STAGE_READ, std::move(status));
        break;
      }
      continue;
    }
    if (message.has_done()) {
      absl::MutexLock lock(&mu_);
      finished_ = true;
      continue;
    }
    absl::Status status;
    {
      const HostTurn turn(*this);
      status = Dispatch(message);
    }
    if (!status.ok()) {
      Abort(v1::RUN_STAGE_COMMIT, std::move(status));
      break;
    }
  }
  absl::MutexLock lock(&mu_);
  finished_ = true;
}

absl::Status ReadCall::Dispatch(const v1::FromPlugin& message) {
  switch (message.message_case()) {
    case v1::FromPlugin::kBeginSnapshot:
      return sink_.Begin(message.begin_snapshot());
    case v1::FromPlugin::kBatch:
      return sink_.Batch(message.batch());
    case v1::FromPlugin::kGone:
      return sink_.Gone(message.gone());
    case v1::FromPlugin::kRejected:
      return sink_.Rejected(message.rejected());
    case v1::FromPlugin::kProgress:
      return sink_.Progress(message.progress());
    case v1::FromPlugin::kDiagnostic:
      return sink_.Diagnostic(message.diagnostic());
    case v1::FromPlugin::kEndSnapshot:
      return sink_.End(message.end_snapshot());
    default:
      return absl::OkStatus();
  }
}

absl::Status ReadCall::QueueFetch(const v1::Fetch& fetch) {
  absl::MutexLock lock(&mu_);
  if (!requests_.insert(fetch.request()).second) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     "PLUGIN_PROTOCOL_VIOLATION",
                     absl::StrCat("asked for a document under number ",
                                  fetch.request(), ", which is taken"));
  }
  fetches_.push_back(fetch);
  return absl::OkStatus();
}

}  // namespace meridian::ingest
