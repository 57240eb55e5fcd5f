// Runs plugins: one process a call, talked to over a private Unix socket (the
// protocol is at the top of proto/meridian/v1/source.proto). Whatever a plugin
// does - crash, hang, flood, break the protocol - costs the call it was
// started for and nothing else.
//
// Every error of this interface carries a v1::RunError (RunErrorOf): the stage,
// one of the reasons below, exit code or signal when the plugin ended by
// itself, and the last lines it wrote to standard error.
//   PLUGIN_START_FAILED        the program could not be started
//   PLUGIN_CHANGED             it is not what plugins.lock says
//   PLUGIN_HANDSHAKE_FAILED    started, but its first line makes no sense
//   PLUGIN_CRASHED             ended before it was done
//   PLUGIN_TIMEOUT             said nothing, or took too long
//   PLUGIN_PROTOCOL_VIOLATION  sent what the protocol forbids
//   PLUGIN_LIMIT_EXCEEDED      went over one of v1.Limits or its CPU time
//   PLUGIN_FAILED              ended the call with an error of its own
//   DOCUMENT_TOO_LARGE         a document is over Limits.max_document_bytes
//   RUN_CANCELLED              the caller asked to stop
// Errors of the supply and the sink come back as they are, with stage FETCH
// and COMMIT.
#ifndef INGEST_SERVICE_PLUGIN_HOST_PLUGIN_HOST_H_
#define INGEST_SERVICE_PLUGIN_HOST_PLUGIN_HOST_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian::ingest {

// The RunError that an error carries. For errors of other origin: their reason
// and message, and `otherwise` as the stage.
v1::RunError RunErrorOf(const absl::Status& status,
                        v1::RunStage otherwise = v1::RUN_STAGE_UNSPECIFIED);

// The default bounds where limits are unset or 0: messages 16 MiB, batches
// 1 MiB, documents 256 MiB, 100 million records, 10,000 rejected.
v1::Limits WithDefaults(v1::Limits limits);

// One plugin and how far it may go.
struct PluginOptions {
  // The program, absolute path. Started without arguments.
  std::string program;
  // Id it must give in its handshake. Empty: any.
  std::string id;
  // Folder whose lock file the plugin must agree with (plugin_files.h). Empty:
  // none.
  std::string locked_in;
  // From the start to the first connection. Default 10 s: a plugin needs
  // 20 ms, an interpreter on a busy machine seconds.
  absl::Duration start_timeout = absl::Seconds(10);
  // One Describe or Check.
  absl::Duration call_timeout = absl::Seconds(10);
  // Longest silence in a Read while the host waits for the plugin; time spent
  // in the supply and the sink does not count.
  absl::Duration idle_timeout = absl::Seconds(60);
  // One Read as a whole.
  absl::Duration read_timeout = absl::Hours(1);
  // How long it may take to exit when it was told to; then it is killed.
  absl::Duration stop_timeout = absl::Seconds(1);
  // Data segment (RLIMIT_DATA: heap and private mappings; the address space
  // as a whole would count reserved memory too). 0: no limit. A host built
  // with a sanitizer sets none.
  uint64_t max_memory_bytes = uint64_t{4} << 30;
  // CPU time, whole seconds; over it the run ends as PLUGIN_LIMIT_EXCEEDED.
  absl::Duration max_cpu_time = absl::Minutes(30);
  // Open files. 0: as the host.
  uint32_t max_open_files = 256;
  // Lines of standard error kept for RunError, 400 bytes each at most.
  int stderr_tail_lines = 20;
};

// A document for the plugin.
struct SuppliedDocument {
  // head.request is filled in by the host with the number that Next was
  // called with, or that the plugin asked under.
  v1::DocumentHead head;
  // The next bytes, at most `most` (256 KiB); empty at the end.
  std::function<absl::StatusOr<std::string>(size_t most)> read;
};

