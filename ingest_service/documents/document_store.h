// Documents as they were fetched: bytes, kept once as a file under their
// SHA-256 (`documents/ab/cdef...`).
#ifndef INGEST_SERVICE_DOCUMENTS_DOCUMENT_STORE_H_
#define INGEST_SERVICE_DOCUMENTS_DOCUMENT_STORE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::ingest {

struct StoredDocument {
  std::string sha256;  // 64 hex digits
  uint64_t size = 0;
};

// Safe from any thread. A file appears under its name only when it is
// complete and synced, so a crash leaves no half document.
class DocumentStore {
 public:
  // The next bytes; empty at the end.
  using ByteSource = std::function<absl::StatusOr<std::string>(size_t most)>;

  // Creates `directory` when needed and removes unfinished files. Errors:
  // Unavailable (DOCUMENTS_CANNOT_OPEN).
  static absl::StatusOr<std::unique_ptr<DocumentStore>> Open(
      const std::string& directory);

  // A document that is being written; forgotten unless Finish is called.
  class Writer {
   public:
    ~Writer();
    Writer(const Writer&) = delete;
    Writer& operator=(const Writer&) = delete;
    // Errors: Unavailable (DOCUMENT_CANNOT_WRITE), ResourceExhausted
    // (DOCUMENT_TOO_LARGE).
    absl::Status Append(absl::string_view bytes);
    // Puts the document under its name. Once.
    absl::StatusOr<StoredDocument> Finish();

   private:
    friend class DocumentStore;
    struct State;
    explicit Writer(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
  };
  // Errors: Unavailable (DOCUMENT_CANNOT_WRITE).
  absl::StatusOr<std::unique_ptr<Writer>> Write(uint64_t max_bytes) const;

  // Keeps the bytes of `source`. Memory: one chunk. Errors: those of Writer,
  // what `source` returned.
  absl::StatusOr<StoredDocument> Put(const ByteSource& source,
                                     uint64_t max_bytes) const;

  // Reads a document from its beginning, piece by piece. Errors: NotFound
  // (UNKNOWN_DOCUMENT).
  absl::StatusOr<ByteSource> Read(absl::string_view sha256) const;

  // Number of documents. Walks the folders.
  uint64_t Count() const;
  // Where a document is kept.
  std::string PathOf(absl::string_view sha256) const;

 private:
  explicit DocumentStore(std::string directory)
      : directory_(std::move(directory)) {}

  const std::string directory_;
};

// Reads a file from its beginning. Errors: NotFound (NO_SUCH_FILE).
absl::StatusOr<DocumentStore::ByteSource> ReadFile(const std::string& path);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_DOCUMENT_STORE_H_
