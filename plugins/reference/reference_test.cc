#include <fstream>
#include <sstream>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plugins/reference/reference_file.h"
#include "plugins/reference/reference_source.h"
#include "plugins/sdk/testing.h"

namespace meridian {
namespace {

using ::testing::HasSubstr;

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string Sample() {
  return FileText(MERIDIAN_SOURCE_DIR
                  "/plugins/reference/testdata/organizations.yaml");
}

TEST(ReferenceTest, AFileIsOneSnapshotOfItsOwnStream) {
  ReferenceSource source;
  auto result = testing::ReadDocuments(
      source, "{}",
      {{.path = "curated/organizations.yaml", .bytes = Sample()},
       {.path = "curated/eu.yaml",
        .bytes = "vintage: 2026-02\nmemberships:\n"
                 "- {list: EU, member: FR}\n"}});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 2u);
  const auto& first = result->snapshots[0];
  EXPECT_EQ(first.begin.stream(), "reference/organizations");
  EXPECT_EQ(first.begin.vintage().date(), "2026-04-01");
  EXPECT_EQ(first.begin.vintage().basis(), v1::VINTAGE_BASIS_STATED);
  EXPECT_EQ(first.begin.vintage().precision(), v1::PRECISION_DAY);
  EXPECT_EQ(first.begin.coverage().extent(), v1::Coverage::EXTENT_ALL);
  EXPECT_TRUE(first.ended);
  EXPECT_EQ(first.records.size(), 12u);
  const auto& second = result->snapshots[1];
  EXPECT_EQ(second.begin.stream(), "reference/eu");
  EXPECT_EQ(second.begin.vintage().precision(), v1::PRECISION_MONTH);
  ASSERT_EQ(second.records.size(), 1u);
  EXPECT_EQ(second.records[0].locator().document(), 1u);
  EXPECT_TRUE(result->rejected.empty());
}

TEST(ReferenceTest, APolicyFileIsOneStoredPolicyAndASuiteIsNothing) {
  const std::string text =
      "id: p\nversion: \"2026-09\"\nvalid_from: 2026-01-01\n"
      "rules: [{id: a, require: true}]\n";
  ReferenceSource source;
  const auto result = testing::ReadDocuments(
      source, "{}",
      {{.path = "policies/p.yaml", .bytes = text},
       {.path = "policies/p.suite.yaml", .bytes = "suite: s\ncases: []\n"}});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 1u);
  ASSERT_EQ(result->snapshots[0].records.size(), 1u);
  const v1::StoredPolicy& policy =
      result->snapshots[0].records[0].stored_policy();
  EXPECT_EQ(policy.id(), "p");
  EXPECT_EQ(policy.version(), "2026-09");
  EXPECT_EQ(policy.valid_from(), "2026-01-01");
  EXPECT_EQ(policy.text(), text);
}

TEST(ReferenceTest, RecordsCarryFieldsPlaceAndCitation) {
  auto file = ParseReferenceFile(Sample(), "organizations.yaml");
  ASSERT_TRUE(file.ok()) << file.status();
  const v1::Record& alpha = file->records[0];
  EXPECT_EQ(alpha.locator().line(), 8u);
  EXPECT_EQ(alpha.locator().pointer(), "/organizations/0");
  EXPECT_EQ(alpha.organization().other_names(1), "Alpha AI");
  EXPECT_EQ(alpha.organization().headquarters(1).country(), "FR");
  EXPECT_EQ(alpha.organization().parents(0).share().low(), 0.5);
  EXPECT_FALSE(alpha.organization().has_parents_complete());
  EXPECT_EQ(alpha.cites().title(), "Company register");
  EXPECT_EQ(alpha.cites().publisher(), "Meridian reference data");
  const v1::Record& beta = file->records[1];
  EXPECT_EQ(beta.cites().publisher(), "Beta");
  EXPECT_EQ(beta.cites().date(), "");
  EXPECT_EQ(beta.notes(0).kind(), v1::Note::KIND_DOUBTFUL);
  const v1::Record& model = file->records[2];
  EXPECT_EQ(model.model().weights(), v1::WEIGHTS_OPEN);
  EXPECT_EQ(model.model().release_date(), "2025");
  EXPECT_EQ(file->records[6].licence().words_size(), 2);
}

