// One verdict, its proof, its history; what is missing.
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
using ::testing::Not;
using ::testing::StartsWith;

class VerdictCliTest : public CliTest {
 protected:
  VerdictCliTest() : file_(::testing::TempDir() + "cli_test_verdict.yaml") {
    std::ofstream(file_) << "id: p\n";
  }
  ~VerdictCliTest() override { std::remove(file_.c_str()); }

  const std::string file_;
};

v1::CheckAdmissionResponse Admission(const std::string& verdict) {
  return Make<v1::CheckAdmissionResponse>(
      "verdict: VERDICT_" + verdict +
      R"pb(
        reason: "rule open: model.weights of m is API_ONLY"
        rules: "open"
        obligations: "show the name"
        decision_id: "0123456789abcdef0123456789abcdef"
        time_to_live_seconds: 3600
        seq: 7
        as_of: "2026-03-31"
        policy_digest: "fedcba9876543210ff"
        model: "m"
        offering { operator: "Acme" route: "m" }
      )pb");
}

TEST_F(VerdictCliTest, AdmitAnswersInShortAndByExitCode) {
  services_.Answer(Admission("EXCLUDED"));
  services_.Answer(Admission("ADMISSIBLE"));
  services_.Answer(Admission("UNDETERMINED"));
  const Result no =
      Run({"policy", "admit", file_, "m", "--offering", "Acme/eu/m"});
  EXPECT_EQ(no.exit, 1);
  EXPECT_EQ(no.out,
            "m at Acme/m: EXCLUDED\n"
            "  because        rule open: model.weights of m is API_ONLY\n"
            "  rules          open\n"
            "  must           show the name\n"
            "  decision       0123456789abcdef0123456789abcdef\n"
            "  may be reused  for 3600 s\n"
            "  asked          as_of=2026-03-31 seq=7 policy=fedcba987654\n");
  EXPECT_EQ(Run({"policy", "admit", file_, "m"}).exit, 0);
  EXPECT_EQ(Run({"policy", "admit", file_, "m"}).exit, 4);
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("model: \"m\""),
                    HasSubstr("offering { operator: \"Acme\" route: "
                              "\"eu/m\" }")));
  EXPECT_THAT(services_.requests()[1], Not(HasSubstr("offering")));
}

TEST_F(VerdictCliTest, AdmitIsOneRowOfCsvAndOneObjectOfJson) {
  services_.Answer(Admission("EXCLUDED"));
  EXPECT_EQ(Run({"policy", "admit", file_, "m", "--format", "csv"}).out,
            "model,offering,verdict,reason,rules,obligations,decision,"
            "time_to_live_seconds,seq,as_of,policy_digest\r\n"
            "m,Acme/m,EXCLUDED,rule open: model.weights of m is API_ONLY,"
            "open,show the name,0123456789abcdef0123456789abcdef,3600,7,"
            "2026-03-31,fedcba9876543210ff\r\n");
  const Result json = Run({"policy", "admit", file_, "m", "--format", "json"});
  EXPECT_EQ(json.exit, 1);
  EXPECT_THAT(json.out, AllOf(StartsWith("{\"verdict\":\"VERDICT_EXCLUDED\""),
                              HasSubstr("\"timeToLiveSeconds\":\"3600\"")));
}

