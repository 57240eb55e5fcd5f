#include "analysis_service/facts.h"

#include "analysis_service/statements.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kModelM[] = "model { name: 'm' }";

std::string Says(const std::string& fields) {
  return absl::StrCat("model { name: 'm' ", fields, " }");
}

class FactsTest : public testing::Test {
 protected:
  FactsTest() { log_.Add("names", "reference", "2020-01-01", {kModelM}); }

  // Source says something of model m at a vintage.
  void Say(const std::string& source, const std::string& vintage,
           const std::string& text) {
    log_.Add(source, "models", vintage, {text});
  }
  void Reference(const std::vector<std::string>& texts,
                 const std::string& vintage = "2020-01-01") {
    log_.Add("curated", absl::StrCat("reference/", ++references_), vintage,
             texts);
  }

  ModelFact Get(const std::string& field, FactContext context) {
    catalog_ = log_.Commit();
    const FieldIndex index = FindField(field);
    EXPECT_GE(index, 0) << field;
    FactReader reader(*catalog_, context);
    return reader.Get(*catalog_->resolution().FindExact("m"), index);
  }
  ModelFact Get(const std::string& field, const std::string& as_of) {
    return Get(field, FactContext::At(D(as_of)));
  }
  std::string Value(const std::string& field, const std::string& as_of) {
    return DescribeValue(Get(field, as_of).value);
  }

