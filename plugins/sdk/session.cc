#include "plugins/sdk/session.h"

#include <algorithm>
#include <exception>
#include <initializer_list>
#include <map>
#include <new>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"
#include "common/records/batch.h"

namespace meridian {
namespace {

// What source.proto allows for Rejected.excerpt.
constexpr size_t kMaxExcerptBytes = 512;
constexpr size_t kMaxMessageBytes = 2048;
// Room for what a message holds beside one record.
constexpr uint64_t kEnvelopeBytes = 4096;
// Documents that are asked for are numbered from here; the host numbers its
// own from 0.
constexpr uint32_t kFirstFetch = uint32_t{1} << 30;

absl::Status HostGone() {
  return MakeError(absl::StatusCode::kCancelled, "HOST_GONE",
                   "the host went away during the read");
}

absl::Status BadUtf8(absl::string_view field) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_UTF8",
                   absl::StrCat("field '", field,
                                "' of a record is not UTF-8; decode the "
                                "document or reject the row"),
                   {{"field", std::string(field)}});
}

class SessionDocument;

class Session : public Reader {
 public:
  explicit Session(MessagePort& port) : port_(port) {}

  absl::Status Begin();
  absl::Status Finish();

  const std::string& config_json() const override {
    return open_.config_json();
  }
  const v1::Limits& limits() const override { return open_.limits(); }
  absl::StatusOr<std::unique_ptr<Document>> NextDocument() override;
  absl::StatusOr<uint32_t> Fetch(absl::string_view uri) override;
  absl::StatusOr<std::unique_ptr<SnapshotWriter>> BeginSnapshot(
      v1::BeginSnapshot spec) override;
  absl::Status Reject(v1::Locator locator, absl::string_view why,
                      absl::string_view excerpt,
                      absl::string_view stream) override;
  absl::Status Diagnose(v1::Diagnostic::Severity severity,
                        absl::string_view message) override;

  // The next bytes of document `request`; empty at its end.
  absl::StatusOr<std::string> NextChunk(uint32_t request);
  absl::Status Send(const v1::FromPlugin& message);
  // Sets locator.document to the document being read unless it is set.
  absl::Status FillLocator(v1::Locator* locator) const;
  void Ended(uint32_t snapshot) { open_snapshots_.erase(snapshot); }
  size_t batch_bytes() const;
  uint64_t max_record_bytes() const;

 private:
  absl::Status Receive();
  absl::Status SkipDocument();

  MessagePort& port_;
  v1::Open open_;
  v1::FromHost received_;
  bool documents_done_ = false;
  uint32_t next_fetch_ = kFirstFetch;
  std::map<uint32_t, std::string> asked_;  // Number -> URI.
  // Head of the document being read, and whether its last chunk has come.
  v1::DocumentHead head_;
  uint32_t documents_ = 0;
  bool document_complete_ = true;
  uint32_t next_snapshot_ = 0;
  std::map<uint32_t, std::string> open_snapshots_;  // Number -> stream.
};

class SessionDocument : public Document {
 public:
  SessionDocument(Session& session, v1::DocumentHead head)
      : session_(session), head_(std::move(head)) {}

  const v1::DocumentHead& head() const override { return head_; }
  absl::StatusOr<std::string> NextChunk() override {
    return session_.NextChunk(head_.request());
  }
  absl::StatusOr<std::string> ReadAll() override {
    std::string all;
    if (head_.has_size()) {
      all.reserve(std::min<uint64_t>(head_.size(),
                                     session_.limits().max_document_bytes()));
    }
    while (true) {
      ASSIGN_OR_RETURN(const std::string chunk, NextChunk());
      if (chunk.empty()) return all;
      all.append(chunk);
    }
  }

 private:
  Session& session_;
  const v1::DocumentHead head_;
};

class SessionWriter : public SnapshotWriter {
 public:
  SessionWriter(Session& session, uint32_t snapshot)
      : session_(session),
        snapshot_(snapshot),
        builder_(session.batch_bytes()) {}

