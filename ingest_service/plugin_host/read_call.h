// One Read: a thread writes documents while the caller's reads messages.
#ifndef INGEST_SERVICE_PLUGIN_HOST_READ_CALL_H_
#define INGEST_SERVICE_PLUGIN_HOST_READ_CALL_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/sync_stream.h>

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <set>
#include <stop_token>
#include <string>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/plugin_host/process.h"
#include "ingest_service/plugin_host/read_protocol.h"
#include "meridian/v1/source.grpc.pb.h"

namespace meridian::ingest {

// Used once.
class ReadCall {
 public:
  // How it ended when it did not end well. `status` is ours or that of supply
  // or sink; OK when only `grpc` says what happened.
  struct Outcome {
    v1::RunStage stage = v1::RUN_STAGE_READ;
    absl::Status status;
    grpc::Status grpc;
    ReadSummary summary;
  };

  // Everything must outlive the call. `open.limits` as WithDefaults gives
  // them.
  ReadCall(const PluginOptions& plugin, const v1::Open& open,
           DocumentSupply& supply, RecordSink& sink);

  Outcome Run(v1::SourcePlugin::Stub& stub, PluginProcess& process,
              std::stop_token cancel);

 private:
  using Stream = grpc::ClientReaderWriter<v1::FromHost, v1::FromPlugin>;
  // Marks time in which the plugin waits for the host.
  class HostTurn;

  // Ends the call; the first cause counts.
  void Abort(v1::RunStage stage, absl::Status cause);
  bool IsOver() const;
  void Touch();
  // Ends the call when the plugin owes a message for too long or is gone.
  void Watch(const PluginProcess& process);

  void WriteDocuments();
  bool Write(const v1::FromHost& message);
  bool WriteNextDocument(bool* more);
  bool WriteDocument(SuppliedDocument document);
  bool AnswerFetches();
  bool AwaitFetchOrEnd();

  void ReadMessages();
  absl::Status Dispatch(const v1::FromPlugin& message);
  absl::Status QueueFetch(const v1::Fetch& fetch);

  const PluginOptions& plugin_;
  const v1::Open& open_;
  DocumentSupply& supply_;
  RecordSink& sink_;
  grpc::ClientContext context_;
  std::unique_ptr<Stream> stream_;
  ReadProtocol protocol_;  // Of the reading side.

  mutable absl::Mutex mu_;
  v1::RunStage stage_ ABSL_GUARDED_BY(mu_) = v1::RUN_STAGE_READ;
  absl::Status cause_ ABSL_GUARDED_BY(mu_);
  // Done came or the stream ended: nothing more is to be written.
  bool finished_ ABSL_GUARDED_BY(mu_) = false;
  absl::Time last_sign_ ABSL_GUARDED_BY(mu_);
  int host_turns_ ABSL_GUARDED_BY(mu_) = 0;
  std::deque<v1::Fetch> fetches_ ABSL_GUARDED_BY(mu_);
  std::set<uint32_t> requests_ ABSL_GUARDED_BY(mu_);
  uint32_t next_request_ ABSL_GUARDED_BY(mu_) = 0;
  uint64_t documents_ ABSL_GUARDED_BY(mu_) = 0;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_READ_CALL_H_
