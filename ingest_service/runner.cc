#include "ingest_service/runner.h"

#include <openssl/rand.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "common/base/digest.h"
#include "common/base/log.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "ingest_service/plugin_host/plugin_files.h"

namespace meridian::ingest {

RunHandle::View RunHandle::Wait(uint64_t version, absl::Time deadline) {
  absl::MutexLock lock(&mu_);
  const auto newer = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return view_.version > version;
  };
  mu_.AwaitWithDeadline(absl::Condition(&newer), deadline);
  View view = view_;
  view_.told.clear();
  return view;
}

void RunHandle::Publish(v1::RunSourceResponse event) {
  absl::MutexLock lock(&mu_);
  ++view_.version;
  if (event.has_progress()) {
    view_.progress = std::move(*event.mutable_progress());
  } else {
    view_.told.push_back(std::move(event));
  }
}

void RunHandle::Publish(const v1::Run& ended) {
  absl::MutexLock lock(&mu_);
  ++view_.version;
  view_.ended = ended;
}

Runner::Runner(Options options, std::vector<SourceConfig> sources)
    : options_(std::move(options)), sources_([&] {
        std::sort(sources.begin(), sources.end(),
                  [](const SourceConfig& a, const SourceConfig& b) {
                    return a.id < b.id;
                  });
        return std::move(sources);
      }()) {}

Runner::~Runner() { Stop(); }

absl::StatusOr<const SourceConfig*> Runner::Find(
    absl::string_view source) const {
  std::vector<std::string> ids;
  for (const SourceConfig& candidate : sources_) {
    if (candidate.id == source) return &candidate;
    ids.push_back(candidate.id);
  }
  return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_SOURCE",
                   absl::StrCat("no source '", source, "' is configured",
                                DidYouMean(source, ids)),
                   {{"source", std::string(source)}});
}

PluginOptions Runner::PluginOf(const SourceConfig& source) const {
  PluginOptions plugin = options_.plugin;
  plugin.program = PluginProgram(options_.plugins, source.plugin);
  plugin.id = source.plugin;
  plugin.locked_in = options_.plugins;
  return plugin;
}

std::vector<std::string> Runner::Plugins() const {
  namespace fs = std::filesystem;
  std::vector<std::string> ids;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(options_.plugins, error)) {
    std::error_code ignored;
    const std::string id = entry.path().filename().string();
    const std::string program = PluginProgram(options_.plugins, id);
    if (std::filesystem::is_regular_file(program, ignored) &&
        access(program.c_str(), X_OK) == 0) {
      ids.push_back(id);
    }
  }
  std::sort(ids.begin(), ids.end());
  return ids;
}

std::string Runner::NewRunId() {
  unsigned char random[2];
  RAND_bytes(random, sizeof(random));
  return absl::StrCat(
      "run-",
      absl::FormatTime("%Y%m%d-%H%M%S", options_.stores.clock->Now(),
                       absl::UTCTimeZone()),
      "-",
      Hex(absl::string_view(reinterpret_cast<char*>(random), sizeof(random))));
}

void Runner::JoinDone() {
  for (auto it = active_.begin(); it != active_.end();) {
    if (it->second.done) {
      it->second.thread.join();
      it = active_.erase(it);
    } else {
      ++it;
    }
  }
}

absl::StatusOr<std::string> Runner::RunToReread(
    const SourceConfig& source, absl::string_view reread) const {
  if (reread.empty()) return std::string();
  v1::Run run;
  if (reread != "last") {
    ASSIGN_OR_RETURN(run, options_.stores.runs->Get(reread));
  } else {
    uint64_t before = 0;
    do {
      ASSIGN_OR_RETURN(RunStore::Runs page,
                       options_.stores.runs->List(source.id, before, 1));
      if (page.runs.empty()) break;
      before = page.last;
      run = std::move(page.runs[0]);
    } while (run.state() != v1::RUN_STATE_SUCCEEDED);
  }
  if (run.source() == source.id) {
    ASSIGN_OR_RETURN(const auto documents,
                     options_.stores.retrievals->Transcript(run.id()));
    if (!documents.empty()) return run.id();
  }
  return MakeError(
      absl::StatusCode::kNotFound, "NOTHING_TO_REREAD",
      absl::StrCat("no documents of a run '", reread, "' of source '",
                   source.id, "' are kept; run it without rereading"),
      {{"source", source.id}});
}

absl::StatusOr<std::optional<absl::Time>> Runner::NextRun(
    const SourceConfig& source) const {
  if (source.every == absl::ZeroDuration()) return std::nullopt;
  ASSIGN_OR_RETURN(const auto newest, options_.stores.runs->Newest(source.id));
  if (!newest) return options_.stores.clock->Now();
  ASSIGN_OR_RETURN(const absl::Time began, ParseTime(newest->started_at()));
  return began + source.every;
}

void Runner::StartSchedule() {
  schedule_ =
      std::jthread([this](const std::stop_token& stop) { RunSchedule(stop); });
}

