#include "plugins/sdk/testing.h"

#include <algorithm>
#include <deque>
#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/sdk/session.h"
#include "common/base/utf8.h"

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

  absl::Status Take(const v1::FromPlugin& message) {
    switch (message.message_case()) {
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

bool IsJsonObject(const std::string& text) {
  google::protobuf::Struct parsed;
  return google::protobuf::util::JsonStringToMessage(text, &parsed).ok();
}

bool IsPluginId(absl::string_view id) {
  return !id.empty() && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  });
}

absl::Status CheckDescription(const v1::DescribeResponse& description) {
  if (!IsPluginId(description.id())) {
    return NotConforming(absl::StrCat("Describe: id '", description.id(),
                                      "' is not of [a-z0-9_-]+"));
  }
  for (const auto& [name, missing] :
       std::vector<std::pair<absl::string_view, bool>>{
           {"version", description.version().empty()},
           {"summary", description.summary().empty()},
           {"streams", description.streams().empty()},
           {"config_json_schema", description.config_json_schema().empty()},
           {"document_kinds", description.document_kinds().empty()}}) {
    if (missing) return NotConforming(absl::StrCat("Describe: no ", name));
  }
  if (!IsJsonObject(description.config_json_schema())) {
    return NotConforming("Describe: config_json_schema is not a JSON object");
  }
  return absl::OkStatus();
}

absl::Status CheckLocator(const v1::Locator& locator, size_t documents,
                          absl::string_view what) {
  if (!locator.has_document() || locator.document() >= documents) {
    return NotConforming(
        absl::StrCat(what, " names no document that was read"));
  }
  const bool has_place = locator.line() > 0 || locator.has_pointer() ||
                         locator.has_column() || locator.page() > 0;
  if (!has_place) {
    return NotConforming(
        absl::StrCat(what, " has no line, pointer, column or page"));
  }
  if (locator.has_line_end() && locator.line_end() < locator.line()) {
    return NotConforming(absl::StrCat(what, " ends before it begins"));
  }
  return absl::OkStatus();
}

absl::Status CheckSnapshot(const ReadSnapshot& snapshot, size_t documents) {
  const std::string name =
      absl::StrCat("snapshot '", snapshot.begin.stream(), "' of ",
                   snapshot.begin.vintage().date());
  if (snapshot.begin.stream().empty()) {
    return NotConforming("a snapshot has no stream");
  }
  if (snapshot.begin.vintage().date().empty() ||
      snapshot.begin.vintage().basis() == v1::VINTAGE_BASIS_UNSPECIFIED) {
    return NotConforming(absl::StrCat(name, ": no vintage with its basis"));
  }
  if (snapshot.begin.coverage().extent() == v1::Coverage::EXTENT_UNSPECIFIED) {
    return NotConforming(absl::StrCat(name, ": no coverage"));
  }
  if (!snapshot.ended) return NotConforming(absl::StrCat(name, ": not ended"));
  ContentDigest digest;
  for (size_t i = 0; i < snapshot.records.size(); ++i) {
    const v1::Record& record = snapshot.records[i];
    const std::string what = absl::StrCat(name, ": record ", i, " (",
                                          record.ShortDebugString(), ")");
    const auto hash = HashRecord(record);
    if (!hash.ok()) {
      return NotConforming(absl::StrCat(what, ": ", hash.status().message()));
    }
    RETURN_IF_ERROR(CheckLocator(record.locator(), documents, what));
    if (digest.Add(*hash) == ContentDigest::Added::kConflictingDuplicate) {
      return NotConforming(
          absl::StrCat(what, ": its key already stands for another content"));
    }
  }
  return absl::OkStatus();
}

absl::Status CheckResult(const ReadResult& result, size_t documents) {
  size_t seen = result.rejected.size();
  for (const ReadSnapshot& snapshot : result.snapshots) {
    RETURN_IF_ERROR(CheckSnapshot(snapshot, documents));
    seen += snapshot.records.size();
  }
  for (const v1::Rejected& rejected : result.rejected) {
    const std::string what =
        absl::StrCat("rejected row (", rejected.ShortDebugString(), ")");
    if (rejected.why().empty()) {
      return NotConforming(absl::StrCat(what, " says no why"));
    }
    RETURN_IF_ERROR(CheckLocator(rejected.locator(), documents, what));
  }
  if (seen == 0) return NotConforming("nothing was read from the documents");
  return absl::OkStatus();
}

// Everything a read gave, in order, as one text. An unset number of a column
// and of a row print alike because both come out of ForEachRecord.
std::string Print(const ReadResult& result) {
  std::string text;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    absl::StrAppend(&text, snapshot.begin.DebugString(), "--\n");
    for (const v1::Record& record : snapshot.records) {
      absl::StrAppend(&text, record.ShortDebugString(), "\n");
    }
  }
  for (const auto& rejected : result.rejected) {
    absl::StrAppend(&text, "rejected ", rejected.ShortDebugString(), "\n");
  }
  for (const auto& diagnostic : result.diagnostics) {
    absl::StrAppend(&text, "says ", diagnostic.ShortDebugString(), "\n");
  }
  return text;
}

absl::Status CheckSame(const std::string& first, const std::string& second) {
  if (first == second) return absl::OkStatus();
  const auto differ =
      std::mismatch(first.begin(), first.end(), second.begin(), second.end());
  const size_t at = static_cast<size_t>(differ.first - first.begin());
  const size_t from = first.rfind('\n', at) + 1;
  return NotConforming(absl::StrCat(
      "a second read of the same documents differs: '",
      CleanUtf8(absl::string_view(first).substr(from, 300), 300), "' against '",
      CleanUtf8(
          absl::string_view(second).substr(std::min(from, second.size()), 300),
          300),
      "'"));
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
  RETURN_IF_ERROR(CheckDescription(source.Describe()));
  const auto problems = source.Check(config_json);
  if (!problems.empty()) {
    return NotConforming(absl::StrCat("Check refuses the configuration: ",
                                      problems[0].ShortDebugString()));
  }
  ASSIGN_OR_RETURN(const ReadResult first,
                   ReadDocuments(source, config_json, documents));
  RETURN_IF_ERROR(CheckResult(first, documents.size()));
  // Small primes, so that chunks end inside lines, tokens and characters.
  constexpr Transport kOther = {.chunk_bytes = 997, .batch_bytes = 4099};
  ASSIGN_OR_RETURN(const ReadResult second,
                   ReadDocuments(source, config_json, documents, kOther));
  return CheckSame(Print(first), Print(second));
}

}  // namespace meridian::testing