  absl::Status Emit(v1::Record record) override {
    RETURN_IF_ERROR(CheckOpen());
    if (record.has_score()) RETURN_IF_ERROR(CheckValue(record.score()));
    RETURN_IF_ERROR(session_.FillLocator(record.mutable_locator()));
    if (const auto bad = FindBadUtf8(record)) return BadUtf8(*bad);
    RETURN_IF_ERROR(CheckSize(record.ByteSizeLong()));
    builder_.Add(record);
    ++count_;
    return FlushReady();
  }

  absl::Status EmitScore(const v1::Score& score,
                         const v1::Locator& locator) override {
    // Columns have no place for the other parts of a locator.
    if (locator.has_line_end() || locator.has_column() || locator.has_page()) {
      v1::Record record;
      *record.mutable_locator() = locator;
      *record.mutable_score() = score;
      return Emit(std::move(record));
    }
    RETURN_IF_ERROR(CheckOpen());
    RETURN_IF_ERROR(CheckValue(score));
    v1::Locator filled = locator;
    RETURN_IF_ERROR(session_.FillLocator(&filled));
    RETURN_IF_ERROR(CheckTexts(score, filled));
    builder_.AddScore(score, filled);
    ++count_;
    return FlushReady();
  }

  absl::Status End() override {
    RETURN_IF_ERROR(CheckOpen());
    while (true) {
      ASSIGN_OR_RETURN(const uint32_t sent, SendBatch());
      if (sent == 0) break;
    }
    v1::FromPlugin message;
    message.mutable_end_snapshot()->set_snapshot(snapshot_);
    message.mutable_end_snapshot()->set_count(count_);
    RETURN_IF_ERROR(session_.Send(message));
    ended_ = true;
    session_.Ended(snapshot_);
    return absl::OkStatus();
  }

 private:
  absl::Status CheckOpen() const {
    if (!ended_) return absl::OkStatus();
    return MakeError(absl::StatusCode::kFailedPrecondition, "SNAPSHOT_ENDED",
                     "the snapshot was ended; begin another one");
  }

  // A column cannot tell an unset value from 0.
  static absl::Status CheckValue(const v1::Score& score) {
    if (score.has_value()) return absl::OkStatus();
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_RECORD",
        absl::StrCat("score of '", CleanUtf8(score.model(), 200),
                     "' has no value; leave it out or reject the row"),
        {{"field", "value"}});
  }

  absl::Status CheckTexts(const v1::Score& score,
                          const v1::Locator& locator) const {
    uint64_t bytes = 0;
    for (const auto& [name, text] :
         std::initializer_list<std::pair<const char*, const std::string&>>{
             {"board", score.board()},
             {"category", score.category()},
             {"method", score.method()},
             {"model", score.model()},
             {"configuration", score.configuration()},
             {"measured_date", score.measured_date()},
             {"evaluator", score.evaluator()},
             {"pointer", locator.pointer()}}) {
      if (!IsUtf8(text)) return BadUtf8(name);
      bytes += text.size();
    }
    return CheckSize(bytes);
  }

  absl::Status CheckSize(uint64_t bytes) const {
    if (bytes <= session_.max_record_bytes()) return absl::OkStatus();
    return MakeError(absl::StatusCode::kResourceExhausted, "RECORD_TOO_LARGE",
                     absl::StrCat("a record of ", bytes,
                                  " bytes does not fit into a message of ",
                                  session_.limits().max_message_bytes(),
                                  " bytes; reject the row or raise "
                                  "limits.max_message_bytes"));
  }

  absl::Status FlushReady() {
    while (builder_.ready()) RETURN_IF_ERROR(SendBatch().status());
    return absl::OkStatus();
  }

  absl::StatusOr<uint32_t> SendBatch() {
    uint32_t count = 0;
    v1::FromPlugin message;
    *message.mutable_batch() = builder_.TakeWire(snapshot_, &count);
    if (count != 0) RETURN_IF_ERROR(session_.Send(message));
    return count;
  }

  Session& session_;
  const uint32_t snapshot_;
  BatchBuilder builder_;
  uint64_t count_ = 0;
  bool ended_ = false;
};

