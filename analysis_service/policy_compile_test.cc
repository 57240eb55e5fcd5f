// Policies as files: what is read, and what is refused with its place.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/policy.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;
using ::testing::StartsWith;

Environment Env() {
  Environment environment;
  environment.lists = {"EU"};
  return environment;
}

CompiledPolicy Compiled(absl::string_view text,
                        absl::string_view file = "p.yaml") {
  auto policy = CompilePolicyText(text, file, Env());
  EXPECT_TRUE(policy.ok()) << policy.status();
  return policy.ok() ? *std::move(policy) : CompiledPolicy();
}

std::string Error(absl::string_view text, absl::string_view file = "p.yaml") {
  const auto policy = CompilePolicyText(text, file, Env());
  EXPECT_EQ(policy.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(policy.status()), "BAD_POLICY");
  // What a client can carry in a header.
  EXPECT_LT(policy.status().message().size(), 8000u);
  return std::string(policy.status().message());
}

std::string WithRules(absl::string_view more) {
  return absl::StrCat("id: p\nversion: 1\n", more);
}

constexpr char kRule[] = "rules: [{id: r, require: model.weights == OPEN}]\n";

constexpr char kFull[] = R"(id: p
version: 2026-09
title: A title
author_note: One reading.
references: ["https://example.org"]
valid_from: 2026-01-01
subject: MODEL
deployer: {country: FR, monthly_active_users: 2e6, commercial: true, mode: EITHER}
sets: {FAR: [XA, XB]}
defines:
  from_far: model.country in FAR
  open_far: from_far && is_open
  is_open: model.weights == OPEN
max_age_days: 400
rules:
  - {id: a, require: is_open, on_unknown: EXCLUDE}
  - {id: b, forbid: open_far, applies_when: deployer.commercial}
  - {id: c, prefer: model.parameters, weight: 0.5}
  - {id: d, warn: from_far}
  - {id: e, oblige: is_open, obligation: say so}
waivers:
  - {rule: a, subject: m, until: 2026-12-31, approver: CIO, reason: pilot}
portfolio:
  - {id: f, max_hhi: 2500, dimension: VENDOR}
  - {id: g, min_self_hostable: 1, within_points: 30}
objectives:
  - {task: general, board: b, critical: true}
)";

TEST(PolicyFileTest, EverythingThatAPolicyHasIsRead) {
  const CompiledPolicy compiled = Compiled(kFull);
  const v1::Policy& policy = compiled.policy;
  EXPECT_EQ(policy.version(), "2026-09");
  EXPECT_EQ(policy.subject(), v1::SUBJECT_MODEL);
  EXPECT_EQ(policy.deployer().mode(), v1::DEPLOY_MODE_EITHER);
  EXPECT_EQ(policy.deployer().monthly_active_users(), 2e6);
  EXPECT_EQ(policy.max_age_days(), 400u);
  EXPECT_EQ(policy.portfolio(0).dimension(), v1::DIMENSION_VENDOR);
  EXPECT_TRUE(policy.objectives(0).critical());
  ASSERT_THAT(compiled.rules, SizeIs(5));
  EXPECT_TRUE(compiled.rules[2].is_number);
  EXPECT_EQ(compiled.rules[2].weight, 0.5);
  EXPECT_FALSE(compiled.rules[3].is_hard());
  EXPECT_EQ(compiled.rules[1].expanded,
            "((model.country in FAR) && (model.weights == OPEN))");
}

TEST(PolicyFileTest, TextprotoIsTheSamePolicy) {
  const std::string text = Compiled(kFull).policy.DebugString();
  EXPECT_EQ(PolicyDigest(Compiled(text, "p.textproto").policy),
            PolicyDigest(Compiled(kFull).policy));
}

TEST(PolicyFileTest, MistakesInTextprotoHaveTheirPlace) {
  const std::string head = "id: \"p\" version: \"1\"\n";
  EXPECT_THAT(Error(absl::StrCat(head,
                                 "rules {\n  id: \"r\"\n  require: "
                                 "\"model.wieghts == OPEN\"\n}\n"),
                    "p.textproto"),
              StartsWith("p.textproto:4:13: rule 'r': "));
  const std::string unknown = Error(
      absl::StrCat(head, "rules { id: \"r\" requrie: \"true\" }"), "p.txtpb");
  EXPECT_THAT(unknown, StartsWith("p.txtpb:2:"));
  EXPECT_THAT(unknown, HasSubstr("did you mean 'require'"));
  EXPECT_THAT(
      Error(absl::StrCat(head, "rules { id: \"r\" require: \"tru"), "p.txtpb"),
      StartsWith("p.txtpb:2:"));
  EXPECT_THAT(
      Error(absl::StrCat(head, "rules { id: 'r' prefer: 'true' weight: nan }"),
            "p.txtpb"),
      HasSubstr("a weight is more than 0"));
}

