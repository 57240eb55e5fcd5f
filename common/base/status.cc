#include "common/base/status.h"

#include <algorithm>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"
#include "google/rpc/error_details.pb.h"

namespace meridian {
namespace {

bool GetErrorInfo(const absl::Status& status, google::rpc::ErrorInfo* info) {
  const auto payload = status.GetPayload(kErrorInfoUrl);
  return payload.has_value() && info->ParseFromString(std::string(*payload));
}

}  // namespace

absl::Status MakeError(absl::StatusCode code, absl::string_view reason,
                       absl::string_view message, ErrorDetails details) {
  google::rpc::ErrorInfo info;
  info.set_reason(std::string(reason));
  info.set_domain(kErrorDomain);
  for (auto& [name, value] : details) {
    // A detail may quote a document, whose bytes may be anything.
    (*info.mutable_metadata())[name] =
        IsUtf8(value) ? std::move(value) : CleanUtf8(value, value.size());
  }
  absl::Status status(code, message);
  status.SetPayload(kErrorInfoUrl, absl::Cord(info.SerializeAsString()));
  return status;
}

std::string ErrorReason(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  return GetErrorInfo(status, &info) ? info.reason() : "";
}

ErrorDetails GetErrorDetails(const absl::Status& status) {
  google::rpc::ErrorInfo info;
  if (!GetErrorInfo(status, &info)) return {};
  ErrorDetails details(info.metadata().begin(), info.metadata().end());
  std::sort(details.begin(), details.end());
  return details;
}

absl::Status Annotate(const absl::Status& status, absl::string_view prefix) {
  if (status.ok()) return status;
  absl::Status annotated(status.code(),
                         absl::StrCat(prefix, ": ", status.message()));
  status.ForEachPayload([&](absl::string_view url, const absl::Cord& payload) {
    annotated.SetPayload(url, payload);
  });
  return annotated;
}

}  // namespace meridian
