#include "analysis_service/facts_licence.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"

namespace meridian::analysis {
namespace {

std::string Fold(absl::string_view word) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(word));
}

std::string WeightsConstant(v1::Weights weights) {
  return std::string(absl::StripPrefix(v1::Weights_Name(weights), "WEIGHTS_"));
}

bool SaysWeights(const v1::Model& model) {
  return model.has_weights() && model.weights() != v1::WEIGHTS_UNSPECIFIED;
}

void SayMissing(absl::string_view derivation, Statement* statement) {
  statement->value = FactValue::Unknown(UnknownReason::kMissing);
  statement->derivation = std::string(derivation);
}

// What each word gives, when all give the same.
void Combine(const std::vector<std::pair<std::string, FactValue>>& by_word,
             absl::string_view about, Statement* statement) {
  std::set<std::string> given;
  std::vector<std::string> said;
  for (const auto& [word, value] : by_word) {
    if (!value.known()) {
      SayMissing(absl::StrCat("no record says what licence '", word,
                              "' means for ", about),
                 statement);
      return;
    }
    given.insert(DescribeValue(value));
    said.push_back(
        absl::StrCat("licence '", word, "' implies ", DescribeValue(value)));
  }
  statement->value = given.size() == 1
                         ? by_word[0].second
                         : FactValue::Unknown(UnknownReason::kConflict);
  statement->derivation = absl::StrJoin(said, "; ");
}

}  // namespace

LicenceTable::LicenceTable(const Catalog& catalog) : catalog_(catalog) {
  const auto add = [&](absl::string_view word, const EvidenceRef& ref) {
    const auto [it, inserted] = words_.emplace(Fold(word), ref);
    if (!inserted && IsBetterRecord(catalog, ref, it->second)) it->second = ref;
  };
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kLicence)) {
    const v1::Licence& record = catalog.record(ref).licence();
    add(record.id(), ref);
    for (const std::string& word : record.words()) add(word, ref);
  }
}

std::optional<EvidenceRef> LicenceTable::Find(absl::string_view word) const {
  const auto it = words_.find(Fold(word));
  if (it == words_.end()) return std::nullopt;
  return it->second;
}

std::vector<std::string> WeightLicences(const v1::Model& model) {
  std::set<std::string> of_weights, of_model;
  for (const v1::ComponentLicence& licence : model.licences()) {
    if (licence.licence().empty()) continue;
    if (licence.component() == "weights") of_weights.insert(licence.licence());
    if (licence.component().empty()) of_model.insert(licence.licence());
  }
  const auto& words = of_weights.empty() ? of_model : of_weights;
  return {words.begin(), words.end()};
}

bool ReadWeights(const v1::Model& model, const LicenceTable& licences,
                 Statement* statement) {
  if (SaysWeights(model)) {
    statement->value = FactValue::Text(WeightsConstant(model.weights()));
    return true;
  }
  std::vector<std::pair<std::string, FactValue>> by_word;
  for (const std::string& word : WeightLicences(model)) {
    FactValue implied;
    if (const auto ref = licences.Find(word)) {
      const v1::Licence& licence = licences.licence(*ref);
      AddEvidence({*ref}, &statement->evidence);
      if (licence.has_implies_weights() &&
          licence.implies_weights() != v1::WEIGHTS_UNSPECIFIED) {
        implied = FactValue::Text(WeightsConstant(licence.implies_weights()));
      }
    }
    by_word.emplace_back(word, std::move(implied));
  }
  if (by_word.empty()) return false;
  statement->implied = true;
  Combine(by_word, "weights", statement);
  return true;
}

bool ReadLicence(const v1::Model& model, const LicenceTable& licences,
                 Statement* statement) {
  std::set<std::string> ids;
  std::vector<std::string> said;
  for (const std::string& word : WeightLicences(model)) {
    const auto ref = licences.Find(word);
    if (!ref) {
      SayMissing(absl::StrCat("no record lists licence '", word, "'"),
                 statement);
      return true;
    }
    const std::string& id = licences.licence(*ref).id();
    ids.insert(id);
    if (id != word) said.push_back(absl::StrCat("'", word, "' means ", id));
    AddEvidence({*ref}, &statement->evidence);
  }
  if (ids.empty()) return false;
  statement->derivation = absl::StrJoin(said, "; ");
  if (ids.size() == 1) {
    statement->value = FactValue::Text(*ids.begin());
  } else {
    statement->value = FactValue::Unknown(UnknownReason::kConflict);
    statement->derivation =
        absl::StrCat("several licences: ", absl::StrJoin(ids, ", "));
  }
  return true;
}

bool ReadClause(const v1::Model& model, const LicenceTable& licences,
                std::optional<bool> (*clause)(const v1::Licence&),
                absl::string_view name, Statement* statement) {
  std::vector<std::pair<std::string, FactValue>> by_word;
  for (const std::string& word : WeightLicences(model)) {
    FactValue value;
    if (const auto ref = licences.Find(word)) {
      AddEvidence({*ref}, &statement->evidence);
      if (const auto flag = clause(licences.licence(*ref))) {
        value = FactValue::Flag(*flag);
      }
    }
    by_word.emplace_back(word, std::move(value));
  }
  if (by_word.empty()) return false;
  Combine(by_word, name, statement);
  return true;
}

}  // namespace meridian::analysis
