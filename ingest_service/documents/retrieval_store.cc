#include "ingest_service/documents/retrieval_store.h"

#include "common/base/status.h"

namespace meridian::ingest {
namespace {

constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS retrievals(
  source TEXT NOT NULL, url TEXT NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(source, url));
CREATE TABLE IF NOT EXISTS transcripts(
  run TEXT NOT NULL, request INTEGER NOT NULL, data BLOB NOT NULL,
  PRIMARY KEY(run, request)) WITHOUT ROWID;
)";

}  // namespace

absl::StatusOr<std::unique_ptr<RetrievalStore>> RetrievalStore::Open(
    Database& database) {
  RETURN_IF_ERROR(database.Write(
      Database::Durability::kSynced,
      [](Connection& connection) { return connection.Execute(kSchema); }));
  return std::unique_ptr<RetrievalStore>(new RetrievalStore(database));
}

absl::StatusOr<std::optional<v1::DocumentHead>> RetrievalStore::Newest(
    absl::string_view source, absl::string_view url) const {
  std::optional<v1::DocumentHead> head;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare(
            "SELECT data FROM retrievals WHERE source = ? AND url = ?"));
    ASSIGN_OR_RETURN(const bool found, select.Text(source).Text(url).Step());
    if (found) head.emplace().ParseFromString(std::string(select.TextAt(0)));
    return absl::OkStatus();
  }));
  return head;
}

absl::Status RetrievalStore::Keep(absl::string_view source,
                                  absl::string_view url,
                                  const v1::DocumentHead& head) {
  const std::string data = head.SerializeAsString();
  return database_.Write(
      Database::Durability::kStaged, [&](Connection& connection) {
        ASSIGN_OR_RETURN(
            Statement insert,
            connection.Prepare("INSERT OR REPLACE INTO retrievals(source, url, "
                               "data) VALUES(?, ?, ?)"));
        return insert.Text(source).Text(url).Blob(data).Run();
      });
}

absl::Status RetrievalStore::KeepTranscript(
    absl::string_view source, absl::string_view run,
    absl::Span<const v1::RunDocument> documents) {
  if (documents.empty()) return absl::OkStatus();
  return database_.Write(
      Database::Durability::kStaged, [&](Connection& connection) {
        for (const v1::RunDocument& document : documents) {
          const std::string data = document.SerializeAsString();
          ASSIGN_OR_RETURN(
              Statement insert,
              connection.Prepare("INSERT OR REPLACE INTO transcripts(run, "
                                 "request, data) VALUES(?, ?, ?)"));
          RETURN_IF_ERROR(
              insert.Text(run).Int(document.head().request()).Blob(data).Run());
        }
        // Runs stand in the same database (run_store.h).
        ASSIGN_OR_RETURN(
            Statement tidy,
            connection.Prepare(
                "DELETE FROM transcripts WHERE run IN (SELECT id FROM runs "
                "WHERE source = ?1 ORDER BY number DESC LIMIT -1 OFFSET ?2) "
                "AND run NOT IN (SELECT id FROM runs WHERE source = ?1 AND "
                "state = ?3 ORDER BY number DESC LIMIT 1)"));
        return tidy.Text(source)
            .Int(kRunsWithTranscript)
            .Int(v1::RUN_STATE_SUCCEEDED)
            .Run();
      });
}

absl::StatusOr<std::vector<v1::RunDocument>> RetrievalStore::Transcript(
    absl::string_view run) const {
  std::vector<v1::RunDocument> documents;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT data FROM transcripts WHERE "
                                        "run = ? ORDER BY request"));
    select.Text(run);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      documents.emplace_back().ParseFromString(std::string(select.TextAt(0)));
    }
  }));
  return documents;
}

}  // namespace meridian::ingest
