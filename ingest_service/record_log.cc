#include "ingest_service/record_log.h"

#include <openssl/rand.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/status.h"
#include "ingest_service/commit.h"

namespace meridian::ingest {
namespace {

// A snapshot row without a seq is staged, or held when `held` has it. Batches
// of a snapshot stand in the order of their ids.
constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS meta(key TEXT PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS commits(
  seq INTEGER PRIMARY KEY, committed_at TEXT NOT NULL,
  snapshots INTEGER NOT NULL, records INTEGER NOT NULL,
  batch_bytes INTEGER NOT NULL);
CREATE TABLE IF NOT EXISTS snapshots(
  id INTEGER PRIMARY KEY AUTOINCREMENT, run TEXT NOT NULL, seq INTEGER,
  source TEXT, stream TEXT, vintage TEXT, revision INTEGER, digest TEXT,
  data BLOB);
CREATE INDEX IF NOT EXISTS snapshots_staged ON snapshots(run)
  WHERE seq IS NULL;
CREATE INDEX IF NOT EXISTS snapshots_seq ON snapshots(seq);
CREATE INDEX IF NOT EXISTS snapshots_vintage
  ON snapshots(source, stream, vintage, revision) WHERE seq IS NOT NULL;
CREATE INDEX IF NOT EXISTS snapshots_digest ON snapshots(digest)
  WHERE seq IS NOT NULL;
CREATE TABLE IF NOT EXISTS batches(
  id INTEGER PRIMARY KEY AUTOINCREMENT, snapshot INTEGER NOT NULL,
  form INTEGER NOT NULL, codec INTEGER NOT NULL, count INTEGER NOT NULL,
  crc32c INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS batches_snapshot ON batches(snapshot);
CREATE TABLE IF NOT EXISTS observations(
  number INTEGER PRIMARY KEY AUTOINCREMENT, source TEXT NOT NULL,
  stream TEXT NOT NULL, data BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS held(
  snapshot INTEGER PRIMARY KEY, source TEXT NOT NULL, stream TEXT NOT NULL,
  vintage TEXT NOT NULL, digest TEXT NOT NULL, data BLOB NOT NULL);
)";

std::string RandomId() {
  unsigned char bytes[16];
  RAND_bytes(bytes, sizeof(bytes));
  return Hex(absl::string_view(reinterpret_cast<char*>(bytes), sizeof(bytes)));
}

absl::StatusOr<std::string> LogId(Connection& connection) {
  {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT value FROM meta WHERE key = 'log_id'"));
    ASSIGN_OR_RETURN(const bool found, select.Step());
    if (found) return std::string(select.TextAt(0));
  }
  std::string id = RandomId();
  ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO meta(key, value) VALUES('log_id', ?)"));
  RETURN_IF_ERROR(insert.Text(id).Run());
  return id;
}

absl::StatusOr<LogState> ReadState(Connection& connection) {
  LogState state;
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          "SELECT (SELECT COALESCE(MIN(seq), 0) FROM commits),"
          "       (SELECT COALESCE(MAX(seq), 0) FROM commits),"
          "       (SELECT COALESCE(MAX(number), 0) FROM observations)"));
  RETURN_IF_ERROR(select.Step().status());
  state.first_seq = static_cast<uint64_t>(select.IntAt(0));
  state.head_seq = static_cast<uint64_t>(select.IntAt(1));
  state.observation = static_cast<uint64_t>(select.IntAt(2));
  return state;
}

// Staged snapshots of one run; of all when `run` is empty.
absl::Status DeleteAllStaged(Connection& connection, absl::string_view run) {
  std::vector<int64_t> staged;
  {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT id FROM snapshots WHERE seq IS NULL "
                           "AND (?1 = '' OR run = ?1) AND "
                           "id NOT IN (SELECT snapshot FROM held)"));
    select.Text(run);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) break;
      staged.push_back(select.IntAt(0));
    }
  }
  for (const int64_t id : staged) RETURN_IF_ERROR(DeleteStaged(connection, id));
  return absl::OkStatus();
}

absl::StatusOr<v1::StoredBatch> ReadBatch(Connection& connection, int64_t id) {
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare(
          "SELECT form, codec, count, crc32c, data FROM batches WHERE id = ?"));
  ASSIGN_OR_RETURN(const bool found, select.Int(id).Step());
  v1::StoredBatch batch;
  if (found) {
    batch.set_form(static_cast<v1::BatchForm>(select.IntAt(0)));
    batch.set_codec(static_cast<v1::BatchCodec>(select.IntAt(1)));
    batch.set_count(static_cast<uint32_t>(select.IntAt(2)));
    batch.set_crc32c(static_cast<uint32_t>(select.IntAt(3)));
    batch.set_data(std::string(select.TextAt(4)));
  }
  if (!found || Crc32c(batch.data()) != batch.crc32c()) {
    return MakeError(absl::StatusCode::kDataLoss, "BATCH_CORRUPT",
                     absl::StrCat("store: batch ", id,
                                  " does not have its checksum; restore a "
                                  "backup"));
  }
  return batch;
}

