#include "ingest_service/plugin_host/process.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/failure.h"
#include "ingest_service/plugin_host/sanitized.h"

namespace meridian::ingest {
namespace {

// How often a wait looks at what has no descriptor to wait for: the end of the
// process, a cancelled call.
constexpr absl::Duration kTick = absl::Milliseconds(25);
// What is read from a pipe after its writers were killed; more than a pipe
// holds. A process that escaped the group could go on writing for ever.
constexpr size_t kLastDrainBytes = 2 << 20;

absl::Status StartFailed(const PluginOptions& plugin, absl::string_view what,
                         int error) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "PLUGIN_START_FAILED",
      absl::StrCat("plugin '", plugin.id, "': cannot start ", plugin.program,
                   ": ", what, error == 0 ? "" : ": ",
                   error == 0 ? "" : strerror(error),
                   "; check that it is installed and executable"),
      {{"program", plugin.program}});
}

absl::Status NotStarted(const PluginOptions& plugin,
                        const ChildFailure& failure) {
  switch (failure.step) {
    case ChildFailure::kDescriptors:
      return StartFailed(plugin, "placing its descriptors", failure.error);
    case ChildFailure::kLimits:
      return StartFailed(plugin, "setting its limits", failure.error);
    case ChildFailure::kSandbox:
      return StartFailed(plugin, "confining it", failure.error);
    case ChildFailure::kParent:
      return StartFailed(plugin, "its host is gone", 0);
    default:
      return StartFailed(plugin, "executing it", failure.error);
  }
}

// Pointers for execve; valid as long as `strings`.
std::vector<char*> Pointers(std::vector<std::string>& strings) {
  std::vector<char*> pointers;
  for (std::string& text : strings) pointers.push_back(text.data());
  pointers.push_back(nullptr);
  return pointers;
}

// Reads what there is. False: nothing will come any more.
bool ReadSome(int fd, LogTail& tail, absl::Mutex& mu, size_t* total) {
  std::array<char, 64 << 10> buffer;
  const ssize_t got = read(fd, buffer.data(), buffer.size());
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  *total += static_cast<size_t>(got);
  absl::MutexLock lock(&mu);
  tail.Append(absl::string_view(buffer.data(), static_cast<size_t>(got)));
  return true;
}

}  // namespace

PluginProcess::PluginProcess(const PluginOptions& plugin, std::string directory)
    : stop_timeout_(plugin.stop_timeout),
      directory_(std::move(directory)),
      stdout_tail_(static_cast<size_t>(std::max(plugin.stderr_tail_lines, 0))),
      stderr_tail_(static_cast<size_t>(std::max(plugin.stderr_tail_lines, 0))) {
}

