// Facts about the licence of a model.
#include "absl/strings/str_cat.h"
#include "analysis_service/facts_state.h"

namespace meridian::analysis {

ModelFact FactState::OverLicences(EntityId model, absl::string_view about,
                                  const OfLicence& of) const {
  const std::string what(about);
  const StatedField field{
      "licences", "model.licence", true,
      [&](const v1::Model& record, const Segment&, Statement* statement) {
        return ReadByLicence(record, licences, what, of, statement);
      }};
  ModelFact fact = Stated(model, field);
  if (!fact.value.known() && fact.derivation.empty()) {
    fact.derivation = "no licence is stated";
  }
  return fact;
}

ModelFact FactState::ExcludedRegions(EntityId model) {
  static const FieldIndex kModalities = FindField("model.modalities");
  ModelFact scratch;
  const ModelFact& modalities = Need(model, kModalities, &scratch);
  std::map<std::string, ModelFact> by_licence;
  return OverLicences(model, "excluded regions",
                      [&](const std::string& id) -> const ModelFact& {
                        return by_licence[id] =
                                   grants_.ExcludedRegions(id, modalities);
                      });
}

ModelFact FactState::LicensorCountry(EntityId model) {
  static const FieldIndex kHeadquarters = FindField("developer.headquarters");
  const ModelFact stated =
      OverLicences(model, "the licensor's country",
                   [&](const std::string& id) -> const ModelFact& {
                     return clauses_.Get(id, "licensor_country");
                   });
  if (stated.value.known()) return stated;
  ModelFact scratch;
  ModelFact fact = Need(model, kHeadquarters, &scratch);
  fact.derivation =
      absl::StrCat("as the developer's", fact.derivation.empty() ? "" : ": ",
                   fact.derivation);
  return fact;
}

void FactState::AddLicenceFields() {
  for (const auto& [clause, about] : ClauseFields()) {
    Bind(absl::StrCat("licence.", clause),
         [this, clause = clause, about = about](EntityId model, int) {
           return OverLicences(model, about,
                               [&](const std::string& id) -> const ModelFact& {
                                 return clauses_.Get(id, clause);
                               });
         });
  }
  Bind("licence.id",
       [this](EntityId model, int) { return StatedByName(model, "licence"); });
  Bind("licence.excluded_regions",
       [this](EntityId model, int) { return ExcludedRegions(model); });
  Bind("licence.licensor_country",
       [this](EntityId model, int) { return LicensorCountry(model); });
}

ModelFact FactState::LicenceCall(EntityId model, int call_id) {
  static const FieldIndex kModalities = FindField("model.modalities");
  const FunctionCall& call = calls_[call_id];
  ModelFact scratch;
  const ModelFact& modalities = Need(model, kModalities, &scratch);
  const bool permits = call.name == "permits";
  const std::string use = permits || call.arguments.size() > 1
                              ? call.text(permits ? 0 : 1)
                              : std::string();
  // What a licence gives depends on nothing of the model but its modalities.
  const std::string key =
      absl::StrCat(call_id, "|", DescribeValue(modalities.value), "|");
  const OfLicence of = [&](const std::string& id) -> const ModelFact& {
    const auto [it, is_new] = licence_calls_.try_emplace(absl::StrCat(key, id));
    if (is_new) {
      it->second = permits ? grants_.Permits(id, use)
                           : grants_.GrantsTo(id, modalities, use);
    }
    return it->second;
  };
  return OverLicences(model,
                      permits ? "the use" : "what it gives this deployer", of);
}

std::vector<ModelObligation> FactState::Obligations(EntityId model) {
  static const FieldIndex kLicence = FindField("model.licence");
  ModelFact scratch;
  const ModelFact& licence = Need(model, kLicence, &scratch);
  if (!licence.value.known()) return {};
  return grants_.Obligations(std::get<std::string>(licence.value.value));
}

}  // namespace meridian::analysis
