#include "ingest_service/documents/document_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

namespace fs = std::filesystem;

constexpr size_t kChunkBytes = 256 << 10;
constexpr char kUnfinished[] = "unfinished";

// A file descriptor that is closed.
class File {
 public:
  explicit File(int descriptor) : descriptor_(descriptor) {}
  ~File() {
    if (descriptor_ >= 0) close(descriptor_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  int get() const { return descriptor_; }

 private:
  const int descriptor_;
};

absl::Status CannotWrite(const std::string& path) {
  return MakeError(absl::StatusCode::kUnavailable, "DOCUMENT_CANNOT_WRITE",
                   absl::StrCat("cannot write ", path, ": ",
                                std::strerror(errno), "; is the disk full?"),
                   {{"path", path}});
}

absl::Status WriteAll(int descriptor, absl::string_view bytes,
                      const std::string& path) {
  while (!bytes.empty()) {
    const ssize_t written = write(descriptor, bytes.data(), bytes.size());
    if (written < 0) {
      if (errno == EINTR) continue;
      return CannotWrite(path);
    }
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::Status SyncDirectory(const std::string& path) {
  const File directory(open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.get() < 0 || fsync(directory.get()) != 0) {
    return CannotWrite(path);
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<DocumentStore>> DocumentStore::Open(
    const std::string& directory) {
  std::error_code error;
  fs::remove_all(absl::StrCat(directory, "/", kUnfinished), error);
  fs::create_directories(absl::StrCat(directory, "/", kUnfinished), error);
  if (error) {
    return MakeError(
        absl::StatusCode::kUnavailable, "DOCUMENTS_CANNOT_OPEN",
        absl::StrCat("cannot create ", directory, ": ", error.message()),
        {{"path", directory}});
  }
  return std::unique_ptr<DocumentStore>(new DocumentStore(directory));
}

std::string DocumentStore::PathOf(absl::string_view sha256) const {
  return absl::StrCat(directory_, "/", sha256.substr(0, 2), "/",
                      sha256.substr(2));
}

struct DocumentStore::Writer::State {
  State(const DocumentStore& of, std::string name, uint64_t most)
      : store(of),
        unfinished(std::move(name)),
        max_bytes(most),
        file(open(unfinished.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC,
                  0644)) {}

  const DocumentStore& store;
  const std::string unfinished;
  const uint64_t max_bytes;
  const File file;
  Sha256 hasher;
  uint64_t size = 0;
};

DocumentStore::Writer::Writer(std::unique_ptr<State> state)
    : state_(std::move(state)) {}

DocumentStore::Writer::~Writer() { unlink(state_->unfinished.c_str()); }

absl::Status DocumentStore::Writer::Append(absl::string_view bytes) {
  state_->size += bytes.size();
  if (state_->size > state_->max_bytes) {
    return MakeError(
        absl::StatusCode::kResourceExhausted, "DOCUMENT_TOO_LARGE",
        absl::StrCat("the document has more than ", state_->max_bytes,
                     " bytes; raise limits.max_document_bytes of the "
                     "source if that is right"),
        {{"limit", absl::StrCat(state_->max_bytes)}});
  }
  state_->hasher.Update(bytes);
  return WriteAll(state_->file.get(), bytes, state_->unfinished);
}

absl::StatusOr<StoredDocument> DocumentStore::Writer::Finish() {
  StoredDocument document;
  document.size = state_->size;
  document.sha256 = Hex(state_->hasher.Finish());
  const std::string path = state_->store.PathOf(document.sha256);
  std::error_code error;
  if (fs::exists(path, error)) return document;
  if (fsync(state_->file.get()) != 0) return CannotWrite(state_->unfinished);
  const std::string folder = fs::path(path).parent_path().string();
  fs::create_directories(folder, error);
  if (rename(state_->unfinished.c_str(), path.c_str()) != 0) {
    return CannotWrite(path);
  }
  RETURN_IF_ERROR(SyncDirectory(folder));
  RETURN_IF_ERROR(SyncDirectory(state_->store.directory_));
  return document;
}

absl::StatusOr<std::unique_ptr<DocumentStore::Writer>> DocumentStore::Write(
    uint64_t max_bytes) const {
  static std::atomic<uint64_t> counter{0};
  auto state = std::make_unique<Writer::State>(
      *this,
      absl::StrCat(directory_, "/", kUnfinished, "/", getpid(), "-",
                   counter.fetch_add(1)),
      max_bytes);
  if (state->file.get() < 0) return CannotWrite(state->unfinished);
  return std::unique_ptr<Writer>(new Writer(std::move(state)));
}

absl::StatusOr<StoredDocument> DocumentStore::Put(const ByteSource& source,
                                                  uint64_t max_bytes) const {
  ASSIGN_OR_RETURN(const std::unique_ptr<Writer> writer, Write(max_bytes));
  for (;;) {
    ASSIGN_OR_RETURN(const std::string chunk, source(kChunkBytes));
    if (chunk.empty()) return writer->Finish();
    RETURN_IF_ERROR(writer->Append(chunk));
  }
}

absl::StatusOr<DocumentStore::ByteSource> ReadFile(const std::string& path) {
  auto file = std::make_shared<File>(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file->get() < 0) {
    return MakeError(
        absl::StatusCode::kNotFound, "NO_SUCH_FILE",
        absl::StrCat("cannot read ", path, ": ", std::strerror(errno)),
        {{"path", path}});
  }
  return DocumentStore::ByteSource(
      [file, path](size_t most) -> absl::StatusOr<std::string> {
        std::string bytes(most, '\0');
        for (;;) {
          const ssize_t got = read(file->get(), bytes.data(), bytes.size());
          if (got >= 0) {
            bytes.resize(static_cast<size_t>(got));
            return bytes;
          }
          if (errno != EINTR) {
            return MakeError(
                absl::StatusCode::kUnavailable, "NO_SUCH_FILE",
                absl::StrCat("cannot read ", path, ": ", std::strerror(errno)),
                {{"path", path}});
          }
        }
      });
}

absl::StatusOr<DocumentStore::ByteSource> DocumentStore::Read(
    absl::string_view sha256) const {
  auto source =
      sha256.size() == 64 && sha256.find_first_not_of("0123456789abcdef") ==
                                 absl::string_view::npos
          ? ReadFile(PathOf(sha256))
          : absl::StatusOr<ByteSource>(absl::NotFoundError(""));
  if (source.ok()) return source;
  return MakeError(
      absl::StatusCode::kNotFound, "UNKNOWN_DOCUMENT",
      absl::StrCat("there is no document '", sha256.substr(0, 64), "'"),
      {{"sha256", std::string(sha256.substr(0, 64))}});
}

uint64_t DocumentStore::Count() const {
  uint64_t count = 0;
  std::error_code error;
  for (const auto& entry :
       fs::recursive_directory_iterator(directory_, error)) {
    if (entry.is_regular_file(error) &&
        entry.path().parent_path().filename() != kUnfinished) {
      ++count;
    }
  }
  return count;
}

}  // namespace meridian::ingest
