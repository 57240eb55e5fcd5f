// What was fetched: the newest retrieval of each URL, for conditional
// requests, and what each run was given, so that it can be read again.
#ifndef INGEST_SERVICE_DOCUMENTS_RETRIEVAL_STORE_H_
#define INGEST_SERVICE_DOCUMENTS_RETRIEVAL_STORE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "ingest_service/sqlite.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian::ingest {

// Safe from any thread. Errors of the store (sqlite.h) come from every call.
class RetrievalStore {
 public:
  // `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<RetrievalStore>> Open(
      Database& database);

  // The newest retrieval of `url` by a source.
  absl::StatusOr<std::optional<v1::DocumentHead>> Newest(
      absl::string_view source, absl::string_view url) const;
  absl::Status Keep(absl::string_view source, absl::string_view url,
                    const v1::DocumentHead& head);

  // Runs of a source whose transcripts are kept, beside the newest that
  // succeeded.
  static constexpr int kRunsWithTranscript = 50;
  // The documents of a run of `source`, in the order of their requests. Forgets
  // those of old runs.
  absl::Status KeepTranscript(absl::string_view source, absl::string_view run,
                              absl::Span<const v1::RunDocument> documents);
  absl::StatusOr<std::vector<v1::RunDocument>> Transcript(
      absl::string_view run) const;

 private:
  explicit RetrievalStore(Database& database) : database_(database) {}
  Database& database_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DOCUMENTS_RETRIEVAL_STORE_H_
