#include "analysis_service/catalog_index.h"

#include <algorithm>
#include <limits>
#include <set>
#include <tuple>

#include "absl/container/flat_hash_set.h"
#include "common/records/canonical.h"

namespace meridian::analysis {
namespace {

using Kind = v1::Record::KindCase;

// Kinds that are few and asked for all the time.
constexpr Kind kKeptKinds[] = {
    v1::Record::kOrganization,  v1::Record::kAlias,
    v1::Record::kBoard,         v1::Record::kLicence,
    v1::Record::kMembership,    v1::Record::kAttestation,
    v1::Record::kGroup,         v1::Record::kPrecedence,
    v1::Record::kMethodOverride, v1::Record::kStoredPolicy};

using VintageKey = std::tuple<std::string, std::string, std::string>;

VintageKey KeyOf(const v1::Snapshot& meta) {
  return {meta.source(), meta.stream(), meta.vintage().date()};
}

// A stream in which what a newer snapshot of everything lacks is gone.
// Elsewhere a listing that drops a model does not unsay what it was, and
// figures of older editions stand beside the newer ones.
bool AbsenceMeansGone(Kind kind, const Segment& segment) {
  const v1::Snapshot& meta = segment.meta();
  return meta.coverage().extent() == v1::Coverage::EXTENT_ALL &&
         meta.mode() != v1::SNAPSHOT_MODE_ADDS &&
         (segment.is_reference() || kind == v1::Record::kOffering);
}

void FindSuperseded(CatalogIndex* index) {
  std::map<VintageKey, uint32_t> newest;
  index->superseded.assign(index->segments.size(), false);
  for (uint32_t i = 0; i < index->segments.size(); ++i) {
    const auto [it, inserted] =
        newest.emplace(KeyOf(index->segments[i]->meta()), i);
    if (inserted) continue;
    uint32_t loser = i;
    if (index->segments[i]->meta().revision() >=
        index->segments[it->second]->meta().revision()) {
      std::swap(loser, it->second);
    }
    index->superseded[loser] = true;
  }
}

void GroupStreams(CatalogIndex* index) {
  for (uint32_t i = 0; i < index->segments.size(); ++i) {
    if (index->superseded[i]) continue;
    const Segment& segment = *index->segments[i];
    StreamSegments& stream =
        index->streams[{segment.meta().source(), segment.meta().stream()}];
    stream.is_reference = segment.is_reference();
    stream.segments.push_back(i);
  }
  for (auto& [key, stream] : index->streams) {
    std::stable_sort(stream.segments.begin(), stream.segments.end(),
                     [&](uint32_t a, uint32_t b) {
                       return index->segments[a]->available() <
                              index->segments[b]->available();
                     });
  }
}

std::string KeyOf(const v1::Record& record) {
  const auto hash = HashRecord(record);
  if (!hash.ok()) return "";  // Without a key it replaces nothing.
  return std::string(hash->key.begin(), hash->key.end());
}

// What one stream says of a kind by as_of.
void FoldStream(const CatalogIndex& index, const StreamSegments& stream,
                Kind kind, std::optional<Day> as_of,
                std::vector<EvidenceRef>* out) {
  std::vector<uint32_t> with_kind;
  for (const uint32_t i : stream.segments) {
    const Segment& segment = *index.segments[i];
    if (as_of && segment.available() > *as_of) break;
    if (AbsenceMeansGone(kind, segment)) with_kind.clear();
    if (!segment.records(kind).empty()) with_kind.push_back(i);
  }
  absl::flat_hash_set<std::string> seen;
  // Newest first, so that the first of a key is the one that holds. Within one
  // snapshot keys are distinct.
  for (auto it = with_kind.rbegin(); it != with_kind.rend(); ++it) {
    const Segment& segment = *index.segments[*it];
    const uint32_t first = segment.first_row(kind);
    const uint32_t count = segment.records(kind).size();
    for (uint32_t row = first; row < first + count; ++row) {
      if (with_kind.size() > 1) {
        const std::string record_key = KeyOf(segment.record(row));
        if (!record_key.empty() && !seen.insert(record_key).second) continue;
      }
      out->push_back({*it, row});
    }
  }
}

// The records of a reference stream that no longer hold.
std::vector<FormerRecord> FormerRecords(const CatalogIndex& index,
                                        const StreamSegments& stream,
                                        Kind kind) {
  std::vector<FormerRecord> former;
  std::map<std::string, EvidenceRef> holding;
  for (const uint32_t i : stream.segments) {
    const Segment& segment = *index.segments[i];
    const uint32_t first = segment.first_row(kind);
    const uint32_t count = segment.records(kind).size();
    if (AbsenceMeansGone(kind, segment)) {
      for (const auto& [key, ref] : holding) {
        former.push_back({ref, segment.available()});
      }
      holding.clear();
    }
    for (uint32_t row = first; row < first + count; ++row) {
      const std::string key = KeyOf(segment.record(row));
      if (key.empty()) continue;
      const auto [it, inserted] = holding.emplace(key, EvidenceRef{i, row});
      if (inserted) continue;
      former.push_back({it->second, segment.available()});
      it->second = {i, row};
    }
  }
  return former;
}

// Of the same membership in several sources that of own evidence counts alone.
void IndexLists(CatalogIndex* index) {
  std::set<std::string> own;
  const auto is_own = [&](const EvidenceRef& ref) {
    return index->segments[ref.segment]->is_own();
  };
  for (const EvidenceRef& ref : index->records[v1::Record::kMembership]) {
    if (is_own(ref)) {
      own.insert(KeyOf(index->segments[ref.segment]->record(ref.row)));
    }
  }
  for (const EvidenceRef& ref : index->records[v1::Record::kMembership]) {
    const v1::Record& record = index->segments[ref.segment]->record(ref.row);
    if (!own.empty() && !is_own(ref) && own.contains(KeyOf(record))) continue;
    const v1::Membership& membership = record.membership();
    DatedMember member{membership.member(), std::numeric_limits<Day>::min(),
                       std::numeric_limits<Day>::max(), ref};
    if (membership.has_from()) {
      const auto from = ParseDate(membership.from());
      if (!from.ok()) continue;  // Without its dates it would say too much.
      member.from = from->first;
    }
    if (membership.has_to()) {
      const auto to = ParseDate(membership.to());
      if (!to.ok()) continue;
      member.to = to->last;
    }
    index->lists[membership.list()].push_back(std::move(member));
  }
}

void IndexBoardRecords(CatalogIndex* index) {
  const auto order = [&](const EvidenceRef& ref) {
    const Segment& segment = *index->segments[ref.segment];
    return std::make_tuple(segment.is_reference(), segment.available(),
                           ref.segment);
  };
  for (const EvidenceRef& ref : index->records[v1::Record::kBoard]) {
    const std::string& board =
        index->segments[ref.segment]->record(ref.row).board().board();
    const auto [it, inserted] = index->board_records.emplace(board, ref);
    if (!inserted && order(ref) > order(it->second)) it->second = ref;
  }
}

// Sources of every board, best first: those its record lists, the others by
// name.
void OrderBoardSources(CatalogIndex* index) {
  std::map<std::string, std::set<std::string>> having;
  for (uint32_t i = 0; i < index->segments.size(); ++i) {
    if (index->superseded[i]) continue;
    for (const ScoreSlice& slice : index->segments[i]->slices()) {
      having[slice.board].insert(index->segments[i]->meta().source());
    }
  }
  for (auto& [board, sources] : having) {
    std::vector<std::string>& ordered = index->board_sources[board];
    const auto described = index->board_records.find(board);
    if (described != index->board_records.end()) {
      const EvidenceRef& ref = described->second;
      for (const std::string& source :
           index->segments[ref.segment]->record(ref.row).board().sources()) {
        if (sources.erase(source) > 0) ordered.push_back(source);
      }
    }
    ordered.insert(ordered.end(), sources.begin(), sources.end());
  }
}

void IndexScores(CatalogIndex* index) {
  std::map<VintageKey, EvidenceRef> overrides;
  for (const EvidenceRef& ref : index->records[v1::Record::kMethodOverride]) {
    const v1::MethodOverride& record =
        index->segments[ref.segment]->record(ref.row).method_override();
    overrides[{record.source(), record.stream(), record.vintage()}] = ref;
  }
  for (uint32_t i = 0; i < index->segments.size(); ++i) {
    if (index->superseded[i]) continue;
    const Segment& segment = *index->segments[i];
    const auto overridden = overrides.find(KeyOf(segment.meta()));
    for (uint32_t s = 0; s < segment.slices().size(); ++s) {
      const ScoreSlice& slice = segment.slices()[s];
      ScoreSnapshot snapshot;
      snapshot.segment = i;
      snapshot.slice = s;
      snapshot.available = segment.available();
      snapshot.method = slice.method;
      if (overridden != overrides.end()) {
        const EvidenceRef& ref = overridden->second;
        snapshot.method = index->segments[ref.segment]
                              ->record(ref.row)
                              .method_override()
                              .method();
        snapshot.overridden_by = ref;
      }
      const auto& sources = index->board_sources[slice.board];
      snapshot.source_rank = static_cast<int>(
          std::find(sources.begin(), sources.end(), segment.meta().source()) -
          sources.begin());
      auto& slices = index->boards[slice.board];
      slices[{slice.category, snapshot.method}].push_back(snapshot);
    }
  }
  for (auto& [board, slices] : index->boards) {
    for (auto& [key, snapshots] : slices) {
      std::sort(snapshots.begin(), snapshots.end(),
                [](const ScoreSnapshot& a, const ScoreSnapshot& b) {
                  return std::make_tuple(a.available, a.source_rank,
                                         -static_cast<int64_t>(a.segment)) <
                         std::make_tuple(b.available, b.source_rank,
                                         -static_cast<int64_t>(b.segment));
                });
    }
  }
}

// Names and organisations are the same as before when nothing new says what
// they mean and the same names are in use.
bool SameIdentity(const CatalogIndex& index, const CatalogIndex& previous) {
  absl::flat_hash_set<NameId> known;
  for (size_t i = 0; i < previous.segments.size(); ++i) {
    // A revision may have taken names out of use.
    if (index.superseded[i] != previous.superseded[i]) return false;
    const auto names = previous.segments[i]->used_names();
    if (!index.superseded[i]) known.insert(names.begin(), names.end());
  }
  for (size_t i = previous.segments.size(); i < index.segments.size(); ++i) {
    const Segment& segment = *index.segments[i];
    if (segment.is_reference() ||
        !segment.records(v1::Record::kAlias).empty() ||
        !segment.records(v1::Record::kOrganization).empty()) {
      return false;
    }
    for (const NameId name : segment.used_names()) {
      if (!known.contains(name)) return false;
    }
  }
  return true;
}

void ResolveNames(CatalogIndex* index, const NameTable& names) {
  IdentityRecords records;
  for (const EvidenceRef& ref :
       FoldRecords(*index, v1::Record::kModel, std::nullopt)) {
    const Segment& segment = *index->segments[ref.segment];
    if (!segment.is_reference()) continue;
    records.canonical.push_back(segment.record(ref.row).model().name());
  }
  for (const EvidenceRef& ref : index->records[v1::Record::kAlias]) {
    records.aliases.push_back(
        &index->segments[ref.segment]->record(ref.row).alias());
  }
  absl::flat_hash_set<NameId> used;
  for (uint32_t i = 0; i < index->segments.size(); ++i) {
    const auto ids = index->segments[i]->used_names();
    if (!index->superseded[i]) used.insert(ids.begin(), ids.end());
  }
  records.names.assign(used.begin(), used.end());
  std::sort(records.names.begin(), records.names.end());
  index->resolution = Resolution::Build(records, names);

  std::vector<OrganizationRecord> organizations;
  for (const EvidenceRef& ref : index->records[v1::Record::kOrganization]) {
    const Segment& segment = *index->segments[ref.segment];
    organizations.push_back(
        {&segment.record(ref.row).organization(), segment.is_reference()});
  }
  index->organizations = OrganizationTable::Build(organizations);
}

void IndexModelRecords(CatalogIndex* index, const NameTable& names) {
  index->model_records.resize(index->resolution->entities().size());
  const auto add = [&](const EvidenceRef& ref) {
    const Segment& segment = *index->segments[ref.segment];
    const auto name = names.Find(segment.meta().source(),
                                 segment.record(ref.row).model().name());
    if (!name) return;
    const EntityId entity =
        index->resolution->Resolve(*name, segment.available()).entity;
    if (entity != kNoEntity) index->model_records[entity].push_back(ref);
  };
  for (const auto& [key, stream] : index->streams) {
    if (stream.is_reference) {
      std::vector<EvidenceRef> refs;
      FoldStream(*index, stream, v1::Record::kModel, std::nullopt, &refs);
      for (const EvidenceRef& ref : refs) add(ref);
      continue;
    }
    for (const uint32_t i : stream.segments) {
      const Segment& segment = *index->segments[i];
      const uint32_t first = segment.first_row(v1::Record::kModel);
      const uint32_t count = segment.records(v1::Record::kModel).size();
      for (uint32_t row = first; row < first + count; ++row) add({i, row});
    }
  }
  for (auto& refs : index->model_records) std::sort(refs.begin(), refs.end());
}

void IndexFormerRecords(CatalogIndex* index, const NameTable& names) {
  for (const auto& [key, stream] : index->streams) {
    if (!stream.is_reference || stream.segments.size() < 2) continue;
    for (const FormerRecord& former :
         FormerRecords(*index, stream, v1::Record::kModel)) {
      const Segment& segment = *index->segments[former.ref.segment];
      const auto name =
          names.Find(segment.meta().source(),
                     segment.record(former.ref.row).model().name());
      if (!name) continue;
      const Meaning meaning =
          index->resolution->Resolve(*name, segment.available());
      index->former_models[meaning.entity].push_back(former);
    }
    for (const FormerRecord& former :
         FormerRecords(*index, stream, v1::Record::kOrganization)) {
      const Segment& segment = *index->segments[former.ref.segment];
      const auto id = index->organizations->Find(
          segment.record(former.ref.row).organization().name());
      if (id) index->former_organizations[*id].push_back(former);
    }
  }
}

}  // namespace

std::vector<EvidenceRef> FoldRecords(const CatalogIndex& index, Kind kind,
                                     std::optional<Day> as_of) {
  std::vector<EvidenceRef> out;
  for (const auto& [key, stream] : index.streams) {
    FoldStream(index, stream, kind, as_of, &out);
  }
  std::sort(out.begin(), out.end());
  return out;
}

std::shared_ptr<const CatalogIndex> BuildIndex(SegmentList segments,
                                               const NameTable& names,
                                               const CatalogIndex* previous) {
  auto index = std::make_shared<CatalogIndex>();
  index->segments = std::move(segments);
  for (const auto& segment : index->segments) {
    index->record_count += segment->rows();
    index->bytes += segment->bytes();
  }
  FindSuperseded(index.get());
  GroupStreams(index.get());
  for (const Kind kind : kKeptKinds) {
    index->records[kind] = FoldRecords(*index, kind, std::nullopt);
  }
  IndexLists(index.get());
  IndexBoardRecords(index.get());
  OrderBoardSources(index.get());
  IndexScores(index.get());
  if (previous != nullptr && previous->resolution != nullptr &&
      SameIdentity(*index, *previous)) {
    index->resolution = previous->resolution;
    index->organizations = previous->organizations;
  } else {
    ResolveNames(index.get(), names);
  }
  IndexModelRecords(index.get(), names);
  IndexFormerRecords(index.get(), names);
  return index;
}

}  // namespace meridian::analysis
