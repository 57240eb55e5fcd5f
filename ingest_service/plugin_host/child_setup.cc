#include "ingest_service/plugin_host/child_setup.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

namespace meridian::ingest {
namespace {

[[noreturn]] void Fail(const ChildSetup& setup, ChildFailure::Step step,
                       int error) {
  const ChildFailure failure = {step, error};
  // A pipe takes this at once; if the host is gone nobody wants to know.
  [[maybe_unused]] const ssize_t written =
      write(setup.report_fd, &failure, sizeof(failure));
  _exit(127);
}

bool PlaceDescriptors(const ChildSetup& setup) {
  const int from[] = {setup.stdin_fd, setup.stdout_fd, setup.stderr_fd,
                      setup.handshake_fd};
  for (int to = 0; to < 4; ++to) {
    if (dup2(from[to], to) != to) return false;
  }
  // Whatever the host has open must not be seen by a plugin.
  if (close_range(4, ~0U, CLOSE_RANGE_CLOEXEC) == 0) return true;
  struct rlimit files;
  const bool known =
      getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY;
  const int last = known && files.rlim_cur < 65536
                       ? static_cast<int>(files.rlim_cur)
                       : 65536;
  for (int fd = 4; fd < last; ++fd) fcntl(fd, F_SETFD, FD_CLOEXEC);
  return true;
}

// Limits `what` to `soft`; the hard limit may be a little above, so that the
// process learns of the soft one first.
bool Limit(decltype(RLIMIT_CORE) what, rlim_t soft, rlim_t above) {
  struct rlimit limit;
  if (getrlimit(what, &limit) != 0) return false;
  const auto lower = [](rlim_t current, rlim_t wanted) {
    return current == RLIM_INFINITY || wanted < current ? wanted : current;
  };
  limit.rlim_max = lower(limit.rlim_max, soft + above);
  limit.rlim_cur = lower(limit.rlim_max, soft);
  return setrlimit(what, &limit) == 0;
}

bool SetLimits(const ChildSetup& setup) {
  if (!Limit(RLIMIT_CORE, 0, 0)) return false;
  if (setup.max_memory_bytes != 0 &&
      !Limit(RLIMIT_DATA, setup.max_memory_bytes, 0)) {
    return false;
  }
  if (setup.max_cpu_seconds != 0 &&
      !Limit(RLIMIT_CPU, setup.max_cpu_seconds, 2)) {
    return false;
  }
  return setup.max_open_files == 0 ||
         Limit(RLIMIT_NOFILE, setup.max_open_files, 0);
}

void ResetSignals() {
  // The mask and ignored signals would survive exec.
  for (int signal_number = 1; signal_number < NSIG; ++signal_number) {
    signal(signal_number, SIG_DFL);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

}  // namespace

void SetUpAndExec(const ChildSetup& setup) {
  // A group of its own: a Ctrl-C at the host's terminal is for the host, and
  // at the end the group is killed as a whole.
  setpgid(0, 0);
  ResetSignals();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 ||
      prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) {
    Fail(setup, ChildFailure::kLimits, errno);
  }
  // The host may have died before the line above.
  if (getppid() != setup.host) Fail(setup, ChildFailure::kParent, 0);
  if (!PlaceDescriptors(setup)) {
    Fail(setup, ChildFailure::kDescriptors, errno);
  }
  umask(077);
  if (chdir(setup.directory) != 0 || !SetLimits(setup)) {
    Fail(setup, ChildFailure::kLimits, errno);
  }
  if (setup.sandbox != nullptr && !setup.sandbox->Enter()) {
    Fail(setup, ChildFailure::kSandbox, errno);
  }
  execve(setup.program, setup.arguments, setup.environment);
  Fail(setup, ChildFailure::kExec, errno);
}

}  // namespace meridian::ingest
