// What all questions about policies share, from the flags of the command
// line.
#ifndef CLI_POLICY_QUESTION_H_
#define CLI_POLICY_QUESTION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/invocation.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {

// A file of policies or suites as text. Errors: NotFound (NO_SUCH_FILE).
absl::StatusOr<v1::PolicySource> ReadPolicySource(const std::string& path);

// The policy `file`, deployer, own evidence and day of a command. A `file`
// that is none and reads as ID or ID@VERSION is a policy that the log holds;
// an empty one is no policy.
// Errors: NotFound (NO_SUCH_FILE), InvalidArgument (BAD_USAGE), those of
// ParseOwnEvidence.
absl::StatusOr<v1::PolicyQuestion> QuestionOf(const Invocation& invocation,
                                              const std::string& file);

// "key=value,key=value" of --deployer, several joined. Errors:
// InvalidArgument (BAD_USAGE) naming the key and what is expected.
absl::StatusOr<v1::Deployer> ParseDeployer(
    const std::vector<std::string>& texts);

// "OPERATOR/ROUTE", "OPERATOR" or "self".
v1::OfferingRef ParseOffering(absl::string_view text);

// "TASK=BOARD[:CATEGORY[:METHOD]]". Errors: InvalidArgument (BAD_USAGE).
absl::StatusOr<v1::Objective> ParseTask(absl::string_view text);

// --board, --category, --method; unset without --board.
template <typename Request>
void SetRankBy(const Args& args, Request& request) {
  if (args.board.empty()) return;
  request.mutable_rank_by()->set_board(args.board);
  request.mutable_rank_by()->set_category(args.category);
  request.mutable_rank_by()->set_method(args.method);
}

// MODEL and --offering.
template <typename Request>
void SetSubject(const Args& args, Request& request) {
  request.set_model(args.model);
  if (args.offering.empty()) return;
  *request.mutable_offering() = ParseOffering(args.offering);
}

}  // namespace meridian::cli

#endif  // CLI_POLICY_QUESTION_H_
