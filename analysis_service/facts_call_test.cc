#include <random>

#include "analysis_service/facts.h"
#include "analysis_service/testing_log.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;

FactValue S(const std::string& text) { return FactValue::Text(text); }
FactValue N(double number) { return FactValue::Number(number, number); }

class FactsCallTest : public testing::Test {
 protected:
  void Know(const std::vector<std::string>& records) {
    log_.Add("curated", absl::StrCat("reference/", ++files_), "2025-06-01",
             records);
    catalog_ = log_.Commit();
    reader_ = nullptr;
  }
  EntityId Model(const std::string& name) {
    return *catalog_->resolution().FindExact(name);
  }
  FactReader& Reader() {
    if (reader_ == nullptr) {
      reader_ = std::make_unique<FactReader>(*catalog_, context_);
    }
    return *reader_;
  }
  const ModelFact& Ask(const std::string& function,
                       const std::vector<FactValue>& arguments,
                       const std::string& model = "m", int offering = -1) {
    const FunctionIndex index = FindFunction("", function, arguments.size());
    EXPECT_GE(index, 0) << function;
    return Reader().Call(Model(model), offering, index, nullptr, arguments);
  }
  std::string Says(const std::string& function,
                   const std::vector<FactValue>& arguments,
                   const std::string& model = "m", int offering = -1) {
    return DescribeValue(Ask(function, arguments, model, offering).value);
  }
  std::string Get(const std::string& field, const std::string& model = "m",
                  int offering = -1) {
    return DescribeValue(
        Reader().Get(Model(model), FindField(field), offering).value);
  }
  void On(const std::string& day) {
    context_.on = D(day);
    reader_ = nullptr;
  }

  TestLog log_;
  int files_ = 0;
  FactContext context_ = FactContext::At(D("2026-01-01"));
  std::shared_ptr<const Catalog> catalog_;
  std::unique_ptr<FactReader> reader_;
};

std::string Org(const std::string& name, const std::string& country,
                const std::string& rest = "") {
  return absl::StrCat("organization { name: '", name,
                      "' headquarters { country: '", country, "' } ", rest,
                      " }");
}
std::string Parent(const std::string& name, double low, double high,
                   const std::string& rest = "") {
  return absl::StrCat("parents { organization: '", name, "' share { low: ", low,
                      " high: ", high, " } ", rest, " } ");
}
constexpr char kModel[] = "model { name: 'm' developers: 'Dev' }";
constexpr char kAll[] = "parents_complete: true";

// --- Ownership ---------------------------------------------------------------

TEST_F(FactsCallTest, HeadquartersAreControl) {
  Know({kModel, Org("Dev", "CN")});
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(1)}), "true");
  EXPECT_EQ(Says("developer.controlled_from", {S("US"), N(0.5)}),
            "unknown (INCOMPLETE_SET)");
}

TEST_F(FactsCallTest, AShareBetween30And60PercentIsImpreciseAtOneHalf) {
  Know({kModel, Org("Dev", "FR", Parent("Cn", 0.3, 0.6) + kAll),
        Org("Cn", "CN", kAll)});
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.5)}),
            "unknown (IMPRECISE)");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.3)}), "true");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.61)}), "false");
}

TEST_F(FactsCallTest, UnknownHoldersWidenTheTotalAndNotTheKnown) {
  Know({kModel,
        Org("Dev", "FR",
            Parent("A", 0.2, 0.2) + Parent("B", 0.15, 0.15) +
                Parent("F", 0.55, 0.55)),
        Org("A", "US", kAll), Org("B", "US", kAll), Org("F", "FR", kAll),
        "membership { list: 'EU' member: 'FR' }"});
  const ModelFact& total = Ask("developer.total_share_outside", {S("EU")});
  EXPECT_EQ(total.value, FactValue::Number(0.35, 0.45)) << total.derivation;
  EXPECT_EQ(Ask("developer.largest_share_outside", {S("EU")}).value, N(0.2));
  EXPECT_EQ(Says("developer.controlled_from", {S("US"), N(0.35)}), "true");
  EXPECT_EQ(Says("developer.controlled_from", {S("US"), N(0.4)}),
            "unknown (INCOMPLETE_SET)");
  EXPECT_EQ(Says("developer.controlled_from", {S("US"), N(0.46)}), "false");
}

