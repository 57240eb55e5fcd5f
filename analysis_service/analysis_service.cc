#include "analysis_service/analysis_service.h"

#include <grpcpp/server_context.h>

#include <algorithm>
#include <exception>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analysis_service/answer.h"
#include "analysis_service/comparison.h"
#include "analysis_service/indicators.h"
#include "analysis_service/lag_answer.h"
#include "analysis_service/listings.h"
#include "analysis_service/policy_answer.h"
#include "common/base/log.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "meridian/v1/analysis.grpc.pb.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian::analysis {
namespace {

// What the handlers of both services share.
class Handlers {
 public:
  explicit Handlers(const ServiceOptions& options) : options_(options) {}

  const ServiceOptions& options() const { return options_; }

  // The catalog for a request: caught up, and at least at `at_least_seq`.
  absl::StatusOr<std::shared_ptr<const Catalog>> CatalogFor(
      const grpc::ServerContext& context, uint64_t at_least_seq) const {
    const FollowerStatus follower = options_.follower();
    if (!follower.caught_up) {
      return MakeError(
          absl::StatusCode::kUnavailable, "NOT_CAUGHT_UP",
          absl::StrCat("the service is still reading the log (seq ",
                       options_.store->Current()->seq(), " of ",
                       follower.head_seq, "); try again shortly"),
          {{"seq", absl::StrCat(options_.store->Current()->seq())},
           {"head_seq", absl::StrCat(follower.head_seq)}});
    }
    return options_.store->WaitForSeq(at_least_seq, Deadline(context));
  }

  absl::Time Deadline(const grpc::ServerContext& context) const {
    return std::min(absl::FromChrono(context.deadline()),
                    absl::Now() + options_.longest_wait);
  }

  // Answers a request: resolves its question, computes, checks the size.
  template <typename Request, typename Response>
  grpc::Status Reply(const grpc::ServerContext& context, const Request& request,
                     Response* response,
                     absl::StatusOr<Response> (*compute)(const Question&,
                                                         const Request&)) {
    absl::StatusOr<Response> answer = Compute(context, request, compute);
    if (!answer.ok()) return rpc::ToGrpc(answer.status());
    if (answer->ByteSizeLong() > options_.max_answer_bytes) {
      return rpc::ToGrpc(MakeError(
          absl::StatusCode::kResourceExhausted, "ANSWER_TOO_LARGE",
          absl::StrCat("the answer has ", answer->ByteSizeLong(),
                       " bytes, more than ", options_.max_answer_bytes,
                       "; ask for a smaller page_size or limit, or for fewer "
                       "months"),
          {{"limit", absl::StrCat(options_.max_answer_bytes)}}));
    }
    *response = *std::move(answer);
    return grpc::Status::OK;
  }

 private:
  template <typename Request, typename Response>
  absl::StatusOr<Response> Compute(
      const grpc::ServerContext& context, const Request& request,
      absl::StatusOr<Response> (*compute)(const Question&, const Request&)) {
    v1::QueryContext question_context = request.context();
    if constexpr (requires { request.page_token(); }) {
      ASSIGN_OR_RETURN(const uint64_t seq, PageSeq(request));
      if (seq != 0) question_context.set_at_seq(seq);
    }
    ASSIGN_OR_RETURN(std::shared_ptr<const Catalog> catalog,
                     CatalogFor(context, question_context.at_least_seq()));
    ASSIGN_OR_RETURN(const Question question,
                     ResolveQuestion(question_context, std::move(catalog),
                                     DayOf(options_.clock->Now())));
    return compute(question, request);
  }

  const ServiceOptions options_;
};

class AnalysisServiceImpl : public v1::AnalysisService::Service {
 public:
  explicit AnalysisServiceImpl(const ServiceOptions& options)
      : handlers_(options) {}

  grpc::Status GetAnalysisStatus(
      grpc::ServerContext* context, const v1::GetAnalysisStatusRequest* request,
      v1::GetAnalysisStatusResponse* response) override {
    const auto catalog = handlers_.options().store->WaitForSeq(
        request->at_least_seq(), handlers_.Deadline(*context));
    if (!catalog.ok()) return rpc::ToGrpc(catalog.status());
    FillStatus(**catalog, response);
    return grpc::Status::OK;
  }

#define MERIDIAN_RPC(Name)                                   \
  grpc::Status Name(grpc::ServerContext* context,            \
                    const v1::Name##Request* request,        \
                    v1::Name##Response* response) override { \
    return handlers_.Reply(*context, *request, response,     \
                           &::meridian::analysis::Name);     \
  }
  MERIDIAN_RPC(ListBoards)
  MERIDIAN_RPC(ListModels)
  MERIDIAN_RPC(GetModel)
  MERIDIAN_RPC(ListOrganizations)
  MERIDIAN_RPC(ListOfferings)
  MERIDIAN_RPC(GetLeaderboard)
  MERIDIAN_RPC(CompareGroups)
  MERIDIAN_RPC(GetLag)
  MERIDIAN_RPC(ListUnresolvedNames)
  MERIDIAN_RPC(CompareIndicators)
  MERIDIAN_RPC(ListIndicators)
  MERIDIAN_RPC(ListFields)
  MERIDIAN_RPC(EvaluateExpression)

 private:
  void FillStatus(const Catalog& catalog,
                  v1::GetAnalysisStatusResponse* response) const {
    const FollowerStatus follower = handlers_.options().follower();
    response->set_log_id(follower.log_id);
    response->set_seq(catalog.seq());
    response->set_head_seq(std::max(follower.head_seq, catalog.seq()));
    response->set_caught_up(follower.caught_up);
    response->set_connected(follower.connected);
    response->set_snapshots(catalog.segments().size());
    response->set_records(catalog.record_count());
    for (const Entity& entity : catalog.resolution().entities()) {
      if (entity.resolved) response->set_models(response->models() + 1);
    }
    response->set_unresolved_names(catalog.resolution().unresolved_names());
    response->set_catalog_bytes(catalog.bytes());
    response->set_version(handlers_.options().version);
    for (const SourceCounts& counts : catalog.Sources()) {
      v1::SourceStatus* source = response->add_sources();
      source->set_source(counts.source);
      source->set_newest_vintage(counts.newest_vintage);
      source->set_snapshots(counts.snapshots);
      source->set_records(counts.records);
      if (!counts.last_observation.source().empty()) {
        source->set_last_observation(
            v1::Observation::Kind_Name(counts.last_observation.kind())
                .substr(sizeof("KIND_") - 1));
        source->set_observed_at(counts.last_observation.at());
        source->set_message(counts.last_observation.message());
      }
    }
  }

  Handlers handlers_;
};

class PolicyServiceImpl : public v1::PolicyService::Service {
 public:
  explicit PolicyServiceImpl(const ServiceOptions& options)
      : handlers_(options) {}

  MERIDIAN_RPC(EvaluatePolicy)

 private:
  Handlers handlers_;
};

#undef MERIDIAN_RPC

}  // namespace

std::unique_ptr<grpc::Service> MakeAnalysisService(
    const ServiceOptions& options) {
  return std::make_unique<AnalysisServiceImpl>(options);
}

std::unique_ptr<grpc::Service> MakePolicyService(
    const ServiceOptions& options) {
  return std::make_unique<PolicyServiceImpl>(options);
}

}  // namespace meridian::analysis
