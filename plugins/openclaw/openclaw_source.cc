#include "plugins/openclaw/openclaw_source.h"

#include <cmath>
#include <map>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "plugins/json/json.h"

namespace meridian {
namespace {

// Largest whole number that a double holds exactly.
constexpr double kMostTokens = 9007199254740992.0;

// A row that has a field of the wrong type says why; what is merely missing
// stays unset.
class Row {
 public:
  explicit Row(const JsonValue& value) : value_(value) {}

  const std::string& why() const { return why_; }

  std::optional<JsonValue> Member(absl::string_view name) const {
    auto member = value_.Find(name);
    if (member && member->is_null()) return std::nullopt;
    return member;
  }
  std::string Text(absl::string_view name) {
    const auto member = Member(name);
    if (!member) return "";
    if (!member->is_string()) {
      Wrong(*member, name, "a text");
      return "";
    }
    return std::string(member->text());
  }
  std::optional<uint64_t> Tokens(absl::string_view name) {
    const auto member = Member(name);
    if (!member) return std::nullopt;
    const double number = member->number();
    if (!member->is_number() || !(number >= 1) || number > kMostTokens ||
        number != std::floor(number)) {
      Wrong(*member, name, "a whole number above 0");
      return std::nullopt;
    }
    return static_cast<uint64_t>(number);
  }
  void Wrong(const JsonValue& member, absl::string_view name,
             absl::string_view expected) {
    if (why_.empty()) {
      why_ = absl::StrCat("'", name, "' is ", member.raw().substr(0, 80),
                          ", expected ", expected);
    }
  }

 private:
  const JsonValue& value_;
  std::string why_;
};

// USD per million tokens; 0 means "unknown or free" and gives no price.
void ReadPrices(const JsonValue& cost, std::optional<uint64_t> from,
                std::optional<uint64_t> to, Row& row, bool* has_zero,
                v1::Offering* offering) {
  static constexpr std::pair<const char*, const char*> kPrices[] = {
      {"input", "input"},
      {"output", "output"},
      {"cacheRead", "cache_read"},
      {"cacheWrite", "cache_write"}};
  for (const auto& [name, what] : kPrices) {
    const auto member = cost.Find(name);
    if (!member || member->is_null()) continue;
    if (!member->is_number() || !std::isfinite(member->number()) ||
        member->number() < 0) {
      row.Wrong(*member, name, "a price in USD per million tokens");
      continue;
    }
    if (member->number() == 0) {
      *has_zero = true;
      continue;
    }
    v1::Price* price = offering->add_prices();
    price->set_what(what);
    price->set_per_million_tokens(member->number());
    price->set_currency("USD");
    if (from) price->set_from_tokens(*from);
    if (to) price->set_to_tokens(*to);
  }
}

void ReadCost(Row& row, v1::Record* record) {
  const auto cost = row.Member("cost");
  if (!cost) return;
  if (!cost->is_object()) {
    row.Wrong(*cost, "cost", "an object of prices");
    return;
  }
  bool has_zero = false;
  v1::Offering* offering = record->mutable_offering();
  ReadPrices(*cost, std::nullopt, std::nullopt, row, &has_zero, offering);
  if (const auto tiers = cost->Find("tieredPricing");
      tiers && tiers->is_array()) {
    for (const JsonValue tier : *tiers) {
      const auto range = tier.Find("range");
      std::vector<uint64_t> bounds;
      if (range && range->is_array()) {
        for (const JsonValue bound : *range) {
          if (bound.is_number() && bound.number() >= 0 &&
              bound.number() < kMostTokens) {
            bounds.push_back(static_cast<uint64_t>(bound.number()));
          }
        }
      }
      if (bounds.empty() || bounds.size() > 2) {
        row.Wrong(tier, "tieredPricing", "tiers with range: [from, to]");
        continue;
      }
      ReadPrices(tier, bounds[0],
                 bounds.size() == 2 ? std::optional<uint64_t>(bounds[1])
                                    : std::nullopt,
                 row, &has_zero, offering);
    }
  }
  if (has_zero) {
    v1::Note* note = record->add_notes();
    note->set_field("prices");
    note->set_kind(v1::Note::KIND_DOUBTFUL);
    note->set_text("a price of 0 stands for unknown or free");
  }
}

void ReadStatus(Row& row, v1::Offering* offering) {
  const std::string status = row.Text("status");
  if (status.empty()) return;
  v1::Offering::Status value;
  if (v1::Offering::Status_Parse(
          absl::StrCat("STATUS_", absl::AsciiStrToUpper(status)), &value) &&
      value != v1::Offering::STATUS_UNSPECIFIED) {
    offering->set_status(value);
  } else {
    row.Wrong(*row.Member("status"), "status",
              "available, preview, deprecated or disabled");
  }
}

// The offering that a catalogue entry describes. A `why`: it cannot be read.
v1::Record ReadModel(const JsonValue& value, absl::string_view provider,
                     const std::string& base_url, std::string* why) {
  v1::Record record;
  Row row(value);
  v1::Offering* offering = record.mutable_offering();
  offering->set_operator_(std::string(provider));
  const std::string id = row.Text("id");
  offering->set_route(id);
  offering->set_model(id);
  if (const std::string name = row.Text("name"); !name.empty()) {
    offering->set_display_name(name);
  }
  if (const auto tokens = row.Tokens("contextWindow")) {
    offering->set_context_tokens(*tokens);
  }
  if (const auto tokens = row.Tokens("maxTokens")) {
    offering->set_output_tokens(*tokens);
  }
  if (const auto inputs = row.Member("input"); inputs && inputs->is_array()) {
    for (const JsonValue input : *inputs) {
      if (input.is_string() && !input.text().empty()) {
        offering->add_input_modalities(absl::AsciiStrToLower(input.text()));
      }
    }
  }
  if (const std::string text = row.Text("replacedBy"); !text.empty()) {
    offering->set_replaced_by(text);
  }
  if (const std::string text = row.Text("upstreamModel"); !text.empty()) {
    offering->set_upstream_model(text);
  }
  if (!base_url.empty()) offering->set_base_url(base_url);
  ReadStatus(row, offering);
  ReadCost(row, &record);
  *why = row.why();
  return record;
}

// Reads the documents of one run.
class ManifestReader {
 public:
  explicit ManifestReader(Reader& reader) : reader_(reader) {}

