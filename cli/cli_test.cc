// The program against both services, faked in this process.
#include "cli/cli.h"

#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <sstream>

#include "cli/fake_services.h"
#include "common/base/status.h"
#include "meridian/v1/analysis.pb.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

struct Result {
  int exit = -1;
  std::string out;
  std::string err;
};

template <typename Message>
Message Make(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

class CliTest : public ::testing::Test {
 protected:
  Result Run(std::vector<std::string> args, bool terminal = false) {
    args.insert(args.begin(), {"--ingest", services_.ingest(), "--analysis",
                               services_.analysis()});
    return RunBare(std::move(args), terminal);
  }
  static Result RunBare(std::vector<std::string> args, bool terminal = false) {
    std::ostringstream out;
    std::ostringstream err;
    Result result;
    result.exit = RunCli(std::move(args), out, err, terminal);
    result.out = out.str();
    result.err = err.str();
    return result;
  }

  FakeServices services_;
};

constexpr char kHeader[] = R"pb(
  header {
    log_id: "4f3a"
    seq: 12
    as_of: "2025-02-14"
    choices { name: "method" value: "raw" }
    choices { name: "category" value: "full" defaulted: true }
    warnings {
      kind: WARNING_KIND_NO_INTERVALS
      message: "the figures carry no intervals"
      subjects: "acme-text"
    }
    evidence {
      id: "aaaaaaaaaaaaaaaa/1111111111111111"
      source: "acme-text"
      publisher: "Acme"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
      revision: 1
      document {
        sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        uri: "file:///data/all.csv"
      }
      locator { line: 12 }
      data_licence: "none stated"
    }
    evidence {
      id: "aaaaaaaaaaaaaaaa/2222222222222222"
      source: "acme-text"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
      document { sha256: "fedcba9876543210" uri: "file:///data/all.csv" }
      locator { line: 13 line_end: 14 column: "score" }
      cites {
        publisher: "Institute"
        title: "Report"
        figure: "Fig. 2"
        url: "https://example.org/report"
        date: "2025-04"
      }
    }
  }
)pb";

constexpr char kBoard[] = R"pb(
  board {
    board: "acme/text"
    title: "Acme text"
    unit: "points"
    scale: SCALE_ELO_400
    direction: DIRECTION_HIGHER_IS_BETTER
  }
)pb";

constexpr char kSnapshot[] = R"pb(
  snapshot {
    source: "acme-text"
    stream: "text/raw"
    vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
    revision: 1
    coverage { extent: EXTENT_ALL }
    rows: 231
  }
)pb";

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

TEST_F(CliTest, LeaderboardIsAnAlignedTableWithUnknownsAsQuestionMarks) {
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
      "interval   votes  published  countries  weights  developers  status\n"
      "   1  通义千问                                 1361.50  [1354.90, "
      "1368.00]  12,345          2  CN         OPEN     Ali\n"
      "   2  ~acme-text/long-model-name (high)        1300.25                 "
      "  ?       ?          ?  ?          ?        ?           PRELIMINARY\n"
      "\n"
      "choices: as_of=2025-02-14 seq=12 method=raw category=full*   (* "
      "default)\n"
      "warning: the figures carry no intervals (acme-text)\n");
  EXPECT_THAT(services_.requests(),
              ElementsAre("GetLeaderboardRequest { context { } board: "
                          "\"acme/text\" method: \"raw\" limit: 20 }"));
}

