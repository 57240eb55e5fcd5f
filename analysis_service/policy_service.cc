#include "analysis_service/policy_service.h"

#include <atomic>

#include "analysis_service/handlers_service.h"
#include "analysis_service/policy_answer.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_explain.h"
#include "analysis_service/policy_meaning.h"
#include "analysis_service/policy_measures.h"
#include "analysis_service/policy_missing.h"
#include "analysis_service/policy_stored.h"
#include "analysis_service/policy_suite.h"
#include "analysis_service/policy_timeline.h"
#include "analysis_service/policy_watch.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian::analysis {
namespace {

class PolicyServiceImpl : public v1::PolicyService::Service {
 public:
  explicit PolicyServiceImpl(const ServiceOptions& options)
      : handlers_(options) {}

  MERIDIAN_RPC(ValidatePolicy)
  MERIDIAN_RPC(EvaluatePolicy)
  MERIDIAN_RPC(CheckAdmission)
  MERIDIAN_RPC(ExplainVerdict)
  MERIDIAN_RPC(FindBest)
  MERIDIAN_RPC(MeasureCost)
  MERIDIAN_RPC(MeasureConcentration)
  MERIDIAN_RPC(SimulateCutoff)
  MERIDIAN_RPC(ListPolicies)
  MERIDIAN_RPC(TestPolicies)
  MERIDIAN_RPC(ComparePolicies)
  MERIDIAN_RPC(AnalyzePolicy)
  MERIDIAN_RPC(ListMissingFacts)
  MERIDIAN_RPC(VerdictTimeline)

  grpc::Status WatchVerdicts(
      grpc::ServerContext* context, const v1::WatchVerdictsRequest* request,
      grpc::ServerWriter<v1::WatchVerdictsResponse>* writer) override {
    if (watches_.fetch_add(1) >= kMostWatches) {
      watches_.fetch_sub(1);
      return rpc::ToGrpc(MakeError(
          absl::StatusCode::kResourceExhausted, "TOO_MANY_WATCHES",
          absl::StrCat("already ", kMostWatches,
                       " calls watch verdicts; end one, or ask again later"),
          {{"limit", absl::StrCat(kMostWatches)}}));
    }
    const absl::Status status = Watch(*context, *request, *writer);
    watches_.fetch_sub(1);
    return rpc::ToGrpc(status);
  }

 private:
  // Each watch holds a thread of the server (64); the others are for answers.
  static constexpr int kMostWatches = 24;

  // Until the caller ends it. A reader that is slow makes its own Write wait;
  // it then gets the changes up to the state that is newest, in one step.
  absl::Status Watch(grpc::ServerContext& context,
                     const v1::WatchVerdictsRequest& request,
                     grpc::ServerWriter<v1::WatchVerdictsResponse>& writer) {
    ASSIGN_OR_RETURN(VerdictWatch watch, VerdictWatch::Create(request));
    const CatalogStore& store = *handlers_.options().store;
    v1::QueryContext asked = request.question().context();
    std::shared_ptr<const Catalog> seen;
    Day as_of = 0;
    while (!context.IsCancelled()) {
      auto question = handlers_.QuestionFor(context, asked);
      // While the service reads another log the last verdicts stand.
      const bool reading = seen != nullptr && !question.ok() &&
                           ErrorReason(question.status()) == "NOT_CAUGHT_UP";
      if (!question.ok() && !reading) return question.status();
      asked.set_at_least_seq(0);
      if (!reading && (question->catalog != seen || question->as_of != as_of)) {
        seen = question->catalog;
        as_of = question->as_of;
        ASSIGN_OR_RETURN(const auto messages, watch.Update(*question));
        for (const v1::WatchVerdictsResponse& message : messages) {
          if (!writer.Write(message)) return absl::OkStatus();
        }
      }
      // Also to see that the caller is gone, or the day over.
      store.WaitForSeq(seen->seq() + 1, absl::Now() + kWatchInterval)
          .IgnoreError();
    }
    return absl::CancelledError("the caller ended the call");
  }

  static constexpr absl::Duration kWatchInterval = absl::Milliseconds(250);

  Handlers handlers_;
  std::atomic<int> watches_ = 0;
};

}  // namespace

std::unique_ptr<grpc::Service> MakePolicyService(
    const ServiceOptions& options) {
  return std::make_unique<PolicyServiceImpl>(options);
}

}  // namespace meridian::analysis
