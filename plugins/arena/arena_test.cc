#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <set>
#include <sstream>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "plugins/arena/arena_source.h"
#include "plugins/sdk/testing.h"

namespace meridian {
namespace {

namespace fs = std::filesystem;
using ::meridian::testing::CheckConformance;
using ::meridian::testing::ReadDocuments;
using ::meridian::testing::ReadResult;
using ::meridian::testing::ReadSnapshot;
using ::meridian::testing::TestDocument;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TestDocument Doc(const std::string& path, const std::string& text,
                 const std::string& vintage = "2025-03-07") {
  TestDocument document{path, text, {}};
  document.vintage_hint.set_date(vintage);
  document.vintage_hint.set_precision(v1::PRECISION_DAY);
  document.vintage_hint.set_basis(v1::VINTAGE_BASIS_PATH);
  return document;
}

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents,
                                const std::string& config = "{}") {
  ArenaSource source;
  return ReadDocuments(source, config, std::move(documents));
}

std::string Reason(const std::string& path, const std::string& text) {
  return ErrorReason(Read({Doc(path, text)}).status());
}

std::vector<std::string> Streams(const ReadResult& read) {
  std::vector<std::string> streams;
  for (const auto& snapshot : read.snapshots) {
    streams.push_back(absl::StrCat(snapshot.begin.stream(), " ",
                                   snapshot.begin.vintage().date()));
  }
  return streams;
}

constexpr char kCatalogue[] = R"({
    "full": {
        "alpha": {"rating": 1300.5, "rating_q975": 1310, "rating_q025": 1291},
        "beta/1": {"rating": 1200}
    },
    "chinese": {
        "alpha": {"rating": 1250.5}
    }
})";

constexpr char kHistory[] =
    "key,Model,rating,License,Organization,date\n"
    "alpha,Alpha,1300.5,MIT,Lab A,20250101\n"
    "beta,Beta,1200,Proprietary,Lab B,20250101\n"
    "alpha,Alpha,1310.25,MIT,Lab A,20250214\n";

constexpr char kDaily[] = R"({
  "meta": {"leaderboard": "text", "last_updated": "Mar 18, 2026",
           "model_count": 2},
  "models": [
    {"rank": 1, "model": "alpha", "vendor": "Lab A", "license": "open",
     "score": 1502, "ci": 6, "votes": 11671},
    {"rank": 2, "model": "beta", "score": 1500, "ci": null, "votes": null}
  ]
})";

TEST(ArenaCatalogueTest, ReadsCategoriesWithIntervals) {
  const auto read = Read({Doc("2025-03-07/leaderboard-text.json", kCatalogue)});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(Streams(*read), ElementsAre("text/raw 2025-03-07"));
  const ReadSnapshot& snapshot = read->snapshots[0];
  EXPECT_EQ(snapshot.begin.coverage().extent(), v1::Coverage::EXTENT_ALL);
  EXPECT_EQ(snapshot.begin.vintage().basis(), v1::VINTAGE_BASIS_PATH);
  ASSERT_THAT(snapshot.records, SizeIs(3));
  const v1::Score& alpha = snapshot.records[0].score();
  EXPECT_EQ(alpha.board(), "lmarena/text");
  EXPECT_EQ(alpha.category(), "full");
  EXPECT_EQ(alpha.method(), "raw");
  EXPECT_EQ(alpha.model(), "alpha");
  EXPECT_EQ(alpha.value(), 1300.5);
  EXPECT_EQ(alpha.lower(), 1291);
  EXPECT_EQ(alpha.upper(), 1310);
  EXPECT_EQ(snapshot.records[1].locator().line(), 4u);
  EXPECT_EQ(snapshot.records[1].locator().pointer(), "/full/beta~11");
  EXPECT_FALSE(snapshot.records[1].score().has_lower());
}

TEST(ArenaCatalogueTest, TheFileNameTellsBoardAndMethod) {
  const auto stream = [](const std::string& name) {
    return Read({Doc(name, kCatalogue)})->snapshots[0].begin.stream();
  };
  EXPECT_EQ(stream("leaderboard-data.json"), "text/raw");
  EXPECT_EQ(stream("leaderboard-text-style-control.json"),
            "text/style_control");
  EXPECT_EQ(stream("leaderboard-vision.json"), "vision/raw");
  EXPECT_EQ(Reason("ratings.json", kCatalogue), "UNKNOWN_BOARD");
}

