// What is nasty in files as they were published, read by the mappings of
// samples/mappings. Skipped where the files are not at hand.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <functional>
#include <sstream>

#include "plugins/table/table_testing.h"

namespace meridian::table {
namespace {

using ::testing::Not;
namespace fs = std::filesystem;

const fs::path kData = MERIDIAN_SOURCE_DIR "/../shared/data";

std::string FileText(const fs::path& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class TrapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(kData)) GTEST_SKIP() << "no published files";
  }

  // Reads the files of `folder` whose path has `part`.
  static testing::ReadResult Read(const std::string& mapping,
                                  const std::string& folder,
                                  const std::string& part) {
    std::vector<fs::path> paths;
    for (const auto& entry : fs::recursive_directory_iterator(kData / folder)) {
      if (entry.path().string().find(part) != std::string::npos) {
        paths.push_back(entry.path());
      }
    }
    std::sort(paths.begin(), paths.end());
    EXPECT_FALSE(paths.empty());
    std::vector<testing::TestDocument> documents;
    for (const fs::path& path : paths) {
      v1::Vintage hint;
      hint.set_date("2025-01-0" + std::to_string(documents.size() % 9 + 1));
      hint.set_precision(v1::PRECISION_DAY);
      hint.set_basis(v1::VINTAGE_BASIS_PATH);
      documents.push_back({.path = path.string(),
                           .bytes = FileText(path),
                           .vintage_hint = std::move(hint)});
    }
    TableSource source;
    auto read = testing::ReadDocuments(
        source,
        MappingConfig(
            FileText(MERIDIAN_SOURCE_DIR "/samples/mappings/" + mapping)),
        std::move(documents));
    EXPECT_TRUE(read.ok()) << read.status();
    return read.ok() ? *std::move(read) : testing::ReadResult();
  }

  static std::vector<v1::Record> Records(
      const testing::ReadResult& read,
      const std::function<bool(const v1::Record&)>& wanted = [](const auto&) {
        return true;
      }) {
    std::vector<v1::Record> records;
    for (const auto& snapshot : read.snapshots) {
      for (const v1::Record& record : snapshot.records) {
        if (wanted(record)) records.push_back(record);
      }
    }
    return records;
  }
  static auto ScoreOf(const std::string& model) {
    return [model](const v1::Record& r) { return r.score().model() == model; };
  }
};

TEST_F(TrapTest, SweBenchHasThreeShapesAndADateThatIsNone) {
  const auto read = Read("swebench.yaml", "swebench", ".json");
  EXPECT_EQ(Records(read).size(), 1036u);
  EXPECT_TRUE(read.rejected.empty());
  for (const v1::Record& record : Records(read)) {
    EXPECT_THAT(record.score().measured_date(), Not("2508-22-"));
  }
}

TEST_F(TrapTest, PricesOfRoutesAreNotTheirExample) {
  const auto read = Read("litellm.yaml", "litellm", ".json");
  const auto records = Records(read);
  EXPECT_EQ(records.size(), 3770u);
  EXPECT_TRUE(read.rejected.empty());
  size_t regional = 0;
  for (const v1::Record& record : records) {
    EXPECT_NE(record.offering().route(), "sample_spec");
    regional +=
        record.offering().route().find("eu-central-1") != std::string::npos;
  }
  EXPECT_GT(regional, 0u);  // a region is another route
}

TEST_F(TrapTest, ComparIaChangedItsShapeAndLeavesModelsUnranked) {
  EXPECT_EQ(Records(Read("comparia_models.yaml", "comparia",
                         "/generated-models.json"))
                .size(),
            240u);
  const auto read =
      Read("comparia_ratings.yaml", "comparia", "extra-data.json");
  EXPECT_EQ(Records(read).size(), 150u);
  for (const v1::Record& record : Records(read)) {
    EXPECT_GT(record.score().value(), 500);  // null is not 0
    EXPECT_LE(record.score().lower(), record.score().value());
  }
}

