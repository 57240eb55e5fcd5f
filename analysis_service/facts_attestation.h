// Certificates, levels and declarations. Used by facts_call.cc.
#ifndef ANALYSIS_SERVICE_FACTS_ATTESTATION_H_
#define ANALYSIS_SERVICE_FACTS_ATTESTATION_H_

#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/facts.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {

// The Attestation records by what they are about. A subject is a model by any
// name, an organisation by any name, or "operator/route" of an offering; one
// that several models may mean is about none of them.
class AttestationIndex {
 public:
  // Arguments must outlive it.
  AttestationIndex(const Catalog& catalog, const SourceRanks& ranks);

  absl::Span<const EvidenceRef> OfModel(EntityId model) const;
  absl::Span<const EvidenceRef> OfOrganization(absl::string_view name) const;
  absl::Span<const EvidenceRef> OfOffering(absl::string_view operator_name,
                                           absl::string_view route) const;

  // True: one of the records is of the scheme and valid on the day. Else
  // unknown (MISSING): that nobody attested it is not 'no'.
  ModelFact Attested(absl::Span<const EvidenceRef> records,
                     absl::string_view scheme, Day on) const;
  // The level of the item that is valid on the day.
  ModelFact Level(absl::Span<const EvidenceRef> records,
                  absl::string_view scheme, absl::string_view item,
                  Day on) const;

 private:
  using Index = absl::flat_hash_map<std::string, std::vector<EvidenceRef>>;

  const Catalog& catalog_;
  const SourceRanks& ranks_;
  absl::flat_hash_map<EntityId, std::vector<EvidenceRef>> by_model_;
  Index by_organization_;  // by canonical name
  Index by_offering_;      // by canonical operator "/" route
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_ATTESTATION_H_