TEST(ArenaCatalogueTest, ModelsWithoutCategoryAreTheFullOne) {
  const auto read =
      Read({Doc("leaderboard-vision.json",
                R"({"alpha": {"rating": 1}, "b": {"rating": 2}})")});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->snapshots[0].records, SizeIs(2));
  EXPECT_EQ(read->snapshots[0].records[0].score().category(), "full");
}

TEST(ArenaCatalogueTest, BadRowsAreRejectedAndLowerTheCoverage) {
  const auto read = Read({Doc("leaderboard-text.json", R"({"full": {
    "good": {"rating": 1},
    "nan": {"rating": NaN},
    "text": {"rating": "1200"},
    "none": {"rating_q025": 3},
    "flipped": {"rating": 5, "rating_q025": 6},
    "": {"rating": 5},
    "odd": 7
  }})")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->snapshots[0].records, SizeIs(1));
  EXPECT_EQ(read->snapshots[0].begin.coverage().extent(),
            v1::Coverage::EXTENT_SOME);
  ASSERT_THAT(read->rejected, SizeIs(6));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("NaN"));
  EXPECT_EQ(read->rejected[0].locator().line(), 3u);
  EXPECT_EQ(read->rejected[0].stream(), "text/raw");
  EXPECT_THAT(read->rejected[3].why(), HasSubstr("above the rating"));
}

TEST(ArenaHistoryTest, EveryDateIsASnapshot) {
  const auto read = Read({Doc("alltime.csv", kHistory, "2025-03-26")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(Streams(*read),
              ElementsAre("text/raw 2025-01-01", "text/raw 2025-02-14",
                          "models 2025-03-26"));
  EXPECT_EQ(read->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_STATED);
  EXPECT_EQ(read->snapshots[1].records[0].locator().line(), 4u);
  const v1::Model& alpha = read->snapshots[2].records[0].model();
  EXPECT_EQ(alpha.name(), "alpha");
  EXPECT_THAT(alpha.developers(), ElementsAre("Lab A"));
  EXPECT_EQ(alpha.licences(0).licence(), "MIT");
  EXPECT_FALSE(alpha.has_weights());
}

TEST(ArenaHistoryTest, TheConfigurationDatesTheMetadata) {
  const auto read = Read({Doc("alltime.csv", kHistory)},
                         R"({"metadata_vintage": "2025-04"})");
  EXPECT_EQ(Streams(*read).back(), "models 2025-04");
  EXPECT_EQ(read->snapshots.back().begin.vintage().basis(),
            v1::VINTAGE_BASIS_CONFIG);
}

TEST(ArenaHistoryTest, ARowThatCannotBeReadLowersItsDateOnly) {
  const auto read =
      Read({Doc("alltime.csv",
                absl::StrCat(kHistory, "gamma,G,many,MIT,Lab,20250214\n"))});
  ASSERT_THAT(read->rejected, SizeIs(1));
  EXPECT_EQ(read->snapshots[0].begin.coverage().extent(),
            v1::Coverage::EXTENT_ALL);
  EXPECT_EQ(read->snapshots[1].begin.coverage().extent(),
            v1::Coverage::EXTENT_SOME);
}

TEST(ArenaHistoryTest, BrokenTablesFailTheRun) {
  EXPECT_EQ(Reason("alltime.csv", "key,Model\na,b\n"), "MISSING_COLUMN");
  EXPECT_EQ(
      Reason("alltime.csv", "key,Model,rating,License,Organization,date\n"),
      "EMPTY_DOCUMENT");
  EXPECT_EQ(Reason("alltime.csv", ""), "EMPTY_DOCUMENT");
  EXPECT_EQ(Reason("alltime.csv", absl::StrCat(kHistory, "x,\"Never closed\n")),
            "CSV_UNTERMINATED_QUOTE");
}

TEST(ArenaHistoryTest, ATableThatEndsInTheMiddleOfARowSaysSo) {
  const auto read =
      Read({Doc("alltime.csv", absl::StrCat(kHistory, "gamma,Gamma,12"))});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->rejected, SizeIs(1));
  EXPECT_TRUE(std::any_of(
      read->diagnostics.begin(), read->diagnostics.end(), [](const auto& d) {
        return absl::StrContains(d.message(), "may be cut off");
      }));
}

TEST(ArenaDailyTest, ReadsScoresAndWhatIsSaidOfModels) {
  const auto read = Read({Doc("2026-03-19/text.json", kDaily, "2026-03-19")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(Streams(*read), ElementsAre("text/style_control 2026-03-18",
                                          "models/text 2026-03-18"));
  const ReadSnapshot& scores = read->snapshots[0];
  EXPECT_EQ(scores.begin.coverage().extent(), v1::Coverage::EXTENT_TOP);
  EXPECT_EQ(scores.begin.coverage().top(), 2u);
  const v1::Score& alpha = scores.records[0].score();
  EXPECT_EQ(alpha.lower(), 1496);
  EXPECT_EQ(alpha.upper(), 1508);
  EXPECT_EQ(alpha.votes(), 11671u);
  EXPECT_EQ(alpha.rank(), 1u);
  EXPECT_FALSE(scores.records[1].score().has_lower());
  EXPECT_FALSE(scores.records[1].score().has_votes());
  ASSERT_THAT(read->snapshots[1].records, SizeIs(1));
}

TEST(ArenaDailyTest, WithoutADateTheHintIsTheVintage) {
  const auto read = Read({Doc("text.json", R"({"meta": {"leaderboard": "text",
      "last_updated": null}, "models": [{"model": "a", "score": 1}]})",
                              "2026-03-31")});
  EXPECT_EQ(read->snapshots[0].begin.vintage().date(), "2026-03-31");
  EXPECT_EQ(read->snapshots[0].begin.vintage().basis(), v1::VINTAGE_BASIS_PATH);
}