absl::Status Session::Receive() {
  if (!port_.Receive(&received_)) return HostGone();
  if (received_.has_drain()) {
    return MakeError(absl::StatusCode::kCancelled, "HOST_GONE",
                     "the host is shutting down");
  }
  return absl::OkStatus();
}

absl::Status Session::Send(const v1::FromPlugin& message) {
  return port_.Send(message) ? absl::OkStatus() : HostGone();
}

absl::Status Session::Begin() {
  RETURN_IF_ERROR(Receive());
  if (!received_.has_open()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "NO_OPEN",
                     "the first message of a Read must be Open");
  }
  open_ = std::move(*received_.mutable_open());
  return absl::OkStatus();
}

absl::Status Session::Finish() {
  if (!open_snapshots_.empty()) {
    return MakeError(
        absl::StatusCode::kFailedPrecondition, "SNAPSHOT_NOT_ENDED",
        absl::StrCat("the snapshot of stream '",
                     open_snapshots_.begin()->second,
                     "' was begun and not ended; call SnapshotWriter::End"));
  }
  v1::FromPlugin message;
  message.mutable_done();
  RETURN_IF_ERROR(Send(message));
  // The host may still be writing documents that nobody asked to read.
  while (port_.Receive(&received_)) {
  }
  return absl::OkStatus();
}

