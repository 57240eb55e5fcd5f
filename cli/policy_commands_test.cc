// Policies, judged and checked.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "cli/cli_testing.h"
#include "common/base/status.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

class PolicyCliTest : public CliTest {
 protected:
  PolicyCliTest() : file_(::testing::TempDir() + "cli_test_policy.yaml") {
    std::ofstream(file_) << "id: local-only\n";
  }
  ~PolicyCliTest() override { std::remove(file_.c_str()); }

  static v1::EvaluatePolicyResponse Verdicts(const std::string& verdict) {
    return Make<v1::EvaluatePolicyResponse>(
        std::string(kHeader) + R"pb(
          policy {
            id: "local-only"
            version: "1"
            rules { id: "open" require: "x" }
            rules { id: "local" require: "y" }
          }
          policy_digest: "0123456789abcdef0123"
        )pb" +
        verdict);
  }

  const std::string file_;
};

constexpr char kOneUndetermined[] = "counts { undetermined: 1 }";
constexpr char kVerdict[] = R"pb(
  verdicts {
    model: "m"
    verdict: VERDICT_UNDETERMINED
    rules { rule: "open" satisfied: TRUTH_TRUE applies: true }
    rules {
      rule: "local"
      satisfied: TRUTH_UNKNOWN
      applies: true
      reasons: UNKNOWN_REASON_MISSING
      explanation: "the country of m is not known"
      facts { field: "model.country" unknown_reason: UNKNOWN_REASON_MISSING }
    }
  }
)pb";

TEST_F(PolicyCliTest, OneModelGetsEveryRuleAndItsExitCode) {
  services_.Answer(Verdicts(std::string(kOneUndetermined) + kVerdict));
  const Result result = Run({"policy", "evaluate", file_, "--model", "m"});
  EXPECT_EQ(result.exit, 4);
  EXPECT_THAT(result.out, HasSubstr("m: UNDETERMINED\n"
                                    "\n"
                                    "  open: satisfied\n"
                                    "\n"
                                    "  local: unknown (MISSING)\n"
                                    "    the country of m is not known\n"
                                    "    field          value  how\n"
                                    "    model.country  ?      MISSING\n"));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("source { text: \"id: local-only\\n\" "
                              "file_name: "),
                    HasSubstr("models: \"m\"")));
}

TEST_F(PolicyCliTest, SingleVerdictsDecideTheExitCode) {
  const std::vector<std::string> one = {"policy", "evaluate", file_, "--model",
                                        "m"};
  services_.Answer(Verdicts(
      "counts { excluded: 1 } verdicts { verdict: VERDICT_EXCLUDED }"));
  services_.Answer(Verdicts(
      "counts { admissible: 1 } verdicts { verdict: VERDICT_ADMISSIBLE }"));
  services_.Answer(Verdicts(std::string(kOneUndetermined) + kVerdict));
  EXPECT_EQ(Run(one).exit, 1);
  EXPECT_EQ(Run(one).exit, 0);
  EXPECT_EQ(Run({"policy", "evaluate", file_}).exit, 0);
}

TEST_F(PolicyCliTest, RankedVerdictsShowCountsAndTheBest) {
  services_.Answer(Verdicts(std::string(kVerdict) + kSnapshot + R"pb(
    counts { admissible: 12 excluded: 1003 undetermined: 7 }
    best_admissible {
      model: "good"
      verdict: VERDICT_ADMISSIBLE
      score { model: "good" value: 1300.5 evidence: 0 }
    })pb"));
  const Result result =
      Run({"policy", "evaluate", file_, "--board", "acme/text", "--method",
           "raw", "--verdict", "undetermined", "--cite"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("models           12 admissible, 1,003 excluded, "
                              "7 undetermined\n"),
                    HasSubstr("best admissible  good 1300.5 [1], admissible"),
                    HasSubstr("best possible    none\n"),
                    HasSubstr("local unknown (MISSING)\n")));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("rank_by { board: \"acme/text\" method: "
                              "\"raw\" }"),
                    HasSubstr("verdicts: VERDICT_UNDETERMINED")));
}

TEST_F(PolicyCliTest, CheckSaysFirstHowMuchIsKnown) {
  services_.Answer(Make<v1::ValidatePolicyResponse>(R"pb(
    policy {
      id: "local-only"
      version: "1"
      rules { id: "open" require: "x" }
      rules { id: "local" require: "y" }
    }
    policy_digest: "0123456789abcdef0123"
    coverage {
      fact: "model.country"
      known: 3
      total: 412
      expectation: "known for 3 of 412 models: expect UNDETERMINED"
    }
    rules {
      rule: "open"
      kind: "require"
      expression: "model.weights == OPEN"
      cost: 3
      facts { fact: "model.weights" }
    }
    diagnostics { subject: "HOME" line: 4 column: 3 message: "is not used" }
    subject: SUBJECT_MODEL
  )pb"));
  const Result result = Run({"policy", "check", file_});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.out,
            file_ +
                ": ok, policy local-only 1, 2 rules, digest 0123456789ab\n"
                "\n"
                "fact           known   of  expect\n"
                "model.country      3  412  known for 3 of 412 models: expect "
                "UNDETERMINED\n"
                "\n"
                "rule  kind     cost  needs          expression\n"
                "open  require     3  model.weights  model.weights == OPEN\n"
                "\n"
                "judges: models\n"
                "remark: 4:3: HOME: is not used\n"
                "\nchoices: as_of= seq=0\n");
}

