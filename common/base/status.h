// Errors as absl::Status, with the machine-readable reason that every client
// of Meridian sees as google.rpc.ErrorInfo (domain "meridian").
#ifndef COMMON_BASE_STATUS_H_
#define COMMON_BASE_STATUS_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

using ErrorDetails = std::vector<std::pair<std::string, std::string>>;

// An error with a reason. `message` says what, where and what to do;
// `details` are the same facts for programs. Reasons are listed in
// docs/errors.md (a test compares).
absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message, ErrorDetails details = {});

// The reason of an error made by MakeError (or received over gRPC); empty
// when it has none.
std::string ErrorReason(const absl::Status& status);

// The details of an error, sorted by name; empty when it has none.
ErrorDetails GetErrorDetails(const absl::Status& status);

// The same error with `prefix` and ": " before its message.
absl::Status Annotate(const absl::Status& status, absl::string_view prefix);

// URL under which the ErrorInfo is kept as a status payload.
inline constexpr char kErrorInfoUrl[] =
    "type.googleapis.com/google.rpc.ErrorInfo";
inline constexpr char kErrorDomain[] = "meridian";

}  // namespace meridian

#define RETURN_IF_ERROR(expr)                   \
  do {                                          \
    if (auto status_ = (expr); !status_.ok()) { \
      return absl::Status(std::move(status_));  \
    }                                           \
  } while (0)

#define MERIDIAN_CONCAT_INNER_(a, b) a##b
#define MERIDIAN_CONCAT_(a, b) MERIDIAN_CONCAT_INNER_(a, b)

// ASSIGN_OR_RETURN(auto x, Compute());
#define ASSIGN_OR_RETURN(lhs, expr) \
  ASSIGN_OR_RETURN_IMPL_(MERIDIAN_CONCAT_(status_or_, __LINE__), lhs, expr)
#define ASSIGN_OR_RETURN_IMPL_(tmp, lhs, expr)   \
  auto tmp = (expr);                             \
  if (!tmp.ok()) return std::move(tmp).status(); \
  lhs = *std::move(tmp)

#endif  // COMMON_BASE_STATUS_H_