TEST_F(FactsCallTest, SharesMultiplyAlongChainsAndAddUp) {
  Know({kModel,
        Org("Dev", "FR",
            Parent("Mid", 0.6, 0.6) + Parent("Cn", 0.1, 0.1) +
                Parent("F", 0.3, 0.3) + kAll),
        Org("Mid", "FR", Parent("Cn", 0.5, 0.5) + Parent("F", 0.5, 0.5) + kAll),
        Org("Cn", "CN", kAll), Org("F", "FR", kAll)});
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.4)}), "true");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.41)}), "false");
  EXPECT_THAT(Ask("developer.controlled_from", {S("CN"), N(0.4)}).derivation,
              HasSubstr("Mid holds 60 % of Dev, Cn holds 50 % of Mid"));
}

TEST_F(FactsCallTest, OrganizationsThatHoldEachOtherDoNotGoRound) {
  Know({kModel,
        Org("Dev", "FR", Parent("X", 0.5, 0.5) + Parent("Cn", 0.5, 0.5) + kAll),
        Org("X", "FR", Parent("Dev", 0.5, 0.5) + Parent("F", 0.5, 0.5) + kAll),
        Org("Cn", "CN", kAll), Org("F", "FR", kAll)});
  // s = 1/2 + 1/2 * 1/2 s, that is 2/3.
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.66)}), "true");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.67)}), "false");
}

TEST_F(FactsCallTest, ParentsCountOnTheDay) {
  Know({kModel,
        Org("Dev", "FR",
            Parent("Cn", 1, 1, "valid_to: '2024-12-31'") +
                Parent("F", 1, 1, "valid_from: '2025-01-01'") + kAll),
        Org("Cn", "CN", kAll), Org("F", "FR", kAll)});
  On("2024-12-31");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.5)}), "true");
  On("2025-01-01");
  EXPECT_EQ(Says("developer.controlled_from", {S("CN"), N(0.5)}), "false");
}

// --- Lists -------------------------------------------------------------------

TEST_F(FactsCallTest, MembershipCountsFromItsDayAndIsCited) {
  Know({kModel, Org("Dev", "CN", "other_names: 'Developer Ltd'"),
        "membership { list: 'EL' member: 'Developer Ltd' "
        "from: '2025-01-16' }"});
  On("2025-01-15");
  EXPECT_EQ(Says("developer.on_list", {S("EL")}), "false");
  On("2025-01-16");
  const ModelFact& fact = Ask("developer.on_list", {S("EL")});
  EXPECT_EQ(DescribeValue(fact.value), "true");
  bool cited = false;
  for (const EvidenceRef& ref : fact.evidence) {
    cited |= catalog_->record(ref).has_membership();
  }
  EXPECT_TRUE(cited);
  EXPECT_EQ(Says("developer.on_list", {S("NO_SUCH")}), "unknown (MISSING)");
}

TEST_F(FactsCallTest, HoldersOnAListRollUp) {
  Know({kModel, Org("Dev", "FR", Parent("Bad", 0.3, 0.6) + kAll),
        Org("Bad", "CN", kAll), "membership { list: 'EL' member: 'Bad' }"});
  EXPECT_EQ(Says("developer.on_list", {S("EL")}), "false");
  EXPECT_EQ(Says("developer.on_list", {S("EL"), N(0.5)}),
            "unknown (IMPRECISE)");
  EXPECT_EQ(Says("developer.on_list", {S("EL"), N(0.25)}), "true");
}

// --- Lineage -----------------------------------------------------------------

TEST_F(FactsCallTest, LineageGoesTwoHopsAndNamesThem) {
  Know(
      {"model { name: 'm' developers: 'Us' base_models { model: 'b' relation: "
       "BASE_RELATION_FINE_TUNE } }",
       "model { name: 'b' developers: 'Us' base_models { model: 'c' relation: "
       "BASE_RELATION_DISTILLED } }",
       "model { name: 'c' developers: 'Cn' }", Org("Us", "US", kAll),
       Org("Cn", "CN", kAll)});
  const ModelFact& fact = Ask("model.derived_from_country", {S("CN")});
  EXPECT_EQ(DescribeValue(fact.value), "true");
  EXPECT_THAT(fact.derivation,
              HasSubstr("m was fine-tuned from b, b was distilled from c"));
  EXPECT_EQ(Says("model.derived_from", {S("c")}), "true");
  EXPECT_EQ(Says("model.derived_from", {S("Cn")}), "true");
  EXPECT_EQ(Says("model.derived_from", {S("Us")}), "true");
  EXPECT_EQ(Says("model.derived_from_controlled", {S("CN"), N(0.5)}), "true");
  EXPECT_EQ(Says("model.derived_from_country", {S("FR")}),
            "unknown (INCOMPLETE_SET)");
}

