#include "analysis_service/facts_grants.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {
namespace {

// One clause held against the deployer.
struct Step {
  Truth truth = Truth::kUnknown;
  UnknownReason reason = UnknownReason::kMissing;
  std::string text;
  std::vector<EvidenceRef> evidence;
};

Step Unknown(std::string text, const ModelFact& clause) {
  Step step;
  step.text = std::move(text);
  if (!clause.value.known()) step.reason = clause.value.unknown;
  step.evidence = clause.evidence;
  return step;
}

std::string Amount(double number) { return absl::StrFormat("%.15g", number); }

// All steps in Kleene logic; what decides is told.
ModelFact All(const std::string& licence, const std::vector<Step>& steps) {
  ModelFact fact;
  Truth all = Truth::kTrue;
  for (const Step& step : steps) {
    if (step.truth == Truth::kFalse) all = Truth::kFalse;
    if (step.truth == Truth::kUnknown && all == Truth::kTrue) {
      all = Truth::kUnknown;
    }
  }
  std::vector<std::string> said;
  std::optional<UnknownReason> reason;
  for (const Step& step : steps) {
    if (step.truth != all) continue;
    if (!step.text.empty()) said.push_back(step.text);
    AddEvidence(step.evidence, &fact.evidence);
    if (step.truth == Truth::kUnknown && !reason) reason = step.reason;
  }
  fact.derivation = absl::StrCat(licence, ": ", absl::StrJoin(said, "; "));
  fact.value = all == Truth::kUnknown ? FactValue::Unknown(*reason)
                                      : FactValue::Flag(all == Truth::kTrue);
  return fact;
}

// "number > cap" of something of the deployer.
Step CheckCap(const ModelFact& clause, bool is_set, double number,
              absl::string_view what, absl::string_view field,
              absl::string_view when) {
  if (!clause.value.known()) {
    return Unknown(absl::StrCat("a cap on ", what, " is not known"), clause);
  }
  const double cap = std::get<NumberRange>(clause.value.value).low;
  Step step;
  step.evidence = clause.evidence;
  if (std::isinf(cap)) {
    step.truth = Truth::kTrue;
    return step;
  }
  if (!is_set) {
    step.text = absl::StrCat("deployer.", field, " is not known, the cap is ",
                             Amount(cap), " ", what);
    return step;
  }
  step.truth = number > cap ? Truth::kFalse : Truth::kTrue;
  step.text = absl::StrCat(Amount(number), " ", what,
                           number > cap ? " pass" : " are within",
                           " the cap of ", Amount(cap), when);
  return step;
}

// A use that the deployer makes, does not make, or may make.
Step CheckUse(const ModelFact& permitted, Truth used, absl::string_view use,
              absl::string_view field) {
  Step step;
  if (used == Truth::kFalse) {
    step.truth = Truth::kTrue;
    return step;
  }
  step.evidence = permitted.evidence;
  if (permitted.value.known() && std::get<bool>(permitted.value.value)) {
    step.truth = Truth::kTrue;
    return step;
  }
  if (!permitted.value.known()) {
    return Unknown(absl::StrCat("whether ", use, " is allowed is not known",
                                used == Truth::kUnknown
                                    ? absl::StrCat(", nor deployer.", field)
                                    : ""),
                   permitted);
  }
  if (used == Truth::kUnknown) {
    step.text = absl::StrCat("deployer.", field, " is not known, and ", use,
                             " is not allowed");
    return step;
  }
  step.truth = Truth::kFalse;
  step.text = absl::StrCat(use, " is not allowed");
  return step;
}

Truth UseOf(bool is_set, bool value, absl::string_view asked,
            absl::string_view use) {
  if (!asked.empty()) return asked == use ? Truth::kTrue : Truth::kFalse;
  if (!is_set) return Truth::kUnknown;
  return value ? Truth::kTrue : Truth::kFalse;
}

// A region is a country or a bloc, whose members are those on the day.
Step CheckRegions(const Catalog& catalog, const FactContext& context,
                  const ModelFact& clause, absl::string_view what) {
  if (!clause.value.known()) {
    return Unknown(absl::StrCat("whether ", what, " is not known"), clause);
  }
  const StringList& regions = std::get<StringList>(clause.value.value);
  Step step;
  step.evidence = clause.evidence;
  if (regions.items.empty() && regions.complete) {
    step.truth = Truth::kTrue;
    return step;
  }
  const std::string& country = context.deployer.country();
  if (country.empty()) {
    step.text = absl::StrCat("deployer.country is not known; ", what, ": ",
                             absl::StrJoin(regions.items, ", "));
    return step;
  }
  for (const std::string& region : regions.items) {
    if (region == country) {
      step.truth = Truth::kFalse;
      step.text = absl::StrCat(what, ": ", country);
      return step;
    }
    const auto records = catalog.MembershipRecords(region, country, context.on);
    if (!records.empty()) {
      step.truth = Truth::kFalse;
      step.text = absl::StrCat(what, ": ", region, ", to which ", country,
                               " belongs on ", FormatDay(context.on));
      AddEvidence(records, &step.evidence);
      return step;
    }
    if (region.size() != 2 && !catalog.HasList(region)) {
      step.text = absl::StrCat("no list says who belongs to ", region);
      return step;
    }
  }
  if (!regions.complete) {
    return Unknown("whether further regions are excluded is not known", clause);
  }
  step.truth = Truth::kTrue;
  step.text =
      absl::StrCat(country, " is not in ", absl::StrJoin(regions.items, ", "));
  return step;
}

// Code is written in text; a model of both is not multimodal for it.
std::set<std::string> KindsOf(const StringList& modalities) {
  std::set<std::string> kinds(modalities.items.begin(), modalities.items.end());
  if (kinds.erase("code") > 0) kinds.insert("text");
  return kinds;
}

// Whether a clause holds for a model of the modalities. What a document states
// of them is taken to be all of them.
Truth HoldsFor(const google::protobuf::RepeatedPtrField<std::string>& wanted,
               const ModelFact& modalities) {
  if (wanted.empty()) return Truth::kTrue;
  if (!modalities.value.known()) return Truth::kUnknown;
  const std::set<std::string> kinds =
      KindsOf(std::get<StringList>(modalities.value.value));
  for (const std::string& word : wanted) {
    if (word == "multimodal" ? kinds.size() > 1 : kinds.contains(word)) {
      return Truth::kTrue;
    }
  }
  return Truth::kFalse;
}

}  // namespace

