#include "ingest_service/source_config.h"

#include <cstdlib>
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
#include "common/base/files.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/yaml/inline_file.h"
#include "common/yaml/yaml.h"
#include "common/yaml/yaml_json.h"
#include "google/protobuf/descriptor.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

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
                     "documents", "http", "schedule", "coverage", "hold_below",
                     "limits", "config"});
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
    ReadHttp(item, &source);
    ReadDocuments(item, &source);
    ReadSchedule(item, &source);
    ReadCoverage(item, &source);
    source.hold_below = Number(item, "hold_below", 0, 1, source.hold_below);
    ReadLimits(item, &source);
    ReadConfig(item, &source);
    sources_.push_back(std::move(source));
  }

  void ReadDocuments(const YamlValue& item, SourceConfig* source) {
    const YamlValue* documents = item.Find("documents");
    if (documents == nullptr || !documents->is_list() ||
        documents->children.empty()) {
      Problem(documents == nullptr ? item : *documents,
              "'documents' is a list of - files: GLOB or - url: URL; it needs "
              "at least one");
      return;
    }
    for (const YamlValue& entry : documents->children) {
      if (!entry.is_map()) {
        Problem(entry,
                "a document entry is a mapping: files: GLOB or url: URL");
        continue;
      }
      CheckKeys(entry, {"files", "url", "path", "members", "vintage_from_path",
                        "vintage"});
      DocumentSpec spec;
      if (entry.Find("url") != nullptr) {
        PlaceUrl(entry, &spec, source);
      } else {
        Place(entry, Text(entry, "files", true), &spec);
        if (entry.Find("path") != nullptr) {
          Problem(*entry.Find("path"), "'path' belongs to a 'url'");
        }
      }
      spec.members = Text(entry, "members", false);
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

  void PlaceUrl(const YamlValue& entry, DocumentSpec* spec,
                SourceConfig* source) {
    if (entry.Find("files") != nullptr) {
      Problem(entry, "'files' and 'url' exclude each other");
    }
    const std::string text = Text(entry, "url", true);
    if (text.empty()) return;
    const auto url = ParseUrl(text);
    if (!url.ok()) {
      Problem(*entry.Find("url"), url.status().message());
      return;
    }
    spec->url = url->full;
    spec->path = Text(entry, "path", false);
    if (spec->path.empty()) spec->path = absl::StrCat(url->host, url->path);
    source->http.hosts.push_back(HostOf(*url));
  }

  // --- Values with a meaning ------------------------------------------------

  double Number(const YamlValue& map, absl::string_view key, double least,
                double most, double otherwise) {
    const std::string text = Text(map, key, false);
    double value = 0;
    if (text.empty()) return otherwise;
    if (!absl::SimpleAtod(text, &value) || !(value >= least && value <= most)) {
      Problem(*map.Find(key), absl::StrCat("'", key, "' is a number from ",
                                           least, " to ", most));
      return otherwise;
    }
    return value;
  }

  absl::Duration Time(const YamlValue& map, absl::string_view key,
                      absl::Duration otherwise) {
    const std::string text = Text(map, key, false);
    absl::Duration value;
    if (text.empty()) return otherwise;
    if (!absl::ParseDuration(text, &value) || value <= absl::ZeroDuration() ||
        value > absl::Hours(24 * 366)) {
      Problem(*map.Find(key),
              absl::StrCat("'", key,
                           "' is a duration above 0 such as 500ms, 30s, 15m "
                           "or 24h"));
      return otherwise;
    }
    return value;
  }

  bool Flag(const YamlValue& map, absl::string_view key) {
    const std::string text = Text(map, key, false);
    if (!text.empty() && text != "true" && text != "false") {
      Problem(*map.Find(key), absl::StrCat("'", key, "' is true or false"));
    }
    return text == "true";
  }

  // --- Network and schedule -------------------------------------------------

  void ReadHttp(const YamlValue& item, SourceConfig* source) {
    const YamlValue* http = item.Find("http");
    if (http == nullptr) return;
    if (!http->is_map()) {
      Problem(*http, "'http' is a mapping");
      return;
    }
    CheckKeys(*http, {"hosts", "private_addresses", "proxy", "connect_timeout",
                      "timeout", "idle_timeout", "retries", "backoff",
                      "max_wait", "requests_per_minute", "credentials"});
    HttpRules& rules = source->http;
    if (const YamlValue* hosts = http->Find("hosts")) {
      for (const YamlValue& host : hosts->children) {
        const auto url = ParseUrl(absl::StrCat("http://", host.text));
        if (!host.is_scalar() || !url.ok() || url->path != "/") {
          Problem(host, "a host is a name, or NAME:PORT");
          continue;
        }
        rules.hosts.push_back(HostOf(*url));
      }
    }
    rules.private_addresses = Flag(*http, "private_addresses");
    rules.proxy = Text(*http, "proxy", false);
    rules.connect_timeout =
        Time(*http, "connect_timeout", rules.connect_timeout);
    rules.timeout = Time(*http, "timeout", rules.timeout);
    rules.idle_timeout = Time(*http, "idle_timeout", rules.idle_timeout);
    rules.retries =
        static_cast<int>(Number(*http, "retries", 0, 10, rules.retries));
    rules.backoff = Time(*http, "backoff", rules.backoff);
    rules.max_wait = Time(*http, "max_wait", rules.max_wait);
    rules.requests_per_minute = Number(*http, "requests_per_minute", 0.01,
                                       100'000, rules.requests_per_minute);
    ReadCredentials(*http, &rules);
  }

  // The value comes from the environment, so that no configuration holds it.
  void ReadCredentials(const YamlValue& http, HttpRules* rules) {
    const YamlValue* credentials = http.Find("credentials");
    if (credentials == nullptr) return;
    for (const YamlValue& entry : credentials->children) {
      if (!entry.is_map()) {
        Problem(entry, "a credential is a mapping: host, header, from_env");
        continue;
      }
      CheckKeys(entry, {"host", "header", "from_env"});
      const std::string host = Text(entry, "host", true);
      const std::string header = Text(entry, "header", true);
      const std::string variable = Text(entry, "from_env", true);
      if (host.empty() || header.empty() || variable.empty()) continue;
      const char* value = std::getenv(variable.c_str());
      if (value == nullptr || *value == '\0') {
        Problem(*entry.Find("from_env"),
                absl::StrCat("the environment has no variable ", variable));
        continue;
      }
      const auto url = ParseUrl(absl::StrCat("http://", host));
      if (!url.ok()) {
        Problem(*entry.Find("host"), "a host is a name, or NAME:PORT");
        continue;
      }
      rules->credentials.push_back({HostOf(*url), header, value});
    }
  }

  void ReadSchedule(const YamlValue& item, SourceConfig* source) {
    const YamlValue* schedule = item.Find("schedule");
    if (schedule == nullptr) return;
    if (!schedule->is_map() || schedule->Find("every") == nullptr) {
      Problem(*schedule, "'schedule' is a mapping: {every: 6h}");
      return;
    }
    CheckKeys(*schedule, {"every"});
    source->every = Time(*schedule, "every", absl::ZeroDuration());
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
      if (!NamesFile(entry)) continue;
      const std::string name = entry.text;
      if (!InlineFile(folder_, &entry).ok()) {
        Problem(entry, absl::StrCat("'", entry.key, "' names ", name,
                                    ", which cannot be read beside this file"));
      }
    }
    source->config_json = ToJson(inlined);
  }

  const std::string file_;
  const std::string folder_;
  const Roots& roots_;
  std::vector<SourceConfig> sources_;
  std::set<std::string> ids_;
  std::vector<std::string> problems_;
};

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

}  // namespace meridian::ingest
