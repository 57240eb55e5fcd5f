// Rules of a policy about all admissible models together.
#ifndef ANALYSIS_SERVICE_PORTFOLIO_H_
#define ANALYSIS_SERVICE_PORTFOLIO_H_

#include <vector>

#include "analysis_service/answer.h"
#include "analysis_service/policy_run.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// Every portfolio rule of the policy, in its order. `measured` bounds what the
// undetermined models, unknown facts and rows below the end of a page leave
// open; a rule is UNKNOWN when its limit lies within.
//
// max_hhi and max_share are about the deployer's usage: Usage records of the
// caller's own evidence, of one measure, of models that are admissible. The
// others are about objectives, the critical ones when any is; what binds is
// the worst of them. Without usage, objectives or a published board a rule is
// UNKNOWN and says what is missing.
std::vector<v1::PortfolioResult> JudgePortfolio(PolicyRun& run, Answer& answer);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_PORTFOLIO_H_
