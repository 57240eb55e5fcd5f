#include "analysis_service/facts_fields.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

bool ReadText(bool present, const std::string& text, Statement* statement) {
  if (!present || text.empty()) return false;
  statement->value = FactValue::Text(text);
  return true;
}

bool ReadNumber(bool present, double number, Statement* statement) {
  if (!present) return false;
  statement->value = FactValue::Number(number, number);
  return true;
}

bool ReadReleaseDate(const v1::Model& model, Statement* statement) {
  const auto date = ParseDate(model.release_date());
  if (!model.has_release_date() || !date.ok()) return false;
  statement->value = FactValue::Date(*date);
  return true;
}

bool ReadCompute(const v1::Model& model, Statement* statement) {
  const v1::Interval& compute = model.training_compute();
  if (!compute.has_low() && !compute.has_high()) return false;
  statement->value = FactValue::Number(
      compute.has_low() ? compute.low() : 0,
      compute.has_high() ? compute.high()
                         : std::numeric_limits<double>::infinity());
  return true;
}

// A list of which only what it holds is known unless it says it is complete.
bool ReadList(const google::protobuf::RepeatedPtrField<std::string>& items,
              bool complete, Statement* statement) {
  if (items.empty() && !complete) return false;
  statement->value =
      FactValue::List(SortedList({items.begin(), items.end()}, complete));
  return true;
}

bool ReadBases(const Catalog& catalog, const v1::Model& model,
               const Segment& segment, Statement* statement) {
  if (model.base_models().empty() && !model.base_models_complete()) {
    return false;
  }
  std::vector<std::string> names;
  for (const v1::BaseModel& base : model.base_models()) {
    // Whose architecture it has is not what it was made from.
    if (base.relation() == v1::BASE_RELATION_ARCHITECTURE) continue;
    const auto name =
        catalog.name_table().Find(segment.meta().source(), base.model());
    EntityId entity = kNoEntity;
    if (name) {
      entity = catalog.resolution().Resolve(*name, segment.available()).entity;
    }
    names.push_back(entity == kNoEntity
                        ? base.model()
                        : catalog.resolution().entity(entity).name);
  }
  if (names.empty() && !model.base_models_complete()) return false;
  statement->value = FactValue::List(
      SortedList(std::move(names), model.base_models_complete()));
  return true;
}

bool ReadDevelopers(const Catalog& catalog, const v1::Model& model,
                    Statement* statement) {
  if (model.developers().empty()) return false;
  std::vector<std::string> names;
  for (const std::string& developer : model.developers()) {
    names.push_back(catalog.organizations().NameOf(developer));
  }
  // A document that names the developers names them all.
  statement->value = FactValue::List(SortedList(std::move(names), true));
  return true;
}

// Fields of v1.Model that are read without anything else.
std::map<std::string, StatedField> PlainFields() {
  std::map<std::string, StatedField> fields;
  const auto add = [&](std::string name, std::string note, auto read) {
    fields[name] = {note, absl::StrCat("model.", name), false,
                    [read](const v1::Model& model, const Segment&,
                           Statement* out) { return read(model, out); }};
  };
  using Model = v1::Model;
  add("display_name", "display_name", [](const Model& m, Statement* out) {
    return ReadText(m.has_display_name(), m.display_name(), out);
  });
  add("release_date", "release_date", ReadReleaseDate);
  add("parameters", "parameters", [](const Model& m, Statement* out) {
    return ReadNumber(m.has_parameters(), m.parameters(), out);
  });
  add("active_parameters", "active_parameters",
      [](const Model& m, Statement* out) {
        return ReadNumber(m.has_active_parameters(), m.active_parameters(),
                          out);
      });
  add("training_compute", "training_compute", ReadCompute);
  add("modalities", "modalities", [](const Model& m, Statement* out) {
    return ReadList(m.modalities(), false, out);
  });
  add("languages", "languages", [](const Model& m, Statement* out) {
    return ReadList(m.languages(), m.languages_complete(), out);
  });
  add("countries", "countries_stated", [](const Model& m, Statement* out) {
    return !m.countries_stated().empty() &&
           ReadList(m.countries_stated(), true, out);
  });
  return fields;
}

// Fields that need the catalog to be read.
void AddResolvedFields(const Catalog& catalog, const LicenceTable& licences,
                       std::map<std::string, StatedField>* fields) {
  using Model = v1::Model;
  (*fields)["developers"] = {
      "developers", "model.developers", false,
      [&catalog](const Model& m, const Segment&, Statement* out) {
        return ReadDevelopers(catalog, m, out);
      }};
  (*fields)["base_models"] = {
      "base_models", "model.base_models", false,
      [&catalog](const Model& m, const Segment& segment, Statement* out) {
        return ReadBases(catalog, m, segment, out);
      }};
  (*fields)["weights"] = {
      "weights", "model.weights", true,
      [&licences](const Model& m, const Segment&, Statement* out) {
        return ReadWeights(m, licences, out);
      }};
  (*fields)["licence"] = {
      "licences", "model.licence", true,
      [&licences](const Model& m, const Segment&, Statement* out) {
        return ReadLicence(m, licences, out);
      }};
}

// What the document says about the field instead of, or beside, its value.
void ApplyNotes(const v1::Record& record, const std::string& field, bool* said,
                Statement* statement) {
  for (const v1::Note& note : record.notes()) {
    if (note.field() != field) continue;
    const bool withheld = note.kind() == v1::Note::KIND_WITHHELD;
    if (withheld && !(*said && statement->value.known())) {
      statement->value = FactValue::Unknown(UnknownReason::kWithheld);
      statement->derivation = note.text();
      *said = true;
    } else if (!withheld && *said) {
      absl::StrAppend(&statement->derivation,
                      statement->derivation.empty() ? "" : "; ",
                      "doubtful: ", note.text());
    }
  }
}

// Days on which the STATE fields of a record are valid, when it says so.
std::optional<DateRange> ValidityOf(const v1::Model& model) {
  if (!model.has_valid_from() && !model.has_valid_to()) return std::nullopt;
  DateRange range{std::numeric_limits<Day>::min(),
                  std::numeric_limits<Day>::max()};
  const auto from = ParseDate(model.valid_from());
  const auto to = ParseDate(model.valid_to());
  if (model.has_valid_from() && from.ok()) range.first = from->first;
  if (model.has_valid_to() && to.ok()) range.last = to->last;
  return range;
}

}  // namespace

StringList SortedList(std::vector<std::string> items, bool complete) {
  std::sort(items.begin(), items.end());
  items.erase(std::unique(items.begin(), items.end()), items.end());
  return {std::move(items), complete};
}

std::map<std::string, StatedField> StatedFields(const Catalog& catalog,
                                                const LicenceTable& licences) {
  std::map<std::string, StatedField> fields = PlainFields();
  AddResolvedFields(catalog, licences, &fields);
  return fields;
}

std::optional<Statement> ReadStatement(const Catalog& catalog,
                                       const EvidenceRef& ref,
                                       const StatedField& field) {
  const Segment& segment = catalog.segment(ref);
  const v1::Record& record = segment.record(ref.row);
  Statement statement;
  statement.ref = ref;
  statement.source = segment.meta().source();
  statement.available = segment.available();
  statement.evidence = {ref};
  bool said = field.read(record.model(), segment, &statement);
  ApplyNotes(record, field.note, &said, &statement);
  if (!said) return std::nullopt;
  if (field.is_state) statement.valid = ValidityOf(record.model());
  return statement;
}

}  // namespace meridian::analysis
