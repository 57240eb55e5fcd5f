// How a verdict with its proof is shown.
#ifndef CLI_POLICY_PROOF_H_
#define CLI_POLICY_PROOF_H_

#include <string>
#include <vector>

#include "cli/answer.h"
#include "cli/table.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {

// For people: every rule as a tree of T, F and U with values and documents,
// and the explanation in sentences.
void PrintExplanation(const v1::ExplainVerdictResponse& answer,
                      Citations& citations, const Output& output);

// A row for each fact of each rule; a rule without facts has one row.
void PrintExplanationCsv(const v1::ExplainVerdictResponse& answer,
                         Citations& citations, const Output& output);

// "acme-large: UNDETERMINED (can become ADMISSIBLE or EXCLUDED)".
std::string VerdictLine(const v1::ModelVerdict& verdict);

// The facts that the proof of a rule reads, in the order of reading, each
// once. They live as long as `answer`.
std::vector<const v1::Fact*> FactsOfRule(
    const v1::ExplainVerdictResponse& answer, const v1::RuleProof& proof);

}  // namespace meridian::cli

#endif  // CLI_POLICY_PROOF_H_
