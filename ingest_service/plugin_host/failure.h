// How a call to a plugin fails: the facts of v1.RunError, carried by an
// absl::Status.
#ifndef INGEST_SERVICE_PLUGIN_HOST_FAILURE_H_
#define INGEST_SERVICE_PLUGIN_HOST_FAILURE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::ingest {

// A failure without what only the ended process can tell (exit, last lines).
struct Failure {
  absl::StatusCode code = absl::StatusCode::kInternal;
  v1::RunStage stage = v1::RUN_STAGE_UNSPECIFIED;
  std::string reason;
  std::string message;
  ErrorDetails details;
};

// The status of a failure; `error` is what RunErrorOf gives back. Its stage,
// reason and message are filled in from `failure`.
absl::Status ToStatus(const Failure& failure, v1::RunError error);

// `status` with a RunError of its reason and message, of `stage`.
absl::Status WithStage(absl::Status status, v1::RunStage stage,
                       v1::RunError error);

// "exited with code 3", "was ended by signal 11 (SEGV)".
std::string DescribeExit(const v1::RunError& error);

// `text` as it may stand in a message: UTF-8, without control characters, at
// most `max_bytes`.
std::string Printable(absl::string_view text, size_t max_bytes);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_FAILURE_H_
