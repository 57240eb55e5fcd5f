// Decisions over the wire and on the disk.
#include "ingest_service/decision_service.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <grpcpp/client_context.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "common/rpc/channel.h"
#include "common/rpc/server.h"
#include "common/rpc/status.h"
#include "ingest_service/testing_stack.h"
#include "meridian/v1/decision.grpc.pb.h"

namespace meridian::ingest {
namespace {

using ::testing::HasSubstr;

constexpr char kDecision[] = R"pb(
  question {
    context { as_of: "2026-03-31" at_seq: 7 }
    source { text: "id: p\n" file_name: "p.yaml" }
  }
  policy_id: "p"
  policy_version: "1"
  policy_digest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  model: "acme-large"
  verdict: VERDICT_EXCLUDED
  proof {
    header { log_id: "4f3a" seq: 7 as_of: "2026-03-31" }
    verdict { model: "acme-large" verdict: VERDICT_EXCLUDED }
    policy_digest: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
  }
  ruling: RULING_REJECTED
  approver: "CISO"
  reason: "as the policy says"
)pb";

v1::PolicyDecision Decision() {
  v1::PolicyDecision decision;
  EXPECT_TRUE(
      google::protobuf::TextFormat::ParseFromString(kDecision, &decision));
  return decision;
}

class SetClock : public Clock {
 public:
  absl::Time Now() const override { return now; }
  absl::Time now = *ParseTime("2026-04-01T08:00:00Z");
};

class DecisionServiceTest : public ::testing::Test {
 protected:
  DecisionServiceTest() { Open(); }
  ~DecisionServiceTest() override { server_->Drain(); }

  // Opens the store and serves it; a second time as after a restart.
  void Open() {
    if (server_ != nullptr) server_->Drain();
    server_.reset();
    service_.reset();
    store_.reset();
    database_.reset();
    database_ = *Database::Open(folder_.Path("log.db"));
    store_ = *DecisionStore::Open(*database_);
    service_ = MakeDecisionService(*store_, clock_);
    server_ =
        *rpc::Server::Start({.drain = absl::ZeroDuration()}, {service_.get()});
    stub_ = v1::DecisionService::NewStub(
        rpc::MakeChannel(absl::StrCat("127.0.0.1:", server_->port())));
  }

  absl::StatusOr<v1::RecordDecisionResponse> Record(
      const v1::PolicyDecision& decision) {
    grpc::ClientContext context;
    v1::RecordDecisionRequest request;
    *request.mutable_decision() = decision;
    v1::RecordDecisionResponse response;
    const auto status = stub_->RecordDecision(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }
  absl::StatusOr<v1::PolicyDecision> Get(const std::string& id) {
    grpc::ClientContext context;
    v1::GetDecisionRequest request;
    request.set_id(id);
    v1::GetDecisionResponse response;
    const auto status = stub_->GetDecision(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response.decision();
  }
  absl::StatusOr<v1::ListDecisionsResponse> List(
      const v1::ListDecisionsRequest& request) {
    grpc::ClientContext context;
    v1::ListDecisionsResponse response;
    const auto status = stub_->ListDecisions(&context, request, &response);
    if (!status.ok()) return rpc::FromGrpc(status);
    return response;
  }
  std::string ReasonOf(const v1::PolicyDecision& decision) {
    return ErrorReason(Record(decision).status());
  }

  TestFolder folder_;
  SetClock clock_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<DecisionStore> store_;
  std::unique_ptr<grpc::Service> service_;
  std::unique_ptr<rpc::Server> server_;
  std::unique_ptr<v1::DecisionService::Stub> stub_;
};

TEST_F(DecisionServiceTest, ADecisionSurvivesARestartAsItWasRecorded) {
  const auto kept = *Record(Decision());
  EXPECT_TRUE(kept.created());
  EXPECT_FALSE(kept.decision().has_proof());
  EXPECT_EQ(kept.decision().decided_at(), "2026-04-01T08:00:00Z");

  Open();

  const auto decision = *Get(kept.decision().id().substr(0, 8));
  v1::PolicyDecision expected = Decision();
  expected.set_id(kept.decision().id());
  expected.set_decided_at("2026-04-01T08:00:00Z");
  EXPECT_EQ(decision.SerializeAsString(), expected.SerializeAsString());
}

TEST_F(DecisionServiceTest, TheSameContentIsKeptOnceWithItsFirstTime) {
  const auto first = *Record(Decision());
  clock_.now += absl::Hours(5);
  const auto again = *Record(Decision());
  EXPECT_FALSE(again.created());
  EXPECT_EQ(again.decision().SerializeAsString(),
            first.decision().SerializeAsString());
  v1::PolicyDecision other = Decision();
  other.set_reason("another");
  EXPECT_NE(Record(other)->decision().id(), first.decision().id());
}

TEST_F(DecisionServiceTest, WhatTheCallerSaysOfOutputFieldsDoesNotCount) {
  v1::PolicyDecision decision = Decision();
  decision.set_id("ff");
  decision.set_decided_at("1999-01-01T00:00:00Z");
  decision.set_against_verdict(true);
  const auto kept = *Record(decision);
  EXPECT_EQ(kept.decision().id(), DecisionId(Decision()));
  EXPECT_EQ(kept.decision().decided_at(), "2026-04-01T08:00:00Z");
  EXPECT_FALSE(kept.decision().against_verdict());
}

TEST_F(DecisionServiceTest, ApprovingWhatIsExcludedNeedsAnOverride) {
  v1::PolicyDecision decision = Decision();
  decision.set_ruling(v1::RULING_APPROVED);
  const absl::Status refused = Record(decision).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(ErrorReason(refused), "NEEDS_OVERRIDE");

  decision.set_override(true);
  EXPECT_TRUE(Record(decision)->decision().against_verdict());
}

TEST_F(DecisionServiceTest, RejectingWhatIsAdmittedIsAgainstTheVerdict) {
  v1::PolicyDecision decision = Decision();
  decision.set_verdict(v1::VERDICT_ADMISSIBLE);
  decision.mutable_proof()->mutable_verdict()->set_verdict(
      v1::VERDICT_ADMISSIBLE);
  EXPECT_TRUE(Record(decision)->decision().against_verdict());
}

TEST_F(DecisionServiceTest, WhatCouldNotBeRepeatedIsRefused) {
  const auto reason_of = [this](void (*spoil)(v1::PolicyDecision&)) {
    v1::PolicyDecision decision = Decision();
    spoil(decision);
    return ReasonOf(decision);
  };
  using D = v1::PolicyDecision&;
  EXPECT_EQ(reason_of([](D d) { d.set_approver(" "); }), "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) { d.clear_reason(); }), "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) { d.clear_ruling(); }), "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) { d.set_policy_digest("12"); }), "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) { d.set_model("other"); }), "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) { d.set_verdict(v1::VERDICT_ADMISSIBLE); }),
            "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) {
              d.mutable_question()->mutable_stored()->set_id("p");
            }),
            "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) {
              d.mutable_question()->mutable_context()->set_at_seq(8);
            }),
            "BAD_DECISION");
  EXPECT_EQ(reason_of([](D d) {
              d.mutable_question()->mutable_source()->set_text(
                  std::string(DecisionStore::kMostBytes, 'x'));
            }),
            "BAD_DECISION");
  EXPECT_EQ(List({})->decisions_size(), 0);
}