TEST(ArenaDailyTest, TheMethodIsConfigured) {
  const auto read =
      Read({Doc("text.json", kDaily)}, R"({"daily_method": "raw"})");
  EXPECT_EQ(read->snapshots[0].begin.stream(), "text/raw");
}

TEST(ArenaDailyTest, AnEmptyPageFailsTheRun) {
  EXPECT_EQ(
      Reason("text.json", R"({"meta": {"leaderboard": "text"}, "models": []})"),
      "EMPTY_DOCUMENT");
  EXPECT_EQ(Reason("text.json", R"({"meta": {}, "models": []})"),
            "UNKNOWN_BOARD");
}

TEST(ArenaTest, BrokenAndForeignDocumentsFailTheRun) {
  EXPECT_EQ(Reason("leaderboard-text.json", R"({"full": {)"), "BAD_JSON");
  EXPECT_EQ(Reason("leaderboard-text.json", R"({"a": 1})"), "UNKNOWN_DOCUMENT");
  EXPECT_EQ(Reason("leaderboard-text.json", " \n"), "EMPTY_DOCUMENT");
}

TEST(ArenaTest, CompanionFilesAreSkippedByNameAndSayWhy) {
  for (const char* name :
       {"scatterplot-data.json", "key_to_model.csv",
        "design_arena_models_2026-08-22.json", "key_to_model.csv"}) {
    const auto read = Read({Doc(name, "anything")});
    ASSERT_TRUE(read.ok()) << name << read.status();
    EXPECT_THAT(read->snapshots, SizeIs(0));
    ASSERT_THAT(read->diagnostics, SizeIs(1));
    EXPECT_EQ(read->diagnostics[0].severity(), v1::Diagnostic::SEVERITY_INFO);
  }
}

TEST(ArenaTest, CheckNamesProblemsOfTheConfiguration) {
  const ArenaSource source;
  EXPECT_THAT(source.Check("{}"), SizeIs(0));
  EXPECT_THAT(source.Check(R"({"daily_metod": "raw"})"), SizeIs(1));
  EXPECT_THAT(source.Check(R"({"metadata_vintage": "soon"})"), SizeIs(1));
  EXPECT_EQ(
      ErrorReason(
          Read({Doc("text.json", kDaily)}, R"({"daily_method": 3})").status()),
      "BAD_CONFIG");
}

TEST(ArenaTest, Conforms) {
  ArenaSource source;
  EXPECT_EQ(CheckConformance(
                source, "{}",
                {Doc("leaderboard-text.json", kCatalogue),
                 Doc("alltime.csv", kHistory), Doc("text.json", kDaily)}),
            absl::OkStatus());
}

