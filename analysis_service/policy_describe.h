// What was judged, in the words of the protocol: rules with their facts and
// sentences, obligations, warnings, preference. Plain C++: no gRPC, threads,
// clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_DESCRIBE_H_
#define ANALYSIS_SERVICE_POLICY_DESCRIBE_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/answer.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Fills a ModelVerdict without `score`. Facts are cited in the header of
// `answer`. With `with_facts` false, RuleResult.facts stay empty.
v1::ModelVerdict DescribeVerdict(PolicyRun& run, const PolicySubject& subject,
                                 const PolicyOutcome& outcome, Answer& answer,
                                 bool with_facts = true);

// One rule of it.
v1::RuleResult DescribeRule(PolicyRun& run, int rule,
                            const PolicySubject& subject,
                            const RuleOutcome& outcome, Answer& answer,
                            bool with_facts = true);

// Ids of the hard rules that decide: those violated, else those unknown.
std::vector<std::string> DecidingRules(const CompiledPolicy& policy,
                                       const PolicyOutcome& outcome);

// What must be done when the subject is used: obligations of its licence that
// this deployer has, then those of `oblige` rules. One that may hold, because
// a fact is unknown, begins with "possibly: ".
std::vector<std::string> ObligationsOf(PolicyRun& run,
                                       const PolicySubject& subject,
                                       const PolicyOutcome& outcome);

// "acme-large", or "acme-large at Acme (large)" for an offering.
std::string SubjectName(PolicyRun& run, const PolicySubject& subject);

// "ADMISSIBLE", "EXCLUDED", "UNDETERMINED".
std::string VerdictWord(v1::Verdict verdict);

// Adds one to the count of a verdict.
void CountVerdict(v1::Verdict verdict, v1::VerdictCounts* counts);

// The subject that a request names: `offering` unset is the best of all of the
// model. Errors: UNKNOWN_MODEL, AMBIGUOUS_MODEL; NotFound (UNKNOWN_OFFERING)
// listing those of the model; InvalidArgument (BAD_REQUEST) when the policy
// judges models.
absl::StatusOr<PolicySubject> FindSubject(PolicyRun& run,
                                          absl::string_view model,
                                          const v1::OfferingRef* offering);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_DESCRIBE_H_
