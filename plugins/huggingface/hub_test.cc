#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/huggingface/hub_source.h"
#include "plugins/sdk/published.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kPage[] = R"([
 {"id": "acme/One", "gated": false, "private": false, "downloads": 120,
  "likes": 3, "tags": ["en", "base_model:acme/Base",
   "base_model:finetune:acme/Base", "license:apache-2.0"]},
 {"id": "acme/Two", "gated": "manual", "downloads": null,
  "tags": ["license:other", "base_model:quantized:acme/One"]},
 {"id": "acme/Three", "tags": ["base_model:acme/Three"],
  "cardData": {"license": "mit"}}
])";

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents,
                                const std::string& config = "{}") {
  HubSource source;
  return ReadDocuments(source, config, std::move(documents));
}

const v1::Record* Find(const ReadResult& read, const std::string& name) {
  for (const ReadSnapshot& snapshot : read.snapshots) {
    for (const v1::Record& record : snapshot.records) {
      if (record.model().name() == name) return &record;
    }
  }
  return nullptr;
}

TEST(HubTest, EntriesBecomeModelsInTheirOwnWords) {
  const auto read = Read({MakeDocument("p.json", kPage)});
  ASSERT_TRUE(read.ok()) << read.status();
  const v1::Model& one = Find(*read, "acme/One")->model();
  EXPECT_EQ(one.developers(0), "acme");
  EXPECT_EQ(one.weights(), v1::WEIGHTS_OPEN);
  EXPECT_EQ(one.licences(0).licence(), "apache-2.0");
  // The tag without a relation repeats the one with it.
  ASSERT_EQ(one.base_models_size(), 1);
  EXPECT_EQ(one.base_models(0).relation(), v1::BASE_RELATION_FINE_TUNE);
  const v1::Model& two = Find(*read, "acme/Two")->model();
  EXPECT_EQ(two.weights(), v1::WEIGHTS_GATED);
  EXPECT_EQ(two.licences(0).licence(), "other");
  const v1::Record& three = *Find(*read, "acme/Three");
  EXPECT_FALSE(three.model().has_weights());  // Not said.
  EXPECT_EQ(three.model().licences(0).licence(), "mit");
  EXPECT_EQ(three.model().base_models_size(), 0);
  EXPECT_EQ(three.notes(0).field(), "base_models");
}

TEST(HubTest, DownloadsAreAWindowOfThirtyDaysAndLikesAreNot) {
  const auto read = Read({MakeDocument("p.json", kPage, "2026-03-31")});
  const ReadSnapshot& usage = read->snapshots.at(1);
  EXPECT_EQ(usage.begin.stream(), "usage");
  ASSERT_THAT(usage.records, SizeIs(2));  // null is no figure.
  EXPECT_EQ(usage.records[0].usage().measure(), "downloads_30_days");
  EXPECT_EQ(usage.records[1].usage().measure(), "likes");
  EXPECT_FALSE(usage.records[1].usage().has_from());
}

std::vector<TestDocument> Pages(int count) {
  std::vector<TestDocument> pages;
  for (int i = 0; i < count; ++i) {
    TestDocument page = MakeDocument(
        absl::StrCat("page", i), absl::StrCat("[{\"id\": \"a/m", i, "\"}]"));
    if (i > 0) page.fetched_as = absl::StrCat("https://hub.example/p", i);
    if (i + 1 < count) {
      page.headers["link"] = absl::StrCat(
          "<https://hub.example/first>; rel=\"first\", <https://hub.example/p",
          i + 1, ">; rel=\"next\"");
    }
    pages.push_back(std::move(page));
  }
  return pages;
}

TEST(HubTest, TheLinkHeaderLeadsToTheNextPage) {
  const auto read = Read(Pages(4), R"({"complete": true})");
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->snapshots, SizeIs(2));
  EXPECT_THAT(read->snapshots[0].records, SizeIs(4));
  EXPECT_EQ(read->snapshots[0].begin.coverage().extent(),
            v1::Coverage::EXTENT_ALL);
  const auto some = Read(Pages(4));
  EXPECT_EQ(some->snapshots[0].begin.coverage().extent(),
            v1::Coverage::EXTENT_SOME);
}

