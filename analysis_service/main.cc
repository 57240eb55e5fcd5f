// meridian-analysis: follows the log of an ingest service and answers.
#include <grpcpp/impl/codegen/service_type.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <string>

#include "absl/strings/str_cat.h"
#include "analysis_service/analysis_service.h"
#include "analysis_service/catalog.h"
#include "analysis_service/feed_follower.h"
#include "analysis_service/policy_service.h"
#include "common/base/log.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"

namespace {

struct Flags {
  std::string listen = "127.0.0.1:7402";
  std::string ingest = "127.0.0.1:7401";
  std::string port_file;
  std::string log_level = "info";
};

int Serve(const Flags& flags) {
  using namespace meridian;  // NOLINT: a main of one page
  rpc::BlockSignals();
  analysis::CatalogStore store(
      analysis::Catalog::Empty("", std::make_shared<analysis::NameTable>()));

  std::unique_ptr<rpc::Server> server;
  absl::Mutex mu;
  bool caught_up = false;
  analysis::FollowerOptions follower_options;
  follower_options.seed = static_cast<uint64_t>(getpid());
  follower_options.on_caught_up = [&](bool now) {
    absl::MutexLock lock(&mu);
    caught_up = now;
    if (server != nullptr) server->SetServing(now);
    Log(LogLevel::kInfo, now ? "caught up" : "following another log",
        {{"seq", absl::StrCat(store.Current()->seq())}});
  };
  analysis::FeedFollower follower(rpc::MakeChannel(flags.ingest), store,
                                  follower_options);

  analysis::ServiceOptions options;
  options.store = &store;
  options.follower = [&] { return follower.status(); };
  options.version = MERIDIAN_VERSION;
  const auto analysis_service = analysis::MakeAnalysisService(options);
  const auto policy_service = analysis::MakePolicyService(options);
  rpc::ServerOptions server_options;
  // A policy that is far too long gets an answer that says so.
  server_options.max_receive_bytes = 16 << 20;
  server_options.listen = flags.listen;
  auto started = rpc::Server::Start(
      server_options, {analysis_service.get(), policy_service.get()});
  if (!started.ok()) {
    std::cerr << "error: " << started.status().message() << "\n";
    return 1;
  }
  {
    absl::MutexLock lock(&mu);
    server = *std::move(started);
    server->SetServing(caught_up);
  }
  if (!flags.port_file.empty()) {
    std::ofstream(flags.port_file) << server->port() << "\n";
  }
  Log(LogLevel::kInfo, "listening",
      {{"port", absl::StrCat(server->port())}, {"ingest", flags.ingest}});
  rpc::WaitForSignal();
  server->Drain();
  follower.Stop();
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Follows the log of an ingest service and answers who leads, by how "
      "much, and what a policy allows.");
  Flags flags;
  app.add_option("--listen", flags.listen,
                 "Address to serve on; port 0 takes a free one")
      ->capture_default_str();
  app.add_option("--ingest", flags.ingest, "Address of the ingest service")
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
  return Serve(flags);
}
