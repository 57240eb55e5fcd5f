#include "ingest_service/plugin_host/plugin_host.h"

#include <grpcpp/channel.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>
#include <signal.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/status.h"
#include "ingest_service/plugin_host/failure.h"
#include "ingest_service/plugin_host/plugin_files.h"
#include "ingest_service/plugin_host/process.h"
#include "ingest_service/plugin_host/read_call.h"
#include "ingest_service/plugin_host/run_directory.h"
#include "ingest_service/plugin_host/spawner.h"
#include "meridian/v1/source.grpc.pb.h"

namespace meridian::ingest {
namespace {

// Errors travel in trailers, whose default bound of 8 KiB would turn a long
// error message into an error about headers.
constexpr int kMaxMetadataBytes = 64 << 10;
// How long the end of a process is waited for when its connection broke.
constexpr absl::Duration kExitAfterBreak = absl::Milliseconds(500);

// A plugin that said its handshake and took the connection.
struct Connection {
  std::unique_ptr<PluginProcess> process;
  Handshake handshake;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::SourcePlugin::Stub> stub;
};

std::shared_ptr<grpc::Channel> MakePluginChannel(const std::string& socket,
                                                 uint64_t max_message_bytes) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(static_cast<int>(
      std::min<uint64_t>(max_message_bytes, std::numeric_limits<int>::max())));
  arguments.SetInt(GRPC_ARG_MAX_METADATA_SIZE, kMaxMetadataBytes);
  // A call that broke is a failure to report; doing it again would hide it.
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  return grpc::CreateCustomChannel(absl::StrCat("unix:", socket),
                                   grpc::InsecureChannelCredentials(),
                                   arguments);
}

// Ends the process and tells its failure with what remains of it.
absl::Status Fail(PluginProcess& process, const std::string& id,
                  Failure failure, bool gently) {
  process.Stop(gently);
  const v1::RunError remains = process.Remains();
  failure.message = absl::StrCat("plugin '", id, "' ", failure.message);
  if (failure.reason == "PLUGIN_CRASHED") {
    if (remains.has_signal() && remains.signal() == SIGXCPU) {
      failure.code = absl::StatusCode::kResourceExhausted;
      failure.reason = "PLUGIN_LIMIT_EXCEEDED";
      absl::StrAppend(&failure.message, ": it used more CPU time than it may");
    } else {
      absl::StrAppend(&failure.message, ": it ", DescribeExit(remains));
      if (remains.has_signal() && remains.signal() == SIGKILL) {
        absl::StrAppend(&failure.message, ", most likely for want of memory");
      }
    }
  }
  return ToStatus(failure, remains);
}

// A failure that the host found.
Failure OwnFailure(v1::RunStage stage, const absl::Status& status) {
  return {status.code(), stage, ErrorReason(status),
          std::string(status.message()), GetErrorDetails(status)};
}

// What a call's status means, now that the call is over.
Failure CallFailure(v1::RunStage stage, const grpc::Status& grpc_status,
                    bool deadline_passed, const PluginProcess& process) {
  const absl::Status status = rpc::FromGrpc(grpc_status);
  const std::string reason = ErrorReason(status);
  if (reason.empty()) {
    if (deadline_passed && absl::IsDeadlineExceeded(status)) {
      return {status.code(),
              stage,
              "PLUGIN_TIMEOUT",
              "did not answer within its time",
              {}};
    }
    if (absl::IsResourceExhausted(status) &&
        absl::StrContains(status.message(), "message larger than max")) {
      return {status.code(),
              stage,
              "PLUGIN_LIMIT_EXCEEDED",
              absl::StrCat("sent a message beyond limits.max_message_bytes: ",
                           Printable(status.message(), 200)),
              {{"limit", "max_message_bytes"}}};
    }
    const bool may_be_broken =
        absl::IsUnavailable(status) || absl::IsInternal(status) ||
        absl::IsCancelled(status) || absl::IsUnknown(status);
    if (may_be_broken && process.AwaitExit(kExitAfterBreak)) {
      return {absl::StatusCode::kUnavailable,
              stage,
              "PLUGIN_CRASHED",
              "ended in the middle of a call",
              {}};
    }
  }
  ErrorDetails details = GetErrorDetails(status);
  if (!reason.empty()) details.emplace_back("plugin_reason", reason);
  return {status.code(), stage, "PLUGIN_FAILED",
          absl::StrCat("failed: ", Printable(status.message(), 4096)),
          std::move(details)};
}

}  // namespace

