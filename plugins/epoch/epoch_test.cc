#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/epoch/epoch_source.h"
#include "plugins/sdk/published.h"

namespace meridian {
namespace {

using namespace ::meridian::testing;  // NOLINT: the tests of this folder
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

// As the host hands it over: the file's text in place of its name.
std::string Config() {
  std::ostringstream text;
  text << std::ifstream(MERIDIAN_SOURCE_DIR
                        "/samples/mappings/country_names.yaml")
              .rdbuf();
  google::protobuf::Struct config;
  auto& fields = *config.mutable_fields();
  auto& file =
      *fields["countries_file"].mutable_struct_value()->mutable_fields();
  file["file"].set_string_value("country_names.yaml");
  file["text"].set_string_value(text.str());
  auto& words = *fields["confidence"].mutable_struct_value()->mutable_fields();
  words["Confident"].set_number_value(0.5);
  words["Likely"].set_number_value(1);
  words["Speculative"].set_number_value(1.5);
  std::string json;
  EXPECT_TRUE(google::protobuf::util::MessageToJsonString(config, &json).ok());
  return json;
}

constexpr char kTable[] =
    "Model,Organization,Publication date,Country (of organization),"
    "Parameters,Training compute (FLOP),Confidence,Base model,Model "
    "accessibility,Notes\n"
    "\"One\n\",\"Lab A,Lab B\",2025-01-02,\"China,United States of "
    "America,China\",7e9,1e24,Confident,\"Base , Other\",API access,x\n"
    "Two,Lab C,2024,Multinational,,2e20,Unknown,,,\n"
    "Three,Lab D,soon,,,,,,,\n"
    "Four,Lab E,2024-05,France,many,,,,Unreleased,\"two\nlines\"\n";

absl::StatusOr<ReadResult> Read(std::vector<TestDocument> documents) {
  EpochSource source;
  return ReadDocuments(source, Config(), std::move(documents));
}

TEST(EpochTest, RowsBecomeModels) {
  const auto read = Read({MakeDocument("t.csv", kTable)});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_THAT(read->snapshots, SizeIs(1));
  ASSERT_THAT(read->snapshots[0].records, SizeIs(2));
  const v1::Model& one = read->snapshots[0].records[0].model();
  EXPECT_EQ(one.name(), "One");  // Without the line break in its cell.
  EXPECT_THAT(one.developers(), ElementsAre("Lab A", "Lab B"));
  // A set: neither doubled nor in the order of the organisations.
  EXPECT_THAT(one.countries_stated(), ElementsAre("CN", "US"));
  ASSERT_EQ(one.base_models_size(), 2);
  EXPECT_EQ(one.base_models(0).model(), "Base");
  EXPECT_FALSE(one.base_models(0).has_relation());
  EXPECT_FALSE(one.has_weights());  // The words stand; what they mean is data.
  EXPECT_EQ(one.licences(0).component(), "access");
  EXPECT_EQ(one.licences(0).licence(), "API access");
}

TEST(EpochTest, ComputeIsAnIntervalAsWideAsItsConfidence) {
  const auto read = Read({MakeDocument("t.csv", kTable)});
  const v1::Interval& compute =
      read->snapshots[0].records[0].model().training_compute();
  EXPECT_NEAR(compute.low() / 1e24, 0.316, 0.001);
  EXPECT_NEAR(compute.high() / 1e24, 3.162, 0.001);
  const v1::Record& two = read->snapshots[0].records[1];
  EXPECT_FALSE(two.model().has_training_compute());
  ASSERT_EQ(two.notes_size(), 2);
  EXPECT_THAT(two.notes(0).text(), HasSubstr("Multinational"));
  EXPECT_THAT(two.notes(1).text(), HasSubstr("2e20 FLOP, confidence Unknown"));
}

TEST(EpochTest, BadCellsRejectTheRowWithItsLines) {
  const auto read = Read({MakeDocument("t.csv", kTable)});
  ASSERT_THAT(read->rejected, SizeIs(2));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("'soon'"));
  EXPECT_EQ(read->rejected[1].locator().line(), 6u);
  EXPECT_EQ(read->rejected[1].locator().line_end(), 7u);
  EXPECT_EQ(ErrorReason(Read({MakeDocument("t.csv", "a,b\n1,2\n")}).status()),
            "TABLE_COLUMNS");
}

TEST(EpochTest, Conforms) {
  EpochSource source;
  EXPECT_EQ(CheckConformance(source, Config(), {MakeDocument("t.csv", kTable)}),
            absl::OkStatus());
  EXPECT_THAT(source.Check(R"({"confidence": {"Sure": 9}})"), SizeIs(1));
  EXPECT_THAT(source.Check(R"({"countries_file": {"text": "A: B"}})"),
              SizeIs(1));
  EXPECT_THAT(source.Check(R"({"country_file": {}})"), SizeIs(1));
}

TEST(EpochPublishedTest, ReadsTheTablesOfTwoYears) {
  if (!std::filesystem::exists(PublishedFolder("epoch"))) {
    GTEST_SKIP() << "no published data here";
  }
  for (const auto& [folder, file, date, rows] :
       {std::tuple{"ai_models_2026-01", "notable_ai_models.csv", "2026-01-24",
                   969u},
        std::tuple{"ai_models_2026-01", "frontier_ai_models.csv", "2026-01-24",
                   137u},
        std::tuple{"ai_models_2025-02-24", ".csv", "2025-02-24", 895u}}) {
    const auto documents =
        PublishedDocuments(std::string("epoch/") + folder, file, date);
    ASSERT_THAT(documents, SizeIs(1));
    EpochSource source;
    EXPECT_EQ(CheckConformance(source, Config(), documents), absl::OkStatus());
    const auto read = Read(documents);
    EXPECT_THAT(read->rejected, IsEmpty());
    EXPECT_EQ(CountRecords(*read), rows);
    size_t unknown_names = 0;
    for (const v1::Record& record : read->snapshots[0].records) {
      const std::string& name = record.model().name();
      EXPECT_EQ(name.find('\n'), std::string::npos);
      for (const v1::Note& note : record.notes()) {
        unknown_names += note.field() == "countries_stated" &&
                         note.text() != "no country: Multinational";
      }
    }
    EXPECT_EQ(unknown_names, 0u);  // Every country is known by its name.
  }
}

}  // namespace
}  // namespace meridian