TEST_F(FactsCallTest, OnlyCompleteListsSayNo) {
  Know(
      {"model { name: 'm' developers: 'Us' base_models { model: 'b' } "
       "base_models_complete: true }",
       "model { name: 'b' developers: 'Us' base_models_complete: true }",
       "model { name: 'x' developers: 'Us' base_models { model: 'b' } "
       "base_models { model: 'c' relation: BASE_RELATION_ARCHITECTURE } "
       "base_models_complete: true }",
       "model { name: 'c' developers: 'Cn' }", Org("Us", "US", kAll),
       Org("Cn", "CN", kAll)});
  EXPECT_EQ(Says("model.derived_from_country", {S("CN")}), "false");
  EXPECT_EQ(Get("model.lineage_complete"), "true");
  EXPECT_EQ(Says("model.derived_from_country", {S("CN")}, "x"), "false");
  EXPECT_EQ(Says("model.derived_from_country", {S("US")}, "c"),
            "unknown (INCOMPLETE_SET)");
}

TEST_F(FactsCallTest, ModelsThatNameEachOtherAsBasesEnd) {
  Know(
      {"model { name: 'm' developers: 'Us' base_models { model: 'b' } "
       "base_models_complete: true }",
       "model { name: 'b' developers: 'Us' base_models { model: 'm' } "
       "base_models_complete: true }",
       Org("Us", "US", kAll)});
  EXPECT_EQ(Says("model.derived_from_country", {S("CN")}), "false");
}

// --- Licences ----------------------------------------------------------------

constexpr char kLicensed[] =
    "model { name: 'm' developers: 'Dev' modalities: 'text' "
    "licences { licence: 'L' } }";

TEST_F(FactsCallTest, CapsAreHeldAgainstTheDeployer) {
  Know({kLicensed,
        "licence { id: 'L' commercial_use: true mau_cap: 1e8 clauses_complete: "
        "true }"});
  context_.deployer.set_commercial(true);
  EXPECT_EQ(Says("licence.grants_to", {FactValue{UnknownReason::kNone, {}}}),
            "unknown (MISSING)");
  EXPECT_THAT(Ask("licence.grants_to", {FactValue{UnknownReason::kNone, {}}})
                  .derivation,
              HasSubstr("deployer.monthly_active_users is not known"));
  context_.deployer.set_monthly_active_users(1e8);
  reader_ = nullptr;
  EXPECT_EQ(Says("licence.grants_to", {FactValue{UnknownReason::kNone, {}}}),
            "true");
  context_.deployer.set_monthly_active_users(1e8 + 1);
  reader_ = nullptr;
  EXPECT_EQ(Says("licence.grants_to", {FactValue{UnknownReason::kNone, {}}}),
            "false");
  EXPECT_EQ(Get("licence.mau_cap"), "1e+08");
  EXPECT_EQ(Get("licence.revenue_cap_usd"), "inf");
}

TEST_F(FactsCallTest, RegionsAreBlocsOnTheDayAndDependOnModalities) {
  Know({kLicensed,
        "model { name: 'v' modalities: 'text' modalities: 'image' "
        "licences { licence: 'L' } }",
        "model { name: 'u' licences { licence: 'L' } }",
        "licence { id: 'L' excluded_regions: 'EU' excluded_regions_modalities: "
        "'multimodal' clauses_complete: true }",
        "membership { list: 'EU' member: 'GB' to: '2020-01-31' }",
        "membership { list: 'EU' member: 'FR' }"});
  const std::vector<FactValue> commercial = {
      FactValue{UnknownReason::kNone, {}}, S("commercial")};
  context_.deployer.set_country("FR");
  EXPECT_EQ(Says("licence.grants_to", commercial, "m"), "true");
  EXPECT_EQ(Says("licence.grants_to", commercial, "v"), "false");
  EXPECT_EQ(Says("licence.grants_to", commercial, "u"), "unknown (MISSING)");
  EXPECT_EQ(Get("licence.excluded_regions", "m"), "[]");
  EXPECT_EQ(Get("licence.excluded_regions", "v"), "[EU]");
  context_.deployer.set_country("GB");
  On("2020-01-31");
  EXPECT_EQ(Says("licence.grants_to", commercial, "v"), "false");
  On("2020-02-01");
  EXPECT_EQ(Says("licence.grants_to", commercial, "v"), "true");
}

