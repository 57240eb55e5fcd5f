#include "ingest_service/ingest_service.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "ingest_service/check_source.h"
#include "ingest_service/evidence.h"
#include "meridian/v1/ingest.grpc.pb.h"

namespace meridian::ingest {
namespace {

constexpr size_t kDocumentChunk = 256 << 10;
constexpr int kMostRunDocuments = 1000;
constexpr uint32_t kMostPreviewed = 1000;
// How long a stream waits before it looks whether its caller is still there.
constexpr absl::Duration kLook = absl::Milliseconds(500);

class IngestServiceImpl : public v1::IngestService::Service {
 public:
  explicit IngestServiceImpl(ServiceOptions options)
      : options_(std::move(options)) {}

  grpc::Status GetIngestStatus(grpc::ServerContext*,
                               const v1::GetIngestStatusRequest*,
                               v1::GetIngestStatusResponse* response) override {
    return rpc::ToGrpc(Status(response));
  }
  grpc::Status ListSources(grpc::ServerContext*,
                           const v1::ListSourcesRequest* request,
                           v1::ListSourcesResponse* response) override {
    return rpc::ToGrpc(Sources(*request, response));
  }
  grpc::Status GetSource(grpc::ServerContext*,
                         const v1::GetSourceRequest* request,
                         v1::GetSourceResponse* response) override {
    const auto source = options_.runner->Find(request->source());
    if (!source.ok()) return rpc::ToGrpc(source.status());
    return rpc::ToGrpc(Describe(**source, response->mutable_source()));
  }
  grpc::Status CheckSource(grpc::ServerContext*,
                           const v1::CheckSourceRequest* request,
                           v1::CheckSourceResponse* response) override {
    return rpc::ToGrpc(Check(*request, response));
  }
  grpc::Status ListRuns(grpc::ServerContext*,
                        const v1::ListRunsRequest* request,
                        v1::ListRunsResponse* response) override {
    return rpc::ToGrpc(Runs(*request, response));
  }
  grpc::Status GetRun(grpc::ServerContext*, const v1::GetRunRequest* request,
                      v1::GetRunResponse* response) override {
    return rpc::ToGrpc(RunWithDocuments(request->run(), response));
  }
  grpc::Status DecideHeld(grpc::ServerContext*,
                          const v1::DecideHeldRequest* request,
                          v1::DecideHeldResponse* response) override {
    return rpc::ToGrpc(Decide(*request, response));
  }
  grpc::Status CancelRun(grpc::ServerContext*,
                         const v1::CancelRunRequest* request,
                         v1::CancelRunResponse* response) override {
    // A run that has ended is answered as it ended.
    const auto active = options_.runner->Cancel(request->run());
    if (active && active->dry_run()) {
      *response->mutable_run() = *active;
      return grpc::Status::OK;
    }
    return rpc::ToGrpc(Run(request->run(), response->mutable_run()));
  }
  grpc::Status ListRejected(grpc::ServerContext*,
                            const v1::ListRejectedRequest* request,
                            v1::ListRejectedResponse* response) override {
    return rpc::ToGrpc(Rejected(*request, response));
  }
  grpc::Status ListSnapshots(grpc::ServerContext*,
                             const v1::ListSnapshotsRequest* request,
                             v1::ListSnapshotsResponse* response) override {
    return rpc::ToGrpc(Snapshots(*request, response));
  }
  grpc::Status GetEvidence(grpc::ServerContext*,
                           const v1::GetEvidenceRequest* request,
                           v1::GetEvidenceResponse* response) override {
    auto opened = OpenEvidence(*options_.stores.log, *options_.stores.documents,
                               *request);
    if (!opened.ok()) return rpc::ToGrpc(opened.status());
    *response = *std::move(opened);
    return grpc::Status::OK;
  }

  grpc::Status ReadDocument(
      grpc::ServerContext*, const v1::ReadDocumentRequest* request,
      grpc::ServerWriter<v1::ReadDocumentResponse>* writer) override {
    auto read = options_.stores.documents->Read(request->sha256());
    if (!read.ok()) return rpc::ToGrpc(read.status());
    while (true) {
      auto chunk = (*read)(kDocumentChunk);
      if (!chunk.ok()) return rpc::ToGrpc(chunk.status());
      if (chunk->empty()) return grpc::Status::OK;
      v1::ReadDocumentResponse response;
      response.set_data(*std::move(chunk));
      if (!writer->Write(response)) return grpc::Status::CANCELLED;
    }
  }

