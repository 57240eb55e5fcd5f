#include "ingest_service/changes.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/records/batch.h"

namespace meridian::ingest {
namespace {

constexpr uint64_t kFewestRecords = 1000;
constexpr uint32_t kLongestChain = 30;
// At most one record in so many may have changed.
constexpr uint64_t kChangedOneIn = 5;

using Keys = absl::flat_hash_set<std::string>;

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

absl::StatusOr<int64_t> StoreAsChanges(RecordLog& log, absl::string_view run,
                                       int64_t staged,
                                       const ContentDigest& digest,
                                       v1::Snapshot* snapshot) {
  if (snapshot->count() < kFewestRecords) return staged;
  ASSIGN_OR_RETURN(const std::optional<RecordLog::Stored> base,
                   log.FindBefore(*snapshot));
  if (!base || base->snapshot.chain() >= kLongestChain) return staged;
  const uint64_t most = snapshot->count() / kChangedOneIn;
  // First what is gone and how much stays; an empty set is full of news.
  Keys unchanged, gone;
  RETURN_IF_ERROR(ForEachRecordOf(
      log, *base,
      [&](const v1::Record& record, const v1::Snapshot&) -> absl::Status {
        ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
        const Sha256Digest* content = digest.Find(hash.key);
        if (content == nullptr) {
          gone.insert(KeyOf(hash));
        } else if (*content == hash.content) {
          unchanged.insert(KeyOf(hash));
        }
        return absl::OkStatus();
      }));
  if (snapshot->count() - unchanged.size() + gone.size() > most) return staged;

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
      if (unchanged.contains(KeyOf(hash))) return absl::OkStatus();
      builder.Add(record);
      return builder.ready() ? flush(false) : absl::OkStatus();
    });
  }));
  RETURN_IF_ERROR(flush(true));
  RETURN_IF_ERROR(log.DropOne(staged));
  snapshot->set_mode(v1::SNAPSHOT_MODE_ADDS);
  snapshot->set_base_seq(base->snapshot.seq());
  snapshot->set_base_digest(base->snapshot.digest());
  snapshot->set_chain(base->snapshot.chain() + 1);
  std::vector<std::string> sorted(gone.begin(), gone.end());
  std::sort(sorted.begin(), sorted.end());
  for (std::string& key : sorted) snapshot->add_gone_keys(std::move(key));
  return changes;
}

}  // namespace meridian::ingest
