#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/models_dev/catalogue_source.h"
#include "plugins/sdk/published.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kModel[] = R"(name = "Base One"
release_date = "2026-06"
open_weights = true
license = "apache-2.0"
[limit]
context = 131_072
output = 8_192
[modalities]
input = ["text", "image"]
output = ["text"]
)";
constexpr char kOffering[] = R"(base_model = "lab/one"
base_model_omit = ["limit.output"]
status = "beta"
[cost]
input = 0.5
output = 3.0
cache_read = 0.0
[[cost.tiers]]
tier = { size = 256_000 }
input = 2.0
)";

std::vector<TestDocument> Files() {
  return {MakeDocument("d/providers/host/models/x/One:fast.toml", kOffering),
          MakeDocument("d/providers/host/provider.toml", "name = \"Host\""),
          MakeDocument("d/models/lab/one.toml", kModel)};
}

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents) {
  ModelsDevSource source;
  return ReadDocuments(source, "{}", std::move(documents));
}

TEST(ModelsDevTest, AnOfferingInheritsFromItsModelFile) {
  const auto read = Read(Files());
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->snapshots, SizeIs(2));
  const v1::Model& model = read->snapshots[0].records.at(0).model();
  EXPECT_EQ(model.name(), "one");
  EXPECT_THAT(model.developers(), ElementsAre("lab"));
  EXPECT_EQ(model.weights(), v1::WEIGHTS_OPEN);
  EXPECT_EQ(model.release_date(), "2026-06");
  EXPECT_EQ(read->snapshots[1].begin.stream(), "offerings/host");
  const v1::Record& record = read->snapshots[1].records.at(0);
  const v1::Offering& offering = record.offering();
  EXPECT_EQ(offering.operator_(), "host");  // Who serves is not who made it.
  EXPECT_EQ(offering.route(), "x/One:fast");
  EXPECT_EQ(offering.upstream_model(), "lab/one");
  EXPECT_EQ(offering.display_name(), "Base One");
  EXPECT_EQ(offering.context_tokens(), 131072u);
  EXPECT_FALSE(offering.has_output_tokens());  // Omitted.
  EXPECT_THAT(offering.input_modalities(), ElementsAre("text", "image"));
  EXPECT_EQ(offering.status(), v1::Offering::STATUS_PREVIEW);
}

TEST(ModelsDevTest, PricesHaveTiersAndZeroIsNone) {
  const auto read = Read(Files());
  const v1::Record& record = read->snapshots[1].records.at(0);
  const v1::Offering& offering = record.offering();
  ASSERT_EQ(offering.prices_size(), 3);
  EXPECT_EQ(offering.prices(0).per_million_tokens(), 0.5);
  EXPECT_EQ(offering.prices(0).to_tokens(), 256000u);
  EXPECT_EQ(offering.prices(2).per_million_tokens(), 2);
  EXPECT_EQ(offering.prices(2).from_tokens(), 256000u);
  ASSERT_EQ(record.notes_size(), 1);
  EXPECT_EQ(record.notes(0).field(), "prices");
}

TEST(ModelsDevTest, ADanglingReferenceIsToldAndTheOfferingKept) {
  const auto read = Read({MakeDocument("providers/h/models/a.toml",
                                       "base_model = \"lab/none\"\n")});
  ASSERT_TRUE(read.ok());
  ASSERT_THAT(read->diagnostics, SizeIs(1));
  EXPECT_THAT(read->diagnostics[0].message(), HasSubstr("'lab/none'"));
  EXPECT_EQ(read->snapshots.at(0).records.at(0).offering().upstream_model(),
            "lab/none");
}

TEST(ModelsDevTest, WhatCannotBeReadIsRejectedOrRefused) {
  const auto read = Read(
      {MakeDocument("models/l/a.toml", "name = \"A\"\nrelease_date = \"soon\""),
       MakeDocument("models/l/b.toml", "name = 7")});
  ASSERT_TRUE(read.ok());
  ASSERT_THAT(read->rejected, SizeIs(2));
  EXPECT_EQ(read->rejected[0].locator().line(), 2u);
  // A file's name alone says nothing.
  const auto empty = Read({MakeDocument("providers/p/models/a.toml", "# x\n"),
                           MakeDocument("models/l/a.toml", "")});
  EXPECT_THAT(empty->rejected, SizeIs(2));
  EXPECT_THAT(empty->snapshots, ::testing::IsEmpty());
  EXPECT_EQ(
      ErrorReason(Read({MakeDocument("models/l/a.toml", "= 1")}).status()),
      "BAD_TOML");
  EXPECT_EQ(ErrorReason(Read({MakeDocument("a.toml", "a = 1")}).status()),
            "UNKNOWN_DOCUMENT");
}

TEST(ModelsDevTest, Conforms) {
  ModelsDevSource source;
  EXPECT_EQ(CheckConformance(source, "{}", Files()), absl::OkStatus());
  EXPECT_THAT(source.Check(R"({"a": 1})"), SizeIs(1));
}

TEST(ModelsDevPublishedTest, ReadsThreeVintages) {
  if (!std::filesystem::exists(PublishedFolder("models_dev"))) {
    GTEST_SKIP() << "no published data here";
  }
  std::vector<TestDocument> documents;
  for (const char* date : {"2025-06-29", "2025-12-31", "2026-07-02"}) {
    for (TestDocument& one :
         PublishedDocuments(std::string("models_dev/") + date, ".toml", date)) {
      documents.push_back(std::move(one));
    }
  }
  ASSERT_THAT(documents, SizeIs(728));
  ModelsDevSource source;
  EXPECT_EQ(CheckConformance(source, "{}", documents), absl::OkStatus());
  const auto read = Read(documents);
  EXPECT_THAT(read->rejected, IsEmpty());
  size_t models = 0, offerings = 0, open = 0;
  for (const ReadSnapshot& snapshot : read->snapshots) {
    for (const v1::Record& record : snapshot.records) {
      models += record.has_model();
      offerings += record.has_offering();
      open += record.model().weights() == v1::WEIGHTS_OPEN;
    }
  }
  EXPECT_EQ(models, 199u);
  EXPECT_EQ(offerings, 504u);
  EXPECT_EQ(open, 86u);
  // Dangling on purpose.
  EXPECT_THAT(read->diagnostics, SizeIs(6));
}

}  // namespace
}  // namespace meridian
