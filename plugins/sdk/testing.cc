#include "plugins/sdk/testing.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/utf8.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/sdk/session.h"

namespace meridian::testing {
namespace {

// A host in memory: hands documents over in chunks and collects snapshots.
class MemoryPort : public MessagePort {
 public:
  MemoryPort(const std::string& config_json,
             std::vector<TestDocument> documents, const Transport& transport)
      : documents_(std::move(documents)), transport_(transport) {
    v1::Open& open = *pending_.emplace_back().mutable_open();
    open.set_config_json(config_json);
    open.set_source("test");
    open.mutable_limits()->set_max_message_bytes(16 << 20);
    open.mutable_limits()->set_target_batch_bytes(transport.batch_bytes);
    open.mutable_limits()->set_max_document_bytes(uint64_t{1} << 30);
  }

  bool Receive(v1::FromHost* message) override {
    if (pending_.empty()) Refill();
    if (pending_.empty()) return false;
    *message = std::move(pending_.front());
    pending_.pop_front();
    return true;
  }

  bool Send(const v1::FromPlugin& message) override {
    if (status_.ok()) status_ = Take(message);
    return true;
  }

  const absl::Status& status() const { return status_; }
  ReadResult TakeResult() { return std::move(result_); }

 private:
  void Refill() {
    while (next_ < documents_.size() && !documents_[next_].fetched_as.empty()) {
      ++next_;
    }
    if (next_ < documents_.size()) {
      QueueDocument(static_cast<uint32_t>(next_), documents_[next_]);
      ++next_;
    } else if (next_ == documents_.size()) {
      pending_.emplace_back().mutable_documents_done();
      ++next_;
    }
  }

  void QueueDocument(uint32_t request, const TestDocument& document) {
    v1::DocumentHead& head = *pending_.emplace_back().mutable_document();
    head.set_request(request);
    head.set_uri(absl::StrCat("file:///", document.path));
    head.set_path(document.path);
    head.set_status(200);
    head.mutable_headers()->insert(document.headers.begin(),
                                   document.headers.end());
    *head.mutable_vintage_hint() = document.vintage_hint;
    head.set_size(document.bytes.size());
    head.set_sha256(Sha256Hex(document.bytes));
    head.set_retrieved_at("2026-01-02T03:04:05Z");
    size_t at = 0;
    do {
      v1::DocumentChunk& chunk = *pending_.emplace_back().mutable_chunk();
      chunk.set_request(request);
      chunk.set_data(document.bytes.substr(at, transport_.chunk_bytes));
      at += chunk.data().size();
      chunk.set_last(at == document.bytes.size());
    } while (at < document.bytes.size());
  }

  void Answer(const v1::Fetch& fetch) {
    for (const TestDocument& document : documents_) {
      if (document.fetched_as != fetch.uri()) continue;
      TestDocument given = document;
      given.vintage_hint = documents_[0].vintage_hint;
      return QueueDocument(fetch.request(), given);
    }
    v1::FetchFailed& failed = *pending_.emplace_back().mutable_fetch_failed();
    failed.set_request(fetch.request());
    failed.set_why("HTTP status 404");
    failed.set_status(404);
  }

  absl::Status Take(const v1::FromPlugin& message) {
    switch (message.message_case()) {
      case v1::FromPlugin::kFetch:
        Answer(message.fetch());
        return absl::OkStatus();
      case v1::FromPlugin::kBeginSnapshot:
        open_[message.begin_snapshot().snapshot()] = result_.snapshots.size();
        result_.snapshots.emplace_back().begin = message.begin_snapshot();
        return absl::OkStatus();
      case v1::FromPlugin::kBatch: {
        ReadSnapshot& snapshot = Snapshot(message.batch().snapshot());
        return ForEachRecord(message.batch(), [&](const v1::Record& record) {
          snapshot.records.push_back(record);
          return absl::OkStatus();
        });
      }
      case v1::FromPlugin::kEndSnapshot:
        Snapshot(message.end_snapshot().snapshot()).ended = true;
        return absl::OkStatus();
      case v1::FromPlugin::kRejected:
        result_.rejected.push_back(message.rejected());
        return absl::OkStatus();
      case v1::FromPlugin::kDiagnostic:
        result_.diagnostics.push_back(message.diagnostic());
        return absl::OkStatus();
      default:
        return absl::OkStatus();
    }
  }

  ReadSnapshot& Snapshot(uint32_t number) {
    return result_.snapshots.at(open_.at(number));
  }

  const std::vector<TestDocument> documents_;
  const Transport transport_;
  size_t next_ = 0;  // Document; one beyond the last is DocumentsDone.
  std::deque<v1::FromHost> pending_;
  std::map<uint32_t, size_t> open_;  // Number -> index of the snapshot.
  ReadResult result_;
  absl::Status status_;
};

absl::Status NotConforming(absl::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, "NOT_CONFORMING",
                   message);
}

// The first of `findings` as an error.
absl::Status FirstOf(const std::vector<Finding>& findings) {
  if (findings.empty()) return absl::OkStatus();
  return NotConforming(findings[0].message);
}

int64_t LinesOf(const std::string& text) {
  return std::count(text.begin(), text.end(), '\n') +
         (!text.empty() && text.back() != '\n' ? 1 : 0);
}

}  // namespace

absl::StatusOr<ReadResult> ReadDocuments(Source& source,
                                         const std::string& config_json,
                                         std::vector<TestDocument> documents,
                                         const Transport& transport) {
  MemoryPort port(config_json, std::move(documents), transport);
  RETURN_IF_ERROR(RunRead(source, port));
  RETURN_IF_ERROR(port.status());
  return port.TakeResult();
}

absl::Status CheckConformance(Source& source, const std::string& config_json,
                              const std::vector<TestDocument>& documents) {
  RETURN_IF_ERROR(FirstOf(CheckDescription(source.Describe())));
  const auto problems = source.Check(config_json);
  if (!problems.empty()) {
    return NotConforming(absl::StrCat("Check refuses the configuration: ",
                                      problems[0].ShortDebugString()));
  }
  ASSIGN_OR_RETURN(const ReadResult first,
                   ReadDocuments(source, config_json, documents));
  std::map<uint32_t, int64_t> lines;
  uint32_t number = 0;
  for (const TestDocument& document : documents) {
    lines.emplace(number++, LinesOf(document.bytes));
    // Fetched ones are numbered in the order they were asked for.
    lines.emplace((uint32_t{1} << 30) + number - 1,
                  std::numeric_limits<int64_t>::max());
  }
  RETURN_IF_ERROR(FirstOf(CheckResult(first, lines)));
  // Small primes, so that chunks end inside lines, tokens and characters.
  constexpr Transport kOther = {.chunk_bytes = 997, .batch_bytes = 4099};
  ASSIGN_OR_RETURN(const ReadResult second,
                   ReadDocuments(source, config_json, documents, kOther));
  if (Print(first) == Print(second)) return absl::OkStatus();
  return NotConforming(
      absl::StrCat("a second read of the same documents differs: ",
                   Differing(Print(first), Print(second))));
}

}  // namespace meridian::testing
