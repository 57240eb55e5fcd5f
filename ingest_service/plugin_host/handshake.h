// The line a plugin says first.
#ifndef INGEST_SERVICE_PLUGIN_HOST_HANDSHAKE_H_
#define INGEST_SERVICE_PLUGIN_HOST_HANDSHAKE_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::ingest {

// A handshake is one short line; more than this is not one.
inline constexpr size_t kMaxHandshakeBytes = 64 << 10;

struct Handshake {
  std::string id;
  std::string version;
};

// Parses {"handshake":1,"protocols":[1],"id":"arena","version":"1.0.0"}.
// Other members are ignored. Errors: FailedPrecondition
// (PLUGIN_HANDSHAKE_FAILED) saying what came instead, also when the id is not
// `id` (unless that is empty) or no protocol of ours is offered.
absl::StatusOr<Handshake> ParseHandshake(absl::string_view line,
                                         absl::string_view id);

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_HANDSHAKE_H_