constexpr char kProof[] = R"pb(
  verdict {
    model: "acme-large"
    verdict: VERDICT_UNDETERMINED
    can_be_admitted: TRUTH_TRUE
    can_be_excluded: TRUTH_TRUE
  }
  policy { id: "p" version: "1" }
  policy_digest: "fedcba9876543210ff"
  rules {
    result {
      rule: "open"
      kind: "require"
      satisfied: TRUTH_TRUE
      applies: true
      facts {
        field: "model.weights"
        value { text: "OPEN" }
        evidence: 0
      }
    }
    body { expression: "model.weights == OPEN" truth: TRUTH_TRUE facts: 0 }
    because: "we host it"
  }
  rules {
    result {
      rule: "small"
      kind: "require"
      satisfied: TRUTH_UNKNOWN
      applies: true
      reasons: UNKNOWN_REASON_IMPRECISE
    }
    body {
      expression: "known(x) && model.training_compute <= 1e25"
      truth: TRUTH_UNKNOWN
      reasons: UNKNOWN_REASON_IMPRECISE
      parts { expression: "known(x)" truth: TRUTH_TRUE }
      parts {
        expression: "model.training_compute <= 1e25"
        truth: TRUTH_UNKNOWN
        reasons: UNKNOWN_REASON_IMPRECISE
        facts: 1
      }
    }
    reference: "Art. 51(2)"
  }
  rules {
    result { rule: "abroad" kind: "forbid" satisfied: TRUTH_TRUE }
    body { expression: "y" truth: TRUTH_FALSE }
    applies_when { expression: "deployer.military" truth: TRUTH_FALSE }
  }
  facts {
    field: "model.weights"
    value { text: "OPEN" }
    evidence: 0
  }
  facts {
    field: "model.training_compute"
    unknown_reason: UNKNOWN_REASON_IMPRECISE
    evidence: 1
  }
  text: "acme-large is neither admitted nor excluded."
  text: "  model.weights is OPEN."
)pb";

TEST_F(VerdictCliTest, ExplainPrintsTheTreeAndThenTheSentences) {
  services_.Answer(
      Make<v1::ExplainVerdictResponse>(std::string(kHeader) + kProof));
  const Result result = Run({"policy", "explain", file_, "acme-large"});
  EXPECT_EQ(result.exit, 4);
  EXPECT_THAT(
      result.out,
      StartsWith(
          "acme-large: UNDETERMINED (can become ADMISSIBLE or EXCLUDED)\n"
          "policy p 1, digest fedcba987654\n"
          "\n"
          "  T require open: satisfied\n"
          "      because: we host it\n"
          "      T model.weights == OPEN\n"
          "        model.weights = OPEN  [acme-text 2025-02-14]\n"
          "  U require small: unknown (IMPRECISE)\n"
          "      reading of: Art. 51(2)\n"
          "      U known(x) && model.training_compute <= 1e25 (IMPRECISE)\n"
          "        T known(x)\n"
          "        U model.training_compute <= 1e25 (IMPRECISE)\n"
          "          model.training_compute = ? (IMPRECISE)  [acme-text "
          "2025-02-14]\n"
          "  - forbid abroad: does not apply\n"
          "      applies when\n"
          "        F deployer.military\n"
          "      F y\n"
          "\n"
          "in words\n"
          "  acme-large is neither admitted nor excluded.\n"
          "    model.weights is OPEN.\n"
          "\n"
          "choices: "));
}

TEST_F(VerdictCliTest, ExplainCitesTheDocumentOfEachFact) {
  services_.Answer(
      Make<v1::ExplainVerdictResponse>(std::string(kHeader) + kProof));
  const Result cited =
      Run({"policy", "explain", file_, "acme-large", "--cite"});
  EXPECT_THAT(cited.out,
              AllOf(HasSubstr("model.weights = OPEN  [1]\n"),
                    HasSubstr("[2] Institute, \"Report\" of 2025-04, Fig. 2")));
  const Result csv =
      Run({"policy", "explain", file_, "acme-large", "--format", "csv"});
  EXPECT_THAT(csv.out,
              AllOf(HasSubstr("acme-large,,UNDETERMINED,open,require,T,"
                              "satisfied,model.weights,OPEN,"
                              "aaaaaaaaaaaaaaaa/1111111111111111\r\n"),
                    HasSubstr("acme-large,,UNDETERMINED,small,require,U,"
                              "unknown (IMPRECISE),model.training_compute,?,"
                              "aaaaaaaaaaaaaaaa/2222222222222222\r\n"),
                    HasSubstr("acme-large,,UNDETERMINED,abroad,forbid,T,does "
                              "not apply,,,\r\n")));
  const Result markdown =
      Run({"policy", "explain", file_, "acme-large", "--format", "md"});
  EXPECT_THAT(markdown.out, HasSubstr("```\n  T require open: satisfied\n"));
}

