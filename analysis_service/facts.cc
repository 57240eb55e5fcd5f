#include "analysis_service/facts.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/strip.h"
#include "analysis_service/facts_state.h"
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

FactState::FactState(const Catalog& catalog_in, FactContext context_in)
    : catalog(catalog_in),
      context(std::move(context_in)),
      ranks(catalog),
      licences(catalog),
      organizations(catalog, context, ranks),
      compute_(Fields().size()),
      stated_(StatedFields(catalog, licences)),
      ownership_(catalog, context, ranks, organizations),
      clauses_(catalog, ranks, licences),
      grants_(catalog, context, clauses_) {
  AddModelFields();
  AddLicenceFields();
  AddDeveloperFields();
  AddQuestionFields();
}

ModelFact FactState::Stated(EntityId model, const StatedField& field) const {
  const absl::Span<const EvidenceRef> records = catalog.ModelRecords(model);
  std::vector<Statement> statements;
  for (const EvidenceRef& ref : records) {
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
  if (statements.empty()) return ModelFact();
  return Settle(field.is_state ? KeepState(std::move(statements), context)
                               : KeepNature(std::move(statements)),
                field.precedence, ranks);
}

ModelFact FactState::StatedByName(EntityId model,
                                  const std::string& name) const {
  return Stated(model, stated_.at(name));
}

ModelFact FactState::Name(EntityId model) const {
  ModelFact fact;
  fact.value = FactValue::Text(catalog.resolution().entity(model).name);
  for (const EvidenceRef& ref : catalog.ModelRecords(model)) {
    if (catalog.segment(ref).is_reference()) AddEvidence({ref}, &fact.evidence);
  }
  return fact;
}

const ModelFact& FactState::CountryOf(OrganizationId id,
                                      std::optional<DateRange> when) {
  const DateRange key = when.value_or(DateRange{1, 0});
  const auto [it, inserted] = countries_.try_emplace({id, key.first, key.last});
  if (inserted) it->second = organizations.CountryDuring(id, when);
  return it->second;
}

ModelFact FactState::Countries(EntityId model) {
  if (context.country_rule == CountryRule::kStated) {
    return StatedByName(model, "countries");
  }
  static const FieldIndex kDevelopers = FindField("model.developers");
  static const FieldIndex kRelease = FindField("model.release_date");
  ModelFact developers_scratch, release_scratch;
  const ModelFact& developers = Need(model, kDevelopers, &developers_scratch);
  ModelFact fact;
  fact.evidence = developers.evidence;
  fact.stated_after_as_of = developers.stated_after_as_of;
  if (!developers.value.known()) {
    fact.value = FactValue::Unknown(developers.value.unknown);
    fact.derivation = "the developer is unknown";
    return fact;
  }
  const ModelFact& release = Need(model, kRelease, &release_scratch);
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

ModelFact FactState::Country(EntityId model) {
  static const FieldIndex kCountries = FindField("model.countries");
  ModelFact scratch;
  ModelFact fact = Need(model, kCountries, &scratch);
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

void FactState::Bind(absl::string_view name, ComputeField compute) {
  const FieldIndex field = FindField(name);
  if (field >= 0) compute_[field] = std::move(compute);
}

void FactState::AddModelFields() {
  for (const FieldDef& field : Fields()) {
    const auto it =
        stated_.find(std::string(absl::StripPrefix(field.name, "model.")));
    if (!absl::StartsWith(field.name, "model.") || it == stated_.end()) {
      continue;
    }
    const StatedField& stated = it->second;
    Bind(field.name, [this, &stated](EntityId model, int) {
      return Stated(model, stated);
    });
  }
  Bind("model.name", [this](EntityId model, int) { return Name(model); });
  Bind("model.countries",
       [this](EntityId model, int) { return Countries(model); });
  Bind("model.country", [this](EntityId model, int) { return Country(model); });
  Bind("model.lineage_complete", [this](EntityId model, int) {
    const Lineage lineage = WalkLineage(model);
    ModelFact fact;
    fact.evidence = lineage.evidence;
    if (lineage.complete) {
      fact.value = FactValue::Flag(true);
    } else {
      fact.value = FactValue::Unknown(lineage.unknown);
      fact.derivation = absl::StrCat("the list of bases of ", lineage.open,
                                     " is not stated to be complete");
    }
    return fact;
  });
}

void FactState::AddQuestionFields() {
  const auto constant = [this](absl::string_view name, FactValue value) {
    ModelFact fact;
    fact.value = std::move(value);
    if (!fact.value.known()) {
      fact.derivation = "neither the policy nor the request says";
    }
    Bind(name, [fact](EntityId, int) { return fact; });
  };
  const v1::Deployer& d = context.deployer;
  const auto number = [](bool is_set, double value) {
    return is_set ? FactValue::Number(value, value) : FactValue();
  };
  const auto flag = [](bool is_set, bool value) {
    return is_set ? FactValue::Flag(value) : FactValue();
  };
  const auto text = [](const std::string& value) {
    return value.empty() ? FactValue() : FactValue::Text(value);
  };
  constant("deployer", FactValue{UnknownReason::kNone, {}});
  constant("deployer.country", text(d.country()));
  constant("deployer.monthly_active_users",
           number(d.has_monthly_active_users(), d.monthly_active_users()));
  constant("deployer.annual_revenue_usd",
           number(d.has_annual_revenue_usd(), d.annual_revenue_usd()));
  constant("deployer.commercial", flag(d.has_commercial(), d.commercial()));
  constant("deployer.military", flag(d.has_military(), d.military()));
  constant("deployer.critical_infrastructure",
           flag(d.has_critical_infrastructure(), d.critical_infrastructure()));
  constant("deployer.sector", text(d.sector()));
  constant("deployer.mode",
           d.mode() == v1::DEPLOY_MODE_UNSPECIFIED
               ? FactValue()
               : FactValue::Text(std::string(absl::StripPrefix(
                     v1::DeployMode_Name(d.mode()), "DEPLOY_MODE_"))));
  constant("on", FactValue::Date({context.on, context.on}));
  constant("as_of", FactValue::Date({context.as_of, context.as_of}));
  Bind("offerings", [this](EntityId model, int) {
    const ModelOfferings& offerings = OfferingsOf(model);
    ModelFact fact;
    fact.value = FactValue::Objects({offerings.objects, /*complete=*/false});
    for (const OfferingIndex::Entry& entry : offerings.entries) {
      AddEvidence(entry.records, &fact.evidence);
    }
    return fact;
  });
  const absl::Span<const FieldDef> fields = ObjectFields("offering");
  for (size_t i = 0; i < fields.size(); ++i) {
    Bind(absl::StrCat("offering.", fields[i].name),
         [this, i](EntityId model, int offering) {
           ModelFact fact;
           fact.derivation = "models are judged, not offerings";
           if (offering < 0) return fact;
           const ModelOfferings& offerings = OfferingsOf(model);
           if (offering < static_cast<int>(offerings.facts.size())) {
             fact = offerings.facts[offering][i];
           }
           return fact;
         });
  }
}

void FactState::Age(ModelFact* fact) const {
  if (!context.max_age_days || !fact->value.known() || fact->evidence.empty()) {
    return;
  }
  Day newest = std::numeric_limits<Day>::min();
  for (const EvidenceRef& ref : fact->evidence) {
    newest = std::max(newest, catalog.segment(ref).available());
  }
  const int64_t age = int64_t{context.as_of} - newest;
  if (age <= int64_t{*context.max_age_days}) return;
  fact->derivation =
      absl::StrCat("stated ", age, " days before ", FormatDay(context.as_of),
                   ": ", DescribeValue(fact->value));
  fact->value = FactValue::Unknown(UnknownReason::kStale);
}

ModelFact FactState::Compute(EntityId model, FieldIndex field, int offering) {
  static const FieldIndex kName = FindField("model.name");
  static const FieldIndex kOfferings = FindField("offerings");
  if (!compute_[field]) return ModelFact();
  ModelFact fact = compute_[field](model, offering);
  // Of the list of offerings each field ages by itself; a name does not.
  if (field != kName && field != kOfferings) Age(&fact);
  return fact;
}

const ModelFact& FactState::Need(EntityId model, FieldIndex field,
                                 ModelFact* scratch) {
  if (keeps) return Kept(model, field, -1);
  *scratch = Compute(model, field, -1);
  return *scratch;
}

const ModelFact& FactState::Kept(EntityId model, FieldIndex field,
                                 int offering) {
  static const auto* of_offering = [] {
    auto* flags = new std::vector<bool>(Fields().size());
    for (size_t i = 0; i < Fields().size(); ++i) {
      (*flags)[i] = absl::StartsWith(Fields()[i].name, "offering.");
    }
    return flags;
  }();
  if (!(*of_offering)[field]) offering = -1;
  const auto key = std::make_tuple(model, field, offering);
  const auto it = kept_.find(key);
  if (it != kept_.end()) return *it->second;
  auto fact = std::make_unique<ModelFact>(Compute(model, field, offering));
  return *kept_.emplace(key, std::move(fact)).first->second;
}

const ModelOfferings& FactState::OfferingsOf(EntityId model) {
  static const FieldIndex kWeights = FindField("model.weights");
  if (const auto it = kept_offerings_.find(model);
      it != kept_offerings_.end()) {
    return *it->second;
  }
  if (offerings_ == nullptr) {
    offerings_ = std::make_unique<OfferingIndex>(catalog, context);
  }
  auto result = std::make_unique<ModelOfferings>();
  const auto add = [&](std::vector<ModelFact> facts,
                       const OfferingIndex::Entry& entry) {
    FactObject object;
    object.id = result->objects.size();
    for (ModelFact& fact : facts) {
      Age(&fact);
      object.fields.push_back(fact.value);
    }
    result->objects.push_back(std::move(object));
    result->facts.push_back(std::move(facts));
    result->entries.push_back(entry);
  };
  for (const OfferingIndex::Entry& entry : offerings_->Of(model)) {
    bool disabled = false;
    std::vector<ModelFact> facts =
        ReadOffering(catalog, context, ranks, organizations, entry, &disabled);
    if (!disabled) add(std::move(facts), entry);
  }
  const v1::DeployMode mode = context.deployer.mode();
  if (mode == v1::DEPLOY_MODE_SELF_HOST || mode == v1::DEPLOY_MODE_EITHER) {
    ModelFact scratch;
    const ModelFact& weights = Need(model, kWeights, &scratch);
    if (weights.value == FactValue::Text("OPEN") ||
        weights.value == FactValue::Text("GATED")) {
      add(SelfOffering(context.deployer, weights), {"self", {}, "", {}});
    }
  }
  return *kept_offerings_.emplace(model, std::move(result)).first->second;
}

FactReader::FactReader(const Catalog& catalog, FactContext context)
    : state_(std::make_unique<FactState>(catalog, std::move(context))) {}
FactReader::~FactReader() = default;

const FactContext& FactReader::context() const { return state_->context; }

const ModelFact& FactReader::Get(EntityId model, FieldIndex field,
                                 int offering) {
  return state_->Kept(model, field, offering);
}

absl::Span<const FactObject> FactReader::Offerings(EntityId model) {
  return state_->OfferingsOf(model).objects;
}

const ModelFact& FactReader::OfferingFact(EntityId model, int offering,
                                          int object_field) {
  return state_->OfferingsOf(model).facts[offering][object_field];
}

Lineage FactReader::LineageOf(EntityId model) {
  return state_->WalkLineage(model);
}

std::vector<ModelObligation> FactReader::ObligationsOf(EntityId model) {
  return state_->Obligations(model);
}

const ModelFact& FactReader::Call(EntityId model, int offering,
                                  FunctionIndex function,
                                  const FactObject* receiver,
                                  absl::Span<const FactValue> arguments) {
  if (receiver != nullptr) offering = static_cast<int>(receiver->id);
  return state_->KeptCall(model, offering, state_->CallId(function, arguments));
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
