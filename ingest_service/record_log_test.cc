#include "ingest_service/record_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "ingest_service/run_store.h"
#include "ingest_service/testing_stack.h"

namespace meridian::ingest {
namespace {

using ::testing::ElementsAre;
using ::testing::SizeIs;

v1::Record Score(const std::string& model, double value) {
  v1::Record record;
  record.mutable_locator()->set_line(1);
  record.mutable_score()->set_board("test/b");
  record.mutable_score()->set_category("full");
  record.mutable_score()->set_method("raw");
  record.mutable_score()->set_model(model);
  record.mutable_score()->set_value(value);
  return record;
}

class RecordLogTest : public ::testing::Test {
 protected:
  RecordLogTest() { Open(); }

  void Open() {
    log_.reset();
    database_.reset();
    database_ = *Database::Open(folder_.Path("log.db"));
    log_ = *RecordLog::Open(*database_);
  }

  // Stages one snapshot of the given scores.
  RecordLog::Sealed Stage(const std::string& stream, const std::string& vintage,
                          const std::vector<double>& values,
                          const std::string& run = "run-1") {
    RecordLog::Sealed sealed;
    sealed.staged = *log_->Stage(run);
    BatchBuilder builder;
    ContentDigest digest;
    for (size_t i = 0; i < values.size(); ++i) {
      const v1::Record record = Score(absl::StrCat("m", i), values[i]);
      digest.Add(*HashRecord(record));
      builder.Add(record);
    }
    EXPECT_TRUE(log_->Append(sealed.staged, {builder.TakeStored()}).ok());
    v1::Snapshot& snapshot = sealed.snapshot;
    snapshot.set_source("s");
    snapshot.set_stream(stream);
    snapshot.mutable_vintage()->set_date(vintage);
    snapshot.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
    snapshot.set_count(digest.count());
    snapshot.set_content_digest(Hex(digest.Finish()));
    snapshot.set_digest(SnapshotDigest(snapshot));
    snapshot.set_run(run);
    return sealed;
  }

  RecordLog::Committed Commit(std::vector<RecordLog::Sealed> sealed) {
    auto committed =
        log_->Commit(std::move(sealed), "2026-01-01T00:00:00Z", nullptr);
    EXPECT_TRUE(committed.ok()) << committed.status();
    return committed.ok() ? *committed : RecordLog::Committed();
  }

  static std::vector<int> Kinds(const RecordLog::Committed& committed) {
    std::vector<int> kinds;
    for (const auto& outcome : committed.outcomes) {
      kinds.push_back(outcome.kind());
    }
    return kinds;
  }

  static constexpr int kAdded = v1::SnapshotOutcome::KIND_ADDED;
  static constexpr int kRevised = v1::SnapshotOutcome::KIND_REVISED;
  static constexpr int kUnchanged = v1::SnapshotOutcome::KIND_UNCHANGED;

