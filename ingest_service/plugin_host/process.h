// One plugin process: its start, its handshake, its logs, its end.
#ifndef INGEST_SERVICE_PLUGIN_HOST_PROCESS_H_
#define INGEST_SERVICE_PLUGIN_HOST_PROCESS_H_

#include <sys/types.h>

#include <functional>
#include <memory>
#include <stop_token>
#include <string>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ingest_service/plugin_host/file_descriptor.h"
#include "ingest_service/plugin_host/handshake.h"
#include "ingest_service/plugin_host/log_tail.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/plugin_host/spawner.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::ingest {

// Thread-safe except where said.
class PluginProcess {
 public:
  // Starts the program with `directory` (its own, mode 0700, removed at the
  // end) as working directory. Errors: FailedPrecondition
  // (PLUGIN_START_FAILED) without RunError.
  static absl::StatusOr<std::unique_ptr<PluginProcess>> Start(
      Spawner& spawner, const PluginOptions& plugin,
      const PluginHost::Options& host, std::string directory);
  // Stop(false).
  ~PluginProcess();

  // The socket it was told to listen on.
  std::string socket() const { return directory_ + "/s"; }

  // Waits for the handshake. Errors, without RunError: PLUGIN_HANDSHAKE_FAILED,
  // PLUGIN_CRASHED, PLUGIN_TIMEOUT, RUN_CANCELLED.
  absl::StatusOr<Handshake> AwaitHandshake(const PluginOptions& plugin,
                                           absl::Time deadline,
                                           std::stop_token cancel);

  // True: ended, by itself or by a signal. Cheap.
  bool HasExited() const;
  // Waits for the end at most `timeout`; HasExited().
  bool AwaitExit(absl::Duration timeout) const;

  // Calls `tick` about every 25 ms from the thread that drains the logs.
  // nullptr: no more; returns when no call is in progress.
  void SetTick(std::function<void()> tick);

  // Ends it, and whatever it started in its process group: at once, or after
  // it had `stop_timeout` to go by itself when `gently`. Idempotent; not
  // thread-safe.
  void Stop(bool gently);

  // What can be told of it after Stop: exit code or signal if it ended before
  // it was told to, and the last lines of its standard error (of its standard
  // output when there are none).
  v1::RunError Remains() const;

 private:
  PluginProcess(const PluginOptions& plugin, std::string directory);
  void Drain(std::stop_token stop);
  void Reap();

  const absl::Duration stop_timeout_;
  const std::string directory_;
  pid_t pid_ = 0;
  FileDescriptor stdin_;
  FileDescriptor handshake_;
  FileDescriptor stdout_;
  FileDescriptor stderr_;
  bool stopped_ = false;
  v1::RunError remains_;

  mutable absl::Mutex mu_;
  LogTail stdout_tail_ ABSL_GUARDED_BY(mu_);
  LogTail stderr_tail_ ABSL_GUARDED_BY(mu_);
  absl::Mutex tick_mu_;
  std::function<void()> tick_ ABSL_GUARDED_BY(tick_mu_);
  std::jthread drainer_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_PROCESS_H_
