// Documents as they were fetched: bytes, kept once as a file under their
// SHA-256 (`documents/ab/cdef...`).
#ifndef INGEST_SERVICE_DOCUMENT_STORE_H_
#define INGEST_SERVICE_DOCUMENT_STORE_H_

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

  // Keeps the bytes of `source`. Memory: one chunk. Errors: Unavailable
  // (DOCUMENT_CANNOT_WRITE), ResourceExhausted (DOCUMENT_TOO_LARGE) beyond
  // `max_bytes`, what `source` returned.
  absl::StatusOr<StoredDocument> Put(const ByteSource& source,
                                     uint64_t max_bytes) const;

  // Reads a document from its beginning, piece by piece. Errors: NotFound
  // (UNKNOWN_DOCUMENT).
  absl::StatusOr<ByteSource> Read(absl::string_view sha256) const;

  // Number of documents. Walks the folders.
  uint64_t Count() const;

 private:
  explicit DocumentStore(std::string directory)
      : directory_(std::move(directory)) {}
  std::string PathOf(absl::string_view sha256) const;

  const std::string directory_;
};

// Reads a file from its beginning. Errors: NotFound (NO_SUCH_FILE).
absl::StatusOr<DocumentStore::ByteSource> ReadFile(const std::string& path);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENT_STORE_H_
