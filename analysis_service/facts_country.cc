#include "analysis_service/facts_country.h"

#include <algorithm>
#include <limits>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace meridian::analysis {
namespace {

// A chain of owners longer than this is taken to be a mistake.
constexpr int kMostOwners = 16;

// Days on which an entry with valid_from and valid_to holds. Nothing: a date
// cannot be read, so the entry says too much.
template <typename Entry>
std::optional<DateRange> Validity(const Entry& entry) {
  DateRange range{std::numeric_limits<Day>::min(),
                  std::numeric_limits<Day>::max()};
  if (entry.has_valid_from()) {
    const auto from = ParseDate(entry.valid_from());
    if (!from.ok()) return std::nullopt;
    range.first = from->first;
  }
  if (entry.has_valid_to()) {
    const auto to = ParseDate(entry.valid_to());
    if (!to.ok()) return std::nullopt;
    range.last = to->last;
  }
  return range;
}

template <typename Entry>
bool IsDated(const Entry& entry) {
  return entry.has_valid_from() || entry.has_valid_to();
}

bool HoldsOn(const std::optional<DateRange>& range, Day day) {
  return range && range->first <= day && day <= range->last;
}

// The entry that holds on the day; of several the one that began last.
// `differ`: two that began together say different things.
const v1::DatedCountry* Holding(
    const google::protobuf::RepeatedPtrField<v1::DatedCountry>& entries,
    Day day, bool* differ) {
  const v1::DatedCountry* best = nullptr;
  Day began = 0;
  *differ = false;
  for (const v1::DatedCountry& entry : entries) {
    const auto range = Validity(entry);
    if (!HoldsOn(range, day) || entry.country().empty()) continue;
    if (best == nullptr || range->first > began) {
      *differ = false;
      best = &entry;
      began = range->first;
    } else if (range->first == began && entry.country() != best->country()) {
      *differ = true;
    }
  }
  return best;
}

// An undated entry is a statement of its vintage; a dated one says itself
// when it holds.
std::vector<Statement> KeepDated(std::vector<Statement> statements,
                                 const std::vector<bool>& dated,
                                 const FactContext& context) {
  for (size_t i = 0; i < statements.size(); ++i) {
    if (dated[i]) statements[i].valid = DateRange{context.on, context.on};
  }
  return KeepState(std::move(statements), context);
}

// Records of an organisation, those that no longer hold included.
std::vector<FormerRecord> AllRecords(const Catalog& catalog,
                                     OrganizationId id) {
  std::vector<FormerRecord> records;
  for (const uint32_t i : catalog.organizations().entry(id).records) {
    records.push_back(
        {catalog.organization_records()[i], std::numeric_limits<Day>::max()});
  }
  const auto former = catalog.FormerOrganizationRecords(id);
  records.insert(records.end(), former.begin(), former.end());
  return records;
}

Statement StatementOf(const Catalog& catalog, const FormerRecord& record) {
  const EvidenceRef& ref = record.ref;
  Statement statement;
  statement.ref = ref;
  statement.source = catalog.segment(ref).meta().source();
  statement.available = catalog.segment(ref).available();
  statement.evidence = {ref};
  if (record.ends != std::numeric_limits<Day>::max()) {
    statement.ends = record.ends;
  }
  return statement;
}

template <typename Entries>
void CollectDates(const Entries& entries, std::vector<Day>* days) {
  for (const auto& entry : entries) {
    const auto range = Validity(entry);
    if (!range) continue;
    if (entry.has_valid_from()) days->push_back(range->first);
    if (entry.has_valid_to()) days->push_back(range->last + 1);
  }
}

}  // namespace

OrganizationFacts::OrganizationFacts(const Catalog& catalog,
                                     const FactContext& context,
                                     const SourceRanks& ranks)
    : catalog_(catalog), context_(context), ranks_(ranks) {}

