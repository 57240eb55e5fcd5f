#include "analysis_service/comparison.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "absl/strings/str_cat.h"
#include "analysis_service/evaluate_expression.h"
#include "analysis_service/indicators.h"
#include "analysis_service/listings.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string Score(absl::string_view model, double value, double half = 0,
                  absl::string_view method = "raw") {
  std::string interval =
      half > 0 ? absl::StrCat("lower: ", value - half, " upper: ", value + half)
               : "";
  return absl::StrCat(
      "locator { line: 2 } score { board: 'b' category: 'full' "
      "method: '",
      method, "' model: '", model, "' value: ", value, " ", interval, " }");
}

std::string Org(absl::string_view name, absl::string_view country) {
  return absl::StrCat("organization { name: '", name,
                      "' headquarters { country: '", country,
                      "' } parents_complete: true }");
}

std::string Model(absl::string_view name, absl::string_view developer) {
  return absl::StrCat("model { name: '", name, "' developers: '", developer,
                      "' }");
}

// Two countries, one model each, and one model of a developer nobody knows.
class ComparisonTest : public ::testing::Test {
 protected:
  ComparisonTest() {
    log_.Add("reference", "reference/core", "2026-01-01",
             {"board { board: 'b' scale: SCALE_ELO_400 direction: "
              "DIRECTION_HIGHER_IS_BETTER default_category: 'full' "
              "breaks { date: '2025-03-01' what: 'another scale' } }",
              "group { name: 'US' expression: 'model.country == \"US\"' }",
              "group { name: 'CN' expression: 'model.country == \"CN\"' }",
              Org("Ameri", "US"), Org("Sino", "CN"), Model("eagle", "Ameri"),
              Model("panda", "Sino"), Model("ghost", "Nobody")});
    log_.Commit();
  }

  Question Ask(absl::string_view as_of = "2026-06-01") {
    Question question;
    question.catalog = catalog_;
    question.as_of = D(as_of);
    return question;
  }

  static v1::CompareGroupsRequest Request() {
    v1::CompareGroupsRequest request;
    request.set_board("b");
    request.add_groups()->set_name("US");
    request.add_groups()->set_name("CN");
    return request;
  }

  void Add(absl::string_view source, absl::string_view stream,
           absl::string_view vintage, const std::vector<std::string>& records) {
    log_.Add(source, stream, vintage, records);
    catalog_ = log_.Commit();
  }

