#include "analysis_service/completion.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_facts.h"
#include "analysis_service/testing_grid.h"

namespace meridian::analysis {
namespace {

Completion Complete(const std::string& rule, const TestFacts& facts,
                    const SolverOptions& options = {}) {
  const CompiledPolicy policy = CompileForTest(absl::StrCat(
      "id: p\nversion: '1'\nrules: [{id: r, require: '", rule, "'}]\n"));
  return CompleteVerdict(policy, facts, {}, options);
}

Truth Never(const std::string& rule) {
  const CompiledPolicy policy = CompileForTest(absl::StrCat(
      "id: p\nversion: '1'\nrules: [{id: r, require: '", rule, "'}]\n"));
  return NeverTrue(policy.rules[0], TestFacts());
}

Truth Always(const std::string& rule) {
  const CompiledPolicy policy = CompileForTest(absl::StrCat(
      "id: p\nversion: '1'\nrules: [{id: r, require: '", rule, "'}]\n"));
  return AlwaysTrue(policy.rules[0], TestFacts());
}

TEST(CompletionTest, ContradictionIsNeverTrueThoughKleeneLeavesItUnknown) {
  const std::string rule = "model.country in EU && model.country == \"CN\"";
  EXPECT_EQ(Never(rule), Truth::kTrue);
  const Completion completion = Complete(rule, TestFacts());
  EXPECT_EQ(completion.can_be_admitted, Truth::kFalse);
  EXPECT_EQ(completion.can_be_excluded, Truth::kTrue);
}

TEST(CompletionTest, SameFactUnderTwoNamesContradictsItself) {
  EXPECT_EQ(Never("model.licence == \"MIT\" && licence.id == \"Apache-2.0\""),
            Truth::kTrue);
  EXPECT_EQ(Never("model.country == \"CN\" && \"US\" in model.countries"),
            Truth::kTrue);
  EXPECT_EQ(Never("\"CN\" in model.countries && \"US\" in model.countries"),
            Truth::kFalse);
}

TEST(CompletionTest, NumbersHaveNoRoomBetweenTheSameBounds) {
  EXPECT_EQ(Never("model.parameters < 10.0 && model.parameters > 10.0"),
            Truth::kTrue);
  EXPECT_EQ(Never("model.parameters < 11.0 && model.parameters > 10.0"),
            Truth::kFalse);
  EXPECT_EQ(Always("model.parameters >= 0.0"), Truth::kTrue);
  EXPECT_EQ(Always("model.parameters >= 1.0"), Truth::kFalse);
}

TEST(CompletionTest, PrefixesAndStringsCutRegions) {
  EXPECT_EQ(Never("licence.id.startsWith(\"Apache\") && licence.id == \"MIT\""),
            Truth::kTrue);
  EXPECT_EQ(
      Never(
          "licence.id.startsWith(\"Apache\") && licence.id != \"Apache-2.0\""),
      Truth::kFalse);
  EXPECT_EQ(Never("licence.id.startsWith(\"A\") && "
                  "licence.id.endsWith(\"0\")"),
            Truth::kFalse);
}

TEST(CompletionTest, AnImpreciseNumberStaysInItsInterval) {
  TestFacts facts;
  facts.Set("model.parameters", FactValue::Number(5, 15));
  Completion completion = Complete("model.parameters <= 10.0", facts);
  EXPECT_EQ(completion.can_be_admitted, Truth::kTrue);
  EXPECT_EQ(completion.can_be_excluded, Truth::kTrue);
  completion =
      Complete("model.parameters <= 10.0 && model.parameters > 15.0", facts);
  EXPECT_EQ(completion.can_be_admitted, Truth::kFalse);
}

TEST(CompletionTest, AnIncompleteListOnlyGrows) {
  TestFacts facts;
  facts.Set("model.countries", FactValue::List({{"CN"}, false}));
  EXPECT_EQ(Complete("\"US\" in model.countries", facts).can_be_admitted,
            Truth::kTrue);
  EXPECT_EQ(Complete("\"US\" in model.countries && "
                     "!(\"CN\" in model.countries)",
                     facts)
                .can_be_admitted,
            Truth::kFalse);
}

TEST(CompletionTest, DefaultsOfUnknownDoNotHoldForFactsThatAreKnown) {
  const CompiledPolicy policy = CompileForTest(
      "id: p\nversion: '1'\nrules: [{id: r, require: licence.osi_approved, "
      "on_unknown: EXCLUDE}]\n");
  const Completion completion = CompleteVerdict(policy, TestFacts());
  EXPECT_EQ(completion.can_be_admitted, Truth::kTrue);
  EXPECT_EQ(completion.can_be_excluded, Truth::kTrue);
}

TEST(CompletionTest, AWaivedRuleDoesNotCount) {
  const CompiledPolicy policy = CompileForTest(
      "id: p\nversion: '1'\nrules:\n- {id: a, require: licence.osi_approved}\n"
      "- {id: b, require: 'model.country in EU && model.country == \"CN\"'}\n");
  EXPECT_EQ(CompleteVerdict(policy, TestFacts()).can_be_admitted,
            Truth::kFalse);
  EXPECT_EQ(CompleteVerdict(policy, TestFacts(), {false, true}).can_be_admitted,
            Truth::kTrue);
}

TEST(CompletionPropertyTest, AgreesWithTryingEveryCompletion) {
  int decided = 0, refined = 0;
  for (int seed = 0; seed < 400; ++seed) {
    RandomPolicies random(seed);
    const std::string text = random.Policy(1 + random.Pick(3));
    const CompiledPolicy policy = CompileForTest(text);
    const TestFacts facts = random.Facts();
    bool admitted = false, excluded = false;
    TestGrid({&policy}, facts).ForEach([&](const TestFacts& complete) {
      const v1::Verdict verdict = Judge(policy, complete).verdict;
      admitted |= verdict == v1::VERDICT_ADMISSIBLE;
      excluded |= verdict == v1::VERDICT_EXCLUDED;
    });
    const Completion completion = CompleteVerdict(policy, facts);
    EXPECT_EQ(completion.can_be_admitted,
              admitted ? Truth::kTrue : Truth::kFalse)
        << seed << "\n"
        << text;
    EXPECT_EQ(completion.can_be_excluded,
              excluded ? Truth::kTrue : Truth::kFalse)
        << seed << "\n"
        << text;
    // Without defaults, Kleene logic is sound.
    const bool defaults = text.find("EXCLUDE") != std::string::npos ||
                          text.find("ADMIT") != std::string::npos;
    const v1::Verdict verdict = Judge(policy, facts).verdict;
    if (!defaults && verdict == v1::VERDICT_ADMISSIBLE) {
      EXPECT_FALSE(excluded) << text;
    }
    if (!defaults && verdict == v1::VERDICT_EXCLUDED) {
      EXPECT_FALSE(admitted) << text;
    }
    decided += completion.can_be_admitted != Truth::kUnknown;
    refined += verdict == v1::VERDICT_UNDETERMINED && !(admitted && excluded);
  }
  EXPECT_EQ(decided, 400);
  EXPECT_GT(refined, 0);
}

TEST(CompletionPropertyTest, Z3AgreesWithEnumeration) {
  if (!HasZ3()) GTEST_SKIP() << "built without Z3";
  SolverOptions tried, solved;
  tried.use_z3 = false;
  solved.max_choices = 0;
  int decided = 0;
  for (int seed = 1000; seed < 1200; ++seed) {
    RandomPolicies random(seed);
    const CompiledPolicy policy = CompileForTest(random.Policy(2));
    const TestFacts facts = random.Facts();
    const Completion a = CompleteVerdict(policy, facts, {}, tried);
    const Completion b = CompleteVerdict(policy, facts, {}, solved);
    EXPECT_EQ(b.can_be_admitted, a.can_be_admitted) << seed;
    EXPECT_EQ(b.can_be_excluded, a.can_be_excluded) << seed;
    decided += a.can_be_admitted != Truth::kUnknown;
  }
  EXPECT_EQ(decided, 200);
}

}  // namespace
}  // namespace meridian::analysis
