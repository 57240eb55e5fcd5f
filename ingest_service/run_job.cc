#include "ingest_service/run_job.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "ingest_service/changes.h"
#include "ingest_service/evidence.h"

namespace meridian::ingest {
namespace {

constexpr size_t kRejectedAtOnce = 500;
constexpr int kMostDiagnostics = 100;
constexpr size_t kExcerptBytes = 512;
constexpr uint64_t kMostRejectedTold = 1000;
constexpr uint32_t kPreviewedLines = 5;
// Reason of the error that ends the read of a preview.
constexpr char kPreviewDone[] = "PREVIEW_DONE";

void AddOutcomes(
    const std::vector<v1::SnapshotOutcome>& outcomes,
    const std::vector<std::optional<v1::SnapshotDifference>>& differences,
    v1::Run* run) {
  for (size_t i = 0; i < outcomes.size(); ++i) {
    v1::SnapshotOutcome& added = *run->add_snapshots();
    added = outcomes[i];
    if (differences[i]) *added.mutable_difference() = *differences[i];
  }
}

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
               PluginOptions plugin, v1::Run run, RunOptions options,
               OnEvent on_event)
    : stores_(stores),
      source_(source),
      plugin_(std::move(plugin)),
      options_(std::move(options)),
      on_event_(std::move(on_event)),
      limits_(WithDefaults(source.limits)),
      run_(std::move(run)) {
  run_.set_config_digest(Sha256Hex(source.config_json).substr(0, 16));
}

void RunJob::Tell(v1::RunStage stage, bool now) {
  v1::RunSourceResponse event;
  v1::RunProgress& progress = *event.mutable_progress();
  {
    absl::MutexLock lock(&mu_);
    const absl::Time time = absl::Now();
    if (!now && time - last_told_ < absl::Milliseconds(100)) return;
    last_told_ = time;
    progress.set_documents_done(given_.size());
  }
  progress.set_run(run_.id());
  progress.set_stage(stage);
  progress.set_documents_total(reader_ ? reader_->total() : 0);
  progress.set_records(run_.records_read());
  progress.set_rejected(run_.records_rejected());
  on_event_(std::move(event));
}

// --- Documents -------------------------------------------------------------

absl::StatusOr<std::unique_ptr<DocumentReader>> RunJob::MakeReader(
    std::stop_token cancel) {
  if (run_.reread().empty()) {
    return ReadConfigured(
        {stores_.documents, stores_.retrievals, stores_.http, stores_.clock},
        source_, limits_.max_document_bytes(), std::move(cancel));
  }
  ASSIGN_OR_RETURN(std::vector<v1::RunDocument> documents,
                   stores_.retrievals->Transcript(run_.reread()));
  return ReadTranscript(std::move(documents));
}

absl::StatusOr<std::optional<SuppliedDocument>> RunJob::Next(uint32_t request) {
  ASSIGN_OR_RETURN(std::optional<v1::DocumentHead> head, reader_->Next());
  if (!head) return std::nullopt;
  newest_request_ = request;
  head->set_request(request);
  ASSIGN_OR_RETURN(SuppliedDocument document, Supply(*std::move(head), ""));
  return document;
}

absl::StatusOr<SuppliedDocument> RunJob::Fetch(const v1::Fetch& fetch) {
  std::string base;
  if (const auto asking = FindGiven(newest_request_)) base = asking->uri();
  ASSIGN_OR_RETURN(v1::DocumentHead head, reader_->Fetch(fetch.uri(), base));
  head.set_request(fetch.request());
  return Supply(std::move(head), fetch.uri());
}

absl::StatusOr<SuppliedDocument> RunJob::Supply(v1::DocumentHead head,
                                                const std::string& asked_uri) {
  SuppliedDocument document;
  ASSIGN_OR_RETURN(document.read, stores_.documents->Read(head.sha256()));
  document.head = head;
  v1::RunDocument given;
  *given.mutable_head() = std::move(head);
  given.set_asked_uri(asked_uri);
  absl::MutexLock lock(&mu_);
  given_[document.head.request()] = std::move(given);
  return document;
}

std::optional<v1::DocumentHead> RunJob::FindGiven(uint32_t request) {
  absl::MutexLock lock(&mu_);
  const auto found = given_.find(request);
  if (found == given_.end()) return std::nullopt;
  return found->second.head();
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
    v1::Retrieval& retrieval = *open.snapshot.add_documents();
    retrieval.set_sha256(given->sha256());
    retrieval.set_uri(given->uri());
    retrieval.set_size(given->size());
    retrieval.set_retrieved_at(given->retrieved_at());
    const auto header = [&](const char* name) {
      const auto found = given->headers().find(name);
      return found == given->headers().end() ? std::string() : found->second;
    };
    retrieval.set_etag(header("etag"));
    retrieval.set_media_type(header("content-type"));
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
  if (options_.preview_records > 0) return Preview(open, record);
  open.is_keyed = open.is_keyed && IsKeyed(record);
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

absl::Status RunJob::Preview(const Open& open, const v1::Record& record) {
  v1::RunSourceResponse event;
  v1::PreviewedRecord& shown = *event.mutable_previewed();
  shown.set_stream(open.snapshot.stream());
  *shown.mutable_record() = record;
  if (const auto given = FindGiven(record.locator().document())) {
    shown.set_document_uri(given->uri());
    const v1::Locator& at = record.locator();
    if (at.line() > 0) {
      ASSIGN_OR_RETURN(const std::vector<std::string> lines,
                       ReadLines(*stores_.documents, given->sha256(), at.line(),
                                 std::min(std::max(at.line(), at.line_end()),
                                          at.line() + kPreviewedLines - 1)));
      shown.set_lines(absl::StrJoin(lines, "\n"));
    }
  }
  on_event_(std::move(event));
  if (++previewed_ < options_.preview_records) return absl::OkStatus();
  // Ends the read; Execute knows it.
  return MakeError(absl::StatusCode::kCancelled, kPreviewDone, "");
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
  lacking_.insert(rejected.stream());
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
    record.set_document_sha256(given->sha256());
    record.set_document_uri(given->uri());
  }
  if (options_.dry_run) {
    if (run_.records_rejected() <= kMostRejectedTold) {
      v1::RunSourceResponse event;
      *event.mutable_rejected() = record;
      on_event_(std::move(event));
    }
    rejected_.clear();
    return absl::OkStatus();
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
  const bool was_whole =
      snapshot.coverage().extent() == v1::Coverage::EXTENT_ALL;
  // What was rejected may be in the publication all the same: its absence here
  // does not mean that it is gone.
  if (open->lacks_records || lacking_.contains(snapshot.stream()) ||
      lacking_.contains("")) {
    Lower(*snapshot.mutable_coverage(), v1::Coverage::EXTENT_SOME);
  }
  snapshot.set_count(open->digest.count());
  snapshot.set_content_digest(Hex(open->digest.Finish()));
  snapshot.set_digest(SnapshotDigest(snapshot));
  ASSIGN_OR_RETURN(const std::optional<Difference> difference,
                   CompareWithBefore(*stores_.log, snapshot, open->digest));
  auto& told = differences_.emplace_back();
  if (difference) {
    ASSIGN_OR_RETURN(told, Describe(*stores_.log, *difference, open->digest,
                                    options_.dry_run ? open->staged : -1));
    if (open->is_keyed && !options_.dry_run) {
      ASSIGN_OR_RETURN(open->staged,
                       StoreAsChanges(*stores_.log, run_.id(), open->staged,
                                      *difference, open->digest, &snapshot));
    }
  }
  sealed_.push_back(
      {open->staged, std::move(snapshot), source_.hold_below, was_whole});
  return absl::OkStatus();
}

// --- The run ---------------------------------------------------------------

absl::Status RunJob::ReadAndCommit(std::stop_token cancel) {
  stage_ = v1::RUN_STAGE_FETCH;
  Tell(stage_, true);
  ASSIGN_OR_RETURN(reader_, MakeReader(cancel));
  RETURN_IF_ERROR(reader_->Prepare());
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
  if (!options_.dry_run) RETURN_IF_ERROR(KeepTranscript());
  RETURN_IF_ERROR(CheckNotEmpty());
  if (options_.strict && run_.records_rejected() > 0) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "RECORDS_REJECTED",
                     absl::StrCat(run_.records_rejected(),
                                  " records were rejected and the run is "
                                  "strict; ListRejected names them"));
  }
  if (cancel.stop_requested()) {
    return MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                     "the run was cancelled");
  }
  return options_.dry_run ? PlanAll() : CommitAll();
}