absl::Status Insert(Connection& connection, int64_t staged,
                    const v1::StoredBatch& batch) {
  ASSIGN_OR_RETURN(
      Statement insert,
      connection.Prepare("INSERT INTO batches(snapshot, form, codec, count, "
                         "crc32c, data) VALUES(?, ?, ?, ?, ?, ?)"));
  return insert.Int(staged)
      .Int(batch.form())
      .Int(batch.codec())
      .Int(batch.count())
      .Int(batch.crc32c())
      .Blob(batch.data())
      .Run();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RecordLog>> RecordLog::Open(Database& database) {
  std::unique_ptr<RecordLog> log(new RecordLog(database));
  RETURN_IF_ERROR(database.Write(
      Database::Durability::kSynced, [&](Connection& connection) {
        RETURN_IF_ERROR(connection.Execute(kSchema));
        ASSIGN_OR_RETURN(log->id_, LogId(connection));
        RETURN_IF_ERROR(DeleteAllStaged(connection, ""));
        ASSIGN_OR_RETURN(const LogState state, ReadState(connection));
        absl::MutexLock lock(&log->mu_);
        log->state_ = state;
        return absl::OkStatus();
      }));
  return log;
}

LogState RecordLog::state() const {
  absl::MutexLock lock(&mu_);
  return state_;
}

absl::StatusOr<RecordLog::Totals> RecordLog::ReadTotals() const {
  Totals totals;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT COALESCE(SUM(snapshots), 0), "
                           "COALESCE(SUM(records), 0), "
                           "COALESCE(SUM(batch_bytes), 0) FROM commits"));
    RETURN_IF_ERROR(select.Step().status());
    totals.snapshots = static_cast<uint64_t>(select.IntAt(0));
    totals.records = static_cast<uint64_t>(select.IntAt(1));
    totals.batch_bytes = static_cast<uint64_t>(select.IntAt(2));
    return absl::OkStatus();
  }));
  return totals;
}

absl::StatusOr<int64_t> RecordLog::Stage(absl::string_view run) {
  int64_t id = 0;
  RETURN_IF_ERROR(database_.Write(
      Database::Durability::kStaged, [&](Connection& connection) {
        ASSIGN_OR_RETURN(
            Statement insert,
            connection.Prepare(
                "INSERT INTO snapshots(run) VALUES(?) RETURNING id"));
        RETURN_IF_ERROR(insert.Text(run).Step().status());
        id = insert.IntAt(0);
        return insert.Step().status();
      }));
  return id;
}

absl::Status RecordLog::Append(int64_t staged,
                               absl::Span<const v1::StoredBatch> batches) {
  return database_.Write(Database::Durability::kStaged,
                         [&](Connection& connection) {
                           for (const v1::StoredBatch& batch : batches) {
                             RETURN_IF_ERROR(Insert(connection, staged, batch));
                           }
                           return absl::OkStatus();
                         });
}

absl::Status RecordLog::DropOne(int64_t staged) {
  return database_.Write(
      Database::Durability::kStaged,
      [&](Connection& connection) { return DeleteStaged(connection, staged); });
}

absl::StatusOr<std::optional<RecordLog::Stored>> RecordLog::FindBefore(
    const v1::Snapshot& snapshot) const {
  std::optional<Stored> found;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT id, data FROM snapshots WHERE "
                           "seq IS NOT NULL AND source = ? AND stream = ? AND "
                           "vintage <= ? ORDER BY vintage DESC, revision DESC "
                           "LIMIT 1"));
    ASSIGN_OR_RETURN(const bool more, select.Text(snapshot.source())
                                          .Text(snapshot.stream())
                                          .Text(snapshot.vintage().date())
                                          .Step());
    if (!more) return absl::OkStatus();
    found.emplace();
    found->id = select.IntAt(0);
    ASSIGN_OR_RETURN(found->snapshot, ParseSnapshot(select.TextAt(1)));
    return absl::OkStatus();
  }));
  return found;
}

absl::Status RecordLog::Drop(absl::string_view run) {
  return database_.Write(
      Database::Durability::kStaged,
      [&](Connection& connection) { return DeleteAllStaged(connection, run); });
}

