#include "analysis_service/facts_country.h"

#include "analysis_service/facts.h"
#include "analysis_service/statements.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;

class CountryTest : public testing::Test {
 protected:
  void Model(const std::string& fields) {
    log_.Add("curated", "reference", "2026-01-01",
             {absl::StrCat("model { name: 'm' ", fields, " }")});
  }
  void Organizations(const std::vector<std::string>& fields,
                     const std::string& source = "curated",
                     const std::string& vintage = "2024-01-01") {
    std::vector<std::string> texts;
    for (const std::string& f : fields) {
      texts.push_back(absl::StrCat("organization { ", f, " }"));
    }
    log_.Add(source, "reference/organizations", vintage, texts);
  }
  ModelFact Get(const std::string& field,
                CountryRule rule = CountryRule::kControllerHq,
                const std::string& as_of = "2025-06-01") {
    catalog_ = log_.Commit();
    FactReader reader(*catalog_, FactContext::At(D(as_of), rule));
    return reader.Get(*catalog_->resolution().FindExact("m"), FindField(field));
  }
  std::string Value(const std::string& field,
                    CountryRule rule = CountryRule::kControllerHq,
                    const std::string& as_of = "2025-06-01") {
    return DescribeValue(Get(field, rule, as_of).value);
  }

  TestLog log_;
  std::shared_ptr<const Catalog> catalog_;
};

TEST_F(CountryTest, TheUltimateParentAboveHalfDecides) {
  Model("developers: 'lab' release_date: '2025-02-05'");
  Organizations(
      {"name: 'Lab' headquarters { country: 'GB' } "
       "parents { organization: 'Sub' share { low: 1 high: 1 } }",
       "name: 'Sub' headquarters { country: 'IE' } "
       "parents { organization: 'Holding' share { low: 0.51 } }",
       "name: 'Holding' headquarters { country: 'US' } "
       "incorporation { country: 'KY' }"});
  const ModelFact fact = Get("model.country");
  EXPECT_EQ(DescribeValue(fact.value), "US");
  EXPECT_THAT(fact.derivation, HasSubstr("controlled by Holding"));
  EXPECT_EQ(fact.evidence.size(), 4u);
  EXPECT_EQ(Value("model.country", CountryRule::kHq), "GB");
  EXPECT_EQ(Get("model.country", CountryRule::kIncorporation).value.unknown,
            UnknownReason::kMissing);
  EXPECT_EQ(Value("model.countries"), "[US]");
}

TEST_F(CountryTest, HalfOrAnUnknownShareIsNoControl) {
  Model("developers: 'lab' release_date: '2025-02-05'");
  Organizations(
      {"name: 'Lab' headquarters { country: 'GB' } "
       "parents { organization: 'A' share { low: 0.5 high: 0.9 } } "
       "parents { organization: 'B' }",
       "name: 'A' headquarters { country: 'US' }"});
  EXPECT_EQ(Value("model.country"), "GB");
}

TEST_F(CountryTest, AControllerThatNobodyDescribesIsNotTheDeveloper) {
  Model("developers: 'lab' release_date: '2025-02-05'");
  Organizations(
      {"name: 'Lab' headquarters { country: 'GB' } "
       "parents { organization: 'Unknown Ltd' share { low: 1 } }"});
  EXPECT_EQ(Get("model.country").value.unknown, UnknownReason::kMissing);
  EXPECT_EQ(Value("model.country", CountryRule::kHq), "GB");
}

TEST_F(CountryTest, HeadquartersAtTheReleaseCount) {
  Model("developers: 'lab' release_date: '2024-03-01'");
  Organizations(
      {"name: 'Lab' "
       "headquarters { country: 'CN' valid_to: '2024-12-31' } "
       "headquarters { country: 'SG' valid_from: '2025-01-01' }"});
  const ModelFact fact = Get("model.country");
  EXPECT_EQ(DescribeValue(fact.value), "CN");
  EXPECT_FALSE(fact.stated_after_as_of);
}

TEST_F(CountryTest, AnUndatedHeadquartersHoldsAlways) {
  Model("developers: 'lab' release_date: '1999-03-01'");
  Organizations({"name: 'Lab' headquarters { country: 'FR' }"});
  EXPECT_EQ(Value("model.country"), "FR");
}

TEST_F(CountryTest, AnUndatedHeadquartersOfALaterTableIsMarked) {
  Model("developers: 'lab' release_date: '2023-03-01'");
  Organizations({"name: 'Lab' headquarters { country: 'FR' }"}, "curated",
                "2026-01-01");
  const ModelFact fact = Get("model.country");
  EXPECT_EQ(DescribeValue(fact.value), "FR");
  EXPECT_TRUE(fact.stated_after_as_of);
}

TEST_F(CountryTest, AReplacedTableSaysWhatHeldUntilThen) {
  Model("developers: 'lab' release_date: '2023-03-01'");
  Organizations({"name: 'Lab' headquarters { country: 'FR' }"});
  Organizations({"name: 'Lab' headquarters { country: 'US' }"}, "curated",
                "2025-01-01");
  EXPECT_EQ(Value("model.country"), "US");
  EXPECT_EQ(Value("model.country", CountryRule::kControllerHq, "2024-06-01"),
            "FR");
}

TEST_F(CountryTest, AReleaseDateAcrossAMoveIsImprecise) {
  Model("developers: 'lab' release_date: '2024'");
  Organizations(
      {"name: 'Lab' "
       "headquarters { country: 'CN' valid_to: '2024-06-30' } "
       "headquarters { country: 'SG' valid_from: '2024-07-01' }"});
  EXPECT_EQ(Get("model.country").value.unknown, UnknownReason::kImprecise);
}

