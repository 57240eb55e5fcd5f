#include "analysis_service/policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class Facts : public FactSource {
 public:
  Facts& Set(absl::string_view field, FactValue value) {
    values_[FindField(field)] = std::move(value);
    return *this;
  }
  const FactValue& Get(FieldIndex field) const override {
    const auto found = values_.find(field);
    return found == values_.end() ? missing_ : found->second;
  }
  StringList ListMembers(absl::string_view) const override {
    return {{"DE", "FR"}, true};
  }

 private:
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
  std::map<FieldIndex, FactValue> values_;
};

Environment Env() {
  Environment environment;
  environment.lists = {"EU"};
  return environment;
}

constexpr char kPolicy[] = R"(id: p
version: "1"
title: A policy
sets:
  ADVERSARIES: [CN, RU]
rules:
  - id: weights
    require: model.weights in OPEN_DOWNLOAD
    because: it must not be taken away
  - id: control
    forbid: model.country in ADVERSARIES
)";

CompiledPolicy Compiled(absl::string_view text) {
  auto policy = CompilePolicyYaml(text, "p.yaml", Env());
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *std::move(policy) : CompiledPolicy();
}

std::string Error(absl::string_view text) {
  const auto policy = CompilePolicyYaml(text, "p.yaml", Env());
  EXPECT_EQ(ErrorReason(policy.status()), "BAD_POLICY") << text;
  return std::string(policy.status().message());
}

