#include "analysis_service/shapley.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace meridian::analysis {
namespace {

struct Options {
  std::vector<double> loss;
  std::vector<PlayerMask> blocked;
  double floor = 0;
  int rules = 0;
};

PlayerMask Mask(std::initializer_list<int> rules) {
  PlayerMask mask;
  for (const int rule : rules) mask.set(rule);
  return mask;
}

Options Draw(std::mt19937_64& random, int rules, int count) {
  Options options;
  options.rules = rules;
  double loss = 0;
  for (int i = 0; i < count; ++i) {
    options.loss.push_back(loss);
    if (random() % 4 != 0) loss += static_cast<double>(random() % 1000) / 7;
    PlayerMask mask;
    for (int rule = 0; rule < rules; ++rule) mask[rule] = random() % 3 == 0;
    options.blocked.push_back(mask);
  }
  options.floor = options.loss.back();
  return options;
}

double CostOf(const Options& options, const PlayerMask& set) {
  for (size_t i = 0; i < options.loss.size(); ++i) {
    if ((options.blocked[i] & set).none()) return options.loss[i];
  }
  return options.floor;
}

// By the definition: the mean over every order.
std::vector<double> ByOrders(const Options& options) {
  std::vector<int> order(options.rules);
  std::iota(order.begin(), order.end(), 0);
  std::vector<double> sum(options.rules, 0);
  int orders = 0;
  do {
    PlayerMask set;
    for (const int rule : order) {
      const double before = CostOf(options, set);
      set.set(rule);
      sum[rule] += CostOf(options, set) - before;
    }
    ++orders;
  } while (std::next_permutation(order.begin(), order.end()));
  for (double& value : sum) value /= orders;
  return sum;
}

CostAttribution Attribute(const Options& options,
                          const ShapleyOptions& how = {}) {
  return AttributeCost(options.loss, options.blocked, options.floor,
                       options.rules, how);
}

double Sum(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0);
}

TEST(ShapleyTest, TwoRulesThatOverlapShareWhatTheyCostTogether) {
  // A closed model, an open one from elsewhere, an open one from here.
  const std::vector<double> loss = {0, 48, 88};
  const std::vector<PlayerMask> blocked = {Mask({0}), Mask({1}), {}};
  const CostAttribution cost = AttributeCost(loss, blocked, 400, 2);
  EXPECT_DOUBLE_EQ(cost.cost, 88);
  EXPECT_EQ(cost.alone, (std::vector<double>{48, 0}));
  EXPECT_EQ(cost.left_out, (std::vector<double>{88, 40}));
  EXPECT_EQ(cost.shapley, (std::vector<double>{68, 20}));
  EXPECT_FALSE(cost.sampled);
  EXPECT_FALSE(cost.nothing_admitted);
}

TEST(ShapleyTest, NothingAdmittedCostsTheFloor) {
  const std::vector<double> loss = {0, 10};
  const std::vector<PlayerMask> blocked = {Mask({0}), Mask({0, 1})};
  const CostAttribution cost = AttributeCost(loss, blocked, 10, 2);
  EXPECT_TRUE(cost.nothing_admitted);
  EXPECT_DOUBLE_EQ(cost.cost, 10);
  EXPECT_EQ(cost.shapley, (std::vector<double>{10, 0}));
}

TEST(ShapleyTest, NoRuleNoCost) {
  const CostAttribution cost =
      AttributeCost({0.0, 5.0}, {PlayerMask(), PlayerMask()}, 5, 3);
  EXPECT_EQ(cost.shapley, (std::vector<double>{0, 0, 0}));
  EXPECT_EQ(AttributeCost({}, {}, 0, 1).cost, 0);
}

TEST(ShapleyTest, AgreesWithTheDefinition) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 60; ++round) {
    const Options options = Draw(random, 1 + static_cast<int>(random() % 6),
                                 1 + static_cast<int>(random() % 30));
    const std::vector<double> expected = ByOrders(options);
    const CostAttribution cost = Attribute(options);
    for (int rule = 0; rule < options.rules; ++rule) {
      EXPECT_NEAR(cost.shapley[rule], expected[rule], 1e-9);
      EXPECT_DOUBLE_EQ(cost.alone[rule], CostOf(options, Mask({rule})));
    }
  }
}