TEST_F(FactsCallTest, ClausesThatWereNotAllReadAreUnknown) {
  Know({kLicensed, "licence { id: 'L' military_use: false }"});
  EXPECT_EQ(Says("licence.permits", {S("military")}), "false");
  EXPECT_EQ(Says("licence.permits", {S("commercial")}), "unknown (MISSING)");
  EXPECT_EQ(Says("licence.permits", {S("fun")}), "unknown (ERROR)");
  EXPECT_EQ(Get("licence.mau_cap"), "unknown (MISSING)");
}

TEST_F(FactsCallTest, ADoubtfulJudgementOfOpennessIsAConflict) {
  log_.Add("curated", "reference/l", "2025-01-01",
           {"notes { field: 'ai_act_open' kind: KIND_DOUBTFUL text: 'a scale' }"
            " licence { id: 'L' ai_act_open: true }"});
  Know({kLicensed});
  EXPECT_EQ(Get("licence.ai_act_open"), "unknown (CONFLICT)");
}

TEST_F(FactsCallTest, ObligationsComeWithTheirThresholds) {
  Know({kLicensed,
        "licence { id: 'L' obligations { text: 'attribute' } obligations { "
        "text: 'show' above_mau: 1e8 above_revenue_usd: 2.4e8 } }"});
  EXPECT_EQ(Reader().ObligationsOf(Model("m")).size(), 2u);
  EXPECT_EQ(Reader().ObligationsOf(Model("m"))[1].applies, Truth::kUnknown);
  context_.deployer.set_monthly_active_users(1e6);
  context_.deployer.set_annual_revenue_usd(1e6);
  reader_ = nullptr;
  EXPECT_EQ(Reader().ObligationsOf(Model("m")).size(), 1u);
  context_.deployer.set_annual_revenue_usd(3e8);
  reader_ = nullptr;
  EXPECT_EQ(Reader().ObligationsOf(Model("m"))[1].applies, Truth::kTrue);
}

// --- Attestations and offerings ----------------------------------------------

TEST_F(FactsCallTest, CertificatesAreValidOnTheirDays) {
  Know({kModel, Org("Dev", "FR"),
        "attestation { subject: 'Dev' scheme: 'C' from: '2025-01-01' to: "
        "'2025-12-31' }",
        "attestation { subject: 'm' scheme: 'SEAL' item: 'S1' level: 2 }"});
  On("2025-12-31");
  EXPECT_EQ(Says("developer.attested", {S("C")}), "true");
  On("2026-01-01");
  EXPECT_EQ(Says("developer.attested", {S("C")}), "unknown (MISSING)");
  EXPECT_EQ(Says("model.level", {S("SEAL"), S("S1")}), "2");
  EXPECT_EQ(Says("model.level", {S("SEAL"), S("S2")}), "unknown (MISSING)");
}

TEST_F(FactsCallTest, OfferingsAndTheDeployersOwnMachines) {
  Know({"model { name: 'm' developers: 'Dev' weights: WEIGHTS_OPEN }",
        Org("Op", "DE", kAll),
        "offering { operator: 'Op' route: 'r' model: 'm' regions: 'DE' "
        "regions_complete: true }",
        "offering { operator: 'Old' route: 'r' model: 'm' status: "
        "STATUS_DISABLED }",
        "attestation { subject: 'Op/r' scheme: 'C' }"});
  context_.deployer.set_country("FR");
  context_.deployer.set_mode(v1::DEPLOY_MODE_EITHER);
  ASSERT_EQ(Reader().Offerings(Model("m")).size(), 2u);
  EXPECT_EQ(Get("offering.operator", "m", 0), "Op");
  EXPECT_EQ(Get("offering.operator_country", "m", 0), "DE");
  EXPECT_EQ(Says("offering.attested", {S("C")}, "m", 0), "true");
  EXPECT_EQ(Says("offering.controlled_from", {S("US"), N(0.2)}, "m", 0),
            "false");
  EXPECT_EQ(Get("offering.operator", "m", 1), "self");
  EXPECT_EQ(Get("offering.regions", "m", 1), "[FR]");
  EXPECT_EQ(Says("offering.controlled_from", {S("FR"), N(0.2)}, "m", 1),
            "true");
  EXPECT_EQ(Get("offering.operator", "m", -1), "unknown (MISSING)");
  context_.deployer.set_mode(v1::DEPLOY_MODE_API);
  reader_ = nullptr;
  EXPECT_EQ(Reader().Offerings(Model("m")).size(), 1u);
}

