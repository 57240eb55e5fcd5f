#include "ingest_service/changes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/records/batch.h"

namespace meridian::ingest {
namespace {

constexpr uint64_t kFewestRecords = 1000;
constexpr uint32_t kLongestChain = 30;
// At most one record in so many may have changed.
constexpr uint64_t kChangedOneIn = 5;

constexpr size_t kMostExamples = 20;

using Keys = absl::flat_hash_set<std::string>;
using Mark = ContentDigest::Mark;

// What a record is about, in the words of its document.
std::string SubjectOf(const v1::Record& record) {
  switch (record.kind_case()) {
    case v1::Record::kModel:
      return record.model().name();
    case v1::Record::kOffering:
      return absl::StrCat(record.offering().operator_(), "/",
                          record.offering().route());
    case v1::Record::kUsage:
      return absl::StrCat(record.usage().subject(), ", ",
                          record.usage().measure());
    case v1::Record::kScore: {
      const v1::Score& score = record.score();
      std::string text = score.model();
      for (const std::string& part :
           {score.configuration(), score.board(), score.category()}) {
        if (!part.empty()) absl::StrAppend(&text, ", ", part);
      }
      return text;
    }
    case v1::Record::kIndicator:
      return absl::StrCat(record.indicator().name(), ", ",
                          record.indicator().area(), ", ",
                          record.indicator().period());
    case v1::Record::kOrganization:
      return record.organization().name();
    case v1::Record::kAlias:
      return absl::StrCat(record.alias().name(), " is ",
                          record.alias().model());
    default: {
      v1::Record shown = record;
      shown.clear_locator();
      shown.clear_notes();
      shown.clear_cites();
      return CleanUtf8(shown.ShortDebugString(), 100);
    }
  }
}

std::string KeyOf(const RecordHash& hash) {
  return std::string(reinterpret_cast<const char*>(hash.key.data()),
                     hash.key.size());
}

absl::Status Visit(
    const RecordLog& log, const RecordLog::Stored& snapshot, Keys& hidden,
    const std::function<absl::Status(const v1::Record&, const v1::Snapshot&)>&
        visit) {
  const bool has_base = snapshot.snapshot.mode() == v1::SNAPSHOT_MODE_ADDS;
  Keys own;
  RETURN_IF_ERROR(log.ForEachBatchOf(snapshot.id, [&](v1::StoredBatch batch) {
    return ForEachRecord(batch, [&](const v1::Record& record) -> absl::Status {
      if (has_base || !hidden.empty()) {
        ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
        std::string key = KeyOf(hash);
        if (hidden.contains(key)) return absl::OkStatus();
        if (has_base) own.insert(std::move(key));
      }
      return visit(record, snapshot.snapshot);
    });
  }));
  if (!has_base) return absl::OkStatus();
  hidden.merge(own);
  for (const std::string& key : snapshot.snapshot.gone_keys()) {
    hidden.insert(key);
  }
  ASSIGN_OR_RETURN(const std::vector<RecordLog::Stored> base,
                   log.FindSnapshots(snapshot.snapshot.base_digest()));
  if (base.size() != 1) {
    return MakeError(
        absl::StatusCode::kDataLoss, "STORE_CORRUPT",
        absl::StrCat("store: the snapshot ", snapshot.snapshot.base_digest(),
                     " that another builds on is missing; restore "
                     "a backup"));
  }
  return Visit(log, base[0], hidden, visit);
}

}  // namespace

bool IsKeyed(const v1::Record& record) {
  switch (record.kind_case()) {
    case v1::Record::kModel:
    case v1::Record::kOffering:
    case v1::Record::kUsage:
      return true;
    default:
      return false;
  }
}

absl::Status ForEachRecordOf(
    const RecordLog& log, const RecordLog::Stored& snapshot,
    const std::function<absl::Status(const v1::Record&, const v1::Snapshot&)>&
        visit) {
  Keys hidden;
  return Visit(log, snapshot, hidden, visit);
}

absl::StatusOr<std::optional<Difference>> CompareWithBefore(
    const RecordLog& log, const v1::Snapshot& snapshot, ContentDigest& digest) {
  ASSIGN_OR_RETURN(std::optional<RecordLog::Stored> base,
                   log.FindBefore(snapshot));
  if (!base) return std::nullopt;
  Difference difference;
  difference.base = *std::move(base);
  RETURN_IF_ERROR(ForEachRecordOf(
      log, difference.base,
      [&](const v1::Record& record, const v1::Snapshot&) -> absl::Status {
        ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
        const std::optional<Mark> mark = digest.Compare(hash);
        if (mark == Mark::kSame) {
          ++difference.unchanged;
        } else if (mark == Mark::kOther) {
          ++difference.changed;
        } else {
          if (difference.gone_examples.size() < kMostExamples) {
            difference.gone_examples.push_back(SubjectOf(record));
          }
          difference.gone.push_back(KeyOf(hash));
        }
        return absl::OkStatus();
      }));
  return difference;
}

absl::StatusOr<v1::SnapshotDifference> Describe(const RecordLog& log,
                                                const Difference& difference,
                                                const ContentDigest& digest,
                                                int64_t staged) {
  v1::SnapshotDifference out;
  out.set_digest(difference.base.snapshot.digest());
  *out.mutable_vintage() = difference.base.snapshot.vintage();
  out.set_added(digest.count() - difference.unchanged - difference.changed);
  out.set_changed(difference.changed);
  out.set_gone(difference.gone.size());
  if (staged < 0) return out;
  for (const std::string& gone : difference.gone_examples) {
    out.add_gone_examples(gone);
  }
  RETURN_IF_ERROR(log.ForEachBatchOf(staged, [&](v1::StoredBatch batch) {
    return ForEachRecord(batch, [&](const v1::Record& record) -> absl::Status {
      ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
      const Mark mark = digest.MarkOf(hash.key);
      if (mark == Mark::kSame) return absl::OkStatus();
      auto* examples = mark == Mark::kOther ? out.mutable_changed_examples()
                                            : out.mutable_added_examples();
      if (examples->size() < static_cast<int>(kMostExamples)) {
        *examples->Add() = SubjectOf(record);
      }
      return absl::OkStatus();
    });
  }));
  return out;
}

absl::StatusOr<int64_t> StoreAsChanges(RecordLog& log, absl::string_view run,
                                       int64_t staged,
                                       const Difference& difference,
                                       const ContentDigest& digest,
                                       v1::Snapshot* snapshot) {
  if (snapshot->count() < kFewestRecords) return staged;
  const v1::Snapshot& base = difference.base.snapshot;
  if (base.chain() >= kLongestChain) return staged;
  const uint64_t most = snapshot->count() / kChangedOneIn;
  if (snapshot->count() - difference.unchanged + difference.gone.size() >
      most) {
    return staged;
  }

  ASSIGN_OR_RETURN(const int64_t changes, log.Stage(run));
  BatchBuilder builder;
  const auto flush = [&](bool last) -> absl::Status {
    std::vector<v1::StoredBatch> batches;
    while (builder.ready() || last) {
      v1::StoredBatch batch = builder.TakeStored();
      if (batch.count() == 0) break;
      batches.push_back(std::move(batch));
    }
    return log.Append(changes, batches);
  };
  RETURN_IF_ERROR(log.ForEachBatchOf(staged, [&](v1::StoredBatch batch) {
    return ForEachRecord(batch, [&](const v1::Record& record) -> absl::Status {
      ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
      if (digest.MarkOf(hash.key) == Mark::kSame) return absl::OkStatus();
      builder.Add(record);
      return builder.ready() ? flush(false) : absl::OkStatus();
    });
  }));
  RETURN_IF_ERROR(flush(true));
  RETURN_IF_ERROR(log.DropOne(staged));
  snapshot->set_mode(v1::SNAPSHOT_MODE_ADDS);
  snapshot->set_base_seq(base.seq());
  snapshot->set_base_digest(base.digest());
  snapshot->set_chain(base.chain() + 1);
  std::vector<std::string> sorted = difference.gone;
  std::sort(sorted.begin(), sorted.end());
  for (std::string& key : sorted) snapshot->add_gone_keys(std::move(key));
  return changes;
}

}  // namespace meridian::ingest