// What was published, where it is at hand.
class ArenaPublishedTest : public ::testing::Test {
 protected:
  void SetUp() override {
    if (!fs::exists(Data())) GTEST_SKIP() << "no published data here";
  }
  static fs::path Data() { return MERIDIAN_SOURCE_DIR "/../shared/data"; }

  // Documents of DIR/<date>/*.json whose names begin so.
  static std::vector<TestDocument> Dated(const std::string& dir,
                                         const std::string& prefix) {
    std::set<fs::path> files;
    for (const auto& entry : fs::recursive_directory_iterator(Data() / dir)) {
      if (absl::StartsWith(entry.path().filename().string(), prefix) &&
          entry.is_regular_file()) {
        files.insert(entry.path());
      }
    }
    std::vector<TestDocument> documents;
    for (const fs::path& file : files) {
      documents.push_back(Doc(file.lexically_relative(Data()).string(),
                              Text(file),
                              file.parent_path().filename().string()));
    }
    return documents;
  }
  static std::string Text(const fs::path& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
  }
  static size_t Records(const ReadResult& read) {
    size_t records = 0;
    for (const auto& snapshot : read.snapshots) {
      records += snapshot.records.size();
    }
    return records;
  }
  static double Value(const ReadSnapshot& snapshot, const std::string& model,
                      const std::string& category = "full") {
    for (const v1::Record& record : snapshot.records) {
      if (record.score().model() == model &&
          record.score().category() == category) {
        return record.score().value();
      }
    }
    ADD_FAILURE() << "no score of " << model;
    return 0;
  }
};

TEST_F(ArenaPublishedTest, EveryCatalogueFile) {
  const auto read = Read(Dated("arena_catalog", ""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->snapshots, SizeIs(14));
  EXPECT_EQ(Records(*read), 47020u);
  EXPECT_THAT(read->rejected, SizeIs(0));
  std::map<std::string, const ReadSnapshot*> by_name;
  for (const auto& snapshot : read->snapshots) {
    by_name[absl::StrCat(snapshot.begin.vintage().date(), " ",
                         snapshot.begin.stream())] = &snapshot;
  }
  const auto gap = [&](const std::string& name, const std::string& a,
                       const std::string& b) {
    return Value(*by_name.at(name), a) - Value(*by_name.at(name), b);
  };
  EXPECT_NEAR(gap("2025-02-12 text/raw", "gemini-2.0-flash-thinking-exp-01-21",
                  "deepseek-r1"),
              22.6, 0.05);
  EXPECT_NEAR(gap("2025-05-27 text/raw", "gemini-2.5-pro-preview-05-06",
                  "deepseek-v3-0324"),
              78.2, 0.05);
  EXPECT_NEAR(gap("2025-05-27 text/style_control",
                  "gemini-2.5-pro-preview-05-06", "deepseek-v3-0324"),
              64.0, 0.05);
  EXPECT_NEAR(gap("2025-11-05 text/raw", "gemini-2.5-pro", "glm-4.5"), 37.2,
              0.05);
}

TEST_F(ArenaPublishedTest, TheHistory) {
  const auto read =
      Read({Doc("alltime.csv", Text(Data() / "arena_history/alltime.csv"))});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->snapshots, SizeIs(106));
  EXPECT_THAT(read->rejected, SizeIs(0));
  size_t scores = 0;
  for (const auto& snapshot : read->snapshots) {
    if (snapshot.begin.stream() != "text/raw") continue;
    scores += snapshot.records.size();
    if (snapshot.begin.vintage().date() != "2025-02-14") continue;
    EXPECT_NEAR(Value(snapshot, "gemini-2.0-flash-thinking-exp-01-21"), 1384.63,
                0.005);
    EXPECT_NEAR(Value(snapshot, "deepseek-r1"), 1361.45, 0.005);
  }
  // 96 rows stand twice; the host drops the second of each.
  EXPECT_EQ(scores, 13434u);
}

TEST_F(ArenaPublishedTest, EveryPage) {
  const auto read = Read(Dated("arena_daily", ""));
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->snapshots, SizeIs(36));
  EXPECT_THAT(read->rejected, SizeIs(0));
  size_t stated = 0;
  for (const auto& snapshot : read->snapshots) {
    stated += snapshot.begin.vintage().basis() == v1::VINTAGE_BASIS_STATED;
  }
  // 7 of 18 pages state no date; each page is two snapshots.
  EXPECT_EQ(stated, 22u);
}

