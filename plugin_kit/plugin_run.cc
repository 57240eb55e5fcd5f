#include "plugin_kit/plugin_run.h"

#include <map>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/records/batch.h"

namespace meridian::kit {
namespace {

class MemorySupply : public ingest::DocumentSupply {
 public:
  MemorySupply(const std::vector<KitDocument>& documents, size_t chunk_bytes)
      : documents_(documents), chunk_bytes_(chunk_bytes) {}

  absl::StatusOr<std::optional<ingest::SuppliedDocument>> Next(
      uint32_t) override {
    if (next_ == documents_.size()) return std::nullopt;
    const KitDocument& document = documents_[next_++];
    ingest::SuppliedDocument supplied;
    v1::DocumentHead& head = supplied.head;
    head.set_uri(absl::StrCat("file:///", document.path));
    head.set_path(document.path);
    head.set_status(200);
    *head.mutable_vintage_hint() = document.vintage_hint;
    head.set_size(document.bytes.size());
    head.set_sha256(Sha256Hex(document.bytes));
    // Fixed: what a plugin gives must not depend on when it was run.
    head.set_retrieved_at("2026-01-02T03:04:05Z");
    size_t at = 0;
    supplied.read = [&document, at, most = chunk_bytes_](
                        size_t asked) mutable -> absl::StatusOr<std::string> {
      std::string bytes = document.bytes.substr(at, std::min(asked, most));
      at += bytes.size();
      return bytes;
    };
    return supplied;
  }

 private:
  const std::vector<KitDocument>& documents_;
  const size_t chunk_bytes_;
  size_t next_ = 0;
};

class MemorySink : public ingest::RecordSink {
 public:
  absl::Status Begin(const v1::BeginSnapshot& begin) override {
    index_[begin.snapshot()] = result.snapshots.size();
    result.snapshots.emplace_back().begin = begin;
    return absl::OkStatus();
  }
  absl::Status Batch(const v1::RecordBatch& batch) override {
    ReadSnapshot& snapshot = result.snapshots[index_.at(batch.snapshot())];
    return ForEachRecord(batch, [&](const v1::Record& record) {
      snapshot.records.push_back(record);
      return absl::OkStatus();
    });
  }
  absl::Status Gone(const v1::Gone&) override { return absl::OkStatus(); }
  absl::Status Rejected(const v1::Rejected& rejected) override {
    result.rejected.push_back(rejected);
    return absl::OkStatus();
  }
  absl::Status Diagnostic(const v1::Diagnostic& diagnostic) override {
    result.diagnostics.push_back(diagnostic);
    return absl::OkStatus();
  }
  absl::Status Progress(const v1::Progress&) override {
    return absl::OkStatus();
  }
  absl::Status End(const v1::EndSnapshot& end) override {
    result.snapshots[index_.at(end.snapshot())].ended = true;
    return absl::OkStatus();
  }

  ReadResult result;

 private:
  std::map<uint32_t, size_t> index_;
};

}  // namespace

PluginRun::PluginRun(std::unique_ptr<ingest::PluginHost> host,
                     std::string program)
    : host_(std::move(host)) {
  plugin_.program = std::move(program);
  // An author waits for it.
  plugin_.idle_timeout = absl::Seconds(20);
  plugin_.read_timeout = absl::Minutes(5);
}

absl::StatusOr<PluginRun> PluginRun::Open(const std::string& program,
                                          bool sandbox) {
  ASSIGN_OR_RETURN(auto host, ingest::PluginHost::Create({.sandbox = sandbox}));
  return PluginRun(std::move(host), program);
}

absl::StatusOr<v1::DescribeResponse> PluginRun::Describe() {
  return host_->Describe(plugin_);
}

absl::StatusOr<v1::CheckResponse> PluginRun::Check(
    const std::string& config_json) {
  return host_->Check(plugin_, config_json);
}

absl::StatusOr<ReadResult> PluginRun::Read(
    const std::string& config_json, const std::vector<KitDocument>& documents,
    const Cut& cut) {
  MemorySupply supply(documents, cut.chunk_bytes);
  MemorySink sink;
  v1::Open open;
  open.set_config_json(config_json);
  open.set_source("kit");
  open.mutable_limits()->set_target_batch_bytes(cut.batch_bytes);
  RETURN_IF_ERROR(host_->Read(plugin_, open, supply, sink).status());
  return std::move(sink.result);
}

}  // namespace meridian::kit
