// The answers of ValidatePolicy and CheckAdmission. Plain C++: no gRPC,
// threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_CHECK_H_
#define ANALYSIS_SERVICE_POLICY_CHECK_H_

#include <vector>

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// For every resolved model, what is known of the facts that rules need;
// `rule` -1: of all rules. A function counts as known for a model when all
// calls of it that the rules make are. Least known first, then by name.
std::vector<v1::FactCoverage> CoverageOf(PolicyRun& run, int rule = -1);

// Remarks about a policy that loads: sets and defines that no rule uses,
// waivers without effect, rules that use known() (more knowledge may reverse
// them), facts that are needed and known of no model.
std::vector<v1::PolicyDiagnostic> DiagnosticsOf(
    PolicyRun& run, const std::vector<v1::FactCoverage>& coverage);

// Errors of both: those of PolicyRun::Create.
absl::StatusOr<v1::ValidatePolicyResponse> ValidatePolicy(
    const Question& question, const v1::ValidatePolicyRequest& request);

// The decision id is the same for the same policy, deployer, evidence, log,
// seq, date, country rule, subject and verdict. Facts and waivers change by
// the day, so the answer may be reused until the day ends; one with a stated
// as_of for a day; an UNDETERMINED one not at all. Errors: also those of
// FindSubject.
absl::StatusOr<v1::CheckAdmissionResponse> CheckAdmission(
    const Question& question, const v1::CheckAdmissionRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_CHECK_H_
