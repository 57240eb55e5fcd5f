// Where an organisation belongs. Used by facts.cc.
#ifndef ANALYSIS_SERVICE_FACTS_COUNTRY_H_
#define ANALYSIS_SERVICE_FACTS_COUNTRY_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/facts.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {

// Countries and controllers of the organisations of a catalog. Catalog and
// ranks must outlive it.
class OrganizationFacts {
 public:
  OrganizationFacts(const Catalog& catalog, const FactContext& context,
                    const SourceRanks& ranks);

  // Country of headquarters or incorporation on a day (text).
  ModelFact Headquarters(OrganizationId id, Day day) const;
  ModelFact Incorporation(OrganizationId id, Day day) const;
  // The ultimate parent above 50 % on a day (text, canonical name); known and
  // empty when none is known. CONFLICT when sources differ on a parent.
  ModelFact Controller(OrganizationId id, Day day) const;
  // Country under the context's rule on a day (text). kStated counts as kHq.
  ModelFact Country(OrganizationId id, Day day) const;
  // The same for a day that is only known to lie in `when`: known if it is
  // the same country throughout, else unknown (IMPRECISE). Without `when`:
  // known if it was never another one by context.on, else MISSING.
  ModelFact CountryDuring(OrganizationId id,
                          std::optional<DateRange> when) const;

  // Statements of parents that hold on a day, one for each record; their
  // value says nothing.
  std::vector<Statement> HolderStatements(OrganizationId id, Day day) const;
  // Whether a parent is stated for the day.
  static bool IsHolder(const v1::Parent& parent, Day day);
  // What kind of body it is (text).
  ModelFact Kind(OrganizationId id) const;

 private:
  ModelFact DatedCountryOn(OrganizationId id, Day day,
                           bool incorporation) const;
  ModelFact ParentOn(OrganizationId id, Day day) const;
  // Days on which something about it or its parents changes.
  void CollectChanges(OrganizationId id, int depth,
                      std::vector<Day>* days) const;

  const Catalog& catalog_;
  const FactContext context_;
  const SourceRanks& ranks_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_COUNTRY_H_
