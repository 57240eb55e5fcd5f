#include "common/records/record_yaml.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian {
namespace {

using ::testing::HasSubstr;

constexpr char kHash[] =
    "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef";

TEST(RecordYamlTest, FixturesAreRecordsUnderAKeyOfATree) {
  const auto tree = ParseYaml(
      "suite: s\n"
      "fixtures:\n"
      "  publisher: Registry\n"
      "  cites: {title: Filing}\n"
      "  models:\n"
      "    - {name: a, weights: OPEN}\n"
      "  attestations:\n"
      "    - {subject: a, scheme: SEAL, item: SOV-1, level: 2}\n",
      "s.yaml");
  ASSERT_TRUE(tree.ok()) << tree.status();
  const auto records =
      ReadRecords("s.yaml", *tree->Find("fixtures"), {{}, "/fixtures"});
  ASSERT_TRUE(records.ok()) << records.status();
  ASSERT_EQ(records->size(), 2u);
  EXPECT_EQ((*records)[0].model().weights(), v1::WEIGHTS_OPEN);
  EXPECT_EQ((*records)[0].locator().line(), 6u);
  EXPECT_EQ((*records)[0].locator().pointer(), "/fixtures/models/0");
  EXPECT_EQ((*records)[0].cites().publisher(), "Registry");
  EXPECT_EQ((*records)[1].attestation().level(), 2);
}

TEST(RecordYamlTest, AllBadItemsAreNamedWithTheirPlaces) {
  const auto tree = ParseYaml(
      "fixtures:\n"
      "  modles: []\n"
      "  models:\n"
      "    - {name: a, wieghts: OPEN}\n"
      "    - {weights: OPEN}\n",
      "s.yaml");
  ASSERT_TRUE(tree.ok()) << tree.status();
  const auto records = ReadRecords("s.yaml", *tree->Find("fixtures"), {});
  ASSERT_FALSE(records.ok());
  EXPECT_EQ(ErrorReason(records.status()), "BAD_YAML");
  EXPECT_THAT(std::string(records.status().message()),
              HasSubstr("s.yaml:2:3: 'modles' is not a kind of record; did "
                        "you mean 'models'?"));
  EXPECT_THAT(std::string(records.status().message()),
              HasSubstr("s.yaml:4:17: 'wieghts' is not a field of Model"));
  EXPECT_THAT(std::string(records.status().message()),
              HasSubstr("s.yaml:5:7: "));
}

TEST(RecordYamlTest, OwnEvidenceHasAuthorDateAndDocument) {
  const auto evidence = ParseOwnEvidence(
      absl::StrCat("author: Legal\ndate: 2026-04-01\ndocument_sha256: ", kHash,
                   "\nmodels:\n- {name: a, base_models_complete: true}\n"),
      "letter.yaml");
  ASSERT_TRUE(evidence.ok()) << evidence.status();
  EXPECT_EQ(evidence->author(), "Legal");
  EXPECT_EQ(evidence->date(), "2026-04-01");
  EXPECT_EQ(evidence->document_sha256(), kHash);
  EXPECT_EQ(evidence->file_name(), "letter.yaml");
  ASSERT_EQ(evidence->records_size(), 1);
  EXPECT_TRUE(evidence->records(0).model().base_models_complete());
}

TEST(RecordYamlTest, OwnEvidenceWithoutItsHeadIsRefused) {
  const auto bare = ParseOwnEvidence("models: []\n", "letter.yaml");
  ASSERT_FALSE(bare.ok());
  EXPECT_THAT(std::string(bare.status().message()),
              HasSubstr("'author' is missing"));
  EXPECT_THAT(std::string(bare.status().message()),
              HasSubstr("'date' is missing"));
  const auto wrong = ParseOwnEvidence(
      "author: A\ndate: 2026-04\ndocument_sha256: ABC\n", "letter.yaml");
  ASSERT_FALSE(wrong.ok());
  EXPECT_EQ(ErrorReason(wrong.status()), "BAD_YAML");
  EXPECT_THAT(std::string(wrong.status().message()),
              HasSubstr("letter.yaml:2:1: 'date': '2026-04' is not a day"));
  EXPECT_THAT(std::string(wrong.status().message()),
              HasSubstr("letter.yaml:3:1: 'document_sha256'"));
}

}  // namespace
}  // namespace meridian
