// What licence words mean and imply. Used by facts.cc.
#ifndef ANALYSIS_SERVICE_FACTS_LICENCE_H_
#define ANALYSIS_SERVICE_FACTS_LICENCE_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analysis_service/statements.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

// Licence words, without case, as the Licence records of a catalog list them.
// A licence's id is a word of it. The catalog must outlive the table.
class LicenceTable {
 public:
  explicit LicenceTable(const Catalog& catalog);
  // The record that lists the word.
  std::optional<EvidenceRef> Find(absl::string_view word) const;
  const v1::Licence& licence(const EvidenceRef& ref) const {
    return catalog_.record(ref).licence();
  }

 private:
  const Catalog& catalog_;
  absl::flat_hash_map<std::string, EvidenceRef> words_;
};

// Words of the licences that a model's weights are under: those of the
// component "weights", else of the whole model. Sorted, distinct.
std::vector<std::string> WeightLicences(const v1::Model& model);

// What a Model record says of the weights: stated, or implied by its licence
// words. Unknown (MISSING) with a derivation when no record says what a word
// implies, (CONFLICT) when its words imply different things. Fills value,
// derivation, implied and evidence of `statement`; false when the record says
// nothing of weights or licences.
bool ReadWeights(const v1::Model& model, const LicenceTable& licences,
                 Statement* statement);
// The licence's id. Unknown (MISSING) when no record lists the word,
// (CONFLICT) when there are several.
bool ReadLicence(const v1::Model& model, const LicenceTable& licences,
                 Statement* statement);
// A clause of the licence. `clause` gives nothing when it is not stated.
bool ReadClause(const v1::Model& model, const LicenceTable& licences,
                std::optional<bool> (*clause)(const v1::Licence&),
                absl::string_view name, Statement* statement);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_LICENCE_H_
