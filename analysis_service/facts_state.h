// What a FactReader keeps, and how facts are computed. Used by facts*.cc.
#ifndef ANALYSIS_SERVICE_FACTS_STATE_H_
#define ANALYSIS_SERVICE_FACTS_STATE_H_

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/facts.h"
#include "analysis_service/facts_attestation.h"
#include "analysis_service/facts_country.h"
#include "analysis_service/facts_fields.h"
#include "analysis_service/facts_grants.h"
#include "analysis_service/facts_licence.h"
#include "analysis_service/facts_offering.h"
#include "analysis_service/facts_ownership.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {

// A function with its arguments.
struct FunctionCall {
  FunctionIndex function = -1;
  std::string object;  // "model", "developer", "licence", "offering"
  std::string name;    // "controlled_from"
  std::vector<FactValue> arguments;

  const std::string& text(size_t i) const {
    return std::get<std::string>(arguments[i].value);
  }
  double number(size_t i) const {
    return std::get<NumberRange>(arguments[i].value).low;
  }
};

// The offerings of one model.
struct ModelOfferings {
  std::vector<FactObject> objects;
  std::vector<std::vector<ModelFact>> facts;  // by offering and object field
  std::vector<OfferingIndex::Entry> entries;
};

// A list or bloc on the day of the question.
struct MemberNames {
  bool known = false;                          // there is such a list
  std::map<std::string, std::string> spelled;  // by canonical name
};

class FactState {
 public:
  FactState(const Catalog& catalog, FactContext context);

  // --- Kept values -------------------------------------------------------
  const ModelFact& Kept(EntityId model, FieldIndex field, int offering);
  const ModelFact& KeptCall(EntityId model, int offering, int call);
  // The number of a call, the same for equal ones.
  int CallId(FunctionIndex function, absl::Span<const FactValue> arguments);
  const ModelOfferings& OfferingsOf(EntityId model);

  // --- Computed, not kept ------------------------------------------------
  ModelFact Compute(EntityId model, FieldIndex field, int offering);
  ModelFact ComputeCall(EntityId model, int offering, int call);
  Lineage WalkLineage(EntityId model);
  std::vector<ModelObligation> Obligations(EntityId model);

  const Catalog& catalog;
  const FactContext context;
  const SourceRanks ranks;
  const LicenceTable licences;
  const OrganizationFacts organizations;
  // While columns are computed, what they rest on is not kept.
  bool keeps = true;
  std::map<FieldIndex, FactColumn> field_columns;
  std::map<int, FactColumn> call_columns;

 private:
  using ComputeField = std::function<ModelFact(EntityId, int offering)>;
  using OfDeveloper = std::function<const ModelFact&(
      const std::string& name, std::optional<OrganizationId> id)>;

  // facts.cc
  void AddModelFields();
  void AddDeveloperFields();
  void AddQuestionFields();
  void Bind(absl::string_view name, ComputeField compute);
  ModelFact Stated(EntityId model, const StatedField& field) const;
  ModelFact StatedByName(EntityId model, const std::string& name) const;
  ModelFact Name(EntityId model) const;
  ModelFact Countries(EntityId model);
  ModelFact Country(EntityId model);
  // A field that another rests on: kept, or in `scratch`.
  const ModelFact& Need(EntityId model, FieldIndex field, ModelFact* scratch);
  // The country of a developer, as of the release; kept.
  const ModelFact& CountryOf(OrganizationId id, std::optional<DateRange> when);
  void Age(ModelFact* fact) const;

  // facts_licence_state.cc
  ModelFact OverLicences(EntityId model, absl::string_view about,
                         const OfLicence& of) const;
  ModelFact ExcludedRegions(EntityId model);
  ModelFact LicensorCountry(EntityId model);
  ModelFact LicenceCall(EntityId model, int call);
  void AddLicenceFields();

  // facts_call.cc
  ModelFact ModelCall(EntityId model, int call);
  ModelFact DeveloperCall(EntityId model, int call);
  ModelFact OfferingCall(EntityId model, int offering, int call);
  ModelFact DerivedFrom(EntityId model, int call);
  ModelFact Openness(EntityId model, const std::string& dimension) const;
  // One developer or operator; kept.
  const ModelFact& OrganizationCall(int call, const std::string& name,
                                    std::optional<OrganizationId> id);
  ModelFact ComputeOrganizationCall(const FunctionCall& call,
                                    const std::string& name,
                                    std::optional<OrganizationId> id);
  ModelFact ControlledFrom(const FunctionCall& call, OrganizationId id);
  ModelFact OnList(const FunctionCall& call, const std::string& name,
                   std::optional<OrganizationId> id);
  ModelFact ShareOutside(const FunctionCall& call, OrganizationId id);
  ModelFact SelfCall(const FunctionCall& call);
  // True when one developer is, false when none is.
  ModelFact AnyDeveloper(EntityId model, const OfDeveloper& of);
  // The same value for every developer, else CONFLICT.
  ModelFact EachDeveloper(EntityId model, const OfDeveloper& of);
  const MemberNames& MembersOf(const std::string& list);
  Membership3 IsFrom(const std::string& country,
                     std::optional<OrganizationId> id);
  AttestationIndex& attestations();

  std::vector<ComputeField> compute_;  // by FieldIndex
  std::map<std::string, StatedField> stated_;
  Ownership ownership_;
  LicenceClauses clauses_;
  Grants grants_;
  std::unique_ptr<AttestationIndex> attestations_;
  std::unique_ptr<OfferingIndex> offerings_;

  std::vector<FunctionCall> calls_;
  std::map<std::string, int, std::less<>> call_ids_;
  absl::flat_hash_map<std::tuple<EntityId, int, int>,
                      std::unique_ptr<ModelFact>>
      kept_, kept_calls_;
  absl::flat_hash_map<EntityId, std::unique_ptr<ModelOfferings>>
      kept_offerings_;
  std::map<std::tuple<OrganizationId, Day, Day>, ModelFact> countries_;
  std::map<std::pair<int, std::string>, ModelFact> organization_calls_;
  std::map<std::string, ModelFact> licence_calls_;
  std::map<std::string, MemberNames> lists_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_STATE_H_