  TestLog log_;
  int references_ = 0;
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(FactsTest, WhatNobodyStatesIsMissing) {
  for (const FieldDef& field : Fields()) {
    // What the question itself says, and a list that may be empty.
    if (field.name == "model.name" || field.name == "on" ||
        field.name == "as_of" || field.name == "deployer" ||
        field.name == "offerings") {
      continue;
    }
    if (field.name == "model.lineage_complete") continue;
    const ModelFact fact = Get(field.name, "2025-01-01");
    EXPECT_EQ(fact.value.unknown, UnknownReason::kMissing) << field.name;
    EXPECT_THAT(fact.evidence, IsEmpty()) << field.name;
  }
  EXPECT_EQ(Value("model.name", "2025-01-01"), "m");
  EXPECT_EQ(Value("on", "2025-01-01"), "2025-01-01");
  EXPECT_EQ(Value("model.lineage_complete", "2025-01-01"),
            "unknown (INCOMPLETE_SET)");
}

TEST_F(FactsTest, NatureCountsWheneverItWasStated) {
  Say("late", "2026-01-01", Says("release_date: '2024-05'"));
  const ModelFact fact = Get("model.release_date", "2024-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "2024-05-01/2024-05-31");
  EXPECT_FALSE(fact.stated_after_as_of);
  ASSERT_EQ(fact.evidence.size(), 1u);
  EXPECT_EQ(catalog_->segment(fact.evidence[0]).meta().source(), "late");
}

TEST_F(FactsTest, ASourceCorrectsItself) {
  Say("s", "2024-01-01", Says("parameters: 7e9"));
  Say("s", "2025-01-01", Says("parameters: 8e9"));
  Say("s", "2026-01-01", Says("display_name: 'M'"));
  const ModelFact fact = Get("model.parameters", "2024-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "8e+09");
  EXPECT_THAT(fact.others, IsEmpty());
  EXPECT_EQ(Value("model.display_name", "2024-06-01"), "M");
}

TEST_F(FactsTest, StateIsTheNewestByTheDay) {
  Say("s", "2024-01-01", Says("weights: WEIGHTS_API_ONLY"));
  Say("s", "2025-01-01", Says("weights: WEIGHTS_OPEN"));
  EXPECT_EQ(Value("model.weights", "2024-06-01"), "API_ONLY");
  EXPECT_EQ(Value("model.weights", "2025-01-01"), "OPEN");
  EXPECT_FALSE(Get("model.weights", "2024-06-01").stated_after_as_of);
}

TEST_F(FactsTest, StateIsElseTheOldestLaterOneAndMarked) {
  Say("s", "2024-01-01", Says("weights: WEIGHTS_API_ONLY"));
  Say("s", "2025-01-01", Says("weights: WEIGHTS_OPEN"));
  const ModelFact fact = Get("model.weights", "2023-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "API_ONLY");
  EXPECT_TRUE(fact.stated_after_as_of);
}

TEST_F(FactsTest, AHistoryTakesStateAtItsDayWithLaterKnowledgeUnmarked) {
  Say("s", "2024-01-01", Says("weights: WEIGHTS_API_ONLY"));
  FactContext context = FactContext::At(D("2025-01-01"));
  context.on = D("2023-06-01");
  const ModelFact fact = Get("model.weights", context);
  EXPECT_EQ(DescribeValue(fact.value), "API_ONLY");
  EXPECT_FALSE(fact.stated_after_as_of);
}

TEST_F(FactsTest, StateThatSaysWhenItIsValidComesFirst) {
  Say("s", "2026-01-01",
      Says("weights: WEIGHTS_API_ONLY valid_to: '2024-12-31'"));
  Say("s", "2026-02-01",
      Says("weights: WEIGHTS_GATED valid_from: '2025-01-01'"));
  Say("s", "2024-06-01", Says("weights: WEIGHTS_NONE"));
  const ModelFact before = Get("model.weights", "2024-12-31");
  EXPECT_EQ(DescribeValue(before.value), "API_ONLY");
  EXPECT_FALSE(before.stated_after_as_of);
  EXPECT_EQ(Value("model.weights", "2025-01-01"), "GATED");
}

TEST_F(FactsTest, SourcesOfOneRankThatDifferAreAConflict) {
  Say("b", "2025-01-01", Says("weights: WEIGHTS_OPEN"));
  Say("a", "2025-01-01", Says("weights: WEIGHTS_API_ONLY"));
  const ModelFact fact = Get("model.weights", "2025-06-01");
  EXPECT_EQ(fact.value.unknown, UnknownReason::kConflict);
  ASSERT_EQ(fact.others.size(), 2u);
  EXPECT_EQ(fact.others[0].source, "a");
  EXPECT_EQ(DescribeValue(fact.others[0].value), "API_ONLY");
  EXPECT_EQ(fact.evidence.size(), 2u);
  EXPECT_THAT(fact.derivation, HasSubstr("b says OPEN"));
}

TEST_F(FactsTest, PrecedenceOfTheFieldDecidesAndLosersAreListed) {
  Say("a", "2025-01-01", Says("weights: WEIGHTS_API_ONLY"));
  Say("b", "2025-01-01", Says("weights: WEIGHTS_OPEN parameters: 2"));
  Say("c", "2025-01-01", Says("weights: WEIGHTS_OPEN parameters: 1"));
  Reference({"precedence { field: 'model.weights' sources: 'a' }",
             "precedence { field: '*' sources: 'b' sources: 'a' }"});
  const ModelFact weights = Get("model.weights", "2025-06-01");
  EXPECT_EQ(DescribeValue(weights.value), "API_ONLY");
  ASSERT_EQ(weights.others.size(), 2u);
  EXPECT_EQ(weights.others[0].source, "b");
  const ModelFact parameters = Get("model.parameters", "2025-06-01");
  EXPECT_EQ(DescribeValue(parameters.value), "2");
  EXPECT_EQ(parameters.others.size(), 1u);
}

TEST_F(FactsTest, SourcesThatAgreeAreAllEvidence) {
  Say("a", "2025-01-01", Says("weights: WEIGHTS_OPEN"));
  Say("b", "2025-01-01", Says("weights: WEIGHTS_OPEN"));
  const ModelFact fact = Get("model.weights", "2025-06-01");
  EXPECT_EQ(fact.evidence.size(), 2u);
  EXPECT_THAT(fact.others, IsEmpty());
}

TEST_F(FactsTest, TheNarrowerOfTwoDatesIsUsed) {
  Say("a", "2025-01-01", Says("release_date: '2024'"));
  Say("b", "2025-01-01", Says("release_date: '2024-05-13'"));
  EXPECT_EQ(Value("model.release_date", "2025-06-01"), "2024-05-13");
  Say("c", "2025-01-01", Says("release_date: '2024-06'"));
  EXPECT_EQ(Get("model.release_date", "2025-06-01").value.unknown,
            UnknownReason::kConflict);
}

TEST_F(FactsTest, WithheldIsNotMissing) {
  Say("s", "2025-01-01", kModelM);
  log_.Add("t", "models", "2025-01-01",
           {"notes { field: 'parameters' kind: KIND_WITHHELD text: 'secret' } "
            "model { name: 'm' }"});
  const ModelFact fact = Get("model.parameters", "2025-06-01");
  EXPECT_EQ(fact.value.unknown, UnknownReason::kWithheld);
  EXPECT_EQ(fact.derivation, "secret");
  EXPECT_EQ(fact.evidence.size(), 1u);
}

TEST_F(FactsTest, AValueComesBeforeWithheldWhichIsListed) {
  log_.Add("a", "models", "2025-01-01",
           {"notes { field: 'parameters' kind: KIND_WITHHELD } "
            "model { name: 'm' }"});
  Say("b", "2025-01-01", Says("parameters: 7"));
  const ModelFact fact = Get("model.parameters", "2025-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "7");
  ASSERT_EQ(fact.others.size(), 1u);
  EXPECT_EQ(fact.others[0].value.unknown, UnknownReason::kWithheld);
}

TEST_F(FactsTest, ALicenceWordImpliesWeightsThroughItsRecord) {
  Reference(
      {"licence { id: 'MIT' words: 'MIT License' "
       "implies_weights: WEIGHTS_OPEN osi_approved: true }"});
  Say("arena", "2025-01-01", Says("licences { licence: 'mit' }"));
  const ModelFact fact = Get("model.weights", "2025-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "OPEN");
  EXPECT_EQ(fact.derivation, "licence 'mit' implies OPEN");
  ASSERT_EQ(fact.evidence.size(), 2u);
  EXPECT_EQ(catalog_->segment(fact.evidence[0]).meta().source(), "curated");
  EXPECT_EQ(catalog_->segment(fact.evidence[1]).meta().source(), "arena");
  EXPECT_EQ(Value("model.licence", "2025-06-01"), "MIT");
}

TEST_F(FactsTest, AnUnlistedLicenceWordIsMissing) {
  Reference({"licence { id: 'X' words: 'Silent' }"});
  Say("arena", "2025-01-01", Says("licences { licence: 'Nobody Knows' }"));
  const ModelFact fact = Get("model.weights", "2025-06-01");
  EXPECT_EQ(fact.value.unknown, UnknownReason::kMissing);
  EXPECT_THAT(fact.derivation, HasSubstr("'Nobody Knows'"));
  const ModelFact licence = Get("model.licence", "2025-06-01");
  EXPECT_EQ(licence.value.unknown, UnknownReason::kMissing);
  EXPECT_EQ(licence.derivation, "no record lists licence 'Nobody Knows'");

  Say("arena", "2025-02-01", Says("licences { licence: 'Silent' }"));
  EXPECT_EQ(Get("model.weights", "2025-06-01").value.unknown,
            UnknownReason::kMissing);
}

TEST_F(FactsTest, StatedWeightsComeBeforeImpliedOnes) {
  Reference({"licence { id: 'MIT' implies_weights: WEIGHTS_OPEN }"});
  Say("a", "2025-01-01", Says("licences { licence: 'MIT' }"));
  Say("b", "2025-01-01", Says("weights: WEIGHTS_GATED"));
  const ModelFact fact = Get("model.weights", "2025-06-01");
  EXPECT_EQ(DescribeValue(fact.value), "GATED");
  ASSERT_EQ(fact.others.size(), 1u);
  EXPECT_EQ(fact.others[0].source, "a");
}

TEST_F(FactsTest, TheLicenceOfTheCodeSaysNothingOfTheWeights) {
  Reference({"licence { id: 'MIT' implies_weights: WEIGHTS_OPEN }"});
  Say("a", "2025-01-01", Says("licences { component: 'code' licence: 'MIT' }"));
  EXPECT_EQ(Get("model.weights", "2025-06-01").value.unknown,
            UnknownReason::kMissing);
}

TEST_F(FactsTest, SeveralLicencesAreAConflictForTheOneLicence) {
  Reference({"licence { id: 'MIT' implies_weights: WEIGHTS_OPEN }",
             "licence { id: 'Apache-2.0' implies_weights: WEIGHTS_OPEN }",
             "licence { id: 'P' implies_weights: WEIGHTS_API_ONLY }"});
  Say("a", "2025-01-01",
      Says("licences { licence: 'MIT' } licences { licence: 'Apache-2.0' }"));
  EXPECT_EQ(Get("model.licence", "2025-06-01").value.unknown,
            UnknownReason::kConflict);
  EXPECT_EQ(Value("model.weights", "2025-06-01"), "OPEN");
  Say("a", "2025-02-01",
      Says("licences { licence: 'MIT' } licences { licence: 'P' }"));
  EXPECT_EQ(Get("model.weights", "2025-06-01").value.unknown,
            UnknownReason::kConflict);
}

TEST_F(FactsTest, LicenceClausesComeFromTheLicenceRecord) {
  Reference({"licence { id: 'MIT' osi_approved: true commercial_use: true }",
             "licence { id: 'NC' commercial_use: false }"});
  Say("a", "2025-01-01", Says("licences { licence: 'NC' }"));
  EXPECT_EQ(Value("licence.commercial_use", "2025-06-01"), "false");
  EXPECT_EQ(Get("licence.osi_approved", "2025-06-01").value.unknown,
            UnknownReason::kMissing);
}

TEST_F(FactsTest, ListsSayWhetherTheyAreComplete) {
  Reference({"model { name: 'base' }", "alias { name: 'B' model: 'base' }"});
  Say("a", "2025-01-01",
      Says("languages: 'en' base_models { model: 'B' } "
           "base_models_complete: true"));
  Say("b", "2025-01-01", Says("languages: 'de'"));
  EXPECT_EQ(Value("model.languages", "2025-06-01"), "[de, en, ...]");
  EXPECT_EQ(Value("model.base_models", "2025-06-01"), "[base]");
  Say("c", "2025-01-01", Says("languages: 'en' languages_complete: true"));
  EXPECT_EQ(Get("model.languages", "2025-06-01").value.unknown,
            UnknownReason::kConflict);
}

TEST_F(FactsTest, ACompleteEmptyListIsKnown) {
  Say("a", "2025-01-01", Says("base_models_complete: true"));
  EXPECT_EQ(Value("model.base_models", "2025-06-01"), "[]");
}

TEST_F(FactsTest, AVariantInheritsNothing) {
  Reference(
      {"alias { name: 'm-2025' model: 'm' relation: RELATION_NOT_SAME }"});
  log_.Add("arena", "models", "2025-01-01",
           {"model { name: 'm-2025' weights: WEIGHTS_OPEN }"});
  EXPECT_EQ(Get("model.weights", "2025-06-01").value.unknown,
            UnknownReason::kMissing);
}

TEST_F(FactsTest, AReplacedReferenceRowSaysWhatHeldUntilThen) {
  log_.Add("curated", "reference", "2024-01-01",
           {Says("weights: WEIGHTS_API_ONLY parameters: 1")});
  log_.Add("curated", "reference", "2025-01-01",
           {Says("weights: WEIGHTS_OPEN")});
  const ModelFact before = Get("model.weights", "2024-06-01");
  EXPECT_EQ(DescribeValue(before.value), "API_ONLY");
  EXPECT_FALSE(before.stated_after_as_of);
  EXPECT_EQ(Value("model.weights", "2025-06-01"), "OPEN");
  // Nature is what is known now, and the newer row no longer says it.
  EXPECT_EQ(Get("model.parameters", "2024-06-01").value.unknown,
            UnknownReason::kMissing);
}

TEST_F(FactsTest, ARetractedReferenceRowIsGone) {
  log_.Add("curated", "reference", "2025-01-01",
           {Says("weights: WEIGHTS_OPEN")});
  EXPECT_EQ(Value("model.weights", "2025-06-01"), "OPEN");
  log_.Add("curated", "reference", "2025-02-01", {"model { name: 'other' }"});
  EXPECT_EQ(Get("model.weights", "2025-06-01").value.unknown,
            UnknownReason::kMissing);
  EXPECT_EQ(Value("model.weights", "2025-01-15"), "OPEN");
}

}  // namespace
}  // namespace meridian::analysis
