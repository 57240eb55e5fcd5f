// What is not known, and what to look for or ask whom. Made from the schema of
// a fact and the names that records give; nobody is named here. Plain C++: no
// gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_ASK_H_
#define ANALYSIS_SERVICE_POLICY_ASK_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// A sentence: "Ask Acme, the developer: training compute in FLOP; publish or
// state it as a number or interval." `fact` is a field or a call.
std::string AskFor(PolicyRun& run, const PolicySubject& subject,
                   absl::string_view fact, UnknownReason reason);

// The unknown facts that keep hard rules of an outcome open, by name, with the
// rules each keeps open and how to find it. `decides` is not set.
std::vector<v1::MissingFact> MissingFactsOf(PolicyRun& run,
                                            const PolicySubject& subject,
                                            const PolicyOutcome& outcome);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_ASK_H_
