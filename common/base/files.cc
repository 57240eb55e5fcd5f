#include "common/base/files.h"

#include <filesystem>
#include <fstream>
#include <sstream>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian {

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  // An empty file sets failbit on `text`, not on `in`.
  text << in.rdbuf();
  if (!in) {
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_FILE",
                     absl::StrCat("cannot read ", path), {{"path", path}});
  }
  return text.str();
}

absl::Status WriteWholeFile(const std::string& path, absl::string_view bytes) {
  const std::string unfinished = path + ".new";
  std::ofstream file(unfinished, std::ios::binary);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code error;
  if (file) std::filesystem::rename(unfinished, path, error);
  if (file && !error) return absl::OkStatus();
  return MakeError(absl::StatusCode::kUnavailable, "CANNOT_WRITE",
                   absl::StrCat(path, " cannot be written"), {{"path", path}});
}

}  // namespace meridian
