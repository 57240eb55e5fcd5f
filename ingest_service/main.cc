// meridian-ingest: reads sources through plugins into a log and streams it.
#include <grpcpp/impl/codegen/service_type.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/rpc/server.h"
#include "ingest_service/decision_service.h"
#include "ingest_service/feed_service.h"
#include "ingest_service/ingest_service.h"
#include "ingest_service/plugin_host/plugin_files.h"
#include "ingest_service/plugin_host/sandbox.h"

namespace meridian::ingest {
namespace {

struct Flags {
  std::string listen = "127.0.0.1:7401";
  std::string data;
  std::string plugins;
  std::vector<std::string> sources;
  std::vector<std::string> roots;
  bool run_all = false;
  std::string sandbox = "on";
  std::string port_file;
  std::string log_level = "info";
};

absl::StatusOr<Roots> ParseRoots(const std::vector<std::string>& flags) {
  Roots roots;
  for (const std::string& flag : flags) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(flag, absl::MaxSplits('=', 1));
    if (parts.first.empty() || parts.second.empty()) {
      return MakeError(
          absl::StatusCode::kInvalidArgument, "BAD_SOURCE_CONFIG",
          absl::StrCat("--root ", flag,
                       ": write NAME=FOLDER, e.g. data=/srv/data"));
    }
    roots[parts.first] = std::filesystem::absolute(parts.second).string();
  }
  return roots;
}

// Everything between the files and the RPCs, in order of construction.
struct Stack {
  std::unique_ptr<Database> database;
  std::unique_ptr<RecordLog> log;
  std::unique_ptr<RunStore> runs;
  std::unique_ptr<DecisionStore> decisions;
  std::unique_ptr<DocumentStore> documents;
  std::unique_ptr<RetrievalStore> retrievals;
  std::unique_ptr<HttpClient> http;
  std::unique_ptr<PluginHost> host;
  std::unique_ptr<Runner> runner;

  Stores stores() const {
    return {log.get(),      runs.get(),       documents.get(), host.get(),
            &Clock::Real(), retrievals.get(), http.get()};
  }
};

absl::StatusOr<Stack> MakeStack(const Flags& flags) {
  Stack stack;
  ASSIGN_OR_RETURN(const Roots roots, ParseRoots(flags.roots));
  ASSIGN_OR_RETURN(std::vector<SourceConfig> sources,
                   ReadAllSources(flags.sources, roots));
  std::error_code error;
  std::filesystem::create_directories(flags.data, error);
  ASSIGN_OR_RETURN(stack.database,
                   Database::Open(absl::StrCat(flags.data, "/meridian.db")));
  ASSIGN_OR_RETURN(stack.log, RecordLog::Open(*stack.database));
  ASSIGN_OR_RETURN(stack.runs, RunStore::Open(*stack.database,
                                              FormatUtc(Clock::Real().Now())));
  ASSIGN_OR_RETURN(stack.decisions, DecisionStore::Open(*stack.database));
  ASSIGN_OR_RETURN(stack.documents,
                   DocumentStore::Open(absl::StrCat(flags.data, "/documents")));
  ASSIGN_OR_RETURN(stack.retrievals, RetrievalStore::Open(*stack.database));
  stack.http = std::make_unique<HttpClient>(*stack.documents);
  ASSIGN_OR_RETURN(stack.host,
                   PluginHost::Create({.sandbox = flags.sandbox == "on"}));
  Runner::Options options;
  options.stores = stack.stores();
  options.plugins = flags.plugins.empty()
                        ? DefaultPluginFolder()
                        : std::filesystem::absolute(flags.plugins).string();
  stack.runner = std::make_unique<Runner>(options, std::move(sources));
  return stack;
}

absl::Status Serve(const Flags& flags) {
  rpc::BlockSignals();
  ASSIGN_OR_RETURN(const Stack stack, MakeStack(flags));
  const auto feed = MakeFeedServer({.log = stack.log.get()});
  ServiceOptions options;
  options.stores = stack.stores();
  options.runner = stack.runner.get();
  options.subscribers = [&] { return feed->subscribers(); };
  options.version = MERIDIAN_VERSION;
  options.sandbox = flags.sandbox == "on" ? Sandbox::Describe() : "off";
  const auto service = MakeIngestService(options);
  const auto decisions = MakeDecisionService(*stack.decisions);
  rpc::ServerOptions server_options;
  server_options.listen = flags.listen;
  ASSIGN_OR_RETURN(
      const std::unique_ptr<rpc::Server> server,
      rpc::Server::Start(server_options,
                         {service.get(), decisions.get(), feed->service()}));
  server->SetServing(true);
  if (!flags.port_file.empty()) {
    std::ofstream(flags.port_file) << server->port() << "\n";
  }
  Log(LogLevel::kInfo, "listening",
      {{"port", absl::StrCat(server->port())},
       {"log", stack.log->id()},
       {"seq", absl::StrCat(stack.log->state().head_seq)},
       {"sources", absl::StrCat(stack.runner->sources().size())},
       {"sandbox", options.sandbox}});
  if (flags.run_all) {
    for (const SourceConfig& source : stack.runner->sources()) {
      RETURN_IF_ERROR(stack.runner->Start(source.id).status());
    }
  }
  stack.runner->StartSchedule();
  rpc::WaitForSignal();
  server->SetServing(false);
  stack.runner->Stop(absl::Seconds(5));
  stack.log->WakeAll();
  server->Drain();
  return absl::OkStatus();
}

}  // namespace
}  // namespace meridian::ingest

int main(int argc, char** argv) {
  CLI::App app(
      "Reads sources through plugins, keeps what they read in a durable log "
      "and streams it.");
  meridian::ingest::Flags flags;
  app.add_option("--listen", flags.listen,
                 "Address to serve on; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--data", flags.data,
                 "Folder of log and documents; made when missing")
      ->required();
  app.add_option("--sources", flags.sources,
                 "YAML file of sources; may be given several times");
  app.add_option("--plugins", flags.plugins,
                 "Folder of plugins; default: where they were built or "
                 "installed");
  app.add_option("--root", flags.roots,
                 "NAME=FOLDER that ${NAME} in sources stands for; may be "
                 "given several times");
  app.add_flag("--run-all", flags.run_all, "Run every source at the start");
  app.add_option("--sandbox", flags.sandbox,
                 "on: plugins see their runtime, their own folder and their "
                 "socket only; off: you trust every plugin")
      ->check(CLI::IsMember({"on", "off"}))
      ->capture_default_str();
  app.add_option("--port-file", flags.port_file,
                 "Write the port to this file once it is listened on");
  app.add_option("--log-level", flags.log_level,
                 "debug, info, warning or error")
      ->check(CLI::IsMember({"debug", "info", "warning", "error"}))
      ->capture_default_str();
  app.set_version_flag("--version", MERIDIAN_VERSION);
  CLI11_PARSE(app, argc, argv);
  meridian::SetLogLevel(*meridian::ParseLogLevel(flags.log_level));
  const absl::Status status = meridian::ingest::Serve(flags);
  if (!status.ok()) {
    std::cerr << "error: " << status.message() << "\n";
    return 1;
  }
  return 0;
}