ModelFact Grants::ExcludedRegions(const std::string& licence,
                                  const ModelFact& modalities) {
  ModelFact clause = clauses_.Get(licence, "excluded_regions");
  if (!clause.value.known()) return clause;
  for (const EvidenceRef& ref : clauses_.Records(licence)) {
    const v1::Licence& record = clauses_.licence(ref);
    if (record.excluded_regions().empty()) continue;
    const Truth holds =
        HoldsFor(record.excluded_regions_modalities(), modalities);
    if (holds == Truth::kTrue) return clause;
    AddEvidence(modalities.evidence, &clause.evidence);
    const std::string condition = absl::StrCat(
        "regions are excluded for ",
        absl::StrJoin(record.excluded_regions_modalities(), ", "), " models");
    if (holds == Truth::kUnknown) {
      clause.value = FactValue::Unknown(UnknownReason::kMissing);
      clause.derivation =
          absl::StrCat(condition, ", and model.modalities is not known");
    } else {
      clause.value = FactValue::List(
          {{}, std::get<StringList>(clause.value.value).complete});
      clause.derivation = absl::StrCat(condition, ", and this is ",
                                       DescribeValue(modalities.value));
    }
    return clause;
  }
  return clause;
}

ModelFact Grants::Permits(const std::string& licence, absl::string_view use) {
  static const auto* clauses =
      new std::map<std::string, std::string, std::less<>>{
          {"commercial", "commercial_use"},
          {"military", "military_use"},
          {"critical_infrastructure", "critical_infrastructure_use"},
          {"train_on_outputs", "train_on_outputs"}};
  const auto it = clauses->find(use);
  if (it != clauses->end()) return clauses_.Get(licence, it->second);
  ModelFact fact;
  fact.value = FactValue::Unknown(UnknownReason::kError);
  fact.derivation = absl::StrCat("'", use,
                                 "' is no use; write commercial, military, "
                                 "critical_infrastructure or train_on_outputs");
  return fact;
}

