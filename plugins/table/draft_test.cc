#include "plugins/table/draft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/table/table_testing.h"

namespace meridian::table {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

std::string Draft(const std::string& bytes, const std::string& path) {
  const auto draft = DraftMapping(bytes, path);
  EXPECT_TRUE(draft.ok()) << draft.status();
  return draft.ok() ? *draft : "";
}

// The draft must load, with what it was drafted from.
testing::ReadResult Load(const std::string& mapping, const std::string& bytes) {
  auto read = ReadTables(mapping, {bytes});
  EXPECT_TRUE(read.ok()) << read.status() << "\n" << mapping;
  return read.ok() ? *std::move(read) : testing::ReadResult();
}

TEST(DraftTest, ATableOfScoresFindsNameValueAndInterval) {
  const std::string table =
      "Rank,Model,Score,CI low,CI high,Votes,Notes\n"
      "1,alpha,71.5,70,73,120,\n2,beta,68.25,66,70,80,new\n";
  const std::string mapping = Draft(table, "boards/demo.csv");
  EXPECT_THAT(mapping, HasSubstr("record: score"));
  EXPECT_THAT(mapping, HasSubstr("value: Score  # 68.25 to 71.5"));
  EXPECT_THAT(mapping, HasSubstr("columns_ignored: [Notes]"));
  EXPECT_THAT(mapping, HasSubstr("doubt:"));
  const auto read = Load(mapping, table);
  ASSERT_EQ(read.snapshots.size(), 1u);
  const v1::Score& score = read.snapshots[0].records.at(0).score();
  EXPECT_EQ(score.model(), "alpha");
  EXPECT_EQ(score.value(), 71.5);
  EXPECT_EQ(score.lower(), 70);
  EXPECT_EQ(score.upper(), 73);
  EXPECT_EQ(score.votes(), 120u);
  EXPECT_EQ(score.rank(), 1u);
}

TEST(DraftTest, AWideMatrixIsUnpivotedAndItsZerosDoubted) {
  const std::string table =
      "model,math,code,law,art\na,12.5,0.0,33,40\nb,10,20,30,0.0\n";
  const std::string mapping = Draft(table, "wide.csv");
  EXPECT_THAT(mapping, HasSubstr("unpivot: true"));
  EXPECT_THAT(mapping, HasSubstr("# doubt: cells that are 0 (2)"));
  EXPECT_EQ(Load(mapping, table).snapshots.at(0).records.size(), 6u);
}

TEST(DraftTest, ARegistryWithTextPricesBecomesOfferings) {
  const std::string json = R"({"data": [
    {"id": "acme/one", "name": "One", "provider": "acme",
     "pricing": {"prompt": "0.0000025", "completion": "0.00001"},
     "context_length": 131072},
    {"id": "acme/two", "name": "Two", "provider": "acme",
     "pricing": {"prompt": "0", "completion": null}, "context_length": null},
    {"id": null, "name": "none", "provider": "acme",
     "pricing": {"prompt": "1"}, "context_length": 5}]})";
  const std::string mapping = Draft(json, "registry.json");
  EXPECT_THAT(mapping, HasSubstr("record: offering"));
  EXPECT_THAT(mapping, HasSubstr("rows: \"/data\""));
  const auto read = Load(mapping, json);
  ASSERT_EQ(read.snapshots.size(), 1u);
  ASSERT_EQ(read.snapshots[0].records.size(), 2u);
  const v1::Offering& one = read.snapshots[0].records[0].offering();
  EXPECT_EQ(one.operator_(), "acme");
  EXPECT_EQ(one.route(), "acme/one");
  ASSERT_EQ(one.prices_size(), 2);
  EXPECT_DOUBLE_EQ(one.prices(0).per_million_tokens(), 2.5);
  EXPECT_EQ(read.snapshots[0].records[1].offering().prices_size(), 0);
  // The row without an id is told, not dropped.
  EXPECT_EQ(read.rejected.size(), 1u);
}

TEST(DraftTest, AMarkdownTableWithPercentsLoads) {
  const std::string page =
      "# Board\n\ntext\n\n| Model | Win Rate | New |\n|---|---|---|\n"
      "| **a** | 55.5 % | x |\n| b | 44% | |\n";
  const std::string mapping = Draft(page, "README.md");
  EXPECT_THAT(mapping, HasSubstr("strip_suffix: \"%\""));
  const auto read = Load(mapping, page);
  EXPECT_EQ(read.snapshots.at(0).records.at(1).score().value(), 44);
}

TEST(DraftTest, AMapOfEntriesIsNamedByItsKeys) {
  const std::string json =
      R"({"a": {"score": 1}, "b": {"score": 2}, "c": {"score": 3}})";
  const std::string mapping = Draft(json, "m.json");
  EXPECT_THAT(mapping, HasSubstr("rows: \"/*\""));
  EXPECT_THAT(mapping, HasSubstr("model: \"@key\""));
  EXPECT_EQ(Load(mapping, json).snapshots.at(0).records.size(), 3u);
}

TEST(DraftTest, WhatCannotBeMappedIsRefusedWithAReason) {
  EXPECT_EQ(ErrorReason(DraftMapping("x", "a.pdf").status()), "UNKNOWN_FORMAT");
  EXPECT_EQ(ErrorReason(DraftMapping("[]", "a.json").status()),
            "NOTHING_TO_MAP");
  EXPECT_EQ(ErrorReason(DraftMapping("{", "a.json").status()), "BAD_JSON");
  EXPECT_EQ(ErrorReason(DraftMapping("n\n1\n2\n", "a.csv").status()),
            "NOTHING_TO_MAP");
}

TEST(DraftTest, NeverPromisesWholeCoverage) {
  const std::string mapping = Draft("model,score\na,1\nb,2\n", "t.csv");
  EXPECT_THAT(mapping, HasSubstr("coverage: SOME"));
  EXPECT_THAT(mapping, Not(HasSubstr("coverage: ALL\n")));
}

}  // namespace
}  // namespace meridian::table
