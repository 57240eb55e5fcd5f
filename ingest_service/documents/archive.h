// Archives (tar, also compressed, and zip) as sets of documents, through
// libarchive. Nothing is unpacked to disk under names that an archive chose.
#ifndef INGEST_SERVICE_DOCUMENTS_ARCHIVE_H_
#define INGEST_SERVICE_DOCUMENTS_ARCHIVE_H_

#include <memory>
#include <optional>
#include <string>

#include "absl/status/statusor.h"
#include "ingest_service/documents/document_store.h"

namespace meridian::ingest {

// Members in the order of the archive. Errors of every call: InvalidArgument
// (BAD_ARCHIVE).
class ArchiveReader {
 public:
  // `file` is a path; `label` is how messages call the archive.
  static absl::StatusOr<std::unique_ptr<ArchiveReader>> Open(
      const std::string& file, const std::string& label);
  ~ArchiveReader();
  ArchiveReader(const ArchiveReader&) = delete;
  ArchiveReader& operator=(const ArchiveReader&) = delete;

  // Name of the next regular file; nullopt at the end.
  absl::StatusOr<std::optional<std::string>> Next();
  // Bytes of that file. Valid until the next Next.
  DocumentStore::ByteSource Read();

 private:
  struct State;
  explicit ArchiveReader(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_ARCHIVE_H_
