// What expressions can name: one table of fields, one of an offering's fields,
// one of functions.
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/match.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/field.h"

namespace meridian::analysis {
namespace {

std::vector<FieldDef>* MakeFields() {
  using enum FieldType;
  using enum TimeClass;
  return new std::vector<FieldDef>{
      {"model.name",
       kString,
       kNature,
       "Canonical name; '~source/name' when the name could not be "
       "resolved. Always known.",
       {},
       ""},
      {"model.display_name",
       kString,
       kNature,
       "Name for people. Unknown: no source gives one.",
       {},
       ""},
      {"model.developers",
       kStringList,
       kNature,
       "Organisations that developed it, resolved where possible. Unknown: "
       "no source names any.",
       {},
       ""},
      {"model.country",
       kString,
       kNature,
       "ISO code of its only country under the country rule. Unknown: none "
       "is known, or there are several (CONFLICT).",
       {},
       ""},
      {"model.countries",
       kStringList,
       kNature,
       "ISO codes of its countries under the country rule. Unknown: none "
       "is known.",
       {},
       ""},
      {"model.weights",
       kConstant,
       kState,
       "How far the weights can be had, as stated or as the licence word "
       "implies. Unknown: neither is known.",
       {"NONE", "API_ONLY", "GATED", "OPEN"},
       ""},
      {"model.licence",
       kString,
       kState,
       "Licence id: SPDX or LicenseRef. Unknown: none is stated, or the "
       "words mean no known licence.",
       {},
       ""},
      {"model.release_date",
       kDate,
       kNature,
       "Day of release; a month or year counts as a range. Unknown: not "
       "stated.",
       {},
       ""},
      {"model.parameters",
       kNumber,
       kNature,
       "Number of parameters in all. Unknown: not stated.",
       {},
       ""},
      {"model.active_parameters",
       kNumber,
       kNature,
       "Number of parameters active per token. Unknown: not stated.",
       {},
       ""},
      {"model.training_compute",
       kNumber,
       kNature,
       "Training compute in FLOP; an estimate is an interval. Unknown: not "
       "stated.",
       {},
       ""},
      {"model.modalities",
       kStringList,
       kNature,
       "Modalities: 'text', 'image', 'audio', 'video', 'code'. Unknown: "
       "not stated.",
       {},
       ""},
      {"model.languages",
       kStringList,
       kNature,
       "Languages, ISO 639-1. Unknown: not stated.",
       {},
       ""},
      {"model.base_models",
       kStringList,
       kNature,
       "Models it was made from, directly. Unknown: not stated; that is "
       "not 'trained from scratch'.",
       {},
       ""},
      {"model.lineage_complete",
       kBool,
       kNature,
       "Every list of bases, its own and those of its bases, is stated to "
       "be complete. Unknown: a list is not stated to be.",
       {},
       ""},
      {"licence.id", kString, kState, "The same as model.licence.", {}, ""},
      {"licence.osi_approved",
       kBool,
       kState,
       "Its licence is approved by the Open Source Initiative. Unknown: "
       "the licence or its approval is not known.",
       {},
       ""},
      {"licence.commercial_use",
       kBool,
       kState,
       "Its licence allows commercial use. Unknown: the licence or its "
       "terms are not known.",
       {},
       ""},
      {"licence.permissive",
       kBool,
       kState,
       "Its licence permits anybody everything but for attribution, like "
       "MIT. Unknown: the licence is not known, or nobody says.",
       {},
       ""},
      {"licence.mau_cap",
       kNumber,
       kState,
       "Monthly active users of the deployer above which a separate grant "
       "is needed; infinite when the clauses were read and there is no "
       "cap. Unknown: the licence is not known, or its clauses were not "
       "all read.",
       {},
       ""},
      {"licence.revenue_cap_usd",
       kNumber,
       kState,
       "Revenue of the deployer in USD a year above which a separate grant "
       "is needed; infinite when there is no cap. Unknown: the licence is "
       "not known, or its clauses were not all read.",
       {},
       ""},
      {"licence.excluded_regions",
       kStringList,
       kState,
       "Countries and blocs whose deployers get no rights, for a model of "
       "these modalities. Unknown: the licence is not known, or its "
       "clauses were not all read.",
       {},
       ""},
      {"licence.excluded_use_regions",
       kStringList,
       kState,
       "Countries and blocs in which it may not be used. Unknown: the "
       "licence is not known, or its clauses were not all read.",
       {},
       ""},
      {"licence.governing_law",
       kString,
       kState,
       "ISO code of the governing law. Unknown: not stated, or the licence "
       "names none.",
       {},
       ""},
      {"licence.licensor_country",
       kString,
       kState,
       "ISO code of the licensor's country. Unknown: neither the licence "
       "record nor the developer's headquarters say.",
       {},
       ""},
      {"licence.military_use",
       kBool,
       kState,
       "Military use is allowed. Unknown: the licence is not known, or its "
       "clauses were not all read.",
       {},
       ""},
      {"licence.critical_infrastructure_use",
       kBool,
       kState,
       "Use in critical infrastructure is allowed. Unknown: the licence is "
       "not known, or its clauses were not all read.",
       {},
       ""},
      {"licence.train_on_outputs",
       kBool,
       kState,
       "Other models may be trained on its outputs. Unknown: the licence "
       "is not known, or its clauses were not all read.",
       {},
       ""},
      {"licence.revocable",
       kBool,
       kState,
       "The licensor may end the licence for other reasons than a breach "
       "of it or a patent suit. Unknown: the licence is not known, or its "
       "clauses were not all read.",
       {},
       ""},
      {"licence.remote_restriction",
       kBool,
       kState,
       "The licensor may restrict use remotely. Unknown: the licence is "
       "not known, or its clauses were not all read.",
       {},
       ""},
      {"licence.use_policy_mutable",
       kBool,
       kState,
       "A use policy that belongs to the licence may change later. "
       "Unknown: the licence is not known, or its clauses were not all "
       "read.",
       {},
       ""},
      {"licence.use_restricted",
       kBool,
       kState,
       "Use restrictions must be passed on. Unknown: the licence is not "
       "known, or its clauses were not all read.",
       {},
       ""},
      {"licence.ai_act_open",
       kBool,
       kState,
       "Counts as free and open-source in the sense of Regulation (EU) "
       "2024/1689 Art. 53(2). Unknown: nobody says, or readings differ "
       "(CONFLICT).",
       {},
       ""},
      {"developer.name",
       kString,
       kNature,
       "Its only developer. Unknown: none is named, or there are several "
       "(CONFLICT).",
       {},
       ""},
      {"developer.headquarters",
       kString,
       kState,
       "ISO code of the developer's headquarters on the day of the "
       "question. Unknown: not known, or developers differ (CONFLICT).",
       {},
       ""},
      {"developer.incorporation",
       kString,
       kState,
       "ISO code of the country in which the developer is incorporated. "
       "Unknown: not known, or developers differ (CONFLICT).",
       {},
       ""},
      {"developer.controller",
       kString,
       kState,
       "Its ultimate parent above 50 %, or itself when its parents are "
       "known and none is. Unknown: parents or shares are not known.",
       {},
       ""},
      {"developer.kind",
       kConstant,
       kNature,
       "What kind of body the developer is. Unknown: not stated, or "
       "developers differ (CONFLICT).",
       {"COMPANY", "ACADEMIC", "GOVERNMENT", "NONPROFIT", "COMMUNITY"},
       ""},
      {"offerings",
       kObjectList,
       kState,
       "Offerings of the model by operators, disabled ones left out. Never "
       "known to be complete, unless the caller's own evidence says so.",
       {},
       "offering"},
      {"offering.operator",
       kString,
       kState,
       "Of the offering that is judged. Operator who serves it, resolved "
       "where possible; 'self' for the deployer's own machines. Unknown: "
       "models are judged, not offerings.",
       {},
       ""},
      {"offering.route",
       kString,
       kState,
       "Of the offering that is judged. Route id at the operator. Unknown: "
       "it has none.",
       {},
       ""},
      {"offering.regions",
       kStringList,
       kState,
       "Of the offering that is judged. Countries or regions in which it "
       "runs. Unknown: not stated.",
       {},
       ""},
      {"offering.storage_countries",
       kStringList,
       kState,
       "Of the offering that is judged. Countries in which prompts, "
       "outputs and their metadata are stored. Unknown: not stated.",
       {},
       ""},
      {"offering.operator_country",
       kString,
       kState,
       "Of the offering that is judged. ISO code of the operator's "
       "headquarters. Unknown: the operator or its headquarters is not "
       "known.",
       {},
       ""},
      {"offering.operator_controller_country",
       kString,
       kState,
       "Of the offering that is judged. ISO code of the headquarters of "
       "the operator's ultimate parent above 50 %, else of the operator. "
       "Unknown: neither is known.",
       {},
       ""},
      {"offering.status",
       kConstant,
       kState,
       "Of the offering that is judged. Life cycle of the offering. "
       "Unknown: not stated.",
       {"AVAILABLE", "PREVIEW", "DEPRECATED", "DISABLED"},
       ""},
      {"offering.retains_prompts",
       kBool,
       kState,
       "Of the offering that is judged. Prompts are kept. Unknown: not "
       "stated.",
       {},
       ""},
      {"offering.trains_on_prompts",
       kBool,
       kState,
       "Of the offering that is judged. Prompts are used for training. "
       "Unknown: not stated.",
       {},
       ""},
      {"offering.input_price",
       kNumber,
       kState,
       "Of the offering that is judged. USD for a million input tokens; "
       "several tiers are an interval. Unknown: not stated.",
       {},
       ""},
      {"offering.output_price",
       kNumber,
       kState,
       "Of the offering that is judged. USD for a million output tokens; "
       "several tiers are an interval. Unknown: not stated.",
       {},
       ""},
      {"offering.context_tokens",
       kNumber,
       kState,
       "Of the offering that is judged. Largest context in tokens. "
       "Unknown: not stated.",
       {},
       ""},
      {"deployer",
       kObject,
       kNature,
       "Who asks; the argument of licence.grants_to.",
       {},
       "deployer"},
      {"deployer.country",
       kString,
       kNature,
       "ISO code of the deployer's principal place of business. Unknown: "
       "the policy or request does not say.",
       {},
       ""},
      {"deployer.monthly_active_users",
       kNumber,
       kNature,
       "Monthly active users of all its products. Unknown: not said.",
       {},
       ""},
      {"deployer.annual_revenue_usd",
       kNumber,
       kNature,
       "Revenue in USD a year. Unknown: not said.",
       {},
       ""},
      {"deployer.commercial",
       kBool,
       kNature,
       "The use is commercial. Unknown: not said.",
       {},
       ""},
      {"deployer.military",
       kBool,
       kNature,
       "The use is military. Unknown: not said.",
       {},
       ""},
      {"deployer.critical_infrastructure",
       kBool,
       kNature,
       "The use is in critical infrastructure. Unknown: not said.",
       {},
       ""},
      {"deployer.sector",
       kString,
       kNature,
       "Sector, in the policy's own words. Unknown: not said.",
       {},
       ""},
      {"deployer.mode",
       kConstant,
       kNature,
       "How it means to run models. Unknown: not said.",
       {"API", "SELF_HOST", "EITHER"},
       ""},
      {"on",
       kDate,
       kNature,
       "The day that facts with a validity are about. Always known.",
       {},
       ""},
      {"as_of",
       kDate,
       kNature,
       "The date of the question. Always known.",
       {},
       ""},
  };
}

std::vector<FieldDef>* MakeOfferingFields() {
  using enum FieldType;
  using enum TimeClass;
  return new std::vector<FieldDef>{
      {"operator",
       kString,
       kState,
       "Operator who serves it, resolved where possible; 'self' for the "
       "deployer's own machines. Always known.",
       {},
       ""},
      {"route",
       kString,
       kState,
       "Route id at the operator. Unknown: it has none.",
       {},
       ""},
      {"regions",
       kStringList,
       kState,
       "Countries or regions in which it runs. Unknown: not stated.",
       {},
       ""},
      {"storage_countries",
       kStringList,
       kState,
       "Countries in which prompts, outputs and their metadata are stored. "
       "Unknown: not stated.",
       {},
       ""},
      {"operator_country",
       kString,
       kState,
       "ISO code of the operator's headquarters. Unknown: the operator or "
       "its headquarters is not known.",
       {},
       ""},
      {"operator_controller_country",
       kString,
       kState,
       "ISO code of the headquarters of the operator's ultimate parent "
       "above 50 %, else of the operator. Unknown: neither is known.",
       {},
       ""},
      {"status",
       kConstant,
       kState,
       "Life cycle of the offering. Unknown: not stated.",
       {"AVAILABLE", "PREVIEW", "DEPRECATED", "DISABLED"},
       ""},
      {"retains_prompts",
       kBool,
       kState,
       "Prompts are kept. Unknown: not stated.",
       {},
       ""},
      {"trains_on_prompts",
       kBool,
       kState,
       "Prompts are used for training. Unknown: not stated.",
       {},
       ""},
      {"input_price",
       kNumber,
       kState,
       "USD for a million input tokens; several tiers are an interval. "
       "Unknown: not stated.",
       {},
       ""},
      {"output_price",
       kNumber,
       kState,
       "USD for a million output tokens; several tiers are an interval. "
       "Unknown: not stated.",
       {},
       ""},
      {"context_tokens",
       kNumber,
       kState,
       "Largest context in tokens. Unknown: not stated.",
       {},
       ""},
  };
}

std::vector<FunctionDef>* MakeFunctions() {
  using enum FieldType;
  return new std::vector<FunctionDef>{
      {"model.derived_from",
       "",
       {kString},
       kBool,
       "A model of this name, or one of an organisation of this name, is "
       "among its bases, their bases and so on, its own developer "
       "included; relation ARCHITECTURE does not count. Unknown: no "
       "ancestor that is known matches, and a list of bases on the way is "
       "not stated to be complete (INCOMPLETE_SET)."},
      {"model.derived_from_country",
       "",
       {kString},
       kBool,
       "It or one of its bases, their bases and so on, has this country "
       "under the country rule. Unknown: no ancestor that is known "
       "matches, and a list of bases on the way is not stated to be "
       "complete (INCOMPLETE_SET)."},
      {"model.derived_from_outside",
       "",
       {kString},
       kBool,
       "One of its bases, their bases and so on, has a country under the "
       "country rule that is neither this country nor in this bloc. Unknown: "
       "no ancestor that is known matches, and a list of bases on the way is "
       "not stated to be complete (INCOMPLETE_SET)."},
      {"model.derived_from_controlled",
       "",
       {kString, kNumber},
       kBool,
       "One of its bases, their bases and so on, has a developer that is "
       "controlled from the country with at least the share. Unknown: no "
       "ancestor that is known matches, and a list of bases on the way is "
       "not stated to be complete (INCOMPLETE_SET)."},
      {"model.derived_from_listed",
       "",
       {kString},
       kBool,
       "One of its bases, their bases and so on, is on the list or has a "
       "developer that is. Unknown: no ancestor that is known matches, and "
       "a list of bases on the way is not stated to be complete "
       "(INCOMPLETE_SET)."},
      {"model.attested",
       "",
       {kString},
       kBool,
       "A certificate, level or declaration of the scheme about it is "
       "valid on the day. Unknown: there is none; that is not 'no'."},
      {"model.level",
       "",
       {kString, kString},
       kNumber,
       "Level in the scheme's item, in the scheme's numbers, valid on the "
       "day. Unknown: there is none."},
      {"model.openness",
       "",
       {kString},
       kString,
       "Judgement of openness in the dimension, in the judge's own words. "
       "Unknown: nobody judged it."},
      {"developer.controlled_from",
       "",
       {kString, kNumber},
       kBool,
       "A developer has its headquarters in the country, or: Shares of "
       "capital or votes that holders from the country have, through "
       "chains of holders, reach the share (a fraction in (0, 1]). An "
       "interval of shares that crosses it is unknown (IMPRECISE); holders "
       "that are not known, INCOMPLETE_SET."},
      {"developer.on_list",
       "",
       {kString},
       kBool,
       "A developer is on the dated list on the day. Lists are complete: "
       "who is not on one is not on it."},
      {"developer.on_list",
       "",
       {kString, kNumber},
       kBool,
       "A developer is on the dated list on the day, or holders that are "
       "on it have at least the share of it, through chains. Unknown as "
       "for developer.controlled_from."},
      {"developer.attested",
       "",
       {kString},
       kBool,
       "A certificate, level or declaration of the scheme about it is "
       "valid on the day. Unknown: there is none; that is not 'no'."},
      {"developer.level",
       "",
       {kString, kString},
       kNumber,
       "Level in the scheme's item, in the scheme's numbers, valid on the "
       "day. Unknown: there is none."},
      {"developer.largest_share_outside",
       "",
       {kString},
       kNumber,
       "Largest share that one holder from outside the bloc has, in [0, "
       "1]; an interval when shares are not all known."},
      {"developer.total_share_outside",
       "",
       {kString},
       kNumber,
       "Share that holders from outside the bloc have together, in [0, 1]; "
       "an interval when shares are not all known."},
      {"licence.permits",
       "",
       {kString},
       kBool,
       "The licence permits a use: 'commercial', 'military', "
       "'critical_infrastructure', 'train_on_outputs'. Unknown: the "
       "licence is not known, or its clauses were not all read."},
      {"licence.grants_to",
       "",
       {kObject},
       kBool,
       "The licence gives this deployer the rights that its use needs: no "
       "excluded region, no cap passed, no use denied. Unknown: a clause "
       "or a property of the deployer that would decide is not known."},
      {"licence.grants_to",
       "",
       {kObject, kString},
       kBool,
       "The same for one use: 'commercial', 'military', "
       "'critical_infrastructure'."},
      {"offering.controlled_from",
       "",
       {kString, kNumber},
       kBool,
       "The operator has its headquarters in the country, or: Shares of "
       "capital or votes that holders from the country have, through "
       "chains of holders, reach the share (a fraction in (0, 1]). An "
       "interval of shares that crosses it is unknown (IMPRECISE); holders "
       "that are not known, INCOMPLETE_SET."},
      {"offering.on_list",
       "",
       {kString},
       kBool,
       "The operator is on the dated list on the day."},
      {"offering.on_list",
       "",
       {kString, kNumber},
       kBool,
       "The operator is on the list, or holders that are on it have at "
       "least the share of it."},
      {"offering.attested",
       "",
       {kString},
       kBool,
       "A certificate of the scheme about the offering or its operator is "
       "valid on the day. Unknown: there is none; that is not 'no'."},
      {"offering.level",
       "",
       {kString, kString},
       kNumber,
       "Level of the offering, else of its operator, in the scheme's item. "
       "Unknown: there is none."},
      {"offering.largest_share_outside",
       "",
       {kString},
       kNumber,
       "Largest share of the operator that one holder from outside the "
       "bloc has, in [0, 1]."},
      {"offering.total_share_outside",
       "",
       {kString},
       kNumber,
       "Share of the operator that holders from outside the bloc have "
       "together, in [0, 1]."},
  };
}

}  // namespace

absl::Span<const FieldDef> Fields() {
  static const std::vector<FieldDef>* fields = MakeFields();
  return *fields;
}

FieldIndex FindField(absl::string_view name) {
  static const auto* index = [] {
    auto* map = new absl::flat_hash_map<absl::string_view, FieldIndex>;
    for (size_t i = 0; i < Fields().size(); ++i) {
      map->emplace(Fields()[i].name, static_cast<FieldIndex>(i));
    }
    return map;
  }();
  const auto it = index->find(name);
  return it == index->end() ? -1 : it->second;
}

absl::Span<const FieldDef> ObjectFields(absl::string_view object) {
  static const std::vector<FieldDef>* offering = MakeOfferingFields();
  if (object == "offering") return *offering;
  return {};
}

absl::Span<const FunctionDef> Functions() {
  static const std::vector<FunctionDef>* functions = [] {
    std::vector<FunctionDef>* all = MakeFunctions();
    // What can be asked of the offering that is judged can be asked of each
    // offering of a list.
    for (size_t i = 0, n = all->size(); i < n; ++i) {
      FunctionDef method = (*all)[i];
      if (!absl::StartsWith(method.name, "offering.")) continue;
      method.name.erase(0, sizeof("offering.") - 1);
      method.object = "offering";
      all->push_back(std::move(method));
    }
    return all;
  }();
  return *functions;
}

FunctionIndex FindFunction(absl::string_view object, absl::string_view name,
                           size_t parameters) {
  for (size_t i = 0; i < Functions().size(); ++i) {
    const FunctionDef& function = Functions()[i];
    if (function.object == object && function.name == name &&
        function.parameters.size() == parameters) {
      return static_cast<FunctionIndex>(i);
    }
  }
  return -1;
}

}  // namespace meridian::analysis
