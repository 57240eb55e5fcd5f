#include "analysis_service/cutoff.h"

#include <gtest/gtest.h>

#include <random>

namespace meridian::analysis {
namespace {

Exposure Of(std::vector<int> values, Truth hit = Truth::kTrue) {
  Exposure exposure;
  exposure.complete = !values.empty();
  exposure.values = std::move(values);
  exposure.hit = hit;
  return exposure;
}

TEST(CutoffTest, WhatBelongsToTheCutIsLostAndTheRestStays) {
  EXPECT_EQ(Stays(Of({1}), {1}), Truth::kFalse);
  EXPECT_EQ(Stays(Of({1}), {2}), Truth::kTrue);
  EXPECT_EQ(Stays(Of({1}), {1, 2}), Truth::kFalse);
  EXPECT_EQ(Stays(Of({1}, Truth::kFalse), {1}), Truth::kTrue);
  EXPECT_EQ(Stays(Of({1}, Truth::kUnknown), {1}), Truth::kUnknown);
  EXPECT_EQ(Stays(Of({1}, Truth::kUnknown), {2}), Truth::kTrue);
}

TEST(CutoffTest, WhatIsUnknownIsNeitherLostNorSaved) {
  EXPECT_EQ(Stays(Of({}), {1}), Truth::kUnknown);
  EXPECT_EQ(Stays(Of({1, 2}), {1}), Truth::kUnknown);
  EXPECT_EQ(Stays(Of({1, 2}), {1, 2}), Truth::kFalse);
}

TEST(CutoffTest, OneOperatorIsEnough) {
  Exposure offered = Of({1, 2});
  offered.one_is_enough = true;
  EXPECT_EQ(Stays(offered, {1}), Truth::kTrue);
  EXPECT_EQ(Stays(offered, {1, 2}), Truth::kFalse);
  offered.complete = false;  // there may be more operators
  EXPECT_EQ(Stays(offered, {1, 2}), Truth::kUnknown);
  Exposure nobody = Of({});
  nobody.one_is_enough = true;
  EXPECT_EQ(Stays(nobody, {1}), Truth::kUnknown);
}

TEST(CutoffTest, LossesAreSortedAndTheWorstPairIsJoint) {
  const std::vector<Exposure> rows = {Of({0}), Of({1}), Of({0}), Of({2}),
                                      Of({1})};
  const std::vector<double> points = {0, 10, 20, 50, 60};
  const auto losses = CutOffEach(rows, points, 3);
  ASSERT_EQ(losses.size(), 3u);
  EXPECT_EQ(losses[0].cut, std::vector<int>{0});
  EXPECT_EQ(losses[0].after, 1);
  EXPECT_EQ(losses[0].lost, 2u);
  EXPECT_EQ(losses[1].cut, std::vector<int>{1});  // loses more models than 2
  EXPECT_EQ(losses[1].after, 0);
  const auto pair = WorstPair(rows, points, 3);
  ASSERT_TRUE(pair.has_value());
  EXPECT_EQ(pair->cut, (std::vector<int>{0, 1}));
  EXPECT_EQ(pair->after, 3);
  EXPECT_EQ(pair->lost, 4u);
  EXPECT_FALSE(WorstPair(rows, points, 1).has_value());
}

TEST(CutoffTest, NothingStaysIsWorst) {
  const std::vector<Exposure> rows = {Of({0}), Of({1}, Truth::kUnknown)};
  const std::vector<double> points = {0, 100};
  const auto losses = CutOffEach(rows, points, 2);
  EXPECT_EQ(losses[0].after, 1);
  const auto pair = WorstPair(rows, points, 2);
  EXPECT_EQ(pair->after, -1);
  EXPECT_EQ(pair->after_possible, 1);
  EXPECT_EQ(pair->unknown, 1u);
}

TEST(CutoffTest, NoLossIsNegativeAndAPairLosesNoLessThanEither) {
  std::mt19937_64 random(5);
  for (int round = 0; round < 100; ++round) {
    std::vector<Exposure> rows;
    std::vector<double> points;
    double at = 0;
    for (int i = 0; i < 30; ++i) {
      std::vector<int> values;
      for (int v = 0; v < 5; ++v) {
        if (random() % 4 == 0) values.push_back(v);
      }
      rows.push_back(
          Of(std::move(values), static_cast<Truth>(1 + random() % 3)));
      rows.back().one_is_enough = round % 2 == 0;
      points.push_back(at);
      at += static_cast<double>(random() % 5);
    }
    const auto losses = CutOffEach(rows, points, 5);
    const auto pair = WorstPair(rows, points, 5);
    for (const Loss& loss : losses) {
      EXPECT_GE(loss.after_possible, -1);
      EXPECT_TRUE(loss.after < 0 || loss.after >= loss.after_possible);
      EXPECT_TRUE(
          pair->after < 0 ||
          (loss.after >= 0 && points[pair->after] >= points[loss.after]));
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
