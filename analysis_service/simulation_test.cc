#include "analysis_service/simulation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace meridian::analysis {
namespace {

using ::testing::SizeIs;

constexpr Truth T = Truth::kTrue;
constexpr Truth F = Truth::kFalse;
constexpr Truth U = Truth::kUnknown;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

TEST(SimulationTest, TwoScoresGiveTheGapOfTheirErrors) {
  const std::vector<double> value = {1500, 1480}, error = {3, 4};
  const auto result = Simulate({value, error}, {}, {{T, F}, {F, T}},
                               {.draws = 40'000, .seed = 3});
  ASSERT_TRUE(result.has_value());
  ASSERT_THAT(result->gaps, SizeIs(1));
  const SimulatedGap& gap = result->gaps[0];
  EXPECT_NEAR(gap.points, 20, 0.1);
  EXPECT_NEAR(gap.low, 20 - 1.96 * 5, 0.3);
  EXPECT_NEAR(gap.high, 20 + 1.96 * 5, 0.3);
  EXPECT_GT(gap.probability_ahead, 0.999);
  ASSERT_THAT(result->leaders[0], SizeIs(1));
  EXPECT_EQ(result->leaders[0][0].probability, 1);
}

TEST(SimulationTest, TheBestOfTwoEqualsIsAboveBoth) {
  const std::vector<double> value = {1500, 1500, 1400}, error = {5, 5, 0};
  const auto result =
      Simulate({value, error}, {}, {{T, T, F}, {F, F, T}}, {.draws = 40'000});
  // E max of two equal normals: mean + sd / sqrt(pi).
  EXPECT_NEAR(result->gaps[0].points, 100 + 5 / std::sqrt(M_PI), 0.1);
  ASSERT_THAT(result->leaders[0], SizeIs(2));
  EXPECT_NEAR(result->leaders[0][0].probability, 0.5, 0.01);
  EXPECT_EQ(result->leaders[0][0].row + result->leaders[0][1].row, 1);
}

TEST(SimulationTest, LowerIsBetterMirrors) {
  const std::vector<double> value = {10, 12}, error = {1, 1};
  const BoardRules rules{.higher_is_better = false};
  const auto result = Simulate({value, error}, rules, {{T, F}, {F, T}}, {});
  EXPECT_NEAR(result->gaps[0].points, 2, 0.05);
}

TEST(SimulationTest, ARowOfTwoGroupsIsDrawnOnce) {
  const std::vector<double> value = {1500, 1400}, error = {5, 5};
  const auto result = Simulate({value, error}, {}, {{T, F}, {T, T}}, {});
  EXPECT_NEAR(result->gaps[0].points, 0, 1e-9);
  EXPECT_EQ(result->gaps[0].probability_ahead, 0.5);
}

TEST(SimulationTest, TheSameSeedGivesTheSameNumbers) {
  const std::vector<double> value = {1500, 1499, 1490}, error = {5, 5, 4};
  const std::vector<std::vector<Truth>> groups = {{T, F, F}, {F, T, T}};
  const auto one = Simulate({value, error}, {}, groups, {.seed = 9});
  const auto two = Simulate({value, error}, {}, groups, {.seed = 9});
  const auto other = Simulate({value, error}, {}, groups, {.seed = 10});
  EXPECT_EQ(one->gaps[0].points, two->gaps[0].points);
  EXPECT_NE(one->gaps[0].points, other->gaps[0].points);
}

TEST(SimulationTest, WhatHasNoErrorOrNoMemberIsNotSimulated) {
  const std::vector<double> value = {1500, 1480}, error = {3, kNan};
  EXPECT_FALSE(Simulate({value, error}, {}, {{T, F}, {F, T}}, {}).has_value());
  const std::vector<double> known = {3, 3};
  EXPECT_FALSE(Simulate({value, known}, {}, {{T, F}, {F, U}}, {}).has_value());
}

}  // namespace
}  // namespace meridian::analysis