  TestLog log_;
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(ComparisonTest, LeadersGapAndEvidence) {
  Add("s", "b/raw", "2025-02-14",
      {Score("eagle", 1384.63, 6), Score("panda", 1361.45, 6)});
  const auto answer = CompareGroups(Ask(), Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->points_size(), 1);
  const v1::ComparisonPoint& point = answer->points(0);
  EXPECT_EQ(point.standings(0).leader().model(), "eagle");
  EXPECT_EQ(point.standings(1).leader().model(), "panda");
  EXPECT_NEAR(point.gaps(0).points(), 23.18, 1e-9);
  EXPECT_NEAR(point.gaps(0).as_published_percent(), 1.70, 0.005);
  EXPECT_NEAR(point.gaps(0).win_rate(), 0.533, 0.0005);
  EXPECT_EQ(point.gaps(0).decision(), v1::DECISION_DECIDED);
  EXPECT_EQ(point.snapshot().vintage().date(), "2025-02-14");
  const v1::Evidence& evidence =
      answer->header().evidence(point.standings(0).leader().evidence());
  EXPECT_EQ(evidence.source(), "s");
  EXPECT_EQ(evidence.locator().line(), 2u);
  ASSERT_EQ(point.standings(0).leader_facts_size(), 1);
  EXPECT_EQ(point.standings(0).leader_facts(0).field(), "model.country");
  EXPECT_EQ(point.standings(0).leader_facts(0).value().text(), "US");
  EXPECT_GT(point.standings(0).leader_facts(0).evidence_size(), 0);
}

TEST_F(ComparisonTest, SameQuestionSameBytes) {
  Add("s", "b/raw", "2025-02-14", {Score("eagle", 5), Score("panda", 4)});
  EXPECT_EQ(CompareGroups(Ask(), Request())->SerializeAsString(),
            CompareGroups(Ask(), Request())->SerializeAsString());
}

TEST_F(ComparisonTest, UnknownCountryIsAPossibleLeaderNotAGuess) {
  Add("s", "b/raw", "2025-02-14",
      {Score("ghost", 9), Score("eagle", 5), Score("panda", 4)});
  const auto answer = CompareGroups(Ask(), Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::ComparisonPoint& point = answer->points(0);
  EXPECT_EQ(point.gaps(0).decision(), v1::DECISION_NOT_DECIDED);
  ASSERT_EQ(point.standings(1).possible_leaders_size(), 1);
  EXPECT_EQ(point.standings(1).possible_leaders(0).model().model(), "ghost");
  EXPECT_EQ(point.standings(1).possible_leaders(0).reason(),
            v1::UNKNOWN_REASON_MISSING);
  EXPECT_THAT(point.standings(1).possible_leaders(0).unknown_fields(),
              ElementsAre("model.country"));
  ASSERT_EQ(point.gaps(0).possible_size(), 2);
  EXPECT_EQ(point.gaps(0).possible(0).group(), "US");
  EXPECT_DOUBLE_EQ(point.gaps(0).possible(0).points(), 5);
  EXPECT_EQ(point.gaps(0).possible(1).group(), "CN");
  EXPECT_DOUBLE_EQ(point.gaps(0).possible(1).points(), -4);
}

TEST_F(ComparisonTest, TwoMethodsAreNeverMixed) {
  Add("s", "b/raw", "2025-02-14", {Score("eagle", 5), Score("panda", 4)});
  Add("s", "b/style", "2025-02-14",
      {Score("eagle", 4, 0, "style"), Score("panda", 5, 0, "style")});
  const auto ambiguous = CompareGroups(Ask(), Request());
  EXPECT_EQ(ErrorReason(ambiguous.status()), "AMBIGUOUS_METHOD");
  EXPECT_THAT(std::string(ambiguous.status().message()), HasSubstr("style"));
  v1::CompareGroupsRequest request = Request();
  request.set_method("style");
  EXPECT_DOUBLE_EQ(CompareGroups(Ask(), request)->points(0).gaps(0).points(),
                   -1);
  request.set_method("stile");
  const auto unknown = CompareGroups(Ask(), request);
  EXPECT_EQ(ErrorReason(unknown.status()), "UNKNOWN_METHOD");
  EXPECT_THAT(std::string(unknown.status().message()), HasSubstr("'style'"));
}

TEST_F(ComparisonTest, FiguresComeFromExactlyOneSnapshot) {
  // The newer snapshot lacks the older one's leader: no merging.
  Add("s", "b/raw", "2025-02-01", {Score("eagle", 9), Score("panda", 4)});
  Add("t", "b/raw", "2025-02-14", {Score("panda", 5)});
  const auto answer = CompareGroups(Ask(), Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->points(0).snapshot().source(), "t");
  EXPECT_FALSE(answer->points(0).standings(0).has_leader());
  EXPECT_EQ(answer->points(0).gaps(0).decision(), v1::DECISION_NO_MEMBER);
  // Before the newer one was published the older one speaks.
  EXPECT_EQ(
      CompareGroups(Ask("2025-02-13"), Request())->points(0).gaps(0).points(),
      5);
}

TEST_F(ComparisonTest, NothingIsKnownBeforeTheFirstVintage) {
  Add("s", "b/raw", "2025-02-14", {Score("eagle", 5), Score("panda", 4)});
  EXPECT_EQ(ErrorReason(CompareGroups(Ask("2025-02-13"), Request()).status()),
            "NOTHING_PUBLISHED");
}

TEST_F(ComparisonTest, ContemporaryHistoryTakesTheLastSnapshotOfEachMonth) {
  Add("s", "b/raw", "2025-01-10", {Score("eagle", 9), Score("panda", 4)});
  Add("s", "b/raw", "2025-01-20", {Score("eagle", 7), Score("panda", 4)});
  Add("s", "b/raw", "2025-03-05", {Score("eagle", 6), Score("panda", 4)});
  v1::CompareGroupsRequest request = Request();
  request.set_from("2025-01");
  request.set_to("2025-03");
  const auto answer = CompareGroups(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->points_size(), 3);
  EXPECT_EQ(answer->points(0).gaps(0).points(), 3);
  EXPECT_EQ(answer->points(0).ranges(0).points().low(), 3);
  EXPECT_EQ(answer->points(0).ranges(0).points().high(), 5);
  EXPECT_EQ(answer->points(0).ranges(0).snapshots(), 2u);
  EXPECT_FALSE(answer->points(1).has_snapshot());
  EXPECT_EQ(answer->points(2).gaps(0).points(), 2);
  bool warned = false;
  for (const v1::Warning& warning : answer->header().warnings()) {
    warned |= warning.kind() == v1::WARNING_KIND_METHOD_BREAK;
  }
  EXPECT_TRUE(warned);
}

TEST_F(ComparisonTest, BadRequestsSayWhatToDo) {
  Add("s", "b/raw", "2025-02-14", {Score("eagle", 5), Score("panda", 4)});
  const auto reason = [&](const v1::CompareGroupsRequest& request) {
    return ErrorReason(CompareGroups(Ask(), request).status());
  };
  v1::CompareGroupsRequest request = Request();
  request.mutable_groups()->RemoveLast();
  EXPECT_EQ(reason(request), "BAD_REQUEST");
  request = Request();
  request.mutable_groups(1)->set_name("US");
  EXPECT_EQ(reason(request), "BAD_REQUEST");
  request.mutable_groups(1)->set_name("CH");
  EXPECT_EQ(reason(request), "UNKNOWN_GROUP");
  request.mutable_groups(1)->set_expression("model.country = 'CH'");
  EXPECT_EQ(reason(request), "BAD_EXPRESSION");
  request = Request();
  request.set_board("c");
  EXPECT_EQ(reason(request), "UNKNOWN_BOARD");
  request = Request();
  request.set_from("2025-05");
  request.set_to("2025-01");
  EXPECT_EQ(reason(request), "BAD_REQUEST");
  request.set_from("May");
  EXPECT_EQ(reason(request), "BAD_DATE");
}

TEST_F(ComparisonTest, LeaderboardFiltersAndListsTheUnknownApart) {
  Add("s", "b/raw", "2025-02-14",
      {Score("ghost", 9), Score("eagle", 5), Score("panda", 5)});
  v1::GetLeaderboardRequest request;
  request.set_board("b");
  auto answer = GetLeaderboard(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->rows_size(), 3);
  EXPECT_EQ(answer->rows(0).rank(), 1u);
  EXPECT_EQ(answer->rows(1).rank(), 2u);
  EXPECT_EQ(answer->rows(2).rank(), 2u);  // A tie shares the rank.
  request.set_filter("model.country == 'US'");
  answer = GetLeaderboard(Ask(), request);
  ASSERT_EQ(answer->rows_size(), 1);
  EXPECT_EQ(answer->rows(0).model(), "eagle");
  ASSERT_EQ(answer->unknown_size(), 1);
  EXPECT_EQ(answer->unknown(0).model(), "ghost");
}

TEST_F(ComparisonTest, AnAdversarialEntryNeverLeads) {
  Add("s", "b/raw", "2025-02-14", {Score("null", 99), Score("eagle", 5)});
  Add("r", "reference/null", "2026-01-01",
      {"model { name: 'null' excluded_from_ranking: true }"});
  v1::GetLeaderboardRequest request;
  request.set_board("b");
  const auto answer = GetLeaderboard(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->rows(0).model(), "eagle");
  EXPECT_EQ(answer->rows(0).rank(), 1u);
}

TEST_F(ComparisonTest, ListsPageAndKeepTheirState) {
  std::vector<std::string> models;
  for (int i = 0; i < 5; ++i)
    models.push_back(Model(absl::StrCat("m", i), "Sino"));
  Add("r", "reference/more", "2026-01-01", models);
  v1::ListModelsRequest request;
  request.set_filter("model.country == 'CN'");
  request.set_page_size(4);
  const auto first = ListModels(Ask(), request);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(first->total(), 6u);
  EXPECT_EQ(first->unknown(), 1u);
  ASSERT_EQ(first->models_size(), 4);
  EXPECT_FALSE(first->next_page_token().empty());
  request.set_page_token(first->next_page_token());
  const auto second = ListModels(Ask(), request);
  EXPECT_EQ(second->models_size(), 2);
  EXPECT_TRUE(second->next_page_token().empty());
  request.set_filter("");
  EXPECT_EQ(ErrorReason(ListModels(Ask(), request).status()), "BAD_PAGE_TOKEN");
}

TEST_F(ComparisonTest, IndicatorsThatDisagreeAreBothShown) {
  Add("report", "indicators", "2025-04-07",
      {"indicator { name: 'gap' area: 'US-CN' period: '2025-02' edition: "
       "'2025' value: 1.7 unit: '%' }"});
  Add("report", "indicators", "2026-04-13",
      {"indicator { name: 'gap' area: 'US-CN' period: '2025-02' edition: "
       "'2026' value: 0.4 unit: '%' }"});
  const auto answer = ListIndicators(Ask(), {});
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->rows_size(), 2);
  EXPECT_TRUE(answer->rows(0).disputed());
  EXPECT_EQ(answer->rows(0).indicator().value(), 1.7);
  EXPECT_EQ(answer->rows(1).indicator().value(), 0.4);
  const auto before = ListIndicators(Ask("2025-12-31"), {});
  ASSERT_EQ(before->rows_size(), 1);
  EXPECT_FALSE(before->rows(0).disputed());
}

TEST_F(ComparisonTest, UnknownModelsAreErrorsWithSuggestions) {
  catalog_ = log_.Commit();
  v1::GetModelRequest request;
  request.set_model("eagel");
  const auto answer = GetModel(Ask(), request);
  EXPECT_EQ(ErrorReason(answer.status()), "UNKNOWN_MODEL");
  EXPECT_THAT(std::string(answer.status().message()), HasSubstr("'eagle'"));
  v1::EvaluateExpressionRequest expression;
  expression.set_expression("model.country == 'US'");
  EXPECT_EQ(ErrorReason(EvaluateExpression(Ask(), expression).status()),
            "MODEL_REQUIRED");
  expression.set_model("ghost");
  const auto truth = EvaluateExpression(Ask(), expression);
  ASSERT_TRUE(truth.ok()) << truth.status();
  EXPECT_EQ(truth->truth(), v1::TRUTH_UNKNOWN);
  EXPECT_THAT(truth->reasons(), ElementsAre(v1::UNKNOWN_REASON_MISSING));
}

TEST_F(ComparisonTest, ASinglePointIsSimulatedAndSaysHow) {
  Add("s", "b/raw", "2025-02-14",
      {Score("eagle", 1390, 6), Score("panda", 1361, 6)});
  const auto answer = CompareGroups(Ask(), Request());
  const v1::SimulatedGap& simulated = answer->points(0).gaps(0).simulated();
  EXPECT_NEAR(simulated.points(), 29, 0.2);
  EXPECT_EQ(simulated.draws(), 10'000u);
  EXPECT_EQ(simulated.seed(), 1u);
  ASSERT_EQ(answer->points(0).standings(0).candidates_size(), 1);
  EXPECT_EQ(answer->points(0).standings(0).candidates(0).probability(), 1);
  v1::CompareGroupsRequest other = Request();
  other.set_simulation_seed(2);
  other.set_simulation_draws(500);
  const auto reseeded = CompareGroups(Ask(), other);
  EXPECT_EQ(reseeded->points(0).gaps(0).simulated().draws(), 500u);
  EXPECT_NE(reseeded->points(0).gaps(0).simulated().points(),
            simulated.points());
  other.set_simulation_draws(2'000'000);
  EXPECT_EQ(ErrorReason(CompareGroups(Ask(), other).status()), "BAD_REQUEST");
}

TEST_F(ComparisonTest, WithoutIntervalsNothingIsSimulated) {
  Add("s", "b/raw", "2025-02-14", {Score("eagle", 5), Score("panda", 4)});
  EXPECT_FALSE(
      CompareGroups(Ask(), Request())->points(0).gaps(0).has_simulated());
}

// A history in which panda comes second and eagle has left the board.
class RevisedTest : public ComparisonTest {
 protected:
  RevisedTest() {
    Add("reference", "reference/models", "2026-01-01",
        {"model { name: 'hawk' developers: 'Ameri' release_date: '2025-01' }",
         "model { name: 'koala' developers: 'Sino' }"});
    Add("s", "b/raw", "2025-01-10", {Score("eagle", 90), Score("hawk", 80)});
    Add("s", "b/raw", "2025-02-10",
        {Score("eagle", 91), Score("hawk", 80), Score("panda", 70)});
    Add("s", "b/raw", "2025-06-10",
        {Score("hawk", 60), Score("panda", 65), Score("koala", 99)});
  }
  v1::CompareGroupsRequest Revised(v1::EntrantRule rule) {
    v1::CompareGroupsRequest request = Request();
    request.set_history(v1::HISTORY_RULE_REVISED);
    request.set_entrants(rule);
    return request;
  }
};

TEST_F(RevisedTest, ListedModelsCountFromTheirFirstSnapshot) {
  auto request = Revised(v1::ENTRANT_RULE_LISTED);
  request.set_from("2025-01");
  request.set_to("2025-06");
  const auto answer = CompareGroups(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  ASSERT_EQ(answer->points_size(), 6);
  EXPECT_EQ(answer->points(0).snapshot().vintage().date(), "2025-06-10");
  EXPECT_EQ(answer->points(0).standings(0).leader().model(), "hawk");
  EXPECT_FALSE(answer->points(0).standings(1).has_leader());
  EXPECT_EQ(answer->points(1).standings(1).leader().model(), "panda");
  EXPECT_EQ(answer->points(5).standings(1).leader().model(), "koala");
  EXPECT_NEAR(answer->points(1).gaps(0).points(), -5, 1e-9);
}

TEST_F(RevisedTest, LeadersOfTheTimeThatAreMissingAreNamed) {
  auto request = Revised(v1::ENTRANT_RULE_LISTED);
  request.set_day("2025-02-14");
  const auto answer = CompareGroups(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  bool named = false;
  for (const v1::Warning& warning : answer->header().warnings()) {
    named |= warning.kind() == v1::WARNING_KIND_LEADER_MISSING &&
             warning.subjects(0) == "eagle";
  }
  EXPECT_TRUE(named);
}

TEST_F(RevisedTest, AnUnknownReleaseDateLeavesAModelUnknown) {
  auto request = Revised(v1::ENTRANT_RULE_RELEASED);
  request.set_day("2025-02-14");
  const auto answer = CompareGroups(Ask(), request);
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::ComparisonPoint& point = answer->points(0);
  EXPECT_EQ(point.standings(0).leader().model(), "hawk");
  EXPECT_FALSE(point.standings(1).has_leader());
  ASSERT_GE(point.standings(1).possible_leaders_size(), 1);
  EXPECT_EQ(point.standings(1).possible_leaders(0).model().model(), "koala");
  EXPECT_THAT(point.standings(1).possible_leaders(0).unknown_fields(),
              ElementsAre("model.release_date"));
  EXPECT_EQ(point.standings(1).possible_leaders(0).reason(),
            v1::UNKNOWN_REASON_MISSING);
  // January is over by then; on its second day it is not.
  request.set_day("2025-01-02");
  EXPECT_EQ(CompareGroups(Ask(), request)
                ->points(0)
                .standings(0)
                .possible_leaders(0)
                .reason(),
            v1::UNKNOWN_REASON_IMPRECISE);
}

TEST_F(RevisedTest, FieldsThatDoNotGoTogetherAreRefused) {
  auto request = Request();
  request.set_entrants(v1::ENTRANT_RULE_LISTED);
  EXPECT_EQ(ErrorReason(CompareGroups(Ask(), request).status()), "BAD_REQUEST");
  request = Request();
  request.set_day("2025-02-14");
  EXPECT_EQ(ErrorReason(CompareGroups(Ask(), request).status()), "BAD_REQUEST");
  request = Revised(v1::ENTRANT_RULE_LISTED);
  request.set_day("2027-01-01");
  EXPECT_EQ(ErrorReason(CompareGroups(Ask(), request).status()), "BAD_REQUEST");
  request.set_day("soon");
  EXPECT_EQ(ErrorReason(CompareGroups(Ask(), request).status()), "BAD_DATE");
}

TEST_F(ComparisonTest, AGroupBelowTheFirstRowsIsBoundedByTheLast) {
  Add("s", "b/raw", "2025-02-01",
      {Score("eagle", 90, 1), Score("panda", 70, 1)});
  v1::Snapshot top = MakeSnapshot("s", "b/raw", "2025-02-14");
  top.mutable_coverage()->set_extent(v1::Coverage::EXTENT_TOP);
  top.mutable_coverage()->set_top(2);
  log_.Add(top, {Score("eagle", 95, 1), Score("hawk", 80, 1)});
  log_.Add("reference", "reference/models", "2026-01-01",
           {"model { name: 'hawk' developers: 'Ameri' }"});
  catalog_ = log_.Commit();
  const auto answer = CompareGroups(Ask(), Request());
  ASSERT_TRUE(answer.ok()) << answer.status();
  const v1::ComparisonPoint& point = answer->points(0);
  EXPECT_EQ(point.gaps(0).decision(), v1::DECISION_NO_MEMBER);
  EXPECT_FALSE(point.gaps(0).has_points());
  EXPECT_EQ(point.standings(1).bound(), 80);
  EXPECT_EQ(point.gaps(0).points_bound(), 15);
  EXPECT_EQ(point.standings(1).last_seen().model(), "panda");
  EXPECT_EQ(point.standings(1).last_seen().value(), 70);
  EXPECT_EQ(point.standings(1).last_seen_snapshot().vintage().date(),
            "2025-02-01");
  // The other way round the bound is an upper one.
  v1::CompareGroupsRequest swapped;
  swapped.set_board("b");
  swapped.add_groups()->set_name("CN");
  swapped.add_groups()->set_name("US");
  EXPECT_EQ(CompareGroups(Ask(), swapped)->points(0).gaps(0).points_bound(),
            -15);
}

// Random boards: what must not change an answer does not.
TEST(ComparisonPropertyTest, ConstantsOrdersAndSidesDoNotMatter) {
  std::mt19937 random(20261123);
  for (int round = 0; round < 40; ++round) {
    std::vector<std::string> models, scores, shifted;
    for (int i = 0; i < 12; ++i) {
      const std::string name = absl::StrCat("m", i);
      models.push_back(Model(name, random() % 2 == 0 ? "Ameri" : "Sino"));
      const double value = 1000.0 + static_cast<double>(random() % 4000) / 8;
      scores.push_back(Score(name, value, 5));
      shifted.push_back(Score(name, value + 128, 5));
    }
    // Both groups have a member.
    models[0] = Model("m0", "Ameri");
    models[1] = Model("m1", "Sino");
    const std::vector<std::string> reference = {
        "board { board: 'b' scale: SCALE_ELO_400 direction: "
        "DIRECTION_HIGHER_IS_BETTER default_category: 'full' }",
        "group { name: 'US' expression: 'model.country == \"US\"' }",
        "group { name: 'CN' expression: 'model.country == \"CN\"' }",
        Org("Ameri", "US"), Org("Sino", "CN")};
    const auto ask = [&](std::vector<std::string> figures, bool scores_first,
                         absl::string_view a, absl::string_view b) {
      TestLog log;
      const auto add_scores = [&] {
        log.Add("s", "b/raw", "2025-02-14", figures);
        log.Commit();
      };
      if (scores_first) add_scores();
      log.Add("reference", "reference/core", "2025-01-01", reference);
      log.Add("reference", "reference/models", "2025-01-01", models);
      auto catalog = log.Commit();
      if (!scores_first) {
        add_scores();
      }
      Question question;
      question.catalog = scores_first ? catalog : log.Commit();
      question.as_of = D("2026-01-01");
      v1::CompareGroupsRequest request;
      request.set_board("b");
      request.add_groups()->set_name(std::string(a));
      request.add_groups()->set_name(std::string(b));
      const auto answer = CompareGroups(question, request);
      EXPECT_TRUE(answer.ok()) << answer.status();
      return answer.ok() ? answer->points(0).gaps(0) : v1::Gap();
    };
    const v1::Gap plain = ask(scores, false, "US", "CN");
    std::vector<std::string> shuffled = scores;
    std::shuffle(shuffled.begin(), shuffled.end(), random);
    EXPECT_EQ(ask(shuffled, true, "US", "CN").SerializeAsString(),
              plain.SerializeAsString());
    const v1::Gap mirrored = ask(scores, false, "CN", "US");
    EXPECT_EQ(mirrored.points(), -plain.points());
    EXPECT_EQ(mirrored.as_published_percent(), -plain.as_published_percent());
    EXPECT_NEAR(mirrored.win_rate(), 1 - plain.win_rate(), 1e-12);
    // Only the percent depends on where zero is.
    v1::Gap moved = ask(shifted, false, "US", "CN");
    EXPECT_NEAR(moved.points(), plain.points(), 1e-9);
    EXPECT_NEAR(moved.win_rate(), plain.win_rate(), 1e-12);
    EXPECT_NEAR(moved.z(), plain.z(), 1e-9);
    EXPECT_NEAR(moved.simulated().points(), plain.simulated().points(), 1e-6);
    if (plain.points() != 0) {
      EXPECT_LT(std::abs(moved.as_published_percent()),
                std::abs(plain.as_published_percent()));
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
