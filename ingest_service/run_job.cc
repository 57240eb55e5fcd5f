#include "ingest_service/run_job.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace meridian::ingest {
namespace {

constexpr size_t kRejectedAtOnce = 500;
constexpr int kMostDiagnostics = 100;
constexpr size_t kExcerptBytes = 512;

// From the widest to the narrowest claim.
int Narrowness(v1::Coverage::Extent extent) {
  switch (extent) {
    case v1::Coverage::EXTENT_ALL:
      return 0;
    case v1::Coverage::EXTENT_TOP:
      return 1;
    default:
      return 2;
  }
}

void Lower(v1::Coverage& coverage, v1::Coverage::Extent to) {
  if (Narrowness(to) <= Narrowness(coverage.extent())) return;
  // TOP needs the number of rows, which only the plugin knows.
  coverage.set_extent(to == v1::Coverage::EXTENT_TOP && coverage.top() == 0
                          ? v1::Coverage::EXTENT_SOME
                          : to);
  if (coverage.extent() != v1::Coverage::EXTENT_TOP) coverage.clear_top();
}

absl::Status Violation(absl::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "PLUGIN_PROTOCOL_VIOLATION", message);
}

}  // namespace

RunJob::RunJob(const Stores& stores, const SourceConfig& source,
               PluginOptions plugin, v1::Run run, bool strict,
               OnProgress on_progress)
    : stores_(stores),
      source_(source),
      plugin_(std::move(plugin)),
      strict_(strict),
      on_progress_(std::move(on_progress)),
      limits_(WithDefaults(source.limits)),
      run_(std::move(run)) {}

void RunJob::Tell(v1::RunStage stage, bool now) {
  v1::RunProgress progress;
  {
    absl::MutexLock lock(&mu_);
    const absl::Time time = absl::Now();
    if (!now && time - last_told_ < absl::Milliseconds(100)) return;
    last_told_ = time;
    progress.set_documents_done(documents_given_);
  }
  progress.set_run(run_.id());
  progress.set_stage(stage);
  progress.set_documents_total(files_.size());
  progress.set_records(run_.records_read());
  progress.set_rejected(run_.records_rejected());
  on_progress_(progress);
}

// --- Documents -------------------------------------------------------------

absl::StatusOr<std::optional<SuppliedDocument>> RunJob::Next() {
  if (next_file_ == files_.size()) return std::nullopt;
  const DocumentFile& file = files_[next_file_];
  const auto request = static_cast<uint32_t>(next_file_++);
  ASSIGN_OR_RETURN(const DocumentStore::ByteSource bytes, ReadFile(file.file));
  auto stored = stores_.documents->Put(bytes, limits_.max_document_bytes());
  if (!stored.ok()) return Annotate(stored.status(), file.path);

  Given given;
  given.path = file.path;
  given.retrieval.set_sha256(stored->sha256);
  given.retrieval.set_uri(absl::StrCat("file://", file.file));
  given.retrieval.set_size(stored->size);
  given.retrieval.set_retrieved_at(FormatUtc(stores_.clock->Now()));

  SuppliedDocument document;
  document.head.set_uri(given.retrieval.uri());
  document.head.set_path(file.path);
  document.head.set_status(200);
  *document.head.mutable_vintage_hint() = file.vintage_hint;
  document.head.set_size(stored->size);
  document.head.set_sha256(stored->sha256);
  document.head.set_retrieved_at(given.retrieval.retrieved_at());
  ASSIGN_OR_RETURN(document.read, stores_.documents->Read(stored->sha256));

  absl::MutexLock lock(&mu_);
  given_[request] = std::move(given);
  ++documents_given_;
  return document;
}

std::optional<RunJob::Given> RunJob::FindGiven(uint32_t request) {
  absl::MutexLock lock(&mu_);
  const auto found = given_.find(request);
  if (found == given_.end()) return std::nullopt;
  return found->second;
}

