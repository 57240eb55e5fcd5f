#include "analysis_service/expression.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Truth T = Truth::kTrue;
constexpr Truth F = Truth::kFalse;
constexpr Truth U = Truth::kUnknown;

// Facts by field name; what is not set is MISSING.
class Facts : public FactSource {
 public:
  Facts& Set(absl::string_view field, FactValue value) {
    const FieldIndex index = FindField(field);
    EXPECT_GE(index, 0) << field;
    values_[index] = std::move(value);
    return *this;
  }
  const FactValue& Get(FieldIndex field) const override {
    const auto found = values_.find(field);
    return found == values_.end() ? missing_ : found->second;
  }
  StringList ListMembers(absl::string_view list) const override {
    return list == "EU" ? StringList{{"DE", "FR"}, true}
                        : StringList{{"XX"}, false};
  }

 private:
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
  std::map<FieldIndex, FactValue> values_;
};

Environment Env() { return {{"EU", "PARTLY"}, {{"ALLIES", {"US", "FR"}}}}; }

Truth Eval(const std::string& text, const Facts& facts = {}) {
  const auto expression = Compile(text, Env());
  if (!expression.ok()) {
    ADD_FAILURE() << expression.status();
    return U;
  }
  return Evaluate(*expression, facts).truth;
}

std::string Error(const std::string& text) {
  const auto expression = Compile(text, Env());
  EXPECT_EQ(ErrorReason(expression.status()), "BAD_EXPRESSION") << text;
  return std::string(expression.status().message());
}

std::string Suggestion(const std::string& text) {
  for (const auto& [name, value] :
       GetErrorDetails(Compile(text, Env()).status())) {
    if (name == "suggestion") return value;
  }
  return "";
}

Facts Known() {
  Facts facts;
  facts.Set("model.country", FactValue::Text("US"))
      .Set("model.weights", FactValue::Text("OPEN"))
      .Set("model.parameters", FactValue::Number(7e9, 7e9))
      .Set("model.languages", FactValue::List({{"de", "en"}, true}))
      .Set("model.release_date",
           FactValue::Date({*ParseDay("2025-02-14"), *ParseDay("2025-02-14")}))
      .Set("licence.osi_approved", FactValue::Flag(true));
  return facts;
}

// --- Kleene logic ------------------------------------------------------------

TEST(ExpressionEvalTest, AndOrNotFollowStrongKleene) {
  const std::map<Truth, std::string> words = {
      {T, "true"}, {F, "false"}, {U, "licence.commercial_use"}};
  const std::map<std::pair<Truth, Truth>, Truth> both = {
      {{T, T}, T}, {{T, F}, F}, {{T, U}, U}, {{F, T}, F}, {{F, F}, F},
      {{F, U}, F}, {{U, T}, U}, {{U, F}, F}, {{U, U}, U}};
  const std::map<std::pair<Truth, Truth>, Truth> either = {
      {{T, T}, T}, {{T, F}, T}, {{T, U}, T}, {{F, T}, T}, {{F, F}, F},
      {{F, U}, U}, {{U, T}, T}, {{U, F}, U}, {{U, U}, U}};
  for (const auto& [a, first] : words) {
    for (const auto& [b, second] : words) {
      EXPECT_EQ(Eval(absl::StrCat(first, " && ", second)), (both.at({a, b})))
          << first << " && " << second;
      EXPECT_EQ(Eval(absl::StrCat(first, " || ", second)), (either.at({a, b})))
          << first << " || " << second;
    }
  }
  EXPECT_EQ(Eval("!true"), F);
  EXPECT_EQ(Eval("!false"), T);
  EXPECT_EQ(Eval("!licence.commercial_use"), U);
}

TEST(ExpressionEvalTest, AnUnknownKeepsItsReasonAndField) {
  Facts facts;
  facts.Set("model.weights", FactValue::Unknown(UnknownReason::kConflict));
  const auto expression =
      Compile("model.country == \"US\" || model.weights == OPEN", Env());
  ASSERT_TRUE(expression.ok());
  const Evaluation result = Evaluate(*expression, facts);
  EXPECT_EQ(result.truth, U);
  EXPECT_THAT(result.reasons,
              ElementsAre(UnknownReason::kMissing, UnknownReason::kConflict));
  EXPECT_THAT(result.unknown_fields, ElementsAre(FindField("model.country"),
                                                 FindField("model.weights")));
  EXPECT_EQ(result.fields, result.unknown_fields);
}