absl::Status RecordLog::WriteAndPublish(
    const std::function<absl::Status(Connection&)>& write) {
  LogState state;
  RETURN_IF_ERROR(database_.Write(
      Database::Durability::kSynced, [&](Connection& connection) {
        RETURN_IF_ERROR(write(connection));
        ASSIGN_OR_RETURN(state, ReadState(connection));
        return absl::OkStatus();
      }));
  absl::MutexLock lock(&mu_);
  // Two writers may publish in another order than they wrote.
  state_.head_seq = std::max(state_.head_seq, state.head_seq);
  state_.observation = std::max(state_.observation, state.observation);
  state_.first_seq = state.first_seq;
  return absl::OkStatus();
}

absl::StatusOr<RecordLog::Committed> RecordLog::Commit(
    std::vector<Sealed> snapshots, absl::string_view committed_at,
    const std::function<absl::Status(Connection&, const Committed&)>& also) {
  Committed committed;
  RETURN_IF_ERROR(WriteAndPublish([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(const LogState state, ReadState(connection));
    ASSIGN_OR_RETURN(committed, MakeCommit(connection, state.head_seq + 1,
                                           snapshots, committed_at));
    return also ? also(connection, committed) : absl::OkStatus();
  }));
  return committed;
}

absl::StatusOr<std::vector<v1::SnapshotOutcome>> RecordLog::Plan(
    const std::vector<Sealed>& snapshots) const {
  std::vector<v1::SnapshotOutcome> outcomes;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(outcomes, DecideOutcomes(connection, snapshots));
    return absl::OkStatus();
  }));
  return outcomes;
}

absl::StatusOr<RecordLog::Committed> RecordLog::DecideHeld(
    absl::string_view source, absl::string_view digest, bool discard,
    absl::string_view committed_at,
    const std::function<absl::Status(Connection&, const Committed&)>& also) {
  Committed committed;
  RETURN_IF_ERROR(WriteAndPublish([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Sealed> held,
                     SelectHeld(connection, source, digest));
    if (held.empty()) {
      return MakeError(
          absl::StatusCode::kNotFound, "NOTHING_HELD",
          absl::StrCat("nothing is held of source '", source, "'",
                       digest.empty() ? "" : " with digest ", digest),
          {{"source", std::string(source)}});
    }
    for (const Sealed& one : held) {
      RETURN_IF_ERROR(Release(connection, one.staged));
    }
    if (discard) {
      committed = Committed();
      for (const Sealed& one : held) {
        v1::SnapshotOutcome& outcome = committed.outcomes.emplace_back();
        outcome.set_stream(one.snapshot.stream());
        *outcome.mutable_vintage() = one.snapshot.vintage();
        outcome.set_records(one.snapshot.count());
        outcome.set_digest(one.snapshot.digest());
        RETURN_IF_ERROR(DeleteStaged(connection, one.staged));
      }
    } else {
      ASSIGN_OR_RETURN(const LogState state, ReadState(connection));
      ASSIGN_OR_RETURN(committed, MakeCommit(connection, state.head_seq + 1,
                                             held, committed_at));
    }
    return also ? also(connection, committed) : absl::OkStatus();
  }));
  return committed;
}

absl::StatusOr<std::vector<v1::Snapshot>> RecordLog::ListHeld(
    absl::string_view source) const {
  std::vector<v1::Snapshot> snapshots;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(std::vector<Sealed> held,
                     SelectHeld(connection, source, ""));
    for (Sealed& one : held) snapshots.push_back(std::move(one.snapshot));
    return absl::OkStatus();
  }));
  return snapshots;
}

absl::Status RecordLog::Observe(Connection& connection,
                                const v1::Observation& observation) {
  {
    ASSIGN_OR_RETURN(Statement remove,
                     connection.Prepare("DELETE FROM observations WHERE "
                                        "source = ? AND stream = ?"));
    RETURN_IF_ERROR(
        remove.Text(observation.source()).Text(observation.stream()).Run());
  }
  const std::string data = observation.SerializeAsString();
  ASSIGN_OR_RETURN(Statement insert,
                   connection.Prepare("INSERT INTO observations(source, "
                                      "stream, data) VALUES(?, ?, ?)"));
  return insert.Text(observation.source())
      .Text(observation.stream())
      .Blob(data)
      .Run();
}

absl::Status RecordLog::Observe(const v1::Observation& observation) {
  return WriteAndPublish(
      [&](Connection& connection) { return Observe(connection, observation); });
}

absl::StatusOr<v1::CommitBegin> RecordLog::ReadCommit(uint64_t seq) const {
  v1::CommitBegin begin;
  begin.set_seq(seq);
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement commit,
        connection.Prepare("SELECT committed_at FROM commits WHERE seq = ?"));
    ASSIGN_OR_RETURN(const bool found,
                     commit.Int(static_cast<int64_t>(seq)).Step());
    if (!found) {
      return MakeError(absl::StatusCode::kOutOfRange, "POSITION_OUT_OF_RANGE",
                       absl::StrCat("the log has no commit ", seq));
    }
    begin.set_committed_at(std::string(commit.TextAt(0)));
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare(
            "SELECT data FROM snapshots WHERE seq = ? ORDER BY id"));
    select.Int(static_cast<int64_t>(seq));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      ASSIGN_OR_RETURN(*begin.add_snapshots(), ParseSnapshot(select.TextAt(0)));
    }
  }));
  return begin;
}