ModelFact Grants::GrantsTo(const std::string& licence,
                           const ModelFact& modalities, absl::string_view use) {
  const v1::Deployer& deployer = context_.deployer;
  if (!use.empty()) {
    const ModelFact permitted = Permits(licence, use);
    if (permitted.value.unknown == UnknownReason::kError) return permitted;
  }
  bool at_release = false;
  for (const EvidenceRef& ref : clauses_.Records(licence)) {
    at_release |= clauses_.licence(ref).mau_cap_at() == "release";
  }
  std::vector<Step> steps;
  steps.push_back(CheckRegions(catalog_, context_,
                               ExcludedRegions(licence, modalities),
                               "deployers are excluded from"));
  steps.push_back(CheckRegions(catalog_, context_,
                               clauses_.Get(licence, "excluded_use_regions"),
                               "use is excluded in"));
  steps.push_back(CheckCap(
      clauses_.Get(licence, "mau_cap"), deployer.has_monthly_active_users(),
      deployer.monthly_active_users(), "monthly active users",
      "monthly_active_users",
      at_release ? ", counted on the day of the model's release" : ""));
  steps.push_back(CheckCap(clauses_.Get(licence, "revenue_cap_usd"),
                           deployer.has_annual_revenue_usd(),
                           deployer.annual_revenue_usd(), "USD of revenue",
                           "annual_revenue_usd", ""));
  steps.push_back(CheckUse(Permits(licence, "commercial"),
                           UseOf(deployer.has_commercial(),
                                 deployer.commercial(), use, "commercial"),
                           "commercial use", "commercial"));
  steps.push_back(CheckUse(
      Permits(licence, "military"),
      UseOf(deployer.has_military(), deployer.military(), use, "military"),
      "military use", "military"));
  steps.push_back(CheckUse(
      Permits(licence, "critical_infrastructure"),
      UseOf(deployer.has_critical_infrastructure(),
            deployer.critical_infrastructure(), use, "critical_infrastructure"),
      "use in critical infrastructure", "critical_infrastructure"));
  if (use == "train_on_outputs") {
    steps.push_back(CheckUse(Permits(licence, use), Truth::kTrue,
                             "training on outputs", ""));
  }
  ModelFact fact = All(licence, steps);
  if (fact.value.known() && std::get<bool>(fact.value.value) &&
      fact.derivation.size() == licence.size() + 2) {
    absl::StrAppend(&fact.derivation, "no clause denies it");
  }
  return fact;
}

std::vector<ModelObligation> Grants::Obligations(const std::string& licence) {
  const v1::Deployer& deployer = context_.deployer;
  std::vector<ModelObligation> found;
  for (const EvidenceRef& ref : clauses_.Records(licence)) {
    if (clauses_.licence(ref).obligations().empty()) continue;
    for (const v1::Obligation& stated : clauses_.licence(ref).obligations()) {
      ModelObligation obligation;
      obligation.obligation = stated;
      obligation.evidence = {ref};
      bool any = false, unknown = false, limited = false;
      const auto check = [&](bool has_limit, double limit, bool is_set,
                             double number, absl::string_view field) {
        if (!has_limit) return;
        limited = true;
        any |= is_set && number > limit;
        if (is_set) return;
        unknown = true;
        absl::StrAppend(&obligation.derivation,
                        obligation.derivation.empty() ? "" : "; ", "deployer.",
                        field, " is not known, it is owed above ",
                        Amount(limit));
      };
      check(stated.has_above_mau(), stated.above_mau(),
            deployer.has_monthly_active_users(),
            deployer.monthly_active_users(), "monthly_active_users");
      check(stated.has_above_revenue_usd(), stated.above_revenue_usd(),
            deployer.has_annual_revenue_usd(), deployer.annual_revenue_usd(),
            "annual_revenue_usd");
      if (limited && !any && !unknown) continue;
      obligation.applies = !limited || any ? Truth::kTrue : Truth::kUnknown;
      if (obligation.applies == Truth::kTrue) obligation.derivation.clear();
      found.push_back(std::move(obligation));
    }
    break;  // The best record that states any.
  }
  return found;
}

}  // namespace meridian::analysis
