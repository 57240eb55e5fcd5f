// The functions of facts about an organisation: a developer or an operator.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis_service/facts_state.h"

namespace meridian::analysis {
namespace {

// Shares that differ by less are equal: they are sums and products.
constexpr double kSameShare = 1e-9;

std::string Range(const NumberRange& share) {
  if (share.low == share.high) return absl::StrFormat("%g", share.low);
  return absl::StrFormat("%g to %g", share.low, share.high);
}

// Whether a share reaches a threshold.
void Compare(const HeldShare& held, double threshold, ModelFact* fact) {
  AddEvidence(held.evidence, &fact->evidence);
  if (held.share.low >= threshold - kSameShare) {
    fact->value = FactValue::Flag(true);
    fact->derivation = held.path;
    return;
  }
  fact->derivation =
      absl::StrCat("the share is ", Range(held.share), ", asked is ",
                   absl::StrFormat("%g", threshold),
                   held.path.empty() ? "" : ": ", held.path);
  if (held.unknown != UnknownReason::kNone) {
    fact->value = FactValue::Unknown(held.unknown);
  } else if (held.share.high < threshold - kSameShare) {
    fact->value = FactValue::Flag(false);
  } else if (held.stated_high >= threshold - kSameShare) {
    fact->value = FactValue::Unknown(UnknownReason::kImprecise);
  } else {
    fact->value = FactValue::Unknown(UnknownReason::kIncompleteSet);
  }
}

ModelFact Missing(std::string derivation) {
  ModelFact fact;
  fact.derivation = std::move(derivation);
  return fact;
}

}  // namespace

ModelFact FactState::ComputeOrganizationCall(const FunctionCall& call,
                                             const std::string& name,
                                             std::optional<OrganizationId> id) {
  if (call.name == "on_list") return OnList(call, name, id);
  if (call.name == "attested") {
    return attestations().Attested(attestations().OfOrganization(name),
                                   call.text(0), context.on);
  }
  if (call.name == "level") {
    return attestations().Level(attestations().OfOrganization(name),
                                call.text(0), call.text(1), context.on);
  }
  if (!id) {
    return Missing(absl::StrCat(name, ": no record of the organisation"));
  }
  if (call.name == "controlled_from") return ControlledFrom(call, *id);
  return ShareOutside(call, *id);
}

Membership3 FactState::IsFrom(const std::string& country,
                              std::optional<OrganizationId> id) {
  if (!id) return {};
  const ModelFact& headquarters = ownership_.HeadquartersOf(*id);
  if (!headquarters.value.known()) return {Truth::kUnknown, {}};
  return {headquarters.value == FactValue::Text(country) ? Truth::kTrue
                                                         : Truth::kFalse,
          headquarters.evidence};
}

ModelFact FactState::ControlledFrom(const FunctionCall& call,
                                    OrganizationId id) {
  const std::string& country = call.text(0);
  const std::string& name = catalog.organizations().entry(id).name;
  const ModelFact& headquarters = ownership_.HeadquartersOf(id);
  ModelFact fact;
  fact.evidence = headquarters.evidence;
  if (headquarters.value == FactValue::Text(country)) {
    fact.value = FactValue::Flag(true);
    fact.derivation = absl::StrCat(name, " has its headquarters in ", country);
    return fact;
  }
  Compare(ownership_.ShareHeldBy(
              id,
              [&](const std::string&, std::optional<OrganizationId> holder) {
                return IsFrom(country, holder);
              }),
          call.number(1), &fact);
  fact.derivation = absl::StrCat(name, ": ", fact.derivation);
  if (!headquarters.value.known() && fact.value == FactValue::Flag(false)) {
    fact.value = FactValue::Unknown(headquarters.value.unknown);
    fact.derivation = absl::StrCat(name, ": its headquarters are not known");
  }
  return fact;
}

const MemberNames& FactState::MembersOf(const std::string& list) {
  const auto [it, is_new] = lists_.try_emplace(list);
  MemberNames& members = it->second;
  if (!is_new) return members;
  members.known = catalog.HasList(list);
  for (const std::string& member : catalog.Members(list, context.on)) {
    members.spelled.emplace(member, member);
    members.spelled.emplace(catalog.organizations().NameOf(member), member);
    const std::vector<EntityId> models = catalog.resolution().Find(member);
    if (models.size() == 1) {
      members.spelled.emplace(catalog.resolution().entity(models[0]).name,
                              member);
    }
  }
  return members;
}

ModelFact FactState::OnList(const FunctionCall& call, const std::string& name,
                            std::optional<OrganizationId> id) {
  const std::string& list = call.text(0);
  const MemberNames& members = MembersOf(list);
  if (!members.known) {
    return Missing(absl::StrCat("there is no list '", list, "'"));
  }
  const auto is_member = [&](const std::string& who,
                             std::optional<OrganizationId>) -> Membership3 {
    const auto it = members.spelled.find(who);
    if (it == members.spelled.end()) return {Truth::kFalse, {}};
    return {Truth::kTrue,
            catalog.MembershipRecords(list, it->second, context.on)};
  };
  ModelFact fact;
  const Membership3 self = is_member(name, id);
  if (self.truth == Truth::kTrue) {
    fact.value = FactValue::Flag(true);
    fact.evidence = self.evidence;
    fact.derivation =
        absl::StrCat(name, " is on ", list, " on ", FormatDay(context.on));
    return fact;
  }
  if (call.arguments.size() == 1) {
    fact.value = FactValue::Flag(false);
    fact.derivation =
        absl::StrCat(name, " is not on ", list, " on ", FormatDay(context.on));
    return fact;
  }
  if (!id) {
    return Missing(absl::StrCat(name, ": no record of the organisation"));
  }
  Compare(ownership_.ShareHeldBy(*id, is_member), call.number(1), &fact);
  fact.derivation =
      absl::StrCat(name, ": holders on ", list, ": ", fact.derivation);
  return fact;
}

ModelFact FactState::ShareOutside(const FunctionCall& call, OrganizationId id) {
  const std::string& bloc = call.text(0);
  const MemberNames& members = MembersOf(bloc);
  if (!members.known && bloc.size() != 2) {
    return Missing(absl::StrCat("there is no bloc '", bloc, "'"));
  }
  const auto is_outside = [&](const std::string&,
                              std::optional<OrganizationId> holder) {
    if (!holder) return Membership3{};
    const ModelFact& headquarters = ownership_.HeadquartersOf(*holder);
    if (!headquarters.value.known()) return Membership3{};
    const std::string& country =
        std::get<std::string>(headquarters.value.value);
    const bool inside = country == bloc || members.spelled.contains(country);
    return Membership3{inside ? Truth::kFalse : Truth::kTrue,
                       headquarters.evidence};
  };
  const HeldShare held = call.name == "largest_share_outside"
                             ? ownership_.LargestShare(id, is_outside)
                             : ownership_.ShareHeldBy(id, is_outside);
  ModelFact fact;
  fact.evidence = held.evidence;
  fact.derivation = absl::StrCat(
      catalog.organizations().entry(id).name, ": holders from outside ", bloc,
      ": ", Range(held.share), held.path.empty() ? "" : "; ", held.path);
  if (held.unknown != UnknownReason::kNone) {
    fact.value = FactValue::Unknown(held.unknown);
  } else if (held.share.low == 0 && held.share.high == 1) {
    fact.value = FactValue::Unknown(UnknownReason::kIncompleteSet);
  } else {
    fact.value = FactValue::Number(held.share.low, held.share.high);
  }
  return fact;
}

}  // namespace meridian::analysis
