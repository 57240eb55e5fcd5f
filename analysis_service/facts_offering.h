// Models as operators serve them. Used by facts.cc.
#ifndef ANALYSIS_SERVICE_FACTS_OFFERING_H_
#define ANALYSIS_SERVICE_FACTS_OFFERING_H_

#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/facts.h"
#include "analysis_service/facts_ownership.h"

namespace meridian::analysis {

// The Offering records that hold on context.on, by model and within a model by
// operator and route.
class OfferingIndex {
 public:
  struct Entry {
    std::string operator_name;  // resolved where possible
    std::optional<OrganizationId> operator_id;
    std::string route;
    std::vector<EvidenceRef> records;  // of one operator and route
  };

  OfferingIndex(const Catalog& catalog, const FactContext& context);
  absl::Span<const Entry> Of(EntityId model) const;

 private:
  absl::flat_hash_map<EntityId, std::vector<Entry>> by_model_;
};

// What the records of an offering say, in the order of
// ObjectFields("offering"). `disabled`: it cannot be used.
std::vector<ModelFact> ReadOffering(const Catalog& catalog,
                                    const FactContext& context,
                                    const SourceRanks& ranks,
                                    const OrganizationFacts& organizations,
                                    const OfferingIndex::Entry& entry,
                                    bool* disabled);

// The deployer's own machines as an offering.
std::vector<ModelFact> SelfOffering(const v1::Deployer& deployer,
                                    const ModelFact& weights);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_OFFERING_H_
