#include "plugin_kit/scaffold.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/files.h"
#include "common/base/status.h"

namespace meridian::kit {
namespace {

namespace fs = std::filesystem;

// Beside the program in the build folder and where it is installed.
fs::path Templates() {
  std::error_code error;
  return (fs::read_symlink("/proc/self/exe", error).parent_path() /
          "../share/meridian/plugin_templates")
      .lexically_normal();
}

bool IsId(const std::string& id) {
  return !id.empty() && id[0] >= 'a' && id[0] <= 'z' &&
         std::all_of(id.begin(), id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
         });
}

absl::Status CopyTemplate(const fs::path& from, const fs::path& to,
                          const std::string& id) {
  std::error_code error;
  for (const auto& entry : fs::recursive_directory_iterator(from, error)) {
    const fs::path target = to / entry.path().lexically_relative(from);
    if (entry.is_directory()) {
      fs::create_directories(target, error);
      continue;
    }
    ASSIGN_OR_RETURN(const std::string text,
                     ReadWholeFile(entry.path().string()));
    RETURN_IF_ERROR(WriteWholeFile(target.string(),
                                   absl::StrReplaceAll(text, {{"@ID@", id}})));
    fs::permissions(target, entry.status().permissions(), error);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::string> NewPlugin(const std::string& id,
                                      const std::string& language,
                                      const std::string& folder) {
  if (!IsId(id)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_PLUGIN_ID",
                     absl::StrCat("'", id,
                                  "' is no id: write lower case letters, "
                                  "digits and '_', a letter first"));
  }
  if (language != "cpp" && language != "python") {
    return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_LANGUAGE",
                     absl::StrCat("no template for '", language,
                                  "'; there are cpp and python (any other "
                                  "language: docs/write-a-source.md)"));
  }
  const fs::path from = Templates() / language;
  if (!fs::is_directory(from)) {
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_FILE",
                     absl::StrCat("the templates are missing: ", from.string(),
                                  "; build or install the target "
                                  "plugin_templates"));
  }
  const fs::path to = fs::path(folder) / id;
  std::error_code error;
  if (fs::exists(to, error)) {
    return MakeError(
        absl::StatusCode::kAlreadyExists, "FOLDER_EXISTS",
        absl::StrCat(to.string(), " exists; choose another name or remove it"));
  }
  fs::create_directories(to, error);
  RETURN_IF_ERROR(CopyTemplate(from, to, id));
  return to.string();
}

}  // namespace meridian::kit
