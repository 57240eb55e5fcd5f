#include "plugins/models_dev/catalogue_source.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "plugins/formats/toml.h"
#include "plugins/json/config.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

// A file of the catalogue.
struct File {
  v1::DocumentHead head;
  YamlValue tree;
  std::string owner;  // lab or provider
  std::string id;     // "model" or, of providers, "a/b/model"
};

// The files of one vintage.
struct Catalogue {
  v1::Vintage vintage;
  std::map<std::string, File> models;                  // "lab/model"
  std::map<std::string, std::vector<File>> providers;  // provider -> files
};

// What stands after the last "/SEGMENT/" of a path.
std::optional<std::string> After(absl::string_view path,
                                 absl::string_view segment) {
  const std::string needle = absl::StrCat("/", segment, "/");
  const std::string rooted = absl::StrCat("/", path);
  const size_t at = rooted.find(needle);
  if (at == std::string::npos) return std::nullopt;
  return rooted.substr(at + needle.size());
}

const YamlValue* Member(const YamlValue& tree, absl::string_view dotted) {
  const YamlValue* at = &tree;
  for (const absl::string_view step : absl::StrSplit(dotted, '.')) {
    at = at->is_map() ? at->Find(step) : nullptr;
    if (at == nullptr) return nullptr;
  }
  return at;
}

// A provider's file over the model file that it is based on.
class Fields {
 public:
  Fields(const File& own, const File* base) : own_(own), base_(base) {
    const YamlValue* omit = own.tree.Find("base_model_omit");
    if (omit == nullptr) return;
    for (const YamlValue& one : omit->children) omitted_.push_back(one.text);
  }

  // The value, its own or inherited; nullptr: missing.
  const YamlValue* Get(absl::string_view dotted) const {
    if (const YamlValue* own = Member(own_.tree, dotted)) return own;
    if (base_ == nullptr) return nullptr;
    for (const std::string& omitted : omitted_) {
      if (dotted == omitted || absl::StartsWith(dotted, omitted + ".")) {
        return nullptr;
      }
    }
    return Member(base_->tree, dotted);
  }
  std::string Text(absl::string_view dotted) {
    const YamlValue* value = Get(dotted);
    if (value == nullptr) return "";
    if (value->is_string()) return value->text;
    Wrong(dotted, *value, "a text");
    return "";
  }
  std::optional<double> Number(absl::string_view dotted) {
    const YamlValue* value = Get(dotted);
    if (value == nullptr) return std::nullopt;
    return NumberOf(dotted, *value);
  }
  std::optional<double> NumberOf(absl::string_view name,
                                 const YamlValue& value) {
    const auto number = value.is_number()
                            ? ParseNumber(value.text)
                            : absl::StatusOr<double>(absl::UnknownError(""));
    if (number.ok() && *number >= 0) return *number;
    Wrong(name, value, "a number of 0 or more");
    return std::nullopt;
  }
  void Wrong(absl::string_view name, const YamlValue& value,
             absl::string_view expected) {
    if (!why.empty()) return;
    why = absl::StrCat("'", name, "' is ", value.TypeName(), ", expected ",
                       expected);
    line = value.line;
  }

  std::string why;  // a field that cannot be used
  uint32_t line = 1;

 private:
  const File& own_;
  const File* const base_;
  std::vector<std::string> omitted_;
};

void SetDate(Fields& fields, v1::Record* record) {
  const YamlValue* released = fields.Get("release_date");
  if (released == nullptr) return;
  if (ParseDate(released->text).ok()) {
    record->mutable_model()->set_release_date(released->text);
  } else {
    fields.Wrong("release_date", *released, "YYYY, YYYY-MM or YYYY-MM-DD");
  }
}

v1::Record ReadModel(const File& file, std::string* why, uint32_t* line) {
  v1::Record record;
  Fields fields(file, nullptr);
  v1::Model& model = *record.mutable_model();
  model.set_name(file.id);
  if (const std::string name = fields.Text("name"); !name.empty()) {
    model.set_display_name(name);
  }
  model.add_developers(file.owner);
  SetDate(fields, &record);
  // The catalogue's own word for it; false says only that it lists no weights.
  const YamlValue* open = fields.Get("open_weights");
  if (open != nullptr && open->text == "true") {
    model.set_weights(v1::WEIGHTS_OPEN);
  }
  if (const std::string licence = fields.Text("license"); !licence.empty()) {
    model.add_licences()->set_licence(licence);
  }
  if (const YamlValue* output = fields.Get("modalities.output")) {
    for (const YamlValue& one : output->children) {
      model.add_modalities(one.text);
    }
  }
  *why = fields.why;
  *line = fields.line;
  return record;
}

