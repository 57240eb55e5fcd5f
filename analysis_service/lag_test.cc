#include "analysis_service/lag.h"

#include <gtest/gtest.h>

namespace meridian::analysis {
namespace {

TEST(LagTest, EachRecordIsComparedWithTheFirstAsGood) {
  const std::vector<ReleasedModel> ahead = {
      {0, 100, 1000}, {1, 110, 1100}, {2, 105, 1150}, {3, 130, 1300}};
  const std::vector<ReleasedModel> behind = {
      {4, 90, 1050},   // first as good: row 0
      {5, 100, 1200},  // as good as row 0: level counts as reached
      {6, 95, 1210},   // no record
      {7, 111, 1250},  // row 3, released after it
      {8, 140, 1400},  // nobody
  };
  const auto records = FindLags(ahead, behind, true);
  ASSERT_EQ(records.size(), 4u);
  EXPECT_EQ(records[0].reached->row, 0);
  EXPECT_DOUBLE_EQ(*records[0].months(), 50 / 30.4375);
  EXPECT_EQ(records[1].reached->row, 0);
  EXPECT_EQ(records[2].reached->row, 3);
  EXPECT_DOUBLE_EQ(*records[2].months(), -50 / 30.4375);
  EXPECT_FALSE(records[3].reached);
  const LagFigures figures = Summarize(records, false);
  EXPECT_EQ(figures.records, 3);
  EXPECT_EQ(figures.not_reached, 1);
  EXPECT_DOUBLE_EQ(figures.mean, (50 + 200 - 50) / 3.0 / 30.4375);
  EXPECT_DOUBLE_EQ(figures.low, -50 / 30.4375);
  EXPECT_DOUBLE_EQ(figures.high, 200 / 30.4375);
}

TEST(LagTest, ARecordBeatenOnItsDayCountsOnlyWhenAskedFor) {
  const std::vector<ReleasedModel> ahead = {{0, 200, 0}};
  const std::vector<ReleasedModel> behind = {{1, 20, 100}, {2, 10, 100}};
  const auto records = FindLags(ahead, behind, true);
  ASSERT_EQ(records.size(), 2u);
  EXPECT_EQ(records[0].model.row, 2);
  EXPECT_TRUE(records[0].beaten_same_day);
  EXPECT_FALSE(records[1].beaten_same_day);
  EXPECT_EQ(Summarize(records, true).records, 2);
  EXPECT_EQ(Summarize(records, false).records, 1);
  EXPECT_EQ(Summarize({}, true).records, 0);
}

TEST(LagTest, LowerCanBeBetter) {
  const auto records = FindLags({{0, 10, 0}, {1, 5, 50}}, {{2, 7, 100}}, false);
  ASSERT_EQ(records.size(), 1u);
  EXPECT_EQ(records[0].reached->row, 1);
}

}  // namespace
}  // namespace meridian::analysis
