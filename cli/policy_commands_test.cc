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

TEST_F(PolicyCliTest, CheckSaysOkOrWhere) {
  services_.Answer(Verdicts(""));
  EXPECT_EQ(Run({"policy", "check", file_}).out,
            file_ +
                ": ok, policy local-only 1, 2 rules, digest "
                "0123456789ab\n");
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

}  // namespace
}  // namespace meridian::cli