absl::StatusOr<uint32_t> RunJob::DocumentIndex(Open& open, uint32_t request) {
  const auto [it, inserted] = open.documents.emplace(
      request, static_cast<uint32_t>(open.snapshot.documents_size()));
  if (inserted) {
    const auto given = FindGiven(request);
    if (!given) {
      return Violation(absl::StrCat("a locator names document ", request,
                                    ", which was never sent"));
    }
    *open.snapshot.add_documents() = given->retrieval;
  }
  return it->second;
}

// --- Records ---------------------------------------------------------------

absl::Status RunJob::Begin(const v1::BeginSnapshot& begin) {
  if (begin.mode() == v1::SNAPSHOT_MODE_ADDS) {
    return Violation(absl::StrCat(
        "stream '", begin.stream(),
        "': a snapshot that adds to an earlier one is not accepted; send the "
        "publication as a whole (REPLACES)"));
  }
  if (begin.stream().empty() || begin.stream().size() > 200) {
    return Violation("a snapshot needs a stream of 1 to 200 bytes");
  }
  if (const auto date = ParseDate(begin.vintage().date()); !date.ok()) {
    return Violation(absl::StrCat("stream '", begin.stream(),
                                  "': vintage: ", date.status().message()));
  }
  auto open = std::make_unique<Open>();
  ASSIGN_OR_RETURN(open->staged, stores_.log->Stage(run_.id()));
  v1::Snapshot& snapshot = open->snapshot;
  snapshot.set_source(source_.id);
  snapshot.set_stream(begin.stream());
  *snapshot.mutable_vintage() = begin.vintage();
  *snapshot.mutable_coverage() = begin.coverage();
  if (snapshot.coverage().extent() == v1::Coverage::EXTENT_UNSPECIFIED) {
    snapshot.mutable_coverage()->set_extent(v1::Coverage::EXTENT_SOME);
  }
  if (source_.coverage) Lower(*snapshot.mutable_coverage(), *source_.coverage);
  snapshot.set_mode(v1::SNAPSHOT_MODE_REPLACES);
  snapshot.set_publisher(source_.publisher);
  snapshot.set_data_licence(source_.data_licence);
  snapshot.set_run(run_.id());
  open_[begin.snapshot()] = std::move(open);
  return absl::OkStatus();
}

absl::Status RunJob::Batch(const v1::RecordBatch& batch) {
  Open& open = *open_.at(batch.snapshot());
  const absl::Status status = ForEachRecord(
      batch, [&](const v1::Record& record) { return AddRecord(open, record); });
  Tell(v1::RUN_STAGE_READ);
  if (ErrorReason(status) == "BATCH_CORRUPT") {
    return Violation(status.message());
  }
  return status;
}

absl::Status RunJob::AddRecord(Open& open, const v1::Record& record) {
  run_.set_records_read(run_.records_read() + 1);
  const auto hash = HashRecord(record);
  if (!hash.ok()) {
    open.lacks_records = true;
    return RejectRecord(open, record, hash.status().message());
  }
  switch (open.digest.Add(*hash)) {
    case ContentDigest::Added::kEqualDuplicate:
      run_.set_duplicates_dropped(run_.duplicates_dropped() + 1);
      return absl::OkStatus();
    case ContentDigest::Added::kConflictingDuplicate:
      return RejectRecord(open, record,
                          "the snapshot has a record with this key but other "
                          "content already; the first one is kept");
    case ContentDigest::Added::kNew:
      break;
  }
  ASSIGN_OR_RETURN(const uint32_t document,
                   DocumentIndex(open, record.locator().document()));
  if (document == record.locator().document()) {
    open.builder.Add(record);
  } else {
    v1::Record moved = record;
    moved.mutable_locator()->set_document(document);
    open.builder.Add(moved);
  }
  return open.builder.ready() ? Flush(open, false) : absl::OkStatus();
}

absl::Status RunJob::RejectRecord(Open& open, const v1::Record& record,
                                  absl::string_view why) {
  v1::Rejected rejected;
  *rejected.mutable_locator() = record.locator();
  rejected.set_why(std::string(why));
  v1::Record shown = record;
  shown.clear_locator();
  rejected.set_excerpt(CleanUtf8(shown.ShortDebugString(), kExcerptBytes));
  rejected.set_stream(open.snapshot.stream());
  return Rejected(rejected);
}