TEST_F(CliTest, LeaderboardCsvHasFullPrecisionAndEvidence) {
  services_.Answer(Leaderboard());
  const Result result = Run({"leaderboard", "acme/text", "--format", "csv"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.out,
            "rank,model,score,lower,upper,standard_error,unit,filter,evidence,"
            "votes,published,countries,weights,developers,status\r\n"
            "1,通义千问,1361.5,1354.9,1368,3.341,points,T,"
            "aaaaaaaaaaaaaaaa/1111111111111111,12345,2,CN,OPEN,Ali,\r\n"
            "2,~acme-text/long-model-name (high),1300.25,?,?,?,points,T,"
            "aaaaaaaaaaaaaaaa/2222222222222222,?,?,?,?,?,PRELIMINARY\r\n");
  EXPECT_THAT(result.err, HasSubstr("warning: the figures"));
}

TEST_F(CliTest, CitationsAreNumberedBesideTheFigures) {
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

TEST_F(CliTest, JsonIsTheMessageInOneLine) {
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

TEST_F(CliTest, ColoursOnlyOnATerminal) {
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

TEST_F(CliTest, GapIsABlockPerPoint) {
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

TEST_F(CliTest, GapWithErrorsShowsThem) {
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

TEST_F(CliTest, AnUndecidedOnlyPointExitsWithFour) {
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

TEST_F(CliTest, HistoryIsALinePerMonthWithBars) {
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
}

TEST_F(CliTest, HistoryCsvHasARowPerMonthAndPair) {
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

v1::RunSourceResponse Event(const std::string& text) {
  return Make<v1::RunSourceResponse>(text);
}

constexpr char kEnded[] = R"pb(
  ended {
    id: "run-1"
    source: "acme-text"
    state: RUN_STATE_SUCCEEDED
    started_at: "2026-11-23T17:00:00Z"
    ended_at: "2026-11-23T17:00:02.5Z"
    seq: 5
    records_read: 1234
    records_committed: 1230
    duplicates_dropped: 3
    records_rejected: 1
    snapshots { kind: KIND_ADDED }
    snapshots { kind: KIND_UNCHANGED }
  }
)pb";

TEST_F(CliTest, RunsTellTheirProgressInPlainLines) {
  services_.Answer(Event("started { id: 'run-1' }"));
  services_.Answer(
      Event("progress { stage: RUN_STAGE_READ documents_done: 1 "
            "documents_total: 2 records: 1000 }"));
  services_.Answer(
      Event("progress { stage: RUN_STAGE_READ documents_done: 1 "
            "documents_total: 2 records: 1100 }"));
  services_.Answer(Event(kEnded));
  services_.Answer(Make<v1::GetAnalysisStatusResponse>("seq: 5"));
  const Result result =
      Run({"sources", "run", "acme-text", "--wait", "--strict"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.err,
            "acme-text: run-1 began\n"
            "acme-text: read, 1 of 2 documents, 1,000 records, 0 rejected\n");
  EXPECT_EQ(result.out,
            "acme-text: SUCCEEDED: 1 snapshots added, 1 unchanged, 1,230 of "
            "1,234 records committed, 3 duplicates dropped, 1 rejected, seq "
            "5, 2.5 s\n"
            "the analysis service holds seq 5\n");
  EXPECT_THAT(
      services_.requests(),
      ElementsAre("RunSourceRequest { source: \"acme-text\" strict: true }",
                  "GetAnalysisStatusRequest { at_least_seq: 5 }"));
}

TEST_F(CliTest, ATerminalGetsOneLineThatIsRewritten) {
  services_.Answer(Event("progress { stage: RUN_STAGE_READ records: 1 }"));
  services_.Answer(Event("progress { stage: RUN_STAGE_READ records: 2 }"));
  services_.Answer(Event(kEnded));
  const Result result = Run({"sources", "run", "acme-text"}, true);
  EXPECT_EQ(result.err,
            "\r\033[Kacme-text: read, 0 of ? documents, 1 records, 0 rejected"
            "\r\033[Kacme-text: read, 0 of ? documents, 2 records, 0 rejected"
            "\r\033[K");
}

TEST_F(CliTest, AFailedRunNamesStageCauseAndLastLines) {
  services_.Answer(Make<v1::ListSourcesResponse>(
      "sources { id: 'one' } sources { id: 'two' }"));
  services_.Answer(Event(R"pb(
    ended {
      id: "run-1"
      state: RUN_STATE_FAILED
      error {
        stage: RUN_STAGE_READ
        reason: "PLUGIN_CRASHED"
        message: "the plugin died"
        signal: 11
        stderr_tail: "boom"
      }
    })pb"));
  const Result result = Run({"sources", "run", "--all"});
  EXPECT_EQ(result.exit, 1);
  EXPECT_EQ(result.out,
            "one: FAILED at stage read: the plugin died (PLUGIN_CRASHED, "
            "signal 11)\n  | boom\n"
            "two: FAILED at stage read: the plugin died (PLUGIN_CRASHED, "
            "signal 11)\n  | boom\n");
}

TEST_F(CliTest, JsonOfARunIsOneObjectALine) {
  services_.Answer(Event("started { id: 'run-1' }"));
  services_.Answer(Event(kEnded));
  const Result result =
      Run({"sources", "run", "acme-text", "--format", "json"});
  EXPECT_THAT(result.out, AllOf(StartsWith("{\"started\":{\"id\":\"run-1\""),
                                HasSubstr("\n{\"ended\":{\"id\":\"run-1\"")));
  EXPECT_EQ(result.err, "");
}

TEST_F(CliTest, SourceChecksFailWithTheirPlaces) {
  services_.Answer(Make<v1::CheckSourceResponse>(R"pb(
    problems {
      path: "documents[0]"
      message: "no file matches"
      fix: "check the glob"
      file: "sources.yaml"
      line: 7
      column: 5
    }
    plugin { id: "table" version: "1.0.0" })pb"));
  const Result result = Run({"sources", "check", "acme-text"});
  EXPECT_EQ(result.exit, 1);
  EXPECT_EQ(result.out,
            "place             path          problem          fix\n"
            "sources.yaml:7:5  documents[0]  no file matches  check the glob\n"
            "acme-text: 1 problem, plugin table 1.0.0, 0 documents\n");
}

TEST_F(CliTest, EvidenceMarksTheLineOfTheRecord) {
  services_.Answer(Make<v1::GetEvidenceResponse>(R"pb(
    evidence: "aaaa/1111"
    record {
      locator { line: 12 }
      score { board: "acme/text" model: "m" value: 1361.45 }
    }
    snapshot {
      source: "acme-text"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_STATED }
      revision: 1
      digest: "aaaa"
      count: 2
    }
    document { sha256: "0123" uri: "file:///data/all.csv" size: 2048 }
    lines: "before"
    lines: "m,1361.45\x1b[31m"
    lines: "after"
    first_line: 11)pb"));
  services_.Answer(Make<v1::ReadDocumentResponse>("data: 'all '"));
  services_.Answer(Make<v1::ReadDocumentResponse>("data: 'bytes\\n'"));
  const Result result = Run({"evidence", "aaaa/1111"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_THAT(
      result.out,
      AllOf(HasSubstr("record     score { board: \"acme/text\" model: \"m\" "
                      "value: 1361.45 }\n"),
            HasSubstr("sha256     0123\n"),
            HasSubstr("snapshot   acme-text text/raw, vintage 2025-02-14 "
                      "(stated), revision 1, some rows, 2 records\n"),
            HasSubstr("  11 | before\n"
                      "> 12 | m,1361.45\xEF\xBF\xBD[31m\n"
                      "  13 | after\n")));
  EXPECT_EQ(Run({"evidence", "aaaa/1111", "--open"}).out, "all bytes\n");
}

TEST_F(CliTest, StatusShowsTheServiceThatAnswersAndFailsForTheOther) {
  services_.Answer(Make<v1::GetIngestStatusResponse>(
      "log_id: '4f3a' head_seq: 5 first_seq: 1 records: 1234 version: '0.1' "
      "plugins: 'arena'"));
  services_.Answer(Make<v1::GetAnalysisStatusResponse>(
      "log_id: '4f3a' seq: 3 head_seq: 5 connected: true version: '0.1' "
      "sources { source: 'acme-text' records: 12 }"));
  const Result both = Run({"status"});
  EXPECT_EQ(both.exit, 0);
  EXPECT_THAT(both.out,
              AllOf(StartsWith("ingest 0.1\n  log      4f3a, seq 1 to 5\n"),
                    HasSubstr("seq 3, 2 behind the log\n"),
                    HasSubstr("acme-text  ?                       0       12  "
                              "never")));
  const Result one = RunBare({"status", "--ingest", services_.ingest(),
                              "--analysis", "127.0.0.1:1", "--timeout", "5"});
  EXPECT_EQ(one.exit, 3);
  EXPECT_THAT(one.out, HasSubstr("seq 1 to 5"));
  EXPECT_THAT(one.err, HasSubstr("the analysis service at 127.0.0.1:1"));
}

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
