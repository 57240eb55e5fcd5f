#include "ingest_service/run_store.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS runs(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  source TEXT NOT NULL, state INTEGER NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS runs_source ON runs(source, number);
CREATE TABLE IF NOT EXISTS rejected(
  number INTEGER PRIMARY KEY AUTOINCREMENT, run INTEGER NOT NULL,
  source TEXT NOT NULL, data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS rejected_run ON rejected(run);
)";

v1::Run ParseRun(absl::string_view data) {
  v1::Run run;
  run.ParseFromArray(data.data(), static_cast<int>(data.size()));
  return run;
}

absl::Status Interrupt(Connection& connection, absl::string_view now) {
  std::vector<v1::Run> open;
  {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT data FROM runs WHERE state = ?"));
    select.Int(v1::RUN_STATE_RUNNING);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) break;
      open.push_back(ParseRun(select.TextAt(0)));
    }
  }
  for (v1::Run& run : open) {
    run.set_state(v1::RUN_STATE_INTERRUPTED);
    run.set_ended_at(std::string(now));
    run.mutable_error()->set_reason("RUN_INTERRUPTED");
    run.mutable_error()->set_message(
        "the service ended before the run did; run the source again");
    RETURN_IF_ERROR(RunStore::Save(connection, run));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<RunStore>> RunStore::Open(
    Database& database, absl::string_view now) {
  RETURN_IF_ERROR(database.Write(Database::Durability::kSynced,
                                 [&](Connection& connection) {
                                   RETURN_IF_ERROR(connection.Execute(kSchema));
                                   return Interrupt(connection, now);
                                 }));
  return std::unique_ptr<RunStore>(new RunStore(database));
}

absl::Status RunStore::Save(Connection& connection, const v1::Run& run) {
  const std::string data = run.SerializeAsString();
  {
    ASSIGN_OR_RETURN(
        Statement insert,
        connection.Prepare(
            "INSERT INTO runs(id, source, state, data) VALUES(?, ?, ?, ?) "
            "ON CONFLICT(id) DO UPDATE SET state = excluded.state, "
            "data = excluded.data"));
    RETURN_IF_ERROR(insert.Text(run.id())
                        .Text(run.source())
                        .Int(run.state())
                        .Blob(data)
                        .Run());
  }
  if (run.state() != v1::RUN_STATE_RUNNING) return absl::OkStatus();
  ASSIGN_OR_RETURN(
      Statement tidy,
      connection.Prepare(
          "DELETE FROM rejected WHERE run IN (SELECT number FROM runs WHERE "
          "source = ? ORDER BY number DESC LIMIT -1 OFFSET ?)"));
  return tidy.Text(run.source()).Int(kRunsWithRejected).Run();
}

absl::Status RunStore::Save(const v1::Run& run) {
  return database_.Write(
      Database::Durability::kSynced,
      [&](Connection& connection) { return Save(connection, run); });
}

absl::StatusOr<v1::Run> RunStore::Get(absl::string_view id) const {
  v1::Run run;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT data FROM runs WHERE id = ?"));
    ASSIGN_OR_RETURN(const bool found, select.Text(id).Step());
    if (!found) {
      return MakeError(
          absl::StatusCode::kNotFound, "UNKNOWN_RUN",
          absl::StrCat("there is no run '", id, "'; ListRuns names them"),
          {{"run", std::string(id)}});
    }
    run = ParseRun(select.TextAt(0));
    return absl::OkStatus();
  }));
  return run;
}

absl::StatusOr<std::optional<v1::Run>> RunStore::Newest(
    absl::string_view source) const {
  ASSIGN_OR_RETURN(Runs runs, List(source, 0, 1));
  if (runs.runs.empty()) return std::nullopt;
  return std::move(runs.runs[0]);
}

absl::StatusOr<RunStore::Runs> RunStore::List(absl::string_view source,
                                              uint64_t before,
                                              uint32_t most) const {
  Runs result;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT number, data FROM runs WHERE "
                                        "(?1 = '' OR source = ?1) AND "
                                        "(?2 = 0 OR number < ?2) "
                                        "ORDER BY number DESC LIMIT ?3"));
    select.Text(source).Int(static_cast<int64_t>(before)).Int(most);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      result.last = static_cast<uint64_t>(select.IntAt(0));
      result.runs.push_back(ParseRun(select.TextAt(1)));
    }
  }));
  return result;
}

absl::Status RunStore::AddRejected(
    absl::Span<const v1::RejectedRecord> rejected) {
  if (rejected.empty()) return absl::OkStatus();
  return database_.Write(
      Database::Durability::kStaged, [&](Connection& connection) {
        for (const v1::RejectedRecord& record : rejected) {
          const std::string data = record.SerializeAsString();
          ASSIGN_OR_RETURN(
              Statement insert,
              connection.Prepare(
                  "INSERT INTO rejected(run, source, data) SELECT number, ?, ? "
                  "FROM runs WHERE id = ?"));
          RETURN_IF_ERROR(
              insert.Text(record.source()).Blob(data).Text(record.run()).Run());
        }
        return absl::OkStatus();
      });
}

absl::StatusOr<std::vector<v1::RejectedRecord>> RunStore::ListRejected(
    absl::string_view source, absl::string_view run, uint64_t offset,
    uint32_t most) const {
  std::vector<v1::RejectedRecord> result;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare(
            "SELECT j.data FROM rejected j JOIN runs r ON r.number = j.run "
            "WHERE (?1 = '' OR j.source = ?1) AND (?2 = '' OR r.id = ?2) "
            "ORDER BY j.run DESC, j.number LIMIT ?3 OFFSET ?4"));
    select.Text(source).Text(run).Int(most).Int(static_cast<int64_t>(offset));
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      result.emplace_back().ParseFromString(std::string(select.TextAt(0)));
    }
  }));
  return result;
}

}  // namespace meridian::ingest
