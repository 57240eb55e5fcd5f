#include "analysis_service/analysis_service.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "analysis_service/answer.h"
#include "analysis_service/comparison.h"
#include "analysis_service/evaluate_expression.h"
#include "analysis_service/handlers_service.h"
#include "analysis_service/indicators.h"
#include "analysis_service/lag_answer.h"
#include "analysis_service/listings.h"
#include "common/base/log.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "meridian/v1/analysis.grpc.pb.h"

namespace meridian::analysis {
namespace {

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

}  // namespace

std::unique_ptr<grpc::Service> MakeAnalysisService(
    const ServiceOptions& options) {
  return std::make_unique<AnalysisServiceImpl>(options);
}

}  // namespace meridian::analysis
