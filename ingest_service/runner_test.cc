#include "ingest_service/runner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/records/batch.h"
#include "ingest_service/check_source.h"
#include "ingest_service/evidence.h"
#include "ingest_service/testing_stack.h"

namespace meridian::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class RunnerTest : public ::testing::Test {
 protected:
  RunnerTest() : stack_(folder_) {}

  // One source "s" of a well-behaved plugin over one document.
  void OneSource(const std::string& text) {
    folder_.Write("docs/a.txt", text);
    stack_.Open({stack_.Source("s", "lines", "docs/*.txt")});
  }

  TestFolder folder_;
  TestStack stack_;
};

TEST_F(RunnerTest, ARunCommitsWhatThePluginReads) {
  OneSource("alpha 1.5\nbeta 2.5\n");
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.state(), v1::RUN_STATE_SUCCEEDED) << run.DebugString();
  EXPECT_EQ(run.seq(), 1u);
  EXPECT_EQ(run.records_read(), 2u);
  EXPECT_EQ(run.records_committed(), 2u);
  EXPECT_EQ(run.documents(), 1u);
  EXPECT_EQ(run.plugin(), "lines 1.2.3");
  ASSERT_THAT(run.snapshots(), SizeIs(1));
  EXPECT_EQ(run.snapshots(0).kind(), v1::SnapshotOutcome::KIND_ADDED);
  EXPECT_EQ(stack_.runs->Get(run.id())->SerializeAsString(),
            run.SerializeAsString());

  const v1::Snapshot snapshot = stack_.log->ReadCommit(1)->snapshots(0);
  EXPECT_EQ(snapshot.source(), "s");
  EXPECT_EQ(snapshot.stream(), "docs/a.txt");
  EXPECT_EQ(snapshot.vintage().date(), "2026-01-02");
  EXPECT_EQ(snapshot.vintage().basis(), v1::VINTAGE_BASIS_CONFIG);
  EXPECT_EQ(snapshot.publisher(), "Test");
  EXPECT_EQ(snapshot.run(), run.id());
  ASSERT_THAT(snapshot.documents(), SizeIs(1));
  EXPECT_TRUE(stack_.documents->Read(snapshot.documents(0).sha256()).ok());
}

TEST_F(RunnerTest, AFurtherRunChangesNothingUntilTheDocumentDoes) {
  OneSource("alpha 1.5\n");
  stack_.Run("s");
  const v1::Run same = stack_.Run("s");
  EXPECT_EQ(same.seq(), 0u);
  EXPECT_EQ(same.snapshots(0).kind(), v1::SnapshotOutcome::KIND_UNCHANGED);
  EXPECT_EQ(stack_.log->NewestObservation("s")->kind(),
            v1::Observation::KIND_UNCHANGED);
  // A blank line above moves the record and states nothing else.
  folder_.Write("docs/a.txt", "\nalpha 1.5\n");
  EXPECT_EQ(stack_.Run("s").seq(), 0u);
  folder_.Write("docs/a.txt", "alpha 1.6\n");
  const v1::Run changed = stack_.Run("s");
  EXPECT_EQ(changed.seq(), 2u);
  EXPECT_EQ(changed.snapshots(0).kind(), v1::SnapshotOutcome::KIND_REVISED);
}

TEST_F(RunnerTest, DuplicatesAreDroppedAndContradictionsRejected) {
  OneSource("alpha 1\nalpha 1\nalpha 2\n");
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.records_read(), 3u);
  EXPECT_EQ(run.records_committed(), 1u);
  EXPECT_EQ(run.duplicates_dropped(), 1u);
  EXPECT_EQ(run.records_rejected(), 1u);
  const auto rejected = stack_.runs->ListRejected("s", "", 0, 10);
  ASSERT_THAT(*rejected, SizeIs(1));
  EXPECT_EQ((*rejected)[0].rejected().locator().line(), 3u);
  EXPECT_THAT((*rejected)[0].rejected().why(), HasSubstr("other content"));
  EXPECT_THAT((*rejected)[0].document_uri(), HasSubstr("docs/a.txt"));
}

