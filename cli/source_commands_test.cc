// Sources, runs, evidence and status.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "cli/cli_testing.h"
#include "common/base/status.h"
#include "meridian/v1/analysis.pb.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

using SourceCommandsTest = CliTest;

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

TEST_F(SourceCommandsTest, RunsTellTheirProgressInPlainLines) {
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

TEST_F(SourceCommandsTest, ATerminalGetsOneLineThatIsRewritten) {
  services_.Answer(Event("progress { stage: RUN_STAGE_READ records: 1 }"));
  services_.Answer(Event("progress { stage: RUN_STAGE_READ records: 2 }"));
  services_.Answer(Event(kEnded));
  const Result result = Run({"sources", "run", "acme-text"}, true);
  EXPECT_EQ(result.err,
            "\r\033[Kacme-text: read, 0 of ? documents, 1 records, 0 rejected"
            "\r\033[Kacme-text: read, 0 of ? documents, 2 records, 0 rejected"
            "\r\033[K");
}

TEST_F(SourceCommandsTest, AFailedRunNamesStageCauseAndLastLines) {
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

TEST_F(SourceCommandsTest, ASourceThatCannotRunDoesNotStopTheOthers) {
  services_.Fail(MakeError(absl::StatusCode::kFailedPrecondition,
                           "ALREADY_RUNNING", "it runs already"));
  const Result several = Run({"sources", "run", "one", "two"});
  EXPECT_EQ(several.exit, 1);
  EXPECT_EQ(several.err,
            "error: it runs already\nreason: ALREADY_RUNNING\n"
            "error: it runs already\nreason: ALREADY_RUNNING\n");
  EXPECT_EQ(Run({"sources", "run", "one"}).exit, 2);
}

TEST_F(SourceCommandsTest, ARunWhoseEndIsNotToldIsAnError) {
  services_.Answer(Event("started { id: 'run-1' }"));
  const Result result = Run({"sources", "run", "acme-text"});
  EXPECT_EQ(result.exit, 3);
  EXPECT_THAT(result.err, HasSubstr("reason: STREAM_ENDED\n"));
}

TEST_F(SourceCommandsTest, JsonOfARunIsOneObjectALine) {
  services_.Answer(Event("started { id: 'run-1' }"));
  services_.Answer(Event(kEnded));
  const Result result =
      Run({"sources", "run", "acme-text", "--format", "json"});
  EXPECT_THAT(result.out, AllOf(StartsWith("{\"started\":{\"id\":\"run-1\""),
                                HasSubstr("\n{\"ended\":{\"id\":\"run-1\"")));
  EXPECT_EQ(result.err, "");
}

TEST_F(SourceCommandsTest, SourceChecksFailWithTheirPlaces) {
  services_.Answer(Make<v1::CheckSourceResponse>(R"pb(
    problems {
      path: "documents[0]"
      message: "no file matches"
      fix: "check the glob"
      file: "sources.yaml"
      line: 7
      column: 5
    }
    checks { name: "plugin" outcome: OUTCOME_PASSED message: "table 1.0.0" }
    checks { name: "documents" outcome: OUTCOME_FAILED message: "no file" }
    plugin { id: "table" version: "1.0.0" })pb"));
  const Result result = Run({"sources", "check", "acme-text"});
  EXPECT_EQ(result.exit, 1);
  EXPECT_EQ(result.out,
            "check      outcome  found\n"
            "plugin     PASSED   table 1.0.0\n"
            "documents  FAILED   no file\n"
            "place             path          problem          fix\n"
            "sources.yaml:7:5  documents[0]  no file matches  check the glob\n"
            "acme-text: 1 problem, plugin table 1.0.0, 0 documents\n");
}

TEST_F(SourceCommandsTest, APlanSaysWhatWouldComeChangeAndGo) {
  services_.Answer(Make<v1::RunSourceResponse>(R"pb(
    rejected {
      rejected {
        locator { line: 9 }
        why: "no number"
        excerpt: "x,y"
      }
    })pb"));
  services_.Answer(Make<v1::RunSourceResponse>(R"pb(
    ended {
      id: "run-1"
      state: RUN_STATE_SUCCEEDED
      dry_run: true
      records_read: 5
      records_rejected: 1
      snapshots {
        kind: KIND_REVISED
        stream: "models"
        vintage { date: "2026-01-02" basis: VINTAGE_BASIS_STATED }
        revision: 2
        records: 5
        digest: "abcd"
        difference {
          vintage { date: "2026-01-01" basis: VINTAGE_BASIS_STATED }
          added: 21
          changed: 1
          gone: 1
          added_examples: "m-new"
          changed_examples: "m-other"
          gone_examples: "m-old"
        }
      }
      snapshots { kind: KIND_UNCHANGED stream: "usage" }
    })pb"));
  const Result result = Run({"sources", "plan", "acme-text"});
  EXPECT_EQ(result.exit, 0);
  EXPECT_EQ(result.out,
            "rejected line 9: no number\n"
            "    | x,y\n"
            "acme-text: SUCCEEDED: 1 would be revised, 1 unchanged, 5 records "
            "read, 1 rejected\n"
            "snapshot  stream  vintage              revision  records  added  "
            "changed  gone  digest\n"
            "REVISED   models  2026-01-02 (stated)         2        5     21  "
            "      1     1  abcd\n"
            "models, 2026-01-02 (stated), against 2026-01-01 (stated):\n"
            "  + m-new\n"
            "  + ... and 20 more\n"
            "  ~ m-other\n"
            "  - m-old\n");
}

TEST_F(SourceCommandsTest, EvidenceMarksTheLineOfTheRecord) {
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

TEST_F(SourceCommandsTest,
       StatusShowsTheServiceThatAnswersAndFailsForTheOther) {
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

}  // namespace
}  // namespace meridian::cli
