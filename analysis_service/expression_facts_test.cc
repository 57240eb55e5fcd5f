// The language over facts: objects, functions, intervals, defines, known().
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis_service/expression_testing.h"
#include "analysis_service/expression_trace.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr Truth T = Truth::kTrue;
constexpr Truth F = Truth::kFalse;
constexpr Truth U = Truth::kUnknown;

Evaluation Look(const std::string& text, const Facts& facts) {
  const auto expression = Compile(text, TestEnvironment());
  EXPECT_TRUE(expression.ok()) << expression.status();
  return expression.ok() ? Evaluate(*expression, facts) : Evaluation();
}
Truth Eval(const std::string& text, const Facts& facts) {
  return Look(text, facts).truth;
}
std::string Error(const std::string& text) {
  const auto expression = Compile(text, TestEnvironment());
  EXPECT_EQ(ErrorReason(expression.status()), "BAD_EXPRESSION") << text;
  return std::string(expression.status().message());
}

Facts WithOfferings(bool complete) {
  Facts facts;
  ObjectList list;
  list.items.push_back(
      MakeOffering(1, {{"operator", FactValue::Text("Acme")},
                       {"regions", FactValue::List({{"EU"}, true})},
                       {"status", FactValue::Text("AVAILABLE")},
                       {"input_price", FactValue::Number(1, 2)}}));
  list.items.push_back(
      MakeOffering(2, {{"operator", FactValue::Text("Other")},
                       {"regions", FactValue::List({{"US"}, true})}}));
  list.complete = complete;
  facts.Set("offerings", FactValue::Objects(list));
  facts.SetCall("offering 1.attested(\"SecNumCloud\")", FactValue::Flag(true));
  return facts;
}

TEST(ExpressionFactsTest, QuantifiersGoOverObjectsAndCallTheirMethods) {
  const std::string text =
      "offerings.exists(o, \"EU\" in o.regions && "
      "o.attested(\"SecNumCloud\"))";
  const Evaluation found = Look(text, WithOfferings(true));
  EXPECT_EQ(found.truth, T);
  ASSERT_THAT(found.calls, SizeIs(2));
  EXPECT_EQ(CallText(found.calls[0]), "offering 1.attested(\"SecNumCloud\")");
  EXPECT_EQ(found.calls[0].value, FactValue::Flag(true));
  EXPECT_THAT(found.unknown_calls, IsEmpty());
  EXPECT_EQ(Eval("offerings.all(o, \"EU\" in o.regions)", WithOfferings(true)),
            F);
  EXPECT_EQ(
      Eval("offerings.exists(o, o.operator == \"X\")", WithOfferings(false)),
      U);
  const Evaluation open =
      Look("offerings.exists(o, o.status == PREVIEW)", WithOfferings(true));
  EXPECT_EQ(open.truth, U);
  EXPECT_THAT(open.reasons, ElementsAre(UnknownReason::kMissing));
  ASSERT_THAT(open.unknown_object_fields, SizeIs(1));
  EXPECT_EQ(open.unknown_object_fields[0].id, 2u);
}

TEST(ExpressionFactsTest, IncompleteListsAreTakenAsSuch) {
  const Facts partly = WithOfferings(false);
  EXPECT_EQ(Eval("size(offerings) >= 2", partly), T);
  EXPECT_EQ(Eval("size(offerings) == 2", partly), U);
  EXPECT_EQ(Eval("offerings.exists_one(o, o.operator == \"Acme\")", partly), U);
  EXPECT_EQ(Eval("offerings.exists_one(o, o.operator == \"Acme\")",
                 WithOfferings(true)),
            T);
  EXPECT_EQ(Eval("offerings.map(o, o.operator)[0] == \"Acme\"", partly), U);
  // One of two is surely kept, the other perhaps.
  const std::string kept = "size(offerings.filter(o, o.status == AVAILABLE))";
  EXPECT_EQ(Eval(kept + " >= 1", WithOfferings(true)), T);
  EXPECT_EQ(Eval(kept + " <= 2", WithOfferings(true)), T);
  EXPECT_EQ(Eval(kept + " == 1", WithOfferings(true)), U);
}

