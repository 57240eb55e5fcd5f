#include "plugins/osai/osai_source.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "common/base/dates.h"
#include "common/base/number.h"
#include "common/yaml/yaml.h"
#include "plugins/formats/country_names.h"
#include "plugins/json/config.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

// "~6.3e+22 FLOP +- 0.5 OoM (...)": the interval that it says; nullopt when it
// says none.
std::optional<v1::Interval> ParseCompute(absl::string_view text) {
  text = absl::StripAsciiWhitespace(text);
  absl::ConsumePrefix(&text, "~");
  const auto number_of = [](absl::string_view part) -> std::optional<double> {
    part = absl::StripAsciiWhitespace(part);
    absl::ConsumeSuffix(&part, "FLOP");
    const auto number = ParseNumber(part);
    if (!number.ok() || *number <= 0) return std::nullopt;
    return *number;
  };
  const size_t sign = text.find("+-");
  const size_t end = text.find("OoM");
  if (sign == absl::string_view::npos || end == absl::string_view::npos ||
      end < sign) {
    return std::nullopt;
  }
  const auto middle = number_of(text.substr(0, sign));
  const auto orders = number_of(text.substr(sign + 2, end - sign - 2));
  if (!middle || !orders) return std::nullopt;
  const double factor = std::pow(10, *orders);
  v1::Interval interval;
  interval.set_low(*middle / factor);
  interval.set_high(*middle * factor);
  return interval;
}

// What only comments say: "# - KEY: VALUE".
std::map<std::string, std::string> ReadComments(const std::string& text) {
  std::map<std::string, std::string> comments;
  for (absl::string_view line : absl::StrSplit(text, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (!absl::ConsumePrefix(&line, "# - ")) continue;
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(':', 1));
    comments.emplace(parts.first, absl::StripAsciiWhitespace(parts.second));
  }
  return comments;
}

bool IsMissing(absl::string_view text) {
  const std::string lower = absl::AsciiStrToLower(text);
  return lower.empty() || lower == "unknown" || lower == "undisclosed" ||
         lower == "-" || lower == "n/a" || lower == "none";
}

std::string LettersOf(absl::string_view text) {
  std::string letters;
  for (const char c : absl::AsciiStrToLower(text)) {
    if (absl::ascii_isalnum(static_cast<unsigned char>(c))) {
      letters.push_back(c);
    }
  }
  return letters;
}

class Card {
 public:
  Card(const YamlValue& root, const std::string& text,
       const CountryNames& countries)
      : root_(root), comments_(ReadComments(text)), countries_(countries) {}

  std::string name() const { return Text("system", "name"); }
  uint32_t line() const { return root_.Find("system")->line; }

  v1::Record Read() {
    v1::Record record;
    v1::Model& model = *record.mutable_model();
    const std::string base = Text("system", "basemodelname");
    const std::string end = Text("system", "endmodelname");
    const bool has_end = !IsMissing(end);
    model.set_name(has_end ? end : name());
    model.set_display_name(name());
    if (const std::string org = Text("org", "name"); !IsMissing(org)) {
      model.add_developers(org);
    }
    SetCountry(&record);
    SetReleased(&record);
    if (const std::string words = Text("system", "endmodellicense");
        !IsMissing(words)) {
      model.add_licences()->set_licence(words);
    }
    for (const absl::string_view type :
         absl::StrSplit(Text("system", "type"), ',', absl::SkipWhitespace())) {
      model.add_modalities(std::string(absl::StripAsciiWhitespace(type)));
    }
    SetBase(base, end, &record);
    SetCompute(base, end, &record);
    for (const YamlValue& dimension : root_.children) {
      const YamlValue* judged =
          dimension.is_map() ? dimension.Find("class") : nullptr;
      if (judged == nullptr || !judged->is_scalar()) continue;
      v1::OpennessJudgement& judgement = *model.add_openness();
      judgement.set_dimension(dimension.key);
      judgement.set_judgement(judged->text);
    }
    return record;
  }

 private:
  std::string Text(absl::string_view part, absl::string_view field) const {
    const YamlValue* at = root_.Find(part);
    const YamlValue* value =
        at != nullptr && at->is_map() ? at->Find(field) : nullptr;
    return value == nullptr
               ? ""
               : std::string(absl::StripAsciiWhitespace(value->text));
  }
  std::string Comment(const std::string& key) const {
    const auto found = comments_.find(key);
    return found == comments_.end() ? "" : found->second;
  }

  void SetCountry(v1::Record* record) const {
    const std::string origin = Comment("National origin");
    if (IsMissing(origin)) return;
    if (const auto code = countries_.Find(origin)) {
      record->mutable_model()->add_countries_stated(*code);
    } else {
      AddNote("countries_stated", v1::Note::KIND_DOUBTFUL,
              absl::StrCat("national origin: ", origin), record);
    }
  }

  void SetReleased(v1::Record* record) const {
    const std::string date = Text("system", "releasedate");
    if (IsMissing(date)) return;
    if (ParseDate(date).ok()) {
      record->mutable_model()->set_release_date(date);
    } else {
      AddNote("release_date", v1::Note::KIND_DOUBTFUL, date, record);
    }
  }

