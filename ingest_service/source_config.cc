#include "ingest_service/source_config.h"

#include <glob.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <regex>
#include <set>
#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/yaml/yaml.h"
#include "common/yaml/yaml_json.h"
#include "google/protobuf/descriptor.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

absl::StatusOr<std::string> ReadWholeFile(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  if (!in) {
    return MakeError(absl::StatusCode::kNotFound, "NO_SUCH_FILE",
                     absl::StrCat("cannot read ", path), {{"path", path}});
  }
  return text.str();
}

std::string Absolute(const std::string& path) {
  return fs::absolute(path).lexically_normal().string();
}

class SourceReader {
 public:
  SourceReader(std::string file, const Roots& roots)
      : file_(std::move(file)),
        folder_(fs::path(Absolute(file_)).parent_path().string()),
        roots_(roots) {}

  absl::StatusOr<std::vector<SourceConfig>> Read(const YamlValue& root) {
    const YamlValue* sources = root.Find("sources");
    if (!root.is_map() || sources == nullptr || !sources->is_list()) {
      Problem(root, "a source file is a mapping with a list: sources: [...]");
    } else {
      CheckKeys(root, {"sources"});
      for (const YamlValue& item : sources->children) ReadSource(item);
    }
    if (problems_.empty()) return std::move(sources_);
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_SOURCE_CONFIG",
        absl::StrJoin(problems_, "\n"),
        {{"file", file_}, {"problems", absl::StrCat(problems_.size())}});
  }

 private:
  void Problem(const YamlValue& at, absl::string_view message) {
    problems_.push_back(
        absl::StrCat(file_, ":", at.line, ":", at.column, ": ", message));
  }

  void CheckKeys(const YamlValue& map, const std::vector<std::string>& known) {
    for (const YamlValue& entry : map.children) {
      if (std::find(known.begin(), known.end(), entry.key) == known.end()) {
        Problem(entry, absl::StrCat("'", entry.key, "' has no meaning here",
                                    DidYouMean(entry.key, known),
                                    " Known: ", absl::StrJoin(known, ", ")));
      }
    }
  }

  // A scalar entry; empty when it is missing (a problem if required).
  std::string Text(const YamlValue& map, absl::string_view key, bool required) {
    const YamlValue* entry = map.Find(key);
    if (entry == nullptr) {
      if (required) Problem(map, absl::StrCat("'", key, "' is missing"));
      return "";
    }
    if (!entry->is_scalar() || entry->text.empty()) {
      Problem(*entry,
              absl::StrCat("'", key, "' is ",
                           entry->is_scalar() ? "empty" : entry->TypeName(),
                           "; write one value"));
      return "";
    }
    return entry->text;
  }

  void ReadSource(const YamlValue& item) {
    if (!item.is_map()) {
      Problem(item, "a source is a mapping with id, plugin and documents");
      return;
    }
    CheckKeys(item, {"id", "title", "plugin", "publisher", "data_licence",
                     "documents", "coverage", "limits", "config"});
    SourceConfig source;
    source.file = file_;
    source.line = item.line;
    source.id = Text(item, "id", true);
    static const std::regex* kId = new std::regex("[a-z0-9][a-z0-9-]*");
    if (!source.id.empty() && !std::regex_match(source.id, *kId)) {
      Problem(*item.Find("id"),
              absl::StrCat("id '", source.id,
                           "' may have small letters, digits and '-' only"));
    }
    if (!ids_.insert(source.id).second && !source.id.empty()) {
      Problem(*item.Find("id"), absl::StrCat("id '", source.id,
                                             "' is used twice; ids are "
                                             "unique"));
    }
    source.title = Text(item, "title", false);
    source.plugin = Text(item, "plugin", true);
    source.publisher = Text(item, "publisher", true);
    source.data_licence = Text(item, "data_licence", true);
    ReadDocuments(item, &source);
    ReadCoverage(item, &source);
    ReadLimits(item, &source);
    ReadConfig(item, &source);
    sources_.push_back(std::move(source));
  }

  void ReadDocuments(const YamlValue& item, SourceConfig* source) {
    const YamlValue* documents = item.Find("documents");
    if (documents == nullptr || !documents->is_list() ||
        documents->children.empty()) {
      Problem(documents == nullptr ? item : *documents,
              "'documents' is a list of - files: GLOB; it needs at least one");
      return;
    }
    for (const YamlValue& entry : documents->children) {
      if (!entry.is_map()) {
        Problem(entry, "a document entry is a mapping: files: GLOB");
        continue;
      }
      CheckKeys(entry, {"files", "vintage_from_path", "vintage"});
      DocumentSpec spec;
      Place(entry, Text(entry, "files", true), &spec);
      spec.vintage_from_path = Text(entry, "vintage_from_path", false);
      CheckPattern(entry, spec.vintage_from_path);
      spec.vintage = Text(entry, "vintage", false);
      if (!spec.vintage.empty() && !ParseDate(spec.vintage).ok()) {
        Problem(*entry.Find("vintage"),
                absl::StrCat("vintage '", spec.vintage,
                             "' is not a date; write YYYY-MM-DD, YYYY-MM or "
                             "YYYY"));
      }
      if (!spec.vintage.empty() && !spec.vintage_from_path.empty()) {
        Problem(entry, "'vintage' and 'vintage_from_path' exclude each other");
      }
      source->documents.push_back(std::move(spec));
    }
  }

  // Resolves ${NAME} and relative paths.
  void Place(const YamlValue& entry, const std::string& files,
             DocumentSpec* spec) {
    if (files.empty()) return;
    spec->base = folder_;
    if (!absl::StartsWith(files, "${")) {
      spec->files = Absolute((fs::path(folder_) / files).string());
      if (files[0] == '/') spec->base = fs::path(files).parent_path().string();
      return;
    }
    const size_t end = files.find('}');
    const std::string name =
        files.substr(2, end == std::string::npos ? std::string::npos : end - 2);
    const auto root = roots_.find(name);
    if (end == std::string::npos || root == roots_.end()) {
      std::vector<std::string> names;
      for (const auto& [known, folder] : roots_) names.push_back(known);
      Problem(*entry.Find("files"), absl::StrCat("there is no root '", name,
                                                 "'", DidYouMean(name, names),
                                                 " Start the service with "
                                                 "--root ",
                                                 name, "=FOLDER"));
      return;
    }
    spec->base = Absolute(root->second);
    std::string rest = files.substr(end + 1);
    if (absl::StartsWith(rest, "/")) rest = rest.substr(1);
    spec->files = Absolute((fs::path(spec->base) / rest).string());
  }

  void CheckPattern(const YamlValue& entry, const std::string& pattern) {
    if (pattern.empty()) return;
    try {
      const std::regex compiled(pattern);
      if (compiled.mark_count() == 0) {
        Problem(*entry.Find("vintage_from_path"),
                "the pattern has no group; put the date in parentheses: "
                "'(\\d{4}-\\d{2}-\\d{2})'");
      }
    } catch (const std::regex_error& error) {
      Problem(*entry.Find("vintage_from_path"),
              absl::StrCat("not a regular expression: ", error.what()));
    }
  }

  void ReadCoverage(const YamlValue& item, SourceConfig* source) {
    const std::string word = Text(item, "coverage", false);
    if (word.empty()) return;
    v1::Coverage::Extent extent;
    if (!v1::Coverage::Extent_Parse(absl::StrCat("EXTENT_", word), &extent) ||
        extent == v1::Coverage::EXTENT_UNSPECIFIED) {
      const std::vector<std::string> known = {"ALL", "TOP", "SOME"};
      Problem(*item.Find("coverage"),
              absl::StrCat("coverage is '", word, "'", DidYouMean(word, known),
                           " Known: ALL, TOP, SOME"));
      return;
    }
    source->coverage = extent;
  }

  void ReadLimits(const YamlValue& item, SourceConfig* source) {
    const YamlValue* limits = item.Find("limits");
    if (limits == nullptr) return;
    std::vector<std::string> known;
    const auto* descriptor = v1::Limits::descriptor();
    for (int i = 0; i < descriptor->field_count(); ++i) {
      known.push_back(descriptor->field(i)->name());
    }
    CheckKeys(*limits, known);
    for (const YamlValue& entry : limits->children) {
      const auto* field = descriptor->FindFieldByName(entry.key);
      uint64_t value = 0;
      if (field == nullptr) continue;
      if (!absl::SimpleAtoi(entry.text, &value) || value == 0) {
        Problem(entry,
                absl::StrCat("'", entry.key, "' is a whole number above 0"));
        continue;
      }
      source->limits.GetReflection()->SetUInt64(&source->limits, field, value);
    }
  }

  void ReadConfig(const YamlValue& item, SourceConfig* source) {
    const YamlValue* config = item.Find("config");
    if (config == nullptr || config->is_null()) {
      source->config_json = "{}";
      return;
    }
    if (!config->is_map()) {
      Problem(*config, "'config' is a mapping; its keys belong to the plugin");
      return;
    }
    YamlValue inlined = *config;
    for (YamlValue& entry : inlined.children) {
      if (entry.key == "mapping" || absl::EndsWith(entry.key, "_file")) {
        Inline(&entry);
      }
    }
    source->config_json = ToJson(inlined);
  }

  void Inline(YamlValue* entry) {
    if (!entry->is_scalar()) return;  // Inline already: the plugin checks it.
    const std::string path =
        Absolute((fs::path(folder_) / entry->text).string());
    const auto text = ReadWholeFile(path);
    if (!text.ok()) {
      Problem(*entry, absl::StrCat("'", entry->key, "' names ", entry->text,
                                   ", which cannot be read beside this file"));
      return;
    }
    const auto child = [&](absl::string_view key, const std::string& value) {
      YamlValue node;
      node.type = YamlValue::Type::kString;
      node.key = std::string(key);
      node.text = value;
      return node;
    };
    const std::string name = fs::path(path).filename().string();
    entry->type = YamlValue::Type::kMap;
    entry->text.clear();
    entry->children = {child("file", name), child("text", *text)};
  }

  const std::string file_;
  const std::string folder_;
  const Roots& roots_;
  std::vector<SourceConfig> sources_;
  std::set<std::string> ids_;
  std::vector<std::string> problems_;
};

