#include "ingest_service/decision_service.h"

#include <grpcpp/server_context.h>

#include <utility>

#include "common/base/log.h"
#include "common/base/page.h"
#include "common/base/status.h"
#include "common/rpc/status.h"
#include "meridian/v1/decision.grpc.pb.h"

namespace meridian::ingest {
namespace {

class DecisionServiceImpl : public v1::DecisionService::Service {
 public:
  DecisionServiceImpl(DecisionStore& store, const Clock& clock)
      : store_(store), clock_(clock) {}

  grpc::Status RecordDecision(grpc::ServerContext*,
                              const v1::RecordDecisionRequest* request,
                              v1::RecordDecisionResponse* response) override {
    return rpc::ToGrpc(Record(*request, response));
  }
  grpc::Status GetDecision(grpc::ServerContext*,
                           const v1::GetDecisionRequest* request,
                           v1::GetDecisionResponse* response) override {
    auto decision = store_.Get(request->id());
    if (!decision.ok()) return rpc::ToGrpc(decision.status());
    *response->mutable_decision() = *std::move(decision);
    return grpc::Status::OK;
  }
  grpc::Status ListDecisions(grpc::ServerContext*,
                             const v1::ListDecisionsRequest* request,
                             v1::ListDecisionsResponse* response) override {
    return rpc::ToGrpc(List(*request, response));
  }

 private:
  absl::Status Record(const v1::RecordDecisionRequest& request,
                      v1::RecordDecisionResponse* response) const {
    ASSIGN_OR_RETURN(
        DecisionStore::Kept kept,
        store_.Record(request.decision(), FormatUtc(clock_.Now())));
    const v1::PolicyDecision& decision = kept.decision;
    // Approver and reason are for the dossier, not for whoever reads logs.
    Log(LogLevel::kInfo, "decision recorded",
        {{"decision", decision.id()},
         {"policy", decision.policy_id()},
         {"model", decision.model()},
         {"ruling", v1::Ruling_Name(decision.ruling())},
         {"against_verdict", decision.against_verdict() ? "true" : "false"},
         {"created", kept.created ? "true" : "false"}});
    *response->mutable_decision() = std::move(kept.decision);
    response->set_created(kept.created);
    return absl::OkStatus();
  }

  absl::Status List(const v1::ListDecisionsRequest& request,
                    v1::ListDecisionsResponse* response) const {
    const std::string fingerprint = PageFingerprint(request);
    ASSIGN_OR_RETURN(const PageToken token,
                     DecodePageToken(request.page_token(), fingerprint));
    const uint32_t size = PageSize(request.page_size());
    ASSIGN_OR_RETURN(DecisionStore::Page page,
                     store_.List(request.policy_id(), request.model(),
                                 token.position, size));
    for (v1::PolicyDecision& decision : page.decisions) {
      *response->add_decisions() = std::move(decision);
    }
    if (page.decisions.size() == size) {
      response->set_next_page_token(
          EncodePageToken({page.last, 0}, fingerprint));
    }
    return absl::OkStatus();
  }

  DecisionStore& store_;
  const Clock& clock_;
};

}  // namespace

std::unique_ptr<grpc::Service> MakeDecisionService(DecisionStore& store,
                                                   const Clock& clock) {
  return std::make_unique<DecisionServiceImpl>(store, clock);
}

}  // namespace meridian::ingest
