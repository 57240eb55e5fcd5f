// Where plugins are, and which bytes they may have. A folder of plugins may
// hold a lock file,
// written by `meridian plugin install --pin`: lines of SHA-256 and path, as
// sha256sum writes and checks them. What it names is refused when it changed.
#ifndef INGEST_SERVICE_PLUGIN_HOST_PLUGIN_FILES_H_
#define INGEST_SERVICE_PLUGIN_HOST_PLUGIN_FILES_H_

#include <map>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::ingest {

inline constexpr char kPluginLock[] = "plugins.lock";

// Path within the folder -> SHA-256, 64 hex digits.
using PluginLock = std::map<std::string, std::string>;

// Beside the running program: installed, ../libexec/meridian/plugins; in the
// build folder, ../plugins.
std::string DefaultPluginFolder();

// Program of the plugin `id` in `folder`: FOLDER/ID, or FOLDER/ID/ID when that
// is a folder of its own, for a plugin of several files.
std::string PluginProgram(const std::string& folder, absl::string_view id);

// The lock file of `folder`; empty when there is none. Errors:
// FailedPrecondition (BAD_PLUGIN_LOCK) with its line.
absl::StatusOr<PluginLock> ReadPluginLock(const std::string& folder);
// Replaces it. Errors: Unavailable (CANNOT_WRITE).
absl::Status WritePluginLock(const std::string& folder, const PluginLock& lock);

// The files of plugin `id` as they are now: path within `folder` -> SHA-256.
// What an interpreter caches (__pycache__) is left out.
absl::StatusOr<PluginLock> DigestPlugin(const std::string& folder,
                                        absl::string_view id);

// Whether the plugin is as the lock says. One that the lock does not name is
// not pinned and passes. Reads the plugin's files: some 10 ms. Errors:
// FailedPrecondition (PLUGIN_CHANGED) naming the file; BAD_PLUGIN_LOCK.
absl::Status VerifyPlugin(const std::string& folder, absl::string_view id);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_PLUGIN_FILES_H_
