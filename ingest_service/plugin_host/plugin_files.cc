#include "ingest_service/plugin_host/plugin_files.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/files.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

absl::Status Changed(absl::string_view id, absl::string_view what) {
  return MakeError(
      absl::StatusCode::kFailedPrecondition, "PLUGIN_CHANGED",
      absl::StrCat("plugin '", id, "' is pinned and ", what,
                   "; look at it, then 'meridian plugin install --pin' it "
                   "again, or put back what was pinned"),
      {{"plugin", std::string(id)}});
}

bool BelongsTo(absl::string_view path, absl::string_view id) {
  return path == id || absl::StartsWith(path, absl::StrCat(id, "/"));
}

}  // namespace

std::string DefaultPluginFolder() {
  std::error_code error;
  const fs::path bin = fs::read_symlink("/proc/self/exe", error).parent_path();
  const fs::path installed = bin / "../libexec/meridian/plugins";
  return (fs::is_directory(installed, error) ? installed : bin / "../plugins")
      .lexically_normal()
      .string();
}

std::string PluginProgram(const std::string& folder, absl::string_view id) {
  const std::string path = absl::StrCat(folder, "/", id);
  std::error_code ignored;
  return fs::is_directory(path, ignored) ? absl::StrCat(path, "/", id) : path;
}

absl::StatusOr<PluginLock> ReadPluginLock(const std::string& folder) {
  const std::string path = absl::StrCat(folder, "/", kPluginLock);
  PluginLock lock;
  std::error_code ignored;
  if (!fs::exists(path, ignored)) return lock;
  std::ifstream file(path);
  std::string line;
  for (int number = 1; std::getline(file, line); ++number) {
    if (line.empty() || line[0] == '#') continue;
    const std::string digest = line.substr(0, 64);
    const bool is_digest =
        digest.size() == 64 &&
        std::all_of(digest.begin(), digest.end(), absl::ascii_isxdigit);
    if (!is_digest || line.size() < 67 || line.substr(64, 2) != "  ") {
      return MakeError(absl::StatusCode::kFailedPrecondition, "BAD_PLUGIN_LOCK",
                       absl::StrCat(path, ":", number,
                                    ": expected a SHA-256 of 64 hex digits, "
                                    "two blanks and a path"));
    }
    lock[line.substr(66)] = absl::AsciiStrToLower(digest);
  }
  return lock;
}

absl::Status WritePluginLock(const std::string& folder,
                             const PluginLock& lock) {
  std::string text =
      "# Plugins that are refused when they change. Written by\n"
      "# 'meridian plugin install --pin'; 'sha256sum -c' checks it too.\n";
  for (const auto& [name, digest] : lock) {
    absl::StrAppend(&text, digest, "  ", name, "\n");
  }
  return WriteWholeFile(absl::StrCat(folder, "/", kPluginLock), text);
}

absl::StatusOr<PluginLock> DigestPlugin(const std::string& folder,
                                        absl::string_view id) {
  PluginLock digests;
  const fs::path root = folder;
  const fs::path plugin = root / std::string(id);
  std::vector<fs::path> files;
  std::error_code error;
  if (fs::is_directory(plugin, error)) {
    for (auto it = fs::recursive_directory_iterator(plugin, error);
         !error && it != fs::recursive_directory_iterator();
         it.increment(error)) {
      if (it->path().filename() == "__pycache__") {
        it.disable_recursion_pending();
      } else if (!it->is_directory(error)) {
        files.push_back(it->path());
      }
    }
  } else {
    files.push_back(plugin);
  }
  for (const fs::path& file : files) {
    ASSIGN_OR_RETURN(const std::string bytes, ReadWholeFile(file.string()));
    digests[file.lexically_relative(root).string()] = Sha256Hex(bytes);
  }
  return digests;
}

absl::Status VerifyPlugin(const std::string& folder, absl::string_view id) {
  ASSIGN_OR_RETURN(const PluginLock lock, ReadPluginLock(folder));
  PluginLock pinned;
  for (const auto& [path, digest] : lock) {
    if (BelongsTo(path, id)) pinned[path] = digest;
  }
  if (pinned.empty()) return absl::OkStatus();
  const auto now = DigestPlugin(folder, id);
  if (!now.ok()) return Changed(id, "cannot be read");
  for (const auto& [path, digest] : pinned) {
    const auto found = now->find(path);
    if (found == now->end()) {
      return Changed(id, absl::StrCat("its file ", path, " is gone"));
    }
    if (found->second != digest) {
      return Changed(id, absl::StrCat("its file ", path, " has changed"));
    }
  }
  for (const auto& [path, digest] : *now) {
    if (!pinned.contains(path)) {
      return Changed(id, absl::StrCat("has a file more, ", path));
    }
  }
  return absl::OkStatus();
}

}  // namespace meridian::ingest