ModelFact OrganizationFacts::DatedCountryOn(OrganizationId id, Day day,
                                            bool incorporation) const {
  std::vector<Statement> statements;
  std::vector<bool> dated;
  for (const FormerRecord& stated : AllRecords(catalog_, id)) {
    const v1::Organization& record = catalog_.record(stated.ref).organization();
    bool differ = false;
    const v1::DatedCountry* entry =
        Holding(incorporation ? record.incorporation() : record.headquarters(),
                day, &differ);
    if (entry == nullptr) continue;
    Statement statement = StatementOf(catalog_, stated);
    statement.value = differ ? FactValue::Unknown(UnknownReason::kConflict)
                             : FactValue::Text(entry->country());
    dated.push_back(IsDated(*entry));
    statements.push_back(std::move(statement));
  }
  return Settle(KeepDated(std::move(statements), dated, context_),
                incorporation ? "organization.incorporation"
                              : "organization.headquarters",
                ranks_);
}

ModelFact OrganizationFacts::Headquarters(OrganizationId id, Day day) const {
  return DatedCountryOn(id, day, /*incorporation=*/false);
}

ModelFact OrganizationFacts::Incorporation(OrganizationId id, Day day) const {
  return DatedCountryOn(id, day, /*incorporation=*/true);
}

// The parent above 50 % of capital or votes; known and empty when parents are
// listed and none is. A share of unknown lower bound is no control.
ModelFact OrganizationFacts::ParentOn(OrganizationId id, Day day) const {
  std::vector<Statement> statements;
  std::vector<bool> dated;
  for (const FormerRecord& stated : AllRecords(catalog_, id)) {
    const v1::Organization& record = catalog_.record(stated.ref).organization();
    if (record.parents().empty() && !record.parents_complete()) continue;
    Statement statement = StatementOf(catalog_, stated);
    statement.value = FactValue::Text("");
    bool is_dated = false;
    for (const v1::Parent& parent : record.parents()) {
      if (!HoldsOn(Validity(parent), day) || !parent.share().has_low() ||
          parent.share().low() <= 0.5) {
        continue;
      }
      statement.value = FactValue::Text(
          catalog_.organizations().NameOf(parent.organization()));
      is_dated = IsDated(parent);
    }
    dated.push_back(is_dated);
    statements.push_back(std::move(statement));
  }
  return Settle(KeepDated(std::move(statements), dated, context_),
                "organization.parents", ranks_);
}

std::vector<Statement> OrganizationFacts::HolderStatements(OrganizationId id,
                                                           Day day) const {
  std::vector<Statement> statements;
  std::vector<bool> dated;
  for (const FormerRecord& stated : AllRecords(catalog_, id)) {
    const v1::Organization& record = catalog_.record(stated.ref).organization();
    if (record.parents().empty() && !record.parents_complete()) continue;
    statements.push_back(StatementOf(catalog_, stated));
    statements.back().value = FactValue::Flag(true);
    dated.push_back(
        std::any_of(record.parents().begin(), record.parents().end(),
                    [&](const auto& parent) {
                      return IsDated(parent) && IsHolder(parent, day);
                    }));
  }
  return KeepDated(std::move(statements), dated, context_);
}

bool OrganizationFacts::IsHolder(const v1::Parent& parent, Day day) {
  return HoldsOn(Validity(parent), day);
}

ModelFact OrganizationFacts::Kind(OrganizationId id) const {
  std::vector<Statement> statements;
  for (const uint32_t i : catalog_.organizations().entry(id).records) {
    const EvidenceRef& ref = catalog_.organization_records()[i];
    const v1::Organization& record = catalog_.record(ref).organization();
    if (record.kind() == v1::Organization::KIND_UNSPECIFIED) continue;
    statements.push_back(
        StatementOf(catalog_, {ref, std::numeric_limits<Day>::max()}));
    statements.back().value = FactValue::Text(std::string(absl::StripPrefix(
        v1::Organization::Kind_Name(record.kind()), "KIND_")));
  }
  return Settle(KeepNature(std::move(statements)), "organization.kind", ranks_);
}

