#include "analysis_service/method_breaks.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_log.h"

namespace meridian::analysis {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST(MeasureShiftTest, MedianAndStandardDeviation) {
  const ScoreShift odd = MeasureShift({1, 5, 2});
  EXPECT_EQ(odd.common, 3);
  EXPECT_EQ(odd.median, 2);
  EXPECT_NEAR(odd.spread, 1.6997, 1e-4);
  EXPECT_EQ(MeasureShift({1, 2, 3, 4}).median, 2.5);
  EXPECT_EQ(MeasureShift({}).common, 0);
}

TEST(MeasureShiftTest, NewVotesAreNoBreakAndFewModelsTellNothing) {
  EXPECT_FALSE(MeasureShift(std::vector<double>(20, 0.3)).is_break());
  EXPECT_TRUE(MeasureShift(std::vector<double>(20, 2.1)).is_break());
  EXPECT_TRUE(MeasureShift(std::vector<double>(20, -2.1)).is_break());
  EXPECT_FALSE(MeasureShift(std::vector<double>(9, 50)).is_break());
  std::vector<double> apart(20, 0);
  for (size_t i = 0; i < apart.size(); ++i) apart[i] = i % 2 == 0 ? 7 : -7;
  EXPECT_TRUE(MeasureShift(apart).is_break());
}

std::vector<std::string> Scores(double shift) {
  std::vector<std::string> records;
  for (int i = 0; i < 12; ++i) {
    records.push_back(absl::StrCat(
        "score { board: 'b' category: 'full' method: 'raw' model: 'm", i,
        "' value: ", 1000 + 10 * i + shift, " }"));
  }
  return records;
}

TEST(FindBreaksTest, FindsTheJumpBetweenNeighbours) {
  TestLog log;
  log.Add("s", "b/raw", "2025-01-01", Scores(0));
  log.Add("s", "b/raw", "2025-01-10", Scores(0.5));
  log.Add("s", "b/raw", "2025-01-20", Scores(30));
  log.Add("s", "b/raw", "2025-02-01", Scores(30.2));
  const auto catalog = log.Commit();
  BoardChoice choice;
  choice.board.set_board("b");
  choice.category = "full";
  choice.method = "raw";
  choice.rules.scale = DifferenceScale::kElo400;
  const auto snapshots =
      catalog->Snapshots("b", "full", "raw", D("2026-01-01"));
  const auto breaks = FindBreaks(*catalog, choice, snapshots);
  ASSERT_THAT(breaks, SizeIs(1));
  EXPECT_EQ(breaks[0].before, D("2025-01-10"));
  EXPECT_EQ(breaks[0].after, D("2025-01-20"));
  EXPECT_EQ(breaks[0].shift.common, 12);
  EXPECT_NEAR(breaks[0].shift.median, 29.5, 1e-9);
  choice.rules.scale = DifferenceScale::kPlain;
  EXPECT_THAT(FindBreaks(*catalog, choice, snapshots), IsEmpty());
}

}  // namespace
}  // namespace meridian::analysis
