#include "plugins/arena/arena_source.h"

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/arena/catalogue.h"
#include "plugins/arena/config.h"
#include "plugins/arena/daily.h"
#include "plugins/arena/document.h"
#include "plugins/arena/history.h"
#include "plugins/arena/tables.h"
#include "plugins/formats/csv.h"
#include "plugins/json/json.h"

namespace meridian {
namespace {

using arena::ArenaConfig;
using arena::ArenaDocument;

// Why the publisher's companion files are not read; empty for other names.
absl::string_view WhySkipped(absl::string_view name) {
  if (name == "scatterplot-data.json") {
    return "it holds prices and names, no ratings";
  }
  if (name == "key_to_model.csv") return "it holds names, no ratings";
  if (absl::StartsWith(name, "design_arena_models") &&
      absl::EndsWith(name, ".json")) {
    return "it lists models of another board, no ratings";
  }
  return "";
}

absl::Status ReadJson(std::string text, ArenaDocument& document) {
  ASSIGN_OR_RETURN(const auto json,
                   JsonDocument::Parse(std::move(text), document.path()));
  const JsonValue root = json->root();
  if (arena::IsDaily(root)) return arena::ReadDaily(root, document);
  if (arena::IsCatalogue(root)) return arena::ReadCatalogue(root, document);
  return document.Error(
      "UNKNOWN_DOCUMENT",
      "it is JSON of a shape this plugin does not know; expected a catalogue "
      "file (category, model, {rating, rating_q025, rating_q975}) or a page of "
      "the site ({meta, models}); leave it out of the source's documents");
}

// The document's bytes up to and including its first that is no space: they
// tell JSON from CSV.
absl::StatusOr<std::string> ReadHead(Document& document) {
  std::string head;
  while (true) {
    ASSIGN_OR_RETURN(const std::string chunk, document.NextChunk());
    if (chunk.empty()) return head;
    head += chunk;
    if (head.size() >= 3 &&
        head.find_first_not_of(" \t\r\n\xEF\xBB\xBF") != std::string::npos) {
      return head;
    }
  }
}

bool LooksLikeJson(absl::string_view head) {
  const size_t first = head.find_first_not_of(" \t\r\n\xEF\xBB\xBF");
  return first != absl::string_view::npos &&
         (head[first] == '{' || head[first] == '[');
}

absl::Status ReadOne(Document& source, ArenaDocument& document) {
  const absl::string_view why = WhySkipped(arena::BaseName(document.path()));
  if (!why.empty()) return document.Inform(absl::StrCat("skipped: ", why));
  ASSIGN_OR_RETURN(std::string head, ReadHead(source));
  if (head.find_first_not_of(" \t\r\n\xEF\xBB\xBF") == std::string::npos) {
    return document.Error("EMPTY_DOCUMENT", "it is empty; fetch it again");
  }
  if (LooksLikeJson(head)) {
    while (true) {
      ASSIGN_OR_RETURN(const std::string chunk, source.NextChunk());
      if (chunk.empty()) return ReadJson(std::move(head), document);
      head += chunk;
    }
  }
  const auto csv = CsvReader::Create([&source, &head] {
    return head.empty() ? source.NextChunk()
                        : absl::StatusOr<std::string>(
                              std::exchange(head, std::string()));
  });
  if (!csv.ok()) {
    return Annotate(csv.status(),
                    absl::StrCat("document '", document.path(), "'"));
  }
  return arena::IsTable(**csv) ? arena::ReadTable(**csv, document)
                               : arena::ReadHistory(**csv, document);
}

}  // namespace

v1::DescribeResponse ArenaSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("arena");
  description.set_version("1.1.0");
  description.set_summary(
      "Ratings of language models from human votes: catalogue files, a "
      "history table, leaderboard tables, daily pages");
  for (const char* stream :
       {"{board}/raw", "{board}/style_control", "text/elo", "mt-bench/score",
        "mt-bench-win-rate/win_rate", "mmlu/accuracy", "models",
        "models/tables", "models/{board}"}) {
    description.add_streams(stream);
  }
  description.set_config_json_schema(arena::kConfigSchema);
  description.add_document_kinds(
      "leaderboard-<board>[-style-control].json: category, model, rating with "
      "95 % interval");
  description.add_document_kinds(
      "history CSV: key, Model, rating, License, Organization, date");
  description.add_document_kinds(
      "leaderboard table CSV: Model, MT-bench (score) and more, one per date");
  description.add_document_kinds(
      "daily page as JSON: meta and models with rank, score, ci, votes");
  description.set_data_licence("none stated");
  return description;
}

std::vector<v1::Problem> ArenaSource::Check(
    const std::string& config_json) const {
  ArenaConfig config;
  return arena::ParseConfig(config_json, &config);
}

absl::Status ArenaSource::Read(Reader& reader) {
  ArenaConfig config;
  const auto problems = arena::ParseConfig(reader.config_json(), &config);
  if (!problems.empty()) {
    return MakeError(
        absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
        absl::StrCat("config.", problems[0].path(), ": ", problems[0].message(),
                     "; ", problems[0].fix()));
  }
  while (true) {
    ASSIGN_OR_RETURN(const auto source, reader.NextDocument());
    if (source == nullptr) return absl::OkStatus();
    ArenaDocument document(source->head(), config, reader);
    RETURN_IF_ERROR(ReadOne(*source, document));
  }
}

}  // namespace meridian
