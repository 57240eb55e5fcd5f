#include "analysis_service/segment.h"

#include <cmath>

#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "common/records/canonical.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

absl::StatusOr<std::shared_ptr<const Segment>> Build(
    v1::Snapshot meta, const std::vector<v1::StoredBatch>& batches) {
  auto builder =
      SegmentBuilder::Create(std::move(meta), std::make_shared<NameTable>());
  if (!builder.ok()) return builder.status();
  for (const v1::StoredBatch& batch : batches) {
    const absl::Status added = (*builder)->Add(batch);
    if (!added.ok()) return added;
  }
  return (*builder)->Finish();
}

std::shared_ptr<const Segment> BuildFrom(
    const std::vector<v1::Record>& records) {
  v1::Snapshot meta = MakeSnapshot("arena", "text/raw", "2025-02-14");
  meta.set_count(records.size());
  meta.set_digest(std::string(64, 'a'));
  auto segment = Build(std::move(meta), Batches(records));
  EXPECT_TRUE(segment.ok()) << segment.status();
  return *std::move(segment);
}

v1::Record Score(const std::string& category, const std::string& model,
                 double value) {
  v1::Record record;
  v1::Score& score = *record.mutable_score();
  score.set_board("lmarena/text");
  score.set_category(category);
  score.set_method("raw");
  score.set_model(model);
  score.set_value(value);
  return record;
}

TEST(SegmentTest, RowsOfOneSliceStandTogetherInDocumentOrder) {
  const auto segment = BuildFrom(
      {Score("full", "b", 1), Score("math", "a", 2), Score("full", "a", 3)});

  ASSERT_EQ(segment->slices().size(), 2u);
  const ScoreSlice& full = segment->slices()[0];
  EXPECT_EQ(full.category, "full");
  EXPECT_THAT(segment->scores(full).value, ElementsAre(1, 3));
  EXPECT_EQ(segment->name_table().name(segment->scores(full).name[1]), "a");
  EXPECT_THAT(segment->scores(segment->slices()[1]).value, ElementsAre(2));
  EXPECT_EQ(segment->scores(segment->slices()[1]).first_row, 2u);
}

TEST(SegmentTest, WhatIsUnsetStaysUnset) {
  v1::Record set = Score("full", "a", 0);
  set.mutable_score()->set_lower(0);
  set.mutable_score()->set_votes(0);
  const auto segment = BuildFrom({Score("full", "b", 1), set});

  const ScoreSpans spans = segment->scores(segment->slices()[0]);
  EXPECT_TRUE(std::isnan(spans.lower[0]));
  EXPECT_EQ(spans.lower[1], 0);
  EXPECT_EQ(spans.votes[0], kNoVotes);
  EXPECT_EQ(spans.votes[1], 0u);
  EXPECT_THAT(spans.upper, IsEmpty());
  EXPECT_FALSE(segment->ScoreAt(0).has_votes());
  EXPECT_TRUE(segment->ScoreAt(1).has_votes());
}

TEST(SegmentTest, ARowComesBackAsItWasRead) {
  v1::Record plain = ParseRecord(R"(
    locator { document: 2 line: 7 }
    score { board: "b" category: "c" model: "m" configuration: "high"
            evaluator: "us" measured_date: "2025-01-02" value: 1.5 lower: 1
            upper: 2 standard_error: 0.3 votes: 9 rank: 4
            status: STATUS_PRELIMINARY })");
  v1::Record cited = ParseRecord(R"(
    locator { document: 0 line: 3 line_end: 5 column: "x" }
    notes { field: "value" kind: KIND_DOUBTFUL text: "?" }
    cites { publisher: "P" figure: "Fig. 1" }
    score { board: "b" category: "d" model: "m" value: 2 })");
  v1::Record pointed = ParseRecord(R"(
    locator { document: 0 pointer: "/full/m~1x/rating" }
    score { board: "b" category: "c" model: "m/x" value: 3 })");
  v1::Record indexed = ParseRecord(R"(
    locator { document: 0 pointer: "/rows/12/3" }
    score { board: "b" category: "c" model: "n" value: 4 })");
  const auto segment = BuildFrom({plain, cited, pointed, indexed});

  ASSERT_EQ(segment->rows(), 4u);
  const std::vector<v1::Record> by_slice = {plain, pointed, indexed, cited};
  for (uint32_t row = 0; row < 4; ++row) {
    EXPECT_EQ(segment->RecordAt(row).DebugString(),
              by_slice[row].DebugString());
    EXPECT_EQ(segment->EvidenceIdAt(row),
              EvidenceId(std::string(64, 'a'), HashRecord(by_slice[row])->key));
  }
}

