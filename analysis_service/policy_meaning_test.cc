// What policies mean, over a catalog: the answers of the service's calls.
#include "analysis_service/policy_meaning.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "analysis_service/policy_missing.h"
#include "analysis_service/policy_timeline.h"
#include "analysis_service/policy_watch.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const std::vector<std::string>& Reference() {
  static const auto* const records = new std::vector<std::string>{
      "organization { name: \"Org A\" headquarters { country: \"XA\" } }",
      "organization { name: \"Org B\" headquarters { country: \"XB\" } }",
      "board { board: \"quiz\" direction: DIRECTION_HIGHER_IS_BETTER }",
      "model { name: \"a\" developers: \"Org A\" weights: WEIGHTS_OPEN "
      "release_date: \"2025-01-01\" }",
      "model { name: \"b\" developers: \"Org B\" weights: WEIGHTS_OPEN "
      "release_date: \"2025-01-01\" }",
      "model { name: \"c\" developers: \"Org A\" "
      "weights: WEIGHTS_API_ONLY release_date: \"2025-01-01\" }",
      "model { name: \"u\" developers: \"Org A\" "
      "release_date: \"2025-01-01\" }",
      "membership { list: \"WATCH\" member: \"Org B\" from: \"2026-03-01\" "
      "to: \"2026-05-31\" }"};
  return *records;
}

std::shared_ptr<const Catalog> SomeCatalog() {
  TestLog log;
  return log.Add("reference", "reference", "2026-01-01", Reference())
      .Add("quiz", "quiz", "2026-01-02",
           {"score { board: \"quiz\" model: \"a\" value: 50 }",
            "score { board: \"quiz\" model: \"b\" value: 60 }",
            "score { board: \"quiz\" model: \"c\" value: 90 }",
            "score { board: \"quiz\" model: \"u\" value: 80 }"})
      .Commit();
}

Question On(absl::string_view day,
            std::shared_ptr<const Catalog> catalog = SomeCatalog()) {
  v1::QueryContext context;
  context.set_as_of(std::string(day));
  return *ResolveQuestion(context, std::move(catalog), D(day));
}

v1::PolicyQuestion Ask(const std::string& rules) {
  v1::PolicyQuestion asked;
  asked.mutable_source()->set_text(absl::StrCat(
      "id: p\nversion: '1'\nsets: {FAR: [XB, XD]}\nrules:\n", rules));
  asked.mutable_source()->set_file_name("p.yaml");
  return asked;
}

constexpr char kOpen[] = "- {id: open, require: model.weights == OPEN}\n";
constexpr char kNear[] = "- {id: near, forbid: model.country in FAR}\n";