  grpc::Status RunSource(
      grpc::ServerContext* context, const v1::RunSourceRequest* request,
      grpc::ServerWriter<v1::RunSourceResponse>* writer) override {
    RunOptions options;
    options.strict = request->strict();
    options.reread = request->reread();
    options.dry_run = request->dry_run();
    options.preview_records =
        std::min(request->preview_records(), kMostPreviewed);
    if (options.preview_records > 0 && !options.dry_run) {
      return rpc::ToGrpc(
          MakeError(absl::StatusCode::kInvalidArgument, "BAD_REQUEST",
                    "preview_records is for a dry run; set dry_run as well"));
    }
    const auto handle =
        options_.runner->Start(request->source(), std::move(options));
    if (!handle.ok()) return rpc::ToGrpc(handle.status());
    v1::RunSourceResponse response;
    *response.mutable_started() = (*handle)->started();
    bool there = writer->Write(response);
    RunHandle::View view;
    while (there && !context->IsCancelled()) {
      const uint64_t seen = view.version;
      view = (*handle)->Wait(seen, absl::Now() + kLook);
      for (const v1::RunSourceResponse& told : view.told) {
        there = there && writer->Write(told);
      }
      if (view.ended) {
        *response.mutable_ended() = *view.ended;
        writer->Write(response);
        return grpc::Status::OK;
      }
      if (view.version == seen) continue;
      *response.mutable_progress() = view.progress;
      there = writer->Write(response);
    }
    if (request->dry_run()) (*handle)->Cancel();
    return grpc::Status::CANCELLED;
  }

 private:
  absl::Status Status(v1::GetIngestStatusResponse* response) const {
    const LogState state = options_.stores.log->state();
    response->set_log_id(options_.stores.log->id());
    response->set_head_seq(state.head_seq);
    response->set_first_seq(state.first_seq);
    ASSIGN_OR_RETURN(const RecordLog::Totals totals,
                     options_.stores.log->ReadTotals());
    response->set_snapshots(totals.snapshots);
    response->set_records(totals.records);
    response->set_batch_bytes(totals.batch_bytes);
    response->set_documents(options_.stores.documents->Count());
    for (std::string& plugin : options_.runner->Plugins()) {
      response->add_plugins(std::move(plugin));
    }
    response->set_version(options_.version);
    response->set_sandbox(options_.sandbox);
    response->set_running(options_.runner->running());
    response->set_subscribers(options_.subscribers());
    return absl::OkStatus();
  }

  absl::Status Describe(const SourceConfig& config, v1::Source* source) const {
    source->set_id(config.id);
    source->set_title(config.title);
    source->set_plugin(config.plugin);
    source->set_publisher(config.publisher);
    source->set_data_licence(config.data_licence);
    for (const DocumentSpec& spec : config.documents) {
      source->add_documents(spec.url.empty() ? spec.files : spec.url);
    }
    source->set_schedule_seconds(
        static_cast<uint64_t>(absl::ToInt64Seconds(config.every)));
    ASSIGN_OR_RETURN(const auto next, options_.runner->NextRun(config));
    if (next) source->set_next_run_at(FormatUtc(*next));
    source->set_config_json(config.config_json);
    source->set_configured_at(absl::StrCat(config.file, ":", config.line));
    ASSIGN_OR_RETURN(const auto run, options_.stores.runs->Newest(config.id));
    if (run) *source->mutable_last_run() = *run;
    ASSIGN_OR_RETURN(const v1::Observation observation,
                     options_.stores.log->NewestObservation(config.id));
    if (observation.kind() != v1::Observation::KIND_UNSPECIFIED) {
      *source->mutable_last_observation() = observation;
    }
    return absl::OkStatus();
  }

  absl::Status Sources(const v1::ListSourcesRequest& request,
                       v1::ListSourcesResponse* response) const {
    const auto& sources = options_.runner->sources();
    ASSIGN_OR_RETURN(const PageRange range, PageOf(request, sources.size(), 0));
    for (size_t i = range.begin; i < range.end; ++i) {
      RETURN_IF_ERROR(Describe(sources[i], response->add_sources()));
    }
    response->set_next_page_token(range.next_page_token);
    return absl::OkStatus();
  }

  absl::Status Check(const v1::CheckSourceRequest& request,
                     v1::CheckSourceResponse* response) const {
    ASSIGN_OR_RETURN(const SourceConfig* source,
                     options_.runner->Find(request.source()));
    const PluginOptions plugin = options_.runner->PluginOf(*source);
    meridian::ingest::CheckSource(*source, plugin, *options_.stores.host,
                                  response);
    return absl::OkStatus();
  }

  absl::Status Run(const std::string& id, v1::Run* run) const {
    ASSIGN_OR_RETURN(*run, options_.stores.runs->Get(id));
    return absl::OkStatus();
  }

