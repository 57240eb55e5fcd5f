#include "cli/commands_help.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"

namespace meridian::cli {
namespace {

struct Row {
  CommandId id;
  const char* words;
  const char* purpose;
  std::string exit_codes;
};

std::vector<Row> Rows() {
  const std::string plain =
      "  0  answered\n  2  wrong usage or input\n  3  service unreachable\n";
  const std::string wrong =
      "  2  wrong usage or input\n  3  service unreachable\n";
  const std::string verdict =
      "  0  admissible\n  1  excluded\n" + wrong + "  4  undetermined\n";
  return {
      {CommandId::kStatus, "status",
       "What both services hold, and how fresh it is.",
       "  0  both services answered\n  2  wrong usage\n"
       "  3  a service is unreachable\n"},
      {CommandId::kEvidence, "evidence",
       "The record, snapshot and document lines behind an evidence id.", plain},
      {CommandId::kFields, "fields",
       "Fields, named groups and lists that expressions can use.", plain},
      {CommandId::kExpr, "expr",
       "Evaluates one expression, over one model when it names model fields.",
       "  0  true\n  1  false\n" + wrong + "  4  unknown\n"},
      {CommandId::kSourcesList, "sources list",
       "Configured sources with their newest run.", plain},
      {CommandId::kSourcesShow, "sources show",
       "One source: configuration, newest run and observation.", plain},
      {CommandId::kSourcesCheck, "sources check",
       "Checks a source's configuration, plugin and documents.",
       "  0  it can be run\n  1  there are problems\n" + wrong},
      {CommandId::kSourcesPreview, "sources preview",
       "Reads the first records of a source and commits nothing.",
       "  0  answered\n  1  it cannot be read\n" + wrong},
      {CommandId::kSourcesPlan, "sources plan",
       "What a run would add, change and miss; commits nothing.",
       "  0  it would succeed\n  1  it would fail\n" + wrong},
      {CommandId::kSourcesRun, "sources run",
       "Reads sources and commits what they hold, with progress.",
       "  0  every run succeeded\n  1  a run failed\n" + wrong},
      {CommandId::kSourcesApprove, "sources approve",
       "Makes held snapshots of a source visible, or discards them.", plain},
      {CommandId::kRunsList, "runs list", "Runs, newest first.", plain},
      {CommandId::kRunsShow, "runs show",
       "One run: what it read, what became of it, why it failed.", plain},
      {CommandId::kRunsCancel, "runs cancel",
       "Cancels a run; nothing of it becomes visible.", plain},
      {CommandId::kRejectedList, "rejected list",
       "Records that were rejected, with the reason and the row.", plain},
      {CommandId::kRejectedRetry, "rejected retry",
       "Reads a source's newest documents again and says which rows of those "
       "rejected before are read now.",
       "  0  every one is read now, or none was rejected\n"
       "  1  some are rejected still, or the run failed\n" +
           wrong},
      {CommandId::kSnapshotsList, "snapshots list",
       "Committed snapshots, newest first; or those that are held.", plain},
      {CommandId::kBoardsList, "boards list",
       "Boards with their categories, methods and vintages.", plain},
      {CommandId::kModelsList, "models list",
       "Models, all or those for which an expression is true.", plain},
      {CommandId::kModelsShow, "models show",
       "One model: every field, where it comes from, and its names.", plain},
      {CommandId::kOrganizationsList, "organizations list",
       "Organisations with their country.", plain},
      {CommandId::kOfferingsList, "offerings list",
       "Models as operators serve them: routes, regions, prices.", plain},
      {CommandId::kLeaderboard, "leaderboard",
       "One board as its newest snapshot has it, best first.", plain},
      {CommandId::kGap, "gap",
       "The best of each group against the others, at a date or per month.",
       "  0  decided, or a history\n" + wrong +
           "  4  not decided, or a group has no member (one point only)\n"},
      {CommandId::kIndicators, "indicators",
       "Figures from reports, every edition and contradiction side by side.",
       plain},
      {CommandId::kRatio, "ratio",
       "Divides sums of report figures; refuses what cannot be compared.",
       "  0  answered\n" + wrong + "  4  the figures cannot be compared\n"},
      {CommandId::kLag, "lag",
       "How long a group needed to reach what another had.",
       "  0  answered\n" + wrong + "  4  no record was reached\n"},
      {CommandId::kNamesUnresolved, "names unresolved",
       "Names that identity could not resolve, with the nearest it knows.",
       plain},
      {CommandId::kPolicyEvaluate, "policy evaluate",
       "Judges models by a policy: admissible, excluded or undetermined.",
       "  0  answered; with one --model: admissible\n"
       "  1  with one --model: excluded\n" +
           wrong + "  4  with one --model: undetermined\n"},
      {CommandId::kPolicyCheck, "policy check",
       "Reads a policy: how much is known of what it needs, types, cost, "
       "remarks; or where it is wrong.",
       plain},
      {CommandId::kPolicyAdmit, "policy admit",
       "May this model be used? One short answer, for gateways and build "
       "servers.",
       verdict},
      {CommandId::kPolicyExplain, "policy explain",
       "A verdict with its proof, facts and documents, and what would change "
       "it.",
       verdict},
      {CommandId::kPolicyBest, "policy best",
       "The best admissible model for each task.",
       "  0  every task has one\n"
       "  1  nothing serves a task, whatever is unknown\n" +
           wrong + "  4  only undetermined models serve a task\n"},
      {CommandId::kPolicyCost, "policy cost",
       "What a policy costs in capability, in all and by rule.",
       "  0  answered\n" + wrong +
           "  4  one point only: nothing is certainly admissible\n"},
      {CommandId::kPolicyConcentration, "policy concentration",
       "On how few vendors, countries, operators or laws it all rests.", plain},
      {CommandId::kPolicyCutoff, "policy cutoff",
       "What is lost when a vendor, country or operator is cut off.", plain},
      {CommandId::kPolicyDiff, "policy diff",
       "How two policies differ: in meaning, on the catalog, in cost.",
       "  0  they admit the same\n  1  they differ\n" + wrong +
           "  4  no difference is seen, and it is not decided\n"},
      {CommandId::kPolicyAnalyze, "policy analyze",
       "Rules that have no effect, and whether anything can be admitted.",
       "  0  something can be admitted\n  1  nothing can\n" + wrong +
           "  4  not decided\n"},
      {CommandId::kPolicyMissing, "policy missing",
       "Unknown facts that keep verdicts open, the most useful first.", plain},
      {CommandId::kPolicyTimeline, "policy timeline",
       "How the verdict on one model changed, and what changed it.", plain},
      {CommandId::kPolicyTest, "policy test",
       "Runs suites of expectations against policies.",
       "  0  every case passed\n  1  a case failed\n" + wrong},
      {CommandId::kPolicyWatch, "policy watch",
       "Tells every change of a verdict as new data come.", plain},
      {CommandId::kPolicyList, "policy list", "Policies that the log holds.",
       plain},
      {CommandId::kPolicyDecide, "policy decide",
       "Explains a verdict and records what was decided, by whom and why.",
       "  0  recorded\n" + wrong +
           "  4  undetermined, and neither --approve nor --reject: not "
           "recorded\n"},
      {CommandId::kPolicyDecisions, "policy decisions",
       "Recorded decisions, newest first.", plain},
      {CommandId::kPolicyDossier, "policy dossier",
       "A decision as a document for an auditor (--format md or json).", plain},
      {CommandId::kPolicyRecheck, "policy recheck",
       "Recorded decisions that the same policies would decide differently "
       "today.",
       "  0  none would differ\n  1  some would\n" + wrong +
           "  4  none would, but some cannot be asked again\n"},
  };
}

// "words: example" per line; examples name models and countries, so they
// are a text file and not code.
constexpr char kExamples[] =
#include "cli/examples.inc"
    ;

std::map<CommandId, CommandHelp> MakeHelp() {
  std::map<std::string, std::string> examples;
  for (absl::string_view line : absl::StrSplit(kExamples, '\n')) {
    const std::pair<std::string, std::string> parts =
        absl::StrSplit(line, absl::MaxSplits(": ", 1));
    examples.insert(parts);
  }
  std::map<CommandId, CommandHelp> help;
  for (const Row& row : Rows()) {
    help[row.id] = {row.purpose, examples[row.words], row.exit_codes};
  }
  return help;
}

}  // namespace

const char kProgramFooter[] =
    "Flags of every command stand before or after it. 'meridian COMMAND "
    "--help' shows a\ncommand's own flags, an example and its exit codes.\n\n"
    "To write sources: 'meridian plugin --help' (new, run, test, install) and "
    "'meridian\nmapping --help' (draft).\n\n"
    "Exit codes:\n"
    "  0  ok or yes\n"
    "  1  no, or a check failed\n"
    "  2  wrong usage or input\n"
    "  3  service unreachable\n"
    "  4  undetermined or not decidable";

const CommandHelp& HelpOf(CommandId command) {
  static const auto* help = new std::map<CommandId, CommandHelp>(MakeHelp());
  return help->at(command);
}

}  // namespace meridian::cli
