#include "plugins/huggingface/hub_source.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "plugins/json/config.h"
#include "plugins/json/json.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

struct Config {
  bool complete = false;
  uint64_t max_pages = 10'000;
};

std::vector<v1::Problem> ReadConfig(const std::string& json, Config* config) {
  std::vector<v1::Problem> problems =
      CheckKeys(json, {"complete", "max_pages"});
  const auto document = JsonDocument::Parse(json, "config");
  if (!document.ok() || !problems.empty()) return problems;
  if (const auto value = (*document)->root().Find("complete")) {
    if (value->type() == JsonValue::Type::kBool) {
      config->complete = value->boolean();
    } else {
      AddProblem("complete", "is true or false", "complete: true", &problems);
    }
  }
  if (const auto value = (*document)->root().Find("max_pages")) {
    if (value->is_number() && value->number() >= 1 && value->number() <= 1e6 &&
        value->number() == std::floor(value->number())) {
      config->max_pages = static_cast<uint64_t>(value->number());
    } else {
      AddProblem("max_pages", "is a whole number from 1 to 1000000",
                 "max_pages: 10000", &problems);
    }
  }
  return problems;
}

// The target of rel="next" in a Link header (RFC 8288); empty: none.
std::string NextPage(const v1::DocumentHead& head) {
  const auto link = head.headers().find("link");
  if (link == head.headers().end()) return "";
  for (absl::string_view one : absl::StrSplit(link->second, ',')) {
    one = absl::StripAsciiWhitespace(one);
    const size_t end = one.find('>');
    if (!absl::StartsWith(one, "<") || end == absl::string_view::npos) continue;
    for (absl::string_view parameter :
         absl::StrSplit(one.substr(end + 1), ';')) {
      parameter = absl::StripAsciiWhitespace(parameter);
      if (parameter == "rel=\"next\"" || parameter == "rel=next") {
        return std::string(one.substr(1, end - 1));
      }
    }
  }
  return "";
}

std::string TextOf(const JsonValue& row,
                   std::initializer_list<const char*> names) {
  for (const char* name : names) {
    const auto value = row.Find(name);
    if (value && value->is_string()) return std::string(value->text());
  }
  return "";
}

// One entry of the listing. A `why`: it cannot be read.
class Entry {
 public:
  explicit Entry(const JsonValue& row) : row_(row) {}

  const std::string& why() const { return why_; }
  const std::string& id() const { return id_; }

  v1::Record ReadModel() {
    v1::Record record;
    id_ = TextOf(row_, {"id", "modelId", "model_id"});
    if (absl::StripAsciiWhitespace(id_).empty() ||
        absl::StripAsciiWhitespace(id_) != id_) {
      why_ = "the entry has no 'id', expected NAMESPACE/NAME";
      return record;
    }
    v1::Model& model = *record.mutable_model();
    model.set_name(id_);
    if (const size_t slash = id_.find('/'); slash != std::string::npos) {
      model.add_developers(id_.substr(0, slash));
    }
    ReadGated(&model);
    ReadTags(&record);
    return record;
  }

  std::optional<v1::Record> ReadUsage(const char* member, const char* measure) {
    const auto count = row_.Find(member);
    if (!count || count->is_null()) return std::nullopt;
    if (!count->is_number() || !(count->number() >= 0)) {
      Wrong(*count, member, "a number");
      return std::nullopt;
    }
    v1::Record record;
    v1::Usage& usage = *record.mutable_usage();
    usage.set_subject(id_);
    usage.set_measure(measure);
    usage.set_count(count->number());
    return record;
  }

 private:
  void Wrong(const JsonValue& value, const char* name, const char* expected) {
    if (!why_.empty()) return;
    why_ = absl::StrCat("'", name, "' is ", value.raw().substr(0, 80),
                        ", expected ", expected);
  }

  // That a repository can be downloaded is what "gated" says.
  void ReadGated(v1::Model* model) {
    const auto is_private = row_.Find("private");
    if (is_private && is_private->boolean()) return;
    const auto gated = row_.Find("gated");
    if (!gated || gated->is_null()) return;
    if (gated->type() == JsonValue::Type::kBool) {
      model->set_weights(gated->boolean() ? v1::WEIGHTS_GATED
                                          : v1::WEIGHTS_OPEN);
    } else if (gated->text() == "auto" || gated->text() == "manual") {
      model->set_weights(v1::WEIGHTS_GATED);
    } else {
      Wrong(*gated, "gated", "false, \"auto\" or \"manual\"");
    }
  }

