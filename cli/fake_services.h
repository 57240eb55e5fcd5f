// Both services in the test's process, on free ports, with canned answers.
#ifndef CLI_FAKE_SERVICES_H_
#define CLI_FAKE_SERVICES_H_

#include <google/protobuf/message.h>

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace meridian::cli {

// Not thread-safe beside the calls it serves: set answers before calling.
class FakeServices {
 public:
  FakeServices();
  ~FakeServices();

  std::string ingest() const;
  std::string analysis() const;

  // The next answer of the method that answers with this type. Given several,
  // they come in order and the last repeats; a stream sends them all.
  void Answer(const google::protobuf::Message& response);
  // From now on every method fails so.
  void Fail(const absl::Status& status);
  // The requests of every call so far, in short text form, with type.
  std::vector<std::string> requests() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace meridian::cli

#endif  // CLI_FAKE_SERVICES_H_
