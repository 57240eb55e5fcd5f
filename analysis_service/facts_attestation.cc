#include "analysis_service/facts_attestation.h"

#include <limits>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

// Nothing: a date cannot be read, so it would say too much.
std::optional<DateRange> ValidityOf(const v1::Attestation& attestation) {
  DateRange range{std::numeric_limits<Day>::min(),
                  std::numeric_limits<Day>::max()};
  if (attestation.has_from()) {
    const auto from = ParseDate(attestation.from());
    if (!from.ok()) return std::nullopt;
    range.first = from->first;
  }
  if (attestation.has_to()) {
    const auto to = ParseDate(attestation.to());
    if (!to.ok()) return std::nullopt;
    range.last = to->last;
  }
  return range;
}

std::string Describe(const v1::Attestation& attestation) {
  std::string text = attestation.scheme();
  if (attestation.has_item()) absl::StrAppend(&text, " ", attestation.item());
  absl::StrAppend(&text, " of ", attestation.subject());
  if (attestation.evidence_kind() ==
      v1::Attestation::EVIDENCE_KIND_SELF_DECLARED) {
    absl::StrAppend(&text, ", self-declared");
  }
  if (attestation.has_from()) {
    absl::StrAppend(&text, ", from ", attestation.from());
  }
  if (attestation.has_to()) absl::StrAppend(&text, ", to ", attestation.to());
  return text;
}

template <typename Map, typename Key>
absl::Span<const EvidenceRef> Lookup(const Map& map, const Key& key) {
  const auto it = map.find(key);
  if (it == map.end()) return {};
  return it->second;
}

}  // namespace

AttestationIndex::AttestationIndex(const Catalog& catalog,
                                   const SourceRanks& ranks)
    : catalog_(catalog), ranks_(ranks) {
  for (const EvidenceRef& ref : catalog.Records(v1::Record::kAttestation)) {
    const std::string& subject = catalog.record(ref).attestation().subject();
    const std::vector<EntityId> models = catalog.resolution().Find(subject);
    if (models.size() == 1) by_model_[models[0]].push_back(ref);
    by_organization_[catalog.organizations().NameOf(subject)].push_back(ref);
    // A name may hold a slash: every place to cut it is tried.
    for (size_t at = subject.find('/'); at != std::string::npos;
         at = subject.find('/', at + 1)) {
      by_offering_[absl::StrCat(
                       catalog.organizations().NameOf(subject.substr(0, at)),
                       "/", subject.substr(at + 1))]
          .push_back(ref);
    }
  }
}

absl::Span<const EvidenceRef> AttestationIndex::OfModel(EntityId model) const {
  return Lookup(by_model_, model);
}

absl::Span<const EvidenceRef> AttestationIndex::OfOrganization(
    absl::string_view name) const {
  return Lookup(by_organization_, name);
}

absl::Span<const EvidenceRef> AttestationIndex::OfOffering(
    absl::string_view operator_name, absl::string_view route) const {
  return Lookup(by_offering_, absl::StrCat(operator_name, "/", route));
}

ModelFact AttestationIndex::Attested(absl::Span<const EvidenceRef> records,
                                     absl::string_view scheme, Day on) const {
  ModelFact fact;
  std::string elapsed;
  for (const EvidenceRef& ref : records) {
    const v1::Attestation& attestation = catalog_.record(ref).attestation();
    if (attestation.scheme() != scheme) continue;
    const auto valid = ValidityOf(attestation);
    if (!valid || on < valid->first || on > valid->last) {
      elapsed = Describe(attestation);
      continue;
    }
    if (!fact.value.known()) fact.derivation = Describe(attestation);
    fact.value = FactValue::Flag(true);
    AddEvidence({ref}, &fact.evidence);
  }
  if (!fact.value.known()) {
    fact.derivation = absl::StrCat(
        "nothing of ", scheme, " is known that is valid on ", FormatDay(on),
        elapsed.empty() ? "" : "; not valid then: ", elapsed);
  }
  return fact;
}

ModelFact AttestationIndex::Level(absl::Span<const EvidenceRef> records,
                                  absl::string_view scheme,
                                  absl::string_view item, Day on) const {
  std::vector<Statement> statements;
  for (const EvidenceRef& ref : records) {
    const v1::Attestation& attestation = catalog_.record(ref).attestation();
    if (attestation.scheme() != scheme || attestation.item() != item ||
        !attestation.has_level()) {
      continue;
    }
    const auto valid = ValidityOf(attestation);
    if (!valid || on < valid->first || on > valid->last) continue;
    Statement statement;
    statement.ref = ref;
    statement.source = catalog_.segment(ref).meta().source();
    // Of one source the one that began last holds.
    statement.available =
        attestation.has_from() ? valid->first : std::numeric_limits<Day>::min();
    statement.value =
        FactValue::Number(attestation.level(), attestation.level());
    statement.derivation = Describe(attestation);
    statement.evidence = {ref};
    statements.push_back(std::move(statement));
  }
  ModelFact fact =
      Settle(KeepNature(std::move(statements)), "attestation.level", ranks_);
  if (!fact.value.known() && fact.derivation.empty()) {
    fact.derivation =
        absl::StrCat("no level of ", scheme, " ", item,
                     " is known that is valid on ", FormatDay(on));
  }
  return fact;
}

}  // namespace meridian::analysis
