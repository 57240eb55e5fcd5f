#include "plugin_kit/install.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status.h"
#include "common/yaml/yaml.h"
#include "ingest_service/plugin_host/plugin_files.h"

namespace meridian::kit {
namespace {

namespace fs = std::filesystem;

absl::Status Cannot(const fs::path& path, const std::error_code& error) {
  return MakeError(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                   absl::StrCat(path.string(), ": ", error.message()));
}

absl::Status Missing(const fs::path& path) {
  return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_FILE",
                   absl::StrCat("no file ", path.string()));
}

}  // namespace

absl::StatusOr<PluginFiles> FindPluginFiles(const std::string& from,
                                            const std::string& id) {
  PluginFiles out;
  out.id = id;
  const fs::path path = fs::absolute(from).lexically_normal();
  if (!fs::is_directory(path)) {
    out.program = path.string();
    if (!fs::is_regular_file(path)) return Missing(path);
    return out;
  }
  const std::string file = (path / "plugin.yaml").string();
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  ASSIGN_OR_RETURN(const YamlValue yaml, ParseYaml(text, file));
  const YamlValue* program = yaml.is_map() ? yaml.Find("program") : nullptr;
  if (program == nullptr || !program->is_string()) {
    return YamlError(file, yaml, "write program: PATH, beside this file",
                     "BAD_PLUGIN_FOLDER");
  }
  out.program = (path / program->text).lexically_normal().string();
  if (!fs::is_regular_file(out.program)) return Missing(out.program);
  const YamlValue* files = yaml.Find("files");
  if (files == nullptr) return out;
  for (const YamlValue& one : files->children) {
    const fs::path named = (path / one.text).lexically_normal();
    if (!one.is_string() || !fs::exists(named)) {
      return YamlError(file, one, "'files' lists files beside this one",
                       "BAD_PLUGIN_FOLDER");
    }
    out.files.push_back(named.string());
  }
  return out;
}

absl::StatusOr<std::string> InstallPlugin(const PluginFiles& plugin,
                                          const std::string& folder, bool pin) {
  const fs::path target = fs::path(folder) / plugin.id;
  // Beside the old one until it is whole.
  const fs::path staged = fs::path(folder) / ("." + plugin.id + ".new");
  std::error_code error;
  fs::create_directories(folder, error);
  fs::remove_all(staged, error);
  const bool is_folder = !plugin.files.empty();
  if (is_folder && !fs::create_directory(staged, error)) {
    return Cannot(staged, error);
  }
  const fs::path program = is_folder ? staged / plugin.id : staged;
  if (!fs::copy_file(plugin.program, program, error)) {
    return Cannot(program, error);
  }
  fs::permissions(program,
                  fs::perms::owner_all | fs::perms::group_read |
                      fs::perms::group_exec | fs::perms::others_read |
                      fs::perms::others_exec,
                  error);
  for (const std::string& file : plugin.files) {
    fs::copy(file, staged / fs::path(file).filename(),
             fs::copy_options::recursive, error);
    if (error) return Cannot(file, error);
  }
  if (is_folder) {
    for (auto it = fs::recursive_directory_iterator(staged, error);
         it != fs::recursive_directory_iterator(); it.increment(error)) {
      if (it->path().filename() != "__pycache__") continue;
      it.disable_recursion_pending();
      fs::remove_all(it->path(), error);
    }
  }
  fs::remove_all(target, error);
  fs::rename(staged, target, error);
  if (error) return Cannot(target, error);

  ASSIGN_OR_RETURN(ingest::PluginLock lock, ingest::ReadPluginLock(folder));
  const size_t erased = std::erase_if(lock, [&](const auto& entry) {
    return entry.first == plugin.id ||
           absl::StartsWith(entry.first, plugin.id + "/");
  });
  if (pin) {
    ASSIGN_OR_RETURN(const ingest::PluginLock digests,
                     ingest::DigestPlugin(folder, plugin.id));
    lock.insert(digests.begin(), digests.end());
  }
  if (pin || erased > 0) {
    RETURN_IF_ERROR(ingest::WritePluginLock(folder, lock));
  }
  return ingest::PluginProgram(folder, plugin.id);
}

}  // namespace meridian::kit