TEST_F(PolicyCliTest, CheckSaysWhereAPolicyIsWrong) {
  services_.Fail(MakeError(absl::StatusCode::kInvalidArgument, "BAD_POLICY",
                           "p.yaml:3:5: unknown key 'requier'",
                           {{"suggestions", "require"}}));
  const Result wrong = Run({"policy", "check", file_});
  EXPECT_EQ(wrong.exit, 2);
  EXPECT_EQ(wrong.err,
            "error: p.yaml:3:5: unknown key 'requier'\n"
            "reason: BAD_POLICY\n"
            "did you mean: require\n");
}

TEST_F(PolicyCliTest, AFileThatIsMissingIsWrongInput) {
  const Result result = Run({"policy", "check", "/nowhere/p.yaml"});
  EXPECT_EQ(result.exit, 2);
  EXPECT_THAT(result.err, HasSubstr("/nowhere/p.yaml"));
}

TEST_F(PolicyCliTest, ANameThatIsNoFileIsAPolicyOfTheLog) {
  services_.Answer(Verdicts(""));
  Run({"policy", "evaluate", "eu-open@2026-09"});
  Run({"policy", "evaluate", "eu-open"});
  EXPECT_THAT(services_.requests()[0],
              HasSubstr("stored { id: \"eu-open\" version: \"2026-09\" }"));
  EXPECT_THAT(services_.requests()[1], HasSubstr("stored { id: \"eu-open\" }"));
  const Result file = Run({"policy", "evaluate", "missing.yaml"});
  EXPECT_EQ(file.exit, 2);
  EXPECT_THAT(file.err, HasSubstr("NO_SUCH_FILE"));
}

TEST_F(PolicyCliTest, WhoAsksAboutWhichDayOnWhatEvidenceIsSent) {
  const std::string letter = ::testing::TempDir() + "cli_test_letter.yaml";
  std::ofstream(letter) << "author: Acme\n"
                           "date: 2026-09-01\n"
                           "models:\n"
                           "  - name: acme-large\n"
                           "    developers: [Acme]\n";
  services_.Answer(Verdicts(""));
  const Result result =
      Run({"policy", "evaluate", file_, "--deployer",
           "country=DE,commercial=false", "--deployer", "mau=1e6", "--deployer",
           "mode=self_host", "--on", "2025-01-10", "--evidence", letter});
  std::remove(letter.c_str());
  ASSERT_EQ(result.exit, 0) << result.err;
  EXPECT_THAT(
      services_.requests()[0],
      AllOf(HasSubstr("deployer { country: \"DE\" monthly_active_users: "
                      "1000000 commercial: false mode: DEPLOY_MODE_SELF_HOST"),
            HasSubstr("on: \"2025-01-10\""),
            HasSubstr("evidence { author: \"Acme\" date: \"2026-09-01\""),
            HasSubstr("model { name: \"acme-large\"")));
}

TEST_F(PolicyCliTest, DeployersThatAreWrongSayWhatToWrite) {
  const auto error_of = [this](const std::string& deployer) {
    const Result result =
        Run({"policy", "evaluate", file_, "--deployer", deployer});
    EXPECT_EQ(result.exit, 2) << deployer;
    return result.err;
  };
  EXPECT_THAT(error_of("contry=DE"), HasSubstr("did you mean 'country'"));
  EXPECT_THAT(error_of("country="), HasSubstr("a value is missing"));
  EXPECT_THAT(error_of("mau=many"), HasSubstr("a number from 0 on"));
  EXPECT_THAT(error_of("mau=-1"), HasSubstr("a number from 0 on"));
  EXPECT_THAT(error_of("commercial=perhaps"), HasSubstr("true or false"));
  EXPECT_THAT(error_of("mode=cloud"), HasSubstr("api, self_host or either"));
  EXPECT_EQ(services_.requests().size(), 0u);
}

TEST_F(PolicyCliTest, OfferingsAndPortfolioRulesAreShown) {
  services_.Answer(Verdicts(R"pb(
    verdicts {
      model: "m"
      verdict: VERDICT_ADMISSIBLE
      offering { operator: "Acme" route: "eu/m" }
    }
    portfolio {
      rule: "spread"
      task: "general"
      satisfied: TRUTH_FALSE
      explanation: "HHI 4000 over vendors, at most 2500"
    }
    deployer { country: "DE" }
  )pb"));
  const Result result = Run({"policy", "evaluate", file_});
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("deployer       country DE\n"),
                    HasSubstr("spread, general: violated; HHI 4000 over "
                              "vendors, at most 2500\n"),
                    HasSubstr("m      Acme/eu/m  ADMISSIBLE")));
}

TEST_F(PolicyCliTest, StoredPoliciesAreListedWithTheirProblems) {
  services_.Answer(Make<v1::ListPoliciesResponse>(std::string(kHeader) + R"pb(
    policies {
      id: "eu-open"
      version: "2026-09"
      title: "EU, open"
      valid_from: "2026-09-01"
      policy_digest: "0123456789abcdef0123"
      evidence: 0
    }
    policies { id: "old" version: "1" problem: "1:2: what" evidence: 1 }
  )pb"));
  const Result result = Run({"policy", "list"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out, AllOf(HasSubstr("eu-open  2026-09  2026-09-01"),
                                HasSubstr("1:2: what")));
  services_.Answer(Make<v1::ListPoliciesResponse>(""));
}

}  // namespace
}  // namespace meridian::cli
