// The mappings of samples/mappings on the tables as they were published.
#include <fstream>
#include <map>
#include <sstream>

#include "common/records/canonical.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "plugins/sdk/testing.h"
#include "plugins/table/table_source.h"

namespace meridian {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::ReadResult;
using testing::ReadSnapshot;

std::string FileText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

std::string ConfigOf(const std::string& name) {
  google::protobuf::Struct config;
  auto& fields = *(*config.mutable_fields())["mapping"]
                      .mutable_struct_value()
                      ->mutable_fields();
  fields["file"].set_string_value(name);
  fields["text"].set_string_value(
      FileText(MERIDIAN_SOURCE_DIR "/samples/mappings/" + name));
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(config, &json).ok());
  return json;
}

std::string Published(const std::string& path) {
  return FileText(MERIDIAN_SOURCE_DIR "/../shared/data/" + path);
}

const ReadSnapshot* Find(const ReadResult& result, absl::string_view stream,
                         absl::string_view date) {
  for (const ReadSnapshot& snapshot : result.snapshots) {
    if (snapshot.begin.stream() == stream &&
        snapshot.begin.vintage().date() == date) {
      return &snapshot;
    }
  }
  return nullptr;
}

TEST(TablePublishedTest, SampleMappingsHaveNoProblems) {
  const TableSource source;
  for (const char* name : {"ai_index_facts.yaml", "epoch_eci.yaml"}) {
    for (const v1::Problem& problem : source.Check(ConfigOf(name))) {
      ADD_FAILURE() << problem.ShortDebugString();
    }
  }
}

TEST(TablePublishedTest, AiIndexFactsLoadByEdition) {
  const std::string facts = Published("ai_index/facts.csv");
  if (facts.empty()) GTEST_SKIP() << "shared/data is not here";
  TableSource source;
  auto result = testing::ReadDocuments(source, ConfigOf("ai_index_facts.yaml"),
                                       {{.path = "facts.csv", .bytes = facts}});
  ASSERT_TRUE(result.ok()) << result.status();
  for (const v1::Rejected& rejected : result->rejected) {
    ADD_FAILURE() << rejected.ShortDebugString();
  }
  std::map<std::string, size_t> by_edition;
  for (const ReadSnapshot& snapshot : result->snapshots) {
    EXPECT_EQ(snapshot.begin.vintage().basis(), v1::VINTAGE_BASIS_CONFIG);
    EXPECT_EQ(snapshot.begin.stream(), "indicators");
    ContentDigest digest;
    for (const v1::Record& record : snapshot.records) {
      ++by_edition[record.indicator().edition()];
      EXPECT_EQ(digest.Add(*HashRecord(record)), ContentDigest::Added::kNew)
          << record.ShortDebugString();
      EXPECT_FALSE(record.indicator().has_context());
      EXPECT_TRUE(record.cites().has_url());
      EXPECT_TRUE(record.cites().has_title());
    }
  }
  const std::map<std::string, size_t> expected = {{"2024", 7},
                                                  {"2025", 337},
                                                  {"2025-owid", 13},
                                                  {"2026", 415},
                                                  {"2026-april", 5},
                                                  {"atom-2026", 2},
                                                  {"caisi-2026-05", 5},
                                                  {"epoch-2025-10", 1},
                                                  {"epoch-2026-01", 3},
                                                  {"epoch-2026-05", 1},
                                                  {"eu-ai-continent-2025", 5},
                                                  {"hf-2026-summer", 4},
                                                  {"ihle-2026-05", 4},
                                                  {"lmsys-2023-12", 2},
                                                  {"longpre-2025", 2},
                                                  {"oxford-compute-2024", 3},
                                                  {"vibrancy-2025", 3}};
  EXPECT_EQ(by_edition, expected);
  EXPECT_EQ(result->snapshots.size(), 15u);
  EXPECT_EQ(Find(*result, "indicators", "2025-04-07")->records.size(), 337u);
  EXPECT_EQ(Find(*result, "indicators", "2026-04-13")->records.size(), 420u);
  ASSERT_EQ(result->diagnostics.size(), 1u);
  EXPECT_THAT(result->diagnostics[0].message(),
              HasSubstr("skipped 16 rows with edition 'repro'"));
}

TEST(TablePublishedTest, TheGapOfOneMonthIsKeptAsEachEditionPrintedIt) {
  const std::string facts = Published("ai_index/facts.csv");
  if (facts.empty()) GTEST_SKIP() << "shared/data is not here";
  TableSource source;
  auto result = testing::ReadDocuments(source, ConfigOf("ai_index_facts.yaml"),
                                       {{.path = "facts.csv", .bytes = facts}});
  ASSERT_TRUE(result.ok()) << result.status();
  auto gaps = [&](const char* vintage) {
    std::vector<double> values;
    for (const v1::Record& record :
         Find(*result, "indicators", vintage)->records) {
      const v1::Indicator& indicator = record.indicator();
      if (indicator.name() == "perf_gap_us_cn_rel" &&
          indicator.period() == "2025-02") {
        values.push_back(indicator.value());
        EXPECT_EQ(record.cites().publisher(), "Stanford HAI");
        EXPECT_GT(record.locator().line(), 1u);
      }
    }
    return values;
  };
  EXPECT_THAT(gaps("2025-04-07"), ElementsAre(1.7, 1.7));
  EXPECT_THAT(gaps("2026-04-13"), ElementsAre(0.4));
}

TEST(TablePublishedTest, EpochIndexGivesAScoreAndAModelPerRow) {
  const std::string table = Published("epoch/eci_2025-12-19/eci_scores.csv");
  if (table.empty()) GTEST_SKIP() << "shared/data is not here";
  v1::Vintage hint;
  hint.set_date("2025-12-19");
  hint.set_precision(v1::PRECISION_DAY);
  hint.set_basis(v1::VINTAGE_BASIS_PATH);
  TableSource source;
  auto result = testing::ReadDocuments(
      source, ConfigOf("epoch_eci.yaml"),
      {{.path = "eci_scores.csv", .bytes = table, .vintage_hint = hint}});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->rejected.size(), 0u);
  EXPECT_EQ(result->diagnostics.size(), 0u);
  const ReadSnapshot* scores = Find(*result, "epoch/eci", "2025-12-19");
  const ReadSnapshot* models = Find(*result, "models", "2025-12-19");
  ASSERT_TRUE(scores != nullptr && models != nullptr);
  ASSERT_EQ(scores->records.size(), 140u);
  ASSERT_EQ(models->records.size(), 140u);
  size_t intervals = 0;
  size_t undated = 0;
  size_t without_access = 0;
  for (const v1::Record& record : scores->records) {
    intervals += record.score().has_lower() && record.score().has_upper();
  }
  for (const v1::Record& record : models->records) {
    undated += !record.model().has_release_date();
    without_access += record.model().licences().empty();
    EXPECT_FALSE(record.model().has_weights());
  }
  EXPECT_EQ(intervals, 138u);
  EXPECT_EQ(undated, 1u);
  EXPECT_EQ(without_access, 4u);
  const v1::Model& first = models->records[0].model();
  EXPECT_THAT(first.countries_stated(), ElementsAre("US", "GB"));
  EXPECT_EQ(first.licences(0).component(), "access");
  EXPECT_EQ(first.licences(0).licence(), "API access");
  EXPECT_EQ(scores->records[0].score().category(), "overall");
}

}  // namespace
}  // namespace meridian
