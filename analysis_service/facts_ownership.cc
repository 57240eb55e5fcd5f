#include "analysis_service/facts_ownership.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "analysis_service/statements.h"

namespace meridian::analysis {
namespace {

// More holders than this are a mistake; what lies beyond is not attributed.
constexpr size_t kMostHolders = 4096;
constexpr int kMostRounds = 256;

NumberRange RangeOf(const v1::Interval& share) {
  const double low = share.has_low() ? std::clamp(share.low(), 0.0, 1.0) : 0;
  const double high = share.has_high() ? std::clamp(share.high(), 0.0, 1.0) : 1;
  return {std::min(low, high), std::max(low, high)};
}

// Sums of shares in decimal: 0.2 + 0.15 is 0.35.
double Decimal(double share) {
  return std::clamp(std::round(share * 1e12) / 1e12, 0.0, 1.0);
}

std::string Percent(const NumberRange& share) {
  if (share.low == share.high) {
    return absl::StrFormat("%g %%", share.low * 100);
  }
  return absl::StrFormat("%g to %g %%", share.low * 100, share.high * 100);
}

// Holders as records of one rank state them. The same holder twice: the
// narrower; shares that exclude each other are a conflict.
void MergeHolder(Holder holder, HolderList* list) {
  for (Holder& known : list->holders) {
    if (known.name != holder.name) continue;
    const NumberRange both{std::max(known.share.low, holder.share.low),
                           std::min(known.share.high, holder.share.high)};
    if (both.low > both.high) {
      list->unknown = UnknownReason::kConflict;
    } else {
      known.share = both;
    }
    return;
  }
  list->holders.push_back(std::move(holder));
}

}  // namespace

HolderList Ownership::ReadHolders(OrganizationId id) const {
  HolderList list;
  const std::vector<Statement> statements =
      organizations_.HolderStatements(id, context_.on);
  int best = 0;
  for (const Statement& statement : statements) {
    const int rank = ranks_.Rank("organization.parents", statement.source);
    if (!list.stated || rank < best) best = rank;
    list.stated = true;
  }
  bool complete = false;
  for (const Statement& statement : statements) {
    if (ranks_.Rank("organization.parents", statement.source) != best) continue;
    AddEvidence(statement.evidence, &list.evidence);
    const v1::Organization& record =
        catalog_.record(statement.ref).organization();
    complete |= record.parents_complete();
    for (const v1::Parent& parent : record.parents()) {
      if (!OrganizationFacts::IsHolder(parent, context_.on)) continue;
      Holder holder;
      holder.name = catalog_.organizations().NameOf(parent.organization());
      holder.id = catalog_.organizations().Find(parent.organization());
      if (parent.has_share()) holder.share = RangeOf(parent.share());
      MergeHolder(std::move(holder), &list);
    }
  }
  std::sort(list.holders.begin(), list.holders.end(),
            [](const Holder& a, const Holder& b) { return a.name < b.name; });
  double known = 0;
  for (const Holder& holder : list.holders) known += holder.share.low;
  list.unattributed = complete ? 0 : Decimal(1 - known);
  return list;
}

const HolderList& Ownership::HoldersOf(OrganizationId id) {
  std::unique_ptr<HolderList>& kept = holders_[id];
  if (kept == nullptr) kept = std::make_unique<HolderList>(ReadHolders(id));
  return *kept;
}

const ModelFact& Ownership::HeadquartersOf(OrganizationId id) {
  std::unique_ptr<ModelFact>& kept = headquarters_[id];
  if (kept == nullptr) {
    kept = std::make_unique<ModelFact>(
        organizations_.Headquarters(id, context_.on));
  }
  return *kept;
}

std::vector<OrganizationId> Ownership::Reachable(OrganizationId id) {
  std::set<OrganizationId> seen = {id};
  std::vector<OrganizationId> queue = {id};
  for (size_t i = 0; i < queue.size() && queue.size() < kMostHolders; ++i) {
    for (const Holder& holder : HoldersOf(queue[i]).holders) {
      if (holder.id && seen.insert(*holder.id).second) {
        queue.push_back(*holder.id);
      }
    }
  }
  return queue;
}

HeldShare Ownership::ShareHeldBy(OrganizationId id, const IsOneOf& is_one) {
  const std::vector<OrganizationId> reachable = Reachable(id);
  std::map<OrganizationId, size_t> index;
  for (size_t i = 0; i < reachable.size(); ++i) index[reachable[i]] = i;
  std::vector<Membership3> self(reachable.size());
  std::map<std::string, Membership3> unknown_self;  // without a record
  HeldShare result;
  for (size_t i = 0; i < reachable.size(); ++i) {
    const std::string& name = catalog_.organizations().entry(reachable[i]).name;
    // Of itself it only has what its holders have.
    self[i] =
        i > 0 ? is_one(name, reachable[i]) : Membership3{Truth::kFalse, {}};
    AddEvidence(self[i].evidence, &result.evidence);
    const HolderList& list = HoldersOf(reachable[i]);
    AddEvidence(list.evidence, &result.evidence);
    if (list.unknown != UnknownReason::kNone) result.unknown = list.unknown;
    for (const Holder& holder : list.holders) {
      if (holder.id || unknown_self.contains(holder.name)) continue;
      unknown_self[holder.name] = is_one(holder.name, std::nullopt);
      AddEvidence(unknown_self[holder.name].evidence, &result.evidence);
    }
  }
  // What counts of a holder: all of it, or what its own holders have of it.
  struct Bounds {
    double low = 0, high = 1, stated = 0;
  };
  std::vector<Bounds> held(reachable.size());
  const auto counts = [&](const Holder& holder) -> Bounds {
    const auto at = holder.id ? index.find(*holder.id) : index.end();
    const bool inside = at != index.end();
    const Truth truth = inside      ? self[at->second].truth
                        : holder.id ? Truth::kUnknown
                                    : unknown_self[holder.name].truth;
    if (truth == Truth::kTrue) return {1, 1, 1};
    Bounds bounds = inside ? held[at->second] : Bounds{};
    if (truth == Truth::kUnknown) bounds.high = 1;
    return bounds;
  };
  for (int round = 0; round < kMostRounds; ++round) {
    double moved = 0;
    for (size_t i = reachable.size(); i-- > 0;) {
      const HolderList& list = HoldersOf(reachable[i]);
      Bounds next{0, list.unattributed, 0};
      double others = 0;  // certainly held by somebody else
      for (const Holder& holder : list.holders) {
        const Bounds part = counts(holder);
        next.low += holder.share.low * part.low;
        next.high += holder.share.high * part.high;
        next.stated += holder.share.high * part.stated;
        others += holder.share.low * (1 - part.high);
      }
      next.high = std::min({next.high, 1 - others, 1.0});
      next.low = std::min(next.low, next.high);
      next.stated = std::min(next.stated, next.high);
      moved = std::max({moved, next.low - held[i].low, held[i].high - next.high,
                        std::fabs(next.stated - held[i].stated)});
      held[i] = next;
    }
    if (moved < 1e-13) break;
  }
  result.share = {Decimal(held[0].low), Decimal(held[0].high)};
  result.stated_high = Decimal(held[0].stated);
  // The largest chain, holder by holder.
  std::set<OrganizationId> told;
  std::vector<std::string> steps;
  for (OrganizationId at = id; told.insert(at).second;) {
    const Holder* largest = nullptr;
    double most = 0;
    for (const Holder& holder : HoldersOf(at).holders) {
      const double part = holder.share.high * counts(holder).stated;
      if (part > most) {
        most = part;
        largest = &holder;
      }
    }
    if (largest == nullptr) break;
    steps.push_back(absl::StrCat(largest->name, " holds ",
                                 Percent(largest->share), " of ",
                                 catalog_.organizations().entry(at).name));
    if (!largest->id || !index.contains(*largest->id) ||
        self[index[*largest->id]].truth == Truth::kTrue) {
      break;
    }
    at = *largest->id;
  }
  for (const std::string& step : steps) {
    absl::StrAppend(&result.path, result.path.empty() ? "" : ", ", step);
  }
  return result;
}

HeldShare Ownership::LargestShare(OrganizationId id, const IsOneOf& is_one) {
  std::map<std::string, std::optional<OrganizationId>> holders;
  for (const OrganizationId at : Reachable(id)) {
    for (const Holder& holder : HoldersOf(at).holders) {
      if (holder.id != id) holders[holder.name] = holder.id;
    }
  }
  const HeldShare all = ShareHeldBy(id, is_one);
  HeldShare result;
  result.evidence = all.evidence;
  result.unknown = all.unknown;
  // Whoever is not known may hold all that is not attributed.
  const double rest = all.share.high - all.stated_high;
  result.share = {0, Decimal(std::max(rest, 0.0))};
  for (const auto& [name, holder_id] : holders) {
    const Membership3 one = is_one(name, holder_id);
    if (one.truth == Truth::kFalse) continue;
    const std::string& wanted = name;
    const HeldShare share = ShareHeldBy(id, [&wanted](
                                                const std::string& other,
                                                std::optional<OrganizationId>) {
      return Membership3{other == wanted ? Truth::kTrue : Truth::kFalse, {}};
    });
    if (one.truth == Truth::kTrue && share.share.low > result.share.low) {
      result.share.low = share.share.low;
      result.path = share.path;
    }
    result.share.high = std::max(result.share.high, share.stated_high);
    result.stated_high = std::max(result.stated_high, share.stated_high);
  }
  result.share.high = std::max(result.share.high, result.share.low);
  return result;
}

}  // namespace meridian::analysis
