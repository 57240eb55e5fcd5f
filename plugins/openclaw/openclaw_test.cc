#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "plugins/openclaw/openclaw_source.h"
#include "plugins/sdk/testing.h"

namespace meridian {
namespace {

using ::meridian::testing::CheckConformance;
using ::meridian::testing::ReadDocuments;
using ::meridian::testing::ReadResult;
using ::meridian::testing::TestDocument;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

TestDocument Manifest(const std::string& text,
                      const std::string& path = "p/openclaw.plugin.json") {
  TestDocument document{path, text, {}};
  document.vintage_hint.set_date("2026-07");
  document.vintage_hint.set_precision(v1::PRECISION_MONTH);
  document.vintage_hint.set_basis(v1::VINTAGE_BASIS_CONFIG);
  return document;
}

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents) {
  OpenClawSource source;
  return ReadDocuments(source, "{}", std::move(documents));
}

constexpr char kManifest[] = R"({
  "id": "p",
  "modelCatalog": {
    "providers": {
      "prov/1": {
        "baseUrl": "https://api.example.org/v1",
        "models": [
          {"id": "a/One", "name": "One", "input": ["Text", "image"],
           "contextWindow": 131072, "maxTokens": 8192, "status": "deprecated",
           "replacedBy": "a/Two", "upstreamModel": "q/one",
           "cost": {"input": 1.5, "output": 4, "cacheRead": 0}},
          {"id": "a/Two", "cost": {"input": 2,
            "tieredPricing": [{"range": [0, 1000], "input": 1},
                              {"range": [1000], "input": 3}]}}
        ]
      }
    }
  }
})";

TEST(OpenClawTest, ModelsBecomeOfferings) {
  const auto read = Read({Manifest(kManifest)});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->snapshots, SizeIs(1));
  const auto& snapshot = read->snapshots[0];
  EXPECT_EQ(snapshot.begin.stream(), "offerings/prov/1");
  EXPECT_EQ(snapshot.begin.vintage().date(), "2026-07");
  EXPECT_EQ(snapshot.begin.coverage().extent(), v1::Coverage::EXTENT_ALL);
  ASSERT_THAT(snapshot.records, SizeIs(2));
  const v1::Offering& one = snapshot.records[0].offering();
  EXPECT_EQ(one.operator_(), "prov/1");
  EXPECT_EQ(one.route(), "a/One");
  EXPECT_EQ(one.display_name(), "One");
  EXPECT_EQ(one.context_tokens(), 131072u);
  EXPECT_EQ(one.status(), v1::Offering::STATUS_DEPRECATED);
  EXPECT_EQ(one.replaced_by(), "a/Two");
  EXPECT_EQ(one.upstream_model(), "q/one");
  EXPECT_THAT(one.input_modalities(), ElementsAre("text", "image"));
  EXPECT_EQ(snapshot.records[0].locator().line(), 8u);
  EXPECT_EQ(snapshot.records[0].locator().pointer(),
            "/modelCatalog/providers/prov~11/models/0");
}

TEST(OpenClawTest, APriceOfZeroIsNoPriceButANote) {
  const auto read = Read({Manifest(kManifest)});
  const v1::Record& one = read->snapshots[0].records[0];
  ASSERT_THAT(one.offering().prices(), SizeIs(2));
  EXPECT_EQ(one.offering().prices(0).what(), "input");
  EXPECT_EQ(one.offering().prices(0).per_million_tokens(), 1.5);
  EXPECT_EQ(one.offering().prices(0).currency(), "USD");
  ASSERT_THAT(one.notes(), SizeIs(1));
  EXPECT_EQ(one.notes(0).kind(), v1::Note::KIND_DOUBTFUL);
}

TEST(OpenClawTest, TiersKeepTheirRange) {
  const auto read = Read({Manifest(kManifest)});
  const auto& prices = read->snapshots[0].records[1].offering().prices();
  ASSERT_THAT(prices, SizeIs(3));
  EXPECT_EQ(prices[1].from_tokens(), 0u);
  EXPECT_EQ(prices[1].to_tokens(), 1000u);
  EXPECT_EQ(prices[2].from_tokens(), 1000u);
  EXPECT_FALSE(prices[2].has_to_tokens());
}

TEST(OpenClawTest, WhatIsMissingStaysUnset) {
  const auto read = Read({Manifest(kManifest)});
  const v1::Offering& two = read->snapshots[0].records[1].offering();
  EXPECT_FALSE(two.has_context_tokens());
  EXPECT_FALSE(two.has_status());
  EXPECT_FALSE(two.has_display_name());
}

