#include "analysis_service/organizations.h"

#include "analysis_service/testing_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;

std::shared_ptr<const OrganizationTable> Build(
    const std::vector<std::pair<std::string, bool>>& texts) {
  std::vector<v1::Record> records;
  for (const auto& [text, reference] : texts) {
    records.push_back(ParseRecord(text));
  }
  std::vector<OrganizationRecord> views;
  for (size_t i = 0; i < records.size(); ++i) {
    views.push_back({&records[i].organization(), texts[i].second});
  }
  return OrganizationTable::Build(views);
}

TEST(OrganizationTableTest, NamesAndOtherNamesWithoutCase) {
  const auto table =
      Build({{"organization { name: 'Zhipu' other_names: 'Z.ai' }", true},
             {"organization { name: 'Meta' }", true}});
  EXPECT_EQ(table->NameOf("META"), "Meta");
  EXPECT_EQ(table->NameOf(" z.AI"), "Zhipu");
  EXPECT_EQ(table->NameOf("Unheard Of"), "Unheard Of");
  EXPECT_FALSE(table->Find("Unheard Of").has_value());
  EXPECT_EQ(table->entries()[0].name, "Meta");
}

TEST(OrganizationTableTest, ASpellingOfTwoMeansNeither) {
  const auto table =
      Build({{"organization { name: 'A' other_names: 'Lab' }", true},
             {"organization { name: 'B' other_names: 'lab' }", true}});
  EXPECT_FALSE(table->Find("Lab").has_value());
  EXPECT_TRUE(table->Find("a").has_value());
}

TEST(OrganizationTableTest, ANameComesBeforeAnOtherName) {
  const auto table =
      Build({{"organization { name: 'Google' other_names: 'DeepMind' }", true},
             {"organization { name: 'DeepMind' }", true}});
  EXPECT_EQ(table->NameOf("deepmind"), "DeepMind");
}

TEST(OrganizationTableTest, AnotherSourceJoinsTheReference) {
  const auto table = Build(
      {{"organization { name: 'ALIBABA CLOUD' other_names: 'Ali' }", false},
       {"organization { name: 'Alibaba' other_names: 'Alibaba Cloud' }", true},
       {"organization { name: 'Own' }", false}});
  EXPECT_EQ(table->entries().size(), 2u);
  const auto id = table->Find("ali");
  ASSERT_TRUE(id.has_value());
  EXPECT_EQ(table->entry(*id).name, "Alibaba");
  EXPECT_THAT(table->entry(*id).records, ElementsAre(1, 0));
}

}  // namespace
}  // namespace meridian::analysis