absl::Status RunJob::Rejected(const v1::Rejected& rejected) {
  run_.set_records_rejected(run_.records_rejected() + 1);
  if (run_.records_rejected() > limits_.max_rejected()) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, "PLUGIN_LIMIT_EXCEEDED",
        absl::StrCat("more than ", limits_.max_rejected(),
                     " records were rejected (limits.max_rejected); the last: ",
                     rejected.why()));
  }
  v1::RejectedRecord& record = rejected_.emplace_back();
  record.set_run(run_.id());
  record.set_source(source_.id);
  *record.mutable_rejected() = rejected;
  if (const auto given = FindGiven(rejected.locator().document())) {
    record.set_document_sha256(given->retrieval.sha256());
    record.set_document_uri(given->retrieval.uri());
  }
  return rejected_.size() >= kRejectedAtOnce ? FlushRejected()
                                             : absl::OkStatus();
}

absl::Status RunJob::FlushRejected() {
  RETURN_IF_ERROR(stores_.runs->AddRejected(rejected_));
  rejected_.clear();
  return absl::OkStatus();
}

absl::Status RunJob::Gone(const v1::Gone&) {
  return Violation("Gone belongs to a snapshot that adds to an earlier one");
}

absl::Status RunJob::Diagnostic(const v1::Diagnostic& diagnostic) {
  if (run_.diagnostics_size() < kMostDiagnostics) {
    *run_.add_diagnostics() = diagnostic;
  }
  return absl::OkStatus();
}

absl::Status RunJob::Progress(const v1::Progress&) {
  Tell(v1::RUN_STAGE_READ);
  return absl::OkStatus();
}

absl::Status RunJob::Flush(Open& open, bool last) {
  std::vector<v1::StoredBatch> batches;
  while (open.builder.ready() || last) {
    v1::StoredBatch batch = open.builder.TakeStored();
    if (batch.count() == 0) break;
    batches.push_back(std::move(batch));
  }
  return stores_.log->Append(open.staged, batches);
}

absl::Status RunJob::End(const v1::EndSnapshot& end) {
  const auto found = open_.find(end.snapshot());
  const std::unique_ptr<Open> open = std::move(found->second);
  open_.erase(found);
  if (open->digest.count() == 0) {
    v1::Diagnostic diagnostic;
    diagnostic.set_severity(v1::Diagnostic::SEVERITY_WARNING);
    diagnostic.set_message(
        absl::StrCat("stream '", open->snapshot.stream(), "', vintage ",
                     open->snapshot.vintage().date(),
                     ": no record was read, so nothing is committed for it"));
    return Diagnostic(diagnostic);
  }
  RETURN_IF_ERROR(Flush(*open, true));
  v1::Snapshot& snapshot = open->snapshot;
  if (open->lacks_records) {
    Lower(*snapshot.mutable_coverage(), v1::Coverage::EXTENT_SOME);
  }
  snapshot.set_count(open->digest.count());
  snapshot.set_content_digest(Hex(open->digest.Finish()));
  snapshot.set_digest(SnapshotDigest(snapshot));
  sealed_.push_back({open->staged, std::move(snapshot)});
  return absl::OkStatus();
}

// --- The run ---------------------------------------------------------------

absl::Status RunJob::ReadAndCommit(std::stop_token cancel) {
  stage_ = v1::RUN_STAGE_FETCH;
  Tell(stage_, true);
  ASSIGN_OR_RETURN(files_, ExpandDocuments(source_));
  v1::Open open;
  open.set_config_json(source_.config_json);
  open.set_source(source_.id);
  *open.mutable_limits() = limits_;
  Tell(v1::RUN_STAGE_START, true);
  ASSIGN_OR_RETURN(const ReadSummary summary,
                   stores_.host->Read(plugin_, open, *this, *this, cancel));
  run_.set_plugin(absl::StrCat(summary.plugin, " ", summary.version));
  run_.set_documents(summary.documents);
  stage_ = v1::RUN_STAGE_COMMIT;
  Tell(stage_, true);
  RETURN_IF_ERROR(FlushRejected());
  if (strict_ && run_.records_rejected() > 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "RECORDS_REJECTED",
                     absl::StrCat(run_.records_rejected(),
                                  " records were rejected and the run is "
                                  "strict; ListRejected names them"));
  }
  if (cancel.stop_requested()) {
    return MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                     "the run was cancelled");
  }
  return CommitAll();
}

