#include "plugins/epoch/epoch_source.h"

#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/formats/country_names.h"
#include "plugins/formats/csv.h"
#include "plugins/json/config.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

struct Config {
  CountryNames countries;
  // Word of the column Confidence -> orders of magnitude up and down.
  std::map<std::string, double> confidence;
};

std::vector<v1::Problem> ReadConfig(const std::string& json, Config* config) {
  std::vector<v1::Problem> problems =
      CheckKeys(json, {"confidence", "countries_file"});
  config->countries = CountryNames::FromConfig(json, &problems);
  google::protobuf::Struct parsed;
  if (!google::protobuf::util::JsonStringToMessage(json, &parsed).ok()) {
    return problems;
  }
  const auto found = parsed.fields().find("confidence");
  if (found == parsed.fields().end()) return problems;
  for (const auto& [word, value] : found->second.struct_value().fields()) {
    if (value.kind_case() == google::protobuf::Value::kNumberValue &&
        value.number_value() > 0 && value.number_value() <= 6) {
      config->confidence[word] = value.number_value();
    } else {
      AddProblem(absl::StrCat("confidence.", word),
                 "is no number of orders of magnitude above 0 and up to 6",
                 absl::StrCat(word, ": 0.5"), &problems);
    }
  }
  return problems;
}

std::vector<std::string> SplitTrimmed(absl::string_view text) {
  std::vector<std::string> parts;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const absl::string_view trimmed = absl::StripAsciiWhitespace(part);
    if (!trimmed.empty()) parts.emplace_back(trimmed);
  }
  return parts;
}

// A row of the table by the names of its columns, some of which were renamed.
class Row {
 public:
  Row(const CsvReader& table, const CsvRow& row) : table_(table), row_(row) {}

  std::string Text(std::initializer_list<const char*> names) const {
    for (const char* name : names) {
      if (const auto column = table_.Column(name)) {
        return std::string(absl::StripAsciiWhitespace(row_.fields[*column]));
      }
    }
    return "";
  }
  // nullopt: empty or not a number, which `why` tells.
  std::optional<double> Number(const char* name, std::string* why) const {
    const std::string text = Text({name});
    if (text.empty()) return std::nullopt;
    const auto number = ParseNumber(text);
    if (number.ok() && *number > 0) return *number;
    if (why->empty()) {
      *why = absl::StrCat("'", name, "' is '", text,
                          "', expected a number above 0");
    }
    return std::nullopt;
  }

 private:
  const CsvReader& table_;
  const CsvRow& row_;
};

// Countries are a set of the organisations taken together: lists are neither
// in their order nor of their length.
void SetCountries(const Row& row, const CountryNames& names,
                  v1::Record* record) {
  std::set<std::string> codes;
  std::set<std::string> others;
  for (const std::string& name :
       SplitTrimmed(row.Text({"Country (of organization)",
                              "Country (from Organization)", "Country"}))) {
    if (const auto code = names.Find(name)) {
      codes.insert(*code);
    } else {
      others.insert(name);
    }
  }
  for (const std::string& code : codes) {
    record->mutable_model()->add_countries_stated(code);
  }
  if (!others.empty()) {
    AddNote("countries_stated", v1::Note::KIND_DOUBTFUL,
            absl::StrCat("no country: ", absl::StrJoin(others, ", ")), record);
  }
}

void SetCompute(const Row& row, const Config& config, v1::Record* record,
                std::string* why) {
  const auto compute = row.Number("Training compute (FLOP)", why);
  if (!compute) return;
  const std::string word = row.Text({"Confidence"});
  const auto orders = config.confidence.find(word);
  if (orders == config.confidence.end()) {
    // An estimate of unknown error is no interval.
    AddNote(
        "training_compute", v1::Note::KIND_DOUBTFUL,
        absl::StrCat(row.Text({"Training compute (FLOP)"}),
                     " FLOP, confidence ", word.empty() ? "not stated" : word),
        record);
    return;
  }
  const double factor = std::pow(10, orders->second);
  v1::Interval& interval = *record->mutable_model()->mutable_training_compute();
  interval.set_low(*compute / factor);
  interval.set_high(*compute * factor);
}

