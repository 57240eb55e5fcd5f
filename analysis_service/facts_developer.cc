// Facts about the developers of a model.
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/facts_state.h"

namespace meridian::analysis {
namespace {

void Add(const ModelFact& part, const std::string& name, ModelFact* fact) {
  AddEvidence(part.evidence, &fact->evidence);
  fact->stated_after_as_of |= part.stated_after_as_of;
  absl::StrAppend(
      &fact->derivation, fact->derivation.empty() ? "" : "; ", name, ": ",
      part.derivation.empty() ? DescribeValue(part.value) : part.derivation);
}

// The ultimate parent, or the organisation itself when who holds it is known
// and nobody above one half.
ModelFact ControllerOf(const OrganizationFacts& organizations,
                       Ownership& ownership, const std::string& name,
                       OrganizationId id, Day on) {
  ModelFact fact = organizations.Controller(id, on);
  if (!fact.value.known()) return fact;
  if (!std::get<std::string>(fact.value.value).empty()) return fact;
  const HolderList& holders = ownership.HoldersOf(id);
  AddEvidence(holders.evidence, &fact.evidence);
  bool nobody =
      holders.unattributed <= 0.5 && holders.unknown == UnknownReason::kNone;
  for (const Holder& holder : holders.holders) {
    nobody = nobody && holder.share.high <= 0.5;
  }
  if (nobody) {
    fact.value = FactValue::Text(name);
    fact.derivation = "nobody holds more than one half";
  } else {
    fact.value = FactValue::Unknown(holders.unknown == UnknownReason::kNone
                                        ? UnknownReason::kMissing
                                        : holders.unknown);
    fact.derivation = "who holds it is not known";
  }
  return fact;
}

// What a fact of developers begins with: their evidence, and that they are not
// known.
ModelFact FromDevelopers(const ModelFact& developers) {
  ModelFact fact;
  fact.evidence = developers.evidence;
  if (!developers.value.known()) {
    fact.value = FactValue::Unknown(developers.value.unknown);
    fact.derivation = "the developer is unknown";
  }
  return fact;
}

}  // namespace

ModelFact FactState::EachDeveloper(EntityId model, const OfDeveloper& of) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  ModelFact scratch;
  const ModelFact& developers = Need(model, kDevelopers, &scratch);
  ModelFact fact = FromDevelopers(developers);
  if (!developers.value.known()) return fact;
  const std::vector<std::string>& names =
      std::get<StringList>(developers.value.value).items;
  std::optional<FactValue> value;
  for (const std::string& name : names) {
    const ModelFact& part = of(name, catalog.organizations().Find(name));
    if (names.size() == 1) {
      ModelFact only = part;
      AddEvidence(developers.evidence, &only.evidence);
      return only;
    }
    Add(part, name, &fact);
    if (!value) {
      value = part.value;
    } else if (value->known() && part.value.known() && *value != part.value) {
      value = FactValue::Unknown(UnknownReason::kConflict);
    } else if (value->known() && !part.value.known()) {
      value = part.value;
    }
  }
  if (value) fact.value = *value;
  return fact;
}

ModelFact FactState::AnyDeveloper(EntityId model, const OfDeveloper& of) {
  static const FieldIndex kDevelopers = FindField("model.developers");
  ModelFact scratch;
  const ModelFact& developers = Need(model, kDevelopers, &scratch);
  ModelFact fact = FromDevelopers(developers);
  if (!developers.value.known()) return fact;
  const StringList& names = std::get<StringList>(developers.value.value);
  fact.value = names.complete
                   ? FactValue::Flag(false)
                   : FactValue::Unknown(UnknownReason::kIncompleteSet);
  for (const std::string& name : names.items) {
    const ModelFact& part = of(name, catalog.organizations().Find(name));
    if (part.value == FactValue::Flag(true)) {
      ModelFact only = part;
      AddEvidence(developers.evidence, &only.evidence);
      return only;
    }
    Add(part, name, &fact);
    if (!part.value.known()) fact.value = part.value;
  }
  return fact;
}

void FactState::AddDeveloperFields() {
  const auto unknown = [](const std::string& name) {
    ModelFact fact;
    fact.derivation = absl::StrCat(name, ": no record of the organisation");
    return fact;
  };
  // `of` an organisation, kept by its name.
  const auto bind = [&](absl::string_view field, auto of) {
    auto kept = std::make_shared<std::map<std::string, ModelFact>>();
    Bind(field, [this, of, unknown, kept](EntityId model, int) {
      return EachDeveloper(
          model,
          [&](const std::string& name,
              std::optional<OrganizationId> id) -> const ModelFact& {
            const auto [it, is_new] = kept->try_emplace(name);
            if (is_new) it->second = id ? of(name, *id) : unknown(name);
            return it->second;
          });
    });
  };
  bind("developer.headquarters", [this](const std::string&, OrganizationId id) {
    return organizations.Headquarters(id, context.on);
  });
  bind("developer.incorporation",
       [this](const std::string&, OrganizationId id) {
         return organizations.Incorporation(id, context.on);
       });
  bind("developer.kind", [this](const std::string&, OrganizationId id) {
    return organizations.Kind(id);
  });
  bind("developer.controller",
       [this](const std::string& name, OrganizationId id) {
         return ControllerOf(organizations, ownership_, name, id, context.on);
       });
  Bind("developer.name", [this](EntityId model, int) {
    static const FieldIndex kDevelopers = FindField("model.developers");
    ModelFact scratch;
    ModelFact fact = Need(model, kDevelopers, &scratch);
    fact.others.clear();
    if (!fact.value.known()) return fact;
    const std::vector<std::string> names =
        std::get<StringList>(fact.value.value).items;
    if (names.size() == 1) {
      fact.value = FactValue::Text(names[0]);
    } else {
      fact.value = FactValue::Unknown(names.empty() ? UnknownReason::kMissing
                                                    : UnknownReason::kConflict);
      fact.derivation =
          absl::StrCat("several developers: ", absl::StrJoin(names, ", "));
    }
    return fact;
  });
}

}  // namespace meridian::analysis
