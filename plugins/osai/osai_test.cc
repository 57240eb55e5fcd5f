#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "plugins/osai/osai_source.h"
#include "plugins/sdk/published.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr char kConfig[] =
    R"({"countries_file": {"file": "c.yaml", "text": "France: FR\nUnited States: US\nChina: CN"}})";

std::string Card(const std::string& origin, const std::string& system,
                 const std::string& compute = "") {
  return absl::StrCat(
      "---\n# - National origin: ", origin, "\n", compute, "system:\n", system,
      "org:\n    name: Lab\nweights_endmodel:\n    class: open\n"
      "    link: x\npaper:\n    class: closed\n");
}

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents) {
  OsaiSource source;
  return ReadDocuments(source, kConfig, std::move(documents));
}

TEST(OsaiTest, ACardBecomesAModelWithItsCommentedOrigin) {
  const auto read = Read({MakeDocument(
      "a card.yaml",
      Card(
          "France",
          "    name: One\n    type: text,code\n    basemodelname: Base-7B\n"
          "    endmodelname: One-7B\n    endmodellicense: CC-BY-NC-4.0\n"
          "    releasedate: 2024-09\n",
          "# - Base model training compute: ~1e+22 FLOP +- 0.5 OoM\n"
          "# - End model training compute: ~2.8e20 FLOP +- 1 OoM (hours)\n"))});
  ASSERT_TRUE(read.ok()) << read.status();
  const v1::Model& model = read->snapshots.at(0).records.at(0).model();
  EXPECT_EQ(model.name(), "One-7B");
  EXPECT_THAT(model.countries_stated(), ElementsAre("FR"));
  EXPECT_THAT(model.modalities(), ElementsAre("text", "code"));
  EXPECT_EQ(model.base_models(0).model(), "Base-7B");
  EXPECT_NEAR(model.training_compute().low() / 2.8e19, 1, 1e-9);
  EXPECT_NEAR(model.training_compute().high() / 2.8e21, 1, 1e-9);
  ASSERT_EQ(model.openness_size(), 2);
  EXPECT_EQ(model.openness(0).dimension(), "weights_endmodel");
  EXPECT_EQ(model.openness(0).judgement(), "open");
  EXPECT_FALSE(model.has_weights());
}

TEST(OsaiTest, WhatIsDoubtedOrNoCountryIsANote) {
  const auto read = Read({MakeDocument(
      "b.yaml",
      Card(
          "International",
          "    name: Two\n    basemodelname: Base A?\n    endmodelname: Two-B\n"
          "    endmodellicense: Unknown\n    releasedate: soon\n"))});
  const v1::Record& record = read->snapshots.at(0).records.at(0);
  EXPECT_THAT(record.model().countries_stated(), IsEmpty());
  EXPECT_EQ(record.model().base_models(0).model(), "Base A");
  EXPECT_EQ(record.model().licences_size(), 0);
  ASSERT_EQ(record.notes_size(), 3);
  EXPECT_THAT(record.notes(0).text(), HasSubstr("International"));
  EXPECT_EQ(record.notes(1).field(), "release_date");
  EXPECT_THAT(record.notes(2).text(), HasSubstr("'Base A?'"));
}

TEST(OsaiTest, SwappedNamesGiveNoLineage) {
  const auto read = Read({MakeDocument(
      "c.yaml", Card("China",
                     "    name: Three\n    basemodelname: Three-32B\n"
                     "    endmodelname: Other-32B\n"))});
  const v1::Record& record = read->snapshots.at(0).records.at(0);
  EXPECT_EQ(record.model().name(), "Three");
  EXPECT_EQ(record.model().base_models_size(), 0);
  EXPECT_THAT(record.notes(0).text(), HasSubstr("swapped"));
}

TEST(OsaiTest, TemplatesAreSkippedAndSecondCardsRejected) {
  const auto read =
      Read({MakeDocument("t.yaml", Card("", "    name:\n")),
            MakeDocument("_parameters.yml", "a: b\n"),
            MakeDocument("d.yaml", Card("China", "    name: Four\n")),
            MakeDocument("e.yaml", Card("China", "    name: Four\n"))});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(read->diagnostics, SizeIs(2));
  ASSERT_THAT(read->rejected, SizeIs(1));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("d.yaml"));
  EXPECT_EQ(ErrorReason(Read({MakeDocument("x.yaml", "a: b\n")}).status()),
            "UNKNOWN_DOCUMENT");
}

TEST(OsaiTest, Conforms) {
  OsaiSource source;
  EXPECT_EQ(CheckConformance(
                source, kConfig,
                {MakeDocument("d.yaml", Card("China", "    name: Four\n"))}),
            absl::OkStatus());
  EXPECT_THAT(source.Check(R"({"a": 1})"), SizeIs(1));
}

TEST(OsaiPublishedTest, ReadsTheIndex) {
  if (!std::filesystem::exists(PublishedFolder("osai_index"))) {
    GTEST_SKIP() << "no published data here";
  }
  std::ostringstream names;
  names << std::ifstream(MERIDIAN_SOURCE_DIR
                         "/samples/mappings/country_names.yaml")
               .rdbuf();
  std::string escaped;
  for (const char c : names.str()) {
    if (c == '\n') {
      escaped += "\\n";
    } else if (c == '"') {
      escaped += "\\\"";
    } else {
      escaped.push_back(c);
    }
  }
  const std::string config = absl::StrCat(
      R"({"countries_file": {"file": "c.yaml", "text": ")", escaped, "\"}}");
  std::vector<TestDocument> documents =
      PublishedDocuments("osai_index", "ml", "2026-06-12");
  ASSERT_THAT(documents, SizeIs(130));
  OsaiSource source;
  EXPECT_EQ(CheckConformance(source, config, documents), absl::OkStatus());
  const auto read = ReadDocuments(source, config, documents);
  EXPECT_THAT(read->rejected, IsEmpty());
  EXPECT_THAT(read->diagnostics, SizeIs(3));  // A template, two descriptions.
  EXPECT_EQ(CountRecords(*read), 127u);
  size_t with_country = 0, with_compute = 0, swapped = 0;
  for (const v1::Record& record : read->snapshots.at(0).records) {
    with_country += record.model().countries_stated_size() == 1;
    with_compute += record.model().has_training_compute();
    for (const v1::Note& note : record.notes()) {
      swapped += note.text().find("swapped") != std::string::npos;
    }
  }
  EXPECT_EQ(with_country, 111u);
  EXPECT_EQ(swapped, 4u);
  EXPECT_GT(with_compute, 5u);
}

}  // namespace
}  // namespace meridian
