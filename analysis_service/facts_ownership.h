// Who holds an organisation, through chains of holders, as intervals of
// shares. Used by facts_call.cc.
//
// What is stated is a lower bound; what no statement attributes may belong to
// anybody and is an upper bound: [known, known + unattributed]. A share along
// a chain is the product of its shares. A holder counts as of a country by its
// headquarters; one from elsewhere counts with what its own holders from the
// country have. Cycles settle by iteration from the bounds 0 and 1, so that
// organisations that hold each other never count more than once.
#ifndef ANALYSIS_SERVICE_FACTS_OWNERSHIP_H_
#define ANALYSIS_SERVICE_FACTS_OWNERSHIP_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "analysis_service/facts.h"
#include "analysis_service/facts_country.h"

namespace meridian::analysis {

struct Holder {
  std::string name;  // canonical, or as spelt
  std::optional<OrganizationId> id;
  NumberRange share{0, 1};
};

// Holders of an organisation on context.on.
struct HolderList {
  std::vector<Holder> holders;  // by name
  // Share that no statement attributes to a holder.
  double unattributed = 1;
  UnknownReason unknown = UnknownReason::kNone;  // CONFLICT: sources differ
  bool stated = false;
  std::vector<EvidenceRef> evidence;
};

// Whether an organisation itself is one of those that are asked about. `id` is
// empty when nothing is known but the name.
struct Membership3 {
  Truth truth = Truth::kUnknown;
  std::vector<EvidenceRef> evidence;
};
using IsOneOf = std::function<Membership3(const std::string& name,
                                          std::optional<OrganizationId> id)>;

struct HeldShare {
  NumberRange share{0, 1};  // [known, known + unattributed]
  double stated_high = 0;   // upper end of what is stated, without the rest
  UnknownReason unknown = UnknownReason::kNone;  // CONFLICT on the way
  std::string path;  // largest chain, for people: "A holds 30 % of B"
  std::vector<EvidenceRef> evidence;
};

class Ownership {
 public:
  // Arguments must outlive it.
  Ownership(const Catalog& catalog, const FactContext& context,
            const SourceRanks& ranks, const OrganizationFacts& organizations)
      : catalog_(catalog),
        context_(context),
        ranks_(ranks),
        organizations_(organizations) {}

  const HolderList& HoldersOf(OrganizationId id);
  // Headquarters on context.on; kept.
  const ModelFact& HeadquartersOf(OrganizationId id);
  // Share that holders of `id` for which `is_one` is true have of it.
  HeldShare ShareHeldBy(OrganizationId id, const IsOneOf& is_one);
  // Largest share that one holder for which `is_one` is true has of it,
  // directly and through chains together.
  HeldShare LargestShare(OrganizationId id, const IsOneOf& is_one);

 private:
  HolderList ReadHolders(OrganizationId id) const;
  // `id` and all that hold it, directly or not, by number.
  std::vector<OrganizationId> Reachable(OrganizationId id);

  const Catalog& catalog_;
  const FactContext& context_;
  const SourceRanks& ranks_;
  const OrganizationFacts& organizations_;
  absl::flat_hash_map<OrganizationId, std::unique_ptr<HolderList>> holders_;
  absl::flat_hash_map<OrganizationId, std::unique_ptr<ModelFact>> headquarters_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACTS_OWNERSHIP_H_
