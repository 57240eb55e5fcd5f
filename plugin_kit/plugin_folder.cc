#include "plugin_kit/plugin_folder.h"

#include <algorithm>
#include <filesystem>

#include "absl/strings/str_cat.h"
#include "common/base/dates.h"
#include "common/base/files.h"
#include "common/base/status.h"
#include "common/records/vintage.h"
#include "common/yaml/inline_file.h"
#include "common/yaml/yaml_json.h"

namespace meridian::kit {
namespace {

namespace fs = std::filesystem;

constexpr char kDefaultVintage[] = "2026-01-02";

absl::Status Bad(const std::string& file, const YamlValue& at,
                 absl::string_view message) {
  return YamlError(file, at, message, "BAD_PLUGIN_FOLDER");
}

absl::StatusOr<std::string> ConfigOf(const std::string& folder,
                                     const std::string& file,
                                     const YamlValue& config) {
  if (!config.is_map()) return Bad(file, config, "'config' is a mapping");
  YamlValue inlined = config;
  for (YamlValue& entry : inlined.children) {
    if (NamesFile(entry)) RETURN_IF_ERROR(InlineFile(folder, &entry));
  }
  return ToJson(inlined);
}

// What case.yaml says; everything in it may be missing.
struct CaseFile {
  std::string config_json = "{}";
  std::string vintage = kDefaultVintage;
};

absl::StatusOr<CaseFile> ReadCaseFile(const fs::path& folder) {
  CaseFile out;
  const std::string file = (folder / "case.yaml").string();
  if (!fs::exists(file)) return out;
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  ASSIGN_OR_RETURN(const YamlValue root, ParseYaml(text, file));
  if (root.is_null()) return out;
  if (!root.is_map()) {
    return Bad(file, root, "a case is a mapping: config, vintage");
  }
  for (const YamlValue& entry : root.children) {
    if (entry.key == "config") {
      ASSIGN_OR_RETURN(out.config_json, ConfigOf(folder.string(), file, entry));
    } else if (entry.key == "vintage" && entry.is_scalar()) {
      out.vintage = entry.text;
    } else {
      return Bad(file, entry,
                 absl::StrCat("'", entry.key,
                              "' is not known here; a case has "
                              "config and vintage"));
    }
  }
  return out;
}

absl::StatusOr<PluginCase> ReadCase(const fs::path& folder) {
  PluginCase out;
  out.name = folder.filename().string();
  out.golden = (folder / "expected.jsonl").string();
  ASSIGN_OR_RETURN(const CaseFile file, ReadCaseFile(folder));
  out.config_json = file.config_json;
  std::vector<fs::path> documents;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    const std::string name = entry.path().filename().string();
    const bool is_own = name == "case.yaml" || name == "expected.jsonl" ||
                        name == "mapping.yaml" || name == "countries.yaml";
    if (entry.is_regular_file() && !is_own) documents.push_back(entry.path());
  }
  std::sort(documents.begin(), documents.end());
  for (const fs::path& document : documents) {
    ASSIGN_OR_RETURN(
        out.documents.emplace_back(),
        ReadKitDocument(document.string(),
                        document.lexically_relative(folder).string(),
                        file.vintage));
  }
  if (out.documents.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_PLUGIN_FOLDER",
                     absl::StrCat(folder.string(),
                                  ": the case has no document; put the file "
                                  "that the plugin is to read beside "
                                  "case.yaml"));
  }
  return out;
}

}  // namespace

absl::StatusOr<KitDocument> ReadKitDocument(const std::string& file,
                                            const std::string& path,
                                            const std::string& vintage) {
  KitDocument document;
  document.path = path;
  ASSIGN_OR_RETURN(document.bytes, ReadWholeFile(file));
  const std::string date = vintage.empty() ? kDefaultVintage : vintage;
  if (!ParseDate(date).ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_PLUGIN_FOLDER",
                     absl::StrCat("vintage '", date,
                                  "' is no date: write YYYY, YYYY-MM or "
                                  "YYYY-MM-DD"));
  }
  document.vintage_hint = MakeVintage(date, v1::VINTAGE_BASIS_CONFIG);
  return document;
}

absl::StatusOr<std::string> ReadKitConfig(const std::string& file) {
  if (fs::path(file).filename() == "case.yaml") {
    ASSIGN_OR_RETURN(const CaseFile out,
                     ReadCaseFile(fs::absolute(file).parent_path()));
    return out.config_json;
  }
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  ASSIGN_OR_RETURN(const YamlValue root, ParseYaml(text, file));
  if (root.is_null()) return std::string("{}");
  return ConfigOf(fs::path(file).parent_path().string(), file, root);
}

absl::StatusOr<PluginFolder> ReadPluginFolder(const std::string& folder,
                                              const std::string& program) {
  PluginFolder out;
  const fs::path root = fs::absolute(folder);
  const std::string file = (root / "plugin.yaml").string();
  if (!program.empty()) {
    out.program = fs::absolute(program).string();
  } else {
    ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
    ASSIGN_OR_RETURN(const YamlValue yaml, ParseYaml(text, file));
    const YamlValue* named = yaml.is_map() ? yaml.Find("program") : nullptr;
    if (named == nullptr || !named->is_string()) {
      return Bad(file, yaml, "write program: PATH, beside this file");
    }
    out.program = (root / named->text).lexically_normal().string();
  }
  if (!fs::is_regular_file(out.program)) {
    return MakeError(
        absl::StatusCode::kNotFound, "NO_SUCH_FILE",
        absl::StrCat("no program ", out.program, "; build the plugin first"));
  }
  std::error_code error;
  std::vector<fs::path> cases;
  for (const auto& entry : fs::directory_iterator(root / "cases", error)) {
    if (entry.is_directory()) cases.push_back(entry.path());
  }
  std::sort(cases.begin(), cases.end());
  for (const fs::path& one : cases) {
    ASSIGN_OR_RETURN(out.cases.emplace_back(), ReadCase(one));
  }
  if (out.cases.empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_PLUGIN_FOLDER",
                     absl::StrCat(root.string(),
                                  ": no case; put documents into "
                                  "cases/NAME/"));
  }
  return out;
}

}  // namespace meridian::kit
