// What a policy leaves, costs and rests on; how policies differ.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <filesystem>
#include <fstream>

#include "cli/cli_testing.h"
#include "common/base/status.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class MeasureCliTest : public CliTest {
 protected:
  MeasureCliTest() : folder_(::testing::TempDir() + "cli_test_measure/") {
    std::filesystem::create_directories(folder_);
    file_ = Write("p.yaml", "id: p\n");
  }
  ~MeasureCliTest() override { std::filesystem::remove_all(folder_); }

  std::string Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + name) << text;
    return folder_ + name;
  }

  const std::string folder_;
  std::string file_;
};

constexpr char kBest[] = R"pb(
  tasks {
    objective { task: "general" board: "acme/text" method: "raw" }
    frontier { model: "top" value: 1504 lower: 1498 upper: 1510 evidence: 0 }
    best_certain { model: "good" value: 1416 evidence: 1 }
    best_possible {
      score { model: "maybe" value: 1456 evidence: 0 }
      verdict: VERDICT_UNDETERMINED
      rules: "base"
    }
    ties { model: "near" value: 1415 evidence: 1 }
    runners_up {
      score { model: "next" value: 1400 evidence: 1 }
      verdict: VERDICT_ADMISSIBLE
    }
    gap_points: 88
    gap_interval { low: 80.5 high: 95.5 }
    win_rate: 0.376
    counts { admissible: 5 excluded: 60 undetermined: 6 }
  }
)pb";

TEST_F(MeasureCliTest, BestTellsCertainAndPossibleByTask) {
  services_.Answer(Make<v1::FindBestResponse>(std::string(kHeader) + kBest));
  const Result result =
      Run({"policy", "best", file_, "--task", "general=acme/text::raw",
           "--task", "code=acme/code:hard", "--runners-up", "3"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("general: acme/text, method raw\n"),
            HasSubstr("  frontier         top 1504 [1498, 1510]\n"),
            HasSubstr("  best certain     good 1416\n"),
            HasSubstr("  best possible    maybe 1456, undetermined: base\n"),
            HasSubstr("  gap to frontier  88.00 points [80.50, 95.50]\n"),
            HasSubstr("  win rate         0.376\n"),
            HasSubstr("  ties             near 1415\n"),
            HasSubstr("  next        1400  ADMISSIBLE\n")));
  EXPECT_THAT(
      services_.requests()[0],
      AllOf(HasSubstr("objectives { task: \"general\" board: \"acme/text\" "
                      "method: \"raw\" }"),
            HasSubstr("objectives { task: \"code\" board: \"acme/code\" "
                      "category: \"hard\" }"),
            HasSubstr("runners_up: 3")));
  EXPECT_EQ(Run({"policy", "best", file_, "--task", "acme/text"}).exit, 2);
}

TEST_F(MeasureCliTest, BestExitsByWhatServesTheTasks) {
  services_.Answer(Make<v1::FindBestResponse>("tasks { best_certain {} }"));
  services_.Answer(Make<v1::FindBestResponse>(
      "tasks { best_certain {} } tasks { best_possible {} bound: 1400 }"));
  services_.Answer(Make<v1::FindBestResponse>("tasks {}"));
  EXPECT_EQ(Run({"policy", "best", file_}).exit, 0);
  const Result open = Run({"policy", "best", file_});
  EXPECT_EQ(open.exit, 4);
  EXPECT_THAT(open.out, HasSubstr("none among the rows shown: below 1400.00"));
  EXPECT_EQ(Run({"policy", "best", file_}).exit, 1);
}

