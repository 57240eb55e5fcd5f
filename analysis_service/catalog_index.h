// What a catalog looks up: a pure function of its segments, shared by the
// catalogs that have the same ones. Used by catalog.cc only.
#ifndef ANALYSIS_SERVICE_CATALOG_INDEX_H_
#define ANALYSIS_SERVICE_CATALOG_INDEX_H_

#include <array>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "analysis_service/catalog.h"

namespace meridian::analysis {

using SegmentList = std::vector<std::shared_ptr<const Segment>>;

// Segments of one (source, stream), newest revisions only, by available day
// and then in log order.
struct StreamSegments {
  bool is_reference = false;
  std::vector<uint32_t> segments;
};

struct DatedMember {
  std::string member;
  Day from;
  Day to;
  EvidenceRef ref;
};

struct CatalogIndex {
  SegmentList segments;
  std::vector<bool> superseded;  // by segment
  std::map<std::pair<std::string, std::string>, StreamSegments> streams;
  // Records that hold whatever the vintage, by kind.
  std::map<v1::Record::KindCase, std::vector<EvidenceRef>> records;

  std::shared_ptr<const Resolution> resolution;
  std::shared_ptr<const OrganizationTable> organizations;
  std::vector<std::vector<EvidenceRef>> model_records;  // by entity
  std::map<EntityId, std::vector<FormerRecord>> former_models;
  std::map<OrganizationId, std::vector<FormerRecord>> former_organizations;

  // (category, method) -> snapshots as Catalog::Snapshots orders them.
  using Slices =
      std::map<std::pair<std::string, std::string>, std::vector<ScoreSnapshot>>;
  std::map<std::string, Slices> boards;
  std::map<std::string, EvidenceRef> board_records;
  std::map<std::string, std::vector<std::string>> board_sources;

  std::map<std::string, std::vector<DatedMember>> lists;

  uint64_t record_count = 0;
  uint64_t bytes = 0;
};

// Builds the index. What `previous` (may be null; an index of a prefix of
// `segments`) has in common is shared where that is cheap to tell.
std::shared_ptr<const CatalogIndex> BuildIndex(SegmentList segments,
                                               const NameTable& names,
                                               const CatalogIndex* previous);

// Records of a kind as they hold; see Catalog::Records. Without `as_of`:
// whatever the vintage.
std::vector<EvidenceRef> FoldRecords(const CatalogIndex& index,
                                     v1::Record::KindCase kind,
                                     std::optional<Day> as_of);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_CATALOG_INDEX_H_
