#include "common/records/batch.h"

#include <gtest/gtest.h>

#include "common/base/status.h"
#include "common/records/canonical.h"

namespace meridian {
namespace {

std::vector<v1::Record> SomeRecords() {
  std::vector<v1::Record> records;
  for (int i = 0; i < 20; ++i) {
    v1::Record record;
    record.mutable_locator()->set_document(i % 2);
    record.mutable_locator()->set_line(i + 1);
    v1::Score* score = record.mutable_score();
    score->set_board("board");
    score->set_category(i % 3 == 0 ? "full" : "coding");
    score->set_model("model-" + std::to_string(i));
    score->set_value(1000 + i);
    if (i % 2 == 0) score->set_lower(990 + i);
    if (i % 2 == 0) score->set_upper(1010 + i);
    if (i % 5 == 0) score->set_votes(i);
    if (i == 3) score->set_status(v1::Score::STATUS_DEPRECATED);
    if (i > 4) score->set_rank(i);
    records.push_back(record);
  }
  v1::Record vote;
  vote.mutable_locator()->set_document(0);
  vote.mutable_vote()->set_board("board");
  vote.mutable_vote()->set_model_a("a");
  vote.mutable_vote()->set_model_b("b");
  vote.mutable_vote()->set_outcome(v1::Vote::OUTCOME_TIE);
  records.push_back(vote);
  v1::Record model;
  model.mutable_locator()->set_page(7);
  model.mutable_model()->set_name("model-1");
  model.mutable_model()->add_developers("Someone");
  records.push_back(model);
  return records;
}

TEST(BatchTest, RecordsSurviveColumnsInOrder) {
  const std::vector<v1::Record> records = SomeRecords();
  for (const size_t target : {size_t{1}, size_t{200}, size_t{1} << 20}) {
    BatchBuilder builder(target);
    for (const v1::Record& record : records) builder.Add(record);
    std::vector<v1::Record> back;
    for (v1::StoredBatch batch = builder.TakeStored(); batch.count() > 0;
         batch = builder.TakeStored()) {
      ASSERT_TRUE(ForEachRecord(batch, [&](const v1::Record& record) {
                    back.push_back(record);
                    return absl::OkStatus();
                  }).ok());
    }
    ASSERT_EQ(back.size(), records.size()) << target;
    for (size_t i = 0; i < records.size(); ++i) {
      EXPECT_EQ(back[i].SerializeAsString(), records[i].SerializeAsString())
          << target << " " << records[i].ShortDebugString() << " / "
          << back[i].ShortDebugString();
      EXPECT_EQ(HashRecord(back[i])->content, HashRecord(records[i])->content);
    }
  }
}

TEST(BatchTest, NotesAndCitationsTravelAsRows) {
  v1::Record record = SomeRecords()[0];
  record.mutable_cites()->set_publisher("p");
  BatchBuilder builder;
  builder.Add(record);
  EXPECT_EQ(builder.TakeStored().form(), v1::BATCH_FORM_ROWS_V1);
}

TEST(BatchTest, LargeRowsAreCompressedAndUnpacked) {
  BatchBuilder builder;
  for (int i = 0; i < 1000; ++i) {
    v1::Record record;
    record.mutable_model()->set_name("model-" + std::to_string(i));
    record.mutable_model()->add_developers("The same developer");
    builder.Add(record);
  }
  const v1::StoredBatch batch = builder.TakeStored();
  EXPECT_EQ(batch.codec(), v1::BATCH_CODEC_ZLIB);
  int count = 0;
  EXPECT_TRUE(ForEachRecord(batch, [&](const v1::Record& record) {
                EXPECT_EQ(record.model().name(),
                          "model-" + std::to_string(count++));
                return absl::OkStatus();
              }).ok());
  EXPECT_EQ(count, 1000);
}

TEST(BatchTest, DamageIsFoundNotServed) {
  BatchBuilder builder;
  for (const v1::Record& record : SomeRecords()) builder.Add(record);
  v1::StoredBatch batch = builder.TakeStored();
  const auto ignore = [](const v1::Record&) { return absl::OkStatus(); };
  v1::StoredBatch flipped = batch;
  (*flipped.mutable_data())[5] ^= 1;
  EXPECT_EQ(ErrorReason(ForEachRecord(flipped, ignore)), "BATCH_CORRUPT");

  v1::ScoresV1 scores;
  scores.add_dictionary("");
  scores.add_value(1);
  EXPECT_EQ(ErrorReason(CheckColumns(scores)), "BATCH_CORRUPT");
  scores.add_board(1);  // Out of the dictionary.
  scores.add_category(0);
  scores.add_method(0);
  scores.add_model(0);
  EXPECT_EQ(ErrorReason(CheckColumns(scores)), "BATCH_CORRUPT");
  scores.set_board(0, 0);
  EXPECT_TRUE(CheckColumns(scores).ok());
  EXPECT_EQ(ErrorReason(ForEachRecord(v1::RecordBatch(), ignore)),
            "BATCH_CORRUPT");
}

TEST(BatchTest, VisitorErrorStops) {
  BatchBuilder builder;
  for (const v1::Record& record : SomeRecords()) builder.Add(record);
  int seen = 0;
  const absl::Status status =
      ForEachRecord(builder.TakeStored(), [&](const v1::Record&) {
        return ++seen == 2 ? absl::CancelledError("enough") : absl::OkStatus();
      });
  EXPECT_EQ(status.message(), "enough");
  EXPECT_EQ(seen, 2);
}

}  // namespace
}  // namespace meridian
