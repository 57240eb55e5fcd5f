#include "analysis_service/compare.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <random>

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;

constexpr Truth T = Truth::kTrue;
constexpr Truth F = Truth::kFalse;
constexpr Truth U = Truth::kUnknown;
const double kNaN = std::nan("");
const BoardRules kElo{true, DifferenceScale::kElo400};

struct Table {
  std::vector<double> value;
  std::vector<double> se;
  Figures figures() const { return {value, se}; }
};

Table Plain(std::vector<double> value) {
  std::vector<double> se(value.size(), kNaN);
  return {std::move(value), std::move(se)};
}

GapFigures Gap(const Table& table, std::vector<Truth> a, std::vector<Truth> b,
               BoardRules rules = kElo) {
  return Compare(table.figures(), rules, FindStanding(table.figures(), a),
                 FindStanding(table.figures(), b));
}

// Published pairs, ai_index.md section 7.
TEST(CompareTest, ReproducesPublishedFormulas) {
  const GapFigures gap = Gap(Plain({1503, 1464}), {T, F}, {F, T});
  EXPECT_EQ(gap.decision, Decision::kDecided);
  EXPECT_DOUBLE_EQ(*gap.points, 39);
  EXPECT_NEAR(*gap.as_published_percent, 2.66, 0.005);
  EXPECT_NEAR(*gap.win_rate, 0.5559, 0.00005);
  const GapFigures february = Gap(Plain({1384.63, 1361.45}), {T, F}, {F, T});
  EXPECT_NEAR(*february.points, 23.18, 1e-9);
  EXPECT_NEAR(*february.as_published_percent, 1.70, 0.005);
  EXPECT_NEAR(*february.win_rate, 0.533, 0.0005);
}

TEST(CompareTest, DailyPageGivesItsStandardErrorAndZ) {
  const double se = StandardErrorOfInterval(1502 - 6, 1502 + 6);
  const Table table{{1502, 1461}, {se, se}};
  const GapFigures gap = Gap(table, {T, F}, {F, T});
  EXPECT_NEAR(*gap.standard_error, 4.33, 0.005);
  EXPECT_NEAR(*gap.z, 9.5, 0.05);
}

TEST(CompareTest, WithoutIntervalsThereIsNoStandardError) {
  const GapFigures gap = Gap(Plain({3, 2}), {T, F}, {F, T});
  EXPECT_FALSE(gap.standard_error.has_value());
  EXPECT_FALSE(gap.z.has_value());
}

TEST(CompareTest, SwappingGroupsMirrors) {
  const GapFigures ab = Gap(Plain({5, 4, 3}), {T, F, U}, {F, F, T});
  const GapFigures ba = Gap(Plain({5, 4, 3}), {F, F, T}, {T, F, U});
  EXPECT_EQ(*ab.points, -*ba.points);
  EXPECT_EQ(*ab.lowest, -*ba.highest);
  EXPECT_NEAR(*ab.win_rate + *ba.win_rate, 1, 1e-12);
  EXPECT_EQ(*ab.as_published_percent, -*ba.as_published_percent);
}

TEST(CompareTest, UnknownAboveTheTrailingLeaderMayTurnTheSign) {
  // The best row may belong to b.
  const GapFigures turned = Gap(Plain({9, 5, 3}), {U, T, F}, {U, F, T});
  EXPECT_EQ(turned.decision, Decision::kNotDecided);
  EXPECT_DOUBLE_EQ(*turned.points, 2);
  EXPECT_DOUBLE_EQ(*turned.lowest, -4);
  EXPECT_DOUBLE_EQ(*turned.highest, 6);
  // Unknown rows between the leaders narrow the gap but keep the sign.
  const GapFigures kept = Gap(Plain({9, 5, 3}), {T, U, F}, {F, U, T});
  EXPECT_EQ(kept.decision, Decision::kDecided);
  EXPECT_DOUBLE_EQ(*kept.lowest, 4);
}

