// How the parts of answers about policies read.
#ifndef CLI_POLICY_TEXT_H_
#define CLI_POLICY_TEXT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/answer.h"
#include "cli/table.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {

using Pairs = std::vector<std::pair<std::string, std::string>>;

// 0 admissible, 1 excluded, 4 undetermined.
int ExitOf(v1::Verdict verdict);

// "satisfied", "violated", "unknown", "does not apply".
std::string RuleWord(const v1::RuleResult& rule);
// The word with what must be known beside it: "unknown (MISSING) by default",
// "satisfied, waived until 2026-12-31".
std::string RuleState(const v1::RuleResult& rule);
// Rules that are not plainly satisfied, in short: "local-only violated;
// weights-open unknown (MISSING)".
std::string RulesText(const v1::ModelVerdict& verdict);

// "12 admissible, 1,003 excluded, 7 undetermined".
std::string CountsText(const v1::VerdictCounts& counts);
// "Acme/large", "self", "" when it is unset.
std::string OfferingText(const v1::OfferingRef& offering);
// "acme-large", "acme-large at Acme/large".
std::string SubjectText(absl::string_view model,
                        const v1::OfferingRef& offering);
// "[12.5, 40]"; an end that is not known is "?"; one number when both are it.
std::string RangeText(const v1::Interval& interval, int decimals);
// "acme-large 1300.5 [1290, 1310] [1]"; "none" when `has` is false.
std::string ModelScore(bool has, const v1::ScoredModel& model,
                       Citations& citations);
// The same with verdict and deciding rules.
std::string RankedText(bool has, const v1::RankedVerdict& ranked,
                       Citations& citations);
// "general: lmarena/text, category full, method raw".
std::string ObjectiveText(const v1::Objective& objective);
// "country DE; not commercial; mode SELF_HOST"; empty when nothing is set.
std::string DeployerText(const v1::Deployer& deployer);

Cell VerdictCell(v1::Verdict verdict);
Cell TruthCell(v1::Truth truth);
// The number when `has`, else unknown.
Cell NumberCell(bool has, double value, int decimals);

// The coverage of facts as a table.
void PrintCoverage(
    const google::protobuf::RepeatedPtrField<v1::FactCoverage>& coverage,
    const Output& output);
// Remarks about a policy, one a line.
void PrintDiagnostics(
    const google::protobuf::RepeatedPtrField<v1::PolicyDiagnostic>& diagnostics,
    const Output& output);

}  // namespace meridian::cli

#endif  // CLI_POLICY_TEXT_H_