v1::ComparePoliciesResponse Compared(const std::string& a, const std::string& b,
                                     uint32_t page_size = 0) {
  v1::ComparePoliciesRequest request;
  *request.mutable_a() = Ask(a);
  *request.mutable_b() = Ask(b);
  request.mutable_rank_by()->set_board("quiz");
  request.set_page_size(page_size);
  const auto response = ComparePolicies(On("2026-02-01"), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::ComparePoliciesResponse();
}

TEST(ComparePoliciesTest, TellsMeaningCatalogAndCost) {
  const auto response = Compared(absl::StrCat(kOpen, kNear), kOpen);
  EXPECT_EQ(response.relation(), v1::POLICY_RELATION_A_STRICTER);
  EXPECT_EQ(response.decided_by(), "enumeration");
  ASSERT_EQ(response.witnesses_size(), 1);
  EXPECT_EQ(response.witnesses(0).a(), v1::VERDICT_EXCLUDED);
  EXPECT_EQ(response.witnesses(0).b(), v1::VERDICT_ADMISSIBLE);
  EXPECT_EQ(response.total(), 1u);
  ASSERT_EQ(response.differences_size(), 1);
  EXPECT_EQ(response.differences(0).model(), "b");
  EXPECT_THAT(response.differences(0).rules_a(), ElementsAre("near"));
  EXPECT_THAT(response.differences(0).rules_b(), IsEmpty());
  EXPECT_EQ(response.differences(0).score().value(), 60);
  EXPECT_EQ(response.counts_a().admissible(), 1u);
  EXPECT_EQ(response.counts_b().admissible(), 2u);
  EXPECT_EQ(response.cost_a().points(), 40);
  EXPECT_EQ(response.cost_b().points(), 30);
}

TEST(ComparePoliciesTest, SwappedItSaysTheSameTheOtherWayRound) {
  const auto response = Compared(kOpen, absl::StrCat(kOpen, kNear));
  EXPECT_EQ(response.relation(), v1::POLICY_RELATION_B_STRICTER);
  EXPECT_EQ(response.differences(0).b(), v1::VERDICT_EXCLUDED);
}

TEST(ComparePoliciesTest, AnErrorSaysInWhichPolicy) {
  v1::ComparePoliciesRequest request;
  *request.mutable_a() = Ask(kOpen);
  *request.mutable_b() = Ask("- {id: r, require: model.wheels}\n");
  const auto response = ComparePolicies(On("2026-02-01"), request);
  EXPECT_EQ(ErrorReason(response.status()), "BAD_POLICY");
  EXPECT_THAT(response.status().message(), HasSubstr("policy B"));
}

TEST(ComparePoliciesTest, DifferencesArePaged) {
  v1::ComparePoliciesRequest request;
  *request.mutable_a() = Ask(kOpen);
  *request.mutable_b() = Ask("- {id: none, forbid: model.weights == OPEN}\n");
  request.set_page_size(1);
  const Question question = On("2026-02-01");
  std::vector<std::string> models;
  do {
    const auto response = ComparePolicies(question, request);
    ASSERT_TRUE(response.ok()) << response.status();
    ASSERT_EQ(response->differences_size(), 1);
    models.push_back(response->differences(0).model());
    request.set_page_token(response->next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(models, ElementsAre("a", "b", "c"));
}

v1::AnalyzePolicyResponse Analyzed(const std::string& rules) {
  v1::AnalyzePolicyRequest request;
  *request.mutable_question() = Ask(rules);
  const auto response = AnalyzePolicy(On("2026-02-01"), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::AnalyzePolicyResponse();
}

TEST(AnalyzePolicyTest, FindsVacuousContradictoryAndRedundantRules) {
  const auto response = Analyzed(absl::StrCat(
      kOpen,
      "- {id: loose, require: 'model.weights in OPEN_DOWNLOAD'}\n"
      "- {id: empty, require: 'model.parameters >= 0.0'}\n"
      "- {id: never, warn: 'model.weights == OPEN || model.weights != OPEN'}\n"
      "- {id: like, prefer: model.parameters}\n"));
  ASSERT_EQ(response.rules_size(), 5);
  EXPECT_EQ(response.rules(0).redundant(), v1::TRUTH_FALSE);
  EXPECT_EQ(response.rules(0).counts().admissible(), 2u);
  EXPECT_EQ(response.rules(0).counts().excluded(), 1u);
  EXPECT_EQ(response.rules(0).counts().undetermined(), 1u);
  EXPECT_EQ(response.rules(1).redundant(), v1::TRUTH_TRUE);
  EXPECT_EQ(response.rules(1).always_true(), v1::TRUTH_FALSE);
  EXPECT_EQ(response.rules(2).always_true(), v1::TRUTH_TRUE);
  EXPECT_EQ(response.rules(3).never_true(), v1::TRUTH_TRUE);
  EXPECT_EQ(response.rules(4).always_true(), v1::TRUTH_UNSPECIFIED);
  EXPECT_EQ(response.admits_nothing(), v1::TRUTH_FALSE);
  EXPECT_EQ(response.decided_by(), "enumeration");
}

TEST(AnalyzePolicyTest, TellsWhatAdmitsNothing) {
  const auto response = Analyzed(
      absl::StrCat(kOpen, "- {id: api, require: model.weights == API_ONLY}\n"));
  EXPECT_EQ(response.admits_nothing(), v1::TRUTH_TRUE);
  EXPECT_EQ(response.rules(0).never_true(), v1::TRUTH_FALSE);
}

TEST(ListMissingFactsTest, RanksByWhatCouldBeUnlocked) {
  v1::ListMissingFactsRequest request;
  *request.mutable_question() = Ask(absl::StrCat(kOpen, kNear));
  request.mutable_rank_by()->set_board("quiz");
  const auto response = ListMissingFacts(On("2026-02-01"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->facts_size(), 1);
  const v1::MissingFact& fact = response->facts(0);
  EXPECT_EQ(fact.model(), "u");
  EXPECT_EQ(fact.fact(), "model.weights");
  EXPECT_EQ(fact.decides(), 1u);
  EXPECT_EQ(fact.unlocks_points(), 30);
  EXPECT_EQ(fact.rank(), 2u);
  EXPECT_THAT(fact.rules(), ElementsAre("open"));
  EXPECT_THAT(fact.ask(), HasSubstr("Org A"));
  EXPECT_GT(response->coverage_size(), 0);
}

TEST(ListMissingFactsTest, WhatNoFactCanAdmitUnlocksNothing) {
  v1::ListMissingFactsRequest request;
  *request.mutable_question() = Ask(absl::StrCat(
      kOpen,
      "- {id: odd, forbid: 'model.weights == OPEN && model.name == "
      "\"u\"'}\n"));
  request.mutable_rank_by()->set_board("quiz");
  const auto response = ListMissingFacts(On("2026-02-01"), request);
  ASSERT_TRUE(response.ok()) << response.status();
  ASSERT_EQ(response->facts_size(), 1);
  EXPECT_EQ(response->facts(0).unlocks_points(), 0);
}

v1::VerdictTimelineResponse TimelineOf(
    const v1::PolicyQuestion& asked, const std::string& model,
    const std::string& from,
    std::shared_ptr<const Catalog> catalog = SomeCatalog()) {
  v1::VerdictTimelineRequest request;
  *request.mutable_question() = asked;
  request.set_model(model);
  request.set_from(from);
  const auto response =
      VerdictTimeline(On("2026-08-01", std::move(catalog)), request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::VerdictTimelineResponse();
}

TEST(VerdictTimelineTest, AListChangesAVerdict) {
  const auto response =
      TimelineOf(Ask("- {id: watch, forbid: 'developer.on_list(\"WATCH\")'}\n"),
                 "b", "2026-02-01");
  ASSERT_EQ(response.periods_size(), 3);
  EXPECT_EQ(response.periods(0).verdict(), v1::VERDICT_ADMISSIBLE);
  EXPECT_THAT(response.periods(0).causes(), IsEmpty());
  EXPECT_EQ(response.periods(0).to(), "2026-02-28");
  EXPECT_EQ(response.periods(1).from(), "2026-03-01");
  EXPECT_EQ(response.periods(1).to(), "2026-05-31");
  EXPECT_EQ(response.periods(1).verdict(), v1::VERDICT_EXCLUDED);
  EXPECT_THAT(response.periods(1).rules(), ElementsAre("watch"));
  EXPECT_THAT(response.periods(1).causes(),
              ElementsAre(HasSubstr("list: developer.on_list")));
  EXPECT_EQ(response.periods(1).facts_size(), 1);
  EXPECT_EQ(response.periods(2).verdict(), v1::VERDICT_ADMISSIBLE);
  EXPECT_EQ(response.periods(2).to(), "2026-08-01");
}

TEST(VerdictTimelineTest, ANamedListChangesAVerdict) {
  const auto response =
      TimelineOf(Ask("- {id: watch, forbid: 'developer.name in WATCH'}\n"), "b",
                 "2026-02-01");
  ASSERT_EQ(response.periods_size(), 3);
  EXPECT_THAT(response.periods(1).causes(),
              ElementsAre(HasSubstr("list: a list or bloc that rule 'watch'")));
}

TEST(VerdictTimelineTest, AFactChangesAVerdict) {
  TestLog log;
  const auto catalog =
      log.Add("hub", "hub", "2026-01-01",
              {"model { name: \"a\" weights: WEIGHTS_API_ONLY }"})
          .Add("hub", "hub", "2026-04-01",
               {"model { name: \"a\" weights: WEIGHTS_OPEN }"})
          .Commit();
  const auto response = TimelineOf(Ask(kOpen), "a", "2026-02-01", catalog);
  ASSERT_EQ(response.periods_size(), 2);
  EXPECT_EQ(response.periods(1).from(), "2026-04-01");
  EXPECT_THAT(response.periods(1).causes(),
              ElementsAre("fact: model.weights became OPEN"));
  ASSERT_EQ(response.periods(1).facts_size(), 1);
  EXPECT_GT(response.periods(1).facts(0).evidence_size(), 0);
}

TEST(VerdictTimelineTest, WaiversAndPoliciesBeginAndEnd) {
  v1::PolicyQuestion asked =
      Ask("- {id: open, require: model.weights == OPEN}\n"
          "waivers:\n- {rule: open, subject: c, from: 2026-03-01, "
          "until: 2026-04-30, approver: CIO, reason: pilot}\n"
          "valid_from: 2026-02-10\n");
  const auto response = TimelineOf(asked, "c", "2026-02-01");
  ASSERT_EQ(response.periods_size(), 4);
  EXPECT_EQ(response.periods(0).verdict(), v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ(response.periods(1).from(), "2026-02-10");
  EXPECT_THAT(response.periods(1).causes(),
              ElementsAre(HasSubstr("policy: version '1' of 'p'")));
  EXPECT_EQ(response.periods(2).verdict(), v1::VERDICT_ADMISSIBLE);
  EXPECT_THAT(response.periods(2).causes(),
              ElementsAre(HasSubstr("waiver: rule 'open' is waived")));
  EXPECT_EQ(response.periods(3).from(), "2026-05-01");
  EXPECT_THAT(response.periods(3).causes(),
              ElementsAre("waiver: that of rule 'open' ended on 2026-04-30"));
}

TEST(VerdictTimelineTest, TheStoredVersionInForceSpeaksOnEachDay) {
  TestLog log;
  const auto catalog =
      log.Add("reference", "reference", "2026-01-01",
              {"model { name: \"c\" weights: WEIGHTS_API_ONLY }",
               "stored_policy { id: \"s\" version: \"1\" "
               "valid_to: \"2026-03-31\" text: \"id: s\\nversion: 1\\n"
               "rules: [{id: r, require: 'true'}]\\n\" }",
               "stored_policy { id: \"s\" version: \"2\" "
               "valid_from: \"2026-04-01\" text: \"id: s\\nversion: 2\\n"
               "rules: [{id: open, require: model.weights == OPEN}]\\n\" }"})
          .Commit();
  v1::PolicyQuestion asked;
  asked.mutable_stored()->set_id("s");
  const auto response = TimelineOf(asked, "c", "2026-02-01", catalog);
  ASSERT_EQ(response.periods_size(), 2);
  EXPECT_EQ(response.periods(0).verdict(), v1::VERDICT_ADMISSIBLE);
  EXPECT_EQ(response.periods(1).from(), "2026-04-01");
  EXPECT_EQ(response.periods(1).verdict(), v1::VERDICT_EXCLUDED);
  EXPECT_THAT(response.periods(1).causes(),
              ElementsAre(HasSubstr("policy: version '2'")));
}

TEST(VerdictTimelineTest, AgreesWithAskingOnEveryDay) {
  const v1::PolicyQuestion asked =
      Ask("- {id: watch, forbid: 'developer.on_list(\"WATCH\")'}\n"
          "max_age_days: 100\n");
  const auto response = TimelineOf(asked, "b", "2026-02-01");
  size_t at = 0;
  for (Day day = D("2026-02-01"); day <= D("2026-08-01"); ++day) {
    while (D(response.periods(at).to()) < day) ++at;
    const Question question = On(FormatDay(day));
    v1::AnswerHeader header;
    Answer answer(question, &header);
    const auto run = PolicyRun::Create(asked, answer);
    ASSERT_TRUE(run.ok()) << run.status();
    const auto models = question.catalog->resolution().Find("b");
    ASSERT_THAT(models, SizeIs(1));
    EXPECT_EQ((*run)->Judge({models[0], -1}).verdict,
              response.periods(at).verdict())
        << FormatDay(day);
  }
}

TEST(VerdictTimelineTest, RefusesDaysThatItCannotJudge) {
  v1::VerdictTimelineRequest request;
  *request.mutable_question() = Ask(kOpen);
  request.set_model("a");
  request.set_from("2026-09-01");
  EXPECT_EQ(ErrorReason(VerdictTimeline(On("2026-08-01"), request).status()),
            "BAD_DATE");
  request.set_from("2026-02-01");
  request.mutable_question()->set_on("2026-02-01");
  EXPECT_EQ(ErrorReason(VerdictTimeline(On("2026-08-01"), request).status()),
            "BAD_REQUEST");
}

TEST(VerdictWatchTest, TellsAllThenOnlyChanges) {
  TestLog log;
  auto catalog =
      log.Add("reference", "reference", "2026-01-01", Reference()).Commit();
  v1::WatchVerdictsRequest request;
  *request.mutable_question() = Ask(kOpen);
  auto watch = VerdictWatch::Create(request);
  ASSERT_TRUE(watch.ok());
  auto first = watch->Update(On("2026-06-01", catalog));
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_THAT(*first, SizeIs(1));
  EXPECT_TRUE((*first)[0].initial());
  EXPECT_EQ((*first)[0].changes_size(), 4);
  EXPECT_EQ((*first)[0].counts().admissible(), 2u);
  EXPECT_EQ((*first)[0].changes(3).model(), "u");
  EXPECT_EQ((*first)[0].changes(3).before(), v1::VERDICT_UNSPECIFIED);
  EXPECT_EQ((*first)[0].changes(3).after(), v1::VERDICT_UNDETERMINED);

  catalog = log.Add("quiz", "quiz", "2026-01-02",
                    {"score { board: \"quiz\" model: \"a\" value: 50 }"})
                .Commit();
  EXPECT_THAT(*watch->Update(On("2026-06-01", catalog)), IsEmpty());

  catalog = log.Add("hub", "hub", "2026-02-01",
                    {"model { name: \"u\" weights: WEIGHTS_OPEN }"})
                .Commit();
  const auto next = watch->Update(On("2026-06-01", catalog));
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_THAT(*next, SizeIs(1));
  EXPECT_FALSE((*next)[0].initial());
  EXPECT_EQ((*next)[0].seq(), catalog->seq());
  ASSERT_EQ((*next)[0].changes_size(), 1);
  EXPECT_EQ((*next)[0].changes(0).model(), "u");
  EXPECT_EQ((*next)[0].changes(0).before(), v1::VERDICT_UNDETERMINED);
  EXPECT_EQ((*next)[0].changes(0).after(), v1::VERDICT_ADMISSIBLE);
}

TEST(VerdictWatchTest, AModelThatIsNotKnownIsAnErrorAtTheStart) {
  v1::WatchVerdictsRequest request;
  *request.mutable_question() = Ask(kOpen);
  request.add_models("nothing-like-it");
  auto watch = VerdictWatch::Create(request);
  ASSERT_TRUE(watch.ok());
  EXPECT_EQ(ErrorReason(watch->Update(On("2026-06-01")).status()),
            "UNKNOWN_MODEL");
  request.mutable_question()->mutable_context()->set_at_seq(1);
  EXPECT_EQ(ErrorReason(VerdictWatch::Create(request).status()), "BAD_REQUEST");
}

}  // namespace
}  // namespace meridian::analysis
