#include "plugins/ollama/ollama_source.h"

#include <cmath>
#include <map>
#include <optional>
#include <tuple>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/number.h"
#include "plugins/json/config.h"
#include "plugins/json/json.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

// "54.8M", "128K", "512": decimal thousands for pulls, binary for contexts,
// where "128K" is 131072 tokens. nullopt: no number.
std::optional<double> Magnitude(absl::string_view text, double thousand) {
  text = absl::StripAsciiWhitespace(text);
  if (text.empty()) return std::nullopt;
  double factor = 1;
  constexpr absl::string_view kSteps = "KMBT";
  const size_t step = kSteps.find(text.back());
  if (step != absl::string_view::npos) {
    for (size_t i = 0; i <= step; ++i) factor *= thousand;
    text.remove_suffix(1);
  }
  const auto number = ParseNumber(text);
  if (!number.ok() || *number < 0) return std::nullopt;
  return *number * factor;
}

bool IsCloud(absl::string_view tag) {
  return tag == "cloud" || absl::EndsWith(tag, "-cloud");
}

std::string TextOf(const JsonValue& row, const char* name) {
  const auto value = row.Find(name);
  return value && value->is_string() ? std::string(value->text()) : "";
}

// Of tags with the same bytes the most explicit one stands for them: the
// longest, "latest" never; equals by the alphabet.
std::tuple<bool, size_t, std::string> Explicitness(const std::string& tag) {
  const bool is_latest = tag == "latest";
  return {!is_latest, tag.size(), tag};
}

class LibraryReader {
 public:
  explicit LibraryReader(Reader& reader) : reader_(reader) {}

  absl::Status ReadLibrary(Document& document) {
    const v1::DocumentHead& head = document.head();
    ASSIGN_OR_RETURN(std::string text, document.ReadAll());
    ASSIGN_OR_RETURN(const auto json,
                     JsonDocument::Parse(std::move(text), head.path()));
    const auto families = json->root().Find("models");
    if (!families || !families->is_object()) {
      return DocumentError(head, "UNKNOWN_DOCUMENT",
                           "expected an object 'models' of families");
    }
    // "lastUpdated" is when the library was looked at.
    v1::Vintage vintage = head.vintage_hint();
    ASSIGN_OR_RETURN(offerings_,
                     reader_.BeginSnapshot(BeginOf("offerings", vintage,
                                                   v1::Coverage::EXTENT_ALL)));
    ASSIGN_OR_RETURN(usage_, reader_.BeginSnapshot(BeginOf(
                                 "usage", vintage, v1::Coverage::EXTENT_ALL)));
    for (const JsonValue family : *families) {
      if (absl::StripAsciiWhitespace(family.key()).empty()) {
        RETURN_IF_ERROR(reader_.Reject(Place(family, "/models/"),
                                       "the family has no name", family.raw(),
                                       "offerings"));
        continue;
      }
      RETURN_IF_ERROR(ReadPulls(family));
      RETURN_IF_ERROR(ReadTags(family));
    }
    RETURN_IF_ERROR(offerings_->End());
    return usage_->End();
  }

 private:
  static v1::Locator Place(const JsonValue& value, std::string pointer) {
    v1::Locator locator;
    locator.set_line(value.line());
    locator.set_pointer(std::move(pointer));
    return locator;
  }

  absl::Status ReadPulls(const JsonValue& family) {
    const auto pulls = family.Find("pullCount");
    if (!pulls || pulls->is_null()) return absl::OkStatus();
    const v1::Locator locator = Place(
        *pulls,
        absl::StrCat("/models/", JsonPointerStep(family.key()), "/pullCount"));
    const std::optional<double> count =
        Magnitude(pulls->is_number() ? absl::StrCat(pulls->number())
                                     : std::string(pulls->text()),
                  1000);
    if (!count) {
      return reader_.Reject(locator, "'pullCount' is no number such as 54.8M",
                            pulls->raw(), "usage");
    }
    v1::Record record;
    *record.mutable_locator() = locator;
    v1::Usage& usage = *record.mutable_usage();
    usage.set_subject(std::string(family.key()));
    usage.set_measure("pulls");
    usage.set_count(*count);
    return usage_->Emit(std::move(record));
  }

  absl::Status ReadTags(const JsonValue& family) {
    const auto tags = family.Find("tags");
    if (!tags || tags->is_null()) return absl::OkStatus();
    // Hash -> the tag that says most of what the bytes are.
    std::map<std::string, std::string> explicit_tag;
    for (const JsonValue tag : *tags) {
      const std::string hash = TextOf(tag, "modelHash");
      if (hash.empty()) continue;
      std::string& best = explicit_tag[hash];
      const std::string name(tag.key());
      if (best.empty() || Explicitness(name) > Explicitness(best)) best = name;
    }
    for (const JsonValue tag : *tags) {
      RETURN_IF_ERROR(ReadTag(std::string(family.key()), tag, explicit_tag));
    }
    return absl::OkStatus();
  }

  absl::Status ReadTag(const std::string& family, const JsonValue& tag,
                       const std::map<std::string, std::string>& explicit_tag) {
    v1::Record record;
    *record.mutable_locator() =
        Place(tag, absl::StrCat("/models/", JsonPointerStep(family), "/tags/",
                                JsonPointerStep(tag.key())));
    const std::string full = TextOf(tag, "fullTag");
    if (absl::StripAsciiWhitespace(full).empty()) {
      return reader_.Reject(record.locator(),
                            "the tag has no 'fullTag', expected FAMILY:TAG",
                            tag.raw(), "offerings");
    }
    v1::Offering& offering = *record.mutable_offering();
    offering.set_operator_("ollama");
    offering.set_route(full);
    // A tag is an artefact of its own: which model it is, an alias says.
    offering.set_model(full);
    const std::string context = TextOf(tag, "contextWindow");
    if (!context.empty() && context != "-") {
      const auto tokens = Magnitude(context, 1024);
      if (!tokens || *tokens < 1 || *tokens != std::floor(*tokens)) {
        return reader_.Reject(record.locator(),
                              absl::StrCat("'contextWindow' is '", context,
                                           "', expected tokens such as 128K"),
                              tag.raw(), "offerings");
      }
      offering.set_context_tokens(static_cast<uint64_t>(*tokens));
    }
    const std::string name(tag.key());
    const auto same = explicit_tag.find(TextOf(tag, "modelHash"));
    if (same != explicit_tag.end() && same->second != name) {
      offering.set_upstream_model(
          absl::StrCat("ollama/", family, ":", same->second));
    }
    if (IsCloud(name)) {
      AddNote("model", v1::Note::KIND_WITHHELD,
              "served by the operator; the tag has no weights to download",
              &record);
    }
    return offerings_->Emit(std::move(record));
  }

  Reader& reader_;
  std::unique_ptr<SnapshotWriter> offerings_;
  std::unique_ptr<SnapshotWriter> usage_;
};

}  // namespace

v1::DescribeResponse OllamaSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("ollama");
  description.set_version("1.0.0");
  description.set_summary("Tags of Ollama's library and their pulls");
  description.add_streams("offerings");
  description.add_streams("usage");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false})");
  description.add_document_kinds("models.json: families with their tags, JSON");
  description.set_data_licence("none stated");
  return description;
}

std::vector<v1::Problem> OllamaSource::Check(
    const std::string& config_json) const {
  return CheckKeys(config_json, {});
}

absl::Status OllamaSource::Read(Reader& reader) {
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(LibraryReader(reader).ReadLibrary(*document));
  }
}

}  // namespace meridian
