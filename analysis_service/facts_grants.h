// What licences give a deployer. Used by facts_call.cc.
#ifndef ANALYSIS_SERVICE_FACTS_GRANTS_H_
#define ANALYSIS_SERVICE_FACTS_GRANTS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/facts.h"
#include "analysis_service/facts_licence.h"

namespace meridian::analysis {

class Grants {
 public:
  // Arguments must outlive it.
  Grants(const Catalog& catalog, const FactContext& context,
         LicenceClauses& clauses)
      : catalog_(catalog), context_(context), clauses_(clauses) {}

  // Countries and blocs whose deployers get no rights, for a model of these
  // modalities.
  ModelFact ExcludedRegions(const std::string& licence,
                            const ModelFact& modalities);
  // A use by its name: 'commercial', 'military', 'critical_infrastructure',
  // 'train_on_outputs'. Another name is unknown (ERROR).
  ModelFact Permits(const std::string& licence, absl::string_view use);
  // The licence gives context.deployer the rights it needs: of its own uses,
  // or with `use` not empty of this one.
  ModelFact GrantsTo(const std::string& licence, const ModelFact& modalities,
                     absl::string_view use);
  // Obligations that hold for context.deployer or may.
  std::vector<ModelObligation> Obligations(const std::string& licence);

 private:
  const Catalog& catalog_;
  const FactContext& context_;
  LicenceClauses& clauses_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_GRANTS_H_