// "YYYY-MM-DD" from it or from "YYYYMMDD"; other dates as they are.
std::string NormalDate(const std::string& text) {
  if (text.size() == 8 &&
      std::all_of(text.begin(), text.end(),
                  [](unsigned char c) { return absl::ascii_isdigit(c); })) {
    return absl::StrCat(text.substr(0, 4), "-", text.substr(4, 2), "-",
                        text.substr(6));
  }
  return text;
}

v1::Vintage MakeVintage(const std::string& date, v1::VintageBasis basis) {
  v1::Vintage vintage;
  vintage.set_date(date);
  vintage.set_precision(date.size() == 4   ? v1::PRECISION_YEAR
                        : date.size() == 7 ? v1::PRECISION_MONTH
                                           : v1::PRECISION_DAY);
  vintage.set_basis(basis);
  return vintage;
}

absl::StatusOr<v1::Vintage> VintageHint(const DocumentSpec& spec,
                                        const DocumentFile& document) {
  if (!spec.vintage.empty()) {
    return MakeVintage(spec.vintage, v1::VINTAGE_BASIS_CONFIG);
  }
  if (!spec.vintage_from_path.empty()) {
    std::smatch match;
    const std::regex pattern(spec.vintage_from_path);
    if (std::regex_search(document.path, match, pattern)) {
      const std::string date = NormalDate(match[1].str());
      if (ParseDate(date).ok()) {
        return MakeVintage(date, v1::VINTAGE_BASIS_PATH);
      }
    }
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_VINTAGE_PATH",
        absl::StrCat("the path ", document.path, " has no date as '",
                     spec.vintage_from_path,
                     "' promises; mend vintage_from_path or set vintage"),
        {{"path", document.path}});
  }
  struct stat info;
  Day day = 0;
  if (stat(document.file.c_str(), &info) == 0) {
    day = DayOf(absl::FromTimeT(info.st_mtime));
  }
  return MakeVintage(FormatDay(day), v1::VINTAGE_BASIS_FETCHED);
}

}  // namespace

