#include "analysis_service/policy_measures.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_arena_page.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

v1::Policy ParsePolicy(const std::string& text) {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &policy))
      << text;
  policy.set_id("p");
  policy.set_version("1");
  return policy;
}

// One rule a line: id and what it requires.
v1::Policy Requires(
    const std::vector<std::pair<std::string, std::string>>& rules) {
  v1::Policy policy = ParsePolicy("");
  for (const auto& [id, body] : rules) {
    v1::PolicyRule* rule = policy.add_rules();
    rule->set_id(id);
    rule->set_require(body);
  }
  return policy;
}

Question Ask(std::shared_ptr<const Catalog> catalog,
             absl::string_view as_of = "2026-04-01") {
  Question question;
  question.catalog = std::move(catalog);
  question.as_of = D(as_of);
  return question;
}

v1::MeasureCostRequest CostRequest(const v1::Policy& policy,
                                   absl::string_view board = "b") {
  v1::MeasureCostRequest request;
  *request.mutable_question()->mutable_policy() = policy;
  request.mutable_rank_by()->set_board(std::string(board));
  return request;
}

// --- The text page of 2026-03-31 ---------------------------------------------

TEST(ArenaPageTest, OpenWeightsAndNotChineseCost88Points) {
  const auto answer = MeasureCost(
      Ask(ArenaPageCatalog()),
      CostRequest(Requires({{"open-weights", "model.weights in OPEN_DOWNLOAD"},
                            {"not-chinese", "model.country != 'CN'"}}),
                  "arena"));
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->points_size(), 1);
  const v1::CostPoint& point = answer->points(0);
  EXPECT_EQ(point.frontier().model(), "claude-opus-4-6-thinking");
  EXPECT_EQ(point.frontier().value(), 1504);
  EXPECT_EQ(point.best_certain().model(), "mistral-large-3");
  EXPECT_EQ(point.best_certain().value(), 1416);
  EXPECT_EQ(point.best_certain().upper() - point.best_certain().value(), 4);
  EXPECT_EQ(point.points(), 88);
  EXPECT_EQ(point.under_ignorance().low(), 88);
  EXPECT_EQ(point.under_ignorance().high(), 88);
  EXPECT_NEAR(point.win_rate(), 1 / (1 + std::pow(10, 88 / 400.0)), 1e-12);
  // Half-widths of 6 and 4: sqrt(52).
  EXPECT_NEAR(point.interval().low(), 88 - std::sqrt(52), 1e-9);
  EXPECT_NEAR(point.interval().high(), 88 + std::sqrt(52), 1e-9);
  ASSERT_EQ(point.rules_size(), 2);
  EXPECT_EQ(point.rules(0).rule(), "open-weights");
  EXPECT_EQ(point.rules(0).alone(), 48);
  EXPECT_EQ(point.rules(0).left_out(), 88);
  EXPECT_EQ(point.rules(0).shapley(), 68);
  EXPECT_EQ(point.rules(1).rule(), "not-chinese");
  EXPECT_EQ(point.rules(1).alone(), 0);
  EXPECT_EQ(point.rules(1).left_out(), 40);
  EXPECT_EQ(point.rules(1).shapley(), 20);
  EXPECT_FALSE(point.sampled());
  EXPECT_EQ(point.counts().admissible(), 1u);
  EXPECT_EQ(point.counts().excluded(), 70u);
}

