#include "analysis_service/feed_reader.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

// The feed is not what it must be: nothing of the open commit can be used,
// and reading it again from the kept position may help.
absl::Status Broken(absl::string_view reason, absl::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, reason,
                   absl::StrCat("feed: ", what));
}

}  // namespace

void FeedReader::StartOver() {
  log_id_.clear();
  position_ = 0;
  BeginLog("");
}

void FeedReader::BeginConnection() {
  open_.reset();
  live_ = false;
}

absl::Status FeedReader::Begin(const v1::LogHead& head) {
  if (!log_id_.empty() && head.log_id() != log_id_) {
    return MakeError(
        absl::StatusCode::kOutOfRange, "UNKNOWN_LOG",
        absl::StrCat("feed: log ", log_id_, " became ", head.log_id()));
  }
  if (log_id_.empty()) {
    log_id_ = head.log_id();
    BeginLog(log_id_);
  }
  next_ = position_ + 1;
  if (position_ == 0) next_ = std::max<uint64_t>(next_, head.first_seq());
  return absl::OkStatus();
}

absl::Status FeedReader::Begin(const v1::CommitBegin& begin) {
  if (open_ != nullptr) {
    return Broken("FEED_OUT_OF_ORDER", "a commit begins at the wrong place");
  }
  if (begin.seq() != next_) {
    return Broken("FEED_GAP",
                  absl::StrCat("expected seq ", next_, ", got ", begin.seq()));
  }
  auto open = std::make_unique<OpenCommit>();
  open->seq = begin.seq();
  for (v1::Snapshot meta : begin.snapshots()) {
    meta.set_seq(begin.seq());
    std::shared_ptr<const Segment> base;
    if (meta.mode() == v1::SNAPSHOT_MODE_ADDS) {
      base = FindSegment(meta.base_digest());
      if (base == nullptr) {
        return Broken("FEED_GAP",
                      absl::StrCat("snapshot ", meta.digest(), " builds on ",
                                   meta.base_digest(), ", which did not come"));
      }
    }
    ASSIGN_OR_RETURN(auto builder,
                     SegmentBuilder::Create(std::move(meta), names_));
    if (base != nullptr) builder->SetBase(std::move(base));
    open->builders.push_back(std::move(builder));
  }
  open_ = std::move(open);
  return absl::OkStatus();
}

absl::Status FeedReader::Add(const v1::FeedBatch& batch) {
  if (open_ == nullptr || batch.snapshot() >= open_->builders.size()) {
    return Broken("FEED_OUT_OF_ORDER", "a batch belongs to no snapshot");
  }
  ++open_->batches;
  return open_->builders[batch.snapshot()]->Add(batch.batch());
}

absl::Status FeedReader::End(const v1::CommitEnd& end) {
  if (open_ == nullptr || end.seq() != open_->seq) {
    return Broken("FEED_OUT_OF_ORDER", "a commit ends that is not open");
  }
  if (end.batches() != open_->batches) {
    return Broken("FEED_GAP",
                  absl::StrCat("commit ", end.seq(), " has ", end.batches(),
                               " batches, ", open_->batches, " came"));
  }
  std::vector<std::shared_ptr<const Segment>> segments;
  for (const auto& builder : open_->builders) {
    ASSIGN_OR_RETURN(auto segment, builder->Finish());
    segments.push_back(std::move(segment));
  }
  pending_.insert(pending_.end(), segments.begin(), segments.end());
  position_ = open_->seq;
  next_ = position_ + 1;
  open_.reset();
  return absl::OkStatus();
}

std::shared_ptr<const Segment> FeedReader::FindSegment(
    absl::string_view digest) const {
  // The newest first: that is what changes build on.
  for (auto it = pending_.rbegin(); it != pending_.rend(); ++it) {
    if ((*it)->meta().digest() == digest) return *it;
  }
  const auto segments = catalog_->segments();
  for (auto it = segments.rbegin(); it != segments.rend(); ++it) {
    if ((*it)->meta().digest() == digest) return *it;
  }
  return nullptr;
}

void FeedReader::Observe(const v1::Observation& observation) {
  catalog_ = catalog_->WithObservation(observation);
  if (live_) store_.Swap(catalog_);
}

void FeedReader::Publish(absl::Time now) {
  catalog_ = catalog_->With(std::move(pending_), position_);
  pending_.clear();
  published_ = now;
  store_.Swap(catalog_);
}

void FeedReader::BeginLog(const std::string& log_id) {
  names_ = std::make_shared<NameTable>();
  pending_.clear();
  open_.reset();
  catalog_ = Catalog::Empty(log_id, names_);
  store_.Swap(catalog_);
}

}  // namespace meridian::analysis
