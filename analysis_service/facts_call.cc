// The functions of facts.
#include <algorithm>
#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_split.h"
#include "analysis_service/facts_lineage.h"
#include "analysis_service/facts_state.h"

namespace meridian::analysis {
namespace {

std::string KeyOf(FunctionIndex function,
                  absl::Span<const FactValue> arguments) {
  std::string key = absl::StrCat(function);
  for (const FactValue& argument : arguments) {
    key.push_back('\0');
    if (const auto* text = std::get_if<std::string>(&argument.value)) {
      absl::StrAppend(&key, "s", *text);
    } else if (const auto* range = std::get_if<NumberRange>(&argument.value)) {
      absl::StrAppend(&key, absl::StrFormat("n%a", range->low));
    }
  }
  return key;
}

ModelFact Missing(std::string derivation) {
  ModelFact fact;
  fact.derivation = std::move(derivation);
  return fact;
}

}  // namespace

int FactState::CallId(FunctionIndex function,
                      absl::Span<const FactValue> arguments) {
  std::string key = KeyOf(function, arguments);
  const auto it = call_ids_.find(key);
  if (it != call_ids_.end()) return it->second;
  const FunctionDef& def = Functions()[function];
  FunctionCall call;
  call.function = function;
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(def.name, absl::MaxSplits('.', 1));
  call.object = def.object.empty() ? std::string(parts.first) : def.object;
  call.name = def.object.empty() ? std::string(parts.second) : def.name;
  call.arguments = {arguments.begin(), arguments.end()};
  calls_.push_back(std::move(call));
  const int id = static_cast<int>(calls_.size()) - 1;
  call_ids_.emplace(std::move(key), id);
  return id;
}

const ModelFact& FactState::KeptCall(EntityId model, int offering, int call) {
  const auto key = std::make_tuple(
      model, call, calls_[call].object == "offering" ? offering : -1);
  const auto it = kept_calls_.find(key);
  if (it != kept_calls_.end()) return *it->second;
  auto fact = std::make_unique<ModelFact>(ComputeCall(model, offering, call));
  return *kept_calls_.emplace(key, std::move(fact)).first->second;
}

ModelFact FactState::ComputeCall(EntityId model, int offering, int call) {
  const std::string& object = calls_[call].object;
  ModelFact fact = object == "model"       ? ModelCall(model, call)
                   : object == "developer" ? DeveloperCall(model, call)
                   : object == "licence"   ? LicenceCall(model, call)
                                         : OfferingCall(model, offering, call);
  Age(&fact);
  return fact;
}

ModelFact FactState::ModelCall(EntityId model, int call_id) {
  const FunctionCall& call = calls_[call_id];
  if (call.name == "attested") {
    return attestations().Attested(attestations().OfModel(model), call.text(0),
                                   context.on);
  }
  if (call.name == "level") {
    return attestations().Level(attestations().OfModel(model), call.text(0),
                                call.text(1), context.on);
  }
  if (call.name == "openness") return Openness(model, call.text(0));
  return DerivedFrom(model, call_id);
}

ModelFact FactState::Openness(EntityId model,
                              const std::string& dimension) const {
  const StatedField field{
      "openness", "model.openness", false,
      [&](const v1::Model& record, const Segment&, Statement* statement) {
        for (const v1::OpennessJudgement& judged : record.openness()) {
          if (judged.dimension() != dimension || judged.judgement().empty()) {
            continue;
          }
          statement->value = FactValue::Text(judged.judgement());
          return true;
        }
        return false;
      }};
  ModelFact fact = Stated(model, field);
  if (!fact.value.known() && fact.derivation.empty()) {
    fact.derivation = absl::StrCat("nobody judged '", dimension, "'");
  }
  return fact;
}

Lineage FactState::WalkLineage(EntityId model) {
  static const FieldIndex kBases = FindField("model.base_models");
  return analysis::WalkLineage(catalog, model, [&](EntityId of) {
    ModelFact scratch;
    return Need(of, kBases, &scratch);
  });
}

// In Kleene logic over the model itself (where it counts) and its ancestors.
ModelFact FactState::DerivedFrom(EntityId model, int call_id) {
  static const FieldIndex kCountries = FindField("model.countries");
  const FunctionCall call = calls_[call_id];
  const std::string& wanted = call.text(0);
  const std::string organization = catalog.organizations().NameOf(wanted);
  const bool is_organization = catalog.organizations().Find(wanted).has_value();
  const std::vector<EntityId> same = catalog.resolution().Find(wanted);
  // For a list or a control of developers: the call on one of them.
  int inner = -1;
  if (call.name == "derived_from_controlled") {
    inner = CallId(FindFunction("", "developer.controlled_from", 2),
                   call.arguments);
  } else if (call.name == "derived_from_listed") {
    inner = CallId(FindFunction("", "developer.on_list", 1), call.arguments);
    if (!MembersOf(wanted).known) {
      return Missing(absl::StrCat("there is no list '", wanted, "'"));
    }
  }
  if (call.name == "derived_from_outside" && wanted.size() != 2 &&
      !MembersOf(wanted).known) {
    return Missing(absl::StrCat("'", wanted, "' is no country and no list"));
  }
  const auto developed_by = [&](EntityId of) {
    return AnyDeveloper(
        of,
        [&](const std::string& name,
            std::optional<OrganizationId> id) -> const ModelFact& {
          if (inner >= 0) return OrganizationCall(inner, name, id);
          static const auto* flags = [] {
            auto* both = new std::pair<ModelFact, ModelFact>;
            both->first.value = FactValue::Flag(false);
            both->second.value = FactValue::Flag(true);
            return both;
          }();
          return name == organization ? flags->second : flags->first;
        });
  };
  const auto matches = [&](const std::string& name, EntityId of) -> ModelFact {
    if (call.name == "derived_from_outside") {
      ModelFact scratch;
      ModelFact fact =
          of == kNoEntity ? ModelFact() : Need(of, kCountries, &scratch);
      if (const auto* list = std::get_if<StringList>(&fact.value.value)) {
        const auto& members = MembersOf(wanted).spelled;
        const bool is_out = std::any_of(
            list->items.begin(), list->items.end(), [&](const auto& country) {
              return country != wanted && !members.contains(country);
            });
        fact.value = is_out || list->complete
                         ? FactValue::Flag(is_out)
                         : FactValue::Unknown(UnknownReason::kIncompleteSet);
      }
      return fact;
    }
    if (call.name == "derived_from_country") {
      ModelFact scratch;
      ModelFact fact =
          of == kNoEntity ? ModelFact() : Need(of, kCountries, &scratch);
      const auto* list = std::get_if<StringList>(&fact.value.value);
      if (list != nullptr) {
        const bool is_in =
            std::binary_search(list->items.begin(), list->items.end(), wanted);
        fact.value = is_in || list->complete
                         ? FactValue::Flag(is_in)
                         : FactValue::Unknown(UnknownReason::kIncompleteSet);
      }
      return fact;
    }
    ModelFact fact;
    if (call.name == "derived_from") {
      if (name == wanted ||
          (of != kNoEntity && same.size() == 1 && same[0] == of)) {
        fact.value = FactValue::Flag(true);
        return fact;
      }
      // The name of a model and of no organisation.
      if (!is_organization && !same.empty()) {
        fact.value = FactValue::Flag(false);
        return fact;
      }
    } else if (call.name == "derived_from_listed" &&
               MembersOf(wanted).spelled.contains(name)) {
      fact.value = FactValue::Flag(true);
      AddEvidence(catalog.MembershipRecords(
                      wanted, MembersOf(wanted).spelled.at(name), context.on),
                  &fact.evidence);
      return fact;
    }
    return of == kNoEntity ? ModelFact() : developed_by(of);
  };
  ModelFact result;
  result.value = FactValue::Flag(false);
  // The model's own developer or country counts, where it is asked for.
  if (call.name == "derived_from_country") {
    result = matches(catalog.resolution().entity(model).name, model);
  } else if (call.name == "derived_from" && (is_organization || same.empty())) {
    result = developed_by(model);
  }
  if (result.value == FactValue::Flag(true)) return result;
  const Lineage lineage = WalkLineage(model);
  for (size_t i = 0; i < lineage.ancestors.size(); ++i) {
    const Ancestor& ancestor = lineage.ancestors[i];
    ModelFact fact = matches(ancestor.name, ancestor.entity);
    if (fact.value == FactValue::Flag(true)) {
      for (int at = static_cast<int>(i); at >= 0;
           at = lineage.ancestors[at].from) {
        AddEvidence(lineage.ancestors[at].evidence, &fact.evidence);
      }
      fact.derivation =
          absl::StrCat(DescribePath(lineage, i),
                       fact.derivation.empty() ? "" : "; ", fact.derivation);
      return fact;
    }
    AddEvidence(fact.evidence, &result.evidence);
    if (!fact.value.known() && result.value.known()) {
      result.value = fact.value;
      result.derivation =
          absl::StrCat("of ", ancestor.name, " it is not known",
                       fact.derivation.empty() ? "" : ": ", fact.derivation);
    }
  }
  AddEvidence(lineage.evidence, &result.evidence);
  if (!lineage.complete) {
    result.value = FactValue::Unknown(lineage.unknown);
    result.derivation =
        absl::StrCat("no known ancestor matches, and the list of bases of ",
                     lineage.open, " is not stated to be complete");
  } else if (result.value.known()) {
    result.derivation = absl::StrCat("none of its ", lineage.ancestors.size(),
                                     " ancestors matches");
  }
  return result;
}

ModelFact FactState::DeveloperCall(EntityId model, int call) {
  const std::string& name = calls_[call].name;
  const OfDeveloper of =
      [&](const std::string& developer,
          std::optional<OrganizationId> id) -> const ModelFact& {
    return OrganizationCall(call, developer, id);
  };
  if (name == "controlled_from" || name == "on_list") {
    return AnyDeveloper(model, of);
  }
  if (name == "attested") {
    ModelFact fact = AnyDeveloper(model, of);
    // That nobody attested it is not 'no'.
    if (fact.value == FactValue::Flag(false)) fact.value = FactValue();
    return fact;
  }
  return EachDeveloper(model, of);
}

ModelFact FactState::OfferingCall(EntityId model, int offering, int call_id) {
  const FunctionCall& call = calls_[call_id];
  if (offering < 0) return Missing("models are judged, not offerings");
  const ModelOfferings& offerings = OfferingsOf(model);
  if (offering >= static_cast<int>(offerings.entries.size())) return {};
  const OfferingIndex::Entry& entry = offerings.entries[offering];
  const bool is_self = entry.records.empty();
  if (call.name == "attested" || call.name == "level") {
    const auto own =
        attestations().OfOffering(entry.operator_name, entry.route);
    const auto of_operator = attestations().OfOrganization(entry.operator_name);
    if (call.name == "attested") {
      std::vector<EvidenceRef> both(own.begin(), own.end());
      both.insert(both.end(), of_operator.begin(), of_operator.end());
      return attestations().Attested(both, call.text(0), context.on);
    }
    ModelFact fact =
        attestations().Level(own, call.text(0), call.text(1), context.on);
    if (fact.value.known()) return fact;
    return attestations().Level(of_operator, call.text(0), call.text(1),
                                context.on);
  }
  if (is_self) return SelfCall(call);
  ModelFact fact =
      OrganizationCall(call_id, entry.operator_name, entry.operator_id);
  AddEvidence(entry.records, &fact.evidence);
  return fact;
}

// The operator is the deployer, of whom only the country is known.
ModelFact FactState::SelfCall(const FunctionCall& call) {
  ModelFact fact;
  fact.derivation = "on the deployer's own machines";
  const std::string& country = context.deployer.country();
  if (call.name == "on_list") {
    fact.value = FactValue::Flag(false);
  } else if (country.empty()) {
    fact.derivation = "deployer.country is not known";
  } else if (call.name == "controlled_from") {
    fact.value = FactValue::Flag(country == call.text(0));
  } else {
    const Membership3 outside = [&] {
      const MemberNames& bloc = MembersOf(call.text(0));
      Membership3 result;
      if (bloc.known || call.text(0).size() == 2) {
        result.truth = bloc.spelled.contains(country) || call.text(0) == country
                           ? Truth::kFalse
                           : Truth::kTrue;
      }
      return result;
    }();
    if (outside.truth == Truth::kUnknown) {
      return Missing(absl::StrCat("there is no bloc '", call.text(0), "'"));
    }
    const double share = outside.truth == Truth::kTrue ? 1 : 0;
    fact.value = FactValue::Number(share, share);
  }
  return fact;
}

const ModelFact& FactState::OrganizationCall(int call_id,
                                             const std::string& name,
                                             std::optional<OrganizationId> id) {
  const auto key = std::make_pair(call_id, name);
  const auto it = organization_calls_.find(key);
  if (it != organization_calls_.end()) return it->second;
  const FunctionCall call = calls_[call_id];
  ModelFact fact = ComputeOrganizationCall(call, name, id);
  return organization_calls_.emplace(key, std::move(fact)).first->second;
}

AttestationIndex& FactState::attestations() {
  if (attestations_ == nullptr) {
    attestations_ = std::make_unique<AttestationIndex>(catalog, ranks);
  }
  return *attestations_;
}

}  // namespace meridian::analysis
