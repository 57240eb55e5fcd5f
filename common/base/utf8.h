// UTF-8 of texts that go onto the wire: one bad byte in a string field would
// make the whole message unreadable.
#ifndef COMMON_BASE_UTF8_H_
#define COMMON_BASE_UTF8_H_

#include <cstddef>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "google/protobuf/message.h"

namespace meridian {

// True when `text` is well-formed UTF-8 (no overlong forms, no surrogates).
bool IsUtf8(absl::string_view text);

// `text` with every byte that is not part of well-formed UTF-8 replaced by
// '?', cut to at most `max_bytes` without breaking a character.
std::string CleanUtf8(absl::string_view text, size_t max_bytes);

// The name of the first string field of a message, however deep, that is not
// UTF-8; nullopt when all are.
std::optional<std::string> FindBadUtf8(
    const google::protobuf::Message& message);

}  // namespace meridian

#endif  // COMMON_BASE_UTF8_H_