TEST_F(VerdictCliTest, MissingFactsFollowTheCoverage) {
  services_.Answer(Make<v1::ListMissingFactsResponse>(R"pb(
    facts {
      model: "m"
      rank: 3
      fact: "model.training_compute"
      reason: UNKNOWN_REASON_MISSING
      decides: 2
      unlocks_points: 17.25
      rules: "small"
      ask: "Acme"
    }
    total: 1204
    coverage { fact: "model.training_compute" known: 3 total: 412 }
  )pb"));
  const Result result =
      Run({"policy", "missing", file_, "--board", "acme/text"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("what the policy needs\n"),
            HasSubstr("1,204 facts keep verdicts open\n"),
            HasSubstr("m         3  model.training_compute  MISSING        2  "
                      "   17.2  small  Acme\n")));
  EXPECT_THAT(services_.requests()[0],
              HasSubstr("rank_by { board: \"acme/text\" }"));
}

TEST_F(VerdictCliTest, ATimelineSaysWhatChangedAndWhere) {
  services_.Answer(Make<v1::VerdictTimelineResponse>(
      std::string(kHeader) +
      R"pb(
        model: "m"
        periods {
          from: "2025-01-01"
          to: "2025-01-15"
          verdict: VERDICT_ADMISSIBLE
        }
        periods {
          from: "2025-01-16"
          to: "2025-02-01"
          verdict: VERDICT_EXCLUDED
          rules: "listed"
          causes: "list: Acme entered the list"
          facts {
            field: "developer.lists"
            value { list { items: "LIST" } }
            evidence: 1
          }
        }
      )pb"));
  const std::vector<std::string> command = {
      "policy",     "timeline", file_,        "m",     "--from",
      "2025-01-01", "--to",     "2025-02-01", "--cite"};
  const Result result = Run(command);
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("2025-01-01  2025-01-15  ADMISSIBLE\n"),
                    HasSubstr("2025-01-16  2025-02-01  EXCLUDED    listed      "
                              "       [1]   list: Acme entered the list\n"),
                    HasSubstr("[1] Institute, \"Report\"")));
  EXPECT_EQ(Run({"policy", "timeline", file_, "m"}).exit, 2);
}

TEST_F(VerdictCliTest, WatchTellsCountsAndThenEveryChange) {
  services_.Answer(Make<v1::WatchVerdictsResponse>(R"pb(
    seq: 7
    as_of: "2026-03-31"
    initial: true
    changes { model: "m" after: VERDICT_EXCLUDED }
    counts { excluded: 1 }
  )pb"));
  services_.Answer(Make<v1::WatchVerdictsResponse>(R"pb(
    seq: 8
    as_of: "2026-03-31"
    changes {
      model: "m"
      before: VERDICT_EXCLUDED
      after: VERDICT_UNDETERMINED
      rules: "open"
    }
    changes { model: "n" after: VERDICT_ADMISSIBLE }
  )pb"));
  EXPECT_EQ(Run({"policy", "watch", file_}).out,
            "seq 7, as of 2026-03-31: 0 admissible, 1 excluded, 0 "
            "undetermined; watching\n"
            "seq 8: m: EXCLUDED -> UNDETERMINED (open)\n"
            "seq 8: n: new -> ADMISSIBLE\n");
  EXPECT_EQ(Run({"policy", "watch", file_, "--format", "csv"}).out,
            "seq,as_of,model,offering,before,after,rules\r\n"
            "7,2026-03-31,m,,,EXCLUDED,\r\n"
            "8,2026-03-31,m,,EXCLUDED,UNDETERMINED,open\r\n"
            "8,2026-03-31,n,,,ADMISSIBLE,\r\n");
}

TEST_F(VerdictCliTest, AServiceThatIsNotThereIsExitCodeThree) {
  services_.Fail(MakeError(absl::StatusCode::kUnavailable, "NOT_CAUGHT_UP",
                           "still reading the log"));
  EXPECT_EQ(Run({"policy", "admit", file_, "m"}).exit, 3);
  EXPECT_EQ(Run({"policy", "watch", file_, "--for", "5"}).exit, 3);
}

}  // namespace
}  // namespace meridian::cli