constexpr char kCostPoint[] = R"pb(
  points {
    bucket: "2026-03"
    frontier { model: "top" value: 1504 evidence: 0 }
    best_certain { model: "good" value: 1416 evidence: 1 }
    points: 88
    under_ignorance { low: 48 high: 88 }
    interval { low: 80 high: 96 }
    win_rate: 0.376
    months_behind: 11.25
    reached_by: "earlier"
    rules { rule: "open" alone: 48 left_out: 40 shapley: 68 excludes_alone: 12 }
    rules { rule: "home" alone: 0 left_out: 40 shapley: 20 }
    breakpoints {
      rule: "small"
      comparison: "model.training_compute <= 1e+25"
      threshold: 3e25
      model: "bigger"
      gains_points: 12
    }
  }
)pb";

TEST_F(MeasureCliTest, CostIsTakenApartByRule) {
  services_.Answer(Make<v1::MeasureCostResponse>(
      std::string(kHeader) + "objective { board: \"acme/text\" }" +
      kCostPoint));
  const Result result = Run({"policy", "cost", file_, "--board", "acme/text"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("  cost             88.00 points [80.00, 96.00] (95 "
                      "%)\n"),
            HasSubstr("  under ignorance  [48.00, 88.00] points"),
            HasSubstr("  months behind    11.2, reached by earlier\n"),
            HasSubstr("  rule  alone  left out  Shapley  excludes alone\n"
                      "  open  48.00     40.00    68.00              12\n"
                      "  home   0.00     40.00    20.00               0\n"),
            HasSubstr("small  model.training_compute <= 1e+25  3e+25  bigger "
                      "    12.00\n")));
}

TEST_F(MeasureCliTest, CostPerMonthIsATable) {
  services_.Answer(Make<v1::MeasureCostResponse>(
      std::string(kHeader) + "points { bucket: \"2026-02\" }" + kCostPoint));
  const Result result =
      Run({"policy", "cost", file_, "--from", "2026-02", "--cite"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(
          HasSubstr("2026-02  ?                      ?  ?  "),
          HasSubstr("2026-03  top              1504.00  good   "
                    "             1416.00  ?              88.00  48.00  88.00  "
                    "   0.376           11.2  [1] [2]\n"),
          HasSubstr("by rule, 2026-03\n")));
  EXPECT_EQ(Run({"policy", "cost", file_, "--to", "2026-03"}).exit, 2);
}

TEST_F(MeasureCliTest, ACostThatNothingCertainHasIsUndecided) {
  services_.Answer(Make<v1::MeasureCostResponse>(
      "points { bucket: \"2026-03-31\" under_ignorance { low: 3 } }"));
  const Result result = Run({"policy", "cost", file_});
  EXPECT_EQ(result.exit, 4);
  EXPECT_THAT(result.out, AllOf(HasSubstr("nothing is certainly admissible"),
                                HasSubstr("under ignorance  [3.00, ?]")));
}

TEST_F(MeasureCliTest, ConcentrationHasTwoReadingsAndNeedsNoPolicy) {
  services_.Answer(Make<v1::MeasureConcentrationResponse>(R"pb(
    direct {
      reading: "direct"
      hhi: 2550
      bounds { low: 2550 high: 2550 }
      effective_number { low: 3.92 high: 3.92 }
      top_shares: 0.4
      top_shares: 0.9
      shares { name: "US" share: 0.4 models: 4 }
      models: 10
    }
    root {
      reading: "root"
      bounds { low: 2900 high: 4100 }
      unknown_share: 0.125
      shares { share: 0.125 models: 1 }
      models: 10
    }
    hidden_hhi: 350
    moved_share: 0.2
  )pb"));
  const Result result =
      Run({"policy", "concentration", "--over", "country", "--limit", "0"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("  HHI               2550\n"),
                    HasSubstr("  top 1, 3, 5       40.0 %, 90.0 %\n"),
                    HasSubstr("by the roots of the lineage\n"),
                    HasSubstr("[2900, 4100], by what the unknown are\n"),
                    HasSubstr("  ?     12.5 %       1\n"),
                    HasSubstr("hidden HHI   350\nmoved share  20.0 %\n")));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("dimension: DIMENSION_COUNTRY"),
                    HasSubstr("limit: 4294967295"), Not(HasSubstr("source"))));
  EXPECT_EQ(Run({"policy", "concentration", "--over", "planet"}).exit, 2);
  EXPECT_EQ(Run({"policy", "concentration"}).exit, 2);
}

