#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/sync_stream.h>
#include <signal.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "common/base/utf8.h"
#include "common/rpc/status.h"
#include "meridian/v1/source.grpc.pb.h"
#include "plugins/sdk/session.h"
#include "plugins/sdk/source.h"

namespace meridian {
namespace {

constexpr uint32_t kProtocol = 1;
constexpr int kHandshakeFd = 3;
// Chunks are 256 KiB; the configuration is the only thing that can be larger.
constexpr int kMaxReceiveBytes = 16 << 20;
// An error travels in HTTP/2 trailers, which are small by nature, and twice.
constexpr size_t kMaxErrorBytes = 4096;

// `status` with a message that can travel.
grpc::Status ToWire(const absl::Status& status) {
  if (status.ok()) return grpc::Status::OK;
  absl::Status clean(status.code(),
                     CleanUtf8(status.message(), kMaxErrorBytes));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    clean.SetPayload(url, payload);
  });
  return rpc::ToGrpc(clean);
}

class GrpcPort : public MessagePort {
 public:
  using Stream = grpc::ServerReaderWriter<v1::FromPlugin, v1::FromHost>;
  explicit GrpcPort(Stream& stream) : stream_(stream) {}
  bool Receive(v1::FromHost* message) override { return stream_.Read(message); }
  bool Send(const v1::FromPlugin& message) override {
    return stream_.Write(message);
  }

 private:
  Stream& stream_;
};

class SourceService : public v1::SourcePlugin::Service {
 public:
  explicit SourceService(Source& source) : source_(source) {}

  grpc::Status Describe(grpc::ServerContext*, const v1::DescribeRequest*,
                        v1::DescribeResponse* response) override {
    try {
      *response = source_.Describe();
    } catch (...) {
      return ToWire(StatusOfException());
    }
    response->clear_protocols();
    response->add_protocols(kProtocol);
    return grpc::Status::OK;
  }

  grpc::Status Check(grpc::ServerContext*, const v1::CheckRequest* request,
                     v1::CheckResponse* response) override {
    try {
      for (v1::Problem& problem : source_.Check(request->config_json())) {
        *response->add_problems() = std::move(problem);
      }
    } catch (...) {
      return ToWire(StatusOfException());
    }
    return grpc::Status::OK;
  }

  grpc::Status Read(grpc::ServerContext*, GrpcPort::Stream* stream) override {
    GrpcPort port(*stream);
    return ToWire(RunRead(source_, port));
  }

 private:
  Source& source_;
};

void PrintVersion(const v1::DescribeResponse& plugin) {
  std::printf("%s %s (Meridian source plugin, protocol %u)\n",
              plugin.id().c_str(), plugin.version().c_str(), kProtocol);
}

void PrintHelp(const v1::DescribeResponse& plugin) {
  std::printf(
      "%s %s: %s\n\n"
      "A source plugin of Meridian. The ingest service starts it and hands it\n"
      "documents; it is of no use by itself. Name it in a sources.yaml:\n\n"
      "  plugin: %s\n\n"
      "Reads:    %s\n"
      "Streams:  %s\n"
      "Data:     %s\n\n"
      "Options:\n"
      "  --version  id, version and protocol\n"
      "  --help     this text and the JSON Schema of `config`\n\n"
      "JSON Schema of `config`:\n%s\n",
      plugin.id().c_str(), plugin.version().c_str(), plugin.summary().c_str(),
      plugin.id().c_str(), absl::StrJoin(plugin.document_kinds(), "; ").c_str(),
      absl::StrJoin(plugin.streams(), ", ").c_str(),
      plugin.data_licence().empty() ? "licence not stated"
                                    : plugin.data_licence().c_str(),
      plugin.config_json_schema().c_str());
}

std::string JsonString(absl::string_view text) {
  return absl::StrCat(
      "\"", absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"\"", "\\\""}}), "\"");
}

std::string HandshakeLine(const v1::DescribeResponse& plugin) {
  return absl::StrCat("{\"handshake\":1,\"protocols\":[", kProtocol,
                      "],\"id\":", JsonString(plugin.id()),
                      ",\"version\":", JsonString(plugin.version()), "}\n");
}

bool WriteAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

// Returns when standard input ends: the host is gone, or has no more use for
// this process.
void WaitForHostToGo() {
  char buffer[256];
  while (true) {
    const ssize_t got = read(STDIN_FILENO, buffer, sizeof(buffer));
    if (got > 0 || (got < 0 && errno == EINTR)) continue;
    return;
  }
}

int Serve(Source& source, const v1::DescribeResponse& plugin,
          const std::string& socket) {
  signal(SIGPIPE, SIG_IGN);
  SourceService service(source);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(absl::StrCat("unix:", socket),
                           grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  builder.SetMaxReceiveMessageSize(kMaxReceiveBytes);
  // One host, one call: the fewest threads that leave one free to take it.
  builder.SetSyncServerOption(grpc::ServerBuilder::NUM_CQS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MIN_POLLERS, 1);
  builder.SetSyncServerOption(grpc::ServerBuilder::MAX_POLLERS, 1);
  const auto server = builder.BuildAndStart();
  if (server == nullptr) {
    std::fprintf(stderr, "%s: cannot listen on the socket %s\n",
                 plugin.id().c_str(), socket.c_str());
    return 1;
  }
  if (!WriteAll(kHandshakeFd, HandshakeLine(plugin)) ||
      close(kHandshakeFd) != 0) {
    std::fprintf(stderr,
                 "%s: cannot write the handshake to file descriptor %d; the "
                 "host must open it\n",
                 plugin.id().c_str(), kHandshakeFd);
    return 2;
  }
  WaitForHostToGo();
  // A Read may be in the middle of a computation that nobody waits for any
  // more; an orderly shutdown would wait for it.
  std::fflush(nullptr);
  _exit(0);
}

}  // namespace

int ServeSource(Source& source, int argc, char** argv) {
  v1::DescribeResponse plugin;
  try {
    plugin = source.Describe();
  } catch (...) {
    std::fprintf(stderr, "%s\n", StatusOfException().ToString().c_str());
    return 1;
  }
  const absl::string_view option = argc > 1 ? argv[1] : "";
  if (option == "--version") {
    PrintVersion(plugin);
    return 0;
  }
  if (option == "--help") {
    PrintHelp(plugin);
    return 0;
  }
  if (argc > 1) {
    std::fprintf(stderr, "%s: unknown option '%s'; see --help\n",
                 plugin.id().c_str(), argv[1]);
    return 2;
  }
  const char* started_by_host = std::getenv("MERIDIAN_PLUGIN");
  const char* socket = std::getenv("MERIDIAN_PLUGIN_SOCKET");
  if (started_by_host == nullptr || absl::string_view(started_by_host) != "1" ||
      socket == nullptr) {
    std::fprintf(stderr,
                 "%s is a source plugin of Meridian: the ingest service "
                 "starts it.\nTo use it, name it in a sources.yaml "
                 "(plugin: %s) and run the source:\n  meridian sources run "
                 "SOURCE\nSee --help.\n",
                 plugin.id().c_str(), plugin.id().c_str());
    return 2;
  }
  return Serve(source, plugin, socket);
}

}  // namespace meridian