TEST_F(CountryTest, WithoutAReleaseDateOnlyAnUnchangedCountryIsKnown) {
  Model("developers: 'lab'");
  Organizations(
      {"name: 'Lab' "
       "headquarters { country: 'FR' valid_from: '2023-05-01' }"});
  EXPECT_EQ(Value("model.country"), "FR");
  Organizations({"name: 'Lab' "
                 "headquarters { country: 'FR' valid_from: '2023-05-01' "
                 "valid_to: '2024-05-01' } "
                 "headquarters { country: 'US' valid_from: '2024-05-02' }"},
                "curated", "2024-06-01");
  const ModelFact fact = Get("model.country");
  EXPECT_EQ(fact.value.unknown, UnknownReason::kMissing);
  EXPECT_THAT(fact.derivation, HasSubstr("release date is unknown"));
}

TEST_F(CountryTest, AParentFromALaterDayDoesNotCountBefore) {
  const std::string lab =
      "name: 'Lab' headquarters { country: 'FR' } parents { "
      "organization: 'P' share { low: 0.8 } valid_from: '2024-06-01' }";
  Model("developers: 'lab' release_date: '2024-05-31'");
  Organizations({lab, "name: 'P' headquarters { country: 'US' }"});
  EXPECT_EQ(Value("model.country"), "FR");
}

TEST_F(CountryTest, OwnersOfEachOtherEnd) {
  Model("developers: 'a' release_date: '2024-05-31'");
  Organizations(
      {"name: 'a' headquarters { country: 'FR' } "
       "parents { organization: 'b' share { low: 1 } }",
       "name: 'b' headquarters { country: 'DE' } "
       "parents { organization: 'a' share { low: 1 } }"});
  EXPECT_TRUE(Get("model.country").value.known());
}

TEST_F(CountryTest, DevelopersOfTwoCountriesAreAConflictForTheOneCountry) {
  Model("developers: 'a' developers: 'b' release_date: '2024-05-31'");
  Organizations({"name: 'a' headquarters { country: 'FR' }",
                 "name: 'b' headquarters { country: 'US' }"});
  EXPECT_EQ(Value("model.countries"), "[FR, US]");
  EXPECT_EQ(Get("model.country").value.unknown, UnknownReason::kConflict);
}

TEST_F(CountryTest, ADeveloperWithoutARecordLeavesTheListIncomplete) {
  Model("developers: 'a' developers: 'stranger' release_date: '2024-05-31'");
  Organizations({"name: 'a' headquarters { country: 'FR' }"});
  EXPECT_EQ(Value("model.countries"), "[FR, ...]");
  const ModelFact fact = Get("model.country");
  EXPECT_EQ(fact.value.unknown, UnknownReason::kIncompleteSet);
  EXPECT_THAT(fact.derivation, HasSubstr("stranger: no record"));
}

TEST_F(CountryTest, OnlyDevelopersWithoutARecordIsMissing) {
  Model("developers: 'stranger' release_date: '2024-05-31'");
  EXPECT_EQ(Get("model.countries").value.unknown, UnknownReason::kMissing);
  EXPECT_EQ(Get("model.country").value.unknown, UnknownReason::kMissing);
}

TEST_F(CountryTest, SourcesThatDifferOnHeadquartersAreAConflict) {
  Model("developers: 'a' release_date: '2024-05-31'");
  Organizations({"name: 'a' headquarters { country: 'FR' }"});
  Organizations({"name: 'a' headquarters { country: 'US' }"}, "wiki");
  EXPECT_EQ(Get("model.country").value.unknown, UnknownReason::kConflict);
  log_.Add("curated", "reference/precedence", "2024-01-01",
           {"precedence { field: 'organization.headquarters' "
            "sources: 'wiki' }"});
  EXPECT_EQ(Value("model.country"), "US");
}

TEST_F(CountryTest, TheStatedRuleTakesWhatDocumentsSay) {
  Model("developers: 'a' countries_stated: 'CN'");
  Organizations({"name: 'a' headquarters { country: 'FR' }"});
  EXPECT_EQ(Value("model.country", CountryRule::kStated), "CN");
  EXPECT_EQ(Value("model.country"), "FR");
}

TEST_F(CountryTest, AnOrganisationIsDescribedUnderTheRule) {
  Model("developers: 'lab'");
  Organizations(
      {"name: 'Lab' headquarters { country: 'GB' } "
       "incorporation { country: 'IE' } "
       "parents { organization: 'Top' share { low: 1 } }",
       "name: 'Top' headquarters { country: 'US' }"});
  catalog_ = log_.Commit();
  FactReader reader(*catalog_, FactContext::At(D("2025-06-01")));
  const OrganizationFact fact =
      reader.Describe(*catalog_->organizations().Find("lab"));
  EXPECT_EQ(DescribeValue(fact.headquarters), "GB");
  EXPECT_EQ(DescribeValue(fact.incorporation), "IE");
  EXPECT_EQ(fact.controller, "Top");
  EXPECT_EQ(DescribeValue(fact.country), "US");
  EXPECT_EQ(fact.evidence.size(), 2u);
}

TEST(CountryRuleTest, NamesAreReadAndWritten) {
  for (const char* name : {"controller_hq", "hq", "incorporation", "stated"}) {
    EXPECT_EQ(CountryRuleName(*ParseCountryRule(name)), name);
  }
  EXPECT_EQ(*ParseCountryRule(""), CountryRule::kControllerHq);
  const absl::Status status = ParseCountryRule("flag").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(status), "UNKNOWN_COUNTRY_RULE");
}

}  // namespace
}  // namespace meridian::analysis
