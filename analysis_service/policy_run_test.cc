// Policies judged over a catalog: the answers of the service's calls.
#include "analysis_service/policy_run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/policy_answer.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_explain.h"
#include "analysis_service/policy_stored.h"
#include "analysis_service/policy_suite.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPolicy[] = R"(id: open
version: "1"
valid_from: 2026-01-01
valid_to: 2026-12-31
deployer: {country: DE, commercial: true}
sets:
  FAR: [XA, XB]
defines:
  is_open: model.weights == OPEN
rules:
  - id: weights
    require: is_open
    because: It must run without the vendor.
  - id: control
    forbid: model.country in FAR
  - id: small
    require: model.training_compute <= 1e25
  - id: known-home
    warn: model.country == "XC"
    because: The country is under review.
  - id: name
    oblige: model.weights == OPEN
    obligation: name the model
  - id: cheap
    prefer: model.parameters <= 1e9
    weight: 2
waivers:
  - {rule: small, subject: Org C, from: 2026-05-01, until: 2026-07-31,
     approver: CIO, reason: pilot}
  - {rule: small, subject: nobody, until: 2026-12-31, approver: CIO,
     reason: pilot}
)";

std::shared_ptr<const Catalog> SomeCatalog() {
  TestLog log;
  return log
      .Add("reference", "reference", "2026-01-01",
           {"organization { name: \"Org A\" headquarters { country: \"XA\" } }",
            "organization { name: \"Org C\" headquarters { country: \"XC\" } }",
            "model { name: \"a\" developers: \"Org A\" weights: WEIGHTS_OPEN "
            "training_compute { low: 1e23 high: 1e23 } }",
            "model { name: \"c\" developers: \"Org C\" weights: WEIGHTS_OPEN }",
            "model { name: \"closed\" developers: \"Org C\" "
            "weights: WEIGHTS_API_ONLY training_compute { low: 1 high: 2 } }",
            absl::StrCat("stored_policy { id: \"open\" version: \"1\" "
                         "valid_from: \"2026-01-01\" valid_to: \"2026-12-31\" "
                         "text: \"",
                         absl::CEscape(kPolicy), "\" }"),
            "stored_policy { id: \"open\" version: \"2\" valid_from: "
            "\"2027-01-01\" text: \"id: open\\nversion: 2\\nrules: [{id: r, "
            "require: 'true'}]\\n\" }"})
      .Commit();
}

Question On(absl::string_view day) {
  v1::QueryContext context;
  context.set_as_of(std::string(day));
  return *ResolveQuestion(context, SomeCatalog(), D(day));
}

v1::PolicyQuestion Ask(absl::string_view text = kPolicy,
                       absl::string_view file = "p.yaml") {
  v1::PolicyQuestion asked;
  asked.mutable_source()->set_text(std::string(text));
  asked.mutable_source()->set_file_name(std::string(file));
  return asked;
}

