#include "analysis_service/policy_relation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_facts.h"
#include "analysis_service/testing_grid.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

PolicyMeaning Relate(const CompiledPolicy& a, const CompiledPolicy& b,
                     const SolverOptions& options = {}) {
  const TestFacts nothing;
  return RelatePolicies({&a, &nothing}, {&b, &nothing}, true, options);
}

CompiledPolicy Rules(const std::vector<std::string>& rules) {
  std::string text = "id: p\nversion: '1'\nsets: {FAR: [CN, RU]}\nrules:\n";
  for (size_t i = 0; i < rules.size(); ++i) {
    absl::StrAppend(&text, "  - {id: r", i, ", ", rules[i], "}\n");
  }
  return CompileForTest(text);
}

PolicyMeaning Relate(const std::string& a, const std::string& b) {
  return Relate(Rules({a}), Rules({b}));
}

v1::PolicyRelation Swapped(v1::PolicyRelation relation) {
  if (relation == v1::POLICY_RELATION_A_STRICTER) {
    return v1::POLICY_RELATION_B_STRICTER;
  }
  if (relation == v1::POLICY_RELATION_B_STRICTER) {
    return v1::POLICY_RELATION_A_STRICTER;
  }
  return relation;
}

TEST(PolicyRelationTest, FiveRelations) {
  const std::string open = "require: model.weights == OPEN";
  const std::string wide = "require: 'model.weights in OPEN_DOWNLOAD'";
  const std::string far = "forbid: model.country in FAR";
  EXPECT_EQ(Relate(open, open).relation, v1::POLICY_RELATION_EQUIVALENT);
  EXPECT_EQ(Relate(open, wide).relation, v1::POLICY_RELATION_A_STRICTER);
  EXPECT_EQ(Relate(wide, open).relation, v1::POLICY_RELATION_B_STRICTER);
  EXPECT_EQ(Relate(open, "forbid: model.weights == OPEN").relation,
            v1::POLICY_RELATION_DISJOINT);
  EXPECT_EQ(Relate(open, far).relation, v1::POLICY_RELATION_INCOMPARABLE);
  EXPECT_EQ(Relate(open, far).decided_by, "enumeration");
}

TEST(PolicyRelationTest, ADifferentWordingIsEquivalent) {
  EXPECT_EQ(Relate("forbid: model.country in FAR",
                   "require: 'model.country != \"CN\" && "
                   "model.country != \"RU\"'")
                .relation,
            v1::POLICY_RELATION_EQUIVALENT);
  EXPECT_EQ(Relate("forbid: 'FAR.exists(c, developer.controlled_from(c, 0.5))'",
                   "require: '!developer.controlled_from(\"CN\", 0.5) && "
                   "!developer.controlled_from(\"RU\", 0.5)'")
                .relation,
            v1::POLICY_RELATION_EQUIVALENT);
  EXPECT_EQ(Relate("require: licence.permits(\"commercial\")",
                   "require: licence.commercial_use")
                .relation,
            v1::POLICY_RELATION_EQUIVALENT);
}

TEST(PolicyRelationTest, ASmallerShareOfControlIsStricter) {
  const PolicyMeaning meaning =
      Relate("forbid: 'developer.controlled_from(\"CN\", 0.25)'",
             "forbid: 'developer.controlled_from(\"CN\", 0.5)'");
  EXPECT_EQ(meaning.relation, v1::POLICY_RELATION_A_STRICTER);
  ASSERT_THAT(meaning.witnesses, SizeIs(1));
  EXPECT_EQ(meaning.witnesses[0].a(), v1::VERDICT_EXCLUDED);
  EXPECT_EQ(meaning.witnesses[0].b(), v1::VERDICT_ADMISSIBLE);
}

TEST(PolicyRelationTest, WitnessNamesTheFactsThatDiffer) {
  const PolicyMeaning meaning = Relate("require: model.parameters <= 10.0",
                                       "require: model.parameters <= 20.0");
  EXPECT_EQ(meaning.relation, v1::POLICY_RELATION_A_STRICTER);
  ASSERT_THAT(meaning.witnesses, SizeIs(1));
  ASSERT_THAT(meaning.witnesses[0].facts(), SizeIs(1));
  EXPECT_EQ(meaning.witnesses[0].facts(0).field(), "model.parameters");
}

TEST(PolicyRelationTest, WhatCannotBeListedIsNotGuessed) {
  const PolicyMeaning meaning =
      Relate("require: 'offerings.exists(o, o.status == AVAILABLE)'",
             "require: 'offerings.exists(o, o.retains_prompts)'");
  EXPECT_EQ(meaning.relation, v1::POLICY_RELATION_UNSPECIFIED);
  EXPECT_THAT(meaning.decided_by, HasSubstr("not decided"));
  // The same words are the same whatever they mean.
  EXPECT_EQ(Relate("require: 'offerings.exists(o, o.retains_prompts)'",
                   "require: 'offerings.exists(o, o.retains_prompts)'")
                .relation,
            v1::POLICY_RELATION_EQUIVALENT);
}