absl::StatusOr<SuppliedDocument> DocumentSupply::Fetch(const v1::Fetch&) {
  return absl::FailedPreconditionError(
      "this source fetches no documents on request");
}

v1::Limits WithDefaults(v1::Limits limits) {
  if (limits.max_message_bytes() == 0) limits.set_max_message_bytes(16 << 20);
  if (limits.target_batch_bytes() == 0) limits.set_target_batch_bytes(1 << 20);
  if (limits.max_document_bytes() == 0) {
    limits.set_max_document_bytes(256 << 20);
  }
  if (limits.max_records() == 0) limits.set_max_records(100'000'000);
  if (limits.max_rejected() == 0) limits.set_max_rejected(10'000);
  return limits;
}

struct PluginHost::Impl {
  Options options;
  std::unique_ptr<RunDirectory> directory;
  Spawner spawner;

  absl::StatusOr<Connection> Connect(const PluginOptions& plugin,
                                     uint64_t max_message_bytes,
                                     std::stop_token cancel);
};

absl::StatusOr<Connection> PluginHost::Impl::Connect(
    const PluginOptions& plugin, uint64_t max_message_bytes,
    std::stop_token cancel) {
  const absl::Time deadline = absl::Now() + plugin.start_timeout;
  if (!plugin.locked_in.empty()) {
    const absl::Status verified = VerifyPlugin(plugin.locked_in, plugin.id);
    if (!verified.ok()) return WithStage(verified, v1::RUN_STAGE_START, {});
  }
  auto process_directory = directory->MakeProcessDirectory();
  if (!process_directory.ok()) {
    return WithStage(process_directory.status(), v1::RUN_STAGE_START, {});
  }
  auto process = PluginProcess::Start(spawner, plugin, options,
                                      *std::move(process_directory));
  if (!process.ok()) {
    return WithStage(process.status(), v1::RUN_STAGE_START, {});
  }
  Connection connection;
  connection.process = *std::move(process);
  const auto fail = [&](const absl::Status& status) {
    return Fail(*connection.process, plugin.id,
                OwnFailure(v1::RUN_STAGE_HANDSHAKE, status), /*gently=*/false);
  };
  auto handshake = connection.process->AwaitHandshake(plugin, deadline, cancel);
  if (!handshake.ok()) return fail(handshake.status());
  connection.handshake = *std::move(handshake);
  connection.channel =
      MakePluginChannel(connection.process->socket(), max_message_bytes);
  // In steps, to see the process end and the call cancelled.
  while (!connection.channel->WaitForConnected(
      std::chrono::system_clock::now() + std::chrono::milliseconds(100))) {
    if (connection.process->HasExited()) {
      return fail(MakeError(absl::StatusCode::kUnavailable, "PLUGIN_CRASHED",
                            "ended after its handshake"));
    }
    if (cancel.stop_requested()) {
      return fail(MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                            "was cancelled while it started"));
    }
    if (absl::Now() >= deadline) {
      return fail(MakeError(absl::StatusCode::kFailedPrecondition,
                            "PLUGIN_HANDSHAKE_FAILED",
                            "said its handshake but does not listen on its "
                            "socket"));
    }
  }
  connection.stub = v1::SourcePlugin::NewStub(connection.channel);
  return connection;
}

