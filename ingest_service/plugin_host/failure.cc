#include "ingest_service/plugin_host/failure.h"

#include <string.h>

#include <cstdint>
#include <utility>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "ingest_service/plugin_host/plugin_host.h"

namespace meridian::ingest {
namespace {

constexpr char kRunErrorUrl[] = "type.googleapis.com/meridian.v1.RunError";

// Bytes of the character at the start of `text`, continuation bytes only
// counted; 0 when it is not a character. Overlong forms of three bytes and
// more and surrogates are refused too, since protobuf does.
size_t CharacterLength(absl::string_view text) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(0);
  const size_t length = first < 0x80                     ? 1
                        : first >= 0xC2 && first <= 0xDF ? 2
                        : first >= 0xE0 && first <= 0xEF ? 3
                        : first >= 0xF0 && first <= 0xF4 ? 4
                                                         : 0;
  if (length == 0 || text.size() < length) return 0;
  uint32_t code = length == 1 ? first : first & (0x7F >> length);
  for (size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  const bool overlong =
      (length == 3 && code < 0x800) || (length == 4 && code < 0x10000);
  const bool forbidden = (code >= 0xD800 && code <= 0xDFFF) || code > 0x10FFFF;
  return overlong || forbidden ? 0 : length;
}

}  // namespace

std::string Printable(absl::string_view text, size_t max_bytes) {
  std::string printable;
  while (!text.empty()) {
    const size_t length = CharacterLength(text);
    absl::string_view next = text.substr(0, length);
    if (length == 0) next = "?";
    if (length == 1 && (text[0] < ' ' || text[0] == 0x7F)) next = " ";
    if (printable.size() + next.size() > max_bytes) break;
    printable.append(next.data(), next.size());
    text.remove_prefix(length == 0 ? 1 : length);
  }
  return printable;
}

std::string DescribeExit(const v1::RunError& error) {
  if (error.has_signal()) {
    const char* name = sigabbrev_np(error.signal());
    return absl::StrCat("was ended by signal ", error.signal(), " (SIG",
                        name == nullptr ? "?" : name, ")");
  }
  if (error.has_exit_code()) {
    return absl::StrCat("exited with code ", error.exit_code());
  }
  return "is still running";
}

absl::Status WithStage(absl::Status status, v1::RunStage stage,
                       v1::RunError error) {
  error.set_stage(stage);
  error.set_reason(ErrorReason(status));
  error.set_message(Printable(status.message(), 4096));
  status.SetPayload(kRunErrorUrl, absl::Cord(error.SerializeAsString()));
  return status;
}

absl::Status ToStatus(const Failure& failure, v1::RunError error) {
  for (const auto& [name, value] : failure.details) {
    if (name == "plugin_reason") error.set_plugin_reason(value);
  }
  return WithStage(
      MakeError(failure.code, failure.reason, failure.message, failure.details),
      failure.stage, std::move(error));
}

v1::RunError RunErrorOf(const absl::Status& status, v1::RunStage otherwise) {
  v1::RunError error;
  const auto payload = status.GetPayload(kRunErrorUrl);
  if (payload.has_value() && error.ParseFromString(std::string(*payload))) {
    return error;
  }
  error.Clear();
  error.set_stage(otherwise);
  error.set_reason(ErrorReason(status));
  error.set_message(Printable(status.message(), 4096));
  return error;
}

}  // namespace meridian::ingest