void Runner::RunSchedule(const std::stop_token& stop) {
  // A wait is short, so that a run asked for by hand moves the next one.
  constexpr absl::Duration kLongestWait = absl::Seconds(10);
  std::mutex mutex;
  std::condition_variable_any changed;
  std::unique_lock lock(mutex);
  while (!stop.stop_requested()) {
    absl::Duration wait = kLongestWait;
    for (const SourceConfig& source : sources_) {
      const auto due = NextRun(source);
      if (!due.ok() || !*due) continue;
      const absl::Time now = options_.stores.clock->Now();
      if (**due > now) {
        wait = std::min(wait, **due - now);
        continue;
      }
      const auto started = Start(source.id);
      if (!started.ok() && ErrorReason(started.status()) != "SOURCE_BUSY") {
        Log(LogLevel::kWarning, "a scheduled run could not start",
            {{"source", source.id},
             {"error", std::string(started.status().message())}});
      }
      wait = std::min(wait, source.every);
    }
    wait = std::max(wait, absl::Milliseconds(100));
    changed.wait_for(lock, stop, absl::ToChronoMilliseconds(wait),
                     [] { return false; });
  }
}

absl::StatusOr<std::shared_ptr<RunHandle>> Runner::Start(
    absl::string_view source_id, RunOptions options) {
  ASSIGN_OR_RETURN(const SourceConfig* source, Find(source_id));
  ASSIGN_OR_RETURN(options.reread, RunToReread(*source, options.reread));
  absl::MutexLock lock(&mu_);
  if (stopped_) {
    return MakeError(absl::StatusCode::kUnavailable, "DRAINING",
                     "the service is shutting down; run the source again "
                     "after its restart");
  }
  JoinDone();
  if (const auto busy = active_.find(source->id); busy != active_.end()) {
    const std::string& run = busy->second.handle->started().id();
    return MakeError(absl::StatusCode::kFailedPrecondition, "SOURCE_BUSY",
                     absl::StrCat("source '", source->id, "' is being read by ",
                                  run, "; wait for it or cancel it"),
                     {{"source", source->id}, {"run", run}});
  }
  v1::Run run;
  run.set_id(NewRunId());
  run.set_source(source->id);
  run.set_state(v1::RUN_STATE_RUNNING);
  run.set_started_at(FormatUtcMillis(options_.stores.clock->Now()));
  run.set_plugin(source->plugin);
  run.set_reread(options.reread);
  run.set_dry_run(options.dry_run);
  if (!options.dry_run) RETURN_IF_ERROR(options_.stores.runs->Save(run));
  auto handle = std::make_shared<RunHandle>(std::move(run));
  Active& active = active_[source->id];
  active.handle = handle;
  active.thread = std::thread([this, source, options = std::move(options),
                               handle] { Execute(*source, options, *handle); });
  return handle;
}

void Runner::Execute(const SourceConfig& source, const RunOptions& options,
                     RunHandle& handle) {
  {
    absl::MutexLock lock(&mu_);
    const auto my_turn = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return reading_ < options_.max_running;
    };
    mu_.Await(absl::Condition(&my_turn));
    ++reading_;
  }
  RunJob job(
      options_.stores, source, PluginOf(source), handle.started(), options,
      [&](v1::RunSourceResponse event) { handle.Publish(std::move(event)); });
  const v1::Run ended = job.Execute(handle.stop_.get_token());
  absl::MutexLock lock(&mu_);
  --reading_;
  active_.at(source.id).done = true;
  // Under the lock: who sees the end can start the next run.
  handle.Publish(ended);
}

std::optional<v1::Run> Runner::Cancel(absl::string_view run) {
  absl::MutexLock lock(&mu_);
  for (auto& [source, active] : active_) {
    if (!active.done && active.handle->started().id() == run) {
      active.handle->Cancel();
      return active.handle->started();
    }
  }
  return std::nullopt;
}

uint32_t Runner::running() const {
  absl::MutexLock lock(&mu_);
  return static_cast<uint32_t>(
      std::count_if(active_.begin(), active_.end(),
                    [](const auto& entry) { return !entry.second.done; }));
}

void Runner::Stop(absl::Duration grace) {
  schedule_ = std::jthread();  // Stops and joins.
  std::vector<std::thread> threads;
  {
    absl::MutexLock lock(&mu_);
    stopped_ = true;
    const auto all_done = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
      return std::all_of(active_.begin(), active_.end(),
                         [](const auto& entry) { return entry.second.done; });
    };
    mu_.AwaitWithTimeout(absl::Condition(&all_done), grace);
    for (auto& [source, active] : active_) {
      active.handle->Cancel();
      if (active.thread.joinable()) threads.push_back(std::move(active.thread));
    }
  }
  for (std::thread& thread : threads) thread.join();
  absl::MutexLock lock(&mu_);
  active_.clear();
}

}  // namespace meridian::ingest
