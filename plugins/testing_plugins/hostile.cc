// A plugin that misbehaves in the way its program name says (argv[0]; tests
// make links to it), because nothing else reaches a plugin before its
// handshake. As "lines" it is a plain LinesSource.
#include <arpa/inet.h>
#include <fcntl.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/sync_stream.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <new>
#include <stdexcept>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "meridian/v1/source.grpc.pb.h"
#include "plugins/sdk/source.h"
#include "plugins/testing_plugins/lines_source.h"

namespace meridian::testing {
namespace {

using Stream = grpc::ServerReaderWriter<v1::FromPlugin, v1::FromHost>;

void Say(int fd, const std::string& text) {
  [[maybe_unused]] const ssize_t written = write(fd, text.data(), text.size());
}

void SleepForEver() {
  while (true) pause();
}

// ---------------------------------------------------------------------------
// Before the handshake.

constexpr char kHandshake[] =
    "{\"handshake\":1,\"protocols\":[1],\"id\":\"lines\","
    "\"version\":\"1.2.3\"}\n";

const std::map<std::string, std::function<void()>>& BeforeHandshake() {
  static const auto& modes = *new std::map<std::string, std::function<void()>>{
      {"exit_3",
       [] {
         Say(2, "cannot find my configuration\ngiving up\n");
         _exit(3);
       }},
      {"exit_0", [] { _exit(0); }},
      {"abort",
       [] {
         Say(2, "assertion failed\n");
         abort();
       }},
      {"complains_on_stdout",
       [] {
         Say(1, "Traceback: no module\n");
         _exit(1);
       }},
      {"garbage_handshake",
       [] {
         Say(2, "starting\n");
         Say(3, "hello \xff world\n");
         SleepForEver();
       }},
      {"endless_handshake",
       [] {
         signal(SIGPIPE, SIG_DFL);
         while (true) Say(3, std::string(4096, 'x'));
       }},
      {"silent",
       [] {
         Say(2, "thinking\n");
         SleepForEver();
       }},
      {"closes_handshake",
       [] {
         close(3);
         SleepForEver();
       }},
      {"other_id",
       [] {
         Say(3,
             "{\"handshake\":1,\"protocols\":[1],\"id\":\"other\","
             "\"version\":\"1\"}\n");
         SleepForEver();
       }},
      {"other_protocol",
       [] {
         Say(3,
             "{\"handshake\":1,\"protocols\":[7,8],\"id\":\"lines\","
             "\"version\":\"1\"}\n");
         SleepForEver();
       }},
      {"does_not_listen",
       [] {
         Say(3, kHandshake);
         SleepForEver();
       }},
      {"crash_after_handshake",
       [] {
         Say(3, kHandshake);
         raise(SIGSEGV);
       }},
  };
  return modes;
}

// ---------------------------------------------------------------------------
// In Read, within the SDK.

// Tells the test a process id, before misbehaviour begins.
absl::Status TellProcess(Reader& reader, pid_t pid) {
  return reader.Diagnose(v1::Diagnostic::SEVERITY_INFO,
                         absl::StrCat("pid ", pid));
}

void Flood() {
  const std::string line(1023, 'f');
  for (int i = 0; i < 50 * 1024; ++i) {
    std::fprintf(stdout, "%s\n", line.c_str());
    std::fprintf(stderr, "%s\n", line.c_str());
  }
  std::fflush(stdout);
  Say(2, "end of the flood\n");
}

absl::Status ForkChild(Reader& reader) {
  const pid_t child = fork();
  if (child == 0) SleepForEver();
  return TellProcess(reader, child);
}

// What a plugin has no business to do; each says whether it went well.
struct Attempt {
  const char* name;
  std::function<bool()> succeeds;
};

bool CanOpen(const std::string& path, int flags) {
  const int fd = open(path.c_str(), flags | O_CLOEXEC, 0600);
  if (fd >= 0) close(fd);
  return fd >= 0;
}

bool CanConnect(int family, const sockaddr* address, socklen_t size) {
  const int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return false;
  const int result = connect(fd, address, size);
  // A refusal by the other side has left this one.
  const bool went_out = result == 0 || errno == ECONNREFUSED;
  close(fd);
  return went_out;
}

const std::vector<Attempt>& Attempts() {
  static const auto& attempts = *new std::vector<Attempt>{
      {"read_passwd", [] { return CanOpen("/etc/passwd", O_RDONLY); }},
      {"read_host_environment",
       [] {
         return CanOpen(absl::StrCat("/proc/", getppid(), "/environ"),
                        O_RDONLY);
       }},
      {"list_tmp", [] { return CanOpen("/tmp", O_RDONLY | O_DIRECTORY); }},
      {"write_tmp",
       [] {
         const std::string path = absl::StrCat("/tmp/meridian-", getpid());
         const bool created = CanOpen(path, O_WRONLY | O_CREAT);
         unlink(path.c_str());
         return created;
       }},
      {"link_out", [] { return symlink("/etc", "/tmp/meridian-link") == 0; }},
      {"connect_tcp",
       [] {
         sockaddr_in address = {};
         address.sin_family = AF_INET;
         address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
         address.sin_port = htons(9);
         return CanConnect(AF_INET, reinterpret_cast<sockaddr*>(&address),
                           sizeof(address));
       }},
      {"send_udp",
       [] {
         const int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
         if (fd >= 0) close(fd);
         return fd >= 0;
       }},
      {"connect_unix",
       [] {
         // Its own socket: it listens, so a connection is possible.
         sockaddr_un address = {};
         address.sun_family = AF_UNIX;
         std::snprintf(address.sun_path, sizeof(address.sun_path), "%s",
                       std::getenv("MERIDIAN_PLUGIN_SOCKET"));
         return CanConnect(AF_UNIX, reinterpret_cast<sockaddr*>(&address),
                           sizeof(address));
       }},
      {"fork",
       [] {
         const pid_t child = fork();
         if (child == 0) _exit(0);
         if (child > 0) waitpid(child, nullptr, 0);
         return child > 0;
       }},
      {"signal_host", [] { return kill(getppid(), 0) == 0; }},
      {"unshare", [] { return unshare(CLONE_NEWUSER) == 0; }},
  };
  return attempts;
}

// Tells what went well.
absl::Status TryToEscape(Reader& reader) {
  std::string escaped;
  for (const Attempt& attempt : Attempts()) {
    if (attempt.succeeds()) {
      absl::StrAppend(&escaped, escaped.empty() ? "" : " ", attempt.name);
    }
  }
  return reader.Diagnose(v1::Diagnostic::SEVERITY_INFO,
                         absl::StrCat("escaped: ", escaped));
}

// Children until there can be no more.
absl::Status ForkBomb(Reader& reader) {
  int children = 0;
  for (; children < 2000; ++children) {
    const pid_t child = fork();
    if (child < 0) break;
    if (child == 0) SleepForEver();
  }
  return reader.Diagnose(v1::Diagnostic::SEVERITY_INFO,
                         absl::StrCat("children: ", children));
}

absl::Status LeaveOpen(Reader& reader) {
  v1::BeginSnapshot begin;
  begin.set_stream("left/open");
  return reader.BeginSnapshot(begin).status();
}

const std::map<std::string, std::function<absl::Status(Reader&)>>& InRead() {
  static const auto& modes =
      *new std::map<std::string, std::function<absl::Status(Reader&)>>{
          {"segfault",
           [](Reader&) {
             Say(2, "about to dereference\n");
             raise(SIGSEGV);
             return absl::OkStatus();
           }},
          {"exit_in_read",
           [](Reader&) {
             _exit(4);
             return absl::OkStatus();
           }},
          {"hang",
           [](Reader& reader) {
             RETURN_IF_ERROR(TellProcess(reader, getpid()));
             Say(2, "waiting for nothing\n");
             SleepForEver();
             return absl::OkStatus();
           }},
          {"fails",
           [](Reader&) {
             return MakeError(
                 absl::StatusCode::kInvalidArgument, "DOCUMENT_UNREADABLE",
                 "document a.txt line 7: no such thing", {{"line", "7"}});
           }},
          {"fails_at_length",
           [](Reader&) {
             return absl::InvalidArgumentError(std::string(100'000, '\xe4'));
           }},
          {"throws",
           [](Reader&) -> absl::Status {
             throw std::runtime_error("thrown out of Read");
           }},
          {"burns_cpu",
           [](Reader&) {
             for (volatile uint64_t i = 0;; i = i + 1) {
             }
             return absl::OkStatus();
           }},
          {"eats_memory",
           [](Reader&) {
             std::vector<std::vector<char>> eaten;
             while (true) eaten.emplace_back(16 << 20, 'x');
             return absl::OkStatus();
           }},
          {"leaves_open", LeaveOpen},
          {"flood",
           [](Reader&) {
             Flood();
             return absl::OkStatus();
           }},
          {"flood_then_exit",
           [](Reader&) {
             Flood();
             _exit(5);
             return absl::OkStatus();
           }},
          {"forks", ForkChild},
          {"forks_then_exits",
           [](Reader& reader) {
             RETURN_IF_ERROR(ForkChild(reader));
             _exit(6);
             return absl::OkStatus();
           }},
          {"escapes", TryToEscape},
          {"fork_bomb", ForkBomb},
          {"hears_not",
           [](Reader& reader) { return TellProcess(reader, getpid()); }},
      };
  return modes;
}

class HostileSource : public LinesSource {
 public:
  explicit HostileSource(std::string mode) : mode_(std::move(mode)) {}
  std::vector<v1::Problem> Check(const std::string& config) const override {
    if (mode_ == "hangs_in_check") SleepForEver();
    if (mode_ == "throws_in_check") throw std::runtime_error("no");
    return LinesSource::Check(config);
  }
  absl::Status Read(Reader& reader) override {
    const auto found = InRead().find(mode_);
    if (found != InRead().end()) RETURN_IF_ERROR(found->second(reader));
    return LinesSource::Read(reader);
  }

 private:
  const std::string mode_;
};

// ---------------------------------------------------------------------------
// In Read, against the protocol, which the SDK would not allow.

v1::FromPlugin Begin(uint32_t number) {
  v1::FromPlugin message;
  message.mutable_begin_snapshot()->set_snapshot(number);
  message.mutable_begin_snapshot()->set_stream("a/stream");
  return message;
}

v1::FromPlugin Batch(uint32_t number, size_t model_bytes = 5) {
  v1::FromPlugin message;
  message.mutable_batch()->set_snapshot(number);
  message.mutable_batch()
      ->mutable_rows()
      ->add_records()
      ->mutable_model()
      ->set_name(std::string(model_bytes, 'm'));
  return message;
}

v1::FromPlugin End(uint32_t number, uint64_t count) {
  v1::FromPlugin message;
  message.mutable_end_snapshot()->set_snapshot(number);
  message.mutable_end_snapshot()->set_count(count);
  return message;
}

v1::FromPlugin Done() {
  v1::FromPlugin message;
  message.mutable_done();
  return message;
}

v1::FromPlugin Fetch(uint32_t request) {
  v1::FromPlugin message;
  message.mutable_fetch()->set_request(request);
  message.mutable_fetch()->set_uri("next.txt");
  return message;
}

v1::FromPlugin Rejected() {
  v1::FromPlugin message;
  message.mutable_rejected()->set_why("no");
  return message;
}

const std::map<std::string, std::vector<v1::FromPlugin>>& Scripts() {
  static const auto& scripts =
      *new std::map<std::string, std::vector<v1::FromPlugin>>{
          {"batch_without_snapshot", {Batch(0), Done()}},
          {"empty_stream_name", {[] {
             v1::FromPlugin message;
             message.mutable_begin_snapshot();
             return message;
           }()}},
          {"begins_twice", {Begin(0), Begin(0)}},
          {"batch_after_end", {Begin(0), Batch(0), End(0, 1), Batch(0)}},
          {"wrong_count", {Begin(0), Batch(0), End(0, 2), Done()}},
          {"done_with_open_snapshot", {Begin(0), Batch(0), Done()}},
          {"message_after_done", {Done(), Begin(0)}},
          {"says_nothing", {v1::FromPlugin()}},
          {"no_done", {Begin(0), Batch(0), End(0, 1)}},
          {"oversized_message", {Begin(0), Batch(0, 3 << 20)}},
          {"many_records", {Begin(0), Batch(0), Batch(0), Batch(0)}},
          {"many_rejected", {Rejected(), Rejected(), Rejected()}},
          {"fetches_twice", {Fetch(7), Fetch(7)}},
          {"fetches", {Fetch(7)}},
      };
  return scripts;
}

class ScriptedService : public v1::SourcePlugin::Service {
 public:
  explicit ScriptedService(std::string mode) : mode_(std::move(mode)) {}

  grpc::Status Read(grpc::ServerContext*, Stream* stream) override {
    v1::FromHost received;
    stream->Read(&received);  // Open
    for (const v1::FromPlugin& message : Scripts().at(mode_)) {
      if (!stream->Write(message)) return grpc::Status::OK;
    }
    if (mode_ == "fetches") {
      FollowFetch(stream);
    } else if (mode_ == "no_done") {
      return grpc::Status::OK;
    }
    // Until the host says that it had enough.
    while (stream->Read(&received)) {
    }
    return grpc::Status::OK;
  }

 private:
  // Tells as a diagnostic what came of the fetch, when that and all documents
  // are there to their ends; then ends.
  static void FollowFetch(Stream* stream) {
    v1::FromHost received;
    std::string told;
    bool is_whole = false, is_last = false;
    while (!(is_whole && is_last) && stream->Read(&received)) {
      is_last |= received.has_documents_done();
      if (received.has_fetch_failed() &&
          received.fetch_failed().request() == 7) {
        told = absl::StrCat("failed: ", received.fetch_failed().why());
        is_whole = true;
      }
      if (received.has_chunk() && received.chunk().request() == 7) {
        if (told.empty()) told = "got: ";
        absl::StrAppend(&told, received.chunk().data());
        is_whole = received.chunk().last();
      }
    }
    v1::FromPlugin message;
    message.mutable_diagnostic()->set_message(told);
    stream->Write(message);
    stream->Write(Done());
  }

  const std::string mode_;
};

[[noreturn]] void ServeScript(const std::string& mode) {
  ScriptedService service(mode);
  grpc::ServerBuilder builder;
  builder.AddListeningPort(
      absl::StrCat("unix:", std::getenv("MERIDIAN_PLUGIN_SOCKET")),
      grpc::InsecureServerCredentials());
  builder.RegisterService(&service);
  const auto server = builder.BuildAndStart();
  Say(3, kHandshake);
  close(3);
  char byte;
  while (read(0, &byte, 1) > 0) {
  }
  _exit(0);
}

// Standard input that never ends, whatever the host does.
void PlugStandardInput() {
  int ends[2];
  if (pipe(ends) == 0) dup2(ends[0], 0);
}

int Run(int argc, char** argv) {
  const std::string path = argv[0];
  const std::string mode = path.substr(path.rfind('/') + 1);
  const auto before = BeforeHandshake().find(mode);
  if (before != BeforeHandshake().end()) before->second();
  if (Scripts().count(mode) != 0) ServeScript(mode);
  if (mode == "hears_not") PlugStandardInput();
  HostileSource source(mode);
  return ServeSource(source, argc, argv);
}

}  // namespace
}  // namespace meridian::testing

int main(int argc, char** argv) { return meridian::testing::Run(argc, argv); }