TEST_F(MeasureCliTest, CutoffListsLossesAndTheWorstPair) {
  services_.Answer(Make<v1::SimulateCutoffResponse>(
      std::string(kHeader) +
      R"pb(
        tasks {
          objective { task: "general" board: "acme/text" }
          losses {
            cut: "Acme"
            lost: 3
            unknown: 1
            before { model: "top" value: 1504 evidence: 0 }
            after { model: "good" value: 1416 evidence: 1 }
            loss_points: 88
            loss_range { low: 40 high: 88 }
            no_substitute: true
          }
          worst_pair {
            cut: "Acme"
            cut: "Beta"
            lost: 9
            before { model: "top" value: 1504 evidence: 0 }
          }
        }
      )pb"));
  const Result result = Run({"policy", "cutoff", file_, "--of", "vendor",
                             "--how", "api_lost", "--stops-at", "2026-01-01"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("Acme            3        1  top          good        "
                      "88.00  [40.00, 88.00]  no\n"),
            HasSubstr("Acme + Beta     9        0  top          nothing      "
                      "   ?               ?  yes\n")));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("dimension: DIMENSION_VENDOR"),
                    HasSubstr("mechanism: MECHANISM_API_LOST"),
                    HasSubstr("stops_at: \"2026-01-01\"")));
}

TEST_F(MeasureCliTest, DiffSaysMeaningWitnessAndDifferences) {
  services_.Answer(
      Make<v1::ComparePoliciesResponse>(std::string(kHeader) +
                                        R"pb(
                                          relation: POLICY_RELATION_A_STRICTER
                                          decided_by: "z3"
                                          witnesses {
                                            facts {
                                              field: "model.weights"
                                              value { text: "OPEN" }
                                            }
                                            a: VERDICT_EXCLUDED
                                            b: VERDICT_ADMISSIBLE
                                          }
                                          counts_a { admissible: 1 excluded: 2 }
                                          counts_b { admissible: 2 excluded: 1 }
                                          differences {
                                            model: "m"
                                            a: VERDICT_EXCLUDED
                                            b: VERDICT_ADMISSIBLE
                                            rules_a: "home"
                                          }
                                          total: 1
                                          cost_a {
                                            points: 88
                                            best_certain { model: "good" }
                                          }
                                          cost_b {}
                                        )pb"));
  const Result result = Run({"policy", "diff", file_, "other-policy"});
  EXPECT_EQ(result.exit, 1);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("relation     A_STRICTER: "),
                    HasSubstr("witness      A EXCLUDED, B ADMISSIBLE with "
                              "model.weights = OPEN\n"),
                    HasSubstr("cost of A    88.00 points, best good\n"),
                    HasSubstr("cost of B    ?\n"),
                    HasSubstr("EXCLUDED  ADMISSIBLE  home")));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("a { context { } source"),
                    HasSubstr("stored { id: \"other-policy\" }")));
}

TEST_F(MeasureCliTest, DiffExitsByWhatIsKnown) {
  services_.Answer(Make<v1::ComparePoliciesResponse>(
      "relation: POLICY_RELATION_EQUIVALENT"));
  services_.Answer(
      Make<v1::ComparePoliciesResponse>("decided_by: \"limit reached\""));
  services_.Answer(
      Make<v1::ComparePoliciesResponse>("relation: POLICY_RELATION_DISJOINT"));
  EXPECT_EQ(Run({"policy", "diff", file_, file_}).exit, 0);
  EXPECT_EQ(Run({"policy", "diff", file_, file_}).exit, 4);
  EXPECT_EQ(Run({"policy", "diff", file_, file_}).exit, 1);
}