TEST(SegmentTest, OtherRecordsAreFoundByKind) {
  const auto segment =
      BuildFrom({ParseRecord(R"(model { name: "m" })"), Score("full", "a", 1),
                 ParseRecord(R"(alias { name: "x" model: "m" })"),
                 ParseRecord(R"(model { name: "n" })")});

  EXPECT_EQ(segment->rows(), 4u);
  EXPECT_EQ(segment->records(v1::Record::kModel).size(), 2u);
  EXPECT_THAT(segment->records(v1::Record::kBoard), IsEmpty());
  const uint32_t row = segment->first_row(v1::Record::kModel);
  EXPECT_EQ(segment->record(row + 1).model().name(), "n");
  EXPECT_EQ(
      segment->RecordAt(segment->first_row(v1::Record::kAlias)).alias().name(),
      "x");
  EXPECT_EQ(segment->used_names().size(), 3u);
}

TEST(SegmentTest, AvailableFromTheEarlierOfLastDayAndFetch) {
  v1::Snapshot meta = MakeSnapshot("s", "t", "2025-02");
  EXPECT_EQ((*Build(meta, {}))->available(), D("2025-02-28"));

  meta.add_documents()->set_retrieved_at("2025-02-20T23:59:59Z");
  EXPECT_EQ((*Build(meta, {}))->available(), D("2025-02-20"));

  meta.mutable_documents(0)->set_retrieved_at("2026-11-23T17:01:02Z");
  EXPECT_EQ((*Build(meta, {}))->available(), D("2025-02-28"));
}

TEST(SegmentTest, AWrongChecksumOrCountIsDataLoss) {
  v1::Snapshot meta = MakeSnapshot("s", "t", "2025-02-14");
  meta.set_count(1);
  std::vector<v1::StoredBatch> batches = Batches({Score("full", "a", 1)});

  std::vector<v1::StoredBatch> flipped = batches;
  (*flipped[0].mutable_data())[3] ^= 1;
  const auto corrupt = Build(meta, flipped).status();
  EXPECT_EQ(corrupt.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(corrupt), "BATCH_CORRUPT");

  std::vector<v1::StoredBatch> miscounted = batches;
  miscounted[0].set_count(2);
  EXPECT_EQ(ErrorReason(Build(meta, miscounted).status()), "BATCH_CORRUPT");

  meta.set_count(2);
  const auto short_of = Build(meta, batches).status();
  EXPECT_EQ(short_of.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(ErrorReason(short_of), "BAD_SNAPSHOT");

  meta.mutable_vintage()->set_date("yesterday");
  EXPECT_EQ(ErrorReason(Build(meta, batches).status()), "BAD_SNAPSHOT");
}

TEST(SegmentTest, AMillionScoresTakeAtMost64BytesEach) {
  constexpr int kModels = 2000;
  constexpr int kCategories = 500;
  v1::Snapshot meta = MakeSnapshot("arena", "text/raw", "2025-02-14");
  meta.set_count(kModels * kCategories);
  auto builder =
      SegmentBuilder::Create(meta, std::make_shared<NameTable>()).value();
  BatchBuilder batches;
  v1::Record record = Score("", "", 0);
  v1::Score& score = *record.mutable_score();
  for (int model = 0; model < kModels; ++model) {
    score.set_model(absl::StrCat("model-with-a-long-name-", model));
    for (int category = 0; category < kCategories; ++category) {
      score.set_category(absl::StrCat("category-", category));
      score.set_value(1000 + model * 0.1);
      score.set_lower(990 + model * 0.1);
      score.set_upper(1010 + model * 0.1);
      score.set_votes(model * category);
      score.set_rank(model + 1);
      record.mutable_locator()->set_pointer(
          absl::StrCat("/category-", category, "/", score.model(), "/rating"));
      batches.AddScore(score, record.locator());
    }
    while (batches.ready()) {
      ASSERT_TRUE(builder->Add(batches.TakeStored()).ok());
    }
  }
  for (;;) {
    const v1::StoredBatch batch = batches.TakeStored();
    if (batch.count() == 0) break;
    ASSERT_TRUE(builder->Add(batch).ok());
  }
  const auto segment = builder->Finish().value();

  EXPECT_EQ(segment->score_rows(), 1000000u);
  EXPECT_LE(segment->bytes(), 64u * segment->score_rows());
  EXPECT_EQ(segment->slices().size(), 500u);
  EXPECT_EQ(segment->RecordAt(2 * kModels + 5).locator().pointer(),
            "/category-2/model-with-a-long-name-5/rating");
}

}  // namespace
}  // namespace meridian::analysis
