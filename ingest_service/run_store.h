// Runs and the records they rejected, in the file of the log.
#ifndef INGEST_SERVICE_RUN_STORE_H_
#define INGEST_SERVICE_RUN_STORE_H_

#include <cstdint>
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

namespace meridian::ingest {

// Safe from any thread. Errors of the store (sqlite.h) come from every call.
class RunStore {
 public:
  // Rejected records are kept for this many newest runs of a source.
  static constexpr int kRunsWithRejected = 20;

  // Runs that were open when the service ended become INTERRUPTED, ended at
  // `now`. `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<RunStore>> Open(Database& database,
                                                        absl::string_view now);

  // Keeps a run, new or changed. The second form is for a transaction that
  // writes more.
  absl::Status Save(const v1::Run& run);
  static absl::Status Save(Connection& connection, const v1::Run& run);
  // Errors: NotFound (UNKNOWN_RUN).
  absl::StatusOr<v1::Run> Get(absl::string_view id) const;
  // The newest run of a source; nullopt when there is none.
  absl::StatusOr<std::optional<v1::Run>> Newest(absl::string_view source) const;

  // Newest first, of one source unless it is empty; `before` is the number
  // of the last one of the page before, 0 at first.
  struct Runs {
    std::vector<v1::Run> runs;
    uint64_t last = 0;  // number of the last one
  };
  absl::StatusOr<Runs> List(absl::string_view source, uint64_t before,
                            uint32_t most) const;

  absl::Status AddRejected(absl::Span<const v1::RejectedRecord> rejected);
  // Newest run first, within it in the order they were added; of one source
  // and one run unless they are empty.
  absl::StatusOr<std::vector<v1::RejectedRecord>> ListRejected(
      absl::string_view source, absl::string_view run, uint64_t offset,
      uint32_t most) const;

 private:
  explicit RunStore(Database& database) : database_(database) {}
  Database& database_;
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_RUN_STORE_H_