TEST(ExpressionEvalTest, WhatIsSettledHasNoReasons) {
  const auto expression =
      Compile("model.weights == OPEN || model.country == \"US\"", Env());
  const Evaluation result = Evaluate(*expression, Known());
  EXPECT_EQ(result.truth, T);
  EXPECT_THAT(result.reasons, IsEmpty());
}

// --- Values ------------------------------------------------------------------

TEST(ExpressionEvalTest, ComparesKnownFacts) {
  const Facts facts = Known();
  for (const char* text :
       {R"(model.country == "US")",
        R"(model.country != "CN")",
        R"(model.country in ["FR", "US"])",
        "model.country in ALLIES",
        R"(!(model.country in EU))",
        "model.weights == OPEN",
        "model.weights in OPEN_DOWNLOAD",
        "model.weights in [GATED, OPEN]",
        "model.weights != API_ONLY",
        "model.parameters >= 7e9",
        "model.parameters < 7.1e9",
        "model.parameters > -1.0",
        "licence.osi_approved",
        R"("de" in model.languages)",
        "size(model.languages) == 2",
        R"(model.country.startsWith("U"))",
        R"(model.country.contains("S") && model.country.endsWith("S"))",
        R"(model.release_date == timestamp("2025-02-14T00:00:00Z"))",
        R"(model.release_date < timestamp("2025-02-15T00:00:00Z"))",
        "1 < 2 && 2.5 > 2.0 && -3 < -2",
        R"('a' == "a")",
        R"("\u00e4" == "ä")",
        "true // and a comment"}) {
    EXPECT_EQ(Eval(text, facts), T) << text;
    EXPECT_EQ(Eval(absl::StrCat("!(", text, "\n)"), facts), F) << text;
  }
}

TEST(ExpressionEvalTest, AnIntervalDecidesOnlyWhatItIsClearOf) {
  Facts facts;
  facts.Set("model.training_compute", FactValue::Number(5e24, 2e25));
  EXPECT_EQ(Eval("model.training_compute <= 1e25", facts), U);
  EXPECT_EQ(Eval("model.training_compute <= 2e25", facts), T);
  EXPECT_EQ(Eval("model.training_compute < 5e24", facts), F);
  EXPECT_EQ(Eval("model.training_compute >= 5e24", facts), T);
  EXPECT_EQ(Eval("model.training_compute == 1e25", facts), U);
  EXPECT_EQ(Eval("model.training_compute == 1e26", facts), F);
  const auto expression = Compile("model.training_compute <= 1e25", Env());
  const Evaluation result = Evaluate(*expression, facts);
  EXPECT_THAT(result.reasons, ElementsAre(UnknownReason::kImprecise));
  EXPECT_THAT(result.unknown_fields,
              ElementsAre(FindField("model.training_compute")));
  // The bound itself is inside: exactly 1e25 passes <= and fails <.
  facts.Set("model.training_compute", FactValue::Number(1e25, 1e25));
  EXPECT_EQ(Eval("model.training_compute <= 1e25", facts), T);
  EXPECT_EQ(Eval("model.training_compute < 1e25", facts), F);
}

TEST(ExpressionEvalTest, ADateIsAsPreciseAsItWasStated) {
  Facts facts;
  facts.Set("model.release_date", FactValue::Date({*ParseDay("2025-02-01"),
                                                   *ParseDay("2025-02-28")}));
  EXPECT_EQ(
      Eval(R"(model.release_date < timestamp("2025-03-01T00:00:00Z"))", facts),
      T);
  EXPECT_EQ(
      Eval(R"(model.release_date < timestamp("2025-02-14T00:00:00Z"))", facts),
      U);
}

