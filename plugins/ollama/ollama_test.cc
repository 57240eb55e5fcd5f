#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/ollama/ollama_source.h"
#include "plugins/sdk/published.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kLibrary[] = R"({"models": {
 "reasoner": {"pullCount": "54.8M", "tags": {
  "latest": {"fullTag": "reasoner:latest", "modelHash": "aa", "contextWindow": "128K"},
  "8b": {"fullTag": "reasoner:8b", "modelHash": "aa", "contextWindow": "512"},
  "8b-base-q4": {"fullTag": "reasoner:8b-base-q4", "modelHash": "aa", "contextWindow": "-"},
  "671b": {"fullTag": "reasoner:671b", "modelHash": "bb", "contextWindow": null}}},
 "remote": {"pullCount": null, "tags": {
  "cloud": {"fullTag": "remote:cloud", "modelHash": ""}}}
}})";

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents) {
  OllamaSource source;
  return ReadDocuments(source, "{}", std::move(documents));
}

const v1::Record* Find(const ReadResult& read, const std::string& route) {
  for (const v1::Record& record : read.snapshots.at(0).records) {
    if (record.offering().route() == route) return &record;
  }
  return nullptr;
}

TEST(OllamaTest, ATagIsAnArtefactAndSameBytesNameTheMostExplicitTag) {
  const auto read = Read({MakeDocument("models.json", kLibrary)});
  ASSERT_TRUE(read.ok()) << read.status();
  const v1::Offering& latest = Find(*read, "reasoner:latest")->offering();
  EXPECT_EQ(latest.operator_(), "ollama");
  EXPECT_EQ(latest.model(), "reasoner:latest");  // Not the family's name.
  EXPECT_EQ(latest.upstream_model(), "ollama/reasoner:8b-base-q4");
  EXPECT_EQ(latest.context_tokens(), 131072u);
  EXPECT_EQ(Find(*read, "reasoner:8b")->offering().context_tokens(), 512u);
  EXPECT_FALSE(
      Find(*read, "reasoner:8b-base-q4")->offering().has_upstream_model());
  const v1::Offering& full = Find(*read, "reasoner:671b")->offering();
  EXPECT_FALSE(full.has_upstream_model());
  EXPECT_FALSE(full.has_context_tokens());
}

TEST(OllamaTest, CloudTagsSayThatTheyCannotBeDownloaded) {
  const auto read = Read({MakeDocument("models.json", kLibrary)});
  const v1::Record& cloud = *Find(*read, "remote:cloud");
  ASSERT_EQ(cloud.notes_size(), 1);
  EXPECT_EQ(cloud.notes(0).kind(), v1::Note::KIND_WITHHELD);
  EXPECT_EQ(Find(*read, "reasoner:671b")->notes_size(), 0);
}

TEST(OllamaTest, PullsAreNumbersAndNullIsNone) {
  const auto read = Read({MakeDocument("models.json", kLibrary)});
  ASSERT_THAT(read->snapshots[1].records, SizeIs(1));
  EXPECT_EQ(read->snapshots[1].records[0].usage().count(), 54.8e6);
}

TEST(OllamaTest, BadValuesAreRejectedWithTheirPlace) {
  const auto read = Read({MakeDocument("models.json", R"({"models": {
   "a": {"pullCount": "many", "tags": {"x": {"fullTag": ""},
    "y": {"fullTag": "a:y", "contextWindow": "big"}}}}})")});
  ASSERT_TRUE(read.ok());
  ASSERT_THAT(read->rejected, SizeIs(3));
  EXPECT_EQ(read->rejected[0].locator().pointer(), "/models/a/pullCount");
  EXPECT_THAT(read->rejected[2].why(), HasSubstr("'big'"));
  EXPECT_EQ(ErrorReason(Read({MakeDocument("m", "[]")}).status()),
            "UNKNOWN_DOCUMENT");
}

TEST(OllamaTest, Conforms) {
  OllamaSource source;
  EXPECT_EQ(CheckConformance(source, "{}", {MakeDocument("m", kLibrary)}),
            absl::OkStatus());
  EXPECT_THAT(source.Check(R"({"a": 1})"), SizeIs(1));
}

TEST(OllamaPublishedTest, ReadsBothLibraries) {
  if (!std::filesystem::exists(PublishedFolder("ollama"))) {
    GTEST_SKIP() << "no published data here";
  }
  for (const auto& [date, tags, pulls] :
       {std::tuple{"2025-07-27", 6686u, 174u},
        std::tuple{"2025-12-23", 6936u, 197u}}) {
    const auto documents =
        PublishedDocuments(std::string("ollama/") + date, "models.json", date);
    OllamaSource source;
    EXPECT_EQ(CheckConformance(source, "{}", documents), absl::OkStatus());
    const auto read = Read(documents);
    EXPECT_THAT(read->rejected, IsEmpty());
    EXPECT_THAT(read->snapshots.at(0).records, SizeIs(tags));
    EXPECT_THAT(read->snapshots.at(1).records, SizeIs(pulls));
    // The family's "latest" is a distillation, not the model of its name.
    EXPECT_EQ(Find(*read, "deepseek-r1:latest")->offering().upstream_model(),
              "ollama/deepseek-r1:8b-0528-qwen3-q4_K_M");
    EXPECT_NE(Find(*read, "deepseek-r1:671b")->offering().upstream_model(),
              "ollama/deepseek-r1:8b-0528-qwen3-q4_K_M");
  }
}

}  // namespace
}  // namespace meridian
