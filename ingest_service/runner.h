// Starts runs of configured sources and keeps track of those in progress.
#ifndef INGEST_SERVICE_RUNNER_H_
#define INGEST_SERVICE_RUNNER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"
#include "absl/time/time.h"
#include "ingest_service/run_job.h"

namespace meridian::ingest {

// A run as others see it. Safe from any thread.
class RunHandle {
 public:
  struct View {
    uint64_t version = 0;  // grows with every change
    v1::RunProgress progress;
    std::optional<v1::Run> ended;
    // Of a dry run: what it told of records and rejected rows since the Wait
    // before.
    std::vector<v1::RunSourceResponse> told;
  };

  explicit RunHandle(v1::Run started) : started_(std::move(started)) {}

  const v1::Run& started() const { return started_; }
  // Waits until there is something newer than `version`, or `deadline`.
  View Wait(uint64_t version, absl::Time deadline);
  void Cancel() { stop_.request_stop(); }

 private:
  friend class Runner;
  void Publish(v1::RunSourceResponse event);
  void Publish(const v1::Run& ended);

  const v1::Run started_;
  std::stop_source stop_;
  absl::Mutex mu_;
  View view_ ABSL_GUARDED_BY(mu_);
};

// Safe from any thread.
class Runner {
 public:
  struct Options {
    Stores stores;
    // Where plugins are: a program for each, named by its id, or a folder of
    // that name with the program in it.
    std::string plugins;
    // Runs that read at the same time; others wait their turn.
    int max_running = 2;
    // How far plugins may go; program and id are filled in.
    PluginOptions plugin;
  };

  Runner(Options options, std::vector<SourceConfig> sources);
  // Cancels what is running and waits for it.
  ~Runner();

  // Configured sources, by id.
  const std::vector<SourceConfig>& sources() const { return sources_; }
  // Errors: NotFound (UNKNOWN_SOURCE) with suggestions.
  absl::StatusOr<const SourceConfig*> Find(absl::string_view source) const;
  PluginOptions PluginOf(const SourceConfig& source) const;
  // Ids of the programs in Options.plugins.
  std::vector<std::string> Plugins() const;

  // Starts a run in the background. Errors: UNKNOWN_SOURCE;
  // FailedPrecondition (SOURCE_BUSY) when one of the source is in progress;
  // Unavailable (DRAINING) after Stop.
  // Of options.reread: NotFound (UNKNOWN_RUN, NOTHING_TO_REREAD).
  absl::StatusOr<std::shared_ptr<RunHandle>> Start(absl::string_view source,
                                                   RunOptions options = {});
  // Starts runs of sources that have a schedule, from now to Stop: each as
  // long after the start of its newest run as it says, at once when it never
  // ran. A run that is due while one is in progress is left out.
  void StartSchedule();
  // When the next scheduled run of a source is due; nullopt: none.
  absl::StatusOr<std::optional<absl::Time>> NextRun(
      const SourceConfig& source) const;
  // The run as it began; nullopt: no run of this id is in progress.
  std::optional<v1::Run> Cancel(absl::string_view run);
  uint32_t running() const;
  // Starts no more runs, gives those in progress `grace` to end, cancels what
  // is left and waits for it.
  void Stop(absl::Duration grace = absl::ZeroDuration());

 private:
  struct Active {
    std::shared_ptr<RunHandle> handle;
    std::thread thread;
    bool done = false;
  };
  void Execute(const SourceConfig& source, const RunOptions& options,
               RunHandle& handle);
  void RunSchedule(const std::stop_token& stop);
  absl::StatusOr<std::string> RunToReread(const SourceConfig& source,
                                          absl::string_view reread) const;
  void JoinDone() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);
  std::string NewRunId() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_);

  const Options options_;
  const std::vector<SourceConfig> sources_;
  mutable absl::Mutex mu_;
  std::map<std::string, Active> active_ ABSL_GUARDED_BY(mu_);  // by source
  int reading_ ABSL_GUARDED_BY(mu_) = 0;
  bool stopped_ ABSL_GUARDED_BY(mu_) = false;
  std::jthread schedule_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_RUNNER_H_