TEST_F(FactsCallTest, OldFactsAreStale) {
  Know({"model { name: 'm' weights: WEIGHTS_OPEN }"});  // 2025-06-01
  context_.max_age_days = 214;
  EXPECT_EQ(Get("model.weights"), "OPEN");
  context_.max_age_days = 213;
  reader_ = nullptr;
  EXPECT_EQ(Get("model.weights"), "unknown (STALE)");
  EXPECT_EQ(Get("model.name"), "m");
}

TEST_F(FactsCallTest, ColumnsSayWhatSingleQuestionsSay) {
  Know({kModel, "model { name: 'n' developers: 'Dev' weights: WEIGHTS_OPEN }",
        Org("Dev", "CN")});
  const FieldIndex weights = FindField("model.weights");
  const FunctionIndex controlled =
      FindFunction("", "developer.controlled_from", 2);
  const std::vector<FactValue> arguments = {S("CN"), N(0.5)};
  const FactColumn& fields = Reader().Column(weights);
  const FactColumn& calls = Reader().Column(controlled, arguments);
  ASSERT_EQ(fields.codes.size(), 2u);
  for (EntityId model = 0; model < 2; ++model) {
    EXPECT_EQ(fields.values[fields.codes[model]],
              Reader().Get(model, weights).value);
    EXPECT_EQ(calls.values[calls.codes[model]],
              Reader().Call(model, -1, controlled, nullptr, arguments).value);
  }
  EXPECT_EQ(calls.values.size(), 1u);
}

// --- More knowledge ----------------------------------------------------------

// Records are added one by one in random order, each naming something once:
// what was true or false stays so.
TEST_F(FactsCallTest, MoreRecordsNeverTurnTrueIntoFalse) {
  const std::vector<std::string> all = {
      "model { name: 'b' developers: 'Cn' base_models_complete: true }",
      "alias { name: 'other' model: 'm' }",
      Org("Dev", "FR", Parent("Cn", 0.3, 0.3) + Parent("F", 0.7, 0.7) + kAll),
      Org("Cn", "CN", kAll),
      Org("F", "FR", kAll),
      "licence { id: 'L' commercial_use: true mau_cap: 1e8 clauses_complete: "
      "true }",
      "attestation { subject: 'm' scheme: 'C' item: 'I' level: 3 }",
  };
  const FactValue deployer{UnknownReason::kNone, {}};
  const std::vector<std::pair<std::string, std::vector<FactValue>>> questions =
      {{"model.derived_from_country", {S("CN")}},
       {"model.derived_from_country", {S("US")}},
       {"model.derived_from", {S("b")}},
       {"developer.controlled_from", {S("CN"), N(0.25)}},
       {"developer.controlled_from", {S("CN"), N(0.5)}},
       {"developer.controlled_from", {S("FR"), N(0.5)}},
       {"licence.grants_to", {deployer}},
       {"licence.permits", {S("military")}},
       {"model.attested", {S("C")}}};
  context_.deployer.set_country("FR");
  context_.deployer.set_monthly_active_users(1e6);
  context_.deployer.set_commercial(true);
  for (uint32_t seed = 0; seed < 40; ++seed) {
    std::vector<std::string> order = all;
    std::shuffle(order.begin(), order.end(), std::mt19937(seed));
    log_ = TestLog();
    Know(
        {"model { name: 'm' developers: 'Dev' modalities: 'text' "
         "licences { licence: 'L' } base_models { model: 'b' } "
         "base_models_complete: true }"});
    std::vector<std::string> before(questions.size(), "unknown");
    for (const std::string& record : order) {
      Know({record});
      for (size_t i = 0; i < questions.size(); ++i) {
        const std::string now = Says(questions[i].first, questions[i].second);
        if (before[i] == "true" || before[i] == "false") {
          EXPECT_EQ(now, before[i])
              << questions[i].first << " after " << record << ", seed " << seed;
        }
        before[i] = now;
      }
    }
    EXPECT_EQ(before[0], "true");
    EXPECT_EQ(before[3], "true");
    EXPECT_EQ(before[4], "false");
    EXPECT_EQ(before[6], "true");
  }
}

}  // namespace
}  // namespace meridian::analysis
