// SQLite without its C corners: statements and transactions that clean up
// after themselves, errors as absl::Status.
//
// Errors of everything here: ResourceExhausted (STORE_FULL) when the disk is
// full, DataLoss (STORE_CORRUPT) when the file is damaged, Unavailable
// (STORE_BUSY) when another connection holds it too long, else Internal
// (STORE_FAILED).
#ifndef INGEST_SERVICE_SQLITE_H_
#define INGEST_SERVICE_SQLITE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/base/thread_annotations.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/synchronization/mutex.h"

struct sqlite3;
struct sqlite3_stmt;

namespace meridian::ingest {

// A prepared statement in use. Reset when it goes, so that its connection can
// use it again. Texts and blobs that are bound must outlive the last Step.
class Statement {
 public:
  Statement(sqlite3* db, sqlite3_stmt* stmt) : db_(db), stmt_(stmt) {}
  Statement(Statement&& other) noexcept
      : db_(other.db_), stmt_(std::exchange(other.stmt_, nullptr)) {}
  Statement& operator=(Statement&&) = delete;
  ~Statement();

  // Parameters, in order.
  Statement& Int(int64_t value);
  Statement& Text(absl::string_view value);
  Statement& Blob(absl::string_view value);

  // True: a row is there to be read.
  absl::StatusOr<bool> Step();
  // Steps a statement that gives no rows.
  absl::Status Run();

  // Columns of the row, from 0. Views live until the next Step.
  bool IsNull(int column) const;
  int64_t IntAt(int column) const;
  absl::string_view TextAt(int column) const;

 private:
  sqlite3* const db_;
  sqlite3_stmt* stmt_;
  int next_ = 1;
  int bad_ = 0;  // First error of a bind, told by Step.
};

// One connection. Used by one thread at a time.
class Connection {
 public:
  static absl::StatusOr<std::unique_ptr<Connection>> Open(
      const std::string& path);
  ~Connection();
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  // Statements separated by semicolons, without parameters or rows.
  absl::Status Execute(const std::string& sql);
  // Prepares once and keeps it; `sql` must not be in use already.
  absl::StatusOr<Statement> Prepare(absl::string_view sql);

 private:
  explicit Connection(sqlite3* db) : db_(db) {}

  sqlite3* const db_;
  std::map<std::string, sqlite3_stmt*, std::less<>> prepared_;
};

// The file that log, runs and rejected records live in: one writer, as many
// readers as are needed at once. Safe from any thread.
class Database {
 public:
  // How far a write must have come when Write returns.
  enum class Durability {
    // Survives the death of the process, not that of the machine. For what is
    // thrown away at the next start anyway.
    kStaged,
    // On the disk, and with it all that was written before.
    kSynced,
  };

  // Opens or creates `path`. WAL; pages of 64 KiB, because batches are large.
  static absl::StatusOr<std::unique_ptr<Database>> Open(
      const std::string& path);

  // Runs `write` in one transaction, after those that came before. Its error
  // rolls back.
  absl::Status Write(Durability durability,
                     const std::function<absl::Status(Connection&)>& write);

  // Runs `read` on a connection of its own. Do not keep it long: the file
  // cannot be tidied behind an open read.
  absl::Status Read(const std::function<absl::Status(Connection&)>& read);

 private:
  explicit Database(std::string path) : path_(std::move(path)) {}

  const std::string path_;
  absl::Mutex write_mu_;
  std::unique_ptr<Connection> writer_ ABSL_GUARDED_BY(write_mu_);
  bool synced_ ABSL_GUARDED_BY(write_mu_) = true;
  absl::Mutex readers_mu_;
  std::vector<std::unique_ptr<Connection>> readers_
      ABSL_GUARDED_BY(readers_mu_);
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_SQLITE_H_
