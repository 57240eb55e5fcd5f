#include "analysis_service/facts.h"

#include <algorithm>
#include <functional>
#include <limits>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analysis_service/facts_country.h"
#include "analysis_service/facts_fields.h"
#include "analysis_service/facts_licence.h"
#include "analysis_service/statements.h"
#include "common/base/status.h"

namespace meridian::analysis {
absl::StatusOr<CountryRule> ParseCountryRule(absl::string_view text) {
  if (text.empty()) return CountryRule::kControllerHq;
  for (const CountryRule rule :
       {CountryRule::kControllerHq, CountryRule::kHq,
        CountryRule::kIncorporation, CountryRule::kStated}) {
    if (text == CountryRuleName(rule)) return rule;
  }
  return MakeError(absl::StatusCode::kInvalidArgument, "UNKNOWN_COUNTRY_RULE",
                   absl::StrCat("country rule '", text,
                                "' is not known; use controller_hq, hq, "
                                "incorporation or stated"),
                   {{"country_rule", std::string(text)}});
}

absl::string_view CountryRuleName(CountryRule rule) {
  switch (rule) {
    case CountryRule::kControllerHq:
      return "controller_hq";
    case CountryRule::kHq:
      return "hq";
    case CountryRule::kIncorporation:
      return "incorporation";
    case CountryRule::kStated:
      return "stated";
  }
  return "";
}

struct FactReader::State {
  State(const Catalog& catalog_in, FactContext context_in)
      : catalog(catalog_in),
        context(context_in),
        ranks(catalog),
        licences(catalog),
        organizations(catalog, context, ranks),
        stated(StatedFields(catalog, licences)) {}

  ModelFact Compute(EntityId model, absl::string_view field);
  ModelFact Stated(EntityId model, const StatedField& field) const;
  ModelFact Name(EntityId model) const;
  ModelFact Countries(EntityId model);
  ModelFact Country(EntityId model);
  const ModelFact& Kept(EntityId model, const std::string& field);
  // The country of a developer, as of the release; kept.
  const ModelFact& CountryOf(OrganizationId id, std::optional<DateRange> when);

