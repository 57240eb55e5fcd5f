// What WatchVerdicts tells: all verdicts, then what changed with each state of
// the log. No gRPC, threads or clocks: the service says when.
#ifndef ANALYSIS_SERVICE_POLICY_WATCH_H_
#define ANALYSIS_SERVICE_POLICY_WATCH_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Changes in one message; a long list comes in several.
inline constexpr size_t kMostChanges = 1000;

// Not thread-safe.
class VerdictWatch {
 public:
  // Errors: InvalidArgument (BAD_REQUEST) when `at_seq` is set: a state of the
  // past does not change.
  static absl::StatusOr<VerdictWatch> Create(
      const v1::WatchVerdictsRequest& request);

  // The messages for a newer question, the first time with every verdict as a
  // change; empty when nothing changed after that. Models that were asked for
  // and are not known yet have no verdict. Errors: those of PolicyRun::Create;
  // the first time also those of FindModel.
  absl::StatusOr<std::vector<v1::WatchVerdictsResponse>> Update(
      const Question& question);

 private:
  struct State {
    v1::Verdict verdict = v1::VERDICT_UNSPECIFIED;
    std::vector<std::string> rules;
    bool operator==(const State&) const = default;
  };
  // Model, operator, route; the last two empty for a model.
  struct Key {
    std::string model;
    bool is_offering = false;
    std::string operator_name;
    std::string route;
    auto operator<=>(const Key&) const = default;
  };
  using States = std::map<Key, State>;

  explicit VerdictWatch(const v1::WatchVerdictsRequest& request)
      : request_(request) {}
  absl::StatusOr<States> Judge(const Question& question,
                               v1::VerdictCounts* counts) const;
  std::vector<v1::VerdictChange> Compare(const States& now) const;

  v1::WatchVerdictsRequest request_;
  bool begun_ = false;
  States states_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_WATCH_H_
