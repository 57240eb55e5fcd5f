// Starts processes from one thread that lives as long as the host.
#ifndef INGEST_SERVICE_PLUGIN_HOST_SPAWNER_H_
#define INGEST_SERVICE_PLUGIN_HOST_SPAWNER_H_

#include <sys/types.h>

#include <deque>
#include <functional>
#include <thread>

#include "absl/base/thread_annotations.h"
#include "absl/synchronization/mutex.h"
#include "ingest_service/plugin_host/child_setup.h"

namespace meridian::ingest {

// The signal that ends a plugin with its host (PR_SET_PDEATHSIG) is sent when
// the *thread* that forked ends; a thread of a pool would take its plugins
// along. Thread-safe.
class Spawner {
 public:
  Spawner();
  ~Spawner();

  // Forks; the child runs SetUpAndExec. The process id, or -errno.
  pid_t Spawn(const ChildSetup& setup);

 private:
  struct Request {
    const ChildSetup* setup;
    pid_t pid = 0;
    bool done = false;
  };
  void Run();

  absl::Mutex mu_;
  std::deque<Request*> requests_ ABSL_GUARDED_BY(mu_);
  bool stopping_ ABSL_GUARDED_BY(mu_) = false;
  std::thread thread_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_SPAWNER_H_
