#include "ingest_service/plugin_host/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>
#include <filesystem>
#include <memory>
#include <system_error>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

// --- Landlock --------------------------------------------------------------

// Debian 12's header is older than the kernels this runs on: what came later
// is spelled out here (Documentation/userspace-api/landlock.rst).
constexpr uint64_t kTruncate = 1ULL << 14;          // ABI 3
constexpr uint64_t kIoctlDevice = 1ULL << 15;       // ABI 5
constexpr uint64_t kBindAndConnectTcp = 3;          // ABI 4
constexpr uint64_t kAbstractSocketsAndSignals = 3;  // ABI 6

struct RulesetAttributes {
  uint64_t files = 0;
  uint64_t network = 0;
  uint64_t scoped = 0;
};

constexpr uint64_t kReadAndRun = LANDLOCK_ACCESS_FS_EXECUTE |
                                 LANDLOCK_ACCESS_FS_READ_FILE |
                                 LANDLOCK_ACCESS_FS_READ_DIR;
constexpr uint64_t kFirstRights = (LANDLOCK_ACCESS_FS_MAKE_SYM << 1) - 1;

// The runtime of programs and interpreters. Nothing of /home, /var, /proc,
// /sys, /etc, /tmp or the service's data.
constexpr const char* kRuntime[] = {"/usr",
                                    "/lib",
                                    "/lib64",
                                    "/bin",
                                    "/etc/ld.so.cache",
                                    "/etc/ld.so.preload",
                                    "/etc/localtime",
                                    "/dev/null",
                                    "/dev/zero",
                                    "/dev/urandom",
                                    "/dev/random"};

// The version the kernel speaks; below 1: none.
int LandlockAbi() {
  return static_cast<int>(syscall(SYS_landlock_create_ruleset, nullptr, 0,
                                  LANDLOCK_CREATE_RULESET_VERSION));
}

uint64_t HandledRights(int abi) {
  uint64_t rights = kFirstRights;
  if (abi >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (abi >= 3) rights |= kTruncate;
  if (abi >= 5) rights |= kIoctlDevice;
  return rights;
}

bool AllowBeneath(int ruleset, const std::string& path, uint64_t rights) {
  const FileDescriptor parent(open(path.c_str(), O_PATH | O_CLOEXEC));
  if (parent.get() < 0) return errno == ENOENT;  // not on this machine
  std::error_code error;
  if (!fs::is_directory(path, error)) {
    rights &= LANDLOCK_ACCESS_FS_EXECUTE | LANDLOCK_ACCESS_FS_READ_FILE |
              LANDLOCK_ACCESS_FS_WRITE_FILE;
  }
  landlock_path_beneath_attr rule = {};
  rule.allowed_access = rights;
  rule.parent_fd = parent.get();
  return syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH,
                 &rule, 0) == 0;
}

absl::Status CannotConfine(absl::string_view what) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "SANDBOX_UNAVAILABLE",
      absl::StrCat("cannot confine plugins: ", what,
                   "; start the service with --sandbox off if you trust every "
                   "plugin"));
}

// -1: the kernel has none. What it has is used whole or not at all.
absl::StatusOr<FileDescriptor> MakeRuleset(const std::string& program,
                                           const std::string& directory) {
  const int abi = LandlockAbi();
  if (abi < 1) return FileDescriptor();
  RulesetAttributes attributes;
  attributes.files = HandledRights(abi);
  if (abi >= 4) attributes.network = kBindAndConnectTcp;
  if (abi >= 6) attributes.scoped = kAbstractSocketsAndSignals;
  const size_t size = abi >= 6   ? sizeof(attributes)
                      : abi >= 4 ? 2 * sizeof(uint64_t)
                                 : sizeof(uint64_t);
  FileDescriptor ruleset(static_cast<int>(
      syscall(SYS_landlock_create_ruleset, &attributes, size, 0)));
  if (ruleset.get() < 0) {
    return CannotConfine(
        absl::StrCat("making a Landlock ruleset: ", std::strerror(errno)));
  }
  std::error_code error;
  const fs::path real = fs::canonical(program, error);
  bool allowed =
      AllowBeneath(ruleset.get(), directory, attributes.files) &&
      AllowBeneath(ruleset.get(), real.parent_path().string(), kReadAndRun);
  for (const char* path : kRuntime) {
    allowed = allowed && AllowBeneath(ruleset.get(), path, kReadAndRun);
  }
  allowed =
      allowed && AllowBeneath(ruleset.get(), "/dev/null",
                              kReadAndRun | LANDLOCK_ACCESS_FS_WRITE_FILE);
  if (!allowed) {
    return CannotConfine(
        absl::StrCat("adding a Landlock rule: ", std::strerror(errno)));
  }
  // Above what the child's descriptors become.
  return FileDescriptor(fcntl(ruleset.get(), F_DUPFD_CLOEXEC, 10));
}

// --- seccomp ---------------------------------------------------------------

