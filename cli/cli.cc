#include "cli/cli.h"

#include <cstdlib>
#include <utility>

#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/parse.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

// https://no-color.org: set and not empty means no colours.
bool ColorsWanted() {
  const char* no_color = std::getenv("NO_COLOR");
  return no_color == nullptr || *no_color == '\0';
}

absl::StatusOr<int> Dispatch(const Invocation& invocation,
                             const Output& output) {
  switch (invocation.command) {
    case CommandId::kStatus:
      return RunStatusCommand(invocation, output);
    case CommandId::kEvidence:
      return RunEvidence(invocation, output);
    case CommandId::kSourcesList:
    case CommandId::kSourcesShow:
    case CommandId::kSourcesCheck:
    case CommandId::kSourcesRun:
    case CommandId::kSourcesApprove:
      return RunSourceCommand(invocation, output);
    case CommandId::kSourcesPreview:
    case CommandId::kSourcesPlan:
    case CommandId::kRejectedRetry:
      return RunDryRunCommand(invocation, output);
    case CommandId::kRunsList:
    case CommandId::kRunsShow:
    case CommandId::kRunsCancel:
    case CommandId::kRejectedList:
    case CommandId::kSnapshotsList:
      return RunLogCommand(invocation, output);
    case CommandId::kFields:
    case CommandId::kBoardsList:
    case CommandId::kModelsList:
    case CommandId::kOrganizationsList:
    case CommandId::kOfferingsList:
    case CommandId::kNamesUnresolved:
      return RunCatalogCommand(invocation, output);
    case CommandId::kIndicators:
    case CommandId::kRatio:
      return RunIndicatorCommand(invocation, output);
    case CommandId::kLag:
      return RunLag(invocation, output);
    case CommandId::kModelsShow:
    case CommandId::kExpr:
      return RunModelCommand(invocation, output);
    case CommandId::kLeaderboard:
      return RunLeaderboard(invocation, output);
    case CommandId::kGap:
      return RunGap(invocation, output);
    case CommandId::kPolicyEvaluate:
    case CommandId::kPolicyCheck:
    case CommandId::kPolicyAdmit:
    case CommandId::kPolicyExplain:
    case CommandId::kPolicyBest:
    case CommandId::kPolicyCost:
    case CommandId::kPolicyConcentration:
    case CommandId::kPolicyCutoff:
    case CommandId::kPolicyDiff:
    case CommandId::kPolicyAnalyze:
    case CommandId::kPolicyMissing:
    case CommandId::kPolicyTimeline:
    case CommandId::kPolicyTest:
    case CommandId::kPolicyWatch:
    case CommandId::kPolicyList:
    case CommandId::kPolicyDecide:
    case CommandId::kPolicyDecisions:
    case CommandId::kPolicyDossier:
    case CommandId::kPolicyRecheck:
      return RunPolicyCommand(invocation, output);
  }
  return absl::InternalError("unknown command");
}

}  // namespace

int RunCli(std::vector<std::string> args, std::ostream& out, std::ostream& err,
           bool terminal) {
  Output output{out, err};
  output.terminal = terminal;
  output.color = terminal && ColorsWanted();
  const auto parsed = Parse(args);
  if (!parsed.ok()) {
    PrintError(parsed.status(), output);
    return ExitCodeOf(parsed.status());
  }
  if (!parsed->invocation.has_value()) {
    out << parsed->text;
    return kExitOk;
  }
  const Globals& globals = parsed->invocation->globals;
  output.format = globals.format;
  output.cite = globals.cite;
  output.color =
      output.color && !globals.no_color && globals.format == Format::kTable;
  const auto exit = Dispatch(*parsed->invocation, output);
  out.flush();
  if (exit.ok() && !out) {
    PrintError(MakeError(absl::StatusCode::kInternal, "CANNOT_WRITE",
                         "the answer could not be written in full"),
               output);
    return kExitNo;
  }
  if (exit.ok()) return *exit;
  PrintError(exit.status(), output);
  return ExitCodeOf(exit.status());
}

}  // namespace meridian::cli