absl::Status RunJob::CommitAll() {
  for (RecordLog::Sealed& sealed : sealed_) {
    sealed.snapshot.set_plugin(run_.plugin());
  }
  const std::string now = FormatUtc(stores_.clock->Now());
  v1::Run ended = run_;
  const auto committed = stores_.log->Commit(
      std::move(sealed_), now,
      [&](Connection& connection,
          const RecordLog::Committed& result) -> absl::Status {
        ended = run_;
        ended.set_state(v1::RUN_STATE_SUCCEEDED);
        ended.set_ended_at(FormatUtcMillis(stores_.clock->Now()));
        ended.set_seq(result.seq);
        ended.set_records_committed(result.records);
        for (const v1::SnapshotOutcome& outcome : result.outcomes) {
          *ended.add_snapshots() = outcome;
        }
        RETURN_IF_ERROR(RunStore::Save(connection, ended));
        v1::Observation observation;
        observation.set_source(source_.id);
        observation.set_kind(result.seq != 0 ? v1::Observation::KIND_COMMITTED
                                             : v1::Observation::KIND_UNCHANGED);
        observation.set_at(now);
        observation.set_run(run_.id());
        return RecordLog::Observe(connection, observation);
      });
  RETURN_IF_ERROR(committed.status());
  run_ = std::move(ended);
  return absl::OkStatus();
}

void RunJob::EndWithError(const absl::Status& status, bool cancelled) {
  const std::string now = FormatUtc(stores_.clock->Now());
  run_.set_state(cancelled ? v1::RUN_STATE_CANCELLED : v1::RUN_STATE_FAILED);
  run_.set_ended_at(FormatUtcMillis(stores_.clock->Now()));
  *run_.mutable_error() = RunErrorOf(status, stage_);
  {
    absl::MutexLock lock(&mu_);
    run_.set_documents(documents_given_);
  }
  // The store may be what failed; then the run ends as INTERRUPTED at the
  // next start.
  absl::Status kept = FlushRejected();
  kept.Update(stores_.log->Drop(run_.id()));
  kept.Update(stores_.runs->Save(run_));
  if (!cancelled) {
    v1::Observation observation;
    observation.set_source(source_.id);
    observation.set_kind(v1::Observation::KIND_FAILED);
    observation.set_at(now);
    observation.set_message(
        absl::StrCat(run_.error().reason(), ": ", run_.error().message()));
    observation.set_run(run_.id());
    kept.Update(stores_.log->Observe(observation));
  }
  if (!kept.ok()) {
    Log(LogLevel::kError, "the end of a run could not be stored",
        {{"run", run_.id()}, {"error", std::string(kept.message())}});
  }
}

v1::Run RunJob::Execute(std::stop_token cancel) {
  const absl::Status status = ReadAndCommit(cancel);
  if (!status.ok()) {
    const bool cancelled = ErrorReason(status) == "RUN_CANCELLED";
    EndWithError(status, cancelled);
  }
  const bool failed = run_.state() == v1::RUN_STATE_FAILED;
  Log(failed ? LogLevel::kWarning : LogLevel::kInfo, "run ended",
      {{"run", run_.id()},
       {"source", source_.id},
       {"state", v1::RunState_Name(run_.state())},
       {"seq", absl::StrCat(run_.seq())},
       {"records", absl::StrCat(run_.records_committed())},
       {"rejected", absl::StrCat(run_.records_rejected())},
       {"reason", run_.error().reason()}});
  return run_;
}

}  // namespace meridian::ingest