TEST_F(RunnerTest, RowsThatCannotBeReadAreKeptWithTheirReason) {
  OneSource("alpha 1\nnonsense\nbeta nan\n");
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_EQ(run.records_rejected(), 2u);
  const auto rejected = stack_.runs->ListRejected("", run.id(), 0, 10);
  ASSERT_THAT(*rejected, SizeIs(2));
  EXPECT_EQ((*rejected)[0].rejected().excerpt(), "nonsense");
}

TEST_F(RunnerTest, AStrictRunFailsOnARejectedRecordAndLeavesNothing) {
  OneSource("alpha 1\nnonsense\n");
  const v1::Run run = stack_.Run("s", true);
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.error().reason(), "RECORDS_REJECTED");
  EXPECT_EQ(run.error().stage(), v1::RUN_STAGE_COMMIT);
  EXPECT_EQ(stack_.log->state().head_seq, 0u);
  EXPECT_EQ(stack_.log->NewestObservation("s")->kind(),
            v1::Observation::KIND_FAILED);
  EXPECT_THAT(*stack_.runs->ListRejected("s", "", 0, 10), SizeIs(1));
}

TEST_F(RunnerTest, AnEmptyDocumentIsToldAndNotCommitted) {
  OneSource("");
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.error().reason(), "NO_RECORDS");
  EXPECT_EQ(stack_.log->state().head_seq, 0u);
  ASSERT_THAT(run.diagnostics(), SizeIs(1));
  EXPECT_EQ(run.diagnostics(0).severity(), v1::Diagnostic::SEVERITY_WARNING);
}

TEST_F(RunnerTest, MissingDocumentsFailTheRunByName) {
  stack_.Open({stack_.Source("s", "lines", "nowhere/*.txt")});
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(run.error().reason(), "NO_DOCUMENTS");
  EXPECT_EQ(run.error().stage(), v1::RUN_STAGE_FETCH);
}

TEST_F(RunnerTest, ADocumentOverTheLimitFailsTheRun) {
  folder_.Write("docs/a.txt", std::string(5000, 'x'));
  SourceConfig source = stack_.Source("s", "lines", "docs/*.txt");
  source.limits.set_max_document_bytes(1000);
  stack_.Open({source});
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.error().reason(), "DOCUMENT_TOO_LARGE");
}

TEST_F(RunnerTest, TooManyRejectedRecordsFailTheRun) {
  folder_.Write("docs/a.txt", "x\nx\nx\nx\n");
  SourceConfig source = stack_.Source("s", "lines", "docs/*.txt");
  source.limits.set_max_rejected(2);
  stack_.Open({source});
  EXPECT_EQ(stack_.Run("s").error().reason(), "PLUGIN_LIMIT_EXCEEDED");
}

TEST_F(RunnerTest, APluginThatFailsCostsItsRunOnly) {
  folder_.Write("docs/a.txt", "alpha 1\n");
  stack_.Open({stack_.Source("bad", "exit_3", "docs/*.txt"),
               stack_.Source("good", "lines", "docs/*.txt")});
  const v1::Run bad = stack_.Run("bad");
  EXPECT_EQ(bad.state(), v1::RUN_STATE_FAILED);
  EXPECT_EQ(bad.error().exit_code(), 3);
  EXPECT_THAT(bad.error().stderr_tail(),
              ::testing::Contains(HasSubstr("giving up")));
  EXPECT_EQ(stack_.Run("good").state(), v1::RUN_STATE_SUCCEEDED);
}

TEST_F(RunnerTest, CoverageIsLoweredAndNeverRaised) {
  folder_.Write("docs/a.txt", "alpha 1\n");
  SourceConfig source = stack_.Source("s", "lines", "docs/*.txt");
  source.coverage = v1::Coverage::EXTENT_SOME;
  stack_.Open({source});
  stack_.Run("s");
  EXPECT_EQ(stack_.log->ReadCommit(1)->snapshots(0).coverage().extent(),
            v1::Coverage::EXTENT_SOME);
}

TEST_F(RunnerTest, ASnapshotThatLacksARejectedRowIsNotWhole) {
  OneSource("alpha 1\nnonsense\n");
  stack_.Run("s");
  EXPECT_EQ(stack_.log->ReadCommit(1)->snapshots(0).coverage().extent(),
            v1::Coverage::EXTENT_SOME);
}

