// Leaderboards in every format, with citations and colours.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "cli/cli_testing.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

using LeaderboardTest = CliTest;

v1::GetLeaderboardResponse Leaderboard() {
  return Make<v1::GetLeaderboardResponse>(std::string(kHeader) + kBoard +
                                          kSnapshot + R"pb(
    rows {
      model: "通义千问"
      value: 1361.5
      lower: 1354.9
      upper: 1368
      standard_error: 3.341
      votes: 12345
      rank: 1
      published_rank: 2
      countries: "CN"
      weights: "OPEN"
      developers: "Ali"
      evidence: 0
      resolved: true
    }
    rows {
      model: "~acme-text/long-model-name"
      configuration: "high"
      value: 1300.25
      rank: 2
      status: STATUS_PRELIMINARY
      evidence: 1
    }
  )pb");
}

TEST_F(LeaderboardTest,
       LeaderboardIsAnAlignedTableWithUnknownsAsQuestionMarks) {
  services_.Answer(Leaderboard());
  const Result result = Run({"leaderboard", "acme/text", "--method", "raw"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.err, "");
  EXPECT_EQ(
      result.out,
      "Acme text (acme/text), category full, method raw; points, higher is "
      "better\n"
      "acme-text text/raw, vintage 2025-02-14 (path), revision 1, all rows "
      "(231 here)\n"
      "\n"
      "rank  model                              score, points       95 % "
      "interval   votes  published  countries  weights  developers  ranks  "
      "status\n"
      "   1  通义千问                                 1361.50  [1354.90, "
      "1368.00]  12,345          2  CN         OPEN     Ali         ?\n"
      "   2  ~acme-text/long-model-name (high)        1300.25                 "
      "  ?       ?          ?  ?          ?        ?           ?      "
      "PRELIMINARY\n"
      "\n"
      "choices: as_of=2025-02-14 seq=12 method=raw category=full*   (* "
      "default)\n"
      "warning: the figures carry no intervals (acme-text)\n");
  EXPECT_THAT(services_.requests(),
              ElementsAre("GetLeaderboardRequest { context { } board: "
                          "\"acme/text\" method: \"raw\" limit: 20 }"));
}

TEST_F(LeaderboardTest, LeaderboardCsvHasFullPrecisionAndEvidence) {
  services_.Answer(Leaderboard());
  const Result result = Run({"leaderboard", "acme/text", "--format", "csv"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.out,
            "rank,model,score,lower,upper,standard_error,unit,filter,evidence,"
            "votes,published,countries,weights,developers,ranks,"
            "status\r\n"
            "1,通义千问,1361.5,1354.9,1368,3.341,points,T,"
            "aaaaaaaaaaaaaaaa/1111111111111111,12345,2,CN,OPEN,Ali,?,\r\n"
            "2,~acme-text/long-model-name (high),1300.25,?,?,?,points,T,"
            "aaaaaaaaaaaaaaaa/2222222222222222,?,?,?,?,?,?,PRELIMINARY\r\n");
  EXPECT_THAT(result.err, HasSubstr("warning: the figures"));
}

TEST_F(LeaderboardTest, CitationsAreNumberedBesideTheFigures) {
  services_.Answer(Leaderboard());
  const Result result =
      Run({"leaderboard", "acme/text", "--cite", "--format", "markdown"});
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("| 1 | 通义千问 | 1361.50 | [1354.90, 1368.00] | [1] |"),
            HasSubstr("| 1300.25 | ? | [2] |"),
            HasSubstr(
                "[1] Acme, \"acme-text text/raw\", vintage 2025-02-14 (path)\n"
                "    file:///data/all.csv\n"
                "    sha256 0123456789ab, line 12, licence: none stated\n"
                "    evidence aaaaaaaaaaaaaaaa/1111111111111111\n"
                "\n"
                "[2] Institute, \"Report\" of 2025-04, Fig. 2, vintage "
                "2025-02-14 (path)\n"
                "    https://example.org/report\n"
                "    sha256 fedcba987654, lines 13-14, column score, licence: "
                "?\n")));
}

TEST_F(LeaderboardTest, JsonIsTheMessageInOneLine) {
  services_.Answer(Leaderboard());
  const Result result = Run({"--format", "json", "leaderboard", "acme/text"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(result.out, StartsWith("{\"header\":{\"logId\":\"4f3a\","
                                     "\"seq\":\"12\""));
  EXPECT_EQ(std::count(result.out.begin(), result.out.end(), '\n'), 1);
  EXPECT_THAT(result.out, HasSubstr("\"standardError\":3.341"));
  // Unset stays unset: the second row has no votes, not 0 of them.
  EXPECT_THAT(result.out, Not(HasSubstr("\"votes\":\"0\"")));
  EXPECT_THAT(result.out, HasSubstr("\"resolved\":false"));
}

TEST_F(LeaderboardTest, ColoursOnlyOnATerminal) {
  services_.Answer(Leaderboard());
  const std::vector<std::string> words = {"leaderboard", "acme/text"};
  EXPECT_THAT(Run(words, true).out, HasSubstr("\033["));
  EXPECT_THAT(Run(words, false).out, Not(HasSubstr("\033[")));
  EXPECT_THAT(Run({"leaderboard", "acme/text", "--no-color"}, true).out,
              Not(HasSubstr("\033[")));
  setenv("NO_COLOR", "1", 1);
  EXPECT_THAT(Run(words, true).out, Not(HasSubstr("\033[")));
  unsetenv("NO_COLOR");
}

}  // namespace
}  // namespace meridian::cli
