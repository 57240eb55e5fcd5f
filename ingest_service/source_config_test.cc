#include "ingest_service/source_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
#include "ingest_service/documents/document_reader.h"
#include "ingest_service/testing_stack.h"

namespace meridian::ingest {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kGood[] = R"(sources:
  - id: one
    title: One
    plugin: table
    publisher: Somebody
    data_licence: CC-BY-4.0
    documents:
      - files: data/*.csv
        vintage_from_path: '(\d{8})'
      - files: ${more}/x.csv
        vintage: 2026-03
    coverage: SOME
    limits: {max_document_bytes: 1000}
    config:
      mapping: map.yaml
      depth: 3
)";

class SourceConfigTest : public ::testing::Test {
 protected:
  absl::StatusOr<std::vector<SourceConfig>> Read(const std::string& text) {
    return ReadSources(folder_.Write("sources.yaml", text),
                       {{"more", folder_.Path("more")}});
  }
  // The message of the error that reading `text` gives.
  std::string Error(const std::string& text) {
    const auto sources = Read(text);
    EXPECT_EQ(ErrorReason(sources.status()), "BAD_SOURCE_CONFIG") << text;
    return std::string(sources.status().message());
  }

  TestFolder folder_;
};

TEST_F(SourceConfigTest, ReadsEveryField) {
  folder_.Write("map.yaml", "a: b\n");
  const auto sources = Read(kGood);
  ASSERT_TRUE(sources.ok()) << sources.status();
  ASSERT_THAT(*sources, SizeIs(1));
  const SourceConfig& source = (*sources)[0];
  EXPECT_EQ(source.id, "one");
  EXPECT_EQ(source.plugin, "table");
  EXPECT_EQ(source.line, 2u);
  EXPECT_EQ(source.documents[0].files, folder_.Path("data/*.csv"));
  EXPECT_EQ(source.documents[1].files, folder_.Path("more/x.csv"));
  EXPECT_EQ(source.coverage, v1::Coverage::EXTENT_SOME);
  EXPECT_EQ(source.limits.max_document_bytes(), 1000u);
  // Plugins open no files: what the configuration names comes with it.
  EXPECT_EQ(source.config_json,
            R"({"mapping":{"file":"map.yaml","text":"a: b\u000a"},"depth":3})");
}

TEST_F(SourceConfigTest, EveryProblemIsNamedWithItsPlaceAndTheFix) {
  const std::string error = Error(R"(sources:
  - id: One
    plugin: table
    publisher: P
    data_license: x
    documents:
      - files: ${mroe}/a.csv
      - files: a.csv
        vintage: yesterday
      - files: b.csv
        vintage_from_path: 'no group'
    coverage: SOEM
    limits: {max_recods: 0}
)");
  EXPECT_THAT(error, HasSubstr("sources.yaml:2:"));
  EXPECT_THAT(error, HasSubstr("small letters"));
  EXPECT_THAT(error, HasSubstr("sources.yaml:5:"));
  EXPECT_THAT(error, HasSubstr("did you mean 'data_licence'"));
  EXPECT_THAT(error, HasSubstr("'data_licence' is missing"));
  EXPECT_THAT(error, HasSubstr("no root 'mroe'; did you mean 'more'"));
  EXPECT_THAT(error, HasSubstr("'yesterday' is not a date"));
  EXPECT_THAT(error, HasSubstr("has no group"));
  EXPECT_THAT(error, HasSubstr("did you mean 'SOME'"));
  EXPECT_THAT(error, HasSubstr("did you mean 'max_records'"));
}

TEST_F(SourceConfigTest, WrongShapesAreErrors) {
  EXPECT_THAT(Error("[]"), HasSubstr("sources: [...]"));
  EXPECT_THAT(Error("sources: 3"), HasSubstr("sources: [...]"));
  EXPECT_THAT(Error("sources: [a]"), HasSubstr("a source is a mapping"));
  EXPECT_THAT(Error("sources:\n  - id: a\n    documents: []\n"),
              HasSubstr("at least one"));
  EXPECT_THAT(Error("sources: [\n"), HasSubstr("sources.yaml:"));
  EXPECT_EQ(ErrorReason(ReadSources(folder_.Path("none.yaml"), {}).status()),
            "NO_SUCH_FILE");
}

TEST_F(SourceConfigTest, AMissingMappingFileIsNamed) {
  EXPECT_THAT(Error(kGood), HasSubstr("map.yaml"));
}

constexpr char kWeb[] = R"(sources:
  - id: web
    plugin: table
    publisher: Somebody
    data_licence: none
    documents:
      - url: https://Example.org/board.csv?x=1
      - {url: 'http://127.0.0.1:9/b.zip', path: b.zip, members: '*.csv'}
    http:
      hosts: [cdn.example.org]
      private_addresses: true
      timeout: 90s
      retries: 1
      credentials: [{host: example.org, header: X-Key, from_env: HOME}]
    schedule: {every: 6h}
    hold_below: 0.25
)";

TEST_F(SourceConfigTest, ReadsUrlsRulesAndSchedules) {
  const auto sources = Read(kWeb);
  ASSERT_TRUE(sources.ok()) << sources.status();
  const SourceConfig& source = (*sources)[0];
  EXPECT_EQ(source.documents[0].url, "https://example.org/board.csv?x=1");
  EXPECT_EQ(source.documents[0].path, "example.org/board.csv");
  EXPECT_EQ(source.documents[1].path, "b.zip");
  EXPECT_EQ(source.documents[1].members, "*.csv");
  EXPECT_THAT(
      source.http.hosts,
      ::testing::ElementsAre("cdn.example.org", "example.org", "127.0.0.1:9"));
  EXPECT_TRUE(source.http.private_addresses);
  EXPECT_EQ(source.http.timeout, absl::Seconds(90));
  EXPECT_EQ(source.http.retries, 1);
  ASSERT_THAT(source.http.credentials, SizeIs(1));
  EXPECT_EQ(source.http.credentials[0].value, std::getenv("HOME"));
  EXPECT_EQ(source.every, absl::Hours(6));
  EXPECT_EQ(source.hold_below, 0.25);
}

TEST_F(SourceConfigTest, MistakesInUrlsRulesAndSchedulesAreNamed) {
  const auto with = [](std::string text, const std::string& from,
                       const std::string& to) {
    return text.replace(text.find(from), from.size(), to);
  };
  EXPECT_THAT(Error(with(kWeb, "https://Example.org/board.csv?x=1", "a/b.csv")),
              HasSubstr("sources.yaml:7:"));
  EXPECT_THAT(Error(with(kWeb, "90s", "soon")), HasSubstr("'timeout'"));
  EXPECT_THAT(Error(with(kWeb, "HOME", "MERIDIAN_NO_SUCH_VARIABLE")),
              HasSubstr("MERIDIAN_NO_SUCH_VARIABLE"));
  EXPECT_THAT(Error(with(kWeb, "every: 6h", "evry: 6h")),
              HasSubstr("{every: 6h}"));
  EXPECT_THAT(Error(with(kWeb, "0.25", "2")), HasSubstr("from 0 to 1"));
  EXPECT_THAT(Error(with(kWeb, "private_addresses", "private_adresses")),
              HasSubstr("did you mean 'private_addresses'"));
}

TEST_F(SourceConfigTest, IdsAreUniqueOverAllFiles) {
  folder_.Write("map.yaml", "a: b\n");
  const std::string one = folder_.Write("one.yaml", kGood);
  const std::string two = folder_.Write("two.yaml", kGood);
  const Roots roots = {{"more", folder_.Path("more")}};
  EXPECT_TRUE(ReadAllSources({one}, roots).ok());
  const auto both = ReadAllSources({one, two}, roots);
  EXPECT_EQ(ErrorReason(both.status()), "BAD_SOURCE_CONFIG");
  EXPECT_THAT(both.status().message(), HasSubstr("one.yaml:2"));
}

TEST_F(SourceConfigTest, DocumentsComeSortedWithTheirVintage) {
  folder_.Write("map.yaml", "a: b\n");
  folder_.Write("data/b_20250102.csv", "");
  folder_.Write("data/a_20250304.csv", "");
  folder_.Write("data/c.csv/inner", "");  // a folder is no document
  folder_.Write("more/x.csv", "");
  const auto sources = Read(kGood);
  const auto documents = ExpandDocuments((*sources)[0]);
  ASSERT_TRUE(documents.ok()) << documents.status();
  ASSERT_THAT(*documents, SizeIs(3));
  EXPECT_EQ((*documents)[0].path, "data/a_20250304.csv");
  EXPECT_EQ((*documents)[2].path, "x.csv");
}

TEST_F(SourceConfigTest, APathWithoutItsDateIsAnError) {
  folder_.Write("map.yaml", "a: b\n");
  folder_.Write("data/b.csv", "");
  const auto documents = ExpandDocuments((*Read(kGood))[0]);
  EXPECT_EQ(ErrorReason(documents.status()), "BAD_VINTAGE_PATH");
}

}  // namespace
}  // namespace meridian::ingest