TEST(ExpressionEvalTest, AnIncompleteListSettlesOnlyWhatIsInIt) {
  Facts facts;
  facts.Set("model.languages", FactValue::List({{"en"}, false}));
  EXPECT_EQ(Eval(R"("en" in model.languages)", facts), T);
  EXPECT_EQ(Eval(R"("fr" in model.languages)", facts), U);
  const auto expression = Compile(R"("fr" in model.languages)", Env());
  EXPECT_THAT(Evaluate(*expression, facts).reasons,
              ElementsAre(UnknownReason::kIncompleteSet));
  facts.Set("model.country", FactValue::Text("US"));
  EXPECT_EQ(Eval("model.country in PARTLY", facts), U);
  facts.Set("model.country", FactValue::Text("XX"));
  EXPECT_EQ(Eval("model.country in PARTLY", facts), T);
}

// --- Errors ------------------------------------------------------------------

TEST(ExpressionErrorTest, NamesPlaceCauseAndSuggestion) {
  const std::string error = Error(
      "model.country == \"US\" &&\n  model.wieghts"
      " == OPEN");
  EXPECT_THAT(error, HasSubstr("2:3: "));
  EXPECT_THAT(error, HasSubstr("did you mean 'model.weights'"));
  EXPECT_THAT(error, HasSubstr("\n    model.wieghts == OPEN\n    ^"));
  EXPECT_EQ(Suggestion("model.wieghts == OPEN"), "model.weights");
  EXPECT_EQ(Suggestion("model.country = \"US\""), "==");
  EXPECT_EQ(Suggestion("true and false"), "&&");
  EXPECT_EQ(Suggestion("model.weights == \"OPEN\""), "OPEN");
  EXPECT_EQ(Suggestion("model.release_date < \"2025-02-14\""),
            "timestamp(\"2025-02-14T00:00:00Z\")");
}

TEST(ExpressionErrorTest, ColumnsCountCodePoints) {
  EXPECT_THAT(Error("\"äöü\" == model.x"), HasSubstr("1:10: "));
}

TEST(ExpressionErrorTest, SyntaxErrorsAreRefused) {
  for (const char* text : {"",
                           "   ",
                           "(",
                           ")",
                           "true &&",
                           "&& true",
                           "model.",
                           "model.country ==",
                           "\"open",
                           "'a\n'",
                           "1e",
                           "1.2.3",
                           "0x",
                           "9223372036854775809",
                           "[1, 2",
                           "model.country in",
                           "true true",
                           "a.b(",
                           "\"\\q\"",
                           "\"\\ud800\"",
                           "1e999",
                           "@",
                           "true ? true",
                           "x -> y",
                           "{}",
                           "model.country["}) {
    EXPECT_THAT(Error(text), HasSubstr(":")) << text;
  }
}

TEST(ExpressionErrorTest, TypesMustFit) {
  for (const auto& [text, words] : std::map<std::string, std::string>{
           {"model.country", "true or false is needed"},
           {"model.country && true", "need true or false"},
           {"model.country == 3", "cannot compare"},
           {"model.country < OPEN", "cannot compare"},
           {"model.weights < OPEN", "no order between constants"},
           {"model.country in \"US\"", "needs a list"},
           {"model.languages == \"en\"", "VALUE in LIST"},
           {"3 in model.languages", "cannot compare"},
           {"-model.country == \"x\"", "needs a number"},
           {"[1, \"a\"] == [1]", "values of one type"},
           {"size(3) == 1", "size() needs"},
           {"lowerAscii(model.country) == \"us\"", "no function 'lowerAscii'"},
           {"model.country.startsWith(3)", "STRING.startsWith(STRING)"},
           {"model.release_date < timestamp(\"soon\")", "RFC 3339"},
           {"model == OPEN", "no field, constant or list 'model'"}}) {
    EXPECT_THAT(Error(text), HasSubstr(words)) << text;
  }
}