// What no plugin needs: other processes, the network, the kernel's inside.
constexpr const char* kForbidden[] = {"fork",
                                      "vfork",
                                      "kill",
                                      "tkill",
                                      "ptrace",
                                      "process_vm_readv",
                                      "process_vm_writev",
                                      "pidfd_open",
                                      "pidfd_getfd",
                                      "pidfd_send_signal",
                                      "process_madvise",
                                      "process_mrelease",
                                      "kcmp",
                                      "connect",
                                      "mount",
                                      "umount2",
                                      "pivot_root",
                                      "chroot",
                                      "setns",
                                      "unshare",
                                      "fsopen",
                                      "fsmount",
                                      "fsconfig",
                                      "fspick",
                                      "move_mount",
                                      "open_tree",
                                      "mount_setattr",
                                      "bpf",
                                      "perf_event_open",
                                      "userfaultfd",
                                      "io_uring_setup",
                                      "io_uring_enter",
                                      "io_uring_register",
                                      "keyctl",
                                      "add_key",
                                      "request_key",
                                      "init_module",
                                      "finit_module",
                                      "delete_module",
                                      "kexec_load",
                                      "kexec_file_load",
                                      "reboot",
                                      "swapon",
                                      "swapoff",
                                      "open_by_handle_at",
                                      "name_to_handle_at",
                                      "quotactl",
                                      "quotactl_fd",
                                      "acct",
                                      "settimeofday",
                                      "clock_settime",
                                      "clock_adjtime",
                                      "adjtimex",
                                      "sethostname",
                                      "setdomainname",
                                      "iopl",
                                      "ioperm",
                                      "syslog",
                                      "vhangup",
                                      "lookup_dcookie",
                                      "fanotify_init",
                                      "setuid",
                                      "setgid",
                                      "setreuid",
                                      "setregid",
                                      "setresuid",
                                      "setresgid",
                                      "setgroups",
                                      "capset",
                                      "personality"};

struct FilterRelease {
  void operator()(void* context) const { seccomp_release(context); }
};

// A new process is a clone without CLONE_THREAD; clone3 has its flags in
// memory, where no filter sees them, so it is "not there" and libc falls back.
// Sockets are of the given kind or pairs.
bool AddRules(scmp_filter_ctx context) {
  const scmp_arg_cmp new_process = {0, SCMP_CMP_MASKED_EQ, CLONE_THREAD, 0};
  const scmp_arg_cmp not_unix = {0, SCMP_CMP_NE, AF_UNIX, 0};
  // Datagrams reach others without connecting.
  const scmp_arg_cmp datagram = {1, SCMP_CMP_MASKED_EQ, 0xf, SOCK_DGRAM};
  for (const char* name : kForbidden) {
    const int number = seccomp_syscall_resolve_name(name);
    if (number == __NR_SCMP_ERROR) continue;  // not of this architecture
    if (seccomp_rule_add(context, SCMP_ACT_ERRNO(EPERM), number, 0) != 0) {
      return false;
    }
  }
  return seccomp_rule_add(context, SCMP_ACT_ERRNO(ENOSYS), SCMP_SYS(clone3),
                          0) == 0 &&
         seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EPERM), SCMP_SYS(clone),
                                1, &new_process) == 0 &&
         seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EACCES),
                                SCMP_SYS(socket), 1, &not_unix) == 0 &&
         seccomp_rule_add_array(context, SCMP_ACT_ERRNO(EACCES),
                                SCMP_SYS(socket), 1, &datagram) == 0;
}

// Empty: the kernel has none.
absl::StatusOr<std::vector<sock_filter>> MakeFilter() {
  if (prctl(PR_GET_SECCOMP, 0, 0, 0, 0) < 0) {
    return std::vector<sock_filter>();
  }
  const std::unique_ptr<void, FilterRelease> context(
      seccomp_init(SCMP_ACT_ALLOW));
  const FileDescriptor memory(memfd_create("meridian-seccomp", MFD_CLOEXEC));
  if (context == nullptr || memory.get() < 0 || !AddRules(context.get()) ||
      seccomp_export_bpf(context.get(), memory.get()) != 0) {
    return CannotConfine("making a seccomp filter");
  }
  const off_t bytes = lseek(memory.get(), 0, SEEK_END);
  if (bytes <= 0) return CannotConfine("making a seccomp filter");
  std::vector<sock_filter> filter(static_cast<size_t>(bytes) /
                                  sizeof(sock_filter));
  const ssize_t got = pread(memory.get(), filter.data(),
                            filter.size() * sizeof(sock_filter), 0);
  if (got != static_cast<ssize_t>(filter.size() * sizeof(sock_filter))) {
    return CannotConfine("making a seccomp filter");
  }
  return filter;
}

}  // namespace

absl::StatusOr<Sandbox> Sandbox::Make(const std::string& program,
                                      const std::string& directory) {
  Sandbox sandbox;
  ASSIGN_OR_RETURN(sandbox.ruleset_, MakeRuleset(program, directory));
  // The same for every plugin.
  static const auto* filter =
      new absl::StatusOr<std::vector<sock_filter>>(MakeFilter());
  if (!filter->ok()) return filter->status();
  sandbox.filter_ = **filter;
  if (sandbox.ruleset_.get() < 0 && sandbox.filter_.empty()) {
    return CannotConfine(
        "this kernel offers neither Landlock (Linux 5.13) nor seccomp");
  }
  return sandbox;
}

bool Sandbox::Enter() const {
  if (ruleset_.get() >= 0 &&
      syscall(SYS_landlock_restrict_self, ruleset_.get(), 0) != 0) {
    return false;
  }
  if (filter_.empty()) return true;
  sock_fprog program = {};
  program.len = static_cast<unsigned short>(filter_.size());
  program.filter = const_cast<sock_filter*>(filter_.data());
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

std::string Sandbox::Describe() {
  const int abi = LandlockAbi();
  const bool has_seccomp = prctl(PR_GET_SECCOMP, 0, 0, 0, 0) >= 0;
  if (abi < 1) return has_seccomp ? "seccomp" : "none";
  return absl::StrCat("landlock ", abi, has_seccomp ? ", seccomp" : "");
}

}  // namespace meridian::ingest
