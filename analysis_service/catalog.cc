#include "analysis_service/catalog.h"

#include <algorithm>
#include <list>
#include <set>

#include "absl/strings/str_cat.h"
#include "analysis_service/catalog_index.h"
#include "common/base/status.h"

namespace meridian::analysis {

// What the last few catalogs of older seqs look up, newest use first.
struct AtSeqCache {
  // A person compares two or three states; each costs an index.
  static constexpr size_t kMost = 4;
  absl::Mutex mu;
  std::list<std::pair<uint64_t, std::shared_ptr<const CatalogIndex>>> entries
      ABSL_GUARDED_BY(mu);
};

std::shared_ptr<const Catalog> Catalog::Empty(
    std::string log_id, std::shared_ptr<const NameTable> names) {
  std::shared_ptr<Catalog> catalog(new Catalog);
  catalog->log_id_ = std::move(log_id);
  catalog->index_ = BuildIndex({}, *names, nullptr);
  catalog->names_ = std::move(names);
  catalog->at_seq_ = std::make_shared<AtSeqCache>();
  return catalog;
}

std::shared_ptr<const Catalog> Catalog::With(
    std::vector<std::shared_ptr<const Segment>> added, uint64_t seq) const {
  std::shared_ptr<Catalog> next(new Catalog(*this));
  next->seq_ = seq;
  if (added.empty()) return next;
  SegmentList all = index_->segments;
  all.insert(all.end(), std::make_move_iterator(added.begin()),
             std::make_move_iterator(added.end()));
  next->index_ = BuildIndex(std::move(all), *names_, index_.get());
  return next;
}

std::shared_ptr<const Catalog> Catalog::WithOverlay(
    std::vector<std::shared_ptr<const Segment>> overlay,
    std::shared_ptr<const NameTable> names) const {
  std::shared_ptr<Catalog> next(new Catalog(*this));
  next->names_ = std::move(names);
  SegmentList all = index_->segments;
  all.insert(all.end(), std::make_move_iterator(overlay.begin()),
             std::make_move_iterator(overlay.end()));
  next->index_ = BuildIndex(std::move(all), *next->names_, index_.get());
  // An older state of the log does not hold it.
  next->at_seq_ = std::make_shared<AtSeqCache>();
  return next;
}

std::shared_ptr<const Catalog> Catalog::WithObservation(
    const v1::Observation& observation) const {
  std::shared_ptr<Catalog> next(new Catalog(*this));
  v1::Observation& kept = next->observations_[observation.source()];
  // The feed may repeat older ones; RFC 3339 in UTC sorts as text.
  if (kept.at() <= observation.at()) kept = observation;
  return next;
}

absl::StatusOr<std::shared_ptr<const Catalog>> Catalog::AtSeq(
    uint64_t seq) const {
  if (seq > seq_) {
    return MakeError(
        absl::StatusCode::kOutOfRange, "SEQ_OUT_OF_RANGE",
        absl::StrCat("seq ", seq,
                     " is not known; the catalog is "
                     "at ",
                     seq_),
        {{"seq", absl::StrCat(seq)}, {"newest", absl::StrCat(seq_)}});
  }
  std::shared_ptr<Catalog> then(new Catalog(*this));
  then->seq_ = seq;
  SegmentList older;
  for (const auto& segment : index_->segments) {
    if (segment->meta().seq() <= seq) older.push_back(segment);
  }
  if (older.size() == index_->segments.size()) return then;
  absl::MutexLock lock(&at_seq_->mu);
  auto& entries = at_seq_->entries;
  const auto found =
      std::find_if(entries.begin(), entries.end(),
                   [&](const auto& entry) { return entry.first == seq; });
  if (found != entries.end()) {
    entries.splice(entries.begin(), entries, found);
  } else {
    entries.emplace_front(seq, BuildIndex(std::move(older), *names_, nullptr));
    if (entries.size() > AtSeqCache::kMost) entries.pop_back();
  }
  then->index_ = entries.front().second;
  return then;
}

absl::Span<const std::shared_ptr<const Segment>> Catalog::segments() const {
  return index_->segments;
}

bool Catalog::is_superseded(uint32_t segment) const {
  return index_->superseded[segment];
}

const Resolution& Catalog::resolution() const { return *index_->resolution; }

const OrganizationTable& Catalog::organizations() const {
  return *index_->organizations;
}

absl::Span<const EvidenceRef> Catalog::organization_records() const {
  return Records(v1::Record::kOrganization);
}

std::vector<std::string> Catalog::BoardIds() const {
  std::set<std::string> ids;
  for (const auto& [board, slices] : index_->boards) ids.insert(board);
  for (const auto& [board, ref] : index_->board_records) ids.insert(board);
  return {ids.begin(), ids.end()};
}

v1::Board Catalog::DescribeBoard(absl::string_view board,
                                 std::optional<EvidenceRef>* ref) const {
  const auto it = index_->board_records.find(std::string(board));
  if (it == index_->board_records.end()) {
    v1::Board unknown;
    unknown.set_board(std::string(board));
    return unknown;
  }
  if (ref != nullptr) *ref = it->second;
  return record(it->second).board();
}

std::vector<std::string> Catalog::BoardSources(absl::string_view board) const {
  const auto it = index_->board_sources.find(std::string(board));
  return it == index_->board_sources.end() ? std::vector<std::string>()
                                           : it->second;
}

std::vector<SliceSummary> Catalog::Slices(absl::string_view board,
                                          Day as_of) const {
  std::vector<SliceSummary> summaries;
  const auto slices = index_->boards.find(std::string(board));
  if (slices == index_->boards.end()) return summaries;
  for (const auto& [key, snapshots] : slices->second) {
    SliceSummary summary;
    summary.category = key.first;
    summary.method = key.second;
    for (const ScoreSnapshot& snapshot : snapshots) {
      if (snapshot.available > as_of) break;
      if (summary.snapshots++ == 0) summary.first = snapshot.available;
      // Of one day the first speaks.
      if (summary.snapshots > 1 && snapshot.available == summary.last) continue;
      summary.last = snapshot.available;
      summary.rows =
          index_->segments[snapshot.segment]->slices()[snapshot.slice].rows();
    }
    if (summary.snapshots > 0) summaries.push_back(std::move(summary));
  }
  return summaries;
}

std::vector<ScoreSnapshot> Catalog::Snapshots(absl::string_view board,
                                              absl::string_view category,
                                              absl::string_view method,
                                              Day as_of) const {
  const auto slices = index_->boards.find(std::string(board));
  if (slices == index_->boards.end()) return {};
  const auto it =
      slices->second.find({std::string(category), std::string(method)});
  if (it == slices->second.end()) return {};
  std::vector<ScoreSnapshot> found;
  for (const ScoreSnapshot& snapshot : it->second) {
    if (snapshot.available > as_of) break;
    found.push_back(snapshot);
  }
  return found;
}

std::optional<ScoreSnapshot> Catalog::Speaking(absl::string_view board,
                                               absl::string_view category,
                                               absl::string_view method,
                                               Day day) const {
  const std::vector<ScoreSnapshot> all =
      Snapshots(board, category, method, day);
  if (all.empty()) return std::nullopt;
  return *std::find_if(all.begin(), all.end(), [&](const ScoreSnapshot& one) {
    return one.available == all.back().available;
  });
}

std::vector<EvidenceRef> Catalog::Records(v1::Record::KindCase kind,
                                          Day as_of) const {
  return FoldRecords(*index_, kind, as_of);
}

absl::Span<const EvidenceRef> Catalog::Records(
    v1::Record::KindCase kind) const {
  const auto it = index_->records.find(kind);
  if (it == index_->records.end()) return {};
  return it->second;
}

absl::Span<const EvidenceRef> Catalog::ModelRecords(EntityId entity) const {
  if (entity >= index_->model_records.size()) return {};
  return index_->model_records[entity];
}

absl::Span<const FormerRecord> Catalog::FormerModelRecords(
    EntityId entity) const {
  const auto it = index_->former_models.find(entity);
  if (it == index_->former_models.end()) return {};
  return it->second;
}

absl::Span<const FormerRecord> Catalog::FormerOrganizationRecords(
    OrganizationId organization) const {
  const auto it = index_->former_organizations.find(organization);
  if (it == index_->former_organizations.end()) return {};
  return it->second;
}

Meaning Catalog::Resolve(NameId name, uint32_t segment) const {
  return resolution().Resolve(name, index_->segments[segment]->available());
}

bool Catalog::HasList(absl::string_view list) const {
  return index_->lists.count(std::string(list)) > 0;
}

std::vector<std::string> Catalog::Lists() const {
  std::vector<std::string> names;
  for (const auto& [list, members] : index_->lists) names.push_back(list);
  return names;
}

std::vector<std::string> Catalog::Members(absl::string_view list,
                                          Day day) const {
  std::set<std::string> members;
  const auto it = index_->lists.find(std::string(list));
  if (it == index_->lists.end()) return {};
  for (const DatedMember& member : it->second) {
    if (member.from <= day && day <= member.to) members.insert(member.member);
  }
  return {members.begin(), members.end()};
}

std::vector<EvidenceRef> Catalog::MembershipRecords(absl::string_view list,
                                                    absl::string_view member,
                                                    Day day) const {
  std::vector<EvidenceRef> refs;
  const auto it = index_->lists.find(std::string(list));
  if (it == index_->lists.end()) return refs;
  for (const DatedMember& entry : it->second) {
    if (entry.member == member && entry.from <= day && day <= entry.to) {
      refs.push_back(entry.ref);
    }
  }
  return refs;
}

uint64_t Catalog::record_count() const { return index_->record_count; }

uint64_t Catalog::bytes() const { return index_->bytes + names_->bytes(); }

std::vector<SourceCounts> Catalog::Sources() const {
  std::map<std::string, SourceCounts> by_source;
  std::map<std::string, Day> newest;
  for (const auto& segment : index_->segments) {
    const std::string& source = segment->meta().source();
    SourceCounts& counts = by_source[source];
    ++counts.snapshots;
    counts.records += segment->rows();
    const auto [it, first] = newest.emplace(source, segment->available());
    if (first || segment->available() >= it->second) {
      it->second = segment->available();
      counts.newest_vintage = segment->meta().vintage().date();
    }
  }
  for (const auto& [source, observation] : observations_) {
    by_source[source].last_observation = observation;
  }
  std::vector<SourceCounts> sources;
  for (auto& [source, counts] : by_source) {
    counts.source = source;
    sources.push_back(std::move(counts));
  }
  return sources;
}

const v1::Observation* Catalog::LastObservation(
    absl::string_view source) const {
  const auto it = observations_.find(std::string(source));
  return it == observations_.end() ? nullptr : &it->second;
}

CatalogStore::CatalogStore(std::shared_ptr<const Catalog> first)
    : current_(std::move(first)) {}

std::shared_ptr<const Catalog> CatalogStore::Current() const {
  absl::MutexLock lock(&mu_);
  return current_;
}

void CatalogStore::Swap(std::shared_ptr<const Catalog> next) {
  absl::MutexLock lock(&mu_);
  current_.swap(next);
}

absl::StatusOr<std::shared_ptr<const Catalog>> CatalogStore::WaitForSeq(
    uint64_t seq, absl::Time deadline) const {
  absl::MutexLock lock(&mu_);
  const auto arrived = [this, seq]() ABSL_SHARED_LOCKS_REQUIRED(mu_) {
    return current_->seq() >= seq;
  };
  if (mu_.AwaitWithDeadline(absl::Condition(&arrived), deadline)) {
    return current_;
  }
  return MakeError(
      absl::StatusCode::kUnavailable, "NOT_CAUGHT_UP",
      absl::StrCat("the catalog is at seq ", current_->seq(), ", not yet at ",
                   seq, "; try again later"),
      {{"seq", absl::StrCat(current_->seq())}, {"wanted", absl::StrCat(seq)}});
}

}  // namespace meridian::analysis