TEST(ArenaPageTest, TheBestOpenModelAndWhatTiesWithIt) {
  v1::FindBestRequest request;
  v1::Policy policy =
      Requires({{"open-weights", "model.weights in OPEN_DOWNLOAD"}});
  v1::Objective* objective = policy.add_objectives();
  objective->set_task("general");
  objective->set_board("arena");
  *request.mutable_question()->mutable_policy() = policy;
  request.set_runners_up(2);
  const auto answer = FindBest(Ask(ArenaPageCatalog()), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->tasks_size(), 1);
  const v1::TaskBest& task = answer->tasks(0);
  EXPECT_EQ(task.objective().task(), "general");
  EXPECT_EQ(task.best_certain().model(), "glm-5");
  EXPECT_EQ(task.best_possible().score().model(), "glm-5");
  EXPECT_EQ(task.gap_points(), 48);
  EXPECT_NEAR(task.gap_interval().high() - 48, std::sqrt(72), 1e-9);
  // 1456 +- 6 against 1454 +- 5 and 1450 +- 6; 1443 +- 6 is apart.
  ASSERT_EQ(task.ties_size(), 2);
  EXPECT_EQ(task.ties(0).model(), "kimi-k2.5-thinking");
  EXPECT_EQ(task.ties(1).model(), "qwen3.5-397b-a17b");
  ASSERT_EQ(task.runners_up_size(), 2);
  EXPECT_EQ(task.runners_up(0).score().model(), "kimi-k2.5-thinking");
  EXPECT_EQ(task.runners_up(0).verdict(), v1::VERDICT_ADMISSIBLE);
  EXPECT_FALSE(task.has_bound());
}

TEST(ArenaPageTest, WhatIsNotOnThePageIsBelowItsLastRow) {
  v1::FindBestRequest request;
  *request.mutable_question()->mutable_policy() =
      Requires({{"german", "model.country == 'DE'"}});
  request.add_objectives()->set_board("arena");
  const auto answer = FindBest(Ask(ArenaPageCatalog()), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->tasks(0).has_best_certain());
  EXPECT_FALSE(answer->tasks(0).has_best_possible());
  EXPECT_EQ(answer->tasks(0).bound(), 1412);
  const auto cost = MeasureCost(
      Ask(ArenaPageCatalog()),
      CostRequest(Requires({{"german", "model.country == 'DE'"}}), "arena"));
  ASSERT_TRUE(cost.ok()) << cost.status();
  EXPECT_FALSE(cost->points(0).has_points());
  EXPECT_FALSE(cost->points(0).under_ignorance().has_high());
  EXPECT_EQ(cost->points(0).under_ignorance().low(), 1504 - 1412);
  EXPECT_EQ(cost->points(0).rules(0).shapley(), 1504 - 1412);
}