TEST_F(RunnerTest, UnknownSourcesAreNamedWithTheNearest) {
  OneSource("alpha 1\n");
  const auto handle = stack_.runner->Start("ss");
  EXPECT_EQ(ErrorReason(handle.status()), "UNKNOWN_SOURCE");
  EXPECT_THAT(handle.status().message(), HasSubstr("'s'"));
}

TEST_F(RunnerTest, ASourceIsReadByOneRunAtATimeAndCanBeCancelled) {
  folder_.Write("docs/a.txt", "alpha 1\n");
  stack_.Open({stack_.Source("s", "hang", "docs/*.txt")});
  const auto first = stack_.runner->Start("s");
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(ErrorReason(stack_.runner->Start("s").status()), "SOURCE_BUSY");
  EXPECT_EQ(stack_.runner->running(), 1u);
  EXPECT_TRUE(stack_.runner->Cancel((*first)->started().id()));
  RunHandle::View view;
  while (!view.ended) {
    view = (*first)->Wait(view.version, absl::InfiniteFuture());
  }
  EXPECT_EQ(view.ended->state(), v1::RUN_STATE_CANCELLED);
  EXPECT_FALSE(stack_.runner->Cancel((*first)->started().id()));
  EXPECT_TRUE(stack_.runner->Start("s").ok());
}