TEST(ExpressionFactsTest, FunctionsTakeBlocsVariablesAndTheDeployer) {
  Facts facts;
  facts.Set("deployer", {UnknownReason::kNone, {}})
      .SetCall("developer.controlled_from(\"CN\", 0.25)",
               FactValue::Flag(false))
      .SetCall("developer.controlled_from(\"RU\", 0.25)",
               FactValue::Unknown(UnknownReason::kIncompleteSet))
      .SetCall("licence.grants_to(deployer)", FactValue::Flag(true))
      .SetCall("developer.largest_share_outside(\"EU\")",
               FactValue::Number(0.1, 0.4));
  EXPECT_EQ(Eval("licence.grants_to(deployer)", facts), T);
  const Evaluation any =
      Look("ADVERSARIES.exists(c, developer.controlled_from(c, 0.25))", facts);
  EXPECT_EQ(any.truth, U);
  EXPECT_THAT(any.reasons, ElementsAre(UnknownReason::kIncompleteSet));
  ASSERT_THAT(any.unknown_calls, SizeIs(1));
  EXPECT_EQ(CallText(any.unknown_calls[0]),
            "developer.controlled_from(\"RU\", 0.25)");
  const std::string share = "developer.largest_share_outside(EU) <= ";
  EXPECT_EQ(Eval(share + "0.5", facts), T);
  const Evaluation imprecise = Look(share + "0.25", facts);
  EXPECT_EQ(imprecise.truth, U);
  EXPECT_THAT(imprecise.unknown_calls, SizeIs(1));
  EXPECT_THAT(Error("developer.controlled_from(\"CN\")"),
              HasSubstr("write: developer.controlled_from("));
  EXPECT_THAT(Error("developer.controled_from(\"CN\", 0.5)"),
              HasSubstr("did you mean 'developer.controlled_from'"));
  EXPECT_THAT(Error("offerings.exists(o, o.atested(\"x\"))"),
              HasSubstr("did you mean 'attested'"));
  EXPECT_THAT(Error("offerings.exists(o, o.regoins == [])"),
              HasSubstr("did you mean 'regions'"));
}

TEST(ExpressionFactsTest, ArithmeticOnIntervalsBoundsEveryValue) {
  Facts facts;
  facts.Set("model.training_compute", FactValue::Number(2, 4))
      .Set("model.parameters", FactValue::Number(-1, 3));
  EXPECT_EQ(Eval("model.training_compute + 1.0 <= 5.0", facts), T);
  EXPECT_EQ(Eval("model.training_compute * model.parameters >= -4.0", facts),
            T);
  EXPECT_EQ(Eval("model.training_compute * model.parameters <= 11.9", facts),
            U);
  EXPECT_EQ(Eval("1.0 / model.training_compute <= 0.5", facts), T);
  EXPECT_EQ(Eval("1.0 / model.parameters <= 0.5", facts), U);
  EXPECT_EQ(Eval("-model.training_compute <= -2.0", facts), T);
  EXPECT_EQ(Eval("int(model.training_compute) in [2, 3, 4]", facts), U);
  const auto number = CompileNumber("model.training_compute * 2.0", {});
  ASSERT_TRUE(number.ok()) << number.status();
  EXPECT_EQ(EvaluateNumber(*number, facts), FactValue::Number(4, 8));
  EXPECT_EQ(EvaluateNumber(*number, Facts()),
            FactValue::Unknown(UnknownReason::kMissing));
}

TEST(ExpressionFactsTest, ErrorsOverFactsAreUnknownWithTheirReason) {
  Facts facts;
  facts.Set("model.languages", FactValue::List({{}, true}));
  const Evaluation result = Look("1 / size(model.languages) > 0", facts);
  EXPECT_EQ(result.truth, U);
  EXPECT_THAT(result.reasons, ElementsAre(UnknownReason::kError));
  EXPECT_THAT(result.error, HasSubstr("divide by zero"));
}

TEST(ExpressionFactsTest, KnownIsNeverUnknown) {
  Facts facts;
  facts.Set("model.country", FactValue::Text("US"));
  EXPECT_EQ(Eval("known(model.country)", facts), T);
  EXPECT_EQ(Eval("known(model.licence)", facts), F);
  EXPECT_TRUE(Compile("known(model.country)", {})->uses_known());
  EXPECT_FALSE(Compile("model.country == \"US\"", {})->uses_known());
  EXPECT_THAT(Error("has(model.country)"), HasSubstr("known(model.country)"));
}

TEST(ExpressionFactsTest, DatesShiftByMonths) {
  Facts facts;
  const Day day = *ParseDay("2026-02-14");
  facts.Set("on", FactValue::Date({day, day}))
      .Set("model.release_date",
           FactValue::Date({*ParseDay("2025-02-01"), *ParseDay("2025-02-28")}));
  EXPECT_EQ(Eval("model.release_date >= months_before(on, 13)", facts), T);
  EXPECT_EQ(Eval("model.release_date >= months_before(on, 12)", facts), U);
  EXPECT_EQ(Eval("model.release_date.getFullYear() == 2025", facts), T);
}

