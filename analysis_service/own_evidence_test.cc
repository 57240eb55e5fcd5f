#include "analysis_service/own_evidence.h"

#include "analysis_service/facts.h"
#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;

google::protobuf::RepeatedPtrField<v1::OwnEvidence> Own(
    const std::vector<std::string>& records,
    const std::string& date = "2026-01-01") {
  google::protobuf::RepeatedPtrField<v1::OwnEvidence> all;
  v1::OwnEvidence* evidence = all.Add();
  evidence->set_author("Legal");
  evidence->set_date(date);
  evidence->set_file_name("letter.yaml");
  for (const std::string& text : records) {
    *evidence->add_records() = ParseRecord(text);
  }
  return all;
}

ModelFact Get(const Catalog& catalog, const std::string& model,
              const std::string& field) {
  FactReader reader(catalog, FactContext::At(D("2026-02-01")));
  return reader.Get(*catalog.resolution().FindExact(model), FindField(field));
}

TEST(OwnEvidenceTest, IsBelievedFirstAndTheLoserIsListed) {
  TestLog log;
  const auto published =
      log.Add("names", "reference", "2025-01-01",
              {"model { name: 'm' weights: WEIGHTS_API_ONLY }",
               "alias { name: 'em' model: 'm' }"})
          .Commit();
  const auto own = WithOwnEvidence(
      published, Own({"model { name: 'em' weights: WEIGHTS_OPEN }"}));
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ((*own)->seq(), published->seq());
  EXPECT_EQ((*own)->log_id(), published->log_id());
  const ModelFact fact = Get(**own, "m", "model.weights");
  EXPECT_EQ(DescribeValue(fact.value), "OPEN");
  ASSERT_EQ(fact.evidence.size(), 1u);
  EXPECT_TRUE((*own)->segment(fact.evidence[0]).is_own());
  ASSERT_EQ(fact.others.size(), 1u);
  EXPECT_EQ(fact.others[0].source, "names");
  // The catalog of the log is as before, its names too.
  EXPECT_EQ(DescribeValue(Get(*published, "m", "model.weights").value),
            "API_ONLY");
  EXPECT_FALSE(log.names()->Find("own/Legal", "m").has_value());
}

TEST(OwnEvidenceTest, AnEmptyCatalogWithFixturesIsACatalog) {
  const auto own = WithOwnEvidence(
      Catalog::Empty("log", std::make_shared<NameTable>()),
      Own({"model { name: 'm' developers: 'D' }",
           "organization { name: 'D' headquarters { country: 'FR' } }",
           "offering { operator: 'D' route: 'r' model: 'm' }"}));
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_EQ(DescribeValue(Get(**own, "m", "model.country").value), "FR");
  FactReader reader(**own, FactContext::At(D("2025-01-01")));
  EXPECT_EQ(reader.Offerings(*(*own)->resolution().FindExact("m")).size(), 1u);
}

TEST(OwnEvidenceTest, SameEvidenceGivesSameEvidenceIds) {
  const auto base = Catalog::Empty("log", std::make_shared<NameTable>());
  const auto a = WithOwnEvidence(base, Own({"model { name: 'm' }"}));
  const auto b = WithOwnEvidence(base, Own({"model { name: 'm' }"}));
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_EQ((*a)->segments()[0]->EvidenceIdAt(0),
            (*b)->segments()[0]->EvidenceIdAt(0));
  EXPECT_NE((*a)->segments()[0]->EvidenceIdAt(0), "");
}

TEST(OwnEvidenceTest, OwnMembershipReplacesThePublishedOne) {
  TestLog log;
  const auto published = log.Add("lists", "reference", "2025-01-01",
                                 {"membership { list: 'L' member: 'D' }"})
                             .Commit();
  const auto own = WithOwnEvidence(
      published,
      Own({"membership { list: 'L' member: 'D' to: '2025-12-31' }"}));
  ASSERT_TRUE(own.ok()) << own.status();
  EXPECT_TRUE((*own)->Members("L", D("2026-01-01")).empty());
  EXPECT_EQ((*own)->Members("L", D("2025-12-31")).size(), 1u);
}

TEST(OwnEvidenceTest, WhatIsWrongIsNamedWithItsPlace) {
  const auto base = Catalog::Empty("log", std::make_shared<NameTable>());
  const auto refused = [&](auto evidence) {
    const auto own = WithOwnEvidence(base, evidence);
    EXPECT_FALSE(own.ok());
    EXPECT_EQ(ErrorReason(own.status()), "BAD_EVIDENCE");
    return std::string(own.status().message());
  };
  EXPECT_THAT(refused(Own({"model { }"})),
              HasSubstr("letter.yaml, record 1: Model has no 'name'"));
  EXPECT_THAT(refused(Own({"model { name: 'm' }", "model { name: 'm' }"})),
              HasSubstr("record 2: has the same key"));
  EXPECT_THAT(refused(Own({}, "2026-01")), HasSubstr("is not a day"));
  auto nobody = Own({});
  nobody[0].clear_author();
  EXPECT_THAT(refused(nobody), HasSubstr("no author"));
}

}  // namespace
}  // namespace meridian::analysis