TEST(OpenClawTest, AManifestWithoutCatalogueGivesNoRowsAndSaysSo) {
  const auto read = Read({Manifest(R"({"id": "old", "providers": ["old"]})")});
  ASSERT_TRUE(read.ok());
  EXPECT_THAT(read->snapshots, SizeIs(0));
  ASSERT_THAT(read->diagnostics, SizeIs(1));
  EXPECT_EQ(read->diagnostics[0].severity(), v1::Diagnostic::SEVERITY_INFO);
  EXPECT_THAT(read->diagnostics[0].message(), HasSubstr("no modelCatalog"));
}

TEST(OpenClawTest, BadRowsAreRejectedAndLowerTheCoverage) {
  const auto read = Read({Manifest(R"({"id": "p", "modelCatalog": {"providers":
    {"p": {"models": [
      {"id": "good"},
      {"name": "no id"},
      {"id": "good"},
      {"id": "x", "contextWindow": "many"},
      {"id": "y", "maxTokens": 1.5},
      {"id": "z", "status": "gone"},
      {"id": "w", "cost": {"input": -1}},
      {"id": "v", "cost": {"input": NaN}},
      7
    ]}}}})")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->snapshots[0].records, SizeIs(1));
  EXPECT_EQ(read->snapshots[0].begin.coverage().extent(),
            v1::Coverage::EXTENT_SOME);
  ASSERT_THAT(read->rejected, SizeIs(8));
  EXPECT_EQ(read->rejected[0].locator().line(), 4u);
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("no 'id'"));
  EXPECT_THAT(read->rejected[1].why(), HasSubstr("listed twice"));
  EXPECT_THAT(read->rejected[2].why(), HasSubstr("'contextWindow' is"));
  EXPECT_EQ(read->rejected[2].stream(), "offerings/p");
  EXPECT_THAT(read->rejected[4].why(), HasSubstr("available, preview"));
}

TEST(OpenClawTest, WhatIsNoManifestFailsTheRun) {
  const auto reason = [](const std::string& text) {
    return ErrorReason(Read({Manifest(text)}).status());
  };
  EXPECT_EQ(reason("{"), "BAD_JSON");
  EXPECT_EQ(reason(""), "EMPTY_DOCUMENT");
  EXPECT_EQ(reason("[]"), "UNKNOWN_DOCUMENT");
  EXPECT_EQ(reason(R"({"id": 3})"), "UNKNOWN_DOCUMENT");
  EXPECT_EQ(reason(R"({"id": "p", "modelCatalog": {}})"), "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason(Read({Manifest(kManifest, "a/openclaw.plugin.json"),
                              Manifest(kManifest, "b/openclaw.plugin.json")})
                            .status()),
            "DUPLICATE_STREAM");
}

TEST(OpenClawTest, TakesNoConfiguration) {
  const OpenClawSource source;
  EXPECT_THAT(source.Check("{}"), SizeIs(0));
  EXPECT_THAT(source.Check(R"({"a": 1})"), SizeIs(1));
}

TEST(OpenClawTest, Conforms) {
  OpenClawSource source;
  EXPECT_EQ(CheckConformance(source, "{}", {Manifest(kManifest)}),
            absl::OkStatus());
}

TEST(OpenClawPublishedTest, ReadsEveryManifest) {
  const std::filesystem::path data =
      MERIDIAN_SOURCE_DIR "/../shared/data/openclaw";
  if (!std::filesystem::exists(data)) GTEST_SKIP() << "no published data here";
  std::vector<TestDocument> documents;
  for (const char* folder :
       {"manifests-with-catalog", "manifests-2026-04-13"}) {
    for (const auto& entry :
         std::filesystem::directory_iterator(data / folder)) {
      std::ifstream in(entry.path() / "openclaw.plugin.json");
      std::ostringstream text;
      text << in.rdbuf();
      documents.push_back(Manifest(text.str(), entry.path().string()));
    }
  }
  ASSERT_THAT(documents, SizeIs(18));
  OpenClawSource source;
  EXPECT_EQ(CheckConformance(source, "{}", documents), absl::OkStatus());
  const auto read = Read(documents);
  EXPECT_THAT(read->snapshots, SizeIs(6));
  EXPECT_THAT(read->rejected, SizeIs(0));
  EXPECT_THAT(read->diagnostics, SizeIs(12));
  size_t records = 0;
  for (const auto& snapshot : read->snapshots) {
    records += snapshot.records.size();
  }
  EXPECT_EQ(records, 32u);
}

}  // namespace
}  // namespace meridian
