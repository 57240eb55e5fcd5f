// What a name means. A document's names are kept as spelt; one table says
// which entity each of them is. Plain C++: no gRPC, clocks or files.
#ifndef ANALYSIS_SERVICE_IDENTITY_H_
#define ANALYSIS_SERVICE_IDENTITY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "analysis_service/name_table.h"
#include "common/base/dates.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

// A model; a number of one Resolution. Entities of different catalogs are
// compared by name, never by number.
using EntityId = uint32_t;
inline constexpr EntityId kNoEntity = UINT32_MAX;

// How a name came to its entity, best first.
enum class ResolvedBy : uint8_t {
  kCanonical,     // it is the name in the reference data
  kAlias,         // an Alias record says so
  kSameSpelling,  // equal but for case and "_", " ", "-"; unique
  kUnresolved,    // it stands for itself: "~source/name"
};
// "canonical", "alias", "same spelling", "unresolved".
absl::string_view ResolvedByName(ResolvedBy how);

struct Meaning {
  EntityId entity = kNoEntity;
  ResolvedBy how = ResolvedBy::kUnresolved;
  // Of Resolution::configuration; 0: the name says nothing of one.
  uint32_t configuration = 0;
  bool operator==(const Meaning&) const = default;
};

struct Entity {
  std::string name;  // canonical name, or "~source/name"
  bool resolved = false;
  std::vector<NameId> names;  // every name that means it at some time
};

// What the table is made from. Pointers must live during Build only.
struct IdentityRecords {
  // Canonical names: Model.name of reference streams.
  std::vector<absl::string_view> canonical;
  // The Alias records that hold.
  std::vector<const v1::Alias*> aliases;
  // The names in use, distinct and sorted.
  std::vector<NameId> names;
};

// Name -> entity. Immutable; a pure function of IdentityRecords. For a name
// of a source, at the vintage of the snapshot that uses it, the first of:
//  1. an alias of this name scoped to the source,
//  2. an alias of this name without scope,
//  3. the canonical name itself,
//  4. the one canonical name of the same spelling: letters without case, and
//     "_", " " and "-" alike,
//  5. itself: "~source/name", unresolved.
// Among aliases of one step that hold on the day, the latest valid_from
// wins; if those mean different models, or different configurations of one,
// the name stays unresolved. A NOT_SAME
// alias denies its model to its own step and every later one. Nothing is ever
// resolved by a prefix or by likeness.
class Resolution {
 public:
  static std::shared_ptr<const Resolution> Build(const IdentityRecords& records,
                                                 const NameTable& names);

  // What a name means in a snapshot that became available on `vintage`.
  // kNoEntity only for names that were not among IdentityRecords.names.
  Meaning Resolve(NameId name, Day vintage) const;
  const Entity& entity(EntityId id) const { return entities_[id]; }
  // The configuration that a name stands for beside its model, e.g. "high".
  const std::string& configuration(const Meaning& meaning) const {
    return configurations_[meaning.configuration];
  }
  // Resolved ones first; each part sorted by name.
  absl::Span<const Entity> entities() const { return entities_; }
  // Names that are unresolved at some time.
  size_t unresolved_names() const { return unresolved_names_; }

  // The entity that a person means: its canonical name, "~source/name", an
  // alias of any source, or the same spelling. More than one when the name is
  // ambiguous; empty when nothing has it. Sorted.
  std::vector<EntityId> Find(absl::string_view name) const;
  // The entity with exactly this name.
  std::optional<EntityId> FindExact(absl::string_view name) const;

 private:
  friend class ResolutionBuilder;
  struct Dated {
    Day from;  // the meaning holds from this day to the next entry's
    Meaning meaning;
  };

  std::vector<Entity> entities_;
  std::vector<std::string> configurations_ = {""};
  // By NameId. Without an entity: see dated_.
  std::vector<Meaning> meanings_;
  absl::flat_hash_map<NameId, std::vector<Dated>> dated_;
  absl::flat_hash_map<std::string, EntityId> by_name_;
  absl::flat_hash_map<std::string, std::vector<EntityId>> by_alias_;
  absl::flat_hash_map<std::string, std::vector<EntityId>> by_spelling_;
  // Unresolved ones by the bare name.
  absl::flat_hash_map<std::string, std::vector<EntityId>> by_bare_name_;
  size_t unresolved_names_ = 0;
};

// Lower case, "_" and " " turned into "-".
std::string NormalizedSpelling(absl::string_view name);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_IDENTITY_H_