TEST(CompareTest, NoCertainMemberIsNotZero) {
  const GapFigures gap = Gap(Plain({9, 5}), {T, F}, {F, U});
  EXPECT_EQ(gap.decision, Decision::kNoMember);
  EXPECT_FALSE(gap.points.has_value());
  EXPECT_DOUBLE_EQ(*gap.lowest, 4);
  EXPECT_FALSE(gap.highest.has_value());
}

TEST(CompareTest, TiesAndUnknownsBelowTheLeaderDoNotThreaten) {
  const Table table = Plain({5, 5, 4});
  const Standing standing =
      FindStanding(table.figures(), std::vector<Truth>{U, T, U});
  EXPECT_EQ(standing.leader, 1);
  EXPECT_EQ(standing.members, 1);
  EXPECT_EQ(standing.unknown, 2);
  EXPECT_TRUE(standing.possible_leaders.empty());
  const Standing open =
      FindStanding(table.figures(), std::vector<Truth>{U, F, U});
  EXPECT_EQ(open.leader, -1);
  EXPECT_THAT(open.possible_leaders, ElementsAre(0, 2));
}

TEST(CompareTest, LowerIsBetterTurnsTheDifference) {
  BoardRules rules;
  rules.higher_is_better = false;
  const GapFigures gap = Gap(Plain({2, 3}), {T, F}, {F, T}, rules);
  EXPECT_DOUBLE_EQ(*gap.points, 1);
  EXPECT_NEAR(*gap.as_published_percent, 100.0 / 3, 1e-12);
  EXPECT_FALSE(gap.win_rate.has_value());
}

TEST(CompareTest, PercentNeedsAPositiveDenominator) {
  EXPECT_FALSE(
      Gap(Plain({1, -2}), {T, F}, {F, T}).as_published_percent.has_value());
  EXPECT_FALSE(
      Gap(Plain({1, 0}), {T, F}, {F, T}).as_published_percent.has_value());
}

// Adding a constant changes only the percent; knowing more never turns a
// decided sign.
TEST(CompareTest, PropertiesOnRandomTables) {
  std::mt19937 random(7);
  for (int round = 0; round < 2000; ++round) {
    const int rows = 1 + static_cast<int>(random() % 8);
    std::vector<double> value(rows);
    for (double& v : value) v = 1000 + static_cast<int>(random() % 20);
    std::sort(value.rbegin(), value.rend());
    std::vector<Truth> a(rows), b(rows);
    const Truth truths[] = {T, F, U};
    for (int i = 0; i < rows; ++i) {
      a[i] = truths[random() % 3];
      b[i] = truths[random() % 3];
    }
    const GapFigures gap = Gap(Plain(value), a, b);

    std::vector<double> shifted = value;
    for (double& v : shifted) v += 500;
    const GapFigures moved = Gap(Plain(shifted), a, b);
    EXPECT_EQ(moved.points, gap.points);
    EXPECT_EQ(moved.win_rate, gap.win_rate);
    EXPECT_EQ(moved.decision, gap.decision);

    std::vector<Truth> known_a = a, known_b = b;
    for (int i = 0; i < rows; ++i) {
      if (known_a[i] == U) known_a[i] = random() % 2 == 0 ? T : F;
      if (known_b[i] == U) known_b[i] = random() % 2 == 0 ? T : F;
    }
    const GapFigures known = Gap(Plain(value), known_a, known_b);
    if (gap.decision == Decision::kDecided) {
      ASSERT_TRUE(known.points.has_value());
      EXPECT_EQ(*known.points > 0, *gap.points > 0);
      EXPECT_EQ(*known.points < 0, *gap.points < 0);
    }
    if (known.points.has_value() && gap.lowest.has_value()) {
      EXPECT_GE(*known.points, *gap.lowest);
    }
    if (known.points.has_value() && gap.highest.has_value()) {
      EXPECT_LE(*known.points, *gap.highest);
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
