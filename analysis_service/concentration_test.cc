#include "analysis_service/concentration.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace meridian::analysis {
namespace {

double Hhi(const std::vector<double>& weights) {
  const double total = std::accumulate(weights.begin(), weights.end(), 0.0);
  double squares = 0;
  for (const double w : weights) squares += w / total * (w / total);
  return 10'000 * squares;
}

TEST(ConcentrationTest, SharesIndexAndLargest) {
  const auto figures = MeasureShares({50.0, 30.0, 10.0, 10.0}, 0);
  EXPECT_DOUBLE_EQ(figures.hhi.low, 2500 + 900 + 100 + 100);
  EXPECT_DOUBLE_EQ(figures.hhi.high, figures.hhi.low);
  EXPECT_DOUBLE_EQ(figures.top[0], 0.5);
  EXPECT_DOUBLE_EQ(figures.top[1], 0.9);
  EXPECT_DOUBLE_EQ(figures.top[2], 1);
}

TEST(ConcentrationTest, UnknownSharesStayInTheDenominator) {
  const auto figures = MeasureShares({50.0, 30.0}, 20);
  EXPECT_DOUBLE_EQ(figures.unknown_share, 0.2);
  EXPECT_DOUBLE_EQ(figures.hhi.low, 2500 + 900);
  EXPECT_DOUBLE_EQ(figures.hhi.high, 4900 + 900);
  const auto nothing = MeasureShares({}, 3);
  EXPECT_DOUBLE_EQ(nothing.hhi.low, 0);
  EXPECT_DOUBLE_EQ(nothing.hhi.high, 10'000);
  EXPECT_DOUBLE_EQ(MeasureShares({}, 0).hhi.high, 0);
}

// Every completion of unknown models: each belongs to a known group or to a
// new one, and may share it with other unknown ones.
TEST(ConcentrationTest, BoundsContainEveryCompletion) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 40; ++round) {
    const size_t known = 1 + random() % 3;
    const size_t unknown = 1 + random() % 4;
    std::vector<double> weight, open;
    for (size_t i = 0; i < known; ++i) weight.push_back(1 + random() % 9);
    for (size_t i = 0; i < unknown; ++i) open.push_back(1 + random() % 9);
    const auto figures =
        MeasureShares(weight, std::accumulate(open.begin(), open.end(), 0.0));
    const size_t groups = known + unknown;
    size_t ways = 1;
    for (size_t i = 0; i < unknown; ++i) ways *= groups;
    for (size_t way = 0; way < ways; ++way) {
      std::vector<double> completed = weight;
      completed.resize(groups, 0);
      size_t rest = way;
      for (size_t i = 0; i < unknown; ++i, rest /= groups) {
        completed[rest % groups] += open[i];
      }
      EXPECT_LE(figures.hhi.low, Hhi(completed) + 1e-9);
      EXPECT_GE(figures.hhi.high, Hhi(completed) - 1e-9);
    }
  }
}

// Models that may count or not, of known or unknown group.
TEST(ConcentrationTest, OpenBoundsContainEveryChoice) {
  std::mt19937_64 random(4);
  for (int round = 0; round < 60; ++round) {
    const size_t groups = 1 + random() % 3;
    OpenWeights weights;
    weights.certain.assign(groups, 0);
    weights.open.assign(groups, 0);
    for (double& w : weights.certain) w = static_cast<double>(random() % 5);
    if (random() % 3 == 0) weights.unknown_certain = 1 + random() % 3;
    std::vector<std::pair<size_t, double>> open;  // group; `groups`: unknown
    for (size_t i = 0; i < 4; ++i) {
      open.emplace_back(random() % (groups + 1), 1 + random() % 5);
      if (open.back().first == groups) {
        weights.unknown_open += open.back().second;
      } else {
        weights.open[open.back().first] += open.back().second;
      }
    }
    const auto hhi = HhiBounds(weights);
    const auto share = LargestShareBounds(weights);
    ASSERT_TRUE(hhi.has_value() && share.has_value());
    for (size_t choice = 0; choice < 16; ++choice) {
      // The unknown groups: together in each of the known ones, or new.
      for (size_t target = 0; target <= groups; ++target) {
        std::vector<double> x = weights.certain;
        x.push_back(0);
        x[target] += weights.unknown_certain;
        for (size_t i = 0; i < open.size(); ++i) {
          if ((choice >> i & 1) == 0) continue;
          x[open[i].first == groups ? target : open[i].first] += open[i].second;
        }
        const double total = std::accumulate(x.begin(), x.end(), 0.0);
        if (total == 0) continue;
        EXPECT_LE(hhi->low, Hhi(x) + 1e-6);
        EXPECT_GE(hhi->high, Hhi(x) - 1e-6);
        const double largest = *std::max_element(x.begin(), x.end()) / total;
        EXPECT_LE(share->low, largest + 1e-9);
        EXPECT_GE(share->high, largest - 1e-9);
      }
    }
  }
}

TEST(ConcentrationTest, BoundsOfWhatIsKnownAreExact) {
  OpenWeights weights;
  weights.certain = {3, 1};
  weights.open = {0, 0};
  EXPECT_NEAR(HhiBounds(weights)->low, 6250, 1e-9);
  EXPECT_NEAR(HhiBounds(weights)->high, 6250, 1e-9);
  EXPECT_DOUBLE_EQ(LargestShareBounds(weights)->low, 0.75);
  EXPECT_DOUBLE_EQ(LargestShareBounds(weights)->high, 0.75);
  EXPECT_FALSE(HhiBounds({{0}, {0}, 0, 0}).has_value());
}

TEST(ConcentrationTest, ManyOpenGroupsHaveABoundToo) {
  OpenWeights weights;
  weights.certain.assign(40, 1);
  weights.open.assign(40, 1);
  const auto bounds = HhiBounds(weights);
  EXPECT_NEAR(bounds->low, 250, 1e-6);
  EXPECT_GE(bounds->high, Hhi(std::vector<double>(40, 1)));
  EXPECT_LE(bounds->high, 10'000 * 2.0 / 41 + 1e-9);
}

}  // namespace
}  // namespace meridian::analysis