absl::Status RunJob::KeepTranscript() {
  std::vector<v1::RunDocument> documents;
  {
    absl::MutexLock lock(&mu_);
    for (const auto& [request, document] : given_) {
      documents.push_back(document);
    }
  }
  return stores_.retrievals->KeepTranscript(source_.id, run_.id(), documents);
}

absl::Status RunJob::CheckNotEmpty() const {
  if (!sealed_.empty() || run_.records_read() > 0) return absl::OkStatus();
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "NO_RECORDS",
      absl::StrCat("the plugin read no record from ", run_.documents(),
                   run_.documents() == 1 ? " document" : " documents",
                   run_.records_rejected() == 0
                       ? ""
                       : absl::StrCat(" and rejected ", run_.records_rejected(),
                                      " rows"),
                   "; what was there stays. The page may be empty or have "
                   "changed its shape: see its bytes with 'runs show ",
                   run_.id(), "'"));
}

absl::Status RunJob::PlanAll() {
  ASSIGN_OR_RETURN(const std::vector<v1::SnapshotOutcome> outcomes,
                   stores_.log->Plan(sealed_));
  AddOutcomes(outcomes, differences_, &run_);
  run_.set_state(v1::RUN_STATE_SUCCEEDED);
  run_.set_ended_at(FormatUtcMillis(stores_.clock->Now()));
  return absl::OkStatus();
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
        AddOutcomes(result.outcomes, differences_, &ended);
        RETURN_IF_ERROR(RunStore::Save(connection, ended));
        v1::Observation observation;
        observation.set_source(source_.id);
        observation.set_kind(result.seq != 0 ? v1::Observation::KIND_COMMITTED
                                             : v1::Observation::KIND_UNCHANGED);
        for (const v1::SnapshotOutcome& outcome : result.outcomes) {
          if (outcome.kind() != v1::SnapshotOutcome::KIND_HELD) continue;
          observation.set_kind(v1::Observation::KIND_HELD);
          observation.set_message(
              absl::StrCat("stream '", outcome.stream(), "', vintage ",
                           outcome.vintage().date(), ": ", outcome.message()));
        }
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
    run_.set_documents(given_.size());
  }
  if (options_.dry_run) return;
  // The store may be what failed; then the run ends as INTERRUPTED at the
  // next start.
  absl::Status kept = FlushRejected();
  kept.Update(KeepTranscript());
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
  if (previewed_ > 0 && previewed_ == options_.preview_records) {
    run_.set_state(v1::RUN_STATE_SUCCEEDED);
    run_.set_ended_at(FormatUtcMillis(stores_.clock->Now()));
  } else if (!status.ok()) {
    const bool cancelled = ErrorReason(status) == "RUN_CANCELLED";
    EndWithError(status, cancelled);
  }
  if (options_.dry_run) {
    if (const auto dropped = stores_.log->Drop(run_.id()); !dropped.ok()) {
      Log(LogLevel::kWarning, "what a dry run staged stays until the restart",
          {{"run", run_.id()}, {"error", std::string(dropped.message())}});
    }
    return run_;
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
