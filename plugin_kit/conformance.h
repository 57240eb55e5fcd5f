// The conformance kit: whether a plugin keeps the rules, over the real socket
// and in the sandbox. docs/write-a-source.md lists the rules.
#ifndef PLUGIN_KIT_CONFORMANCE_H_
#define PLUGIN_KIT_CONFORMANCE_H_

#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "plugin_kit/plugin_folder.h"
#include "plugin_kit/plugin_run.h"
#include "plugins/sdk/rules.h"

namespace meridian::kit {

struct RuleResult {
  std::string rule;
  std::string case_name;  // empty: of the plugin as a whole
  bool passed = true;
  std::string message;  // of a broken rule: what broke it
  std::string fix;
};

struct Report {
  std::string plugin;  // "id version"; empty when it did not start
  std::vector<RuleResult> results;
  uint64_t records = 0;
  uint64_t rejected = 0;
  double read_seconds = 0;  // of the first read of each case
  size_t broken() const;
};

struct TestOptions {
  bool update_golden = false;
};

// Tests a plugin. A rule that rests on one that is broken is left out. Errors:
// only what is no fault of the plugin (a golden file cannot be written).
absl::StatusOr<Report> TestPlugin(PluginRun& run,
                                  const std::vector<PluginCase>& cases,
                                  const TestOptions& options);

// For people: every broken rule with its fix, then the count.
void PrintReport(const Report& report, std::ostream& out);
// {"plugin": .., "passed": N, "broken": N, "rules": [{"rule": ..}]}.
std::string ReportJson(const Report& report);

// The lines of a golden file: what a read gave, one JSON object a line.
std::string GoldenText(const ReadResult& result);

}  // namespace meridian::kit

#endif  // PLUGIN_KIT_CONFORMANCE_H_
