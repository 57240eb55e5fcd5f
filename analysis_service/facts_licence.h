// What licence words mean and imply. Used by facts.cc.
#ifndef ANALYSIS_SERVICE_FACTS_LICENCE_H_
#define ANALYSIS_SERVICE_FACTS_LICENCE_H_

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
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
  // Records of a licence by its id, best first.
  absl::Span<const EvidenceRef> Records(const std::string& id) const;
  const v1::Licence& licence(const EvidenceRef& ref) const {
    return catalog_.record(ref).licence();
  }

 private:
  const Catalog& catalog_;
  absl::flat_hash_map<std::string, EvidenceRef> words_;
  absl::flat_hash_map<std::string, std::vector<EvidenceRef>> by_id_;
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

// What of a licence is asked for, by its id.
using OfLicence = std::function<const ModelFact&(const std::string& id)>;

// What `of` gives for the licences of a model, when it is the same for all of
// them. Unknown (MISSING) when no record lists a word, (CONFLICT) when they
// differ. `about` says in a few words what it is.
bool ReadByLicence(const v1::Model& model, const LicenceTable& licences,
                   absl::string_view about, const OfLicence& of,
                   Statement* statement);

// Clauses of licences, each as the Licence records of its id state it. A
// clause that is not stated is known to be absent when a record says that all
// clauses were looked for (clauses_complete, permissive): no cap is infinite,
// no region is an empty list, no ban is a permission. Arguments must outlive
// it.
class LicenceClauses {
 public:
  LicenceClauses(const Catalog& catalog, const SourceRanks& ranks,
                 const LicenceTable& licences)
      : catalog_(catalog), ranks_(ranks), licences_(licences) {}

  // `clause` is a field of v1.Licence that ClauseFields() names.
  const ModelFact& Get(const std::string& id, absl::string_view clause);
  // Records of a licence, best first.
  absl::Span<const EvidenceRef> Records(const std::string& id) const;
  const v1::Licence& licence(const EvidenceRef& ref) const {
    return licences_.licence(ref);
  }

 private:
  ModelFact Read(const std::string& id, const std::string& clause) const;

  const Catalog& catalog_;
  const SourceRanks& ranks_;
  const LicenceTable& licences_;
  std::map<std::pair<std::string, std::string>, ModelFact, std::less<>> kept_;
};

// Fields of expressions that are clauses, without "licence.", and what they
// are about in a few words.
const std::map<std::string, std::string>& ClauseFields();

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_LICENCE_H_
