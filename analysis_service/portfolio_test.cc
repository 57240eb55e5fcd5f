#include "analysis_service/portfolio.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_arena_page.h"
#include "analysis_service/testing_log.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;

// Over the page of 2026-03-31.
class PortfolioTest : public ::testing::Test {
 protected:
  PortfolioTest() : catalog_(ArenaPageCatalog()) {}

  v1::PortfolioResult Judge(
      const std::string& rule, const std::string& body,
      const std::vector<std::pair<std::string, double>>& usage = {}) {
    v1::PolicyQuestion question;
    EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
        absl::StrCat("policy { id: 'p' version: '1' rules { id: 'r' require: "
                     "\"",
                     body,
                     "\" } objectives { task: 'general' board: 'arena' } "
                     "portfolio { id: 'q' ",
                     rule, " } }"),
        &question));
    if (!usage.empty()) {
      v1::OwnEvidence* evidence = question.add_evidence();
      evidence->set_author("Bank");
      evidence->set_date("2026-03-15");
      for (const auto& [model, count] : usage) {
        *evidence->add_records() = ParseRecord(
            absl::StrCat("usage { subject: '", model,
                         "' measure: 'tokens' count: ", count, " }"));
      }
    }
    Question asked;
    asked.catalog = catalog_;
    asked.as_of = D("2026-04-01");
    v1::AnswerHeader header;
    Answer answer(asked, &header);
    auto run = PolicyRun::Create(question, answer);
    EXPECT_TRUE(run.ok()) << run.status();
    if (!run.ok()) return {};
    const auto results = JudgePortfolio(**run, answer);
    EXPECT_EQ(results.size(), 1u);
    return results[0];
  }

  std::shared_ptr<const Catalog> catalog_;
};

constexpr char kAny[] = "model.country != 'XX'";
constexpr char kOpen[] = "model.weights in OPEN_DOWNLOAD";

TEST_F(PortfolioTest, ConcentrationOfTheDeployersUsage) {
  const std::vector<std::pair<std::string, double>> usage = {
      {"claude-opus-4-6", 60}, {"gpt-5.4", 30}, {"mistral-large-3", 10}};
  const auto low =
      Judge("max_hhi: 2500 dimension: DIMENSION_VENDOR", kAny, usage);
  EXPECT_EQ(low.satisfied(), v1::TRUTH_FALSE);
  EXPECT_NEAR(low.measured().low(), 4600, 1e-6);
  EXPECT_NEAR(low.measured().high(), 4600, 1e-6);
  EXPECT_EQ(low.binding(), "Anthropic");
  EXPECT_EQ(Judge("max_hhi: 5000 dimension: DIMENSION_VENDOR", kAny, usage)
                .satisfied(),
            v1::TRUTH_TRUE);
  const auto country =
      Judge("max_share: 0.5 dimension: DIMENSION_COUNTRY", kAny, usage);
  EXPECT_EQ(country.satisfied(), v1::TRUTH_FALSE);
  EXPECT_DOUBLE_EQ(country.measured().low(), 0.9);
  EXPECT_EQ(country.binding(), "US");
  EXPECT_THAT(country.explanation(), HasSubstr("0.9"));
}

TEST_F(PortfolioTest, WithoutUsageItIsUnknownAndSaysWhatIsMissing) {
  const auto result = Judge("max_hhi: 2500 dimension: DIMENSION_VENDOR", kAny);
  EXPECT_EQ(result.satisfied(), v1::TRUTH_UNKNOWN);
  EXPECT_FALSE(result.has_measured());
  EXPECT_THAT(result.explanation(), HasSubstr("own evidence"));
}

TEST_F(PortfolioTest, UsageOfWhatNobodyKnowsIsABound) {
  const auto result = Judge("max_share: 0.6 dimension: DIMENSION_VENDOR", kAny,
                            {{"claude-opus-4-6", 50}, {"in-house-model", 50}});
  EXPECT_EQ(result.satisfied(), v1::TRUTH_UNKNOWN);
  EXPECT_DOUBLE_EQ(result.measured().low(), 0.5);
  EXPECT_DOUBLE_EQ(result.measured().high(), 1);
}

TEST_F(PortfolioTest, DistinctVendorsWithinReach) {
  const auto result = Judge(
      "min_distinct: 3 dimension: DIMENSION_VENDOR within_points: 10", kOpen);
  // glm-5 1456, kimi 1454, qwen 1450.
  EXPECT_EQ(result.satisfied(), v1::TRUTH_TRUE);
  EXPECT_EQ(result.measured().low(), 3);
  EXPECT_EQ(result.measured().high(), 3);
  EXPECT_EQ(result.task(), "general");
  const auto countries = Judge(
      "min_distinct: 2 dimension: DIMENSION_COUNTRY within_points: 10", kOpen);
  EXPECT_EQ(countries.satisfied(), v1::TRUTH_FALSE);
  EXPECT_EQ(countries.binding(), "CN");
}

TEST_F(PortfolioTest, BelowTheEndOfThePageThereMayBeMore) {
  const auto result = Judge(
      "min_distinct: 9 dimension: DIMENSION_COUNTRY within_points: 200", kOpen);
  EXPECT_EQ(result.satisfied(), v1::TRUTH_UNKNOWN);
  EXPECT_EQ(result.measured().low(), 2);
  EXPECT_FALSE(result.measured().has_high());
}

TEST_F(PortfolioTest, LossOfAnyOneValue) {
  const auto vendor =
      Judge("max_n_minus_1_loss: 10 dimension: DIMENSION_VENDOR", kAny);
  // claude-opus-4-6-thinking 1504, best of another vendor 1493.
  EXPECT_EQ(vendor.satisfied(), v1::TRUTH_FALSE);
  EXPECT_EQ(vendor.measured().low(), 11);
  EXPECT_EQ(vendor.measured().high(), 11);
  EXPECT_EQ(vendor.binding(), "Anthropic");
  EXPECT_EQ(Judge("max_n_minus_1_loss: 11 dimension: DIMENSION_VENDOR", kAny)
                .satisfied(),
            v1::TRUTH_TRUE);
  EXPECT_EQ(Judge("max_n_minus_1_loss: 50 dimension: DIMENSION_COUNTRY", kOpen)
                .measured()
                .low(),
            40);
}

TEST_F(PortfolioTest, UndeterminedModelsLeaveTheLossOpen) {
  // Nothing is known of training compute, so only what is French is certain.
  const auto result =
      Judge("max_n_minus_1_loss: 10 dimension: DIMENSION_VENDOR",
            "model.country == 'FR' || model.training_compute < 1.0");
  EXPECT_EQ(result.satisfied(), v1::TRUTH_UNKNOWN);
  EXPECT_EQ(result.measured().low(), 0);
  EXPECT_FALSE(result.measured().has_high());
}

TEST_F(PortfolioTest, ModelsThatCanBeHosted) {
  EXPECT_EQ(Judge("min_self_hostable: 3 within_points: 10", kOpen).satisfied(),
            v1::TRUTH_TRUE);
  EXPECT_EQ(Judge("min_self_hostable: 1 within_points: 40", kAny).satisfied(),
            v1::TRUTH_FALSE);
}

}  // namespace
}  // namespace meridian::analysis
