#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/sdk/published.h"
#include "plugins/votes/votes_source.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kConfig[] = R"({"board": "test/votes"})";

absl::StatusOr<ReadResult> Read(const std::string& text) {
  VotesSource source;
  return ReadDocuments(source, kConfig, {MakeDocument("v", text)});
}

std::vector<v1::Vote::Outcome> Outcomes(const ReadResult& read) {
  std::vector<v1::Vote::Outcome> outcomes;
  for (const v1::Record& record : read.snapshots.at(0).records) {
    outcomes.push_back(record.vote().outcome());
  }
  return outcomes;
}

TEST(VotesTest, TheCsvDialectHasItsIdInANamelessColumn) {
  const auto read = Read(
      ",model_a,model_b,winner\n7,a,b,model_a\n8,b,a,tie\n9,a,c,tie "
      "(bothbad)\n");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(Outcomes(*read),
              ElementsAre(v1::Vote::OUTCOME_A, v1::Vote::OUTCOME_TIE,
                          v1::Vote::OUTCOME_TIE_BOTH_BAD));
  const v1::Vote& vote = read->snapshots[0].records[0].vote();
  EXPECT_EQ(vote.id(), "7");
  EXPECT_EQ(vote.board(), "test/votes");
  EXPECT_FALSE(vote.has_time());
}

TEST(VotesTest, BattlesOfJsonHaveTimeAndLanguage) {
  const std::string one =
      R"({"question_id": "q1", "model_a": "a", "model_b": "b", "winner": "model_b", "language": "English", "tstamp": 1682351591.1322})";
  const std::string two =
      R"({"question_id": "q2", "model_a": "a", "model_b": "c", "winner": "tie"})";
  for (const std::string& text :
       {one + "\n" + two + "\n", "[" + one + ",\n" + two + "]"}) {
    const auto read = Read(text);
    ASSERT_TRUE(read.ok()) << read.status();
    ASSERT_THAT(read->snapshots.at(0).records, SizeIs(2));
    const v1::Vote& vote = read->snapshots[0].records[0].vote();
    EXPECT_EQ(vote.time(), "2023-04-24T15:53:11.132Z");
    EXPECT_EQ(vote.category(), "English");
    EXPECT_EQ(read->snapshots[0].records[1].locator().line(), 2u);
  }
}

TEST(VotesTest, OneColumnForEachOutcome) {
  const auto read = Read(
      "id,model_a,model_b,winner_model_a,winner_model_b,winner_tie\n"
      "1,a,b,1,0,0\n2,a,b,0,0,1\n3,a,b,1,1,0\n");
  EXPECT_THAT(Outcomes(*read),
              ElementsAre(v1::Vote::OUTCOME_A, v1::Vote::OUTCOME_TIE));
  EXPECT_THAT(read->rejected, SizeIs(1));
}

TEST(VotesTest, InvalidOutcomesAreRejectedAndCounted) {
  const auto read = Read(
      "model_a,model_b,winner\na,b,draw\na,b,draw\na,b,\na,a,tie\n,b,tie\n"
      "a,b,model_a\n");
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->rejected, SizeIs(5));
  ASSERT_THAT(read->diagnostics, SizeIs(1));
  EXPECT_EQ(read->diagnostics[0].message(),
            "3 votes with another outcome: '' 1, 'draw' 2");
}

TEST(VotesTest, WhatIsNoDialectIsRefused) {
  EXPECT_EQ(ErrorReason(Read("a,b\n1,2\n").status()), "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason(Read("[{").status()), "BAD_JSON");
  const auto read = Read("{\"model_a\": 1\n{\"model_a\": \"a\"}\n");
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->rejected, SizeIs(2));
}

TEST(VotesTest, Conforms) {
  VotesSource source;
  for (const char* text :
       {",model_a,model_b,winner\n7,a,b,model_a\n8,b,a,what\n",
        "{\"model_a\": \"a\", \"model_b\": \"b\", \"winner\": \"tie\"}\n"}) {
    EXPECT_EQ(CheckConformance(source, kConfig, {MakeDocument("v", text)}),
              absl::OkStatus());
  }
  EXPECT_THAT(source.Check("{}"), SizeIs(1));
}

TEST(VotesPublishedTest, ReadsTheVotesOf2023) {
  if (!std::filesystem::exists(PublishedFolder("battles"))) {
    GTEST_SKIP() << "no published data here";
  }
  const auto documents = PublishedDocuments("battles", ".csv", "2023-07");
  VotesSource source;
  EXPECT_EQ(CheckConformance(source, kConfig, documents), absl::OkStatus());
  const auto read = ReadDocuments(source, kConfig, documents);
  EXPECT_THAT(read->rejected, IsEmpty());
  std::map<v1::Vote::Outcome, int> counts;
  for (const v1::Vote::Outcome outcome : Outcomes(*read)) ++counts[outcome];
  EXPECT_EQ(counts[v1::Vote::OUTCOME_A], 9252);
  EXPECT_EQ(counts[v1::Vote::OUTCOME_B], 9068);
  EXPECT_EQ(counts[v1::Vote::OUTCOME_TIE_BOTH_BAD], 4772);
  EXPECT_EQ(counts[v1::Vote::OUTCOME_TIE], 2846);
}

}  // namespace
}  // namespace meridian
