#include "cli/fake_services.h"

#include <grpcpp/grpcpp.h>

#include <deque>
#include <map>
#include <mutex>

#include "absl/strings/str_cat.h"
#include "common/rpc/status.h"
#include "meridian/v1/analysis.grpc.pb.h"
#include "meridian/v1/decision.grpc.pb.h"
#include "meridian/v1/ingest.grpc.pb.h"
#include "meridian/v1/policy.grpc.pb.h"

namespace meridian::cli {
namespace {

using google::protobuf::Message;

// What to answer, and what was asked.
class Script {
 public:
  void Add(const Message& response) {
    std::lock_guard<std::mutex> lock(mu_);
    answers_[response.GetDescriptor()->full_name()].push_back(
        response.SerializeAsString());
  }
  void Fail(const absl::Status& status) {
    std::lock_guard<std::mutex> lock(mu_);
    failure_ = status;
  }
  std::vector<std::string> requests() const {
    std::lock_guard<std::mutex> lock(mu_);
    return requests_;
  }
  grpc::Status Reply(const Message* request, Message* response) {
    std::lock_guard<std::mutex> lock(mu_);
    Note(*request);
    if (!failure_.ok()) return rpc::ToGrpc(failure_);
    auto& queue = answers_[response->GetDescriptor()->full_name()];
    if (queue.empty()) {
      return {grpc::StatusCode::INTERNAL, "the test gave no answer"};
    }
    response->ParseFromString(queue.front());
    if (queue.size() > 1) queue.pop_front();
    return grpc::Status::OK;
  }
  template <typename Response>
  grpc::Status Stream(const Message* request,
                      grpc::ServerWriter<Response>* writer) {
    std::lock_guard<std::mutex> lock(mu_);
    Note(*request);
    if (!failure_.ok()) return rpc::ToGrpc(failure_);
    for (const auto& bytes : answers_[Response::descriptor()->full_name()]) {
      Response response;
      response.ParseFromString(bytes);
      writer->Write(response);
    }
    return grpc::Status::OK;
  }

 private:
  void Note(const Message& request) {
    requests_.push_back(absl::StrCat(request.GetDescriptor()->name(), " { ",
                                     request.ShortDebugString(), " }"));
  }

  mutable std::mutex mu_;
  std::map<std::string, std::deque<std::string>> answers_;
  absl::Status failure_;
  std::vector<std::string> requests_;
};

// One override of a unary method.
#define FAKE_UNARY(Method)                                       \
  grpc::Status Method(grpc::ServerContext*,                      \
                      const v1::Method##Request* request,        \
                      v1::Method##Response* response) override { \
    return script_.Reply(request, response);                     \
  }

class FakeIngest final : public v1::IngestService::Service {
 public:
  explicit FakeIngest(Script& script) : script_(script) {}
  FAKE_UNARY(GetIngestStatus)
  FAKE_UNARY(ListSources)
  FAKE_UNARY(GetSource)
  FAKE_UNARY(CheckSource)
  FAKE_UNARY(ListRuns)
  FAKE_UNARY(GetRun)
  FAKE_UNARY(CancelRun)
  FAKE_UNARY(ListRejected)
  FAKE_UNARY(ListSnapshots)
  FAKE_UNARY(GetEvidence)
  grpc::Status RunSource(
      grpc::ServerContext*, const v1::RunSourceRequest* request,
      grpc::ServerWriter<v1::RunSourceResponse>* writer) override {
    return script_.Stream(request, writer);
  }
  grpc::Status ReadDocument(
      grpc::ServerContext*, const v1::ReadDocumentRequest* request,
      grpc::ServerWriter<v1::ReadDocumentResponse>* writer) override {
    return script_.Stream(request, writer);
  }

 private:
  Script& script_;
};

class FakeAnalysis final : public v1::AnalysisService::Service {
 public:
  explicit FakeAnalysis(Script& script) : script_(script) {}
  FAKE_UNARY(GetAnalysisStatus)
  FAKE_UNARY(ListBoards)
  FAKE_UNARY(ListModels)
  FAKE_UNARY(GetModel)
  FAKE_UNARY(ListOrganizations)
  FAKE_UNARY(ListOfferings)
  FAKE_UNARY(GetLeaderboard)
  FAKE_UNARY(CompareGroups)
  FAKE_UNARY(ListIndicators)
  FAKE_UNARY(ListFields)
  FAKE_UNARY(EvaluateExpression)

 private:
  Script& script_;
};

class FakePolicy final : public v1::PolicyService::Service {
 public:
  explicit FakePolicy(Script& script) : script_(script) {}
  FAKE_UNARY(EvaluatePolicy)
  FAKE_UNARY(ValidatePolicy)
  FAKE_UNARY(CheckAdmission)
  FAKE_UNARY(ExplainVerdict)
  FAKE_UNARY(FindBest)
  FAKE_UNARY(MeasureCost)
  FAKE_UNARY(MeasureConcentration)
  FAKE_UNARY(SimulateCutoff)
  FAKE_UNARY(ComparePolicies)
  FAKE_UNARY(AnalyzePolicy)
  FAKE_UNARY(ListMissingFacts)
  FAKE_UNARY(VerdictTimeline)
  FAKE_UNARY(TestPolicies)
  FAKE_UNARY(ListPolicies)
  grpc::Status WatchVerdicts(
      grpc::ServerContext*, const v1::WatchVerdictsRequest* request,
      grpc::ServerWriter<v1::WatchVerdictsResponse>* writer) override {
    return script_.Stream(request, writer);
  }

 private:
  Script& script_;
};

class FakeDecisions final : public v1::DecisionService::Service {
 public:
  explicit FakeDecisions(Script& script) : script_(script) {}
  FAKE_UNARY(RecordDecision)
  FAKE_UNARY(GetDecision)
  FAKE_UNARY(ListDecisions)

 private:
  Script& script_;
};

}  // namespace

struct FakeServices::State {
  Script script;
  FakeIngest ingest{script};
  FakeAnalysis analysis{script};
  FakePolicy policy{script};
  FakeDecisions decisions{script};
  int ingest_port = 0;
  int analysis_port = 0;
  std::unique_ptr<grpc::Server> ingest_server;
  std::unique_ptr<grpc::Server> analysis_server;
};

FakeServices::FakeServices() : state_(new State) {
  grpc::ServerBuilder ingest;
  ingest.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                          &state_->ingest_port);
  ingest.RegisterService(&state_->ingest);
  ingest.RegisterService(&state_->decisions);
  state_->ingest_server = ingest.BuildAndStart();
  grpc::ServerBuilder analysis;
  analysis.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(),
                            &state_->analysis_port);
  analysis.RegisterService(&state_->analysis);
  analysis.RegisterService(&state_->policy);
  state_->analysis_server = analysis.BuildAndStart();
}

FakeServices::~FakeServices() {
  state_->ingest_server->Shutdown();
  state_->analysis_server->Shutdown();
}

std::string FakeServices::ingest() const {
  return absl::StrCat("127.0.0.1:", state_->ingest_port);
}

std::string FakeServices::analysis() const {
  return absl::StrCat("127.0.0.1:", state_->analysis_port);
}

void FakeServices::Answer(const Message& response) {
  state_->script.Add(response);
}

void FakeServices::Fail(const absl::Status& status) {
  state_->script.Fail(status);
}

std::vector<std::string> FakeServices::requests() const {
  return state_->script.requests();
}

}  // namespace meridian::cli
