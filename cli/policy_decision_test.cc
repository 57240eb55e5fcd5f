// Decisions: recorded, listed, exported, asked again.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>

#include "cli/cli_testing.h"
#include "common/base/status.h"
#include "meridian/v1/decision.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

class DecisionCliTest : public CliTest {
 protected:
  DecisionCliTest() : file_(::testing::TempDir() + "cli_test_decision.yaml") {
    std::ofstream(file_) << "id: p\n";
  }
  ~DecisionCliTest() override { std::remove(file_.c_str()); }

  static v1::ExplainVerdictResponse Proof(v1::Verdict verdict, v1::Truth open,
                                          const std::string& weights) {
    auto proof = Make<v1::ExplainVerdictResponse>(std::string(kHeader) + R"pb(
      verdict { model: "acme-large" obligations: "show the name" }
      policy {
        id: "p"
        version: "1"
        author_note: "one reading"
        deployer { country: "DE" commercial: true }
      }
      policy_digest: "fedcba9876543210ff"
      rules {
        result { rule: "open" kind: "require" applies: true }
        body { expression: "model.weights == OPEN" facts: 0 }
        because: "we host it"
      }
      facts { field: "model.weights" evidence: 1 }
      text: "acme-large, in words."
    )pb");
    proof.mutable_verdict()->set_verdict(verdict);
    proof.mutable_rules(0)->mutable_result()->set_satisfied(open);
    proof.mutable_facts(0)->mutable_value()->set_text(weights);
    return proof;
  }
  static v1::ExplainVerdictResponse Admissible() {
    return Proof(v1::VERDICT_ADMISSIBLE, v1::TRUTH_TRUE, "OPEN");
  }
  static v1::ExplainVerdictResponse Excluded() {
    return Proof(v1::VERDICT_EXCLUDED, v1::TRUTH_FALSE, "API_ONLY");
  }
  static v1::RecordDecisionResponse Recorded() {
    return Make<v1::RecordDecisionResponse>(R"pb(
      decision {
        id: "0123456789abcdef0123456789abcdef"
        policy_id: "p"
        policy_version: "1"
        model: "acme-large"
        verdict: VERDICT_EXCLUDED
        ruling: RULING_APPROVED
        against_verdict: true
        approver: "CIO"
        reason: "pilot"
        decided_at: "2026-04-01T08:00:00Z"
      }
      created: true
    )pb");
  }
  std::vector<std::string> Decide(std::vector<std::string> more = {}) const {
    std::vector<std::string> command = {"policy",   "decide",     file_,
                                        "acme",     "--approver", "CIO",
                                        "--reason", "pilot"};
    command.insert(command.end(), more.begin(), more.end());
    return command;
  }
  std::string LastRequest() const { return services_.requests().back(); }

  const std::string file_;
};

TEST_F(DecisionCliTest, DecideExplainsAndRecordsWhatCanBeAskedAgain) {
  services_.Answer(Excluded());
  services_.Answer(Recorded());
  const Result result = Run(
      Decide({"--approve", "--override", "--deployer", "commercial=false"}));
  EXPECT_EQ(result.exit, 0) << result.err;
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("acme-large: EXCLUDED\n"),
                    HasSubstr("acme-large: APPROVED by CIO (against the "
                              "verdict EXCLUDED): pilot\n"
                              "decision 0123456789abcdef0123456789abcdef, "
                              "recorded 2026-04-01T08:00:00Z\n")));
  EXPECT_THAT(
      LastRequest(),
      AllOf(HasSubstr("context { as_of: \"2025-02-14\" at_seq: 12 }"),
            HasSubstr("source { text: \"id: p\\n\""),
            HasSubstr("policy_id: \"p\" policy_version: \"1\" policy_digest: "
                      "\"fedcba9876543210ff\" deployer { country: \"DE\" "
                      "commercial: false } model: \"acme-large\""),
            HasSubstr("ruling: RULING_APPROVED override: true approver: "
                      "\"CIO\" reason: \"pilot\"")));
}

TEST_F(DecisionCliTest, AStoredPolicyIsRecordedAsTheMessageItWas) {
  services_.Answer(Admissible());
  services_.Answer(Recorded());
  Run({"policy", "decide", "p@1", "acme", "--approver", "CIO", "--reason",
       "pilot"});
  EXPECT_THAT(LastRequest(),
              AllOf(HasSubstr("policy { id: \"p\" version: \"1\""),
                    Not(HasSubstr("stored {"))));
}

