#include "ingest_service/source_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/base/status.h"
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
  EXPECT_EQ((*documents)[0].vintage_hint.date(), "2025-03-04");
  EXPECT_EQ((*documents)[0].vintage_hint.basis(), v1::VINTAGE_BASIS_PATH);
  EXPECT_EQ((*documents)[2].path, "x.csv");
  EXPECT_EQ((*documents)[2].vintage_hint.date(), "2026-03");
  EXPECT_EQ((*documents)[2].vintage_hint.precision(), v1::PRECISION_MONTH);
}

TEST_F(SourceConfigTest, APathWithoutItsDateIsAnError) {
  folder_.Write("map.yaml", "a: b\n");
  folder_.Write("data/b.csv", "");
  const auto documents = ExpandDocuments((*Read(kGood))[0]);
  EXPECT_EQ(ErrorReason(documents.status()), "BAD_VINTAGE_PATH");
}

TEST(DocumentStoreTest, KeepsBytesOnceUnderTheirDigest) {
  TestFolder folder;
  const auto store = DocumentStore::Open(folder.Path("documents"));
  ASSERT_TRUE(store.ok());
  const std::string path = folder.Write("a.txt", "some bytes");
  const auto first = (*store)->Put(*ReadFile(path), 100);
  ASSERT_TRUE(first.ok());
  EXPECT_EQ(first->size, 10u);
  EXPECT_EQ((*store)->Put(*ReadFile(path), 100)->sha256, first->sha256);
  EXPECT_EQ((*store)->Count(), 1u);
  EXPECT_EQ(*(*(*store)->Read(first->sha256))(4), "some");
  EXPECT_EQ(ErrorReason((*store)->Put(*ReadFile(path), 9).status()),
            "DOCUMENT_TOO_LARGE");
  EXPECT_EQ(ErrorReason((*store)->Read("../../etc/passwd").status()),
            "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason((*store)->Read(std::string(64, 'a')).status()),
            "UNKNOWN_DOCUMENT");
  EXPECT_EQ(ErrorReason(ReadFile(folder.Path("none")).status()),
            "NO_SUCH_FILE");
}

}  // namespace
}  // namespace meridian::ingest