  absl::Status RunWithDocuments(const std::string& id,
                                v1::GetRunResponse* response) const {
    RETURN_IF_ERROR(Run(id, response->mutable_run()));
    ASSIGN_OR_RETURN(std::vector<v1::RunDocument> documents,
                     options_.stores.retrievals->Transcript(id));
    for (v1::RunDocument& document : documents) {
      if (response->documents_size() == kMostRunDocuments) break;
      *response->add_documents() = std::move(document);
    }
    return absl::OkStatus();
  }

  absl::Status Decide(const v1::DecideHeldRequest& request,
                      v1::DecideHeldResponse* response) const {
    ASSIGN_OR_RETURN(const SourceConfig* source,
                     options_.runner->Find(request.source()));
    const std::string now = FormatUtc(options_.stores.clock->Now());
    ASSIGN_OR_RETURN(
        const RecordLog::Committed done,
        options_.stores.log->DecideHeld(
            source->id, absl::AsciiStrToLower(request.digest()),
            request.discard(), now,
            [&](Connection& connection, const RecordLog::Committed& result) {
              v1::Observation observation;
              observation.set_source(source->id);
              observation.set_kind(result.seq != 0
                                       ? v1::Observation::KIND_COMMITTED
                                       : v1::Observation::KIND_UNCHANGED);
              observation.set_at(now);
              observation.set_message(request.discard()
                                          ? "held snapshots were discarded"
                                          : "held snapshots were approved");
              return RecordLog::Observe(connection, observation);
            }));
    response->set_seq(done.seq);
    for (const v1::SnapshotOutcome& outcome : done.outcomes) {
      *response->add_snapshots() = outcome;
    }
    return absl::OkStatus();
  }

  absl::Status Runs(const v1::ListRunsRequest& request,
                    v1::ListRunsResponse* response) const {
    const std::string fingerprint = PageFingerprint(request);
    ASSIGN_OR_RETURN(const PageToken token,
                     DecodePageToken(request.page_token(), fingerprint));
    const uint32_t size = PageSize(request.page_size());
    ASSIGN_OR_RETURN(
        RunStore::Runs page,
        options_.stores.runs->List(request.source(), token.position, size));
    for (v1::Run& run : page.runs) *response->add_runs() = std::move(run);
    if (page.runs.size() == size) {
      response->set_next_page_token(
          EncodePageToken({page.last, 0}, fingerprint));
    }
    return absl::OkStatus();
  }

  absl::Status Rejected(const v1::ListRejectedRequest& request,
                        v1::ListRejectedResponse* response) const {
    const std::string fingerprint = PageFingerprint(request);
    ASSIGN_OR_RETURN(const PageToken token,
                     DecodePageToken(request.page_token(), fingerprint));
    const uint32_t size = PageSize(request.page_size());
    ASSIGN_OR_RETURN(
        std::vector<v1::RejectedRecord> page,
        options_.stores.runs->ListRejected(request.source(), request.run(),
                                           token.position, size));
    for (auto& record : page) *response->add_rejected() = std::move(record);
    if (page.size() == size) {
      response->set_next_page_token(
          EncodePageToken({token.position + size, 0}, fingerprint));
    }
    return absl::OkStatus();
  }

  absl::Status Snapshots(const v1::ListSnapshotsRequest& request,
                         v1::ListSnapshotsResponse* response) const {
    if (request.held()) {
      ASSIGN_OR_RETURN(std::vector<v1::Snapshot> held,
                       options_.stores.log->ListHeld(request.source()));
      ASSIGN_OR_RETURN(const PageRange range, PageOf(request, held.size(), 0));
      for (size_t i = range.begin; i < range.end; ++i) {
        *response->add_snapshots() = std::move(held[i]);
      }
      response->set_next_page_token(range.next_page_token);
      return absl::OkStatus();
    }
    const std::string fingerprint = PageFingerprint(request);
    ASSIGN_OR_RETURN(PageToken token,
                     DecodePageToken(request.page_token(), fingerprint));
    // Commits that come between pages must not shift them.
    if (token.seq == 0) token.seq = options_.stores.log->state().head_seq;
    const uint32_t size = PageSize(request.page_size());
    ASSIGN_OR_RETURN(std::vector<v1::Snapshot> page,
                     options_.stores.log->ListSnapshots(
                         request.source(), token.seq, token.position, size));
    for (auto& snapshot : page)
      *response->add_snapshots() = std::move(snapshot);
    if (page.size() == size) {
      response->set_next_page_token(
          EncodePageToken({token.position + size, token.seq}, fingerprint));
    }
    return absl::OkStatus();
  }

  const ServiceOptions options_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeIngestService(ServiceOptions options) {
  return std::make_unique<IngestServiceImpl>(std::move(options));
}

}  // namespace meridian::ingest