TEST(ExpressionFactsTest, DefinesAreExpandedAndCyclesNamed) {
  Facts facts;
  facts.Set("model.weights", FactValue::Text("OPEN"))
      .Set("licence.permissive", FactValue::Flag(true));
  EXPECT_EQ(Eval("open_and_free", facts), T);
  EXPECT_EQ(Eval("ALLIES.exists(c, open && c == \"US\")", facts), T);
  EXPECT_THAT(
      Compile("open_and_free", TestEnvironment())->fields(),
      ElementsAre(FindField("model.weights"), FindField("licence.permissive")));
  EXPECT_THAT(Error("loop_a"),
              HasSubstr("uses itself: loop_a -> loop_b -> loop_a"));
  EXPECT_THAT(Error("true && broken"),
              HasSubstr("in define 'broken': 1:1: there is no field"));
  EXPECT_THAT(Error("open_and_fre"), HasSubstr("did you mean 'open_and_free'"));
}

TEST(ExpressionFactsTest, RulesAreTypedAtLoad) {
  for (const auto& [text, words] : std::map<std::string, std::string>{
           {"model.country in [\"US\", 3]", "values of one type"},
           {"dyn(model.country) == \"US\"", "rules are typed"},
           {"model.parameters == 7", "write 7.0"},
           {"model.parameters * 2 > 1.0", "numbers of one type"},
           {"deployer == deployer", "is not compared"},
           {"model.country.matches(\"(\")", "not a pattern"}}) {
    EXPECT_THAT(Error(text), HasSubstr(words)) << text;
  }
  EXPECT_FALSE(CompileValue("dyn(model.country) == 1", {}).ok());
}

TEST(ExpressionTraceTest, EveryBooleanPartSaysHowItCameOut) {
  Facts facts;
  facts.Set("model.country", FactValue::Text("CN"))
      .SetCall("developer.controlled_from(\"CN\", 0.25)",
               FactValue::Flag(true));
  const auto expression = Compile(
      "!(model.country in EU) && ADVERSARIES.exists(c, "
      "developer.controlled_from(c, 0.25)) && open",
      TestEnvironment());
  ASSERT_TRUE(expression.ok()) << expression.status();
  const Trace trace = EvaluateTraced(*expression, facts);
  EXPECT_EQ(trace.truth, U);
  EXPECT_EQ(trace.text, expression->text());
  ASSERT_THAT(trace.children, SizeIs(3));
  const Trace& negation = trace.children[0];
  EXPECT_EQ(negation.text, "!(model.country in EU)");
  ASSERT_THAT(negation.children, SizeIs(1));
  EXPECT_EQ(negation.children[0].text, "model.country in EU");
  EXPECT_EQ(negation.children[0].compared, "\"CN\" in [\"DE\", \"FR\"]");
  EXPECT_THAT(negation.children[0].fields,
              ElementsAre(FindField("model.country")));
  const Trace& quantifier = trace.children[1];
  EXPECT_EQ(quantifier.truth, T);
  ASSERT_THAT(quantifier.children, SizeIs(2));
  EXPECT_EQ(quantifier.children[0].binding, "c = \"CN\"");
  EXPECT_EQ(quantifier.children[0].truth, T);
  ASSERT_THAT(quantifier.children[0].calls, SizeIs(1));
  EXPECT_EQ(quantifier.children[1].truth, U);
  const Trace& define = trace.children[2];
  EXPECT_EQ(define.text, "open");
  ASSERT_THAT(define.children, SizeIs(1));
  EXPECT_EQ(define.children[0].text, "model.weights in OPEN_DOWNLOAD");
  EXPECT_THAT(define.children[0].reasons, ElementsAre(UnknownReason::kMissing));
}

TEST(ExpressionTraceTest, LongListsAreCutAndCounted) {
  Environment environment;
  for (int i = 0; i < 100; ++i) {
    environment.sets["MANY"].push_back(absl::StrCat("c", i));
  }
  const auto expression =
      Compile("MANY.all(c, c != model.country)", environment);
  const Trace trace = EvaluateTraced(*expression, Facts());
  EXPECT_THAT(trace.children, SizeIs(kMaxTraceElements));
  EXPECT_EQ(trace.hidden, 100 - kMaxTraceElements);
  EXPECT_EQ(trace.truth, U);
}

}  // namespace
}  // namespace meridian::analysis