// kPolicy with one text replaced by another.
std::string With(const std::string& from, const std::string& to) {
  std::string text = kPolicy;
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST(PolicyTest, AllSatisfiedIsAdmissibleAndOneViolatedIsExcluded) {
  const CompiledPolicy policy = Compiled(kPolicy);
  Facts facts;
  facts.Set("model.weights", FactValue::Text("GATED"))
      .Set("model.country", FactValue::Text("FR"));
  EXPECT_EQ(Judge(policy, facts).verdict, v1::VERDICT_ADMISSIBLE);
  facts.Set("model.country", FactValue::Text("CN"));
  const PolicyOutcome outcome = Judge(policy, facts);
  EXPECT_EQ(outcome.verdict, v1::VERDICT_EXCLUDED);
  ASSERT_THAT(outcome.rules, SizeIs(2));
  EXPECT_EQ(outcome.rules[0].satisfied, Truth::kTrue);
  EXPECT_EQ(outcome.rules[1].satisfied, Truth::kFalse);
  EXPECT_THAT(outcome.rules[1].fields, ElementsAre(FindField("model.country")));
}

TEST(PolicyTest, AnUnknownFactIsUndeterminedUnlessAnotherRuleExcludes) {
  const CompiledPolicy policy = Compiled(kPolicy);
  Facts facts;
  facts.Set("model.weights", FactValue::Text("OPEN"))
      .Set("model.country", FactValue::Unknown(UnknownReason::kWithheld));
  PolicyOutcome outcome = Judge(policy, facts);
  EXPECT_EQ(outcome.verdict, v1::VERDICT_UNDETERMINED);
  EXPECT_THAT(outcome.rules[1].reasons, ElementsAre(UnknownReason::kWithheld));
  EXPECT_THAT(outcome.rules[1].unknown_fields,
              ElementsAre(FindField("model.country")));
  facts.Set("model.weights", FactValue::Text("API_ONLY"));
  EXPECT_EQ(Judge(policy, facts).verdict, v1::VERDICT_EXCLUDED);
}

TEST(PolicyTest, OnUnknownDecidesAndSaysSo) {
  const auto judge = [](const std::string& word) {
    const CompiledPolicy policy = Compiled(
        absl::StrCat("id: p\nversion: 1\nrules:\n  - id: r\n    require: "
                     "licence.osi_approved\n    on_unknown: ",
                     word, "\n"));
    const PolicyOutcome outcome = Judge(policy, Facts());
    EXPECT_EQ(outcome.rules[0].by_default, word != "UNDETERMINED");
    EXPECT_THAT(outcome.rules[0].reasons, ElementsAre(UnknownReason::kMissing));
    return outcome.verdict;
  };
  EXPECT_EQ(judge("EXCLUDE"), v1::VERDICT_EXCLUDED);
  EXPECT_EQ(judge("ADMIT"), v1::VERDICT_ADMISSIBLE);
  EXPECT_EQ(judge("UNDETERMINED"), v1::VERDICT_UNDETERMINED);
}

TEST(PolicyTest, ARuleThatDoesNotApplyIsSatisfiedAndOneThatMayIsUnknown) {
  const CompiledPolicy policy = Compiled(
      "id: p\nversion: 1\nrules:\n  - id: r\n    applies_when: model.country "
      "== \"US\"\n    require: model.weights == OPEN\n");
  Facts facts;
  facts.Set("model.weights", FactValue::Text("NONE"))
      .Set("model.country", FactValue::Text("FR"));
  PolicyOutcome outcome = Judge(policy, facts);
  EXPECT_EQ(outcome.verdict, v1::VERDICT_ADMISSIBLE);
  EXPECT_FALSE(outcome.rules[0].applies);
  facts.Set("model.country", FactValue::Text("US"));
  EXPECT_EQ(Judge(policy, facts).verdict, v1::VERDICT_EXCLUDED);
  facts.Set("model.country", FactValue::Unknown(UnknownReason::kMissing));
  EXPECT_EQ(Judge(policy, facts).verdict, v1::VERDICT_UNDETERMINED);
  facts.Set("model.weights", FactValue::Text("OPEN"));
  EXPECT_EQ(Judge(policy, facts).verdict, v1::VERDICT_ADMISSIBLE);
}

TEST(PolicyTest, ExplainsInOneSentence) {
  const CompiledPolicy policy = Compiled(
      With("require: model.weights in OPEN_DOWNLOAD",
           "require: |\n      model.weights\n        in OPEN_DOWNLOAD"));
  Facts facts;
  facts.Set("model.weights", FactValue::Text("API_ONLY"));
  const PolicyOutcome outcome = Judge(policy, facts);
  EXPECT_EQ(Explain(policy.rules[0], outcome.rules[0], facts),
            "requires `model.weights in OPEN_DOWNLOAD`, but model.weights is "
            "API_ONLY");
  EXPECT_THAT(Explain(policy.rules[1], outcome.rules[1], facts),
              HasSubstr("model.country is unknown (MISSING)"));
}

TEST(PolicyTest, TheDigestIsOfWhatIsDemanded) {
  const std::string digest = PolicyDigest(Compiled(kPolicy).policy);
  EXPECT_THAT(digest, SizeIs(64));
  EXPECT_EQ(
      PolicyDigest(Compiled(absl::StrCat("# a comment\n", kPolicy)).policy),
      digest);
  EXPECT_EQ(PolicyDigest(Compiled(With("[CN, RU]", "[RU, CN]")).policy),
            digest);
  EXPECT_NE(PolicyDigest(Compiled(With("[CN, RU]", "[CN]")).policy), digest);
  EXPECT_NE(PolicyDigest(Compiled(With("forbid", "require")).policy), digest);
}

TEST(PolicyErrorTest, EveryMistakeHasItsPlaceInTheFile) {
  const std::string error = Error(R"(id: p
version: 1
rules:
  - id: a
    require: model.wieghts == OPEN
    becuase: x
  - id: a
    require: |
      model.country == "US" &&
      model.parameters > "many"
    on_unknown: MAYBE
  - forbid: true
    require: false
)");
  EXPECT_THAT(error, HasSubstr("p.yaml:5:14: rule 'a': "));
  EXPECT_THAT(error, HasSubstr("did you mean 'model.weights'"));
  EXPECT_THAT(error, HasSubstr("p.yaml:6:"));
  EXPECT_THAT(error, HasSubstr("did you mean 'because'"));
  EXPECT_THAT(error, HasSubstr("'a' is used twice"));
  EXPECT_THAT(error, HasSubstr("p.yaml:10:24: "));
  EXPECT_THAT(error, HasSubstr("on_unknown is 'MAYBE'"));
  EXPECT_THAT(error, HasSubstr("has no 'id'"));
  EXPECT_THAT(error, HasSubstr("not both"));
}

TEST(PolicyErrorTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(Error("version: 1\nrules: [{id: a, require: 'true'}]\n"),
              HasSubstr("no 'id'"));
  EXPECT_THAT(Error("id: p\nrules: [{id: a, require: 'true'}]\n"),
              HasSubstr("no 'version'"));
  EXPECT_THAT(Error("id: p\nversion: 1\n"), HasSubstr("no 'rules'"));
  EXPECT_THAT(Error("id: p\nversion: 1\nrules: []\n"),
              HasSubstr("at least one"));
  EXPECT_THAT(Error("id: p\nversion: 1\nrules: [{id: a}]\n"),
              HasSubstr("neither"));
  EXPECT_THAT(Error("[]"), HasSubstr("a policy is a mapping"));
  EXPECT_THAT(Error("id: [\n"), HasSubstr("p.yaml:"));
  EXPECT_THAT(Error(std::string(kMaxPolicyBytes + 1, '#')),
              HasSubstr("longer than"));
}

TEST(PolicyErrorTest, AMessageIsCheckedLikeAFile) {
  v1::Policy policy = Compiled(kPolicy).policy;
  EXPECT_TRUE(CompilePolicy(policy, Env()).ok());
  policy.mutable_rules(0)->set_require("model.weights =");
  policy.mutable_rules(1)->set_id("weights");
  const auto compiled = CompilePolicy(policy, Env());
  EXPECT_EQ(ErrorReason(compiled.status()), "BAD_POLICY");
  EXPECT_THAT(compiled.status().message(), HasSubstr("compare with =="));
  EXPECT_THAT(compiled.status().message(), HasSubstr("twice"));
}

}  // namespace
}  // namespace meridian::analysis