  absl::Status ReadManifest(Document& document) {
    const v1::DocumentHead& head = document.head();
    ASSIGN_OR_RETURN(std::string text, document.ReadAll());
    ASSIGN_OR_RETURN(const auto json,
                     JsonDocument::Parse(std::move(text), head.path()));
    const JsonValue root = json->root();
    const auto id = root.Find("id");
    if (!id || !id->is_string()) {
      return Error(head, "UNKNOWN_DOCUMENT",
                   "it is JSON without a text 'id', so no manifest; leave it "
                   "out of the source's documents");
    }
    const auto catalogue = root.Find("modelCatalog");
    if (!catalogue || catalogue->is_null()) {
      // Written before manifests had catalogues.
      return reader_.Diagnose(
          v1::Diagnostic::SEVERITY_INFO,
          absl::StrCat("document '", head.path(), "': manifest '", id->text(),
                       "' has no modelCatalog, so no offerings"));
    }
    const auto providers = catalogue->Find("providers");
    if (!providers || !providers->is_object()) {
      return Error(head, "UNKNOWN_DOCUMENT",
                   absl::StrCat("line ", catalogue->line(),
                                ": modelCatalog has no object 'providers'"));
    }
    for (const JsonValue provider : *providers) {
      RETURN_IF_ERROR(ReadProvider(head, provider));
    }
    return absl::OkStatus();
  }

 private:
  static absl::Status Error(const v1::DocumentHead& head,
                            absl::string_view reason,
                            absl::string_view message) {
    return MakeError(absl::StatusCode::kInvalidArgument, reason,
                     absl::StrCat("document '", head.path(), "': ", message),
                     {{"document", head.path()}});
  }

  // Manifests of two releases may follow each other in one read; the same
  // provider twice at one vintage is a mistake of the configuration.
  absl::Status CheckStream(const v1::DocumentHead& head,
                           const std::string& stream) {
    const auto [it, inserted] = streams_.emplace(
        std::make_pair(stream, head.vintage_hint().date()), head.path());
    if (inserted) return absl::OkStatus();
    return Error(head, "DUPLICATE_STREAM",
                 absl::StrCat("'", it->second, "' has provider stream '",
                              stream, "' of the same vintage; keep one"));
  }

