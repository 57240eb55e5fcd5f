#include "analysis_service/facts_licence.h"

#include <algorithm>
#include <limits>
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
      statement->value = FactValue::Unknown(value.unknown);
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
    by_id_[record.id()].push_back(ref);
    add(record.id(), ref);
    for (const std::string& word : record.words()) add(word, ref);
  }
  for (auto& [id, refs] : by_id_) {
    std::sort(refs.begin(), refs.end(), [&](const auto& a, const auto& b) {
      return IsBetterRecord(catalog, a, b);
    });
  }
}

std::optional<EvidenceRef> LicenceTable::Find(absl::string_view word) const {
  const auto it = words_.find(Fold(word));
  if (it == words_.end()) return std::nullopt;
  return it->second;
}

absl::Span<const EvidenceRef> LicenceTable::Records(
    const std::string& id) const {
  const auto it = by_id_.find(id);
  if (it == by_id_.end()) return {};
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

bool ReadByLicence(const v1::Model& model, const LicenceTable& licences,
                   absl::string_view about, const OfLicence& of,
                   Statement* statement) {
  std::vector<std::pair<std::string, FactValue>> by_word;
  std::string derivation;
  for (const std::string& word : WeightLicences(model)) {
    FactValue value;
    if (const auto ref = licences.Find(word)) {
      const ModelFact& fact = of(licences.licence(*ref).id());
      AddEvidence({*ref}, &statement->evidence);
      AddEvidence(fact.evidence, &statement->evidence);
      value = fact.value;
      derivation = fact.derivation;
    }
    by_word.emplace_back(word, std::move(value));
  }
  if (by_word.empty()) return false;
  if (by_word.size() == 1 && !derivation.empty()) {
    statement->value = std::move(by_word[0].second);
    statement->derivation = std::move(derivation);
    return true;
  }
  Combine(by_word, about, statement);
  return true;
}

namespace {

// What an absent clause means when all were looked for.
enum class Absent { kUnknown, kTrue, kFalse, kInfinite, kNone };

Absent WhenAbsent(absl::string_view clause) {
  static const auto* meanings = new std::map<std::string, Absent, std::less<>>{
      {"commercial_use", Absent::kTrue},
      {"critical_infrastructure_use", Absent::kTrue},
      {"excluded_regions", Absent::kNone},
      {"excluded_use_regions", Absent::kNone},
      {"mau_cap", Absent::kInfinite},
      {"military_use", Absent::kTrue},
      {"remote_restriction", Absent::kFalse},
      {"revenue_cap_usd", Absent::kInfinite},
      {"revocable", Absent::kFalse},
      {"train_on_outputs", Absent::kTrue},
      {"use_policy_mutable", Absent::kFalse},
      {"use_restricted", Absent::kFalse},
  };
  const auto it = meanings->find(clause);
  return it == meanings->end() ? Absent::kUnknown : it->second;
}

FactValue AbsentValue(Absent absent) {
  constexpr double kInfinity = std::numeric_limits<double>::infinity();
  switch (absent) {
    case Absent::kUnknown:
      return FactValue::Unknown(UnknownReason::kMissing);
    case Absent::kTrue:
      return FactValue::Flag(true);
    case Absent::kFalse:
      return FactValue::Flag(false);
    case Absent::kInfinite:
      return FactValue::Number(kInfinity, kInfinity);
    case Absent::kNone:
      return FactValue::List({});
  }
  return FactValue();
}

// The clause as the record states it; unknown when it does not.
FactValue StatedClause(const v1::Licence& licence, const std::string& clause,
                       bool complete) {
  using google::protobuf::FieldDescriptor;
  const FieldDescriptor* field =
      v1::Licence::descriptor()->FindFieldByName(clause);
  const auto& reflection = *licence.GetReflection();
  if (field->is_repeated()) {
    std::vector<std::string> items;
    for (int i = 0; i < reflection.FieldSize(licence, field); ++i) {
      items.push_back(reflection.GetRepeatedString(licence, field, i));
    }
    if (items.empty()) return FactValue();
    std::sort(items.begin(), items.end());
    items.erase(std::unique(items.begin(), items.end()), items.end());
    return FactValue::List({std::move(items), complete});
  }
  if (!reflection.HasField(licence, field)) return FactValue();
  switch (field->cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return FactValue::Flag(reflection.GetBool(licence, field));
    case FieldDescriptor::CPPTYPE_DOUBLE: {
      const double number = reflection.GetDouble(licence, field);
      return FactValue::Number(number, number);
    }
    default:
      return FactValue::Text(reflection.GetString(licence, field));
  }
}

// A licence with one of these does not permit everything to everybody.
bool Restricts(const v1::Licence& licence) {
  return licence.has_mau_cap() || licence.has_revenue_cap_usd() ||
         !licence.excluded_regions().empty() ||
         !licence.excluded_use_regions().empty() || licence.use_restricted() ||
         (licence.has_commercial_use() && !licence.commercial_use()) ||
         (licence.has_military_use() && !licence.military_use());
}

}  // namespace

const std::map<std::string, std::string>& ClauseFields() {
  static const auto* fields = new std::map<std::string, std::string>{
      {"ai_act_open", "openness in the sense of the AI Act"},
      {"commercial_use", "commercial use"},
      {"critical_infrastructure_use", "use in critical infrastructure"},
      {"excluded_regions", "excluded regions"},
      {"excluded_use_regions", "regions in which it may not be used"},
      {"governing_law", "the governing law"},
      {"licensor_country", "the licensor's country"},
      {"mau_cap", "a cap on users"},
      {"military_use", "military use"},
      {"osi_approved", "OSI approval"},
      {"permissive", "permitting everything"},
      {"remote_restriction", "remote restriction"},
      {"revenue_cap_usd", "a cap on revenue"},
      {"revocable", "revocation"},
      {"train_on_outputs", "training on outputs"},
      {"use_policy_mutable", "a use policy that may change"},
      {"use_restricted", "use restrictions"},
  };
  return *fields;
}

absl::Span<const EvidenceRef> LicenceClauses::Records(
    const std::string& id) const {
  return licences_.Records(id);
}

ModelFact LicenceClauses::Read(const std::string& id,
                               const std::string& clause) const {
  std::vector<Statement> statements;
  for (const EvidenceRef& ref : licences_.Records(id)) {
    const v1::Record& record = catalog_.record(ref);
    const v1::Licence& licence = record.licence();
    const bool complete = licence.clauses_complete() || licence.permissive();
    Statement statement;
    statement.ref = ref;
    statement.source = catalog_.segment(ref).meta().source();
    statement.available = catalog_.segment(ref).available();
    statement.evidence = {ref};
    statement.value = StatedClause(licence, clause, complete);
    if (!statement.value.known() && complete) {
      statement.value = AbsentValue(WhenAbsent(clause));
      statement.implied = true;
    }
    if (!statement.value.known() && clause == "permissive" &&
        Restricts(licence)) {
      statement.value = FactValue::Flag(false);
      statement.implied = true;
    }
    for (const v1::Note& note : record.notes()) {
      if (note.field() != clause || note.kind() == v1::Note::KIND_WITHHELD) {
        continue;
      }
      statement.derivation = absl::StrCat("doubtful: ", note.text());
      // Whether it counts as open is a judgement: where judgements differ
      // neither holds.
      if (clause == "ai_act_open") {
        statement.value = FactValue::Unknown(UnknownReason::kConflict);
      }
    }
    if (statement.value.known() ||
        statement.value.unknown != UnknownReason::kMissing) {
      statements.push_back(std::move(statement));
    }
  }
  return Settle(KeepNature(std::move(statements)), "licence", ranks_);
}

const ModelFact& LicenceClauses::Get(const std::string& id,
                                     absl::string_view clause) {
  std::pair<std::string, std::string> key(id, std::string(clause));
  const auto it = kept_.find(key);
  if (it != kept_.end()) return it->second;
  ModelFact fact = Read(id, key.second);
  return kept_.emplace(std::move(key), std::move(fact)).first->second;
}

}  // namespace meridian::analysis