// Where the documents of a Read come from. Called by one thread at a time, not
// the one that called Read, while the sink is called by that one.
class DocumentSupply {
 public:
  virtual ~DocumentSupply() = default;
  // The next document, which gets the number `request` (what a Locator refers
  // to); nullopt when there are no more. An error ends the read and is returned
  // by it.
  virtual absl::StatusOr<std::optional<SuppliedDocument>> Next(
      uint32_t request) = 0;
  // A document the plugin asks for. head.request is what it asked under. An
  // error is told to the plugin (FetchFailed), which decides what follows from
  // it. Default: FAILED_PRECONDITION, this source fetches nothing on request.
  virtual absl::StatusOr<SuppliedDocument> Fetch(const v1::Fetch& fetch);
};

// Where records go. Called in the order of the plugin's messages by the thread
// that called Read; a call that takes long slows the plugin down and nothing
// else. What arrives has passed the checks of the protocol: snapshots are
// begun once, open and counted; the records themselves are not looked at
// (columns may disagree, keys may be missing, a locator may name a document
// that was never sent). An error ends the read and is returned by it.
class RecordSink {
 public:
  virtual ~RecordSink() = default;
  virtual absl::Status Begin(const v1::BeginSnapshot& begin) = 0;
  virtual absl::Status Batch(const v1::RecordBatch& batch) = 0;
  virtual absl::Status Gone(const v1::Gone& gone) = 0;
  virtual absl::Status Rejected(const v1::Rejected& rejected) = 0;
  virtual absl::Status Diagnostic(const v1::Diagnostic& diagnostic) = 0;
  virtual absl::Status Progress(const v1::Progress& progress) = 0;
  virtual absl::Status End(const v1::EndSnapshot& end) = 0;
};

// What a complete Read was.
struct ReadSummary {
  std::string plugin;   // id of the handshake
  std::string version;  // version of the handshake
  uint64_t documents = 0;
  uint64_t snapshots = 0;
  uint64_t records = 0;
  uint64_t rejected = 0;
};

// Starts plugins. Safe from any thread; calls run beside each other.
class PluginHost {
 public:
  struct Options {
    // Where the private directories of the processes go; short, because the
    // path of a socket is (107 bytes).
    std::string run_directory = "/tmp";
    // All that a plugin sees of the environment beside its socket, and TMPDIR
    // (its private directory).
    std::string path = "/usr/local/bin:/usr/bin:/bin";
    std::string lang = "C.UTF-8";
    // Whether plugins are confined (sandbox.h). A host built with a sanitizer
    // confines none.
    bool sandbox = true;
  };

  // Removes what hosts that were killed left in run_directory. Errors:
  // FailedPrecondition (PLUGIN_HOST_DIRECTORY).
  static absl::StatusOr<std::unique_ptr<PluginHost>> Create(Options options);
  // No call may be in progress.
  ~PluginHost();
  PluginHost(const PluginHost&) = delete;
  PluginHost& operator=(const PluginHost&) = delete;

  // What the plugin says of itself. About 50 ms, most of it the process.
  absl::StatusOr<v1::DescribeResponse> Describe(const PluginOptions& plugin);

  // Problems of a configuration; none means that it can be used.
  absl::StatusOr<v1::CheckResponse> Check(const PluginOptions& plugin,
                                          const std::string& config_json);

  // Reads `supply` with the plugin into `sink`. OK means that the plugin said
  // Done, ended every snapshot it began and its stream in order; otherwise
  // whatever the sink got is to be discarded. `open.limits` gets defaults
  // where it is unset. Stopping `cancel` ends the read within milliseconds,
  // unless supply or sink are slow to return.
  absl::StatusOr<ReadSummary> Read(const PluginOptions& plugin, v1::Open open,
                                   DocumentSupply& supply, RecordSink& sink,
                                   std::stop_token cancel = {});

 private:
  struct Impl;
  explicit PluginHost(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_PLUGIN_HOST_H_
