#include "common/yaml/inline_file.h"

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "common/base/files.h"
#include "common/base/status.h"

namespace meridian {

bool NamesFile(const YamlValue& entry) {
  return entry.is_scalar() &&
         (entry.key == "mapping" || absl::EndsWith(entry.key, "_file"));
}

absl::Status InlineFile(const std::string& folder, YamlValue* entry) {
  const std::filesystem::path path =
      std::filesystem::path(folder) / entry->text;
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(path.string()));
  const auto child = [](absl::string_view key, const std::string& value) {
    YamlValue node;
    node.type = YamlValue::Type::kString;
    node.key = std::string(key);
    node.text = value;
    return node;
  };
  entry->type = YamlValue::Type::kMap;
  entry->text.clear();
  entry->children = {child("file", path.filename().string()),
                     child("text", text)};
  return absl::OkStatus();
}

}  // namespace meridian
