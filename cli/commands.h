// What the commands do, once parsed.
#ifndef CLI_COMMANDS_H_
#define CLI_COMMANDS_H_

#include <google/protobuf/message.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "cli/answer.h"
#include "cli/invocation.h"
#include "cli/table.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {

// Exit codes (docs/cli.md).
inline constexpr int kExitOk = 0;
inline constexpr int kExitNo = 1;
inline constexpr int kExitWrong = 2;
inline constexpr int kExitUnreachable = 3;
inline constexpr int kExitUndecided = 4;

// Each does the commands named, prints to `output` and returns the exit code;
// an error is printed by the caller.

absl::StatusOr<int> RunStatusCommand(const Invocation& invocation,
                                     const Output& output);
// sources *
absl::StatusOr<int> RunSourceCommand(const Invocation& invocation,
                                     const Output& output);
// sources preview, sources plan, rejected retry
absl::StatusOr<int> RunDryRunCommand(const Invocation& invocation,
                                     const Output& output);
// runs *, rejected list, snapshots *
absl::StatusOr<int> RunLogCommand(const Invocation& invocation,
                                  const Output& output);
absl::StatusOr<int> RunEvidence(const Invocation& invocation,
                                const Output& output);
// indicators, ratio
absl::StatusOr<int> RunIndicatorCommand(const Invocation& invocation,
                                        const Output& output);
absl::StatusOr<int> RunLag(const Invocation& invocation, const Output& output);
// boards, models, organizations, offerings list; fields; names unresolved
absl::StatusOr<int> RunCatalogCommand(const Invocation& invocation,
                                      const Output& output);
// models show, expr
absl::StatusOr<int> RunModelCommand(const Invocation& invocation,
                                    const Output& output);
absl::StatusOr<int> RunLeaderboard(const Invocation& invocation,
                                   const Output& output);
absl::StatusOr<int> RunGap(const Invocation& invocation, const Output& output);
// policy *
absl::StatusOr<int> RunPolicyCommand(const Invocation& invocation,
                                     const Output& output);

// Parts that commands share.

// Prints `message` as one line of JSON.
absl::Status PrintJson(const google::protobuf::Message& message,
                       const Output& output);
// From when and from which state of the log to ask.
v1::QueryContext ContextOf(const Globals& globals);
// A heading over a table or block, in the way of the format.
void PrintHeading(const Output& output, absl::string_view text);
// Says that a list goes on, when it does.
void PrintMore(const Output& output, absl::string_view next_page_token);
// "name     value" lines, values aligned; for people.
void PrintPairs(const Output& output,
                const std::vector<std::pair<std::string, std::string>>& pairs,
                int indent = 0);
// The facts of a model, rule or expression.
void PrintFacts(const Output& output, Citations& citations,
                const google::protobuf::RepeatedPtrField<v1::Fact>& facts,
                int indent = 0);

}  // namespace meridian::cli

#endif  // CLI_COMMANDS_H_