  void ReadTags(v1::Record* record) {
    v1::Model& model = *record->mutable_model();
    std::vector<std::string> unrelated;  // base_model:X without a relation
    std::set<std::string> related;
    std::set<std::string> licences;
    if (const auto tags = row_.Find("tags"); tags && tags->is_array()) {
      for (const JsonValue tag : *tags) {
        absl::string_view text = tag.text();
        if (absl::ConsumePrefix(&text, "license:")) {
          licences.insert(std::string(text));
        } else if (absl::ConsumePrefix(&text, "base_model:")) {
          ReadBase(text, record, &related, &unrelated);
        }
      }
    } else if (tags && !tags->is_null()) {
      Wrong(*tags, "tags", "a list of texts");
    }
    if (licences.empty()) {
      if (const auto card = row_.Find("cardData"); card && card->is_object()) {
        const std::string stated = TextOf(*card, {"license"});
        if (!stated.empty()) licences.insert(stated);
      }
    }
    if (licences.empty()) {
      const std::string stated = TextOf(row_, {"license"});
      if (!stated.empty()) licences.insert(stated);
    }
    for (const std::string& licence : licences) {
      model.add_licences()->set_licence(licence);
    }
    for (const std::string& base : unrelated) {
      if (!related.insert(base).second) continue;
      if (!IsItself(base, record)) model.add_base_models()->set_model(base);
    }
  }

  void ReadBase(absl::string_view text, v1::Record* record,
                std::set<std::string>* related,
                std::vector<std::string>* unrelated) {
    static constexpr std::pair<const char*, v1::BaseRelation> kRelations[] = {
        {"finetune:", v1::BASE_RELATION_FINE_TUNE},
        {"merge:", v1::BASE_RELATION_MERGE},
        {"quantized:", v1::BASE_RELATION_QUANTIZED},
        {"adapter:", v1::BASE_RELATION_ADAPTER}};
    for (const auto& [prefix, relation] : kRelations) {
      if (!absl::ConsumePrefix(&text, prefix)) continue;
      const std::string base(text);
      if (!related->insert(base).second || IsItself(base, record)) return;
      v1::BaseModel& added = *record->mutable_model()->add_base_models();
      added.set_model(base);
      added.set_relation(relation);
      return;
    }
    if (!text.empty()) unrelated->emplace_back(text);
  }

  bool IsItself(const std::string& base, v1::Record* record) const {
    if (base != id_) return false;
    AddNote("base_models", v1::Note::KIND_DOUBTFUL,
            "the repository names itself as its base", record);
    return true;
  }

  const JsonValue& row_;
  std::string id_;
  std::string why_;
};

// The pages of one vintage and what is written of them.
struct Listing {
  v1::Vintage vintage;
  std::unique_ptr<SnapshotWriter> models;
  std::unique_ptr<SnapshotWriter> usage;
};

class ListingReader {
 public:
  ListingReader(Reader& reader, const Config& config)
      : reader_(reader), config_(config) {}

  absl::Status ReadAll() {
    while (true) {
      ASSIGN_OR_RETURN(const auto document, reader_.NextDocument());
      if (document == nullptr) break;
      RETURN_IF_ERROR(ReadPage(*document));
    }
    for (auto& [date, listing] : listings_) {
      RETURN_IF_ERROR(listing.models->End());
      RETURN_IF_ERROR(listing.usage->End());
    }
    return absl::OkStatus();
  }

 private:
  // A page that was asked for belongs to the listing that led to it: its own
  // date may be a day later.
  absl::StatusOr<Listing*> ListingOf(const v1::DocumentHead& head) {
    if (const auto asked = asked_.find(head.request()); asked != asked_.end()) {
      return asked->second;
    }
    Listing& listing = listings_[head.vintage_hint().date()];
    if (listing.models != nullptr) return &listing;
    listing.vintage = head.vintage_hint();
    const auto extent =
        config_.complete ? v1::Coverage::EXTENT_ALL : v1::Coverage::EXTENT_SOME;
    ASSIGN_OR_RETURN(listing.models, reader_.BeginSnapshot(BeginOf(
                                         "models", listing.vintage, extent)));
    ASSIGN_OR_RETURN(listing.usage, reader_.BeginSnapshot(BeginOf(
                                        "usage", listing.vintage, extent)));
    return &listing;
  }

