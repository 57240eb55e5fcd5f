// The sample policies, as a person finds them: every suite passes, every
// policy has one, every rule was tried, every mistake on purpose is explained.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_meaning.h"
#include "analysis_service/policy_suite.h"
#include "analysis_service/testing_log.h"
#include "common/records/record_yaml.h"
#include "common/yaml/yaml.h"

namespace meridian::analysis {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

const fs::path kFolder = MERIDIAN_SOURCE_DIR "/samples/policies";
const fs::path kReference = MERIDIAN_SOURCE_DIR "/samples/reference";

std::string FileText(const fs::path& path) {
  std::ifstream in(path);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::vector<fs::path> FilesIn(const fs::path& folder) {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool IsSuite(const fs::path& path) {
  return absl::EndsWith(path.string(), ".suite.yaml");
}

std::vector<fs::path> Suites() {
  std::vector<fs::path> suites = FilesIn(kFolder);
  suites.erase(std::remove_if(suites.begin(), suites.end(),
                              [](const auto& path) { return !IsSuite(path); }),
               suites.end());
  return suites;
}

std::vector<fs::path> Policies() {
  std::vector<fs::path> policies = FilesIn(kFolder);
  policies.erase(std::remove_if(policies.begin(), policies.end(), IsSuite),
                 policies.end());
  return policies;
}

YamlValue Tree(const fs::path& path) {
  const auto tree = ParseYaml(FileText(path), path.string());
  EXPECT_TRUE(tree.ok()) << tree.status();
  return tree.ok() ? *tree : YamlValue();
}

std::vector<std::string> PoliciesOf(const fs::path& suite) {
  const YamlValue tree = Tree(suite);
  const YamlValue* policies = tree.Find("policies");
  std::vector<std::string> names;
  if (policies == nullptr) return names;
  for (const YamlValue& file : policies->children) names.push_back(file.text);
  return names;
}

// The reference data of the repository, one snapshot for each file.
std::shared_ptr<const Catalog> SampleCatalog() {
  TestLog log;
  for (const fs::path& path : FilesIn(kReference)) {
    const YamlValue tree = Tree(path);
    const auto records = ReadRecords(path.string(), tree, {{"vintage"}, ""});
    EXPECT_TRUE(records.ok()) << records.status();
    if (!records.ok()) continue;
    std::vector<std::string> texts;
    for (const v1::Record& record : *records) {
      texts.push_back(record.DebugString());
    }
    log.Add("reference", absl::StrCat("reference/", path.stem().string()),
            tree.Find("vintage")->text, texts);
  }
  return log.Commit();
}

Question SampleQuestion() {
  static const auto* catalog =
      new std::shared_ptr<const Catalog>(SampleCatalog());
  Question question;
  question.catalog = *catalog;
  question.as_of = *ParseDay("2026-09-30");
  return question;
}

using Rewrite = std::function<std::string(absl::string_view)>;
std::string AsWritten(absl::string_view text) { return std::string(text); }

absl::StatusOr<v1::TestPoliciesResponse> RunSuite(
    const fs::path& suite, const Rewrite& rewrite = AsWritten) {
  v1::TestPoliciesRequest request;
  request.mutable_suite()->set_text(rewrite(FileText(suite)));
  request.mutable_suite()->set_file_name(suite.filename().string());
  for (const std::string& name : PoliciesOf(suite)) {
    v1::PolicySource* policy = request.add_policies();
    policy->set_text(rewrite(FileText(kFolder / name)));
    policy->set_file_name(name);
  }
  return TestPolicies(SampleQuestion(), request);
}

void ExpectPasses(const absl::StatusOr<v1::TestPoliciesResponse>& answer,
                  const fs::path& suite) {
  ASSERT_TRUE(answer.ok()) << suite.filename() << ": " << answer.status();
  for (const v1::PolicyTestCase& one : answer->cases()) {
    EXPECT_TRUE(one.passed())
        << suite.filename() << ": \"" << one.name() << "\" (" << one.subject()
        << ")\n  expected " << one.expected() << "\n  got      " << one.got();
  }
  EXPECT_GT(answer->passed(), 0u) << suite.filename();
  EXPECT_EQ(answer->failed(), 0u) << suite.filename();
}

TEST(PolicySamplesTest, EverySuitePasses) {
  for (const fs::path& suite : Suites()) ExpectPasses(RunSuite(suite), suite);
}

TEST(PolicySamplesTest, EveryPolicyHasASuite) {
  std::set<std::string> tried;
  for (const fs::path& suite : Suites()) {
    for (const std::string& name : PoliciesOf(suite)) tried.insert(name);
  }
  EXPECT_GE(Policies().size(), 18u + 7u);
  for (const fs::path& policy : Policies()) {
    EXPECT_TRUE(tried.count(policy.filename().string()) > 0)
        << policy.filename() << " is in no suite";
  }
}

// "RULE TRUTH" pairs of the remarks "# not covered: RULE TRUTH, ...: why".
std::set<std::string> Uncovered(const fs::path& suite) {
  std::set<std::string> pairs;
  std::string remark;
  auto take = [&] {
    const absl::string_view list = remark;
    for (absl::string_view pair :
         absl::StrSplit(list.substr(0, list.find(": ")), ',')) {
      pair = absl::StripAsciiWhitespace(pair);
      if (!pair.empty()) pairs.insert(std::string(pair));
    }
    remark.clear();
  };
  for (absl::string_view line : absl::StrSplit(FileText(suite), '\n')) {
    if (absl::ConsumePrefix(&line, "# not covered: ")) {
      take();
      remark = std::string(line);
    } else if (!remark.empty() && absl::ConsumePrefix(&line, "#   ")) {
      absl::StrAppend(&remark, " ", line);
    } else {
      take();
    }
  }
  return pairs;
}

TEST(PolicySamplesTest, EveryRuleWasSeenTrueAndFalseOrTheSuiteSaysWhyNot) {
  std::map<std::string, v1::RuleCoverage> rules;         // by "policy/rule"
  std::map<std::string, std::set<std::string>> excused;  // by policy
  for (const fs::path& suite : Suites()) {
    const auto answer = RunSuite(suite);
    ASSERT_TRUE(answer.ok()) << suite.filename() << ": " << answer.status();
    for (const v1::RuleCoverage& rule : answer->coverage()) {
      v1::RuleCoverage& sum =
          rules[absl::StrCat(rule.policy(), "/", rule.rule())];
      sum.set_policy(rule.policy());
      sum.set_rule(rule.rule());
      sum.set_times_true(sum.times_true() + rule.times_true());
      sum.set_times_false(sum.times_false() + rule.times_false());
      excused[rule.policy()].merge(Uncovered(suite));
    }
  }
  EXPECT_GT(rules.size(), 60u);
  for (const auto& [name, rule] : rules) {
    const auto& why_not = excused[rule.policy()];
    EXPECT_NE(rule.times_true() > 0, why_not.count(rule.rule() + " TRUE") > 0)
        << name << " was seen true " << rule.times_true() << " times";
    EXPECT_NE(rule.times_false() > 0, why_not.count(rule.rule() + " FALSE") > 0)
        << name << " was seen false " << rule.times_false() << " times";
  }
}

TEST(PolicySamplesTest, EveryPolicySaysWhatItIsAndWhyOfEachRule) {
  for (const fs::path& path : Policies()) {
    const std::string text = FileText(path);
    const std::string head = text.substr(0, text.find("\nid: "));
    EXPECT_THAT(head, HasSubstr("not legal advice")) << path.filename();
    const YamlValue tree = Tree(path);
    EXPECT_NE(tree.Find("author_note"), nullptr) << path.filename();
    for (const char* list : {"rules", "portfolio"}) {
      const YamlValue* rules = tree.Find(list);
      if (rules == nullptr) continue;
      for (const YamlValue& rule : rules->children) {
        EXPECT_NE(rule.Find("because"), nullptr)
            << path.filename() << ":" << rule.line << " has no 'because'";
      }
    }
    if (absl::StartsWith(path.filename().string(), "p")) {
      if (path.filename() == "permissive-licence.yaml") continue;
      const YamlValue* references = tree.Find("references");
      ASSERT_NE(references, nullptr) << path.filename();
      for (const YamlValue& reference : references->children) {
        EXPECT_TRUE(absl::StartsWith(reference.text, "http"))
            << path.filename() << ": " << reference.text;
      }
    }
  }
}

// Errors of loading it, else what ValidatePolicy and AnalyzePolicy have to
// say.
std::string MessageOf(const fs::path& policy) {
  v1::ValidatePolicyRequest request;
  v1::PolicySource* source = request.mutable_question()->mutable_source();
  source->set_text(FileText(policy));
  source->set_file_name("bad/" + policy.filename().string());
  const auto answer = ValidatePolicy(SampleQuestion(), request);
  if (!answer.ok()) return std::string(answer.status().message());
  std::vector<std::string> messages;
  for (const v1::PolicyDiagnostic& diagnostic : answer->diagnostics()) {
    messages.push_back(diagnostic.message());
  }
  v1::AnalyzePolicyRequest analyze;
  *analyze.mutable_question() = request.question();
  const auto analysis = AnalyzePolicy(SampleQuestion(), analyze);
  EXPECT_TRUE(analysis.ok()) << analysis.status();
  if (analysis.ok()) {
    for (const v1::RuleAnalysis& rule : analysis->rules()) {
      messages.push_back(rule.explanation());
    }
  }
  return absl::StrJoin(messages, "\n");
}

TEST(PolicySamplesTest, EveryMistakeOnPurposeGivesItsMessage) {
  const std::vector<fs::path> bad = FilesIn(kFolder / "bad");
  EXPECT_EQ(bad.size(), 4u);
  for (const fs::path& path : bad) {
    const std::string message = MessageOf(path);
    int expectations = 0;
    for (absl::string_view line : absl::StrSplit(FileText(path), '\n')) {
      if (!absl::ConsumePrefix(&line, "# expect: ")) continue;
      ++expectations;
      EXPECT_THAT(message, HasSubstr(std::string(line))) << path.filename();
    }
    EXPECT_GT(expectations, 0) << path.filename();
  }
}

// Whole words only: "US" but not "US_ENTITY_LIST".
Rewrite Swap(std::string a, std::string b) {
  return [a = std::move(a), b = std::move(b)](absl::string_view text) {
    std::string swapped, word;
    auto flush = [&] {
      swapped += word == a ? b : word == b ? a : word;
      word.clear();
    };
    for (const char c : text) {
      if (absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_') {
        word += c;
      } else {
        flush();
        swapped += c;
      }
    }
    flush();
    return swapped;
  };
}

// A country has no meaning but what the policy and the facts give it: two
// countries that change places in both change no verdict.
TEST(PolicySamplesTest, VerdictsAreNeutralUnderRenamingOfCountries) {
  for (const fs::path& suite : Suites()) {
    // On the catalog the facts do not change places.
    if (Tree(suite).Find("catalog") != nullptr) continue;
    ExpectPasses(RunSuite(suite, Swap("US", "CN")), suite);
    ExpectPasses(RunSuite(suite, Swap("FR", "KR")), suite);
  }
}

// p05 forbids what p13 demands: with the policy's own states exchanged, what
// was excluded for its developer is admitted, and the other way round.
TEST(PolicySamplesTest, APolicyOfTheOtherSideExchangesTheVerdicts) {
  const fs::path suite = kFolder / "p05-us-federal-adversary.suite.yaml";
  const std::string policy =
      FileText(kFolder / "p05-us-federal-adversary.yaml");
  v1::TestPoliciesRequest request;
  request.mutable_suite()->set_file_name("mirror.suite.yaml");
  request.mutable_suite()->set_text(R"(suite: mirror
policies: [p.yaml]
as_of: 2026-09-30
fixtures:
  memberships:
    - {list: US_FASC_AI, member: somebody else}
  organizations:
    - {name: Prairie, headquarters: [{country: US}], parents_complete: true}
    - {name: Cathay, headquarters: [{country: CN}], parents_complete: true}
  models:
    - {name: prairie, developers: [Prairie], base_models_complete: true}
    - {name: cathay, developers: [Cathay], base_models_complete: true}
cases:
  - name: both
    matrix: {models: [prairie, cathay], expect: [ADMISSIBLE, EXCLUDED]}
)");
  v1::PolicySource* source = request.add_policies();
  source->set_file_name("p.yaml");
  source->set_text(policy);
  ExpectPasses(TestPolicies(SampleQuestion(), request), suite);

  // When only the policy changes sides.
  source->set_text(Swap("US", "CN")(policy));
  const auto mirrored = TestPolicies(SampleQuestion(), request);
  ASSERT_TRUE(mirrored.ok()) << mirrored.status();
  EXPECT_EQ(mirrored->passed(), 0u);
  for (const v1::PolicyTestCase& one : mirrored->cases()) {
    EXPECT_FALSE(one.passed()) << one.subject() << " " << one.got();
  }
}

}  // namespace
}  // namespace meridian::analysis
