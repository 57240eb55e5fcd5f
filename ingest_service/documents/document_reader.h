// The documents of a source, one after the other: files, members of archives
// and URLs, all stored before anybody reads them; or those of an earlier run.
#ifndef INGEST_SERVICE_DOCUMENTS_DOCUMENT_READER_H_
#define INGEST_SERVICE_DOCUMENTS_DOCUMENT_READER_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/dates.h"
#include "ingest_service/documents/document_store.h"
#include "ingest_service/documents/http_client.h"
#include "ingest_service/documents/retrieval_store.h"
#include "ingest_service/source_config.h"
#include "meridian/v1/source.pb.h"

namespace meridian::ingest {

// A document entry of a configuration, expanded: a file or a URL.
struct DocumentPlace {
  std::string file;  // absolute; empty for a URL
  std::string url;   // empty for a file
  std::string path;  // what the plugin sees; relative to DocumentSpec.base
  const DocumentSpec* spec = nullptr;
};

// What exists now, in the order of the configuration, files of one glob sorted
// by name. `source` must outlive the result. Errors: NotFound (NO_DOCUMENTS)
// when a glob matches nothing; InvalidArgument (BAD_VINTAGE_PATH) when a path
// does not have the date that the entry promises.
absl::StatusOr<std::vector<DocumentPlace>> ExpandDocuments(
    const SourceConfig& source);

// Heads are complete but for `request`: sha256 and size name the stored bytes.
// Used by one thread at a time.
class DocumentReader {
 public:
  virtual ~DocumentReader() = default;
  // Fetches what has a URL, before the first Next; a plugin is not kept
  // waiting for the network.
  virtual absl::Status Prepare() = 0;
  // Documents as far as known.
  virtual size_t total() const = 0;
  // The next document; nullopt when there are no more.
  virtual absl::StatusOr<std::optional<v1::DocumentHead>> Next() = 0;
  // A document that a plugin asks for: a URL of a declared host, or relative
  // to `base`.
  virtual absl::StatusOr<v1::DocumentHead> Fetch(absl::string_view uri,
                                                 absl::string_view base) = 0;
};

struct ReaderStores {
  const DocumentStore* documents = nullptr;
  RetrievalStore* retrievals = nullptr;
  HttpClient* http = nullptr;
  const Clock* clock = nullptr;
};

// Reads what is configured. A URL is asked for conditionally; one that did not
// change is taken from the store with the head of its first retrieval, so that
// its vintage stays. Errors: of ExpandDocuments, HttpClient, ArchiveReader and
// DocumentStore, with the path; FailedPrecondition (ARCHIVE_TOO_LARGE).
std::unique_ptr<DocumentReader> ReadConfigured(const ReaderStores& stores,
                                               const SourceConfig& source,
                                               uint64_t max_document_bytes,
                                               std::stop_token cancel);

// Reads what an earlier run was given. Errors: NotFound (NOT_IN_TRANSCRIPT)
// when a plugin asks for what that run did not fetch.
std::unique_ptr<DocumentReader> ReadTranscript(
    std::vector<v1::RunDocument> documents);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_DOCUMENT_READER_H_