TEST(ShapleyTest, ValuesAddUpToTheCostAndNoCostIsNegative) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 200; ++round) {
    const Options options = Draw(random, 1 + static_cast<int>(random() % 12),
                                 1 + static_cast<int>(random() % 100));
    const CostAttribution cost = Attribute(options);
    EXPECT_NEAR(Sum(cost.shapley), cost.cost, 1e-9);
    EXPECT_GE(cost.cost, 0);
    for (int rule = 0; rule < options.rules; ++rule) {
      EXPECT_GE(cost.shapley[rule], 0);
      EXPECT_GE(cost.alone[rule], 0);
      EXPECT_GE(cost.left_out[rule], 0);
      EXPECT_LE(cost.left_out[rule], cost.cost);
    }
  }
}

TEST(ShapleyTest, AddingARuleNeverLowersTheCost) {
  std::mt19937_64 random(9);
  for (int round = 0; round < 100; ++round) {
    Options options = Draw(random, 8, 40);
    double before = 0;
    for (int rules = 0; rules <= 8; ++rules) {
      const double cost =
          AttributeCost(options.loss, options.blocked, options.floor, rules)
              .cost;
      EXPECT_GE(cost, before);
      before = cost;
    }
  }
}

TEST(ShapleyTest, EqualRulesHaveEqualValuesAndIdleOnesNone) {
  std::mt19937_64 random(10);
  for (int round = 0; round < 50; ++round) {
    Options options = Draw(random, 5, 40);
    options.rules = 7;
    for (PlayerMask& mask : options.blocked) {
      mask[5] = mask[2];  // the same as rule 2
      // Blocks only what rule 2 blocks and what is worse than an option that
      // nothing blocks.
      mask[6] = false;
    }
    const CostAttribution cost = Attribute(options);
    EXPECT_NEAR(cost.shapley[2], cost.shapley[5], 1e-9);
    EXPECT_EQ(cost.shapley[6], 0);
  }
  // Blocks the second best only, and never without rule 0 at work.
  const CostAttribution idle = AttributeCost(
      {0.0, 3.0, 9.0}, {Mask({0}), Mask({0, 1}), PlayerMask()}, 9, 2);
  EXPECT_EQ(idle.shapley, (std::vector<double>{9, 0}));
}

TEST(ShapleyTest, TheOrderOfRulesDoesNotMatter) {
  std::mt19937_64 random(11);
  const Options options = Draw(random, 9, 60);
  Options turned = options;
  for (size_t i = 0; i < options.blocked.size(); ++i) {
    for (int rule = 0; rule < 9; ++rule) {
      turned.blocked[i][8 - rule] = options.blocked[i][rule];
    }
  }
  const CostAttribution a = Attribute(options);
  const CostAttribution b = Attribute(turned);
  for (int rule = 0; rule < 9; ++rule) {
    EXPECT_NEAR(a.shapley[rule], b.shapley[8 - rule], 1e-9);
  }
}

TEST(ShapleyTest, SampledValuesAreCloseAndAddUp) {
  std::mt19937_64 random(12);
  const Options options = Draw(random, 10, 60);
  const CostAttribution exact = Attribute(options);
  const CostAttribution sampled = Attribute(options, {.most_exact = 5});
  ASSERT_FALSE(exact.sampled);
  ASSERT_TRUE(sampled.sampled);
  EXPECT_NEAR(Sum(sampled.shapley), exact.cost, 1e-9);
  for (int rule = 0; rule < 10; ++rule) {
    EXPECT_NEAR(sampled.shapley[rule], exact.shapley[rule],
                0.02 * exact.cost + 1e-9);
  }
  EXPECT_EQ(Attribute(options, {.most_exact = 5}).shapley, sampled.shapley);
}

TEST(ShapleyTest, ManyRulesOfWhichFewBearOnTheCostAreExact) {
  Options options;
  options.rules = 256;
  options.loss = {0, 1, 2};
  options.blocked = {Mask({200}), Mask({255}), {}};
  options.floor = 2;
  EXPECT_FALSE(Attribute(options).sampled);
  EXPECT_DOUBLE_EQ(Attribute(options).shapley[200], 1.5);
  EXPECT_DOUBLE_EQ(Attribute(options).shapley[255], 0.5);
}

}  // namespace
}  // namespace meridian::analysis
