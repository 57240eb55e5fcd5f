#include "ingest_service/plugin_host/read_protocol.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/failure.h"

namespace meridian::ingest {
namespace {

// The host remembers each; 30 years of a daily page with 9 streams.
constexpr size_t kMaxSnapshots = 100'000;

absl::Status Violation(absl::string_view what) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "PLUGIN_PROTOCOL_VIOLATION", what);
}

absl::Status OverLimit(const char* limit, uint64_t bound,
                       absl::string_view what) {
  return MakeError(
      absl::StatusCode::kResourceExhausted, "PLUGIN_LIMIT_EXCEEDED",
      absl::StrCat(what, " than limits.", limit, " = ", bound, " allows"),
      {{"limit", limit}, {"bound", absl::StrCat(bound)}});
}

}  // namespace

uint64_t CountRecords(const v1::RecordBatch& batch) {
  switch (batch.form_case()) {
    case v1::RecordBatch::kRows:
      return static_cast<uint64_t>(batch.rows().records_size());
    case v1::RecordBatch::kScores:
      return static_cast<uint64_t>(batch.scores().value_size());
    case v1::RecordBatch::kVotes:
      return static_cast<uint64_t>(batch.votes().board_size());
    case v1::RecordBatch::FORM_NOT_SET:
      return 0;
  }
  return 0;
}

absl::Status ReadProtocol::OnMessage(const v1::FromPlugin& message) {
  if (done_) return Violation("sent a message after Done");
  switch (message.message_case()) {
    case v1::FromPlugin::kBeginSnapshot:
      return OnBegin(message.begin_snapshot());
    case v1::FromPlugin::kBatch:
      return OnBatch(message.batch());
    case v1::FromPlugin::kGone:
      return CheckOpen(message.gone().snapshot(), "Gone");
    case v1::FromPlugin::kRejected:
      if (++rejected_ > limits_.max_rejected()) {
        return OverLimit("max_rejected", limits_.max_rejected(),
                         "rejected more rows");
      }
      return absl::OkStatus();
    case v1::FromPlugin::kEndSnapshot:
      return OnEnd(message.end_snapshot());
    case v1::FromPlugin::kDone:
      return OnDone();
    case v1::FromPlugin::kFetch:
    case v1::FromPlugin::kProgress:
    case v1::FromPlugin::kDiagnostic:
      return absl::OkStatus();
    case v1::FromPlugin::MESSAGE_NOT_SET:
      return Violation("sent a message that says nothing this host knows");
  }
  return absl::OkStatus();
}

absl::Status ReadProtocol::OnBegin(const v1::BeginSnapshot& begin) {
  if (begin.stream().empty()) {
    return Violation(
        absl::StrCat("began snapshot ", begin.snapshot(), " without a stream"));
  }
  const bool is_new =
      snapshots_.emplace(begin.snapshot(), Snapshot{begin.stream()}).second;
  if (!is_new) {
    return Violation(
        absl::StrCat("began snapshot ", begin.snapshot(), " a second time"));
  }
  open_.insert(begin.snapshot());
  if (snapshots_.size() > kMaxSnapshots) {
    return MakeError(absl::StatusCode::kResourceExhausted,
                     "PLUGIN_LIMIT_EXCEEDED",
                     absl::StrCat("began more than ", kMaxSnapshots,
                                  " snapshots in one read"));
  }
  return absl::OkStatus();
}

absl::Status ReadProtocol::CheckOpen(uint32_t snapshot,
                                     const char* what) const {
  const auto found = snapshots_.find(snapshot);
  if (found == snapshots_.end()) {
    return Violation(absl::StrCat("sent ", what, " for snapshot ", snapshot,
                                  ", which was never begun"));
  }
  if (found->second.ended) {
    return Violation(absl::StrCat("sent ", what, " for snapshot ", snapshot,
                                  " (", Printable(found->second.stream, 80),
                                  "), which was ended"));
  }
  return absl::OkStatus();
}

absl::Status ReadProtocol::OnBatch(const v1::RecordBatch& batch) {
  RETURN_IF_ERROR(CheckOpen(batch.snapshot(), "a batch"));
  const uint64_t count = CountRecords(batch);
  if (count == 0) return Violation("sent a batch without records");
  records_ += count;
  snapshots_[batch.snapshot()].count += count;
  if (records_ > limits_.max_records()) {
    return OverLimit("max_records", limits_.max_records(), "sent more records");
  }
  return absl::OkStatus();
}

absl::Status ReadProtocol::OnEnd(const v1::EndSnapshot& end) {
  RETURN_IF_ERROR(CheckOpen(end.snapshot(), "EndSnapshot"));
  Snapshot& snapshot = snapshots_[end.snapshot()];
  if (end.count() != snapshot.count) {
    return Violation(absl::StrCat(
        "ended snapshot ", end.snapshot(), " (", Printable(snapshot.stream, 80),
        ") with a count of ", end.count(), " after sending ", snapshot.count,
        " records"));
  }
  snapshot.ended = true;
  open_.erase(end.snapshot());
  return absl::OkStatus();
}

absl::Status ReadProtocol::OnDone() {
  if (!open_.empty()) {
    const Snapshot& open = snapshots_[*open_.begin()];
    return Violation(absl::StrCat("sent Done with snapshot ", *open_.begin(),
                                  " (", Printable(open.stream, 80),
                                  ") still open"));
  }
  done_ = true;
  return absl::OkStatus();
}

}  // namespace meridian::ingest