TEST_F(DecisionServiceTest, IdsThatAreWrongSayWhy) {
  const auto reason_of = [this](const std::string& id) {
    return ErrorReason(Get(id).status());
  };
  EXPECT_EQ(reason_of("1234567"), "BAD_DECISION_ID");
  EXPECT_EQ(reason_of("not hex!"), "BAD_DECISION_ID");
  EXPECT_EQ(reason_of("00000000"), "UNKNOWN_DECISION");
}

TEST_F(DecisionServiceTest, ADecisionThatWasChangedOnTheDiskIsNotShown) {
  const std::string id = Record(Decision())->decision().id();
  v1::PolicyDecision forged = *Get(id);
  forged.set_approver("Someone else");
  const std::string data = forged.SerializeAsString();
  ASSERT_TRUE(
      database_
          ->Write(Database::Durability::kSynced,
                  [&](Connection& connection) -> absl::Status {
                    ASSIGN_OR_RETURN(
                        Statement update,
                        connection.Prepare("UPDATE decisions SET data = ?"));
                    return update.Blob(data).Run();
                  })
          .ok());
  const absl::Status status = Get(id).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(status), "DECISION_CORRUPT");
}

TEST_F(DecisionServiceTest, ListsAreNewestFirstFilteredAndPaged) {
  for (int i = 0; i < 5; ++i) {
    v1::PolicyDecision decision = Decision();
    decision.set_reason(absl::StrCat("number ", i));
    if (i % 2 == 1) decision.set_policy_id("q");
    ASSERT_TRUE(Record(decision).ok());
  }
  v1::ListDecisionsRequest request;
  request.set_policy_id("p");
  request.set_page_size(2);
  const auto first = *List(request);
  ASSERT_EQ(first.decisions_size(), 2);
  EXPECT_EQ(first.decisions(0).reason(), "number 4");
  EXPECT_FALSE(first.decisions(0).has_question());
  request.set_page_token(first.next_page_token());
  const auto second = *List(request);
  ASSERT_EQ(second.decisions_size(), 1);
  EXPECT_EQ(second.decisions(0).reason(), "number 0");
  EXPECT_EQ(second.next_page_token(), "");

  request.clear_page_token();
  request.set_model("another");
  EXPECT_EQ(List(request)->decisions_size(), 0);
  request.set_page_token("nonsense");
  EXPECT_EQ(ErrorReason(List(request).status()), "BAD_PAGE_TOKEN");
}

}  // namespace
}  // namespace meridian::ingest