TEST_F(DecisionCliTest, TheVerdictDecidesUnlessTheApproverDoes) {
  services_.Answer(Admissible());
  services_.Answer(Proof(v1::VERDICT_EXCLUDED, v1::TRUTH_FALSE, "NONE"));
  services_.Answer(Admissible());
  services_.Answer(Recorded());
  Run(Decide());
  EXPECT_THAT(LastRequest(), HasSubstr("ruling: RULING_APPROVED"));
  Run(Decide());
  EXPECT_THAT(LastRequest(), HasSubstr("ruling: RULING_REJECTED"));
  Run(Decide({"--reject"}));
  EXPECT_THAT(LastRequest(), HasSubstr("ruling: RULING_REJECTED"));
}

TEST_F(DecisionCliTest, WhatIsUndeterminedNeedsAWord) {
  services_.Answer(Proof(v1::VERDICT_UNDETERMINED, v1::TRUTH_UNKNOWN, "OPEN"));
  services_.Answer(Recorded());
  const Result open = Run(Decide());
  EXPECT_EQ(open.exit, 4);
  EXPECT_THAT(open.err, HasSubstr("nothing was recorded"));
  EXPECT_THAT(LastRequest(), HasSubstr("ExplainVerdictRequest"));
  EXPECT_EQ(Run(Decide({"--approve"})).exit, 0);
  EXPECT_THAT(LastRequest(), HasSubstr("ruling: RULING_APPROVED"));
}

TEST_F(DecisionCliTest, FlagsThatContradictAreWrongUsage) {
  EXPECT_EQ(Run(Decide({"--approve", "--reject"})).exit, 2);
  EXPECT_EQ(Run(Decide({"--override"})).exit, 2);
  EXPECT_EQ(Run({"policy", "decide", file_, "m", "--reason", "x"}).exit, 2);
}

TEST_F(DecisionCliTest, DecisionsAreListed) {
  auto list = Make<v1::ListDecisionsResponse>("");
  services_.Answer(list);
  EXPECT_EQ(Run({"policy", "decisions"}).out, "no decision was recorded\n");
  *list.add_decisions() = Recorded().decision();
  services_.Answer(list);
  Run({"policy", "decisions"});
  const Result result =
      Run({"policy", "decisions", "--policy", "p", "--model", "acme-large"});
  EXPECT_THAT(result.out,
              HasSubstr("0123456789ab  2026-04-01T08:00:00Z  p       1        "
                        "acme-large  EXCLUDED  APPROVED  yes              CIO "
                        "      pilot\n"));
  EXPECT_THAT(LastRequest(), HasSubstr("policy_id: \"p\" model: "
                                       "\"acme-large\""));
}

v1::GetDecisionResponse Kept(const v1::ExplainVerdictResponse& proof) {
  auto kept = Make<v1::GetDecisionResponse>(R"pb(
    decision {
      id: "0123456789abcdef0123456789abcdef"
      question {
        context { as_of: "2025-02-14" at_seq: 12 country_rule: "controller_hq" }
        source { text: "id: p\n```\n" file_name: "p.yaml" }
        on: "2025-01-10"
        deployer { commercial: false sector: "it's" }
        evidence {
          author: "Acme"
          date: "2025-01-01"
          document_sha256: "0a0b"
          file_name: "letter.yaml"
          records { model { name: "acme-large" } }
        }
      }
      policy_id: "p"
      policy_version: "1"
      policy_digest: "fedcba9876543210ff"
      deployer { country: "DE" commercial: false }
      model: "acme-large"
      ruling: RULING_REJECTED
      approver: "CISO"
      reason: "as it says"
      decided_at: "2026-04-01T08:00:00Z"
    }
  )pb");
  kept.mutable_decision()->set_verdict(proof.verdict().verdict());
  *kept.mutable_decision()->mutable_proof() = proof;
  return kept;
}