TEST(ArenaPageTest, WithoutTheUnitedStatesOrOneVendor) {
  v1::SimulateCutoffRequest request;
  *request.mutable_question()->mutable_policy() =
      Requires({{"any", "model.country != 'XX'"}});
  request.mutable_rank_by()->set_board("arena");
  request.set_dimension(v1::DIMENSION_COUNTRY);
  const auto answer = SimulateCutoff(Ask(ArenaPageCatalog()), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::TaskCutoff& task = answer->tasks(0);
  ASSERT_EQ(task.losses_size(), 3);
  EXPECT_THAT(task.losses(0).cut(), ElementsAre("US"));
  EXPECT_EQ(task.losses(0).after().model(), "qwen3.5-max-preview");
  EXPECT_EQ(task.losses(0).loss_points(), 1504 - 1465);
  EXPECT_TRUE(task.losses(0).no_substitute());
  EXPECT_THAT(task.worst_pair().cut(), ElementsAre("CN", "US"));
  EXPECT_EQ(task.worst_pair().after().model(), "mistral-large-3");
  EXPECT_EQ(task.worst_pair().loss_points(), 88);
  // Chinese interfaces end, and nothing is lost at the top.
  request.set_value("CN");
  request.set_mechanism(v1::MECHANISM_API_LOST);
  const auto api = SimulateCutoff(Ask(ArenaPageCatalog()), request);
  ASSERT_TRUE(api.ok()) << api.status();
  ASSERT_EQ(api->tasks(0).losses_size(), 1);
  EXPECT_EQ(api->tasks(0).losses(0).loss_points(), 0);
  EXPECT_EQ(api->tasks(0).losses(0).lost(), 8u);
  EXPECT_FALSE(api->tasks(0).has_worst_pair());
}

// --- A small board -----------------------------------------------------------

std::string Score(absl::string_view model, double value) {
  return absl::StrCat("score { board: 'b' category: 'full' model: '", model,
                      "' value: ", value, " }");
}

std::string Org(absl::string_view name, absl::string_view country) {
  return absl::StrCat("organization { name: '", name,
                      "' headquarters { country: '", country,
                      "' } parents_complete: true }");
}

std::string Model(absl::string_view name, absl::string_view rest) {
  return absl::StrCat("model { name: '", name, "' ", rest, " }");
}

class MeasuresTest : public ::testing::Test {
 protected:
  MeasuresTest() {
    log_.Add("reference", "reference/core", "2026-01-01",
             {"board { board: 'b' scale: SCALE_ELO_400 direction: "
              "DIRECTION_HIGHER_IS_BETTER default_category: 'full' }",
              Org("Ameri", "US"), Org("Sino", "CN"), Org("Euro", "FR"),
              Model("eagle",
                    "developers: 'Ameri' weights: WEIGHTS_API_ONLY "
                    "release_date: '2025-06-01' training_compute { "
                    "low: 5e25 high: 6e25 }"),
              Model("panda",
                    "developers: 'Sino' weights: WEIGHTS_OPEN "
                    "release_date: '2025-09-01' training_compute { "
                    "low: 2e25 high: 3e25 }"),
              Model("rooster",
                    "developers: 'Euro' weights: WEIGHTS_OPEN "
                    "release_date: '2026-01-01' training_compute "
                    "{ low: 4e24 high: 4e24 } base_models { model: "
                    "'panda' relation: BASE_RELATION_FINE_TUNE }"),
              Model("bison",
                    "developers: 'Ameri' weights: WEIGHTS_API_ONLY "
                    "release_date: '2025-03-01' training_compute { "
                    "low: 1e24 high: 1e24 }"),
              Model("ghost", "developers: 'Nobody'")});
    log_.Commit();
  }

  void Add(absl::string_view vintage, const std::vector<std::string>& records) {
    log_.Add("s", "b", vintage, records);
    catalog_ = log_.Commit();
  }

  void AddBoard() {
    Add("2026-02-01", {Score("eagle", 100), Score("panda", 90),
                       Score("bison", 85), Score("rooster", 80)});
  }

  TestLog log_;
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(MeasuresTest, MonthsBehindCountFromTheFirstModelAsGood) {
  AddBoard();
  const auto answer =
      MeasureCost(Ask(catalog_),
                  CostRequest(Requires({{"french", "model.country == 'FR'"}})));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::CostPoint& point = answer->points(0);
  EXPECT_EQ(point.points(), 20);
  EXPECT_EQ(point.reached_by(), "bison");
  EXPECT_NEAR(point.months_behind(),
              (D("2026-02-01") - D("2025-03-01")) / 30.4375, 1e-12);
  const auto frontier = MeasureCost(
      Ask(catalog_), CostRequest(Requires({{"us", "model.country == 'US'"}})));
  EXPECT_EQ(frontier->points(0).months_behind(), 0);
  EXPECT_EQ(frontier->points(0).points(), 0);
}

TEST_F(MeasuresTest, UnknownRulesDoNotAdmitAndStayOpen) {
  Add("2026-02-01",
      {Score("eagle", 100), Score("ghost", 95), Score("panda", 90)});
  const auto answer = MeasureCost(
      Ask(catalog_), CostRequest(Requires({{"cn", "model.country == 'CN'"}})));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::CostPoint& point = answer->points(0);
  EXPECT_EQ(point.best_certain().model(), "panda");
  EXPECT_EQ(point.best_possible().score().model(), "ghost");
  EXPECT_THAT(point.best_possible().rules(), ElementsAre("cn"));
  EXPECT_EQ(point.under_ignorance().low(), 5);
  EXPECT_EQ(point.under_ignorance().high(), 10);
  EXPECT_EQ(point.counts().undetermined(), 1u);
  EXPECT_EQ(point.rules(0).excludes_alone(), 1u);
  // Admitted by default: the policy's verdict decides.
  v1::Policy lenient = Requires({{"cn", "model.country == 'CN'"}});
  lenient.mutable_rules(0)->set_on_unknown(v1::ON_UNKNOWN_ADMIT);
  EXPECT_EQ(
      MeasureCost(Ask(catalog_), CostRequest(lenient))->points(0).points(), 5);
}

TEST_F(MeasuresTest, ThresholdsWhereTheBestChanges) {
  AddBoard();
  const auto answer = MeasureCost(
      Ask(catalog_),
      CostRequest(Requires({{"small", "model.training_compute <= 1e25"}})));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::CostPoint& point = answer->points(0);
  EXPECT_EQ(point.best_certain().model(), "bison");
  ASSERT_EQ(point.breakpoints_size(), 2);
  // From 3e25 on panda certainly passes, from 6e25 on eagle does.
  EXPECT_EQ(point.breakpoints(0).rule(), "small");
  EXPECT_EQ(point.breakpoints(0).comparison(),
            "model.training_compute <= 1e25");
  EXPECT_EQ(point.breakpoints(0).threshold(), 3e25);
  EXPECT_EQ(point.breakpoints(0).model(), "panda");
  EXPECT_EQ(point.breakpoints(0).gains_points(), 5);
  EXPECT_EQ(point.breakpoints(1).threshold(), 6e25);
  EXPECT_EQ(point.breakpoints(1).model(), "eagle");
  EXPECT_EQ(point.breakpoints(1).gains_points(), 15);
}

TEST_F(MeasuresTest, ThresholdsOnBothSidesAndTurnedRound) {
  AddBoard();
  v1::Policy policy = ParsePolicy(
      "rules { id: 'small' forbid: '2e24 < model.training_compute' }");
  const auto answer = MeasureCost(Ask(catalog_), CostRequest(policy));
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::CostPoint& point = answer->points(0);
  EXPECT_EQ(point.best_certain().model(), "bison");
  ASSERT_EQ(point.breakpoints_size(), 2);
  EXPECT_EQ(point.breakpoints(0).threshold(), 3e25);
  EXPECT_EQ(point.breakpoints(1).threshold(), 6e25);
  // Nothing passes instead of eagle above 5e25, and nothing better below.
  policy = ParsePolicy(
      "rules { id: 'big' require: 'model.training_compute >= 3e25' }");
  const auto big = MeasureCost(Ask(catalog_), CostRequest(policy));
  EXPECT_EQ(big->points(0).best_certain().model(), "eagle");
  EXPECT_EQ(big->points(0).breakpoints_size(), 0);
}

TEST_F(MeasuresTest, EachMonthFromTheLastSnapshotInside) {
  Add("2026-01-10", {Score("eagle", 100), Score("panda", 70)});
  Add("2026-01-20", {Score("eagle", 100), Score("panda", 75)});
  Add("2026-03-05", {Score("eagle", 100), Score("panda", 99)});
  v1::MeasureCostRequest request =
      CostRequest(Requires({{"cn", "model.country == 'CN'"}}));
  request.set_from("2026-01");
  request.set_to("2026-03");
  const auto answer = MeasureCost(Ask(catalog_), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->points_size(), 3);
  EXPECT_EQ(answer->points(0).bucket(), "2026-01");
  EXPECT_EQ(answer->points(0).points(), 25);
  EXPECT_FALSE(answer->points(1).has_snapshot());
  EXPECT_EQ(answer->points(2).points(), 1);
  EXPECT_NEAR(answer->points(2).months_behind(),
              (D("2026-03-05") - D("2025-06-01")) / 30.4375, 1e-12);
  EXPECT_EQ(MeasureCost(Ask(catalog_), request)->SerializeAsString(),
            answer->SerializeAsString());
  request.set_to("2025-01");
  EXPECT_EQ(ErrorReason(MeasureCost(Ask(catalog_), request).status()),
            "BAD_REQUEST");
}

TEST_F(MeasuresTest, NoBoardAndNoObjectiveIsAnError) {
  AddBoard();
  v1::MeasureCostRequest request =
      CostRequest(Requires({{"cn", "model.country == 'CN'"}}));
  request.clear_rank_by();
  EXPECT_EQ(ErrorReason(MeasureCost(Ask(catalog_), request).status()),
            "BAD_REQUEST");
}

TEST_F(MeasuresTest, SharesDirectlyAndAtTheRoots) {
  AddBoard();
  v1::MeasureConcentrationRequest request;
  request.set_dimension(v1::DIMENSION_COUNTRY);
  request.mutable_rank_by()->set_board("b");
  const auto answer = MeasureConcentration(Ask(catalog_), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->direct().models(), 4u);
  EXPECT_DOUBLE_EQ(answer->direct().hhi(), 2500 + 625 + 625);
  EXPECT_EQ(answer->direct().shares(0).name(), "US");
  EXPECT_DOUBLE_EQ(answer->direct().shares(0).share(), 0.5);
  EXPECT_EQ(answer->direct().shares(1).name(), "CN");
  // rooster was made from panda.
  EXPECT_DOUBLE_EQ(answer->root().hhi(), 5000);
  EXPECT_DOUBLE_EQ(answer->hidden_hhi(), 1250);
  EXPECT_DOUBLE_EQ(answer->moved_share(), 0.25);
  EXPECT_DOUBLE_EQ(answer->root().effective_number().low(), 2);
  request.clear_dimension();
  EXPECT_EQ(ErrorReason(MeasureConcentration(Ask(catalog_), request).status()),
            "BAD_REQUEST");
}

TEST_F(MeasuresTest, UsageWeighsAndUnknownVendorsAreBounds) {
  AddBoard();
  log_.Add("hub", "hub/downloads", "2026-02-01",
           {"usage { subject: 'eagle' measure: 'downloads' count: 60 }",
            "usage { subject: 'panda' measure: 'downloads' count: 20 }",
            "usage { subject: 'never-heard-of' measure: 'downloads' count: "
            "20 }"});
  catalog_ = log_.Commit();
  v1::MeasureConcentrationRequest request;
  request.set_dimension(v1::DIMENSION_VENDOR);
  request.set_measure("downloads");
  const auto answer = MeasureConcentration(Ask(catalog_), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_FALSE(answer->direct().has_hhi());
  EXPECT_DOUBLE_EQ(answer->direct().unknown_share(), 0.2);
  EXPECT_DOUBLE_EQ(answer->direct().bounds().low(), 3600 + 400);
  EXPECT_DOUBLE_EQ(answer->direct().bounds().high(), 6400 + 400);
  EXPECT_DOUBLE_EQ(answer->direct().top_shares(0), 0.6);
  *request.mutable_question()->mutable_policy() =
      Requires({{"open", "model.weights in OPEN_DOWNLOAD"}});
  const auto open = MeasureConcentration(Ask(catalog_), request);
  ASSERT_TRUE(open.ok()) << open.status();
  EXPECT_EQ(open->direct().models(), 1u);
  EXPECT_DOUBLE_EQ(open->direct().hhi(), 10'000);
  request.set_measure("download");
  const auto unknown = MeasureConcentration(Ask(catalog_), request);
  EXPECT_EQ(ErrorReason(unknown.status()), "UNKNOWN_MEASURE");
  EXPECT_THAT(std::string(unknown.status().message()),
              HasSubstr("'downloads'"));
}

class CutoffAnswerTest : public MeasuresTest {
 protected:
  v1::SimulateCutoffRequest Request(v1::Dimension dimension,
                                    v1::Mechanism mechanism,
                                    absl::string_view value = "") {
    v1::SimulateCutoffRequest request;
    *request.mutable_question()->mutable_policy() =
        Requires({{"any", "model.name != ''"}});
    request.mutable_rank_by()->set_board("b");
    request.set_dimension(dimension);
    request.set_mechanism(mechanism);
    request.set_value(std::string(value));
    return request;
  }

  v1::CutoffLoss One(const v1::SimulateCutoffRequest& request) {
    const auto answer = SimulateCutoff(Ask(catalog_), request);
    EXPECT_TRUE(answer.ok()) << answer.status();
    if (!answer.ok() || answer->tasks(0).losses().empty()) return {};
    return answer->tasks(0).losses(0);
  }
};

TEST_F(CutoffAnswerTest, NewReleasesStop) {
  AddBoard();
  v1::SimulateCutoffRequest request =
      Request(v1::DIMENSION_VENDOR, v1::MECHANISM_NEW_RELEASES_STOP, "Ameri");
  EXPECT_EQ(One(request).loss_points(), 0);
  request.set_stops_at("2025-05-01");
  const v1::CutoffLoss loss = One(request);
  EXPECT_EQ(loss.lost(), 1u);
  EXPECT_EQ(loss.after().model(), "panda");
  EXPECT_EQ(loss.loss_points(), 10);
  request.set_mechanism(v1::MECHANISM_ALL);
  EXPECT_EQ(ErrorReason(SimulateCutoff(Ask(catalog_), request).status()),
            "BAD_REQUEST");
}

TEST_F(CutoffAnswerTest, UnknownLicencesLeaveTheLossOpen) {
  AddBoard();
  const v1::CutoffLoss loss = One(
      Request(v1::DIMENSION_VENDOR, v1::MECHANISM_LICENCE_REVOKED, "Ameri"));
  EXPECT_EQ(loss.lost(), 0u);
  EXPECT_EQ(loss.unknown(), 2u);
  EXPECT_EQ(loss.loss_points(), 10);
  EXPECT_EQ(loss.loss_range().low(), 0);
  EXPECT_EQ(loss.loss_range().high(), 10);
}

TEST_F(CutoffAnswerTest, ValuesThatNothingHas) {
  AddBoard();
  EXPECT_EQ(One(Request(v1::DIMENSION_COUNTRY, v1::MECHANISM_ALL, "DE")).lost(),
            0u);
  const auto wrong = SimulateCutoff(
      Ask(catalog_), Request(v1::DIMENSION_VENDOR, v1::MECHANISM_ALL, "Amery"));
  EXPECT_EQ(ErrorReason(wrong.status()), "UNKNOWN_VALUE");
  EXPECT_THAT(std::string(wrong.status().message()), HasSubstr("'Ameri'"));
}

// --- Any policy --------------------------------------------------------------

// Rules that are satisfied, violated and unknown here and there.
TEST_F(MeasuresTest, CostsOfRandomPoliciesAddUp) {
  Add("2026-02-01",
      {Score("eagle", 100), Score("ghost", 97.3), Score("panda", 90.1),
       Score("bison", 85), Score("rooster", 80.7)});
  const std::vector<std::string> bodies = {
      "model.country != 'CN'",
      "model.country == 'FR' || model.weights == API_ONLY",
      "model.weights in OPEN_DOWNLOAD",
      "model.training_compute <= 1e25",
      "model.release_date > timestamp('2025-05-01T00:00:00Z')",
      "known(model.country)",
      "model.parameters < 1000.0 || model.country == 'US'",
  };
  std::mt19937 random(1);
  for (int round = 0; round < 60; ++round) {
    v1::Policy policy = ParsePolicy("");
    double before = 0;
    for (size_t i = 0; i < bodies.size(); ++i) {
      if (random() % 2 == 0) continue;
      v1::PolicyRule* rule = policy.add_rules();
      rule->set_id(absl::StrCat("r", i));
      if (random() % 4 == 0) {
        rule->set_forbid(absl::StrCat("!(", bodies[i], ")"));
      } else {
        rule->set_require(bodies[i]);
      }
      rule->set_on_unknown(static_cast<v1::OnUnknown>(1 + random() % 3));
      const auto answer = MeasureCost(Ask(catalog_), CostRequest(policy));
      ASSERT_TRUE(answer.ok()) << answer.status();
      const v1::CostPoint& point = answer->points(0);
      double sum = 0;
      for (const v1::RuleCost& cost : point.rules()) {
        EXPECT_GE(cost.shapley(), -1e-12);
        EXPECT_GE(cost.alone(), 0);
        sum += cost.shapley();
      }
      // Without anything admissible the last row stands for it.
      const double cost = point.has_points() ? point.points() : 100 - 80.7;
      EXPECT_NEAR(sum, cost, 1e-9);
      EXPECT_GE(cost, before);
      EXPECT_LE(point.under_ignorance().low(), cost);
      before = cost;
      EXPECT_EQ(point.counts().admissible() + point.counts().excluded() +
                    point.counts().undetermined(),
                5u);
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