absl::Status RecordLog::ForEachBatch(
    uint64_t seq,
    const std::function<absl::Status(uint32_t, v1::StoredBatch)>& visit) const {
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare(
                         "SELECT id FROM snapshots WHERE seq = ? ORDER BY id"));
    select.Int(static_cast<int64_t>(seq));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      ids.push_back(select.IntAt(0));
    }
  }));
  for (uint32_t i = 0; i < ids.size(); ++i) {
    RETURN_IF_ERROR(ForEachBatchOf(ids[i], [&](v1::StoredBatch batch) {
      return visit(i, std::move(batch));
    }));
  }
  return absl::OkStatus();
}

absl::Status RecordLog::ForEachBatchOf(
    int64_t snapshot,
    const std::function<absl::Status(v1::StoredBatch)>& visit) const {
  std::vector<int64_t> ids;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare(
            "SELECT id FROM batches WHERE snapshot = ? ORDER BY id"));
    select.Int(snapshot);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      ids.push_back(select.IntAt(0));
    }
  }));
  for (const int64_t id : ids) {
    v1::StoredBatch batch;
    RETURN_IF_ERROR(database_.Read([&](Connection& connection) {
      ASSIGN_OR_RETURN(batch, ReadBatch(connection, id));
      return absl::OkStatus();
    }));
    RETURN_IF_ERROR(visit(std::move(batch)));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<RecordLog::Stored>> RecordLog::FindSnapshots(
    absl::string_view prefix) const {
  std::vector<Stored> found;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    // Hex digits sort before 'g'.
    const std::string end = absl::StrCat(prefix, "g");
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare(
            "SELECT MAX(id), data FROM snapshots WHERE seq IS NOT NULL AND "
            "digest >= ? AND digest < ? GROUP BY digest LIMIT 2"));
    select.Text(prefix).Text(end);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      Stored stored;
      stored.id = select.IntAt(0);
      ASSIGN_OR_RETURN(stored.snapshot, ParseSnapshot(select.TextAt(1)));
      found.push_back(std::move(stored));
    }
  }));
  return found;
}

absl::StatusOr<std::vector<v1::Snapshot>> RecordLog::ListSnapshots(
    absl::string_view source, uint64_t at_seq, uint64_t offset,
    uint32_t most) const {
  std::vector<v1::Snapshot> snapshots;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare(
                         "SELECT data FROM snapshots WHERE seq <= ?1 AND "
                         "(?2 = '' OR source = ?2) ORDER BY seq DESC, id DESC "
                         "LIMIT ?3 OFFSET ?4"));
    select.Int(static_cast<int64_t>(at_seq))
        .Text(source)
        .Int(most)
        .Int(static_cast<int64_t>(offset));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      ASSIGN_OR_RETURN(v1::Snapshot snapshot, ParseSnapshot(select.TextAt(0)));
      snapshots.push_back(std::move(snapshot));
    }
  }));
  return snapshots;
}

absl::StatusOr<RecordLog::Observations> RecordLog::ObservationsAfter(
    uint64_t after) const {
  Observations result;
  result.last = after;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT number, data FROM observations "
                                        "WHERE number > ? ORDER BY number"));
    select.Int(static_cast<int64_t>(after));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      result.last = static_cast<uint64_t>(select.IntAt(0));
      v1::Observation& observation = result.observations.emplace_back();
      observation.ParseFromString(std::string(select.TextAt(1)));
    }
  }));
  return result;
}

absl::StatusOr<v1::Observation> RecordLog::NewestObservation(
    absl::string_view source) const {
  v1::Observation observation;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT data FROM observations WHERE source = ? "
                           "ORDER BY number DESC LIMIT 1"));
    ASSIGN_OR_RETURN(const bool found, select.Text(source).Step());
    if (found) observation.ParseFromString(std::string(select.TextAt(0)));
    return absl::OkStatus();
  }));
  return observation;
}

LogState RecordLog::Wait(const LogState& seen, absl::Time deadline) const {
  absl::MutexLock lock(&mu_);
  const auto further = [&]() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mu_) {
    return state_.closing || state_.head_seq > seen.head_seq ||
           state_.observation > seen.observation;
  };
  mu_.AwaitWithDeadline(absl::Condition(&further), deadline);
  return state_;
}

void RecordLog::WakeAll() {
  absl::MutexLock lock(&mu_);
  state_.closing = true;
}

}  // namespace meridian::ingest
