#include "ingest_service/plugin_host/spawner.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

namespace meridian::ingest {

Spawner::Spawner() : thread_([this] { Run(); }) {}

Spawner::~Spawner() {
  {
    absl::MutexLock lock(&mu_);
    stopping_ = true;
  }
  thread_.join();
}

pid_t Spawner::Spawn(const ChildSetup& setup) {
  Request request{&setup};
  absl::MutexLock lock(&mu_);
  requests_.push_back(&request);
  mu_.Await(absl::Condition(&request.done));
  return request.pid;
}

void Spawner::Run() {
  while (true) {
    Request* request = nullptr;
    {
      absl::MutexLock lock(&mu_);
      const auto has_work = [this]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
        return stopping_ || !requests_.empty();
      };
      mu_.Await(absl::Condition(&has_work));
      if (requests_.empty()) return;
      request = requests_.front();
      requests_.pop_front();
    }
    // A signal between fork and exec would run the host's handler in the
    // child.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    // _Fork runs no fork handlers: those of libraries expect to be in a
    // process that goes on without exec.
    const pid_t pid = _Fork();
    if (pid == 0) SetUpAndExec(*request->setup);
    const int error = errno;
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
    absl::MutexLock lock(&mu_);
    request->pid = pid < 0 ? -error : pid;
    request->done = true;
  }
}

}  // namespace meridian::ingest