TEST(PolicyFileTest, AnErrorInADefinePointsIntoTheDefine) {
  EXPECT_THAT(Error(WithRules("defines:\n  far: model.cuontry == \"XA\"\n"
                              "rules: [{id: r, forbid: far}]\n")),
              StartsWith("p.yaml:4:8: rule 'r': "));
  EXPECT_THAT(Error(WithRules("defines:\n  a: b || c\n  b: a\n  c: 'true'\n"
                              "rules: [{id: r, forbid: a}]\n")),
              HasSubstr("uses itself"));
  std::string doubling = "defines:\n";
  for (int i = 0; i < 40; ++i) {
    absl::StrAppend(&doubling, "  d", i, ": d", i + 1, " && d", i + 1, "\n");
  }
  absl::StrAppend(&doubling, "  d40: model.weights == OPEN\n",
                  "rules: [{id: r, require: d0}]\n");
  EXPECT_THAT(Error(WithRules(doubling)), HasSubstr("write it shorter"));
}

TEST(PolicyFileTest, AWaiverHasAnEndAnApproverAndAReason) {
  const std::string error = Error(
      WithRules(absl::StrCat(kRule,
                             "waivers:\n"
                             "  - {rule: r, subject: m, approver: a, "
                             "reason: b}\n"
                             "  - {rule: q, subject: m, until: soon}\n")));
  EXPECT_THAT(error, HasSubstr("p.yaml:5:5: "));
  EXPECT_THAT(error, HasSubstr("has no 'until'"));
  EXPECT_THAT(error, HasSubstr("there is no rule 'q'"));
  EXPECT_THAT(error, HasSubstr("has no 'approver'"));
  EXPECT_THAT(error, HasSubstr("'soon'"));
}

TEST(PolicyFileTest, TheBadFilesOfTheStudyAreRefusedAtLoad) {
  EXPECT_THAT(Error(WithRules("rules: [{id: r, require: model.wieghts == "
                              "OPEN}]\n")),
              HasSubstr("did you mean 'model.weights'"));
  EXPECT_THAT(Error(WithRules("rules:\n  - id: r\n    require: licence.id > "
                              "3\n")),
              StartsWith("p.yaml:5:"));
}

TEST(PolicyFileTest, HostileFilesAreRefusedWithAPlace) {
  const std::vector<std::string> files = {
      std::string(10 << 20, 'a'),
      WithRules("rules: [{id: r, require: \"model.name == 'x}]"),
      WithRules("rules: [{id: r, require: 'model.name == \"x'}]"),
      absl::StrCat("id: ", std::string(5000, '['), "\n"),
      "a: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n",
      WithRules("rules: [{id: r, prefer: 'true', weight: .nan}]\n"),
      WithRules(absl::StrCat("rules: [{id: r, require: '",
                             std::string(3000, '('), "true",
                             std::string(3000, ')'), "'}]\n")),
      WithRules(absl::StrCat("rules: [{id: r, require: '",
                             std::string(20000, '!'), "true'}]\n")),
      WithRules("rules: {id: r}\n"),
      std::string("\0\1\2", 3)};
  for (const std::string& file : files) {
    EXPECT_THAT(Error(file), StartsWith("p.yaml:")) << file.substr(0, 60);
  }
  std::string list = "rules: [{id: r, require: 'model.name in [";
  for (int i = 0; i < 3000; ++i) absl::StrAppend(&list, "\"a\", ");
  EXPECT_THAT(Error(WithRules(list + "\"b\"]'}]\n")), StartsWith("p.yaml:"));
  std::string rules = "rules:\n";
  for (int i = 0; i < kMaxPolicyRules + 1; ++i) {
    absl::StrAppend(&rules, "  - {id: r", i, ", require: 'true'}\n");
  }
  EXPECT_THAT(Error(WithRules(rules)), HasSubstr("at most 256"));
}

TEST(PolicyDigestTest, CoversAllThatDecidesAndNothingElse) {
  const v1::Policy policy = Compiled(kFull).policy;
  const std::string digest = PolicyDigest(policy);
  const auto changed = [&](auto change) {
    v1::Policy other = policy;
    change(&other);
    return PolicyDigest(other) != digest;
  };
  EXPECT_FALSE(changed([](v1::Policy* p) { p->set_title("x"); }));
  EXPECT_FALSE(changed([](v1::Policy* p) {
    p->mutable_rules(0)->set_because("x");
    p->mutable_rules(0)->set_require("  is_open\n");
  }));
  EXPECT_TRUE(changed([](v1::Policy* p) {
    p->mutable_defines(0)->set_expression("model.country == 'XA'");
  }));
  EXPECT_TRUE(changed([](v1::Policy* p) { p->set_max_age_days(1); }));
  EXPECT_TRUE(changed([](v1::Policy* p) { p->set_valid_to("2026-12-31"); }));
  EXPECT_TRUE(changed(
      [](v1::Policy* p) { p->mutable_deployer()->set_military(false); }));
  EXPECT_TRUE(changed(
      [](v1::Policy* p) { p->mutable_waivers(0)->set_until("2027-01-01"); }));
  EXPECT_TRUE(
      changed([](v1::Policy* p) { p->mutable_rules(2)->set_weight(1); }));
  EXPECT_TRUE(
      changed([](v1::Policy* p) { p->mutable_portfolio(0)->set_max_hhi(1); }));
  EXPECT_TRUE(changed(
      [](v1::Policy* p) { p->mutable_objectives(0)->set_critical(false); }));
  EXPECT_TRUE(changed([](v1::Policy* p) {
    p->mutable_rules(0)->set_on_unknown(v1::ON_UNKNOWN_ADMIT);
  }));
}

}  // namespace
}  // namespace meridian::analysis