v1::Record ReadModel(const Row& row, const Config& config, std::string* why) {
  v1::Record record;
  v1::Model& model = *record.mutable_model();
  const std::string name = row.Text({"Model"});
  if (name.empty()) {
    *why = "the row names no model";
    return record;
  }
  model.set_name(name);
  for (std::string& developer : SplitTrimmed(row.Text({"Organization"}))) {
    model.add_developers(std::move(developer));
  }
  SetCountries(row, config.countries, &record);
  const std::string date = row.Text({"Publication date"});
  if (!date.empty()) {
    if (ParseDate(date).ok()) {
      model.set_release_date(date);
    } else if (why->empty()) {
      *why = absl::StrCat("'Publication date' is '", date,
                          "', expected YYYY, YYYY-MM or YYYY-MM-DD");
    }
  }
  // What the words mean for weights and licence, the reference data say.
  const std::string access = row.Text({"Model accessibility"});
  if (!access.empty()) {
    v1::ComponentLicence& licence = *model.add_licences();
    licence.set_component("access");
    licence.set_licence(access);
  }
  if (const auto parameters = row.Number("Parameters", why)) {
    model.set_parameters(*parameters);
  }
  SetCompute(row, config, &record, why);
  std::set<std::string> bases;
  for (const std::string& base : SplitTrimmed(row.Text({"Base model"}))) {
    if (bases.insert(base).second) model.add_base_models()->set_model(base);
  }
  return record;
}

absl::Status ReadTable(Document& document, const Config& config,
                       Reader& reader) {
  const v1::DocumentHead& head = document.head();
  const auto opened = CsvReader::Create([&] { return document.NextChunk(); });
  if (!opened.ok()) return Annotate(opened.status(), head.path());
  const std::unique_ptr<CsvReader>& table = *opened;
  for (const char* needed : {"Model", "Organization", "Publication date"}) {
    if (table->Column(needed)) continue;
    return DocumentError(
        head, "TABLE_COLUMNS",
        absl::StrCat("no column '", needed, "'; it is no table of models"));
  }
  ASSIGN_OR_RETURN(const auto snapshot,
                   reader.BeginSnapshot(BeginOf("models", head.vintage_hint(),
                                                v1::Coverage::EXTENT_SOME)));
  CsvRow cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, table->Next(&cells));
    if (!more) return snapshot->End();
    v1::Locator locator;
    locator.set_line(cells.first_line);
    if (cells.last_line > cells.first_line) {
      locator.set_line_end(cells.last_line);
    }
    std::string why = cells.problem;
    v1::Record record;
    if (why.empty()) record = ReadModel(Row(*table, cells), config, &why);
    if (!why.empty()) {
      RETURN_IF_ERROR(reader.Reject(locator, why, cells.excerpt, "models"));
      continue;
    }
    *record.mutable_locator() = std::move(locator);
    RETURN_IF_ERROR(snapshot->Emit(std::move(record)));
  }
}

}  // namespace

v1::DescribeResponse EpochSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("epoch");
  description.set_version("1.0.0");
  description.set_summary(
      "Notable models: developers, countries, access, compute, bases");
  description.add_streams("models");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false,"properties":{)"
      R"("countries_file":{"description":"YAML, NAME: ISO code"},)"
      R"("confidence":{"type":"object","description":)"
      R"("word -> orders of magnitude up and down","additionalProperties":)"
      R"({"type":"number","exclusiveMinimum":0,"maximum":6}}}})");
  description.add_document_kinds(
      "notable_ai_models.csv, frontier_ai_models.csv");
  description.set_data_licence("CC BY 4.0");
  return description;
}

std::vector<v1::Problem> EpochSource::Check(
    const std::string& config_json) const {
  Config config;
  return ReadConfig(config_json, &config);
}

absl::Status EpochSource::Read(Reader& reader) {
  Config config;
  if (!ReadConfig(reader.config_json(), &config).empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                     "the configuration has problems; Check names them");
  }
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(ReadTable(*document, config, reader));
  }
}

}  // namespace meridian
