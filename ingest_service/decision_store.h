// Decisions about models, in the file of the log: backed up with it.
#ifndef INGEST_SERVICE_DECISION_STORE_H_
#define INGEST_SERVICE_DECISION_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "ingest_service/sqlite.h"
#include "meridian/v1/decision.pb.h"

namespace meridian::ingest {

// Decisions are added and never changed. Safe from any thread. Errors of the
// store (sqlite.h) come from every call.
class DecisionStore {
 public:
  // Largest decision kept, so that it can be sent as one message.
  static constexpr size_t kMostBytes = 1 << 20;

  // `database` must outlive it.
  static absl::StatusOr<std::unique_ptr<DecisionStore>> Open(
      Database& database);

  struct Kept {
    v1::PolicyDecision decision;  // without question and proof
    bool created = false;         // false: its content was kept already
  };
  // Checks a decision, gives it its id and keeps it, synced. Output-only
  // fields of `decision` are set here: decided_at to `now`, unless it is kept
  // already. Errors: InvalidArgument (BAD_DECISION), FailedPrecondition
  // (NEEDS_OVERRIDE).
  absl::StatusOr<Kept> Record(v1::PolicyDecision decision,
                              absl::string_view now);

  // The one whose id begins with `id`, at least 8 hex digits. Errors:
  // InvalidArgument (BAD_DECISION_ID, AMBIGUOUS_DECISION), NotFound
  // (UNKNOWN_DECISION), DataLoss (DECISION_CORRUPT) when its content does not
  // give its id.
  absl::StatusOr<v1::PolicyDecision> Get(absl::string_view id) const;

  // Newest first, of one policy and one model unless they are empty, without
  // question and proof; `before` is the number of the last one of the page
  // before, 0 at first.
  struct Page {
    std::vector<v1::PolicyDecision> decisions;
    uint64_t last = 0;  // number of the last one
  };
  absl::StatusOr<Page> List(absl::string_view policy_id,
                            absl::string_view model, uint64_t before,
                            uint32_t most) const;

 private:
  explicit DecisionStore(Database& database) : database_(database) {}
  Database& database_;
};

// SHA-256 over what a decision says: the message without id, against_verdict
// and decided_at, in binary form. 64 hex digits.
std::string DecisionId(v1::PolicyDecision decision);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_DECISION_STORE_H_
