// What is known of a model: for each field the value, how it came about, what
// it rests on and who says otherwise. Plain C++: no gRPC, threads, clocks or
// files.
#ifndef ANALYSIS_SERVICE_FACTS_H_
#define ANALYSIS_SERVICE_FACTS_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/catalog.h"
#include "analysis_service/field.h"
#include "common/base/dates.h"

namespace meridian::analysis {

// How a model gets its countries.
enum class CountryRule {
  // Headquarters, at the model's release, of the developer's ultimate parent
  // above 50 %, else of the developer itself.
  kControllerHq,
  // Headquarters of the developer at the model's release.
  kHq,
  // Country in which the developer was incorporated at the model's release.
  kIncorporation,
  // What documents say of the model.
  kStated,
};
// "controller_hq" (also for ""), "hq", "incorporation", "stated". Errors:
// InvalidArgument (UNKNOWN_COUNTRY_RULE).
absl::StatusOr<CountryRule> ParseCountryRule(absl::string_view text);
absl::string_view CountryRuleName(CountryRule rule);

// From when a fact is asked for.
struct FactContext {
  // What is known by the end of this day.
  Day as_of = 0;
  // The day that STATE fields are about; <= as_of. A history sets it to the
  // available day of each snapshot.
  Day on = 0;
  CountryRule country_rule = CountryRule::kControllerHq;

  static FactContext At(Day as_of,
                        CountryRule rule = CountryRule::kControllerHq) {
    return {as_of, as_of, rule};
  }
};

// A statement that differs from the value and lost.
struct OtherStatement {
  FactValue value;  // may be unknown(WITHHELD)
  std::string source;
  std::vector<EvidenceRef> evidence;
};

struct ModelFact {
  FactValue value;
  // How the value came about, or why it is unknown, for people. Empty: it is
  // stated as it is.
  std::string derivation;
  // It was stated only after as_of.
  bool stated_after_as_of = false;
  // Sorted, distinct.
  std::vector<EvidenceRef> evidence;
  // By source. For CONFLICT: all statements that contradict each other.
  std::vector<OtherStatement> others;
};

// What is known of an organisation.
struct OrganizationFact {
  FactValue headquarters;   // country, text
  FactValue incorporation;  // country, text
  // Name of the ultimate parent above 50 %. Empty: none is known.
  std::string controller;
  FactValue country;  // under the country rule; for STATED as for HQ
  bool stated_after_as_of = false;
  std::vector<EvidenceRef> evidence;
};

// Facts of one catalog in one context; what was asked for is kept. The catalog
// must outlive it. Not thread-safe.
//
// Several sources may state a field. Of each source the statement of its
// newest vintage counts (NATURE: of all; STATE: one that says it is valid on
// the day, else the newest by the day, else the oldest later one). Then the
// source that stands first in the Precedence record of the field, else of
// "*", is believed; sources not listed share the last place, and if they
// contradict each other the field is unknown (CONFLICT). A date or range that
// lies within another does not contradict it; the narrower one is used.
class FactReader {
 public:
  FactReader(const Catalog& catalog, FactContext context);
  ~FactReader();
  FactReader(const FactReader&) = delete;
  FactReader& operator=(const FactReader&) = delete;

  // `field` as of FindField. The reference lives as long as the reader. A
  // field of something else than a model is unknown (MISSING).
  const ModelFact& Get(EntityId model, FieldIndex field);
  // The organisation under the context's rules.
  OrganizationFact Describe(OrganizationId organization);

  const FactContext& context() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_H_