TEST_F(ArenaPublishedTest, Conforms) {
  ArenaSource source;
  EXPECT_EQ(CheckConformance(source, "{}", Dated("arena_daily", "")),
            absl::OkStatus());
}

// --- Leaderboard tables ------------------------------------------------------

// The header variants of 2023 to 2025, each with what its first row gives.
struct TableVariant {
  const char* text;
  std::vector<std::string> streams;
  const char* model;
};

TEST(ArenaTableTest, EveryHeaderVariantIsRead) {
  const std::vector<TableVariant> variants = {
      {"Model,MT-bench (win rate %),MT-bench (score),Arena Elo rating,MMLU,"
       "License,Link\n"
       "Alpha,69.38%,8.99,1227,0.864,Proprietary,https://example.org\n",
       {"text/elo 2025-03-07", "mt-bench/score 2025-03-07",
        "mt-bench-win-rate/win_rate 2025-03-07", "mmlu/accuracy 2025-03-07",
        "models/tables 2025-03-07"},
       "Alpha"},
      {"Model,MT-bench (score),Arena Elo rating,MMLU,License,Link\n"
       "Alpha,8.99,-,-,Proprietary,-\n",
       {"mt-bench/score 2025-03-07", "models/tables 2025-03-07"},
       "Alpha"},
      {"key,Model,MT-bench (score),MMLU,License,Organization,Link\r\n"
       "alpha,Alpha,8.99,0.5,MIT,Lab,-\r\n",
       {"mt-bench/score 2025-03-07", "mmlu/accuracy 2025-03-07",
        "models/tables 2025-03-07"},
       "alpha"},
      {"key,Model,MT-bench (score),MMLU,Knowledge cutoff date,License,"
       "Organization,Link\n"
       "dall-e-3,DALL\u00b7E 3,-,-,Unknown,Proprietary,OpenAI,-\n",
       {"models/tables 2025-03-07"},
       "dall-e-3"},
  };
  for (const TableVariant& variant : variants) {
    const auto read = Read({Doc("leaderboard_table_x.csv", variant.text)});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(Streams(*read), variant.streams);
    EXPECT_THAT(read->rejected, SizeIs(0));
    EXPECT_EQ(read->snapshots.back().records[0].model().name(), variant.model);
  }
  const auto first = Read({Doc("t.csv", variants[0].text)});
  EXPECT_EQ(first->snapshots[2].records[0].score().value(), 69.38);
  EXPECT_EQ(first->snapshots[0].records[0].score().board(), "lmarena/text");
  EXPECT_EQ(first->snapshots[0].records[0].score().method(), "elo");
  EXPECT_EQ(Read({Doc("t.csv", variants[3].text)})
                ->snapshots[0]
                .records[0]
                .model()
                .display_name(),
            "DALL\u00b7E 3");
}

TEST(ArenaTableTest, ACellThatIsNoNumberIsRejectedAndItsRowKept) {
  const auto read = Read(
      {Doc("t.csv",
           "key,Model,MT-bench (score),MMLU,License,Organization,Link\n"
           "a,A,high,0.5,MIT,Lab,-\nb,B,7.5,,MIT,Lab,-\n,C,1,1,MIT,Lab,-\n")});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->rejected, SizeIs(2));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("MT-bench (score)"));
  EXPECT_EQ(read->rejected[0].stream(), "mt-bench/score");
  EXPECT_EQ(read->rejected[1].locator().line(), 4u);
  EXPECT_THAT(Streams(*read), SizeIs(3));
}

TEST(ArenaTableTest, AllPublishedTablesAreReadWithoutARejectedRow) {
  const fs::path folder =
      fs::path(MERIDIAN_SOURCE_DIR) / "../shared/data/arena_tables";
  if (!fs::exists(folder)) GTEST_SKIP() << "no shared data";
  std::vector<TestDocument> documents;
  for (const auto& entry : fs::directory_iterator(folder)) {
    std::ostringstream text;
    text << std::ifstream(entry.path()).rdbuf();
    documents.push_back(Doc(entry.path().filename(), text.str()));
  }
  ASSERT_THAT(documents, SizeIs(22));
  for (const TestDocument& document : documents) {
    const auto read = Read({document});
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_THAT(read->rejected, SizeIs(0)) << document.path;
    EXPECT_GE(read->snapshots.back().records.size(), 31u);
  }
}

}  // namespace
}  // namespace meridian