TEST_F(DecisionCliTest, TheDossierHasWhatAnAuditorNeeds) {
  services_.Answer(Kept(Excluded()));
  const Result result =
      Run({"policy", "dossier", "0123456789ab", "--format", "md"});
  EXPECT_EQ(result.exit, 0);
  for (const char* part :
       {"# REJECTED: acme-large\n", "| Approver | CISO |\n",
        "| Reason | as it says |\n", "| Facts of the day | 2025-01-10 |\n",
        "| Log | 4f3a, seq 12 |\n",
        "| Deployer | country DE; not commercial |\n",
        "It is not legal advice.", "## In words\n\n- acme-large, in words.\n",
        "### open (require): violated\n\n`model.weights == OPEN`\n",
        "- Because: we host it\n", "- Fact: model.weights = API_ONLY [2]\n",
        "## Obligations\n\n- show the name\n", "one reading\n",
        // The policy's own fence cannot end ours.
        "````\nid: p\n```\n````\n",
        "- Acme, 2025-01-01, letter.yaml, sha256 0a0b\n",
        "  - `model { name: \"acme-large\" }`\n",
        "- [2] Institute, Report, Fig. 2, vintage 2025-02-14 (path)\n"
        "  - URL: https://example.org/report\n"
        "  - read from: file:///data/all.csv\n"
        "  - sha256: fedcba9876543210\n"
        "  - place: lines 13-14, column score\n"
        "  - licence: ?\n",
        "  - licence: none stated\n",
        "- warning: the figures carry no intervals\n",
        "meridian policy explain policy.yaml 'acme-large' --as-of 2025-02-14 "
        "--at-seq 12 --on 2025-01-10 --country-rule controller_hq --deployer "
        "'commercial=false' --deployer 'sector=it'\\''s' --evidence "
        "'letter.yaml' --cite\n"}) {
    EXPECT_THAT(result.out, HasSubstr(part));
  }
  EXPECT_THAT(
      Run({"policy", "dossier", "0123456789ab", "--format", "json"}).out,
      HasSubstr("\"policyDigest\":\"fedcba9876543210ff\""));
  EXPECT_EQ(Run({"policy", "dossier", "0123456789ab", "--format", "csv"}).exit,
            2);
}

class RecheckCliTest : public DecisionCliTest {
 protected:
  RecheckCliTest() {
    auto list = Make<v1::ListDecisionsResponse>("");
    *list.add_decisions() = Recorded().decision();
    services_.Answer(list);
    services_.Answer(Kept(Excluded()));
  }
};

TEST_F(RecheckCliTest, WhatWouldDifferIsListedWithRulesAndFacts) {
  services_.Answer(Admissible());
  const Result result = Run({"policy", "recheck", "--as-of", "2026-06-30"});
  EXPECT_EQ(result.exit, 1);
  EXPECT_EQ(result.out,
            "1 decisions, 1 would differ, 0 cannot be asked again\n"
            "\n"
            "decision 0123456789ab of 2026-04-01T08:00:00Z, p 1: acme-large: "
            "EXCLUDED -> ADMISSIBLE (was APPROVED by CIO)\n"
            "  what  name           then      now\n"
            "  rule  open           violated  satisfied\n"
            "  fact  model.weights  API_ONLY  OPEN\n");
  EXPECT_THAT(LastRequest(),
              AllOf(HasSubstr("context { as_of: \"2026-06-30\" country_rule: "
                              "\"controller_hq\" }"),
                    HasSubstr("evidence { author: \"Acme\""),
                    HasSubstr("on: \"2025-01-10\"")));
  const Result json = Run({"policy", "recheck", "--format", "json"});
  EXPECT_THAT(json.out,
              AllOf(HasSubstr("\"differs\":true"),
                    HasSubstr("\"facts\":[{\"fact\":\"model.weights\","
                              "\"before\":\"API_ONLY\",\"after\":\"OPEN\"}]")));
}

TEST_F(RecheckCliTest, OtherFactsWithTheSameVerdictDoNotDiffer) {
  services_.Answer(Proof(v1::VERDICT_EXCLUDED, v1::TRUTH_FALSE, "NONE"));
  const Result result = Run({"policy", "recheck"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.out,
            "1 decisions, 0 would differ, 0 cannot be asked again\n");
  EXPECT_THAT(Run({"policy", "recheck", "--format", "csv"}).out,
              HasSubstr("EXCLUDED,EXCLUDED,false,,model.weights: API_ONLY -> "
                        "NONE,\r\n"));
}

TEST_F(RecheckCliTest, WhatCannotBeAskedAgainIsSaidAndNotDecided) {
  // No answer is set, so the question fails.
  const Result result = Run({"policy", "recheck"});
  EXPECT_EQ(result.exit, 4);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("1 decisions, 0 would differ, 1 cannot be asked "
                              "again\n"),
                    HasSubstr("EXCLUDED -> cannot be asked again: the test "
                              "gave no answer\n")));
}

TEST_F(RecheckCliTest, AServiceThatCannotBeReachedIsAnError) {
  services_.Fail(MakeError(absl::StatusCode::kUnavailable, "DRAINING",
                           "the service is shutting down"));
  EXPECT_EQ(Run({"policy", "recheck"}).exit, 3);
}

}  // namespace
}  // namespace meridian::cli
