// How one value comes of what several sources state about a field.
#ifndef ANALYSIS_SERVICE_STATEMENTS_H_
#define ANALYSIS_SERVICE_STATEMENTS_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/facts.h"

namespace meridian::analysis {

// What one record says of a field.
struct Statement {
  EvidenceRef ref;  // the record
  std::string source;
  Day available = 0;
  FactValue value;         // known, or why the record does not say
  std::string derivation;  // empty: it stands there
  // It follows from something else that the record says; of sources of one
  // rank those that say it themselves come first.
  bool implied = false;
  std::vector<EvidenceRef> evidence;  // `ref` and what the derivation rests on
  // From this day on it is replaced or withdrawn. Nothing: it holds.
  std::optional<Day> ends;
  // Days on which it is valid, when the record says so.
  std::optional<DateRange> valid;
  bool stated_after_as_of = false;  // filled in by KeepState
};

// Of every source what its newest vintage says. Takes what still holds.
std::vector<Statement> KeepNature(std::vector<Statement> statements);
// Of every source one that says it is valid on context.on, else the newest by
// then, else the oldest later one.
std::vector<Statement> KeepState(std::vector<Statement> statements,
                                 const FactContext& context);

// The two as one value: equal, or one within the other (the narrower), or two
// lists without end together. Nothing: they contradict each other.
std::optional<FactValue> Agree(const FactValue& a, const FactValue& b);

// Which source is believed, from the Precedence records of a catalog.
class SourceRanks {
 public:
  explicit SourceRanks(const Catalog& catalog);
  // The least is believed first: own evidence, then as listed; sources that
  // are not listed share the last place.
  int Rank(absl::string_view field, absl::string_view source) const;

 private:
  absl::flat_hash_map<std::string, std::vector<std::string>> sources_;
};

// The fact that statements of a field come to, one or more of each source.
ModelFact Settle(std::vector<Statement> statements, absl::string_view field,
                 const SourceRanks& ranks);

// Records of a kind of which one is to be picked: own evidence first, then
// reference data, then the newest, then the last of the log.
bool IsBetterRecord(const Catalog& catalog, const EvidenceRef& a,
                    const EvidenceRef& b);

// Adds, keeps sorted and distinct.
void AddEvidence(absl::Span<const EvidenceRef> refs,
                 std::vector<EvidenceRef>* evidence);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_STATEMENTS_H_