  const Catalog& catalog;
  const FactContext context;
  const SourceRanks ranks;
  const LicenceTable licences;
  const OrganizationFacts organizations;
  std::map<std::string, StatedField> stated;
  std::map<std::pair<EntityId, std::string>, ModelFact> kept;
  std::map<std::tuple<OrganizationId, Day, Day>, ModelFact> countries;
};

ModelFact FactReader::State::Stated(EntityId model,
                                    const StatedField& field) const {
  std::vector<Statement> statements;
  for (const EvidenceRef& ref : catalog.ModelRecords(model)) {
    if (auto statement = ReadStatement(catalog, ref, field)) {
      statements.push_back(*std::move(statement));
    }
  }
  if (field.is_state) {
    for (const FormerRecord& former : catalog.FormerModelRecords(model)) {
      auto statement = ReadStatement(catalog, former.ref, field);
      if (!statement) continue;
      statement->ends = former.ends;
      statements.push_back(*std::move(statement));
    }
  }
  return Settle(field.is_state ? KeepState(std::move(statements), context)
                               : KeepNature(std::move(statements)),
                field.precedence, ranks);
}

ModelFact FactReader::State::Name(EntityId model) const {
  ModelFact fact;
  fact.value = FactValue::Text(catalog.resolution().entity(model).name);
  for (const EvidenceRef& ref : catalog.ModelRecords(model)) {
    if (catalog.segment(ref).is_reference()) AddEvidence({ref}, &fact.evidence);
  }
  return fact;
}

const ModelFact& FactReader::State::CountryOf(OrganizationId id,
                                              std::optional<DateRange> when) {
  const DateRange key = when.value_or(DateRange{1, 0});
  const auto [it, inserted] = countries.try_emplace({id, key.first, key.last});
  if (inserted) it->second = organizations.CountryDuring(id, when);
  return it->second;
}

ModelFact FactReader::State::Countries(EntityId model) {
  if (context.country_rule == CountryRule::kStated) {
    return Stated(model, stated.at("countries"));
  }
  const ModelFact& developers = Kept(model, "developers");
  ModelFact fact;
  fact.evidence = developers.evidence;
  fact.stated_after_as_of = developers.stated_after_as_of;
  if (!developers.value.known()) {
    fact.value = FactValue::Unknown(developers.value.unknown);
    fact.derivation = "the developer is unknown";
    return fact;
  }
  const ModelFact& release = Kept(model, "release_date");
  std::optional<DateRange> when;
  if (release.value.known()) when = std::get<DateRange>(release.value.value);
  const auto& names = std::get<StringList>(developers.value.value);
  StringList list;
  list.complete = names.complete;
  UnknownReason reason = UnknownReason::kMissing;
  std::vector<std::string> said;
  for (const std::string& name : names.items) {
    const auto id = catalog.organizations().Find(name);
    if (!id) {
      list.complete = false;
      said.push_back(absl::StrCat(name, ": no record of the organisation"));
      continue;
    }
    const ModelFact& country = CountryOf(*id, when);
    said.push_back(absl::StrCat(name, ": ", DescribeValue(country.value),
                                country.derivation.empty() ? "" : ", ",
                                country.derivation));
    AddEvidence(country.evidence, &fact.evidence);
    fact.stated_after_as_of |= country.stated_after_as_of;
    if (country.value.known()) {
      list.items.push_back(std::get<std::string>(country.value.value));
    } else {
      list.complete = false;
      reason = country.value.unknown;
    }
  }
  if (when) AddEvidence(release.evidence, &fact.evidence);
  fact.derivation = absl::StrJoin(said, "; ");
  list = SortedList(std::move(list.items), list.complete);
  fact.value = list.items.empty() ? FactValue::Unknown(reason)
                                  : FactValue::List(std::move(list));
  return fact;
}

ModelFact FactReader::State::Country(EntityId model) {
  ModelFact fact = Kept(model, "countries");
  if (!fact.value.known()) return fact;
  const StringList list = std::get<StringList>(fact.value.value);
  if (list.items.size() > 1) {
    fact.value = FactValue::Unknown(UnknownReason::kConflict);
  } else if (!list.complete) {
    fact.value = FactValue::Unknown(UnknownReason::kIncompleteSet);
  } else if (list.items.empty()) {
    fact.value = FactValue::Unknown(UnknownReason::kMissing);
  } else {
    fact.value = FactValue::Text(list.items[0]);
  }
  for (OtherStatement& other : fact.others) {
    if (!other.value.known()) continue;
    const StringList& items = std::get<StringList>(other.value.value);
    other.value = items.items.size() == 1
                      ? FactValue::Text(items.items[0])
                      : FactValue::Unknown(UnknownReason::kConflict);
  }
  return fact;
}

ModelFact FactReader::State::Compute(EntityId model, absl::string_view field) {
  if (field == "name") return Name(model);
  if (field == "countries") return Countries(model);
  if (field == "country") return Country(model);
  const auto it = stated.find(std::string(field));
  return it == stated.end() ? ModelFact() : Stated(model, it->second);
}

const ModelFact& FactReader::State::Kept(EntityId model,
                                         const std::string& field) {
  const auto it = kept.find({model, field});
  if (it != kept.end()) return it->second;
  ModelFact fact = Compute(model, field);
  return kept.emplace(std::make_pair(model, field), std::move(fact))
      .first->second;
}

FactReader::FactReader(const Catalog& catalog, FactContext context)
    : state_(std::make_unique<State>(catalog, context)) {}
FactReader::~FactReader() = default;

const FactContext& FactReader::context() const { return state_->context; }

const ModelFact& FactReader::Get(EntityId model, FieldIndex field) {
  return state_->Kept(
      model, std::string(absl::StripPrefix(Fields()[field].name, "model.")));
}

OrganizationFact FactReader::Describe(OrganizationId organization) {
  const OrganizationFacts& facts = state_->organizations;
  const Day on = state_->context.on;
  OrganizationFact described;
  const auto take = [&](ModelFact fact) {
    AddEvidence(fact.evidence, &described.evidence);
    described.stated_after_as_of |= fact.stated_after_as_of;
    return fact.value;
  };
  described.headquarters = take(facts.Headquarters(organization, on));
  described.incorporation = take(facts.Incorporation(organization, on));
  const FactValue controller = take(facts.Controller(organization, on));
  if (controller.known()) {
    described.controller = std::get<std::string>(controller.value);
  }
  described.country = take(facts.Country(organization, on));
  return described;
}

}  // namespace meridian::analysis
