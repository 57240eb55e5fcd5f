// A policy as it was written: the message, and where everything in it stands.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_SOURCE_H_
#define ANALYSIS_SERVICE_POLICY_SOURCE_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/yaml/yaml.h"
#include "google/protobuf/message.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Line and column, from 1; columns count code points. 0: not known.
struct Place {
  uint32_t line = 0;
  uint32_t column = 0;
  bool known() const { return line != 0; }
  auto operator<=>(const Place&) const = default;
};

// Places of a message read from a file, by path: "rules[2].require".
class PolicyPlaces {
 public:
  PolicyPlaces() = default;
  PolicyPlaces(absl::string_view text, absl::string_view file);

  bool empty() const { return file_.empty(); }
  const std::string& file() const { return file_; }
  // `at` is where the key of the element stands, `value` its text when it is a
  // scalar.
  void Set(std::string path, Place at, absl::string_view key,
           absl::string_view value);
  // The element, else the nearest one around it.
  Place Of(absl::string_view path) const;
  // A place within the text of a scalar. Where text and file differ (folded
  // blocks, escapes): its key.
  Place Within(absl::string_view path, Place inside) const;

 private:
  struct Entry {
    Place at;
    Place text;             // of the first character; unknown: not exact
    bool is_block = false;  // a literal block: every line begins there
  };
  Entry Locate(Place at, absl::string_view key, absl::string_view value) const;

  std::string file_;
  std::vector<std::string> lines_;
  std::map<std::string, Entry, std::less<>> entries_;
};

struct PolicyProblem {
  std::string path;  // of the element, for its place
  Place place;       // when known already
  std::string message;
  Place inside = {};  // within the text of the element, when it is there
};

struct PolicyText {
  v1::Policy policy;
  PolicyPlaces places;
  std::vector<PolicyProblem> problems;
  // The text does not parse: what was read of it says nothing.
  bool is_broken = false;
};

// Reads the fields of a policy; what is wrong is in `problems`. Expressions,
// dates and references between parts are not looked at.
PolicyText ReadPolicyYaml(absl::string_view text, absl::string_view file);
PolicyText ReadPolicyTextproto(absl::string_view text, absl::string_view file);

// Reads the entries of a YAML mapping into the fields of a message: names in
// snake case, enums without their prefix. `path` is that of the message.
// Lists named `sets` and `defines` of a Policy are mappings by name.
void ReadYamlMessage(const YamlValue& node, absl::string_view path,
                     google::protobuf::Message* message, PolicyPlaces* places,
                     std::vector<PolicyProblem>* problems);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_SOURCE_H_