absl::StatusOr<std::vector<SourceConfig>> ReadSources(const std::string& file,
                                                      const Roots& roots) {
  ASSIGN_OR_RETURN(const std::string text, ReadWholeFile(file));
  const auto root = ParseYaml(text, file);
  if (!root.ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_SOURCE_CONFIG",
                     root.status().message(), GetErrorDetails(root.status()));
  }
  return SourceReader(file, roots).Read(*root);
}

absl::StatusOr<std::vector<SourceConfig>> ReadAllSources(
    const std::vector<std::string>& files, const Roots& roots) {
  std::vector<SourceConfig> all;
  std::map<std::string, std::string> where;
  for (const std::string& file : files) {
    ASSIGN_OR_RETURN(std::vector<SourceConfig> sources,
                     ReadSources(file, roots));
    for (SourceConfig& source : sources) {
      const std::string place = absl::StrCat(source.file, ":", source.line);
      const auto [it, inserted] = where.emplace(source.id, place);
      if (!inserted) {
        return MakeError(
            absl::StatusCode::kInvalidArgument, "BAD_SOURCE_CONFIG",
            absl::StrCat(place, ": id '", source.id, "' is used at ",
                         it->second, " already; ids are unique"),
            {{"source", source.id}});
      }
      all.push_back(std::move(source));
    }
  }
  return all;
}

absl::StatusOr<std::vector<DocumentFile>> ExpandDocuments(
    const SourceConfig& source) {
  std::vector<DocumentFile> documents;
  for (const DocumentSpec& spec : source.documents) {
    glob_t found{};
    glob(spec.files.c_str(), 0, nullptr, &found);  // Sorted by name.
    std::vector<std::string> files(found.gl_pathv,
                                   found.gl_pathv + found.gl_pathc);
    globfree(&found);
    std::erase_if(files, [](const std::string& file) {
      std::error_code error;
      return fs::is_directory(file, error);
    });
    if (files.empty()) {
      return MakeError(absl::StatusCode::kNotFound, "NO_DOCUMENTS",
                       absl::StrCat("source '", source.id,
                                    "': no file matches ", spec.files),
                       {{"source", source.id}, {"files", spec.files}});
    }
    for (const std::string& file : files) {
      DocumentFile document;
      document.file = file;
      document.path = fs::path(file).lexically_relative(spec.base).string();
      ASSIGN_OR_RETURN(document.vintage_hint, VintageHint(spec, document));
      documents.push_back(std::move(document));
    }
  }
  return documents;
}

}  // namespace meridian::ingest