absl::StatusOr<std::unique_ptr<PluginProcess>> PluginProcess::Start(
    Spawner& spawner, const PluginOptions& plugin,
    const PluginHost::Options& host, std::string directory) {
  std::unique_ptr<PluginProcess> process(
      new PluginProcess(plugin, std::move(directory)));
  Pipe in, out, err, handshake, report;
  if (!in.Open() || !out.Open() || !err.Open() || !handshake.Open() ||
      !report.Open()) {
    return StartFailed(plugin, "opening pipes", errno);
  }
  std::vector<std::string> arguments = {plugin.program};
  std::vector<std::string> environment = {
      absl::StrCat("PATH=", host.path), absl::StrCat("LANG=", host.lang),
      absl::StrCat("TMPDIR=", process->directory_), "MERIDIAN_PLUGIN=1",
      absl::StrCat("MERIDIAN_PLUGIN_SOCKET=", process->socket())};
  const std::vector<char*> argument_pointers = Pointers(arguments);
  const std::vector<char*> environment_pointers = Pointers(environment);
  ChildSetup setup;
  setup.program = plugin.program.c_str();
  setup.arguments = argument_pointers.data();
  setup.environment = environment_pointers.data();
  setup.directory = process->directory_.c_str();
  setup.stdin_fd = in.read_end.get();
  setup.stdout_fd = out.write_end.get();
  setup.stderr_fd = err.write_end.get();
  setup.handshake_fd = handshake.write_end.get();
  setup.report_fd = report.write_end.get();
  setup.host = getpid();
  setup.max_memory_bytes = kIsSanitized ? 0 : plugin.max_memory_bytes;
  setup.max_cpu_seconds = static_cast<uint64_t>(
      std::max<int64_t>(0, absl::ToInt64Seconds(plugin.max_cpu_time)));
  setup.max_open_files = plugin.max_open_files;
  Sandbox sandbox;
  // A sanitizer's own checks need what a sandbox forbids.
  if (host.sandbox && !kIsSanitized) {
    auto made = Sandbox::Make(plugin.program, process->directory_);
    if (!made.ok()) return made.status();
    sandbox = *std::move(made);
    setup.sandbox = &sandbox;
  }
  const pid_t pid = spawner.Spawn(setup);
  if (pid < 0) return StartFailed(plugin, "forking", -pid);
  process->pid_ = pid;
  report.write_end.Close();
  ChildFailure failure;
  ssize_t got = 0;
  do {
    got = read(report.read_end.get(), &failure, sizeof(failure));
  } while (got < 0 && errno == EINTR);
  if (got == sizeof(failure)) return NotStarted(plugin, failure);
  process->stdin_ = std::move(in.write_end);
  process->handshake_ = std::move(handshake.read_end);
  process->stdout_ = std::move(out.read_end);
  process->stderr_ = std::move(err.read_end);
  for (const int fd : {process->stdout_.get(), process->stderr_.get()}) {
    fcntl(fd, F_SETFL, O_NONBLOCK);
  }
  // The token comes with the call: drainer_ may not be assigned yet when the
  // thread begins.
  process->drainer_ = std::jthread(
      [p = process.get()](std::stop_token stop) { p->Drain(std::move(stop)); });
  return process;
}

PluginProcess::~PluginProcess() { Stop(/*gently=*/false); }

bool PluginProcess::HasExited() const {
  siginfo_t info = {};
  // WNOWAIT leaves the process to Reap, so that its number is not given to
  // another one meanwhile.
  return waitid(P_PID, static_cast<id_t>(pid_), &info,
                WEXITED | WNOHANG | WNOWAIT) == 0 &&
         info.si_pid == pid_;
}

bool PluginProcess::AwaitExit(absl::Duration timeout) const {
  const absl::Time deadline = absl::Now() + timeout;
  absl::Duration pause = absl::Milliseconds(1);
  while (!HasExited()) {
    if (absl::Now() >= deadline) return false;
    absl::SleepFor(pause);
    pause = std::min(pause * 2, absl::Milliseconds(10));
  }
  return true;
}

absl::StatusOr<Handshake> PluginProcess::AwaitHandshake(
    const PluginOptions& plugin, absl::Time deadline, std::stop_token cancel) {
  std::string line;
  bool open = true;
  while (open && line.find('\n') == std::string::npos) {
    if (cancel.stop_requested()) {
      return MakeError(absl::StatusCode::kCancelled, "RUN_CANCELLED",
                       "was cancelled while it started");
    }
    if (absl::Now() >= deadline) {
      return MakeError(absl::StatusCode::kDeadlineExceeded, "PLUGIN_TIMEOUT",
                       absl::StrCat("gave no handshake within ",
                                    absl::FormatDuration(plugin.start_timeout),
                                    "; is it a plugin?"));
    }
    if (line.size() > kMaxHandshakeBytes) {
      return MakeError(absl::StatusCode::kFailedPrecondition,
                       "PLUGIN_HANDSHAKE_FAILED",
                       absl::StrCat("sent a handshake longer than ",
                                    kMaxHandshakeBytes, " bytes"));
    }
    struct pollfd ready = {handshake_.get(), POLLIN, 0};
    const int wait_ms = static_cast<int>(absl::ToInt64Milliseconds(kTick));
    if (poll(&ready, 1, wait_ms) <= 0) {
      // Something it started may keep the descriptor open.
      open = !HasExited();
      continue;
    }
    char buffer[4096];
    const ssize_t got = read(handshake_.get(), buffer, sizeof(buffer));
    if (got > 0) line.append(buffer, static_cast<size_t>(got));
    open = got > 0 || (got < 0 && errno == EINTR);
  }
  handshake_.Close();
  if (const size_t end = line.find('\n'); end != std::string::npos) {
    return ParseHandshake(absl::string_view(line).substr(0, end), plugin.id);
  }
  if (AwaitExit(absl::Milliseconds(500))) {
    return MakeError(absl::StatusCode::kUnavailable, "PLUGIN_CRASHED",
                     "ended before its handshake");
  }
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "PLUGIN_HANDSHAKE_FAILED",
                   "closed file descriptor 3 without a handshake");
}

