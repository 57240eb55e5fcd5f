#include "analysis_service/identity.h"

#include <thread>

#include "analysis_service/testing_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Model(const std::string& name) {
  return absl::StrCat("model { name: \"", name, "\" }");
}

std::string Scored(const std::string& name) {
  return absl::StrCat(
      "score { board: 'b' category: 'full' method: 'raw' value: 1 model: '",
      name, "' }");
}

// A catalog in which source "arena" uses `name`, with reference records.
class IdentityTest : public testing::Test {
 protected:
  void Reference(const std::vector<std::string>& texts) {
    log_.Add("curated", "reference", "2026-01-01", texts);
  }
  void Uses(const std::vector<std::string>& names,
            const std::string& source = "arena",
            const std::string& vintage = "2025-02-14") {
    std::vector<std::string> texts;
    for (const std::string& name : names) texts.push_back(Scored(name));
    log_.Add(source, "text/raw", vintage, texts);
  }
  std::string Means(const std::string& name,
                    const std::string& day = "2025-02-14",
                    const std::string& source = "arena") {
    if (catalog_ == nullptr) catalog_ = log_.Commit();
    return MeaningOf(*catalog_, source, name, D(day));
  }

  TestLog log_;
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(IdentityTest, ACanonicalNameMeansItself) {
  Reference({Model("gpt-4o")});
  Uses({"gpt-4o"});
  EXPECT_EQ(Means("gpt-4o"), "gpt-4o");
  EXPECT_EQ(Means("gpt-4o", "2025-02-14", "curated"), "gpt-4o");
}

TEST_F(IdentityTest, SameSpellingButForCaseAndSeparators) {
  Reference({Model("deepseek-r1"), Model("Llama 3_1")});
  Uses({"DeepSeek R1", "deepseek_r1", "LLAMA-3-1"});
  EXPECT_EQ(Means("DeepSeek R1"), "deepseek-r1");
  EXPECT_EQ(Means("deepseek_r1"), "deepseek-r1");
  EXPECT_EQ(Means("LLAMA-3-1"), "Llama 3_1");
  const auto id = catalog_->name_table().Find("arena", "deepseek_r1");
  EXPECT_EQ(catalog_->resolution().Resolve(*id, 0).how,
            ResolvedBy::kSameSpelling);
}

TEST_F(IdentityTest, SameSpellingOfTwoModelsMeansNeither) {
  Reference({Model("model-a"), Model("model_a")});
  Uses({"Model A", "model-a"});
  EXPECT_EQ(Means("Model A"), "~arena/Model A");
  EXPECT_EQ(Means("model-a"), "model-a");
}

TEST_F(IdentityTest, AVariantIsNeverResolvedByItsPrefix) {
  Reference({Model("gpt-4o"), "alias { name: 'gpt4o' model: 'gpt-4o' }"});
  Uses({"gpt-4o-2024-05-13", "gpt-4", "gpt4o-mini"});
  EXPECT_EQ(Means("gpt-4o-2024-05-13"), "~arena/gpt-4o-2024-05-13");
  EXPECT_EQ(Means("gpt-4"), "~arena/gpt-4");
  EXPECT_EQ(Means("gpt4o-mini"), "~arena/gpt4o-mini");
  EXPECT_EQ(catalog_->resolution().unresolved_names(), 3u);
}

TEST_F(IdentityTest, ModelRecordsOfOtherSourcesNameNothing) {
  log_.Add("epoch", "models", "2025-02-24", {Model("gpt-4o")});
  Uses({"gpt-4o"});
  EXPECT_EQ(Means("gpt-4o"), "~arena/gpt-4o");
  EXPECT_EQ(Means("gpt-4o", "2025-02-14", "epoch"), "~epoch/gpt-4o");
}

TEST_F(IdentityTest, AnAliasOfTheSourceComesBeforeOneOfAll) {
  Reference({Model("a"), Model("b"), "alias { name: 'x' model: 'a' }",
             "alias { name: 'x' model: 'b' source: 'arena' }"});
  Uses({"x"});
  Uses({"x"}, "other");
  EXPECT_EQ(Means("x"), "b");
  EXPECT_EQ(Means("x", "2025-02-14", "other"), "a");
}

TEST_F(IdentityTest, AnAliasComesBeforeTheCanonicalName) {
  Reference({Model("a"), Model("b"), "alias { name: 'a' model: 'b' }"});
  Uses({"a"});
  EXPECT_EQ(Means("a"), "b");
}

TEST_F(IdentityTest, ADatedAliasHoldsByTheVintage) {
  Reference({Model("v2"), Model("v3"),
             "alias { name: 'chat' model: 'v2' valid_from: '2024-05-06'"
             "        valid_to: '2024-12-25' }",
             "alias { name: 'chat' model: 'v3' valid_from: '2024-12-26' }"});
  Uses({"chat"});
  EXPECT_EQ(Means("chat", "2024-05-05"), "~arena/chat");
  EXPECT_EQ(Means("chat", "2024-05-06"), "v2");
  EXPECT_EQ(Means("chat", "2024-12-25"), "v2");
  EXPECT_EQ(Means("chat", "2024-12-26"), "v3");
  EXPECT_EQ(Means("chat", "2026-01-01"), "v3");
  const auto v2 = catalog_->resolution().FindExact("v2");
  EXPECT_EQ(catalog_->resolution().entity(*v2).names.size(), 2u);
}

TEST_F(IdentityTest, TheLaterOfTwoOpenDatedAliasesHolds) {
  Reference({Model("v2"), Model("v3"),
             "alias { name: 'chat' model: 'v2' valid_from: '2024-05-06' }",
             "alias { name: 'chat' model: 'v3' valid_from: '2024-12-26' }"});
  Uses({"chat"});
  EXPECT_EQ(Means("chat", "2024-12-25"), "v2");
  EXPECT_EQ(Means("chat", "2024-12-26"), "v3");
}

TEST_F(IdentityTest, ContradictingAliasesLeaveTheNameUnresolved) {
  Reference({Model("a"), Model("b"), "alias { name: 'x' model: 'a' }",
             "alias { name: 'x' model: 'b' }"});
  Uses({"x"});
  EXPECT_EQ(Means("x"), "~arena/x");
}

TEST_F(IdentityTest, NotSameDeniesTheSameSpelling) {
  Reference({Model("gpt-4"),
             "alias { name: 'GPT 4' model: 'gpt-4' "
             "relation: RELATION_NOT_SAME }"});
  Uses({"GPT 4", "gpt_4"});
  EXPECT_EQ(Means("GPT 4"), "~arena/GPT 4");
  EXPECT_EQ(Means("gpt_4"), "gpt-4");
}

TEST_F(IdentityTest, NotSameOfASourceDeniesWhatHoldsForAll) {
  Reference({Model("a"), "alias { name: 'x' model: 'a' }",
             "alias { name: 'x' model: 'a' source: 'arena' "
             "relation: RELATION_NOT_SAME }"});
  Uses({"x"});
  Uses({"x"}, "other");
  EXPECT_EQ(Means("x"), "~arena/x");
  EXPECT_EQ(Means("x", "2025-02-14", "other"), "a");
}

TEST_F(IdentityTest, AnAliasWithAnUnreadableDateSaysNothing) {
  Reference(
      {Model("a"), "alias { name: 'x' model: 'a' valid_from: 'spring' }"});
  Uses({"x"});
  EXPECT_EQ(Means("x"), "~arena/x");
}

TEST_F(IdentityTest, PeopleFindModelsByAnyName) {
  Reference({Model("gpt-4o"), "alias { name: 'omni' model: 'gpt-4o' }"});
  Uses({"strange", "omni"});
  Uses({"strange"}, "other");
  Means("omni");
  const Resolution& resolution = catalog_->resolution();
  const EntityId gpt = *resolution.FindExact("gpt-4o");
  EXPECT_THAT(resolution.Find("gpt-4o"), ElementsAre(gpt));
  EXPECT_THAT(resolution.Find("GPT 4o"), ElementsAre(gpt));
  EXPECT_THAT(resolution.Find("omni"), ElementsAre(gpt));
  EXPECT_THAT(resolution.Find("~arena/strange"),
              ElementsAre(*resolution.FindExact("~arena/strange")));
  EXPECT_EQ(resolution.Find("strange").size(), 2u);
  EXPECT_THAT(resolution.Find("gpt"), IsEmpty());
}

TEST_F(IdentityTest, ANewAliasRewritesNoSegment) {
  Reference({Model("a")});
  Uses({"x"});
  EXPECT_EQ(Means("x"), "~arena/x");
  log_.Add("curated", "reference-aliases", "2026-02-01",
           {"alias { name: 'x' model: 'a' }"});
  const auto next = log_.Commit();

  EXPECT_EQ(MeaningOf(*next, "arena", "x", 0), "a");
  EXPECT_EQ(MeaningOf(*catalog_, "arena", "x", 0), "~arena/x");
  for (size_t i = 0; i < catalog_->segments().size(); ++i) {
    EXPECT_EQ(next->segments()[i], catalog_->segments()[i]);
  }
}

TEST(NameTableTest, IdsNeverMoveWhileNamesAreAdded) {
  NameTable names;
  const NameId first = names.Intern("s", "name-0");
  std::thread writer([&] {
    for (int i = 1; i < 20000; ++i) names.Intern("s", absl::StrCat("name-", i));
  });
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(names.name(first), "name-0");
    EXPECT_EQ(names.Find("s", "name-0"), first);
  }
  writer.join();
  EXPECT_EQ(names.size(), 20000u);
  for (int i = 0; i < 20000; ++i) {
    const auto id = names.Find("s", absl::StrCat("name-", i));
    ASSERT_TRUE(id.has_value());
    EXPECT_EQ(names.name(*id), absl::StrCat("name-", i));
    EXPECT_EQ(names.source(*id), "s");
  }
  EXPECT_EQ(names.Intern("s", "name-7"), names.Find("s", "name-7"));
  EXPECT_NE(names.Intern("t", "name-7"), names.Find("s", "name-7"));
}

}  // namespace
}  // namespace meridian::analysis
