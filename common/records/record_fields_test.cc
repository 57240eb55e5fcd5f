#include "common/records/record_fields.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "meridian/v1/record.pb.h"

namespace meridian {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;

absl::Status FromYaml(absl::string_view yaml,
                      google::protobuf::Message* message) {
  auto tree = ParseYaml(yaml, "f.yaml");
  if (!tree.ok()) return tree.status();
  return SetFromYaml("f.yaml", *tree, message);
}

absl::Status Set(const std::string& field, absl::string_view text,
                 google::protobuf::Message* message) {
  return SetFromText(*message->GetDescriptor()->FindFieldByName(field), text,
                     message);
}

TEST(RecordFieldsTest, EveryKindHasItsNameAndPlural) {
  EXPECT_EQ(FindRecordKind("score")->message_type(), v1::Score::descriptor());
  EXPECT_EQ(FindRecordKindByPlural("aliases"), FindRecordKind("alias"));
  EXPECT_EQ(FindRecordKindByPlural("memberships"),
            FindRecordKind("membership"));
  EXPECT_EQ(FindRecordKind("scores"), nullptr);
  EXPECT_EQ(FindRecordKind("locator"), nullptr);
  EXPECT_EQ(RecordKindNames().size(), 16u);
  EXPECT_THAT(RecordKindPlurals(), Contains("method_overrides"));
}

TEST(RecordFieldsTest, TextIsReadByTheTypeOfTheField) {
  v1::Model model;
  EXPECT_TRUE(Set("weights", "OPEN", &model).ok());
  EXPECT_EQ(model.weights(), v1::WEIGHTS_OPEN);
  EXPECT_TRUE(Set("weights", "WEIGHTS_GATED", &model).ok());
  EXPECT_EQ(model.weights(), v1::WEIGHTS_GATED);
  EXPECT_TRUE(Set("parameters", "7e9", &model).ok());
  EXPECT_TRUE(Set("developers", "A", &model).ok());
  EXPECT_TRUE(Set("developers", "B", &model).ok());
  EXPECT_EQ(model.developers_size(), 2);
  EXPECT_TRUE(Set("languages_complete", "false", &model).ok());
  EXPECT_TRUE(model.has_languages_complete());
  v1::Score score;
  EXPECT_TRUE(Set("votes", "12.0", &score).ok());
  EXPECT_EQ(score.votes(), 12u);
  EXPECT_TRUE(Set("rank", "3", &score).ok());
}

TEST(RecordFieldsTest, WhatTheFieldDoesNotTakeIsBadValue) {
  v1::Model model;
  v1::Score score;
  const std::tuple<google::protobuf::Message*, const char*, const char*,
                   const char*>
      cases[] = {
          {&model, "weights", "OPN", "did you mean 'OPEN'?"},
          {&model, "weights", "UNSPECIFIED", "is not one of NONE, API_ONLY"},
          {&model, "parameters", "7B", "'7B' is not a number"},
          {&model, "parameters", "nan", "'nan' is not a number"},
          {&model, "release_date", "14.02.2025", "is not a date such as"},
          {&model, "release_date", "2025-02-30", "is not a date such as"},
          {&model, "countries_stated", "usa", "country code"},
          {&model, "name", "", "empty"},
          {&model, "languages_complete", "yes", "true or false"},
          {&model, "licences", "MIT", "does not take a text"},
          {&score, "votes", "-1", "a whole number from 0"},
          {&score, "votes", "1.5", "a whole number from 0"},
          {&score, "rank", "5000000000", "a whole number from 0"},
      };
  for (const auto& [message, field, text, expected] : cases) {
    const absl::Status status = Set(field, text, message);
    EXPECT_EQ(ErrorReason(status), "BAD_VALUE") << field;
    EXPECT_THAT(status.message(), HasSubstr(expected)) << field;
    EXPECT_EQ(message->ByteSizeLong(), 0u) << field;
  }
}

TEST(RecordFieldsTest, YamlFillsNestedFields) {
  v1::Organization organization;
  const absl::Status status = FromYaml(
      "name: Alpha\n"
      "kind: COMPANY\n"
      "headquarters:\n"
      "  - {country: NO, valid_from: 2019}\n"
      "  - country: FR\n"
      "parents:\n"
      "  - organization: Beta\n"
      "    share: {low: 0.5, high: 1}\n"
      "parents_complete: true\n",
      &organization);
  ASSERT_TRUE(status.ok()) << status;
  EXPECT_EQ(organization.headquarters(0).country(), "NO");
  EXPECT_EQ(organization.headquarters(0).valid_from(), "2019");
  EXPECT_EQ(organization.parents(0).share().high(), 1);
  EXPECT_TRUE(organization.parents_complete());
}

TEST(RecordFieldsTest, WrongYamlNamesItsPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"name: A\nhedquarters: []",
       "f.yaml:2:1: 'hedquarters' is not a field of Organization; did you "
       "mean 'headquarters'?"},
      {"headquarters:\n  - contry: US",
       "f.yaml:2:5: 'contry' is not a field of DatedCountry"},
      {"name: 4",
       "f.yaml:1:1: 'name' must be a string, this is a number; "
       "write \"4\""},
      {"name: [a]", "'name' must be a string, this is a list"},
      {"name:", "f.yaml:1:1: 'name' has no value; leave it out"},
      {"other_names: x", "'other_names' must be a list of a string"},
      {"headquarters: {country: US}", "must be a list of a mapping with"},
      {"headquarters: [US]", "f.yaml:1:16: 'headquarters' must be a mapping"},
      {"parents:\n- share: {low: '1'}",
       "f.yaml:2:11: 'low' must be a number, this is a string ('1')"},
      {"kind: FIRM", "f.yaml:1:1: 'kind': 'FIRM' is not one of COMPANY"},
      {"parents_complete: 1", "'parents_complete': '1' is not true or false"},
      {"headquarters:\n- {country: US,\n   valid_to: soon}",
       "f.yaml:3:4: 'valid_to': 'soon' is not a date"},
  };
  for (const auto& [yaml, message] : cases) {
    v1::Organization organization;
    const absl::Status status = FromYaml(yaml, &organization);
    EXPECT_EQ(ErrorReason(status), "BAD_YAML") << yaml;
    EXPECT_THAT(status.message(), HasSubstr(message)) << yaml;
  }
}

}  // namespace
}  // namespace meridian