  void SetBase(absl::string_view base, const std::string& end,
               v1::Record* record) const {
    if (IsMissing(base) || IsMissing(end) || base == end) return;
    const std::string own = LettersOf(name());
    if (absl::StartsWith(LettersOf(base), own) &&
        !absl::StartsWith(LettersOf(end), own)) {
      // Which of the two was made from the other cannot be told.
      record->mutable_model()->set_name(name());
      AddNote("base_models", v1::Note::KIND_DOUBTFUL,
              absl::StrCat("the card's base model '", base,
                           "' has the card's name and its end model '", end,
                           "' has not: they may be swapped"),
              record);
      return;
    }
    const bool is_doubted = absl::ConsumeSuffix(&base, "?");
    record->mutable_model()->add_base_models()->set_model(
        std::string(absl::StripAsciiWhitespace(base)));
    if (is_doubted) {
      AddNote("base_models", v1::Note::KIND_DOUBTFUL,
              absl::StrCat("the card writes '", base, "?'"), record);
    }
  }

  // That of the end model; for a model without another base, of the base.
  void SetCompute(const std::string& base, const std::string& end,
                  v1::Record* record) const {
    std::string words = Comment("End model training compute");
    if (IsMissing(words) && (base == end || IsMissing(end))) {
      words = Comment("Base model training compute");
    }
    if (IsMissing(words)) return;
    if (const auto compute = ParseCompute(words)) {
      *record->mutable_model()->mutable_training_compute() = *compute;
    } else {
      AddNote("training_compute", v1::Note::KIND_DOUBTFUL, words, record);
    }
  }

  const YamlValue& root_;
  const std::map<std::string, std::string> comments_;
  const CountryNames& countries_;
};

class IndexReader {
 public:
  IndexReader(Reader& reader, CountryNames countries)
      : reader_(reader), countries_(std::move(countries)) {}

  absl::Status ReadAll() {
    while (true) {
      ASSIGN_OR_RETURN(const auto document, reader_.NextDocument());
      if (document == nullptr) break;
      RETURN_IF_ERROR(ReadCard(*document));
    }
    for (auto& [date, snapshot] : snapshots_) {
      RETURN_IF_ERROR(snapshot->End());
    }
    return absl::OkStatus();
  }

 private:
  absl::Status Skip(const v1::DocumentHead& head, absl::string_view why) {
    return reader_.Diagnose(
        v1::Diagnostic::SEVERITY_INFO,
        absl::StrCat("document '", head.path(), "' is left out: ", why));
  }

  absl::Status ReadCard(Document& document) {
    const v1::DocumentHead& head = document.head();
    ASSIGN_OR_RETURN(const std::string text, document.ReadAll());
    ASSIGN_OR_RETURN(const YamlValue root, ParseYaml(text, head.path()));
    const YamlValue* system = root.is_map() ? root.Find("system") : nullptr;
    if (system == nullptr || !system->is_map()) {
      const std::string file = head.path().substr(head.path().rfind('/') + 1);
      if (absl::StartsWith(file, "_")) {
        return Skip(head, "it describes the fields of cards");
      }
      return DocumentError(head, "UNKNOWN_DOCUMENT",
                           "no card: it has no mapping 'system'");
    }
    Card card(root, text, countries_);
    if (card.name().empty()) return Skip(head, "the card is not filled in");
    v1::Record record = card.Read();
    record.mutable_locator()->set_line(card.line());
    const auto [known, is_new] = names_.emplace(
        std::make_pair(head.vintage_hint().date(), record.model().name()),
        head.path());
    if (!is_new) {
      return reader_.Reject(
          record.locator(),
          absl::StrCat("'", record.model().name(), "' has a card already, ",
                       known->second),
          record.model().name(), "models");
    }
    std::unique_ptr<SnapshotWriter>& snapshot =
        snapshots_[head.vintage_hint().date()];
    if (snapshot == nullptr) {
      ASSIGN_OR_RETURN(
          snapshot, reader_.BeginSnapshot(BeginOf("models", head.vintage_hint(),
                                                  v1::Coverage::EXTENT_SOME)));
    }
    return snapshot->Emit(std::move(record));
  }

  Reader& reader_;
  const CountryNames countries_;
  // Date of the vintage -> its snapshot; and what stands in it.
  std::map<std::string, std::unique_ptr<SnapshotWriter>> snapshots_;
  std::map<std::pair<std::string, std::string>, std::string> names_;
};

}  // namespace

v1::DescribeResponse OsaiSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("osai");
  description.set_version("1.0.0");
  description.set_summary(
      "Openness judgements, licences, bases and origin of generative models");
  description.add_streams("models");
  description.set_config_json_schema(
      R"({"type":"object","additionalProperties":false,"properties":{)"
      R"("countries_file":{"description":"YAML, NAME: ISO code"}}})");
  description.add_document_kinds("a card of the index, YAML");
  description.set_data_licence("CC BY 4.0");
  return description;
}

std::vector<v1::Problem> OsaiSource::Check(
    const std::string& config_json) const {
  std::vector<v1::Problem> problems =
      CheckKeys(config_json, {"countries_file"});
  CountryNames::FromConfig(config_json, &problems);
  return problems;
}

absl::Status OsaiSource::Read(Reader& reader) {
  std::vector<v1::Problem> problems;
  return IndexReader(reader,
                     CountryNames::FromConfig(reader.config_json(), &problems))
      .ReadAll();
}

}  // namespace meridian