TEST_F(RunnerTest, APlanSaysWhatARunWouldDoAndLeavesNothing) {
  OneSource("alpha 1\nbeta 2\n");
  stack_.Run("s");
  folder_.Write("docs/a.txt", "alpha 1\nbeta 3\ngamma 4\nbroken\n");
  const LogState before = stack_.log->state();
  const auto handle = stack_.runner->Start("s", {.dry_run = true});
  ASSERT_TRUE(handle.ok()) << handle.status();
  RunHandle::View view;
  std::vector<v1::RunSourceResponse> told;
  while (!view.ended) {
    view = (*handle)->Wait(view.version, absl::InfiniteFuture());
    for (auto& one : view.told) told.push_back(std::move(one));
  }
  EXPECT_EQ(view.ended->state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_TRUE(view.ended->dry_run());
  EXPECT_EQ(view.ended->seq(), 0u);
  ASSERT_EQ(view.ended->snapshots_size(), 1);
  const v1::SnapshotOutcome& outcome = view.ended->snapshots(0);
  EXPECT_EQ(outcome.kind(), v1::SnapshotOutcome::KIND_REVISED);
  EXPECT_EQ(outcome.revision(), 2u);
  EXPECT_THAT(outcome.difference().added_examples(),
              ElementsAre(HasSubstr("gamma")));
  EXPECT_THAT(outcome.difference().changed_examples(),
              ElementsAre(HasSubstr("beta")));
  EXPECT_EQ(outcome.difference().gone(), 0u);
  ASSERT_EQ(told.size(), 1u);
  EXPECT_EQ(told[0].rejected().rejected().locator().line(), 4u);
  // No trace: neither log nor runs nor rejected rows nor the last look.
  EXPECT_EQ(stack_.log->state().head_seq, before.head_seq);
  EXPECT_EQ(stack_.log->state().observation, before.observation);
  EXPECT_EQ(stack_.runs->List("s", 0, 10)->runs.size(), 1u);
  EXPECT_TRUE(stack_.runs->ListRejected("s", "", 0, 10)->empty());
  // The run does what the plan said, and counts the same.
  const v1::Run run = stack_.Run("s");
  EXPECT_EQ(run.snapshots(0).digest(), outcome.digest());
  EXPECT_EQ(run.snapshots(0).difference().added(), 1u);
  EXPECT_EQ(run.snapshots(0).difference().changed(), 1u);
  EXPECT_EQ(run.snapshots(0).difference().added_examples_size(), 0);
}

TEST_F(RunnerTest, APreviewShowsTheFirstRecordsBesideTheirLines) {
  OneSource("alpha 1\nbeta 2\ngamma 3\n");
  const auto handle =
      stack_.runner->Start("s", {.dry_run = true, .preview_records = 2});
  ASSERT_TRUE(handle.ok()) << handle.status();
  RunHandle::View view;
  std::vector<std::string> lines;
  while (!view.ended) {
    view = (*handle)->Wait(view.version, absl::InfiniteFuture());
    for (const auto& one : view.told) {
      lines.push_back(one.previewed().lines());
    }
  }
  EXPECT_EQ(view.ended->state(), v1::RUN_STATE_SUCCEEDED);
  EXPECT_THAT(lines, ElementsAre("alpha 1", "beta 2"));
  EXPECT_EQ(stack_.log->state().head_seq, 0u);
  EXPECT_EQ(stack_.Run("s").snapshots(0).records(), 3u);
}

TEST_F(RunnerTest, ChecksAreNamedAndOneThatFailsSkipsWhatRestsOnIt) {
  SourceConfig good = stack_.Source("good", "lines", "docs/*.txt");
  SourceConfig bad = stack_.Source("bad", "lines", "none/*.txt");
  bad.plugin = "no_such_plugin";
  bad.data_licence.clear();
  folder_.Write("docs/a.txt", "alpha 1\n");
  stack_.Open({good, bad});
  const auto outcomes = [&](const char* id) {
    v1::CheckSourceResponse response;
    const SourceConfig* source = *stack_.runner->Find(id);
    CheckSource(*source, stack_.runner->PluginOf(*source), *stack_.host,
                &response);
    std::string text;
    for (const v1::SourceCheck& check : response.checks()) {
      absl::StrAppend(&text, check.name(), "=", check.outcome(), " ");
    }
    return text;
  };
  EXPECT_EQ(outcomes("good"),
            "plugin=1 configuration=1 documents=1 hosts=1 attribution=1 ");
  EXPECT_EQ(outcomes("bad"),
            "plugin=3 configuration=4 documents=3 hosts=4 attribution=2 ");
}

TEST_F(RunnerTest, StoppedItStartsNothing) {
  OneSource("alpha 1\n");
  stack_.runner->Stop();
  EXPECT_EQ(ErrorReason(stack_.runner->Start("s").status()), "DRAINING");
}

TEST_F(RunnerTest, EvidenceLeadsToTheLine) {
  OneSource("alpha 1\nbeta 2\ngamma 3\n");
  stack_.Run("s");
  std::string id;
  ASSERT_TRUE(
      stack_.log
          ->ForEachBatch(
              1,
              [&](uint32_t, v1::StoredBatch batch) {
                return ForEachRecord(batch, [&](const v1::Record& r) {
                  if (r.score().model() == "beta") {
                    id = EvidenceId(
                        stack_.log->ReadCommit(1)->snapshots(0).digest(),
                        HashRecord(r)->key);
                  }
                  return absl::OkStatus();
                });
              })
          .ok());
  v1::GetEvidenceRequest request;
  request.set_evidence(id);
  request.set_context_lines(1);
  const auto opened = OpenEvidence(*stack_.log, *stack_.documents, request);
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(opened->evidence(), id);
  EXPECT_EQ(opened->record().score().value(), 2);
  EXPECT_EQ(opened->first_line(), 1u);
  EXPECT_THAT(opened->lines(), ElementsAre("alpha 1", "beta 2", "gamma 3"));

  request.set_evidence(absl::StrCat(id.substr(0, 8), "/", id.substr(17, 8)));
  EXPECT_EQ(OpenEvidence(*stack_.log, *stack_.documents, request)->evidence(),
            id);
  const auto reason = [&](const std::string& evidence) {
    request.set_evidence(evidence);
    return ErrorReason(
        OpenEvidence(*stack_.log, *stack_.documents, request).status());
  };
  EXPECT_EQ(reason("beta"), "BAD_EVIDENCE_ID");
  EXPECT_EQ(reason("12345/12345678"), "BAD_EVIDENCE_ID");
  EXPECT_EQ(reason("00000000/00000000"), "UNKNOWN_EVIDENCE");
  EXPECT_EQ(reason(absl::StrCat(id.substr(0, 17), "00000000")),
            "UNKNOWN_EVIDENCE");
}

}  // namespace
}  // namespace meridian::ingest