void PluginProcess::SetTick(std::function<void()> tick) {
  absl::MutexLock lock(&tick_mu_);
  tick_ = std::move(tick);
}

void PluginProcess::Drain(std::stop_token stop) {
  struct pollfd pipes[2] = {{stdout_.get(), POLLIN, 0},
                            {stderr_.get(), POLLIN, 0}};
  size_t total = 0;
  const auto read_ready = [&] {
    bool any = false;
    for (int i = 0; i < 2; ++i) {
      if (pipes[i].fd < 0 || pipes[i].revents == 0) continue;
      any = true;
      LogTail& tail = i == 0 ? stdout_tail_ : stderr_tail_;
      // A negative descriptor is one that poll leaves out.
      if (!ReadSome(pipes[i].fd, tail, mu_, &total)) pipes[i].fd = -1;
    }
    return any;
  };
  absl::Time next_tick = absl::Now();
  while (!stop.stop_requested()) {
    poll(pipes, 2, static_cast<int>(absl::ToInt64Milliseconds(kTick)));
    read_ready();
    if (absl::Now() < next_tick) continue;
    next_tick = absl::Now() + kTick;
    absl::MutexLock lock(&tick_mu_);
    if (tick_) tick_();
  }
  total = 0;
  while (total < kLastDrainBytes && poll(pipes, 2, 0) > 0 && read_ready()) {
  }
}

void PluginProcess::Reap() {
  siginfo_t info = {};
  while (waitid(P_PID, static_cast<id_t>(pid_), &info, WEXITED) != 0 &&
         errno == EINTR) {
  }
}

void PluginProcess::Stop(bool gently) {
  if (stopped_) return;
  stopped_ = true;
  if (pid_ > 0) {
    siginfo_t info = {};
    if (waitid(P_PID, static_cast<id_t>(pid_), &info,
               WEXITED | WNOHANG | WNOWAIT) == 0 &&
        info.si_pid == pid_) {
      if (info.si_code == CLD_EXITED) {
        remains_.set_exit_code(info.si_status);
      } else {
        remains_.set_signal(info.si_status);
      }
    }
    stdin_.Close();
    if (gently) AwaitExit(stop_timeout_);
    // The group while its leader is not reaped yet: until then no other group
    // can have its number.
    kill(-pid_, SIGKILL);
    kill(pid_, SIGKILL);
    Reap();
  }
  if (drainer_.joinable()) {
    drainer_.request_stop();
    drainer_.join();
  }
  std::error_code ignored;
  std::filesystem::remove_all(directory_, ignored);
  absl::MutexLock lock(&mu_);
  std::vector<std::string> lines = stderr_tail_.Lines();
  if (lines.empty()) lines = stdout_tail_.Lines();
  for (std::string& line : lines) {
    remains_.add_stderr_tail(std::move(line));
  }
}

v1::RunError PluginProcess::Remains() const { return remains_; }

}  // namespace meridian::ingest
