// Which organisation a spelling means.
#ifndef ANALYSIS_SERVICE_ORGANIZATIONS_H_
#define ANALYSIS_SERVICE_ORGANIZATIONS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "meridian/v1/record.pb.h"

namespace meridian::analysis {

// An organisation; a number of one OrganizationTable.
using OrganizationId = uint32_t;

struct OrganizationEntry {
  std::string name;
  std::vector<std::string> other_names;  // sorted, distinct
  // Positions in the `records` given to Build.
  std::vector<uint32_t> records;
};

// One Organization record and whether it is reference data.
struct OrganizationRecord {
  const v1::Organization* organization;
  bool reference = false;
};

// Spelling -> organisation, without case. Immutable; a pure function of the
// records. Names come before other names, reference data before other
// sources; a spelling that two organisations claim means neither.
class OrganizationTable {
 public:
  static std::shared_ptr<const OrganizationTable> Build(
      absl::Span<const OrganizationRecord> records);

  // Nothing when no record knows the spelling or it is ambiguous.
  std::optional<OrganizationId> Find(absl::string_view spelling) const;
  // The name of the organisation, or the spelling itself.
  std::string NameOf(absl::string_view spelling) const;
  const OrganizationEntry& entry(OrganizationId id) const {
    return entries_[id];
  }
  // Sorted by name.
  absl::Span<const OrganizationEntry> entries() const { return entries_; }

 private:
  std::vector<OrganizationEntry> entries_;
  absl::flat_hash_map<std::string, OrganizationId> by_spelling_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_ORGANIZATIONS_H_
