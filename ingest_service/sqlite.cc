#include "ingest_service/sqlite.h"

#include <sqlite3.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

// Longest wait for another connection; ours never hold one that long.
constexpr int kBusyMilliseconds = 10'000;

absl::Status StoreError(sqlite3* db, int code, absl::string_view doing) {
  const std::string message =
      absl::StrCat("store: ", doing, ": ",
                   db == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(db));
  switch (code & 0xff) {
    case SQLITE_FULL:
      return MakeError(absl::StatusCode::kResourceExhausted, "STORE_FULL",
                       absl::StrCat(message, "; make room on the disk"));
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return MakeError(absl::StatusCode::kDataLoss, "STORE_CORRUPT",
                       absl::StrCat(message, "; restore a backup"));
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return MakeError(absl::StatusCode::kUnavailable, "STORE_BUSY",
                       absl::StrCat(message, "; try again"));
    default:
      return MakeError(absl::StatusCode::kInternal, "STORE_FAILED", message);
  }
}

}  // namespace

Statement::~Statement() {
  if (stmt_ == nullptr) return;
  sqlite3_reset(stmt_);
  sqlite3_clear_bindings(stmt_);
}

Statement& Statement::Int(int64_t value) {
  const int code = sqlite3_bind_int64(stmt_, next_++, value);
  if (bad_ == 0) bad_ = code;
  return *this;
}

Statement& Statement::Text(absl::string_view value) {
  const int code = sqlite3_bind_text64(
      stmt_, next_++, value.data() == nullptr ? "" : value.data(), value.size(),
      SQLITE_STATIC, SQLITE_UTF8);
  if (bad_ == 0) bad_ = code;
  return *this;
}

Statement& Statement::Blob(absl::string_view value) {
  // A null pointer would bind NULL.
  const int code = sqlite3_bind_blob64(
      stmt_, next_++, value.data() == nullptr ? "" : value.data(), value.size(),
      SQLITE_STATIC);
  if (bad_ == 0) bad_ = code;
  return *this;
}

absl::StatusOr<bool> Statement::Step() {
  if (bad_ != 0) return StoreError(db_, bad_, "bind");
  const int code = sqlite3_step(stmt_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return StoreError(db_, code, sqlite3_sql(stmt_));
}

absl::Status Statement::Run() { return Step().status(); }

bool Statement::IsNull(int column) const {
  return sqlite3_column_type(stmt_, column) == SQLITE_NULL;
}

int64_t Statement::IntAt(int column) const {
  return sqlite3_column_int64(stmt_, column);
}

absl::string_view Statement::TextAt(int column) const {
  const auto* bytes =
      static_cast<const char*>(sqlite3_column_blob(stmt_, column));
  const int size = sqlite3_column_bytes(stmt_, column);
  return bytes == nullptr ? absl::string_view()
                          : absl::string_view(bytes, size);
}

absl::StatusOr<std::unique_ptr<Connection>> Connection::Open(
    const std::string& path) {
  sqlite3* db = nullptr;
  const int code = sqlite3_open_v2(
      path.c_str(), &db,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX,
      nullptr);
  if (code != SQLITE_OK) {
    const absl::Status status =
        StoreError(db, code, absl::StrCat("open ", path));
    sqlite3_close(db);
    return status;
  }
  sqlite3_busy_timeout(db, kBusyMilliseconds);
  return std::unique_ptr<Connection>(new Connection(db));
}

Connection::~Connection() {
  for (const auto& [sql, stmt] : prepared_) sqlite3_finalize(stmt);
  sqlite3_close(db_);
}

absl::Status Connection::Execute(const std::string& sql) {
  const int code = sqlite3_exec(db_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return StoreError(db_, code, sql);
  return absl::OkStatus();
}

absl::StatusOr<Statement> Connection::Prepare(absl::string_view sql) {
  const auto found = prepared_.find(sql);
  if (found != prepared_.end()) return Statement(db_, found->second);
  sqlite3_stmt* stmt = nullptr;
  const int code =
      sqlite3_prepare_v3(db_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &stmt, nullptr);
  if (code != SQLITE_OK) return StoreError(db_, code, sql);
  prepared_.emplace(std::string(sql), stmt);
  return Statement(db_, stmt);
}

absl::StatusOr<std::unique_ptr<Database>> Database::Open(
    const std::string& path) {
  std::unique_ptr<Database> database(new Database(path));
  absl::MutexLock lock(&database->write_mu_);
  ASSIGN_OR_RETURN(database->writer_, Connection::Open(path));
  // secure_delete would overwrite dropped batches with zeros: work for
  // nothing, the documents are public.
  RETURN_IF_ERROR(database->writer_->Execute(
      "PRAGMA page_size=65536; PRAGMA journal_mode=WAL;"
      "PRAGMA synchronous=FULL; PRAGMA secure_delete=OFF;"
      "PRAGMA journal_size_limit=268435456;"));
  return database;
}

absl::Status Database::Write(
    Durability durability,
    const std::function<absl::Status(Connection&)>& write) {
  absl::MutexLock lock(&write_mu_);
  const bool synced = durability == Durability::kSynced;
  if (synced != synced_) {
    // In WAL mode NORMAL leaves out the sync of each transaction; the next
    // FULL one syncs the whole log, and with it all before it.
    RETURN_IF_ERROR(writer_->Execute(synced ? "PRAGMA synchronous=FULL"
                                            : "PRAGMA synchronous=NORMAL"));
    synced_ = synced;
  }
  RETURN_IF_ERROR(writer_->Execute("BEGIN IMMEDIATE"));
  absl::Status status = write(*writer_);
  if (status.ok()) status = writer_->Execute("COMMIT");
  if (!status.ok()) {
    // Some errors have rolled back already; then this one says nothing.
    writer_->Execute("ROLLBACK").IgnoreError();
  }
  return status;
}

absl::Status Database::Read(
    const std::function<absl::Status(Connection&)>& read) {
  std::unique_ptr<Connection> reader;
  {
    absl::MutexLock lock(&readers_mu_);
    if (!readers_.empty()) {
      reader = std::move(readers_.back());
      readers_.pop_back();
    }
  }
  if (reader == nullptr) {
    ASSIGN_OR_RETURN(reader, Connection::Open(path_));
    RETURN_IF_ERROR(reader->Execute("PRAGMA query_only=1"));
  }
  const absl::Status status = read(*reader);
  absl::MutexLock lock(&readers_mu_);
  readers_.push_back(std::move(reader));
  return status;
}

}  // namespace meridian::ingest
