// The answer of VerdictTimeline: how the verdict on one model changed, and
// what changed it. No gRPC: a request and a catalog give a response.
#ifndef ANALYSIS_SERVICE_POLICY_TIMELINE_H_
#define ANALYSIS_SERVICE_POLICY_TIMELINE_H_

#include "absl/status/statusor.h"
#include "analysis_service/answer.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::analysis {

// The verdict of each day is the one that CheckAdmission gives with that day
// as as_of. Judged are only days on which something can change: vintages come
// in, records, waivers and policies begin or end to hold, facts get older than
// the policy allows. Days on which no policy is in force, or the offering is
// not listed, have the verdict UNSPECIFIED.
//
// A cause begins with "fact:", "list:", "policy:" or "waiver:". A verdict that
// changed with a list says "list:" when its facts are the same as before.
//
// Errors: those of PolicyRun::Create and FindSubject, but for days without a
// policy in force; InvalidArgument (BAD_DATE) for from and to, (BAD_REQUEST)
// when `on` is set or more than 5,000 days would have to be judged.
absl::StatusOr<v1::VerdictTimelineResponse> VerdictTimeline(
    const Question& question, const v1::VerdictTimelineRequest& request);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_TIMELINE_H_
