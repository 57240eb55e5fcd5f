// What each command `policy ...` does. Each asks, prints to `output` and
// returns the exit code.
#ifndef CLI_POLICY_COMMANDS_H_
#define CLI_POLICY_COMMANDS_H_

#include "absl/status/statusor.h"
#include "cli/decision_client.h"
#include "cli/invocation.h"
#include "cli/policy_client.h"
#include "cli/table.h"

namespace meridian::cli {

// policy_commands.cc: policies and their verdicts.
absl::StatusOr<int> EvaluatePolicy(PolicyClient& client,
                                   const Invocation& invocation,
                                   const Output& output);
absl::StatusOr<int> CheckPolicy(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output);
absl::StatusOr<int> ListPolicies(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output);

// policy_verdict_commands.cc: one model, and what is missing.
absl::StatusOr<int> AdmitModel(PolicyClient& client,
                               const Invocation& invocation,
                               const Output& output);
absl::StatusOr<int> ExplainModel(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output);
absl::StatusOr<int> ListMissing(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output);

// policy_time_commands.cc: verdicts over time.
absl::StatusOr<int> ShowTimeline(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output);
absl::StatusOr<int> WatchVerdicts(PolicyClient& client,
                                  const Invocation& invocation,
                                  const Output& output);

// policy_measure_commands.cc: what a policy leaves, and what that costs.
absl::StatusOr<int> FindBest(PolicyClient& client, const Invocation& invocation,
                             const Output& output);
absl::StatusOr<int> MeasureCost(PolicyClient& client,
                                const Invocation& invocation,
                                const Output& output);

// policy_risk_commands.cc: on whom it all depends.
absl::StatusOr<int> MeasureConcentration(PolicyClient& client,
                                         const Invocation& invocation,
                                         const Output& output);
absl::StatusOr<int> SimulateCutoff(PolicyClient& client,
                                   const Invocation& invocation,
                                   const Output& output);

// policy_compare_commands.cc: what policies mean.
absl::StatusOr<int> ComparePolicies(PolicyClient& client,
                                    const Invocation& invocation,
                                    const Output& output);
absl::StatusOr<int> AnalyzePolicy(PolicyClient& client,
                                  const Invocation& invocation,
                                  const Output& output);
absl::StatusOr<int> TestPolicies(PolicyClient& client,
                                 const Invocation& invocation,
                                 const Output& output);

// policy_decision_commands.cc: what was decided.
absl::StatusOr<int> DecideModel(PolicyClient& client, DecisionClient& decisions,
                                const Invocation& invocation,
                                const Output& output);
absl::StatusOr<int> ListDecisions(DecisionClient& decisions,
                                  const Invocation& invocation,
                                  const Output& output);

// policy_recheck.cc: what would be decided today.
absl::StatusOr<int> RecheckDecisions(PolicyClient& client,
                                     DecisionClient& decisions,
                                     const Invocation& invocation,
                                     const Output& output);

// policy_dossier.cc: a decision as a document.
absl::StatusOr<int> ExportDossier(DecisionClient& decisions,
                                  const Invocation& invocation,
                                  const Output& output);

}  // namespace meridian::cli

#endif  // CLI_POLICY_COMMANDS_H_