ModelFact OrganizationFacts::Controller(OrganizationId id, Day day) const {
  ModelFact result;
  result.value = FactValue::Text("");
  std::set<OrganizationId> seen = {id};
  for (int i = 0; i < kMostOwners; ++i) {
    ModelFact parent = ParentOn(id, day);
    if (!parent.value.known()) {
      if (parent.value.unknown == UnknownReason::kMissing) return result;
      return parent;
    }
    const std::string& name = std::get<std::string>(parent.value.value);
    if (name.empty()) return result;
    AddEvidence(parent.evidence, &result.evidence);
    result.stated_after_as_of |= parent.stated_after_as_of;
    result.value = FactValue::Text(name);
    const auto next = catalog_.organizations().Find(name);
    // Nothing is known of the parent, or owners own each other.
    if (!next || !seen.insert(*next).second) return result;
    id = *next;
  }
  return result;
}

ModelFact OrganizationFacts::Country(OrganizationId id, Day day) const {
  if (context_.country_rule == CountryRule::kIncorporation) {
    return Incorporation(id, day);
  }
  if (context_.country_rule != CountryRule::kControllerHq) {
    return Headquarters(id, day);
  }
  ModelFact controller = Controller(id, day);
  if (!controller.value.known()) return controller;
  const std::string name = std::get<std::string>(controller.value.value);
  if (name.empty()) return Headquarters(id, day);
  ModelFact country;
  if (const auto owner = catalog_.organizations().Find(name)) {
    country = Headquarters(*owner, day);
  }
  AddEvidence(controller.evidence, &country.evidence);
  country.stated_after_as_of |= controller.stated_after_as_of;
  country.derivation = absl::StrCat("controlled by ", name);
  return country;
}

void OrganizationFacts::CollectChanges(OrganizationId id, int depth,
                                       std::vector<Day>* days) const {
  for (const FormerRecord& stated : AllRecords(catalog_, id)) {
    const v1::Organization& record = catalog_.record(stated.ref).organization();
    CollectDates(record.headquarters(), days);
    CollectDates(record.incorporation(), days);
    CollectDates(record.parents(), days);
    if (depth >= kMostOwners) continue;
    for (const v1::Parent& parent : record.parents()) {
      if (parent.share().low() <= 0.5) continue;
      const auto owner = catalog_.organizations().Find(parent.organization());
      if (owner && *owner != id) CollectChanges(*owner, depth + 1, days);
    }
  }
}

ModelFact OrganizationFacts::CountryDuring(
    OrganizationId id, std::optional<DateRange> when) const {
  if (when && when->is_day()) return Country(id, when->first);
  std::vector<Day> changes;
  CollectChanges(id, 0, &changes);
  std::set<Day> days;
  const Day last = when ? when->last : context_.on;
  days.insert(last);
  if (when) days.insert(when->first);
  for (const Day day : changes) {
    // The day before a change stands for what held until then.
    for (const Day candidate : {day - 1, day}) {
      if (candidate <= last && (!when || candidate >= when->first)) {
        days.insert(candidate);
      }
    }
  }
  std::optional<ModelFact> first;
  for (const Day day : days) {
    ModelFact fact = Country(id, day);
    // Before there was an organisation it released nothing.
    if (!when && fact.value.unknown == UnknownReason::kMissing &&
        days.size() > 1) {
      continue;
    }
    if (first && DescribeValue(first->value) != DescribeValue(fact.value)) {
      ModelFact unclear;
      unclear.value = FactValue::Unknown(when ? UnknownReason::kImprecise
                                              : UnknownReason::kMissing);
      unclear.derivation = absl::StrCat(
          "it changed between ", DescribeValue(first->value), " and ",
          DescribeValue(fact.value), ", and the release date ",
          when ? "is not exact enough" : "is unknown");
      unclear.evidence = first->evidence;
      AddEvidence(fact.evidence, &unclear.evidence);
      return unclear;
    }
    if (!first) first = std::move(fact);
  }
  return first ? *std::move(first) : ModelFact();
}

}  // namespace meridian::analysis