TEST(HubTest, AMissingPageAndTooManyPagesAreNoWholeListing) {
  std::vector<TestDocument> pages = Pages(4);
  pages.pop_back();
  EXPECT_EQ(ErrorReason(Read(pages).status()), "FETCH_FAILED");
  EXPECT_EQ(
      ErrorReason(
          Read(Pages(4), R"({"complete": true, "max_pages": 2})").status()),
      "LISTING_INCOMPLETE");
  const auto some = Read(Pages(4), R"({"max_pages": 2})");
  ASSERT_TRUE(some.ok());
  EXPECT_THAT(some->snapshots[0].records, SizeIs(2));
  EXPECT_THAT(some->diagnostics[0].message(), HasSubstr("goes on"));
}

TEST(HubTest, WhatCannotBeReadIsRejectedWithItsPlace) {
  const auto read = Read({MakeDocument(
      "p.json",
      "[{\"downloads\": 3},\n{\"id\": \"a/b\", \"gated\": \"maybe\"},\n"
      "{\"id\": \"a/c\", \"downloads\": \"many\"}, 7]")});
  ASSERT_TRUE(read.ok());
  ASSERT_THAT(read->rejected, SizeIs(4));
  EXPECT_THAT(read->rejected[1].why(), HasSubstr("'gated'"));
  EXPECT_EQ(read->rejected[1].locator().line(), 2u);
  EXPECT_EQ(read->rejected[2].locator().pointer(), "/2");
  EXPECT_EQ(ErrorReason(Read({MakeDocument("p.json", "{}")}).status()),
            "UNKNOWN_DOCUMENT");
}

TEST(HubTest, Conforms) {
  HubSource source;
  EXPECT_EQ(CheckConformance(source, "{}", {MakeDocument("p", kPage)}),
            absl::OkStatus());
  EXPECT_EQ(CheckConformance(source, "{}", Pages(3)), absl::OkStatus());
  EXPECT_THAT(source.Check(R"({"max_pages": 0})"), SizeIs(1));
  EXPECT_THAT(source.Check(R"({"complete": 1, "pages": 2})"), SizeIs(1));
  EXPECT_THAT(source.Check(R"({"complete": true})"), IsEmpty());
}

TEST(HubPublishedTest, ReadsTheStoredListing) {
  if (!std::filesystem::exists(PublishedFolder("huggingface"))) {
    GTEST_SKIP() << "no published data here";
  }
  const auto documents = PublishedDocuments(
      "huggingface/2026-02-16", "huggingface_models.json", "2026-02-16");
  HubSource source;
  EXPECT_EQ(CheckConformance(source, "{}", documents), absl::OkStatus());
  const auto read = Read(documents);
  EXPECT_THAT(read->rejected, IsEmpty());
  ASSERT_THAT(read->snapshots, SizeIs(2));
  EXPECT_THAT(read->snapshots[0].records, SizeIs(100));
  EXPECT_THAT(read->snapshots[1].records, SizeIs(200));
  size_t gated = 0, other = 0, unlicensed = 0, doubtful = 0;
  for (const v1::Record& record : read->snapshots[0].records) {
    const v1::Model& model = record.model();
    gated += model.weights() == v1::WEIGHTS_GATED;
    unlicensed += model.licences_size() == 0;
    for (const auto& licence : model.licences()) {
      other += licence.licence() == "other";
    }
    doubtful += record.notes_size() > 0;
  }
  EXPECT_EQ(gated, 12u);
  EXPECT_EQ(unlicensed, 5u);
  EXPECT_EQ(other, 11u);
  EXPECT_EQ(doubtful, 1u);  // One repository names itself as its base.
  const v1::Model& tuned =
      Find(*read, "meta-llama/Llama-3.3-70B-Instruct")->model();
  EXPECT_EQ(tuned.base_models(0).model(), "meta-llama/Llama-3.1-70B");
}

}  // namespace
}  // namespace meridian