  absl::Status ReadProvider(const v1::DocumentHead& head,
                            const JsonValue& provider) {
    if (absl::StripAsciiWhitespace(provider.key()).empty()) {
      v1::Locator locator;
      locator.set_line(provider.line());
      return reader_.Reject(locator, "the provider has no name",
                            provider.raw());
    }
    const std::string stream = absl::StrCat("offerings/", provider.key());
    RETURN_IF_ERROR(CheckStream(head, stream));
    const auto models = provider.Find("models");
    if (!models || !models->is_array()) {
      return reader_.Diagnose(
          v1::Diagnostic::SEVERITY_INFO,
          absl::StrCat("document '", head.path(), "', line ", provider.line(),
                       ": provider '", provider.key(), "' lists no models"));
    }
    std::string base_url;
    if (const auto url = provider.Find("baseUrl"); url && url->is_string()) {
      base_url = std::string(url->text());
    }
    std::vector<v1::Record> records;
    std::set<std::string> routes;
    bool has_rejected = false;
    size_t index = 0;
    for (const JsonValue model : *models) {
      v1::Locator locator;
      locator.set_line(model.line());
      locator.set_pointer(absl::StrCat("/modelCatalog/providers/",
                                       JsonPointerStep(provider.key()),
                                       "/models/", index++));
      std::string why;
      v1::Record record = ReadModel(model, provider.key(), base_url, &why);
      const std::string& route = record.offering().route();
      if (why.empty() && absl::StripAsciiWhitespace(route).empty()) {
        why = "the model has no 'id', expected the id it is routed by";
      }
      if (why.empty() && !routes.insert(route).second) {
        why =
            absl::StrCat("id '", route, "' is listed twice; the first stands");
      }
      if (!why.empty()) {
        has_rejected = true;
        RETURN_IF_ERROR(reader_.Reject(locator, why, model.raw(), stream));
        continue;
      }
      *record.mutable_locator() = std::move(locator);
      records.push_back(std::move(record));
    }
    return Write(head, stream, has_rejected, std::move(records));
  }

  absl::Status Write(const v1::DocumentHead& head, const std::string& stream,
                     bool has_rejected, std::vector<v1::Record> records) {
    v1::BeginSnapshot begin;
    begin.set_stream(stream);
    *begin.mutable_vintage() = head.vintage_hint();
    begin.mutable_coverage()->set_extent(
        has_rejected ? v1::Coverage::EXTENT_SOME : v1::Coverage::EXTENT_ALL);
    begin.set_mode(v1::SNAPSHOT_MODE_REPLACES);
    ASSIGN_OR_RETURN(const auto snapshot,
                     reader_.BeginSnapshot(std::move(begin)));
    for (v1::Record& record : records) {
      RETURN_IF_ERROR(snapshot->Emit(std::move(record)));
    }
    return snapshot->End();
  }

  Reader& reader_;
  std::map<std::pair<std::string, std::string>, std::string> streams_;
};

}  // namespace

v1::DescribeResponse OpenClawSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("openclaw");
  description.set_version("1.0.0");
  description.set_summary(
      "Models that providers serve, from OpenClaw provider manifests");
  description.add_streams("offerings/{provider}");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false})");
  description.add_document_kinds(
      "openclaw.plugin.json: provider manifest, with or without modelCatalog");
  description.set_data_licence("MIT");
  return description;
}

std::vector<v1::Problem> OpenClawSource::Check(
    const std::string& config_json) const {
  const auto config = JsonDocument::Parse(config_json, "config");
  if (config.ok() && (*config)->root().is_object() &&
      (*config)->root().size() == 0) {
    return {};
  }
  v1::Problem problem;
  problem.set_message("this plugin takes no configuration");
  problem.set_fix("leave 'config' out");
  return {problem};
}

absl::Status OpenClawSource::Read(Reader& reader) {
  ManifestReader manifests(reader);
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(manifests.ReadManifest(*document));
  }
}

}  // namespace meridian
