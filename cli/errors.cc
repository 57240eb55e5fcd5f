#include "cli/errors.h"

#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "cli/commands.h"
#include "cli/text.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// Line by line, so that the caret stays under its place.
void PrintBlock(absl::string_view text, std::ostream& err) {
  for (absl::string_view line :
       absl::StrSplit(absl::StripSuffix(text, "\n"), '\n')) {
    err << Printable(line) << "\n";
  }
}

}  // namespace

void PrintError(const absl::Status& error, const Output& output) {
  const std::string message(error.message());
  output.err << Paint(output, Color::kRed, "error:") << " ";
  PrintBlock(message.empty() ? absl::StatusCodeToString(error.code()) : message,
             output.err);
  const std::string reason = ErrorReason(error);
  if (!reason.empty()) output.err << "reason: " << Printable(reason) << "\n";
  for (const auto& [name, value] : GetErrorDetails(error)) {
    if (value.empty() || absl::StrContains(message, value)) continue;
    if (absl::StrContains(value, "\n")) {
      PrintBlock(value, output.err);
    } else if (name == "suggestions") {
      if (absl::StrContains(message, "did you mean")) continue;
      output.err << "did you mean: " << Printable(value) << "\n";
    } else {
      output.err << Printable(name) << ": " << Printable(value) << "\n";
    }
  }
}

int ExitCodeOf(const absl::Status& error) {
  switch (error.code()) {
    case absl::StatusCode::kOk:
      return kExitOk;
    case absl::StatusCode::kInvalidArgument:
    case absl::StatusCode::kNotFound:
    case absl::StatusCode::kOutOfRange:
    case absl::StatusCode::kFailedPrecondition:
      return kExitWrong;
    case absl::StatusCode::kUnavailable:
    case absl::StatusCode::kDeadlineExceeded:
      return kExitUnreachable;
    default:
      return kExitNo;
  }
}

}  // namespace meridian::cli