TEST_F(MeasureCliTest, AnalyzeNamesRulesWithoutEffect) {
  services_.Answer(Make<v1::AnalyzePolicyResponse>(R"pb(
    rules {
      rule: "open"
      always_true: TRUTH_FALSE
      never_true: TRUTH_FALSE
      redundant: TRUTH_TRUE
      counts { admissible: 5 excluded: 2 undetermined: 1 }
      explanation: "'home' implies it"
    }
    admits_nothing: TRUTH_FALSE
    diagnostics { subject: "ELSEWHERE" message: "is not used" }
    decided_by: "z3"
  )pb"));
  services_.Answer(
      Make<v1::AnalyzePolicyResponse>("admits_nothing: TRUTH_TRUE"));
  services_.Answer(
      Make<v1::AnalyzePolicyResponse>("admits_nothing: TRUTH_UNKNOWN"));
  const Result result = Run({"policy", "analyze", file_});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("open  F            F           T             "
                              "     5         2        1  'home' implies it"),
                    HasSubstr("admits nothing  F\ndecided by      z3\n"),
                    HasSubstr("remark: ELSEWHERE: is not used\n")));
  EXPECT_EQ(Run({"policy", "analyze", file_}).exit, 1);
  EXPECT_EQ(Run({"policy", "analyze", file_}).exit, 4);
}

constexpr char kSuite[] = R"pb(
  cases { name: "good" policy: "p" subject: "m" passed: true }
  cases {
    name: "bad"
    policy: "p"
    subject: "n"
    expected: "EXCLUDED"
    got: "ADMISSIBLE"
  }
  passed: 1
  failed: 1
  coverage { policy: "p" rule: "open" times_true: 2 }
)pb";

TEST_F(MeasureCliTest, SuitesAreSentWithThePoliciesBesideThem) {
  const std::string suite =
      Write("suite.yaml", "suite: s\npolicies: [p.yaml]\ncases: []\n");
  services_.Answer(Make<v1::TestPoliciesResponse>(kSuite));
  const Result result = Run({"policy", "test", suite});
  EXPECT_EQ(result.exit, 1);
  EXPECT_EQ(result.out,
            suite +
                ": 1 passed, 1 failed\n"
                "case  policy  subject  result  expected  got\n"
                "bad   p       n        FAILED  EXCLUDED  ADMISSIBLE\n"
                "\n"
                "policy  rule  T  F  U  not tried\n"
                "p       open  2  0  0  never false, never unknown\n");
  EXPECT_THAT(services_.requests()[0],
              HasSubstr("policies { text: \"id: p\\n\" file_name: \"p.yaml\" "
                        "}"));
}

TEST_F(MeasureCliTest, SuitesShareOneTableOfCsv) {
  const std::string suite = Write("suite.yaml", "suite: s\n");
  services_.Answer(Make<v1::TestPoliciesResponse>(kSuite));
  services_.Answer(Make<v1::TestPoliciesResponse>("passed: 2"));
  EXPECT_EQ(Run({"policy", "test", suite, suite, "--format", "csv"}).out,
            "suite,case,policy,subject,result,expected,got\r\n" + suite +
                ",good,p,m,passed,,\r\n" + suite +
                ",bad,p,n,FAILED,EXCLUDED,ADMISSIBLE\r\n");
  EXPECT_EQ(Run({"policy", "test", suite}).exit, 0);
}

TEST_F(MeasureCliTest, ASuiteOfAMissingPolicyIsWrongInput) {
  const std::string suite = Write("suite.yaml", "policies: [q.yaml]\n");
  const Result result = Run({"policy", "test", suite});
  EXPECT_EQ(result.exit, 2);
  EXPECT_THAT(result.err, HasSubstr("q.yaml' cannot be read"));
}

}  // namespace
}  // namespace meridian::cli
