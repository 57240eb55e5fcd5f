// Comparisons of groups, at one point and by month.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cli_testing.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using GapTest = CliTest;

constexpr char kPoint[] = R"pb(
  standings {
    group: "US"
    leader { model: "flash" value: 1384.63 evidence: 0 resolved: true }
    members: 63
    unknown: 2
  }
  standings {
    group: "CN"
    leader { model: "r1" value: 1361.45 evidence: 1 resolved: true }
    members: 20
    unknown: 2
    possible_leaders {
      model { model: "mystery" value: 1390 evidence: 1 }
      reason: UNKNOWN_REASON_MISSING
      unknown_fields: "model.country"
    }
  }
)pb";

v1::CompareGroupsResponse Gap(const std::string& gap) {
  return Make<v1::CompareGroupsResponse>(
      std::string(kHeader) + kBoard + R"pb(
        groups { name: "US" expression: "model.country == \"US\"" }
        groups { name: "CN" expression: "model.country == \"CN\"" }
      )pb" +
      "points { " + kSnapshot + kPoint + gap + " }");
}

constexpr char kDecided[] = R"pb(
  gaps {
    a: "US"
    b: "CN"
    decision: DECISION_DECIDED
    points: 23.18
    as_published_percent: 1.70259
    win_rate: 0.53330
    points_range { low: 23.18 high: 23.18 }
  }
)pb";

TEST_F(GapTest, GapIsABlockPerPoint) {
  services_.Answer(Gap(kDecided));
  const Result result = Run({"gap", "acme/text", "--method", "raw", "--as-of",
                             "2025-02-14", "--cite"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      StartsWith(
          "Acme text (acme/text), category full, method raw; points, higher "
          "is better\n"
          "  US  model.country == \"US\"\n"
          "  CN  model.country == \"CN\"\n"
          "\n"
          "snapshot: acme-text text/raw, vintage 2025-02-14 (path), revision "
          "1, all rows (231 here)\n"
          "\n"
          "group  leader  score, points  cite  votes  members  unknown\n"
          "US     flash         1384.63  [1]       ?       63        2\n"
          "CN     r1            1361.45  [2]       ?       20        2\n"
          "\n"
          "US leads CN by 23.18 points\n"
          "  difference       23.18 ± ? points (US minus CN)\n"
          "  percent          1.70 % (as published, trailing group's score as "
          "denominator)\n"
          "  win rate         0.533\n"
          "  standard error   ?\n"
          "  z                ?\n"
          "  decision         decided: no unknown membership can turn the "
          "sign\n"
          "  possible leader  CN: mystery 1390 [2] would give -5.37 (US minus "
          "CN); model.country is unknown (MISSING)\n"));
  EXPECT_THAT(services_.requests()[0],
              AllOf(HasSubstr("as_of: \"2025-02-14\""),
                    HasSubstr("groups { name: \"US\" } groups { name: \"CN\" "
                              "}"),
                    HasSubstr("history: HISTORY_RULE_CONTEMPORARY")));
}

TEST_F(GapTest, GapWithErrorsShowsThem) {
  services_.Answer(Gap(R"pb(
    gaps {
      a: "US"
      b: "CN"
      decision: DECISION_DECIDED
      points: -22.6
      as_published_percent: -1.66
      win_rate: 0.467
      standard_error: 5.17
      z: -4.37
    })pb"));
  const Result result = Run({"gap", "acme/text"});
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("CN leads US by 22.60 points\n"),
                    HasSubstr("-22.60 ± 10.13 points (US minus CN; ± 95 %)"),
                    HasSubstr("standard error   5.17\n"),
                    HasSubstr("z                -4.4\n")));
}

TEST_F(GapTest, AnUndecidedOnlyPointExitsWithFour) {
  services_.Answer(Gap(R"pb(
    gaps {
      a: "US"
      b: "CN"
      decision: DECISION_NOT_DECIDED
      points: 23.18
      points_range { low: -5.37 }
    })pb"));
  const Result result = Run({"gap", "acme/text"});
  EXPECT_EQ(result.exit, 4);
  EXPECT_THAT(result.out,
              AllOf(HasSubstr("NOT DECIDED"),
                    HasSubstr("could be         -5.37 to unbounded points")));
  EXPECT_EQ(Run({"gap", "acme/text", "--format", "json"}).exit, 4);
}

v1::CompareGroupsResponse History() {
  const std::string month = std::string(kSnapshot) + kPoint;
  return Make<v1::CompareGroupsResponse>(
      std::string(kHeader) + kBoard + R"pb(
        groups { name: "US" expression: "a" }
        groups { name: "CN" expression: "b" }
        points { bucket: "2025-01" }
      )pb" +
      "points { bucket: '2025-02' " + month + kDecided + R"pb(
        ranges {
          a: "US"
          b: "CN"
          points { low: 21.1 high: 40.9 }
          as_published_percent { low: 1.59 high: 3.03 }
          snapshots: 6
        })pb" +
      "} points { bucket: '2025-03' " + month + R"pb(
        gaps {
          a: "US"
          b: "CN"
          decision: DECISION_NOT_DECIDED
          points: -11.59
          as_published_percent: -0.85
        })pb" +
      "}");
}

TEST_F(GapTest, HistoryIsALinePerMonthWithBars) {
  services_.Answer(History());
  const Result result =
      Run({"gap", "acme/text", "--from", "2025-01", "--to", "2025-03"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      HasSubstr(
          "US against CN, US minus CN in points\n"
          "month    vintage      US leader    score  CN leader    score  "
          "points  std err      %  % in the month  decision\n"
          "2025-01  no snapshot\n"
          "2025-02  2025-02-14   flash      1384.63  r1         1361.45   "
          "23.18        ?   1.70    1.59 to 3.03  decided      "
          "████████████████████\n"
          "2025-03  2025-02-14   flash      1384.63  r1         1361.45  "
          "-11.59        ?  -0.85               ?  NOT DECIDED  ░░░░░░░░░░\n"
          "\n"
          "·█▁  points, 2025-01 to 2025-03"));
  EXPECT_THAT(
      result.out,
      HasSubstr("\n2025-03 possible leader  CN: mystery 1390 would give "
                "-5.37 (US minus CN); model.country is unknown "
                "(MISSING)\n"));
}

TEST_F(GapTest, HistoryCsvHasARowPerMonthAndPair) {
  services_.Answer(History());
  const Result result =
      Run({"gap", "acme/text", "--from", "2025-01", "--format", "csv"});
  EXPECT_THAT(result.out,
              AllOf(StartsWith("bucket,a,b,decision,points,"),
                    HasSubstr("\r\n2025-01,?,?,?,"),
                    HasSubstr("\r\n2025-02,US,CN,DECIDED,23.18,1.70259,"
                              "0.5333,?,?,23.18,23.18,flash,1384.63,?,?,"
                              "aaaaaaaaaaaaaaaa/1111111111111111,"),
                    HasSubstr(",21.1,40.9,1.59,3.03,6\r\n")));
}

}  // namespace
}  // namespace meridian::cli