v1::ExplainVerdictResponse Explained(absl::string_view day,
                                     absl::string_view model) {
  v1::ExplainVerdictRequest request;
  *request.mutable_question() = Ask();
  request.set_model(std::string(model));
  auto response = ExplainVerdict(On(day), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::ExplainVerdictResponse();
}

absl::Status CreateError(const v1::PolicyQuestion& asked,
                         absl::string_view day = "2026-03-01") {
  const Question question = On(day);
  v1::AnswerHeader header;
  Answer answer(question, &header);
  return PolicyRun::Create(asked, answer).status();
}

TEST(PolicyRunTest, EveryKindOfRuleSaysItsPart) {
  const auto explained = Explained("2026-03-01", "c");
  const v1::ModelVerdict& verdict = explained.verdict();
  EXPECT_EQ(verdict.verdict(), v1::VERDICT_UNDETERMINED);
  ASSERT_EQ(verdict.rules_size(), 6);
  EXPECT_EQ(verdict.rules(2).satisfied(), v1::TRUTH_UNKNOWN);
  EXPECT_THAT(verdict.obligations(), ElementsAre("name the model"));
  EXPECT_THAT(verdict.warnings(),
              ElementsAre("known-home: The country is under review."));
  // It is not known whether it is small.
  EXPECT_EQ(verdict.preference().low(), 0);
  EXPECT_EQ(verdict.preference().high(), 2);
}

TEST(PolicyRunTest, AWaiverHoldsFromItsFirstToItsLastDay) {
  EXPECT_EQ(Explained("2026-04-30", "c").verdict().verdict(),
            v1::VERDICT_UNDETERMINED);
  for (const char* day : {"2026-05-01", "2026-07-31"}) {
    const auto explained = Explained(day, "c");
    EXPECT_EQ(explained.verdict().verdict(), v1::VERDICT_ADMISSIBLE) << day;
    EXPECT_EQ(explained.verdict().rules(2).waiver().approver(), "CIO");
    EXPECT_THAT(absl::StrJoin(explained.text(), "\n"), HasSubstr("is waived"));
  }
  EXPECT_EQ(Explained("2026-08-01", "c").verdict().verdict(),
            v1::VERDICT_UNDETERMINED);
  // Another organisation's model has no part in it.
  EXPECT_EQ(Explained("2026-05-01", "a").verdict().verdict(),
            v1::VERDICT_EXCLUDED);
}

TEST(PolicyRunTest, APolicyIsInForceBetweenItsDates) {
  for (const char* day : {"2025-12-31", "2027-01-01"}) {
    const absl::Status error = CreateError(Ask(), day);
    EXPECT_EQ(error.code(), absl::StatusCode::kFailedPrecondition) << day;
    EXPECT_EQ(ErrorReason(error), "POLICY_NOT_IN_FORCE");
    EXPECT_THAT(error.message(), HasSubstr("from 2026-01-01"));
  }
}

TEST(PolicyRunTest, AStoredPolicyIsTheOneInForce) {
  v1::PolicyQuestion asked;
  asked.mutable_stored()->set_id("open");
  const Question question = On("2026-03-01");
  v1::AnswerHeader header;
  Answer answer(question, &header);
  const auto run = PolicyRun::Create(asked, answer);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ((*run)->policy().policy.version(), "1");
  EXPECT_EQ(PolicyDigest((*run)->policy().policy),
            PolicyDigest(CompilePolicyYaml(kPolicy, "p", {})->policy));

  asked.mutable_stored()->set_id("opne");
  const absl::Status unknown = CreateError(asked);
  EXPECT_EQ(ErrorReason(unknown), "UNKNOWN_POLICY");
  EXPECT_THAT(unknown.message(), HasSubstr("did you mean 'open'"));
  asked.mutable_stored()->set_id("open");
  EXPECT_EQ(ErrorReason(CreateError(asked, "2025-01-01")),
            "POLICY_NOT_IN_FORCE");
}

TEST(PolicyRunTest, StoredPoliciesAreListedWithDigestOrProblem) {
  const auto list = ListPolicies(On("2026-03-01"), {});
  ASSERT_TRUE(list.ok()) << list.status();
  ASSERT_EQ(list->policies_size(), 2);
  EXPECT_EQ(list->policies(0).version(), "1");
  EXPECT_EQ(list->policies(0).policy_digest().size(), 64u);
  EXPECT_EQ(list->policies(0).problem(), "");
}

TEST(PolicyRunTest, ARuleThatCanNeverHoldIsRefusedWithItsPlace) {
  const absl::Status error = CreateError(
      Ask("id: p\nversion: 1\nsets: {NEAR: [XA, XB]}\nrules:\n  - id: never\n"
          "    require: developer.headquarters in NEAR && "
          "developer.headquarters == \"XC\"\n"));
  EXPECT_EQ(ErrorReason(error), "BAD_POLICY");
  EXPECT_THAT(error.message(), HasSubstr("p.yaml:6:5: rule 'never' can never "
                                         "hold"));
  EXPECT_TRUE(CreateError(Ask("id: p\nversion: 1\nsets: {NEAR: [XA, XB]}\n"
                              "rules:\n  - id: may\n    require: "
                              "developer.headquarters in NEAR && "
                              "developer.headquarters != \"XA\"\n"))
                  .ok());
}

TEST(PolicyRunTest, TheDayOfTheFactsIsNotAfterTheQuestion) {
  v1::PolicyQuestion asked = Ask();
  asked.set_on("2026-03-02");
  EXPECT_EQ(ErrorReason(CreateError(asked)), "BAD_REQUEST");
  asked.set_on("2026-02-01");
  EXPECT_TRUE(CreateError(asked).ok());
  asked.set_on("yesterday");
  EXPECT_EQ(ErrorReason(CreateError(asked)), "BAD_DATE");
  EXPECT_EQ(ErrorReason(CreateError({})), "BAD_REQUEST");
}

TEST(PolicyRunTest, TheDeployerIsMergedFieldByField) {
  v1::PolicyQuestion asked = Ask();
  asked.mutable_deployer()->set_country("FR");
  const Question question = On("2026-03-01");
  v1::AnswerHeader header;
  Answer answer(question, &header);
  const auto run = PolicyRun::Create(asked, answer);
  ASSERT_TRUE(run.ok()) << run.status();
  EXPECT_EQ((*run)->deployer().country(), "FR");
  EXPECT_TRUE((*run)->deployer().commercial());
  EXPECT_FALSE((*run)->deployer().has_military());
}

TEST(PolicyRunTest, OwnEvidenceSettlesAndIsMarked) {
  v1::ExplainVerdictRequest request;
  *request.mutable_question() = Ask();
  v1::OwnEvidence* own = request.mutable_question()->add_evidence();
  own->set_author("Procurement");
  own->set_date("2026-02-01");
  *own->add_records() = ParseRecord(
      "model { name: \"c\" training_compute { low: 1e24 high: 1e24 "
      "} }");
  request.set_model("c");
  const auto response = ExplainVerdict(On("2026-03-01"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->verdict().verdict(), v1::VERDICT_ADMISSIBLE);
  bool own_fact = false;
  for (const v1::Fact& fact : response->facts()) own_fact |= fact.own();
  EXPECT_TRUE(own_fact);
  EXPECT_THAT(absl::StrJoin(response->text(), "\n"), HasSubstr("Procurement"));
}

TEST(PolicyExplainTest, ProvesCitesAsksAndSaysWhatWouldChange) {
  const auto excluded = Explained("2026-03-01", "a");
  EXPECT_EQ(excluded.verdict().verdict(), v1::VERDICT_EXCLUDED);
  ASSERT_EQ(excluded.rules_size(), 6);
  EXPECT_EQ(excluded.rules(1).body().truth(), v1::TRUTH_TRUE);
  ASSERT_FALSE(excluded.rules(1).body().facts().empty());
  EXPECT_EQ(excluded.facts(excluded.rules(1).body().facts(0)).field(),
            "model.country");
  std::vector<std::string> changes;
  for (const v1::Counterfactual& one : excluded.counterfactuals()) {
    changes.push_back(absl::StrCat(absl::StrJoin(one.waive(), "+"), "|",
                                   absl::StrJoin(one.facts(), " and ")));
  }
  EXPECT_THAT(changes, Contains("control|"));
  EXPECT_THAT(changes, Contains("|model.country is none of XA, XB"));

  const auto open = Explained("2026-03-01", "c");
  ASSERT_EQ(open.missing_size(), 1);
  EXPECT_EQ(open.missing(0).fact(), "model.training_compute");
  EXPECT_THAT(open.missing(0).ask(), HasSubstr("Org C"));
  EXPECT_THAT(open.missing(0).ask(), HasSubstr("FLOP"));
  EXPECT_EQ(open.missing(0).decides(), 1u);
  EXPECT_THAT(open.missing(0).rules(), ElementsAre("small"));
}

TEST(PolicyCheckTest, AdmissionNamesRuleFactAndDecision) {
  v1::CheckAdmissionRequest request;
  *request.mutable_question() = Ask();
  request.set_model("closed");
  const auto first = CheckAdmission(On("2026-03-01"), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->verdict(), v1::VERDICT_EXCLUDED);
  EXPECT_THAT(first->reason(), HasSubstr("'weights'"));
  EXPECT_THAT(first->reason(), HasSubstr("model.weights is API_ONLY"));
  EXPECT_THAT(first->rules(), ElementsAre("weights"));
  EXPECT_EQ(first->decision_id().size(), 32u);
  EXPECT_EQ(first->time_to_live_seconds(), 86400u);
  const auto again = CheckAdmission(On("2026-03-01"), request);
  EXPECT_EQ(again->SerializeAsString(), first->SerializeAsString());
  const auto later = CheckAdmission(On("2026-03-02"), request);
  EXPECT_NE(later->decision_id(), first->decision_id());
  request.mutable_question()->mutable_deployer()->set_country("FR");
  EXPECT_NE(CheckAdmission(On("2026-03-01"), request)->decision_id(),
            first->decision_id());
  request.set_model("c");
  EXPECT_EQ(CheckAdmission(On("2026-03-01"), request)->time_to_live_seconds(),
            0u);
  request.set_model("closd");
  EXPECT_EQ(ErrorReason(CheckAdmission(On("2026-03-01"), request).status()),
            "UNKNOWN_MODEL");
}

TEST(PolicyCheckTest, ValidationBeginsWithWhatIsKnown) {
  v1::ValidatePolicyRequest request;
  *request.mutable_question() =
      Ask(absl::StrCat(kPolicy, "objectives: [{task: general, board: b}]\n"));
  const auto response = ValidatePolicy(On("2026-03-01"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_GT(response->coverage_size(), 2);
  EXPECT_EQ(response->coverage(0).fact(), "model.parameters");
  EXPECT_EQ(response->coverage(0).expectation(),
            "known for none of 3 models: expect UNDETERMINED");
  EXPECT_EQ(response->coverage(1).fact(), "model.training_compute");
  EXPECT_EQ(response->coverage(1).known(), 2u);
  std::vector<std::string> remarks;
  for (const auto& remark : response->diagnostics()) {
    remarks.push_back(absl::StrCat(remark.line(), ": ", remark.message()));
  }
  EXPECT_THAT(remarks, Contains(HasSubstr("known as 'nobody'")));
  EXPECT_THAT(remarks, Contains(HasSubstr("it begins on 2026-05-01")));
  EXPECT_THAT(remarks, Not(Contains(HasSubstr("no rule uses"))));
  ASSERT_EQ(response->rules_size(), 6);
  EXPECT_EQ(response->rules(0).expression(), "(model.weights == OPEN)");
  EXPECT_GT(response->rules(0).cost(), 0u);
}

TEST(PolicyCheckTest, WhatIsDefinedAndNotUsedIsTold) {
  v1::ValidatePolicyRequest request;
  *request.mutable_question() =
      Ask("id: p\nversion: 1\nsets: {UNUSED: [XA]}\n"
          "defines:\n  idle: model.weights == OPEN\n"
          "rules:\n  - id: r\n    require: model.weights == OPEN\n");
  const auto response = ValidatePolicy(On("2026-03-01"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->diagnostics_size(), 2);
  EXPECT_EQ(response->diagnostics(0).subject(), "UNUSED");
  EXPECT_EQ(response->diagnostics(0).line(), 3u);
  EXPECT_EQ(response->diagnostics(1).subject(), "idle");
  EXPECT_EQ(response->diagnostics(1).line(), 5u);
}

constexpr char kSuite[] = R"(suite: example
policies: [p.yaml]
as_of: 2026-03-01
fixtures:
  organizations:
    - {name: Org A, headquarters: [{country: XA}]}
    - {name: Org C, headquarters: [{country: XC}]}
  models:
    - {name: far, developers: [Org A], weights: OPEN}
    - {name: near, developers: [Org C], weights: OPEN}
cases:
  - name: control
    model: far
    expect: EXCLUDED
    rules: {control: FALSE, small: UNKNOWN}
  - name: open fact
    model: near
    expect: UNDETERMINED
    reasons: [MISSING]
    facts: [model.training_compute]
    warnings: [under review]
    obligations: [name the model]
    waived: []
  - name: pilot
    model: near
    as_of: 2026-06-01
    expect: ADMISSIBLE
    waived: [small]
  - name: both
    matrix: {models: [far, near], expect: [EXCLUDED, UNDETERMINED]}
)";

v1::TestPoliciesRequest SuiteRequest(absl::string_view suite) {
  v1::TestPoliciesRequest request;
  request.mutable_suite()->set_text(std::string(suite));
  request.mutable_suite()->set_file_name("s.yaml");
  v1::PolicySource* policy = request.add_policies();
  policy->set_text(kPolicy);
  policy->set_file_name("p.yaml");
  return request;
}

TEST(PolicySuiteTest, FixturesAreTheOnlyFactsAndTimesAreFrozen) {
  const auto response = TestPolicies(On("2026-09-01"), SuiteRequest(kSuite));
  ASSERT_TRUE(response.ok()) << response.status();
  std::vector<std::string> failed;
  for (const v1::PolicyTestCase& one : response->cases()) {
    if (!one.passed()) failed.push_back(one.DebugString());
  }
  EXPECT_THAT(failed, IsEmpty());
  EXPECT_EQ(response->passed(), 5u);
  ASSERT_EQ(response->coverage_size(), 6);
  EXPECT_EQ(response->coverage(1).rule(), "control");
  EXPECT_EQ(response->coverage(1).times_false(), 2u);
  EXPECT_EQ(response->coverage(1).times_true(), 3u);
  EXPECT_EQ(response->coverage(2).times_unknown(), 5u);
}

TEST(PolicySuiteTest, WhatIsNotAsExpectedFails) {
  std::string suite = kSuite;
  suite.replace(suite.find("expect: EXCLUDED"), 16, "expect: ADMISSIBLE");
  const auto response = TestPolicies(On("2026-09-01"), SuiteRequest(suite));
  ASSERT_TRUE(response.ok()) << response.status();
  EXPECT_EQ(response->failed(), 1u);
  EXPECT_EQ(response->cases(0).expected(), "ADMISSIBLE");
  EXPECT_THAT(response->cases(0).got(), HasSubstr("EXCLUDED"));
}

TEST(PolicySuiteTest, UnknownKeysAndWrongValuesHaveTheirPlace) {
  const auto error = [](absl::string_view text) {
    const auto suite = ParseSuite(text, "s.yaml");
    EXPECT_EQ(ErrorReason(suite.status()), "BAD_SUITE");
    return std::string(suite.status().message());
  };
  EXPECT_THAT(error("polices: [a]\n"), HasSubstr("s.yaml:1:1: 'polices'"));
  EXPECT_THAT(error("polices: [a]\n"), HasSubstr("did you mean 'policies'"));
  const std::string head = "policies: [a]\ncases:\n  - name: x\n    model: m\n";
  EXPECT_THAT(error(absl::StrCat(head, "    expct: EXCLUDED\n")),
              HasSubstr("s.yaml:5:5: 'expct'"));
  EXPECT_THAT(error(absl::StrCat(head, "    expect: ALLOWED\n")),
              HasSubstr("s.yaml:5:5: 'ALLOWED'"));
  EXPECT_THAT(error(head), HasSubstr("expects nothing"));
  EXPECT_THAT(error("cases: [\n"), HasSubstr("s.yaml:"));
  EXPECT_THAT(error(std::string(kMaxSuiteBytes + 1, ' ')),
              HasSubstr("split it"));
  EXPECT_EQ(ErrorReason(TestPolicies(On("2026-09-01"),
                                     SuiteRequest("policies: [q.yaml]\ncases:"
                                                  "\n  - {name: x, model: m, "
                                                  "expect: EXCLUDED}\n"))
                            .status()),
            "UNKNOWN_POLICY");
}

}  // namespace
}  // namespace meridian::analysis
