// What a catalog answers with.
#ifndef ANALYSIS_SERVICE_CATALOG_TYPES_H_
#define ANALYSIS_SERVICE_CATALOG_TYPES_H_

#include <cstdint>
#include <optional>
#include <string>

#include "common/base/dates.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::analysis {

// A row of a segment of one catalog.
struct EvidenceRef {
  uint32_t segment = 0;  // index into Catalog::segments()
  uint32_t row = 0;      // row of the segment
  bool operator==(const EvidenceRef&) const = default;
  auto operator<=>(const EvidenceRef&) const = default;
};

// A record that no longer holds.
struct FormerRecord {
  EvidenceRef ref;
  Day ends = 0;  // available day of the vintage that replaced or withdrew it
};

// The scores of one (board, category, method) in one snapshot.
struct ScoreSnapshot {
  uint32_t segment = 0;  // index into Catalog::segments()
  uint32_t slice = 0;    // index into Segment::slices()
  Day available = 0;     // day from which it takes part
  int source_rank = 0;   // 0: first in the board's source order
  std::string method;    // that holds; an override is applied
  // The MethodOverride record that changed the method.
  std::optional<EvidenceRef> overridden_by;
};

// A (category, method) of a board that has scores.
struct SliceSummary {
  std::string category;
  std::string method;
  uint32_t snapshots = 0;
  Day first = 0;      // available day of the oldest
  Day last = 0;       // of the newest
  uint32_t rows = 0;  // of the one that speaks at `last`
};

struct SourceCounts {
  std::string source;
  std::string newest_vintage;
  uint64_t snapshots = 0;
  uint64_t records = 0;
  // Empty `source`: never observed.
  v1::Observation last_observation;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_CATALOG_TYPES_H_
