#include "common/records/canonical.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "common/base/status.h"

namespace meridian {
namespace {

v1::Record ScoreRecord(const std::string& model, double value) {
  v1::Record record;
  record.mutable_score()->set_board("b");
  record.mutable_score()->set_category("full");
  record.mutable_score()->set_method("raw");
  record.mutable_score()->set_model(model);
  record.mutable_score()->set_value(value);
  return record;
}

TEST(CanonicalTest, ScoreFastPathEqualsReflection) {
  v1::Record record = ScoreRecord("m", -0.0);
  v1::Score* score = record.mutable_score();
  EXPECT_EQ(HashScore(*score)->content, HashRecord(record)->content);
  score->set_configuration("high");
  score->set_measured_date("2025-01");
  score->set_evaluator("e");
  score->set_value(1.5);
  score->set_lower(1);
  score->set_upper(2);
  score->set_standard_error(0.25);
  score->set_votes(7);
  score->set_status(v1::Score::STATUS_PRELIMINARY);
  score->set_rank(3);
  const RecordHash fast = *HashScore(*score);
  const RecordHash slow = *HashRecord(record);
  EXPECT_EQ(fast.key, slow.key);
  EXPECT_EQ(fast.content, slow.content);
}

TEST(CanonicalTest, LocatorIsNotContent) {
  v1::Record a = ScoreRecord("m", 1);
  v1::Record b = a;
  b.mutable_locator()->set_line(12);
  EXPECT_EQ(HashRecord(a)->content, HashRecord(b)->content);
  b.mutable_cites()->set_publisher("p");
  EXPECT_EQ(HashRecord(a)->key, HashRecord(b)->key);
  EXPECT_NE(HashRecord(a)->content, HashRecord(b)->content);
}

TEST(CanonicalTest, ValueIsContentNotKey) {
  EXPECT_EQ(HashRecord(ScoreRecord("m", 1))->key,
            HashRecord(ScoreRecord("m", 2))->key);
  EXPECT_NE(HashRecord(ScoreRecord("m", 1))->content,
            HashRecord(ScoreRecord("m", 2))->content);
  EXPECT_NE(HashRecord(ScoreRecord("m", 1))->key,
            HashRecord(ScoreRecord("n", 1))->key);
}

TEST(CanonicalTest, EmptyStringIsUnset) {
  v1::Record a = ScoreRecord("m", 1);
  v1::Record b = a;
  b.mutable_score()->set_configuration("");
  EXPECT_EQ(HashRecord(a)->content, HashRecord(b)->content);
}

TEST(CanonicalTest, ZeroIsNotUnset) {
  v1::Record a = ScoreRecord("m", 1);
  v1::Record b = a;
  b.mutable_score()->set_votes(0);
  EXPECT_NE(HashRecord(a)->content, HashRecord(b)->content);
}

TEST(CanonicalTest, BadRecordsNameTheField) {
  const auto field_of = [](const v1::Record& record) {
    const auto hash = HashRecord(record);
    EXPECT_EQ(ErrorReason(hash.status()), "BAD_RECORD");
    const ErrorDetails details = GetErrorDetails(hash.status());
    return details.empty() ? "" : details[0].second;
  };
  EXPECT_EQ(field_of({}), "kind");
  EXPECT_EQ(field_of(ScoreRecord("", 1)), "model");
  EXPECT_EQ(field_of(ScoreRecord("m", std::nan(""))), "value");
  v1::Record record = ScoreRecord("m", 1);
  record.mutable_score()->set_upper(std::numeric_limits<double>::infinity());
  EXPECT_EQ(field_of(record), "upper");
  EXPECT_FALSE(HashScore(record.score()).ok());
  record = {};
  record.mutable_alias()->set_name("x");
  EXPECT_EQ(field_of(record), "model");
}

TEST(CanonicalTest, EveryKindHasARule) {
  const auto* oneof = v1::Record::descriptor()->FindOneofByName("kind");
  for (int i = 0; i < oneof->field_count(); ++i) {
    v1::Record record;
    record.GetReflection()->MutableMessage(&record, oneof->field(i));
    EXPECT_EQ(ErrorReason(HashRecord(record).status()), "BAD_RECORD")
        << oneof->field(i)->name();
  }
}

TEST(ContentDigestTest, OrderDoesNotMatterAndDuplicatesAreFound) {
  const RecordHash a = *HashRecord(ScoreRecord("a", 1));
  const RecordHash b = *HashRecord(ScoreRecord("b", 1));
  const RecordHash other = *HashRecord(ScoreRecord("a", 2));
  ContentDigest forward, backward;
  EXPECT_EQ(forward.Add(a), ContentDigest::Added::kNew);
  EXPECT_EQ(forward.Add(b), ContentDigest::Added::kNew);
  EXPECT_EQ(forward.Add(a), ContentDigest::Added::kEqualDuplicate);
  EXPECT_EQ(forward.Add(other), ContentDigest::Added::kConflictingDuplicate);
  backward.Add(b);
  backward.Add(a);
  EXPECT_EQ(forward.Finish(), backward.Finish());
  EXPECT_EQ(forward.count(), 2u);
}

TEST(SnapshotDigestTest, DependsOnIdentityAndContentOnly) {
  v1::Snapshot snapshot;
  snapshot.set_source("s");
  snapshot.set_stream("t");
  snapshot.mutable_vintage()->set_date("2025-02-14");
  snapshot.set_content_digest(std::string(64, 'a'));
  const std::string digest = SnapshotDigest(snapshot);
  v1::Snapshot other = snapshot;
  other.set_run("run-1");
  other.set_seq(9);
  other.add_documents()->set_sha256("x");
  EXPECT_EQ(SnapshotDigest(other), digest);
  other.mutable_vintage()->set_date("2025-02-15");
  EXPECT_NE(SnapshotDigest(other), digest);
  EXPECT_EQ(EvidenceId(digest, KeyHash{}).size(), 33u);
}

}  // namespace
}  // namespace meridian
