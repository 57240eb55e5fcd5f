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
#include "absl/types/span.h"
#include "analysis_service/catalog.h"
#include "analysis_service/field.h"
#include "common/base/dates.h"
#include "meridian/v1/policy.pb.h"
#include "meridian/v1/record.pb.h"

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
  // Who asks; what is unset is unknown.
  v1::Deployer deployer = {};
  // A fact whose newest evidence is older at as_of is unknown (STALE). Unset:
  // facts do not age.
  std::optional<uint32_t> max_age_days = {};

  static FactContext At(Day as_of,
                        CountryRule rule = CountryRule::kControllerHq) {
    return {as_of, as_of, rule, {}, {}};
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

// A model that another was made from.
struct Ancestor {
  std::string name;  // canonical, or as spelt when it could not be resolved
  EntityId entity = kNoEntity;
  int from = -1;  // index of the ancestor it is a base of; -1: of the model
  v1::BaseRelation relation = v1::BASE_RELATION_UNSPECIFIED;
  std::vector<EvidenceRef> evidence;  // of the step from it
};

// All that a model was made from, directly or not. ARCHITECTURE is no part.
struct Lineage {
  std::string model;
  std::vector<Ancestor> ancestors;
  // Every list of bases, its own included, is stated to be complete.
  bool complete = true;
  std::string open;  // the first whose list is not
  UnknownReason unknown =
      UnknownReason::kIncompleteSet;  // why, if not complete
  std::vector<EvidenceRef> evidence;
};

// What a licence demands of the deployer of the context.
struct ModelObligation {
  v1::Obligation obligation;
  Truth applies = Truth::kUnknown;  // never kFalse
  std::string derivation;           // why it is unknown
  std::vector<EvidenceRef> evidence;
};

// A field or call for every model: distinct values, and by EntityId which.
struct FactColumn {
  std::vector<FactValue> values;
  std::vector<uint32_t> codes;
};

class FactState;  // facts_state.h

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

  // `field` as of FindField. References and spans live as long as the reader.
  // `offering` is an index into Offerings(model): what offering.* is about;
  // -1: they are unknown (MISSING).
  const ModelFact& Get(EntityId model, FieldIndex field, int offering = -1);
  // A function as of FindFunction. `receiver` is one of Offerings(model) for a
  // method of offerings, else null; it counts as `offering`.
  const ModelFact& Call(EntityId model, int offering, FunctionIndex function,
                        const FactObject* receiver,
                        absl::Span<const FactValue> arguments);
  // Offerings of a model, disabled ones left out: by operator and route; then
  // the deployer's own machines (operator "self") when the weights are OPEN or
  // GATED and deployer.mode is SELF_HOST or EITHER. FactObject::id is the
  // index.
  absl::Span<const FactObject> Offerings(EntityId model);
  // Evidence of an offering: of its operator's name, that is, its records.
  const ModelFact& OfferingFact(EntityId model, int offering, int object_field);
  Lineage LineageOf(EntityId model);
  // What its licence demands of the deployer, in the order of the record.
  std::vector<ModelObligation> ObligationsOf(EntityId model);

  // A field, or a function that is no method, for all models at once: much
  // cheaper than Get for each, and nothing but the column is kept. The facts
  // are those of offering -1.
  const FactColumn& Column(FieldIndex field);
  const FactColumn& Column(FunctionIndex function,
                           absl::Span<const FactValue> arguments);
  // The organisation under the context's rules.
  OrganizationFact Describe(OrganizationId organization);

  const FactContext& context() const;

 private:
  std::unique_ptr<FactState> state_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_H_
