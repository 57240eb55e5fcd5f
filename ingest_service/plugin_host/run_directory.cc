#include "ingest_service/plugin_host/run_directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <filesystem>
#include <system_error>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

constexpr char kPrefix[] = "meridian-plugins-";
constexpr char kLock[] = "/lock";
// "<parent>/<prefix>XXXXXX/<number>/s" and its end.
constexpr size_t kLongestTail = sizeof(kPrefix) + 6 + 1 + 20 + 3;

absl::Status DirectoryError(const std::string& path, absl::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "PLUGIN_HOST_DIRECTORY",
                   absl::StrCat("run directory of plugins ", path, ": ", what,
                                "; name another one"),
                   {{"directory", path}});
}

void RemoveAbandoned(const std::string& parent) {
  std::error_code error;
  for (fs::directory_iterator it(parent, error), end; !error && it != end;
       it.increment(error)) {
    const std::string path = it->path().string();
    if (!absl::StartsWith(it->path().filename().string(), kPrefix)) continue;
    // No lock: its host is just making it.
    const FileDescriptor lock(
        open((path + kLock).c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW));
    if (lock.get() < 0 || flock(lock.get(), LOCK_EX | LOCK_NB) != 0) continue;
    std::error_code ignored;
    fs::remove_all(path, ignored);
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunDirectory>> RunDirectory::Create(
    const std::string& parent) {
  if (parent.empty() || parent[0] != '/') {
    return DirectoryError(parent, "not an absolute path");
  }
  if (parent.size() + kLongestTail > sizeof(sockaddr_un::sun_path)) {
    return DirectoryError(parent, "too long for the path of a socket");
  }
  RemoveAbandoned(parent);
  std::unique_ptr<RunDirectory> directory(new RunDirectory());
  std::string path = absl::StrCat(parent, "/", kPrefix, "XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return DirectoryError(parent, strerror(errno));
  }
  directory->path_ = path;
  // Locked before it has the name that others look for.
  const std::string unnamed = path + "/making-lock";
  directory->lock_ =
      FileDescriptor(open(unnamed.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (directory->lock_.get() < 0 ||
      flock(directory->lock_.get(), LOCK_EX | LOCK_NB) != 0 ||
      rename(unnamed.c_str(), (path + kLock).c_str()) != 0) {
    return DirectoryError(path, strerror(errno));
  }
  return directory;
}

RunDirectory::~RunDirectory() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

absl::StatusOr<std::string> RunDirectory::MakeProcessDirectory() {
  std::string path = absl::StrCat(path_, "/", next_++);
  if (mkdir(path.c_str(), 0700) != 0) {
    return DirectoryError(path, strerror(errno));
  }
  return path;
}

}  // namespace meridian::ingest