TEST(ExpressionErrorTest, LimitsHold) {
  EXPECT_THAT(Error(std::string(200, '(') + "true" + std::string(200, ')')),
              HasSubstr("levels deep"));
  EXPECT_THAT(Error(std::string(200, '!') + "true"), HasSubstr("in a row"));
  std::string many = "true";
  for (int i = 0; i < 3000; ++i) many += " && 1 < 2";
  EXPECT_THAT(Error(many), HasSubstr("parts"));
  Error(std::string(70'000, ' ') + "true");
}

// --- Properties --------------------------------------------------------------

// Random expressions over a few facts.
class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  std::string Expression(int depth) {
    if (depth == 0 || Pick(4) == 0) return Atom();
    switch (Pick(3)) {
      case 0:
        return absl::StrCat("(", Expression(depth - 1), " && ",
                            Expression(depth - 1), ")");
      case 1:
        return absl::StrCat("(", Expression(depth - 1), " || ",
                            Expression(depth - 1), ")");
      default:
        return absl::StrCat("!", Expression(depth - 1));
    }
  }
  std::string Atom() {
    static const char* kAtoms[] = {
        R"((model.country == "US"))",
        "(model.country in EU)",
        "(model.weights == OPEN)",
        "(model.weights in [NONE, GATED])",
        "(model.parameters > 5.0)",
        "(model.parameters <= 7.0)",
        R"(("en" in model.languages))",
        "licence.osi_approved",
        R"((model.release_date < timestamp("2025-02-14T00:00:00Z")))"};
    return kAtoms[Pick(std::size(kAtoms))];
  }
  FactValue Value(absl::string_view field) {
    if (field == "model.country") {
      return FactValue::Text(Pick(2) != 0 ? "US" : "DE");
    }
    if (field == "model.weights") {
      return FactValue::Text(Pick(2) != 0 ? "OPEN" : "NONE");
    }
    if (field == "model.parameters") {
      const double value = static_cast<double>(4 + Pick(5));
      return FactValue::Number(value, value);
    }
    if (field == "model.languages") {
      return FactValue::List({{Pick(2) != 0 ? "en" : "fr"}, true});
    }
    if (field == "licence.osi_approved") return FactValue::Flag(Pick(2) != 0);
    const Day day = *ParseDay(Pick(2) != 0 ? "2025-02-13" : "2025-02-15");
    return FactValue::Date({day, day});
  }
  size_t Pick(size_t n) { return random_() % n; }

 private:
  std::mt19937 random_;
};

constexpr absl::string_view kFields[] = {
    "model.country",   "model.weights",        "model.parameters",
    "model.languages", "licence.osi_approved", "model.release_date"};

Truth Opposite(Truth truth) { return truth == T ? F : truth == F ? T : U; }

TEST(ExpressionPropertyTest, LawsOfLogicHoldAndKnowledgeOnlyAdds) {
  Generator generator(20261123);
  for (int round = 0; round < 3000; ++round) {
    const std::string a = generator.Expression(4);
    const std::string b = generator.Expression(3);
    Facts partly, whole;
    bool all_known = true;
    for (const absl::string_view field : kFields) {
      const FactValue value = generator.Value(field);
      whole.Set(field, value);
      if (generator.Pick(2) == 0) {
        partly.Set(field, value);
      } else {
        all_known = false;
      }
    }
    const std::string both = absl::StrCat(a, " && ", b);
    EXPECT_EQ(Eval(both, partly), Eval(absl::StrCat(b, " && ", a), partly));
    EXPECT_EQ(Eval(absl::StrCat(a, " || ", b), partly),
              Eval(absl::StrCat(b, " || ", a), partly));
    EXPECT_EQ(Eval(absl::StrCat("!(", both, ")"), partly),
              Eval(absl::StrCat("!", a, " || !", b), partly))
        << both;
    EXPECT_EQ(Eval(absl::StrCat("!!", a), partly), Eval(a, partly));
    const Truth before = Eval(both, partly);
    const Truth after = Eval(both, whole);
    // With every fact known there is an answer.
    EXPECT_NE(after, U) << both;
    // What was decided stays decided when more becomes known.
    if (before != U) {
      EXPECT_EQ(before, after) << both;
    }
    if (all_known) {
      EXPECT_EQ(before, after);
    }
    EXPECT_EQ(Eval(absl::StrCat("!(", both, ")"), whole), Opposite(after));
  }
}

}  // namespace
}  // namespace meridian::analysis