  TestFolder folder_;
  std::unique_ptr<Database> database_;
  std::unique_ptr<RecordLog> log_;
};

TEST_F(RecordLogTest, AnEmptyLogHasAnIdThatStays) {
  const std::string id = log_->id();
  EXPECT_THAT(id, SizeIs(32));
  EXPECT_EQ(log_->state().head_seq, 0u);
  EXPECT_EQ(log_->state().first_seq, 0u);
  Open();
  EXPECT_EQ(log_->id(), id);
}

TEST_F(RecordLogTest, SequenceNumbersHaveNoGaps) {
  EXPECT_EQ(Commit({Stage("a", "2026-01-01", {1})}).seq, 1u);
  EXPECT_EQ(Commit({Stage("a", "2026-01-01", {1})}).seq, 0u);
  EXPECT_EQ(Commit({Stage("a", "2026-01-02", {1})}).seq, 2u);
  Open();
  EXPECT_EQ(Commit({Stage("b", "2026-01-02", {1})}).seq, 3u);
  EXPECT_EQ(log_->state().first_seq, 1u);
}

TEST_F(RecordLogTest, OtherContentOfAVintageIsTheNextRevision) {
  EXPECT_THAT(Kinds(Commit({Stage("a", "2026-01-01", {1})})),
              ElementsAre(kAdded));
  EXPECT_THAT(Kinds(Commit({Stage("a", "2026-01-01", {1})})),
              ElementsAre(kUnchanged));
  const auto revised = Commit({Stage("a", "2026-01-01", {2})});
  EXPECT_THAT(Kinds(revised), ElementsAre(kRevised));
  EXPECT_EQ(revised.outcomes[0].revision(), 2u);
  // Back to the first content: what speaks now is revision 3.
  EXPECT_EQ(Commit({Stage("a", "2026-01-01", {1})}).outcomes[0].revision(), 3u);
}

TEST_F(RecordLogTest, ReadingTwoContentsOfOneVintageAgainChangesNothing) {
  const auto read = [&] {
    return std::vector<RecordLog::Sealed>{Stage("a", "2026-01-01", {1}),
                                          Stage("a", "2026-01-01", {2})};
  };
  EXPECT_THAT(Kinds(Commit(read())), ElementsAre(kAdded, kRevised));
  const auto again = Commit(read());
  EXPECT_THAT(Kinds(again), ElementsAre(kUnchanged, kUnchanged));
  EXPECT_EQ(again.outcomes[0].revision(), 1u);
  EXPECT_EQ(again.outcomes[1].revision(), 2u);
  EXPECT_EQ(again.seq, 0u);
}

TEST_F(RecordLogTest, EqualContentTwiceInOneRunIsThereOnce) {
  EXPECT_THAT(Kinds(Commit({Stage("a", "2026-01-01", {1}),
                            Stage("a", "2026-01-01", {1})})),
              ElementsAre(kAdded, kUnchanged));
  EXPECT_THAT(log_->ReadCommit(1)->snapshots(), SizeIs(1));
}

TEST_F(RecordLogTest, WhatWasStagedIsGoneAfterARestart) {
  Stage("a", "2026-01-01", {1});
  Open();
  EXPECT_EQ(log_->state().head_seq, 0u);
  int64_t rows = -1;
  ASSERT_TRUE(
      database_
          ->Read([&](Connection& connection) -> absl::Status {
            ASSIGN_OR_RETURN(
                Statement count,
                connection.Prepare("SELECT (SELECT COUNT(*) FROM batches) + "
                                   "(SELECT COUNT(*) FROM snapshots)"));
            RETURN_IF_ERROR(count.Step().status());
            rows = count.IntAt(0);
            return absl::OkStatus();
          })
          .ok());
  EXPECT_EQ(rows, 0);
}

TEST_F(RecordLogTest, DroppingOneRunLeavesTheOthers) {
  Stage("a", "2026-01-01", {1}, "run-1");
  auto other = Stage("b", "2026-01-01", {1}, "run-2");
  ASSERT_TRUE(log_->Drop("run-1").ok());
  EXPECT_EQ(Commit({std::move(other)}).records, 1u);
}

TEST_F(RecordLogTest, AnErrorBesideTheCommitUndoesIt) {
  const auto committed =
      log_->Commit({Stage("a", "2026-01-01", {1})}, "2026-01-01T00:00:00Z",
                   [](Connection&, const RecordLog::Committed&) {
                     return absl::InternalError("no");
                   });
  EXPECT_EQ(committed.status().message(), "no");
  EXPECT_EQ(log_->state().head_seq, 0u);
  EXPECT_EQ(Commit({Stage("a", "2026-01-01", {1})}).seq, 1u);
}

TEST_F(RecordLogTest, BatchesComeBackByteForByte) {
  RecordLog::Sealed sealed = Stage("a", "2026-01-01", {1, 2, 3});
  v1::StoredBatch odd;
  odd.set_form(v1::BATCH_FORM_ROWS_V1);
  odd.set_data(std::string("\0\xff\n bytes", 9));
  odd.set_crc32c(Crc32c(odd.data()));
  odd.set_count(7);
  ASSERT_TRUE(log_->Append(sealed.staged, {odd}).ok());
  Commit({std::move(sealed)});
  std::vector<v1::StoredBatch> batches;
  ASSERT_TRUE(log_->ForEachBatch(1,
                                 [&](uint32_t, v1::StoredBatch batch) {
                                   batches.push_back(std::move(batch));
                                   return absl::OkStatus();
                                 })
                  .ok());
  ASSERT_THAT(batches, SizeIs(2));
  EXPECT_EQ(batches[0].count(), 3u);
  EXPECT_EQ(batches[1].SerializeAsString(), odd.SerializeAsString());
}

TEST_F(RecordLogTest, ADamagedBatchIsAnErrorAndNotAnAnswer) {
  Commit({Stage("a", "2026-01-01", {1})});
  ASSERT_TRUE(database_
                  ->Write(Database::Durability::kSynced,
                          [](Connection& connection) {
                            return connection.Execute(
                                "UPDATE batches SET data = x'0102'");
                          })
                  .ok());
  const absl::Status status = log_->ForEachBatch(
      1, [](uint32_t, v1::StoredBatch) { return absl::OkStatus(); });
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_EQ(ErrorReason(status), "BATCH_CORRUPT");
}

TEST_F(RecordLogTest, ReadCommitOutsideTheLogIsOutOfRange) {
  EXPECT_EQ(ErrorReason(log_->ReadCommit(1).status()), "POSITION_OUT_OF_RANGE");
}

TEST_F(RecordLogTest, SnapshotsAreFoundByTheirDigest) {
  Commit({Stage("a", "2026-01-01", {1}), Stage("b", "2026-01-01", {1})});
  const std::string digest = log_->ReadCommit(1)->snapshots(0).digest();
  const auto found = log_->FindSnapshots(digest.substr(0, 8));
  ASSERT_THAT(*found, SizeIs(1));
  EXPECT_EQ((*found)[0].snapshot.stream(), "a");
  EXPECT_THAT(*log_->FindSnapshots(""), SizeIs(2));
  EXPECT_THAT(*log_->FindSnapshots("zz"), SizeIs(0));
}

TEST_F(RecordLogTest, ListsNewestFirstAndAtAnEarlierState) {
  Commit({Stage("a", "2026-01-01", {1})});
  Commit({Stage("b", "2026-01-01", {1}), Stage("c", "2026-01-01", {1})});
  const auto streams = [&](uint64_t at_seq, uint64_t offset, uint32_t most) {
    std::vector<std::string> names;
    const auto listed = log_->ListSnapshots("s", at_seq, offset, most);
    for (const v1::Snapshot& snapshot : *listed) {
      names.push_back(snapshot.stream());
    }
    return names;
  };
  EXPECT_THAT(streams(2, 0, 10), ElementsAre("c", "b", "a"));
  EXPECT_THAT(streams(2, 1, 1), ElementsAre("b"));
  EXPECT_THAT(streams(1, 0, 10), ElementsAre("a"));
  EXPECT_THAT(*log_->ListSnapshots("other", 2, 0, 10), SizeIs(0));
  EXPECT_EQ(log_->ReadTotals()->snapshots, 3u);
  EXPECT_EQ(log_->ReadTotals()->records, 3u);
}

TEST_F(RecordLogTest, AnObservationReplacesTheEarlierOfItsSource) {
  v1::Observation observation;
  observation.set_source("s");
  observation.set_kind(v1::Observation::KIND_FAILED);
  ASSERT_TRUE(log_->Observe(observation).ok());
  observation.set_kind(v1::Observation::KIND_UNCHANGED);
  ASSERT_TRUE(log_->Observe(observation).ok());
  const auto all = log_->ObservationsAfter(0);
  ASSERT_THAT(all->observations, SizeIs(1));
  EXPECT_EQ(all->last, 2u);
  EXPECT_EQ(log_->NewestObservation("s")->kind(),
            v1::Observation::KIND_UNCHANGED);
  EXPECT_EQ(log_->NewestObservation("t")->kind(),
            v1::Observation::KIND_UNSPECIFIED);
  Open();
  EXPECT_EQ(log_->state().observation, 2u);
}

TEST_F(RecordLogTest, WaitEndsWithACommitAndWithClosing) {
  const LogState seen = log_->state();
  EXPECT_EQ(log_->Wait(seen, absl::InfinitePast()).head_seq, 0u);
  std::thread writer([&] { Commit({Stage("a", "2026-01-01", {1})}); });
  EXPECT_EQ(log_->Wait(seen, absl::InfiniteFuture()).head_seq, 1u);
  writer.join();
  std::thread closer([&] { log_->WakeAll(); });
  EXPECT_TRUE(log_->Wait(log_->state(), absl::InfiniteFuture()).closing);
  closer.join();
}

TEST_F(RecordLogTest, WritersAtTheSameTimeGetTheirOwnNumbers) {
  std::vector<std::thread> writers;
  for (int w = 0; w < 4; ++w) {
    writers.emplace_back([this, w] {
      for (int i = 0; i < 5; ++i) {
        Commit(
            {Stage(absl::StrCat("stream", w), absl::StrCat("2026-01-0", i + 1),
                   {1.0 * i}, absl::StrCat("run-", w))});
      }
    });
  }
  for (auto& writer : writers) writer.join();
  EXPECT_EQ(log_->state().head_seq, 20u);
  for (uint64_t seq = 1; seq <= 20; ++seq) {
    EXPECT_THAT(log_->ReadCommit(seq)->snapshots(), SizeIs(1));
  }
}

TEST(RunStoreTest, OpenRunsAreInterruptedAtTheNextStart) {
  TestFolder folder;
  TestStack stack(folder);
  v1::Run run;
  run.set_id("run-x");
  run.set_source("s");
  run.set_state(v1::RUN_STATE_RUNNING);
  ASSERT_TRUE(stack.runs->Save(run).ok());
  stack.Open({});
  const auto after = stack.runs->Get("run-x");
  ASSERT_TRUE(after.ok());
  EXPECT_EQ(after->state(), v1::RUN_STATE_INTERRUPTED);
  EXPECT_EQ(after->error().reason(), "RUN_INTERRUPTED");
  EXPECT_FALSE(after->ended_at().empty());
  EXPECT_EQ(ErrorReason(stack.runs->Get("run-y").status()), "UNKNOWN_RUN");
}

TEST(RunStoreTest, ListsPagesNewestFirst) {
  TestFolder folder;
  TestStack stack(folder);
  for (int i = 0; i < 5; ++i) {
    v1::Run run;
    run.set_id(absl::StrCat("run-", i));
    run.set_source(i % 2 == 0 ? "even" : "odd");
    run.set_state(v1::RUN_STATE_SUCCEEDED);
    ASSERT_TRUE(stack.runs->Save(run).ok());
  }
  const auto first = stack.runs->List("", 0, 2);
  EXPECT_EQ(first->runs[0].id(), "run-4");
  EXPECT_EQ(stack.runs->List("", first->last, 2)->runs[0].id(), "run-2");
  EXPECT_THAT(stack.runs->List("odd", 0, 9)->runs, SizeIs(2));
  EXPECT_EQ((*stack.runs->Newest("odd"))->id(), "run-3");
  EXPECT_FALSE(stack.runs->Newest("none")->has_value());
}

}  // namespace
}  // namespace meridian::ingest
