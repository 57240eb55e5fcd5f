// The plugin protocol from an enemy on either side: messages of a plugin to
// the host's checks, messages of a host to the SDK, and the handshake's line.
#include <cstdlib>

#include "google/protobuf/text_format.h"
#include "ingest_service/plugin_host/handshake.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/plugin_host/read_protocol.h"
#include "plugins/sdk/session.h"
#include "plugins/testing_plugins/lines_source.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

// Messages one after the other, each with a length of one byte before it.
template <typename Message>
std::vector<Message> Messages(const std::string& bytes) {
  std::vector<Message> messages;
  for (size_t at = 0; at < bytes.size();) {
    const size_t size = static_cast<unsigned char>(bytes[at]);
    Message message;
    if (message.ParseFromString(bytes.substr(at + 1, size))) {
      messages.push_back(std::move(message));
    }
    at += 1 + size;
  }
  return messages;
}

class Port : public MessagePort {
 public:
  explicit Port(std::vector<v1::FromHost> messages)
      : messages_(std::move(messages)) {}
  bool Receive(v1::FromHost* message) override {
    if (next_ == messages_.size()) return false;
    *message = messages_[next_++];
    return true;
  }
  bool Send(const v1::FromPlugin&) override { return true; }

 private:
  const std::vector<v1::FromHost> messages_;
  size_t next_ = 0;
};

template <typename Message>
std::string Framed(const std::vector<std::string>& texts) {
  std::string bytes;
  for (const std::string& text : texts) {
    Message message;
    if (!google::protobuf::TextFormat::ParseFromString(text, &message)) {
      std::abort();
    }
    const std::string one = message.SerializeAsString();
    bytes.push_back(static_cast<char>(one.size()));
    bytes += one;
  }
  return bytes;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      R"({"handshake":1,"protocols":[1],"id":"lines","version":"1.0.0"})",
      Framed<v1::FromPlugin>(
          {"begin_snapshot { snapshot: 1 stream: 's' vintage { date: '2026' } "
           "mode: SNAPSHOT_MODE_REPLACES }",
           "batch { snapshot: 1 rows { records { model { name: 'm' } } } }",
           "rejected { why: 'x' }", "fetch { request: 9 uri: 'u' }",
           "end_snapshot { snapshot: 1 count: 1 }", "done {}"}),
      Framed<v1::FromHost>(
          {"open { config_json: '{}' limits { max_message_bytes: 9999 } }",
           "document { request: 0 path: 'p' vintage_hint { date: '2026' } }",
           "chunk { request: 0 data: 'a 1' }",
           "chunk { request: 0 data: ' b 2' last: true }", "documents_done {}",
           "fetch_failed { request: 7 why: 'no' }", "drain {}"})};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace meridian;  // NOLINT
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto handshake = ingest::ParseHandshake(bytes, "lines");
  if (handshake.ok() && handshake->id != "lines") std::abort();
  ingest::ReadProtocol protocol(ingest::WithDefaults({}));
  for (const v1::FromPlugin& message : fuzz::Messages<v1::FromPlugin>(bytes)) {
    if (!protocol.OnMessage(message).ok()) break;
  }
  fuzz::Port port(fuzz::Messages<v1::FromHost>(bytes));
  testing::LinesSource source;
  const absl::Status status = RunRead(source, port);
  if (!status.ok() && ErrorReason(status).empty()) std::abort();
  return 0;
}