TEST_F(TrapTest, APageOfFiveShapesGivesTheSameColumn) {
  const auto read = Read("vectara.yaml", "vectara", "README.md");
  EXPECT_EQ(read.snapshots.size(), 5u);
  EXPECT_EQ(Records(read).size(), 333u);
  EXPECT_TRUE(read.rejected.empty());
  // The share of made-up summaries, not that of right ones: less is better.
  const auto gpt4 = Records(read, ScoreOf("GPT 4"));
  ASSERT_FALSE(gpt4.empty());
  EXPECT_LT(gpt4[0].score().value(), 10);
}

TEST_F(TrapTest, APercentOfTheLargestSizeIsNoSize) {
  const auto read =
      Read("open_llm_leaderboard.yaml", "open_llm_leaderboard", ".csv");
  for (const v1::Record& record : Records(read)) {
    ASSERT_TRUE(record.has_score());  // "Parameters" gives no record
    EXPECT_THAT(record.score().category(), Not("Parameters"));
  }
  EXPECT_GT(Records(read).size(), 10000u);
}

TEST_F(TrapTest, WhatWasNotRunHasNoFigure) {
  for (const v1::Record& record :
       Records(Read("evalplus.yaml", "evalplus", "results.json"))) {
    EXPECT_TRUE(!record.has_score() || record.score().value() > 0)
        << record.ShortDebugString();
  }
  for (const v1::Record& record :
       Records(Read("epoch_benchmarks.yaml", "epoch/benchmark_data_2026-01",
                    "epoch_capabilities_index.csv"))) {
    EXPECT_TRUE(!record.has_score() || record.score().value() > 0)
        << record.ShortDebugString();
  }
}

TEST_F(TrapTest, ColumnsThatChangeWithEveryReleaseAreReleases) {
  const auto read = Read("livebench.yaml", "livebench", "table_");
  std::set<std::string> methods;
  for (const v1::Record& record : Records(read)) {
    methods.insert(record.score().method());
  }
  EXPECT_EQ(methods.size(), 8u);
  EXPECT_EQ(read.snapshots.size(), 8u);
}

TEST_F(TrapTest, ATableWithoutADateColumnTakesTheHint) {
  const auto read = Read("arena_hard.yaml", "arena_hard", "leaderboard_");
  EXPECT_EQ(Records(read).size(), 168u);
  size_t hinted = 0;
  for (const auto& snapshot : read.snapshots) {
    hinted += snapshot.begin.vintage().basis() == v1::VINTAGE_BASIS_PATH;
    for (const v1::Record& record : snapshot.records) {
      EXPECT_LE(record.score().lower(), record.score().value());
      EXPECT_GE(record.score().upper(), record.score().value());
    }
  }
  EXPECT_EQ(hinted, 1u);
}

TEST_F(TrapTest, ANameThatEndedInALineBreakIsNoModel) {
  const auto read = Read("owid_models.yaml", "owid", "parameter-count.csv");
  EXPECT_FALSE(read.rejected.empty());
  for (const v1::Record& record : Records(read)) {
    EXPECT_FALSE(record.model().name().empty());
    EXPECT_EQ(record.model().name().find('\n'), std::string::npos);
  }
}

TEST_F(TrapTest, SpellingsOfOneBoardStayTheirOwn) {
  const auto page = Read("alpaca_eval_docs.yaml", "alpaca_eval", "docs_v2_");
  EXPECT_FALSE(Records(page, ScoreOf("GPT-4 Turbo (04/09)")).empty());
  const auto table = Read("alpaca_eval.yaml", "alpaca_eval", "src_v2_");
  EXPECT_FALSE(Records(table, ScoreOf("gpt-4-turbo-2024-04-09")).empty());
}

TEST_F(TrapTest, PercentsWithinCrlfAreByGender) {
  const auto read = Read("ai_talent.yaml", "ai_index/2024", "fig_4.2.18.csv");
  EXPECT_EQ(Records(read).size(), 480u);
  EXPECT_TRUE(read.rejected.empty());
}

}  // namespace
}  // namespace meridian::table
