// One read of a source on its way into the log: documents are stored before
// the plugin sees them, records are checked, hashed and staged, and at the end
// a commit makes them visible or nothing of them stays.
#ifndef INGEST_SERVICE_RUN_JOB_H_
#define INGEST_SERVICE_RUN_JOB_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "common/base/dates.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "ingest_service/documents/document_reader.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/record_log.h"
#include "ingest_service/run_store.h"
#include "ingest_service/source_config.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::ingest {

// What runs work with. All must outlive them.
struct Stores {
  RecordLog* log = nullptr;
  RunStore* runs = nullptr;
  DocumentStore* documents = nullptr;
  PluginHost* host = nullptr;
  const Clock* clock = nullptr;
  RetrievalStore* retrievals = nullptr;
  HttpClient* http = nullptr;
};

// How a source is to be run.
struct RunOptions {
  // Fails when any record is rejected.
  bool strict = false;
  // Run whose documents are read again, or "last", or empty.
  std::string reread;
  // Reads and compares; commits and keeps nothing.
  bool dry_run = false;
  // Of a dry run: ends after so many records and tells them. 0: reads all.
  uint32_t preview_records = 0;
};

// Used once, by one thread.
class RunJob : private DocumentSupply, private RecordSink {
 public:
  // What is told while it works: progress, at most every 100 ms; of a dry run
  // also records and rejected rows. Called from the threads of the read.
  using OnEvent = std::function<void(v1::RunSourceResponse)>;

  // `run` has id, source and started_at, and reread when documents of another
  // run are to be read again; it is saved already unless it is a dry run.
  RunJob(const Stores& stores, const SourceConfig& source, PluginOptions plugin,
         v1::Run run, RunOptions options, OnEvent on_event);

  // Reads and commits. Returns the run as it ended and as it is saved:
  // SUCCEEDED, FAILED or CANCELLED.
  v1::Run Execute(std::stop_token cancel);

 private:
  // A snapshot that the plugin has begun.
  struct Open {
    int64_t staged = 0;
    v1::Snapshot snapshot;
    BatchBuilder builder;
    ContentDigest digest;
    std::map<uint32_t, uint32_t> documents;  // request -> index
    bool lacks_records = false;
    bool is_keyed = true;  // every record is
  };
  absl::StatusOr<std::optional<SuppliedDocument>> Next(
      uint32_t request) override;
  absl::StatusOr<SuppliedDocument> Fetch(const v1::Fetch& fetch) override;
  absl::Status Begin(const v1::BeginSnapshot& begin) override;
  absl::Status Batch(const v1::RecordBatch& batch) override;
  absl::Status Gone(const v1::Gone& gone) override;
  absl::Status Rejected(const v1::Rejected& rejected) override;
  absl::Status Diagnostic(const v1::Diagnostic& diagnostic) override;
  absl::Status Progress(const v1::Progress& progress) override;
  absl::Status End(const v1::EndSnapshot& end) override;

  absl::Status ReadAndCommit(std::stop_token cancel);
  absl::StatusOr<std::unique_ptr<DocumentReader>> MakeReader(
      std::stop_token cancel);
  absl::StatusOr<SuppliedDocument> Supply(v1::DocumentHead head,
                                          const std::string& asked_uri);
  absl::Status KeepTranscript();
  absl::Status CheckNotEmpty() const;
  absl::Status AddRecord(Open& open, const v1::Record& record);
  absl::Status RejectRecord(Open& open, const v1::Record& record,
                            absl::string_view why);
  absl::Status Flush(Open& open, bool last);
  absl::Status FlushRejected();
  absl::Status CommitAll();
  // Instead of a commit.
  absl::Status PlanAll();
  absl::Status Preview(const Open& open, const v1::Record& record);
  void EndWithError(const absl::Status& status, bool cancelled);
  std::optional<v1::DocumentHead> FindGiven(uint32_t request);
  absl::StatusOr<uint32_t> DocumentIndex(Open& open, uint32_t request);
  void Tell(v1::RunStage stage, bool now = false);

  const Stores stores_;
  const SourceConfig& source_;
  const PluginOptions plugin_;
  const RunOptions options_;
  const OnEvent on_event_;
  const v1::Limits limits_;

  std::unique_ptr<DocumentReader> reader_;
  uint32_t newest_request_ = 0;  // of Next

  v1::Run run_;
  v1::RunStage stage_ = v1::RUN_STAGE_CONFIG;
  std::map<uint32_t, std::unique_ptr<Open>> open_;
  std::vector<RecordLog::Sealed> sealed_;
  // Of each of sealed_; unset: it follows none.
  std::vector<std::optional<v1::SnapshotDifference>> differences_;
  uint32_t previewed_ = 0;
  std::vector<v1::RejectedRecord> rejected_;
  // Streams that lack a row; "" when the plugin did not say which.
  std::set<std::string> lacking_;

  absl::Mutex mu_;
  std::map<uint32_t, v1::RunDocument> given_ ABSL_GUARDED_BY(mu_);
  absl::Time last_told_ ABSL_GUARDED_BY(mu_) = absl::InfinitePast();
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_RUN_JOB_H_