  absl::Status ReadPage(Document& document) {
    const v1::DocumentHead& head = document.head();
    ASSIGN_OR_RETURN(std::string text, document.ReadAll());
    ASSIGN_OR_RETURN(const auto page,
                     JsonDocument::Parse(std::move(text), head.path()));
    const JsonValue root = page->root();
    const auto inner = root.Find("models");
    const JsonValue rows = inner ? *inner : root;
    if (!rows.is_array()) {
      return DocumentError(head, "UNKNOWN_DOCUMENT",
                           "neither a list of models nor an object with "
                           "'models'");
    }
    ASSIGN_OR_RETURN(Listing* const listing, ListingOf(head));
    const std::string prefix = inner ? "/models/" : "/";
    size_t index = 0;
    for (const JsonValue row : rows) {
      v1::Locator locator;
      locator.set_document(head.request());
      locator.set_line(row.line());
      locator.set_pointer(absl::StrCat(prefix, index++));
      RETURN_IF_ERROR(ReadEntry(row, locator, *listing));
    }
    const std::string next = NextPage(head);
    if (next.empty()) return absl::OkStatus();
    if (++pages_ >= config_.max_pages) return TooManyPages();
    ASSIGN_OR_RETURN(const uint32_t request, reader_.Fetch(next));
    asked_[request] = listing;
    return absl::OkStatus();
  }

  absl::Status ReadEntry(const JsonValue& row, const v1::Locator& locator,
                         Listing& listing) {
    Entry entry(row);
    v1::Record model = entry.ReadModel();
    std::vector<v1::Record> figures;
    if (entry.why().empty()) {
      for (const auto& [member, measure] :
           // What the Hub calls downloads are those of the last 30 days.
           {std::pair{"downloads", "downloads_30_days"},
            std::pair{"downloadsAllTime", "downloads"},
            std::pair{"likes", "likes"}}) {
        auto usage = entry.ReadUsage(member, measure);
        if (usage) figures.push_back(*std::move(usage));
      }
    }
    if (!entry.why().empty()) {
      return reader_.Reject(locator, entry.why(), row.raw(), "models");
    }
    *model.mutable_locator() = locator;
    RETURN_IF_ERROR(listing.models->Emit(std::move(model)));
    for (v1::Record& figure : figures) {
      *figure.mutable_locator() = locator;
      RETURN_IF_ERROR(listing.usage->Emit(std::move(figure)));
    }
    return absl::OkStatus();
  }

  absl::Status TooManyPages() {
    if (config_.complete) {
      return MakeError(
          absl::StatusCode::kResourceExhausted, "LISTING_INCOMPLETE",
          absl::StrCat("the listing goes on after ", config_.max_pages,
                       " pages, and 'complete: true' promises "
                       "all of it; raise max_pages"));
    }
    return reader_.Diagnose(
        v1::Diagnostic::SEVERITY_INFO,
        absl::StrCat("the listing goes on after ", config_.max_pages,
                     " pages (max_pages)"));
  }

  Reader& reader_;
  const Config config_;
  std::map<std::string, Listing> listings_;  // by date of the vintage
  std::map<uint32_t, Listing*> asked_;       // by request
  uint64_t pages_ = 0;
};

}  // namespace

v1::DescribeResponse HubSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("huggingface");
  description.set_version("1.0.0");
  description.set_summary(
      "Models of the Hugging Face Hub: licences, bases, access, downloads");
  description.add_streams("models");
  description.add_streams("usage");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false,"properties":{)"
      R"("complete":{"type":"boolean","description":)"
      R"("true: the pages are the whole listing, so absence means gone"},)"
      R"("max_pages":{"type":"integer","minimum":1,"maximum":1000000}}})");
  description.add_document_kinds("/api/models: a page of the listing, JSON");
  description.add_document_kinds("{\"models\": [...]}: a stored listing");
  description.set_data_licence("Hugging Face terms of service");
  return description;
}

std::vector<v1::Problem> HubSource::Check(
    const std::string& config_json) const {
  Config config;
  return ReadConfig(config_json, &config);
}

absl::Status HubSource::Read(Reader& reader) {
  Config config;
  if (!ReadConfig(reader.config_json(), &config).empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                     "the configuration has problems; Check names them");
  }
  return ListingReader(reader, config).ReadAll();
}

}  // namespace meridian