PluginHost::PluginHost(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
PluginHost::~PluginHost() = default;

absl::StatusOr<std::unique_ptr<PluginHost>> PluginHost::Create(
    Options options) {
  auto impl = std::make_unique<Impl>();
  ASSIGN_OR_RETURN(impl->directory,
                   RunDirectory::Create(options.run_directory));
  impl->options = std::move(options);
  return std::unique_ptr<PluginHost>(new PluginHost(std::move(impl)));
}

absl::StatusOr<v1::DescribeResponse> PluginHost::Describe(
    const PluginOptions& plugin) {
  ASSIGN_OR_RETURN(
      Connection connection,
      impl_->Connect(plugin, WithDefaults({}).max_message_bytes(), {}));
  grpc::ClientContext context;
  rpc::SetDeadline(context, plugin.call_timeout);
  const absl::Time deadline = absl::Now() + plugin.call_timeout;
  v1::DescribeResponse response;
  const grpc::Status status =
      connection.stub->Describe(&context, {}, &response);
  if (!status.ok()) {
    return Fail(*connection.process, plugin.id,
                CallFailure(v1::RUN_STAGE_CHECK, status,
                            absl::Now() >= deadline, *connection.process),
                /*gently=*/absl::Now() < deadline);
  }
  connection.process->Stop(/*gently=*/true);
  return response;
}

absl::StatusOr<v1::CheckResponse> PluginHost::Check(
    const PluginOptions& plugin, const std::string& config_json) {
  ASSIGN_OR_RETURN(
      Connection connection,
      impl_->Connect(plugin, WithDefaults({}).max_message_bytes(), {}));
  grpc::ClientContext context;
  rpc::SetDeadline(context, plugin.call_timeout);
  const absl::Time deadline = absl::Now() + plugin.call_timeout;
  v1::CheckRequest request;
  request.set_config_json(config_json);
  v1::CheckResponse response;
  const grpc::Status status =
      connection.stub->Check(&context, request, &response);
  if (!status.ok()) {
    return Fail(*connection.process, plugin.id,
                CallFailure(v1::RUN_STAGE_CHECK, status,
                            absl::Now() >= deadline, *connection.process),
                /*gently=*/absl::Now() < deadline);
  }
  connection.process->Stop(/*gently=*/true);
  return response;
}

absl::StatusOr<ReadSummary> PluginHost::Read(const PluginOptions& plugin,
                                             v1::Open open,
                                             DocumentSupply& supply,
                                             RecordSink& sink,
                                             std::stop_token cancel) {
  *open.mutable_limits() = WithDefaults(open.limits());
  ASSIGN_OR_RETURN(
      Connection connection,
      impl_->Connect(plugin, open.limits().max_message_bytes(), cancel));
  const absl::Time deadline = absl::Now() + plugin.read_timeout;
  ReadCall call(plugin, open, supply, sink);
  ReadCall::Outcome outcome =
      call.Run(*connection.stub, *connection.process, cancel);
  PluginProcess& process = *connection.process;
  if (outcome.status.ok() && outcome.grpc.ok()) {
    process.Stop(/*gently=*/true);
    outcome.summary.plugin = connection.handshake.id;
    outcome.summary.version = connection.handshake.version;
    return outcome.summary;
  }
  if (outcome.status.ok()) {
    return Fail(process, plugin.id,
                CallFailure(outcome.stage, outcome.grpc,
                            absl::Now() >= deadline, process),
                /*gently=*/absl::Now() < deadline);
  }
  if (outcome.stage != v1::RUN_STAGE_READ) {
    // Of the supply, the sink or a document: not the plugin's doing.
    process.Stop(/*gently=*/false);
    return WithStage(outcome.status, outcome.stage, process.Remains());
  }
  return Fail(process, plugin.id, OwnFailure(outcome.stage, outcome.status),
              /*gently=*/false);
}

}  // namespace meridian::ingest
