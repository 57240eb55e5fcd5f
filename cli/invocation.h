// One call of the program, as parsed from its arguments.
#ifndef CLI_INVOCATION_H_
#define CLI_INVOCATION_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/time/time.h"
#include "cli/table.h"

namespace meridian::cli {

enum class CommandId {
  kStatus,
  kEvidence,
  kFields,
  kExpr,
  kSourcesList,
  kSourcesShow,
  kSourcesCheck,
  kSourcesPreview,
  kSourcesPlan,
  kSourcesRun,
  kSourcesApprove,
  kRunsList,
  kRunsShow,
  kRunsCancel,
  kRejectedList,
  kRejectedRetry,
  kSnapshotsList,
  kBoardsList,
  kModelsList,
  kModelsShow,
  kOrganizationsList,
  kOfferingsList,
  kLeaderboard,
  kGap,
  kIndicators,
  kRatio,
  kLag,
  kNamesUnresolved,
  kPolicyEvaluate,
  kPolicyCheck,
  kPolicyAdmit,
  kPolicyExplain,
  kPolicyBest,
  kPolicyCost,
  kPolicyConcentration,
  kPolicyCutoff,
  kPolicyDiff,
  kPolicyAnalyze,
  kPolicyMissing,
  kPolicyTimeline,
  kPolicyTest,
  kPolicyWatch,
  kPolicyList,
  kPolicyDecide,
  kPolicyDecisions,
  kPolicyDossier,
  kPolicyRecheck,
};

// Flags that every command takes.
struct Globals {
  std::string ingest = "127.0.0.1:7401";
  std::string analysis = "127.0.0.1:7402";
  Format format = Format::kTable;
  std::string as_of;          // "YYYY-MM-DD"; empty: today
  uint64_t at_seq = 0;        // 0: newest
  uint64_t at_least_seq = 0;  // 0: do not wait
  std::string country_rule;   // empty: the service's default
  bool cite = false;
  bool no_color = false;
  double timeout_seconds = 30;

  absl::Duration timeout() const { return absl::Seconds(timeout_seconds); }
};

// A group to compare; without an expression a named group of the catalog.
struct GroupArg {
  std::string name;
  std::string expression;
};

// Flags and arguments of the commands; each command reads its own.
struct Args {
  std::string name;                // ID, NAME, BOARD, EXPR, FILE, ENTITY
  std::vector<std::string> names;  // IDs of `sources run`, suites
  bool all = false;
  bool wait = false;
  bool strict = false;
  bool open = false;
  bool held = false;
  bool discard = false;
  std::string digest;  // of a held snapshot; empty: all
  std::string reread;  // run to read again, or "last"; empty: fetch
  uint32_t context_lines = 3;
  std::string source;
  std::string run;
  std::string filter;
  std::string board;
  std::string category;
  std::string method;
  uint64_t min_votes = 0;
  uint32_t limit = 100;  // 0: all
  std::vector<GroupArg> groups;
  std::string from;
  std::string to;
  std::string history = "contemporary";  // or "revised"
  std::string bucket = "last";           // or "first", "max", "mean", "all"
  std::string entrants;                  // "listed" or "released"; empty: unset
  std::string day;                       // --on
  uint32_t draws = 0;                    // 0: the service's default
  uint64_t seed = 0;
  std::vector<std::string> models;
  std::vector<std::string> areas;
  std::vector<std::string> editions;
  std::string period;
  std::vector<std::string> of;  // figures of `ratio`
  std::vector<std::string> over;
  std::string records;  // of `lag`: "best" or "every"; empty: the default
  bool by_impact = false;
  std::string verdict;  // "ADMISSIBLE", "EXCLUDED" or "UNDETERMINED"

  // Policies.
  std::string model;                  // MODEL, or --model of `decisions`
  std::string offering;               // "OPERATOR/ROUTE" or "self"
  std::vector<std::string> evidence;  // files of the caller's own evidence
  std::vector<std::string> deployer;  // "key=value"
  std::vector<std::string> tasks;     // "TASK=BOARD[:CATEGORY[:METHOD]]"
  uint32_t runners_up = 0;            // 0: the service's default
  std::string dimension;              // "VENDOR", "COUNTRY", ...
  std::string measure;
  std::string value;
  std::string mechanism;     // "API_LOST", ...; empty: ALL
  std::string other;         // second FILE of `diff`
  double watch_seconds = 0;  // 0: until it is stopped
  std::string policy;        // id
  std::string approver;
  std::string reason;
  bool approve = false;
  bool reject = false;
  bool override_verdict = false;
};

struct Invocation {
  CommandId command = CommandId::kStatus;
  Globals globals;
  Args args;
};

}  // namespace meridian::cli

#endif  // CLI_INVOCATION_H_
