// The program as a whole: exit codes, errors, pages.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cli_testing.h"
#include "common/base/status.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

TEST_F(CliTest, ExpressionsExitByTruth) {
  const std::vector<std::string> words = {"expr", "model.country == \"US\"",
                                          "--model", "m"};
  services_.Answer(Make<v1::EvaluateExpressionResponse>("truth: TRUTH_TRUE"));
  services_.Answer(Make<v1::EvaluateExpressionResponse>("truth: TRUTH_FALSE"));
  services_.Answer(
      Make<v1::EvaluateExpressionResponse>(std::string(kHeader) + R"pb(
        truth: TRUTH_UNKNOWN
        reasons: UNKNOWN_REASON_CONFLICT
        model: "m"
        facts {
          field: "model.country"
          unknown_reason: UNKNOWN_REASON_CONFLICT
          evidence: 0
          others {
            value { text: "US" }
            source: "acme-text"
          }
        })pb"));
  EXPECT_EQ(Run(words).exit, 0);
  EXPECT_EQ(Run(words).exit, 1);
  const Result unknown = Run(words);
  EXPECT_EQ(unknown.exit, 4);
  EXPECT_THAT(
      unknown.out,
      StartsWith("UNKNOWN (CONFLICT)   model.country == \"US\"   for m\n"
                 "\n"
                 "field          value  how\n"
                 "model.country  ?      CONFLICT; acme-text says US\n"));
}

TEST_F(CliTest, AValueThatIsNotBooleanIsShownAndNoFailure) {
  services_.Answer(Make<v1::EvaluateExpressionResponse>(R"pb(
    value {
      struct_value {
        fields {
          key: "int"
          value { string_value: "42" }
        }
      }
    }
    type: "int"
    value_text: "42"
    calls { call: "developer.on_list(\"x\")" value: "false" })pb"));
  const Result result = Run({"expr", "40 + 2"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out, AllOf(StartsWith("42 (int)   40 + 2\n"),
                                HasSubstr("developer.on_list(\"x\")  false")));
}

TEST_F(CliTest, ErrorsCarryReasonHintsAndCarets) {
  services_.Fail(MakeError(absl::StatusCode::kInvalidArgument, "BAD_EXPRESSION",
                           "1:7: unknown field 'model.wieghts'\n"
                           "model.wieghts == OPEN\n"
                           "      ^",
                           {{"suggestions", "model.weights"}, {"line", "1"}}));
  const Result result = Run({"models", "list", "--filter", "model.wieghts"});
  EXPECT_EQ(result.exit, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(result.err,
            "error: 1:7: unknown field 'model.wieghts'\n"
            "model.wieghts == OPEN\n"
            "      ^\n"
            "reason: BAD_EXPRESSION\n"
            "did you mean: model.weights\n");
}

TEST_F(CliTest, EachClassOfErrorHasItsExitCode) {
  const std::vector<std::pair<absl::StatusCode, int>> classes = {
      {absl::StatusCode::kInvalidArgument, 2},
      {absl::StatusCode::kNotFound, 2},
      {absl::StatusCode::kFailedPrecondition, 2},
      {absl::StatusCode::kOutOfRange, 2},
      {absl::StatusCode::kDeadlineExceeded, 3},
      {absl::StatusCode::kInternal, 1},
      {absl::StatusCode::kResourceExhausted, 1}};
  for (const auto& [code, exit] : classes) {
    services_.Fail(MakeError(code, "SOME_REASON", "what happened"));
    const Result result = Run({"boards", "list"});
    EXPECT_EQ(result.exit, exit);
    EXPECT_EQ(result.err, "error: what happened\nreason: SOME_REASON\n");
  }
}

TEST_F(CliTest, AnUnreachableServiceIsNamed) {
  const Result result = RunBare(
      {"boards", "list", "--analysis", "127.0.0.1:1", "--timeout", "5"});
  EXPECT_EQ(result.exit, 3);
  EXPECT_THAT(result.err,
              AllOf(StartsWith("error: the analysis service at 127.0.0.1:1 "),
                    HasSubstr("hint: ")));
}

TEST_F(CliTest, WrongUsageExitsWithTwo) {
  const Result result = Run({"gap", "b", "--methd", "raw"});
  EXPECT_EQ(result.exit, 2);
  EXPECT_THAT(result.err, AllOf(StartsWith("error: '--methd' was not expected"),
                                HasSubstr("--method")));
  EXPECT_EQ(Run({"--help"}).exit, 0);
  EXPECT_THAT(Run({"--version"}).out, StartsWith("meridian "));
}

TEST_F(CliTest, ListsFollowPagesAndJoinTheirEvidence) {
  const std::string row = "source: 's' offering { operator: 'op' route: '";
  services_.Answer(Make<v1::ListOfferingsResponse>(
      "header { log_id: 'x' evidence { id: 'e1' } } offerings { " + row +
      "r1' } } next_page_token: 't'"));
  services_.Answer(Make<v1::ListOfferingsResponse>(
      "header { log_id: 'x' evidence { id: 'e2' } } offerings { " + row +
      "r2' } }"));
  const Result result = Run({"offerings", "list", "--format", "csv"});
  EXPECT_THAT(result.out, AllOf(HasSubstr("op,r1,?,?,?,?,?,e1\r\n"),
                                HasSubstr("op,r2,?,?,?,?,?,e2\r\n")));
  EXPECT_THAT(services_.requests(),
              ElementsAre(HasSubstr("page_size: 100 }"),
                          HasSubstr("page_size: 99 page_token: \"t\"")));
}

TEST_F(CliTest, AListThatStopsAtItsLimitSaysSo) {
  services_.Answer(Make<v1::ListModelsResponse>(
      "models { model: 'a' countries: 'US' } total: 7 unknown: 2 "
      "next_page_token: 't'"));
  const Result result = Run({"models", "list", "--limit", "1"});
  EXPECT_THAT(result.out,
              AllOf(StartsWith("model  developers  countries  weights  "
                               "licence  released\n"
                               "a      ?           US         ?        ?      "
                               "  ?\n"),
                    HasSubstr("7 models, and 2 for which the filter is "
                              "unknown\n"),
                    HasSubstr("--limit 0 shows all")));
}

TEST_F(CliTest, IndicatorsShowDisputes) {
  services_.Answer(Make<v1::ListIndicatorsResponse>(std::string(kHeader) + R"pb(
    rows {
      indicator {
        name: "gap"
        area: "US-CN"
        period: "2025-02"
        edition: "2025"
        figure: "Fig. 2"
        value: 1.7
        unit: "%"
      }
      evidence: 1
      disputed: true
    })pb"));
  const Result result = Run({"indicators", "gap", "--area", "US-CN"});
  EXPECT_THAT(
      result.out,
      StartsWith("indicator  area   period   value  unit  edition  figure  "
                 "breakdown  disputed\n"
                 "gap        US-CN  2025-02    1.7  %     2025     Fig. 2     "
                 "        disputed\n"));
}

}  // namespace
}  // namespace meridian::cli