TEST(PolicyRelationTest, ArithmeticIsTriedAndReplayed) {
  const PolicyMeaning meaning =
      Relate("require: 'model.parameters * 2.0 <= 10.0'",
             "require: 'model.parameters >= 0.0'");
  // Found: something that B admits and A does not. That nothing is the other
  // way round follows from B being always true.
  EXPECT_EQ(meaning.relation, v1::POLICY_RELATION_A_STRICTER);
}

TEST(PolicyRelationTest, DeployersOfTheTwoPoliciesCanDiffer) {
  const CompiledPolicy policy =
      Rules({"require: 'deployer.country == \"DE\" || licence.osi_approved'"});
  TestFacts de, us;
  de.Set("deployer.country", FactValue::Text("DE"));
  us.Set("deployer.country", FactValue::Text("US"));
  EXPECT_EQ(RelatePolicies({&policy, &de}, {&policy, &us}, false).relation,
            v1::POLICY_RELATION_B_STRICTER);
  EXPECT_EQ(RelatePolicies({&policy, &de}, {&policy, &de}, true).relation,
            v1::POLICY_RELATION_EQUIVALENT);
}

TEST(PolicyRelationPropertyTest, AgreesWithTryingAllFacts) {
  std::map<v1::PolicyRelation, int> seen;
  for (int seed = 0; seed < 120; ++seed) {
    RandomPolicies random(seed);
    const std::string text_a = random.Policy(1 + random.Pick(2), 1);
    const std::string text_b = random.Policy(1 + random.Pick(2), 1);
    const CompiledPolicy a = CompileForTest(text_a), b = CompileForTest(text_b);
    bool both = false, only_a = false, only_b = false;
    const TestFacts nothing;
    TestGrid({&a, &b}, nothing).ForEach([&](const TestFacts& facts) {
      const bool in_a = Judge(a, facts).verdict == v1::VERDICT_ADMISSIBLE;
      const bool in_b = Judge(b, facts).verdict == v1::VERDICT_ADMISSIBLE;
      both |= in_a && in_b;
      only_a |= in_a && !in_b;
      only_b |= in_b && !in_a;
    });
    const v1::PolicyRelation expected =
        !only_a && !only_b ? v1::POLICY_RELATION_EQUIVALENT
        : !only_a          ? v1::POLICY_RELATION_A_STRICTER
        : !only_b          ? v1::POLICY_RELATION_B_STRICTER
        : both             ? v1::POLICY_RELATION_INCOMPARABLE
                           : v1::POLICY_RELATION_DISJOINT;
    const PolicyMeaning meaning = Relate(a, b);
    EXPECT_EQ(meaning.relation, expected) << seed << "\n" << text_a << text_b;
    EXPECT_EQ(Relate(b, a).relation, Swapped(expected)) << seed;
    EXPECT_EQ(Relate(a, a).relation, v1::POLICY_RELATION_EQUIVALENT) << seed;
    for (const v1::PolicyWitness& witness : meaning.witnesses) {
      EXPECT_NE(witness.a() == v1::VERDICT_ADMISSIBLE,
                witness.b() == v1::VERDICT_ADMISSIBLE)
          << seed << witness.DebugString();
    }
    ++seen[meaning.relation];
  }
  EXPECT_GE(seen.size(), 4u);
  EXPECT_EQ(seen.count(v1::POLICY_RELATION_UNSPECIFIED), 0u);
}

TEST(PolicyRelationPropertyTest, Z3AgreesWithEnumeration) {
  if (!HasZ3()) GTEST_SKIP() << "built without Z3";
  SolverOptions tried, solved;
  tried.use_z3 = false;
  solved.max_choices = 0;
  for (int seed = 5000; seed < 5200; ++seed) {
    RandomPolicies random(seed);
    const CompiledPolicy a = CompileForTest(random.Policy(2, 1));
    const CompiledPolicy b = CompileForTest(random.Policy(2, 1));
    const PolicyMeaning meaning = Relate(a, b, solved);
    EXPECT_EQ(meaning.relation, Relate(a, b, tried).relation) << seed;
    EXPECT_EQ(meaning.decided_by, "z3") << seed;
  }
}

TEST(PolicyRelationTest, OverTheLimitOfStepsItIsNotDecided) {
  if (!HasZ3()) GTEST_SKIP() << "built without Z3";
  SolverOptions options;
  options.max_choices = 0;
  options.z3_limit = 1;
  RandomPolicies random(1);
  const CompiledPolicy a = CompileForTest(random.Policy(6, 4));
  const CompiledPolicy b = CompileForTest(random.Policy(6, 4));
  const PolicyMeaning meaning = Relate(a, b, options);
  EXPECT_EQ(meaning.relation, v1::POLICY_RELATION_UNSPECIFIED);
  EXPECT_THAT(meaning.decided_by, HasSubstr("not decided"));
}

}  // namespace
}  // namespace meridian::analysis