TEST(ReferenceTest, ABadFileFailsWithTheLine) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"models: []", "BAD_YAML", "f.yaml:1:1: 'vintage' is missing"},
      {"vintage: soon", "BAD_YAML", "f.yaml:1:1: 'vintage': 'soon' is not"},
      {"- a", "BAD_YAML", "f.yaml:1:1: expected a mapping"},
      {"", "BAD_YAML", "this is nothing"},
      {"vintage: 2026\nmodel: []", "BAD_YAML",
       "f.yaml:2:1: 'model' is not a kind of record; did you mean 'models'"},
      {"vintage: 2026\nmodels: {name: a}", "BAD_YAML",
       "f.yaml:2:1: 'models' must be a list, this is a mapping"},
      {"vintage: 2026\nmodels: [a]", "BAD_YAML", "the fields of a model"},
      {"vintage: 2026\nmodels:\n- nam: a", "BAD_YAML",
       "f.yaml:3:3: 'nam' is not a field of Model; did you mean 'name'"},
      {"vintage: 2026\nmodels:\n- name: a\n  weights: FREE", "BAD_YAML",
       "f.yaml:4:3: 'weights': 'FREE' is not one of NONE, API_ONLY, GATED, "
       "OPEN"},
      {"vintage: 2026\nmodels:\n- name: a\n  parameters: '7'", "BAD_YAML",
       "f.yaml:4:3: 'parameters' must be a number, this is a string"},
      {"vintage: 2026\nmodels:\n- display_name: a", "BAD_RECORD",
       "f.yaml:3:3: Model has no 'name'"},
      {"vintage: 2026\nmodels:\n- name: a\n- name: b\n- name: a",
       "DUPLICATE_RECORD",
       "f.yaml:5:3: has the same key as the item of line 3"},
      {"vintage: 2026\nmodels:\n- name: a\n  notes: [{field: wights}]",
       "BAD_YAML", "f.yaml:4:12: 'wights' is not a field of Model; did you"},
      {"vintage: 2026\nmodels:\n- name: a\n  cites: {author: b}", "BAD_YAML",
       "f.yaml:4:11: 'author' is not a field of Citation"},
      {"vintage: 2026\npublisher: 4", "BAD_YAML",
       "f.yaml:2:1: 'publisher' must be a string"},
      {"vintage: 2026\nmodels: [", "BAD_YAML", "f.yaml:"},
  };
  for (const auto& [text, reason, message] : cases) {
    auto file = ParseReferenceFile(text, "f.yaml");
    ASSERT_EQ(file.status().code(), absl::StatusCode::kInvalidArgument) << text;
    EXPECT_EQ(ErrorReason(file.status()), reason) << text;
    EXPECT_THAT(file.status().message(), HasSubstr(message)) << text;
  }
}

TEST(ReferenceTest, AllBadItemsAreNamedAtOnce) {
  std::string text = "models:\n- {name: a, b: 1}\n- {name: c, d: 1}\n";
  auto file = ParseReferenceFile(text, "f.yaml");
  EXPECT_THAT(file.status().message(), HasSubstr("'vintage' is missing"));
  EXPECT_THAT(file.status().message(), HasSubstr("f.yaml:2:13: 'b'"));
  EXPECT_THAT(file.status().message(), HasSubstr("f.yaml:3:13: 'd'"));
  for (int i = 0; i < 30; ++i) text += "- {e: 1}\n";
  file = ParseReferenceFile(text, "f.yaml");
  EXPECT_THAT(file.status().message(), HasSubstr("\nand 13 more"));
}

TEST(ReferenceTest, ABadDocumentFailsTheRead) {
  ReferenceSource source;
  auto result = testing::ReadDocuments(
      source, "{}", {{.path = "a/b.yaml", .bytes = "vintage: 2026\nx: []"}});
  EXPECT_EQ(ErrorReason(result.status()), "BAD_YAML");
  EXPECT_THAT(result.status().message(), HasSubstr("a/b.yaml:2:1"));
}

TEST(ReferenceTest, TwoFilesOfOneNameAreAnError) {
  ReferenceSource source;
  auto result =
      testing::ReadDocuments(source, "{}",
                             {{.path = "a/x.yaml", .bytes = "vintage: 2026"},
                              {.path = "b/x.yaml", .bytes = "vintage: 2026"}});
  EXPECT_EQ(ErrorReason(result.status()), "DUPLICATE_STREAM");
  EXPECT_THAT(result.status().message(), HasSubstr("a/x.yaml"));
}

TEST(ReferenceTest, ConfigurationIsRefused) {
  const ReferenceSource source;
  EXPECT_TRUE(source.Check("{}").empty());
  EXPECT_TRUE(source.Check("").empty());
  const auto problems = source.Check(R"({"strict":true})");
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path(), "strict");
  EXPECT_EQ(problems[0].fix(), "delete 'strict'");
  EXPECT_EQ(source.Check("[").size(), 1u);
}

}  // namespace
}  // namespace meridian