absl::Status Session::SkipDocument() {
  while (!document_complete_) {
    RETURN_IF_ERROR(NextChunk(head_.request()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Document>> Session::NextDocument() {
  RETURN_IF_ERROR(SkipDocument());
  if (documents_done_ && asked_.empty()) return std::unique_ptr<Document>();
  RETURN_IF_ERROR(Receive());
  if (received_.has_documents_done()) {
    documents_done_ = true;
    return NextDocument();
  }
  if (received_.has_fetch_failed()) {
    const v1::FetchFailed& failed = received_.fetch_failed();
    return MakeError(absl::StatusCode::kNotFound, "FETCH_FAILED",
                     absl::StrCat("the document ", asked_[failed.request()],
                                  " could not be had: ", failed.why()),
                     {{"uri", asked_[failed.request()]}});
  }
  if (!received_.has_document()) {
    return MakeError(absl::StatusCode::kInternal, "HOST_PROTOCOL",
                     "the host sent something else than a document");
  }
  head_ = received_.document();
  asked_.erase(head_.request());
  ++documents_;
  document_complete_ = false;
  return std::unique_ptr<Document>(
      std::make_unique<SessionDocument>(*this, head_));
}

absl::StatusOr<uint32_t> Session::Fetch(absl::string_view uri) {
  if (!IsUtf8(uri)) return BadUtf8("uri");
  v1::FromPlugin message;
  const uint32_t request = next_fetch_++;
  message.mutable_fetch()->set_request(request);
  message.mutable_fetch()->set_uri(std::string(uri));
  asked_[request] = std::string(uri);
  RETURN_IF_ERROR(Send(message));
  return request;
}

absl::StatusOr<std::string> Session::NextChunk(uint32_t request) {
  if (documents_ == 0 || head_.request() != request) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "DOCUMENT_PASSED",
                     "NextDocument was called; an earlier document cannot be "
                     "read any further");
  }
  while (!document_complete_) {
    RETURN_IF_ERROR(Receive());
    if (!received_.has_chunk() || received_.chunk().request() != request) {
      return MakeError(
          absl::StatusCode::kInternal, "HOST_PROTOCOL",
          absl::StrCat("the host broke off document '", head_.uri(), "'"));
    }
    document_complete_ = received_.chunk().last();
    std::string data = std::move(*received_.mutable_chunk()->mutable_data());
    if (!data.empty()) return data;
  }
  return std::string();
}

absl::StatusOr<std::unique_ptr<SnapshotWriter>> Session::BeginSnapshot(
    v1::BeginSnapshot spec) {
  if (const auto bad = FindBadUtf8(spec)) return BadUtf8(*bad);
  const uint32_t number = next_snapshot_++;
  spec.set_snapshot(number);
  open_snapshots_[number] = spec.stream();
  v1::FromPlugin message;
  *message.mutable_begin_snapshot() = std::move(spec);
  RETURN_IF_ERROR(Send(message));
  return std::unique_ptr<SnapshotWriter>(
      std::make_unique<SessionWriter>(*this, number));
}

absl::Status Session::Reject(v1::Locator locator, absl::string_view why,
                             absl::string_view excerpt,
                             absl::string_view stream) {
  RETURN_IF_ERROR(FillLocator(&locator));
  if (const auto bad = FindBadUtf8(locator)) return BadUtf8(*bad);
  v1::FromPlugin message;
  v1::Rejected& rejected = *message.mutable_rejected();
  *rejected.mutable_locator() = std::move(locator);
  rejected.set_why(CleanUtf8(why, kMaxMessageBytes));
  rejected.set_excerpt(CleanUtf8(excerpt, kMaxExcerptBytes));
  rejected.set_stream(CleanUtf8(stream, kMaxMessageBytes));
  return Send(message);
}

absl::Status Session::Diagnose(v1::Diagnostic::Severity severity,
                               absl::string_view text) {
  v1::FromPlugin message;
  v1::Diagnostic& diagnostic = *message.mutable_diagnostic();
  diagnostic.set_severity(severity);
  diagnostic.set_message(CleanUtf8(text, kMaxMessageBytes));
  if (documents_ != 0) {
    diagnostic.mutable_locator()->set_document(head_.request());
  }
  return Send(message);
}

absl::Status Session::FillLocator(v1::Locator* locator) const {
  if (documents_ == 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition,
                     "RECORD_WITHOUT_DOCUMENT",
                     "a record rests on a document; read one first");
  }
  if (!locator->has_document()) locator->set_document(head_.request());
  return absl::OkStatus();
}

size_t Session::batch_bytes() const {
  const uint64_t target = limits().target_batch_bytes() != 0
                              ? limits().target_batch_bytes()
                              : BatchBuilder::kTargetBytes;
  // A batch is cut after the record that fills it.
  const uint64_t largest = max_record_bytes() / 4;
  return static_cast<size_t>(std::clamp<uint64_t>(largest, 1, target));
}

uint64_t Session::max_record_bytes() const {
  const uint64_t most = limits().max_message_bytes();
  if (most == 0) return uint64_t{3} << 20;  // gRPC's default is 4 MiB.
  return most > 2 * kEnvelopeBytes ? (most - kEnvelopeBytes) / 2 : most / 4;
}

}  // namespace

absl::Status StatusOfException() {
  try {
    throw;
  } catch (const std::bad_alloc&) {
    return MakeError(absl::StatusCode::kResourceExhausted,
                     "PLUGIN_OUT_OF_MEMORY",
                     "the plugin ran out of memory; read smaller documents or "
                     "raise its limit");
  } catch (const std::exception& error) {
    return MakeError(absl::StatusCode::kInternal, "PLUGIN_EXCEPTION",
                     absl::StrCat("an exception escaped the plugin: ",
                                  CleanUtf8(error.what(), kMaxMessageBytes)));
  } catch (...) {
    return MakeError(absl::StatusCode::kInternal, "PLUGIN_EXCEPTION",
                     "an exception of unknown type escaped the plugin");
  }
}

absl::Status RunRead(Source& source, MessagePort& port) {
  Session session(port);
  RETURN_IF_ERROR(session.Begin());
  try {
    RETURN_IF_ERROR(source.Read(session));
  } catch (...) {
    return StatusOfException();
  }
  return session.Finish();
}

}  // namespace meridian
