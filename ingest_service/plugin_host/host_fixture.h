// What the tests of the plugin host share: a hostile plugin by mode, documents
// in memory, a sink that remembers.
#ifndef INGEST_SERVICE_PLUGIN_HOST_HOST_FIXTURE_H_
#define INGEST_SERVICE_PLUGIN_HOST_HOST_FIXTURE_H_

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "ingest_service/plugin_host/plugin_host.h"

namespace meridian::ingest::testing {

// A fresh, short directory under /tmp; removed at the end.
class TestDirectory {
 public:
  TestDirectory();
  ~TestDirectory();
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

// Options to run the hostile plugin in a mode (plugins/testing_plugins), with
// limits of time that suit a test.
PluginOptions Hostile(const std::string& directory, const std::string& mode);

// Documents with the given texts, in chunks of `chunk_bytes`.
class TextSupply : public DocumentSupply {
 public:
  explicit TextSupply(std::vector<std::pair<std::string, std::string>> texts)
      : texts_(std::move(texts)) {}
  absl::StatusOr<std::optional<SuppliedDocument>> Next(
      uint32_t request) override;
  absl::StatusOr<SuppliedDocument> Fetch(const v1::Fetch& fetch) override;

  // Called instead of handing over document `fail_at`.
  std::optional<size_t> fail_at;
  bool can_fetch = false;

 private:
  std::vector<std::pair<std::string, std::string>> texts_;
  size_t next_ = 0;
};

// Remembers what came.
class MemorySink : public RecordSink {
 public:
  absl::Status Begin(const v1::BeginSnapshot& begin) override;
  absl::Status Batch(const v1::RecordBatch& batch) override;
  absl::Status Gone(const v1::Gone&) override { return absl::OkStatus(); }
  absl::Status Rejected(const v1::Rejected& rejected) override;
  absl::Status Diagnostic(const v1::Diagnostic& diagnostic) override;
  absl::Status Progress(const v1::Progress&) override {
    return absl::OkStatus();
  }
  absl::Status End(const v1::EndSnapshot& end) override;

  std::vector<v1::BeginSnapshot> begins;
  std::vector<v1::Record> records;
  std::vector<v1::Rejected> rejected;
  std::vector<std::string> diagnostics;
  std::vector<v1::EndSnapshot> ends;
  // Called for each batch and diagnostic before they are remembered.
  std::function<absl::Status()> on_message = [] { return absl::OkStatus(); };
};

// The process id a hostile plugin told as a diagnostic; 0 when it told none.
int ToldProcess(const MemorySink& sink);
// True: no such process, or one that only waits to be reaped, within 2 s.
bool IsGone(int pid);

}  // namespace meridian::ingest::testing

#endif  // INGEST_SERVICE_PLUGIN_HOST_HOST_FIXTURE_H_
