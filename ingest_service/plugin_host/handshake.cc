#include "ingest_service/plugin_host/handshake.h"

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "ingest_service/plugin_host/failure.h"

namespace meridian::ingest {
namespace {

constexpr double kHandshakeVersion = 1;
constexpr double kProtocol = 1;
constexpr size_t kMaxNameBytes = 64;

absl::Status Bad(absl::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition,
                   "PLUGIN_HANDSHAKE_FAILED", message);
}

bool Offers(const google::protobuf::Value& protocols, double protocol) {
  for (const auto& value : protocols.list_value().values()) {
    if (value.number_value() == protocol) return true;
  }
  return false;
}

}  // namespace

absl::StatusOr<Handshake> ParseHandshake(absl::string_view line,
                                         absl::string_view id) {
  google::protobuf::Struct parsed;
  if (!google::protobuf::util::JsonStringToMessage(std::string(line), &parsed)
           .ok()) {
    return Bad(absl::StrCat("sent as handshake not a JSON object but '",
                            Printable(line, 80),
                            "'; a plugin writes its handshake to file "
                            "descriptor 3"));
  }
  auto& fields = *parsed.mutable_fields();
  if (fields["handshake"].number_value() != kHandshakeVersion) {
    return Bad("sent a handshake of another version than 1");
  }
  if (!Offers(fields["protocols"], kProtocol)) {
    return Bad("does not speak protocol 1; build it with a newer SDK");
  }
  Handshake handshake;
  handshake.id = Printable(fields["id"].string_value(), kMaxNameBytes);
  handshake.version =
      Printable(fields["version"].string_value(), kMaxNameBytes);
  if (handshake.id.empty()) return Bad("named no id in its handshake");
  if (!id.empty() && handshake.id != id) {
    return Bad(absl::StrCat("is plugin '", handshake.id, "', not '", id,
                            "'; check which program is configured"));
  }
  return handshake;
}

}  // namespace meridian::ingest