void AddPrices(Fields& fields, const YamlValue& cost,
               std::optional<uint64_t> from, std::optional<uint64_t> to,
               v1::Record* record, bool* has_zero) {
  static constexpr const char* kPrices[] = {"input", "output", "cache_read",
                                            "cache_write"};
  for (const char* what : kPrices) {
    const YamlValue* value = cost.is_map() ? cost.Find(what) : nullptr;
    if (value == nullptr) continue;
    const auto number = fields.NumberOf(absl::StrCat("cost.", what), *value);
    if (!number) continue;
    if (*number == 0) {
      *has_zero = true;
      continue;
    }
    v1::Price& price = *record->mutable_offering()->add_prices();
    price.set_what(what);
    price.set_per_million_tokens(*number);
    price.set_currency("USD");
    if (from) price.set_from_tokens(*from);
    if (to) price.set_to_tokens(*to);
  }
}

void ReadCost(Fields& fields, v1::Record* record) {
  const YamlValue* cost = fields.Get("cost");
  if (cost == nullptr) return;
  if (!cost->is_map()) return fields.Wrong("cost", *cost, "a table of prices");
  // Each tier holds from its size to that of the next.
  std::vector<std::pair<uint64_t, const YamlValue*>> tiers;
  if (const YamlValue* list = cost->Find("tiers")) {
    for (const YamlValue& tier : list->children) {
      const YamlValue* size = Member(tier, "tier.size");
      const auto from = size == nullptr
                            ? std::nullopt
                            : fields.NumberOf("cost.tiers.tier.size", *size);
      if (!from) {
        return fields.Wrong("cost.tiers", tier, "tiers with tier.size");
      }
      tiers.emplace_back(static_cast<uint64_t>(*from), &tier);
    }
  }
  // The older form of the same.
  if (const YamlValue* over = cost->Find("context_over_200k")) {
    tiers.emplace_back(200'000, over);
  }
  std::sort(tiers.begin(), tiers.end());
  bool has_zero = false;
  const auto end_of = [&](size_t next) {
    return next < tiers.size() ? std::optional<uint64_t>(tiers[next].first)
                               : std::nullopt;
  };
  AddPrices(fields, *cost, std::nullopt, end_of(0), record, &has_zero);
  for (size_t i = 0; i < tiers.size(); ++i) {
    AddPrices(fields, *tiers[i].second, tiers[i].first, end_of(i + 1), record,
              &has_zero);
  }
  if (has_zero) {
    AddNote("prices", v1::Note::KIND_DOUBTFUL,
            "a price of 0 stands for unknown or free", record);
  }
}

v1::Record ReadOffering(const File& file, const File* base, std::string* why,
                        uint32_t* line) {
  v1::Record record;
  Fields fields(file, base);
  v1::Offering& offering = *record.mutable_offering();
  offering.set_operator_(file.owner);
  offering.set_route(file.id);
  offering.set_model(file.id);
  if (const std::string upstream = fields.Text("base_model");
      !upstream.empty()) {
    offering.set_upstream_model(upstream);
  }
  if (const std::string name = fields.Text("name"); !name.empty()) {
    offering.set_display_name(name);
  }
  for (const auto& [name, set] :
       std::vector<std::pair<const char*, void (v1::Offering::*)(uint64_t)>>{
           {"limit.context", &v1::Offering::set_context_tokens},
           {"limit.output", &v1::Offering::set_output_tokens}}) {
    // 0 stands for "not limited" or "not known".
    const auto tokens = fields.Number(name);
    if (tokens && *tokens >= 1) {
      (offering.*set)(static_cast<uint64_t>(*tokens));
    }
  }
  if (const YamlValue* input = fields.Get("modalities.input")) {
    for (const YamlValue& one : input->children) {
      offering.add_input_modalities(one.text);
    }
  }
  const std::string status = fields.Text("status");
  if (status == "deprecated") {
    offering.set_status(v1::Offering::STATUS_DEPRECATED);
  } else if (status == "alpha" || status == "beta") {
    offering.set_status(v1::Offering::STATUS_PREVIEW);
  } else if (!status.empty()) {
    fields.Wrong("status", *fields.Get("status"), "alpha, beta or deprecated");
  }
  ReadCost(fields, &record);
  *why = fields.why;
  *line = fields.line;
  return record;
}

class CatalogueReader {
 public:
  explicit CatalogueReader(Reader& reader) : reader_(reader) {}

  absl::Status ReadAll() {
    while (true) {
      ASSIGN_OR_RETURN(const auto document, reader_.NextDocument());
      if (document == nullptr) break;
      RETURN_IF_ERROR(Take(*document));
    }
    for (const auto& [date, catalogue] : catalogues_) {
      RETURN_IF_ERROR(Write(catalogue));
    }
    return absl::OkStatus();
  }

 private:
  // The file's name alone says nothing.
  absl::Status RejectEmpty(absl::string_view stream) {
    v1::Locator locator;
    locator.set_line(1);
    return reader_.Reject(std::move(locator),
                          "the file is empty, expected the keys of a model", "",
                          stream);
  }

  absl::Status Take(Document& document) {
    const v1::DocumentHead& head = document.head();
    File file;
    file.head = head;
    ASSIGN_OR_RETURN(const std::string text, document.ReadAll());
    ASSIGN_OR_RETURN(file.tree, ParseToml(text, head.path()));
    Catalogue& catalogue = catalogues_[head.vintage_hint().date()];
    catalogue.vintage = head.vintage_hint();
    const std::string path(absl::StripSuffix(head.path(), ".toml"));
    if (const auto rest = After(path, "providers")) {
      const std::vector<std::string> parts =
          absl::StrSplit(*rest, absl::MaxSplits('/', 2));
      if (parts.size() == 2 && parts[1] == "provider") return absl::OkStatus();
      if (parts.size() == 3 && parts[1] == "models") {
        file.owner = parts[0];
        file.id = parts[2];
        if (file.tree.children.empty()) {
          return RejectEmpty(absl::StrCat("offerings/", file.owner));
        }
        catalogue.providers[file.owner].push_back(std::move(file));
        return absl::OkStatus();
      }
    } else if (const auto model = After(path, "models")) {
      const std::vector<std::string> parts =
          absl::StrSplit(*model, absl::MaxSplits('/', 1));
      if (parts.size() == 2) {
        file.owner = parts[0];
        file.id = parts[1];
        if (file.tree.children.empty()) return RejectEmpty("models");
        catalogue.models.emplace(*model, std::move(file));
        return absl::OkStatus();
      }
    }
    return DocumentError(head, "UNKNOWN_DOCUMENT",
                         "expected models/LAB/MODEL.toml, "
                         "providers/PROVIDER/models/ID.toml or "
                         "providers/PROVIDER/provider.toml");
  }

  absl::Status Emit(const File& file, v1::Record record, const std::string& why,
                    uint32_t line, const std::string& stream,
                    SnapshotWriter& writer) {
    v1::Locator locator;
    locator.set_document(file.head.request());
    locator.set_line(why.empty() ? 1 : line);
    if (!why.empty()) {
      return reader_.Reject(locator, why, file.head.path(), stream);
    }
    *record.mutable_locator() = locator;
    return writer.Emit(std::move(record));
  }

  absl::Status Write(const Catalogue& catalogue) {
    if (!catalogue.models.empty()) {
      ASSIGN_OR_RETURN(const auto writer, reader_.BeginSnapshot(BeginOf(
                                              "models", catalogue.vintage,
                                              v1::Coverage::EXTENT_SOME)));
      for (const auto& [name, file] : catalogue.models) {
        std::string why;
        uint32_t line = 1;
        v1::Record record = ReadModel(file, &why, &line);
        RETURN_IF_ERROR(
            Emit(file, std::move(record), why, line, "models", *writer));
      }
      RETURN_IF_ERROR(writer->End());
    }
    for (const auto& [provider, files] : catalogue.providers) {
      RETURN_IF_ERROR(WriteProvider(catalogue, provider, files));
    }
    return absl::OkStatus();
  }

  absl::Status WriteProvider(const Catalogue& catalogue,
                             const std::string& provider,
                             const std::vector<File>& files) {
    const std::string stream = absl::StrCat("offerings/", provider);
    ASSIGN_OR_RETURN(const auto writer,
                     reader_.BeginSnapshot(BeginOf(stream, catalogue.vintage,
                                                   v1::Coverage::EXTENT_ALL)));
    for (const File& file : files) {
      const YamlValue* reference = file.tree.Find("base_model");
      const File* base = nullptr;
      if (reference != nullptr) {
        const auto found = catalogue.models.find(reference->text);
        if (found != catalogue.models.end()) {
          base = &found->second;
        } else {
          RETURN_IF_ERROR(reader_.Diagnose(
              v1::Diagnostic::SEVERITY_WARNING,
              absl::StrCat("document '", file.head.path(), "', line ",
                           reference->line, ": base_model '", reference->text,
                           "' is no model file of this read; the offering has "
                           "only what it states itself")));
        }
      }
      std::string why;
      uint32_t line = 1;
      v1::Record record = ReadOffering(file, base, &why, &line);
      RETURN_IF_ERROR(
          Emit(file, std::move(record), why, line, stream, *writer));
    }
    return writer->End();
  }

  Reader& reader_;
  std::map<std::string, Catalogue> catalogues_;  // by date of the vintage
};

}  // namespace

v1::DescribeResponse ModelsDevSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("models_dev");
  description.set_version("1.0.0");
  description.set_summary("Models and who serves them, from models.dev");
  description.add_streams("models");
  description.add_streams("offerings/{provider}");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false})");
  description.add_document_kinds("models/LAB/MODEL.toml");
  description.add_document_kinds("providers/PROVIDER/models/ID.toml");
  description.set_data_licence("MIT");
  return description;
}

std::vector<v1::Problem> ModelsDevSource::Check(
    const std::string& config_json) const {
  return CheckKeys(config_json, {});
}

absl::Status ModelsDevSource::Read(Reader& reader) {
  return CatalogueReader(reader).ReadAll();
}

}  // namespace meridian
