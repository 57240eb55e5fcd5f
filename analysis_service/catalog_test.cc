#include "analysis_service/catalog.h"

#include <thread>

#include "analysis_service/testing_log.h"
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian::analysis {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::string Scored(const std::string& model, double value,
                   const std::string& method = "raw",
                   const std::string& category = "full") {
  return absl::StrCat("score { board: 'text' category: '", category,
                      "' method: '", method, "' value: ", value, " model: '",
                      model, "' }");
}

double FirstValue(const Catalog& catalog, const ScoreSnapshot& snapshot) {
  const Segment& segment = *catalog.segments()[snapshot.segment];
  return segment.scores(segment.slices()[snapshot.slice]).value[0];
}

std::vector<double> Values(const Catalog& catalog, const std::string& method,
                           const std::string& as_of) {
  std::vector<double> values;
  for (const ScoreSnapshot& snapshot :
       catalog.Snapshots("text", "full", method, D(as_of))) {
    values.push_back(FirstValue(catalog, snapshot));
  }
  return values;
}

TEST(CatalogTest, SnapshotsTakePartFromTheDayTheyAreAvailable) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-02-14", {Scored("a", 2)});
  log.Add("arena", "text/raw", "2025-01", {Scored("a", 1)});
  const auto catalog = log.Commit();

  EXPECT_THAT(Values(*catalog, "raw", "2025-01-30"), IsEmpty());
  EXPECT_THAT(Values(*catalog, "raw", "2025-01-31"), ElementsAre(1));
  EXPECT_THAT(Values(*catalog, "raw", "2025-02-14"), ElementsAre(1, 2));
  EXPECT_FALSE(catalog->Speaking("text", "full", "raw", D("2025-01-30")));
  const auto speaking =
      catalog->Speaking("text", "full", "raw", D("2025-03-01"));
  ASSERT_TRUE(speaking.has_value());
  EXPECT_EQ(FirstValue(*catalog, *speaking), 2);
}

TEST(CatalogTest, TheNewestRevisionOfAVintageSpeaks) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-02-14", {Scored("a", 1)});
  const auto before = log.Commit();
  v1::Snapshot revised = MakeSnapshot("arena", "text/raw", "2025-02-14");
  revised.set_revision(2);
  log.Add(revised, {Scored("a", 5)});
  const auto after = log.Commit();

  EXPECT_THAT(Values(*before, "raw", "2025-03-01"), ElementsAre(1));
  EXPECT_THAT(Values(*after, "raw", "2025-03-01"), ElementsAre(5));
  EXPECT_TRUE(after->is_superseded(0));
  EXPECT_FALSE(after->is_superseded(1));
}

TEST(CatalogTest, OfOneDayTheBoardsSourceOrderDecides) {
  TestLog log;
  log.Add("aaa", "text/raw", "2025-02-14", {Scored("a", 1)});
  log.Add("zzz", "text/raw", "2025-02-14", {Scored("a", 2)});
  EXPECT_EQ(
      FirstValue(*log.Commit(), *log.Commit()->Speaking("text", "full", "raw",
                                                        D("2025-02-14"))),
      1);
  log.Add("curated", "reference", "2026-01-01",
          {"board { board: 'text' sources: 'zzz' sources: 'absent' }"});
  const auto catalog = log.Commit();

  EXPECT_THAT(catalog->BoardSources("text"), ElementsAre("zzz", "aaa"));
  EXPECT_THAT(Values(*catalog, "raw", "2025-02-14"), ElementsAre(2, 1));
  EXPECT_EQ(FirstValue(*catalog, *catalog->Speaking("text", "full", "raw",
                                                    D("2025-02-14"))),
            2);
}

TEST(CatalogTest, AMethodOverrideMovesASnapshotToTheTrueMethod) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("a", 1)});
  log.Add("arena", "text/raw", "2025-02-12", {Scored("a", 2)});
  log.Add("curated", "reference", "2026-01-01",
          {"method_override { source: 'arena' stream: 'text/raw' "
           "vintage: '2025-01-28' method: 'style_control' }"});
  const auto catalog = log.Commit();

  EXPECT_THAT(Values(*catalog, "raw", "2025-12-31"), ElementsAre(2));
  EXPECT_THAT(Values(*catalog, "style_control", "2025-12-31"), ElementsAre(1));
  const auto moved =
      catalog->Speaking("text", "full", "style_control", D("2025-12-31"));
  ASSERT_TRUE(moved.has_value() && moved->overridden_by.has_value());
  EXPECT_EQ(moved->method, "style_control");
  EXPECT_EQ(catalog->record(*moved->overridden_by).method_override().method(),
            "style_control");
  EXPECT_FALSE(catalog->Speaking("text", "full", "raw", D("2025-12-31"))
                   ->overridden_by.has_value());
}

TEST(CatalogTest, SlicesTellWhatThereIsByAsOf) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28",
          {Scored("a", 1), Scored("b", 1), Scored("a", 1, "raw", "math")});
  log.Add("arena", "text/raw", "2025-02-12", {Scored("a", 2)});
  const auto catalog = log.Commit();

  const auto early = catalog->Slices("text", D("2025-01-31"));
  ASSERT_EQ(early.size(), 2u);
  EXPECT_EQ(early[0].rows, 2u);
  const auto late = catalog->Slices("text", D("2025-02-12"));
  EXPECT_EQ(late[0].category, "full");
  EXPECT_EQ(late[0].snapshots, 2u);
  EXPECT_EQ(late[0].rows, 1u);
  EXPECT_EQ(late[0].first, D("2025-01-28"));
  EXPECT_EQ(late[0].last, D("2025-02-12"));
  EXPECT_THAT(catalog->Slices("nothing", D("2025-02-12")), IsEmpty());
  EXPECT_THAT(catalog->BoardIds(), ElementsAre("text"));
}

TEST(CatalogTest, ACommitReusesTheOlderSegments) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("a", 1)});
  const auto before = log.Commit();
  log.Add("arena", "text/raw", "2025-02-12", {Scored("b", 2)});
  const auto after = log.Commit();

  ASSERT_EQ(after->segments().size(), 2u);
  EXPECT_EQ(after->segments()[0].get(), before->segments()[0].get());
  EXPECT_EQ(before->segments().size(), 1u);
  EXPECT_EQ(after->seq(), 2u);
}

TEST(CatalogTest, AnOlderSeqIsAnsweredAsItWasThen) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("x", 1)});
  log.Commit();
  log.Add("curated", "reference", "2026-01-01",
          {"model { name: 'a' }", "alias { name: 'x' model: 'a' }",
           "method_override { source: 'arena' stream: 'text/raw' "
           "vintage: '2025-01-28' method: 'style_control' }"});
  log.Commit();
  log.Add("other", "text/raw", "2025-01-28", {Scored("new", 9)});
  const auto now = log.Commit();

  const auto then = now->AtSeq(1);
  ASSERT_TRUE(then.ok());
  EXPECT_EQ((*then)->seq(), 1u);
  EXPECT_EQ((*then)->segments()[0].get(), now->segments()[0].get());
  EXPECT_EQ((*then)->segments().size(), 1u);
  EXPECT_EQ(MeaningOf(**then, "arena", "x", 0), "~arena/x");
  EXPECT_EQ((*then)->resolution().entities().size(), 1u);
  EXPECT_THAT(Values(**then, "raw", "2026-12-31"), ElementsAre(1));
  EXPECT_THAT(Values(*now, "raw", "2026-12-31"), ElementsAre(9));
  EXPECT_EQ(MeaningOf(**now->AtSeq(2), "arena", "x", 0), "a");
  EXPECT_TRUE((*now->AtSeq(0))->segments().empty());
}

TEST(CatalogTest, ASeqThatIsNotKnownIsOutOfRange) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("x", 1)});
  const absl::Status status = log.Commit()->AtSeq(2).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ErrorReason(status), "SEQ_OUT_OF_RANGE");
}

TEST(CatalogTest, AbsenceMeansGoneOnlyWhereEverythingIsListed) {
  const auto offered = [](const std::string& route) {
    return absl::StrCat("offering { operator: 'o' route: '", route, "' }");
  };
  TestLog log;
  log.Add("all", "offerings", "2026-01-01", {offered("a"), offered("b")});
  log.Add("all", "offerings", "2026-02-01", {offered("b")});
  v1::Snapshot some = MakeSnapshot("some", "offerings", "2026-01-01");
  log.Add(some, {offered("c")});
  some = MakeSnapshot("some", "offerings", "2026-02-01");
  some.mutable_coverage()->set_extent(v1::Coverage::EXTENT_SOME);
  log.Add(some, {offered("d")});
  const auto catalog = log.Commit();

  const auto routes = [&](const std::string& as_of) {
    std::vector<std::string> found;
    for (const EvidenceRef& ref :
         catalog->Records(v1::Record::kOffering, D(as_of))) {
      found.push_back(catalog->record(ref).offering().route());
    }
    std::sort(found.begin(), found.end());
    return found;
  };
  EXPECT_THAT(routes("2025-12-31"), IsEmpty());
  EXPECT_THAT(routes("2026-01-15"), ElementsAre("a", "b", "c"));
  EXPECT_THAT(routes("2026-02-15"), ElementsAre("b", "c", "d"));
}

TEST(CatalogTest, IndicatorsOfOlderEditionsStay) {
  TestLog log;
  log.Add("index", "indicators", "2025-04-07",
          {"indicator { name: 'gap' area: 'US-CN' period: '2025' edition: "
           "'2025' value: 1.7 }"});
  log.Add("index", "indicators", "2026-04-13",
          {"indicator { name: 'gap' area: 'US-CN' period: '2025' edition: "
           "'2026' value: 0.4 }"});
  const auto catalog = log.Commit();
  EXPECT_EQ(catalog->Records(v1::Record::kIndicator, D("2025-12-31")).size(),
            1u);
  EXPECT_EQ(catalog->Records(v1::Record::kIndicator, D("2026-12-31")).size(),
            2u);
}

TEST(CatalogTest, MembersOfAListAreDated) {
  TestLog log;
  log.Add("curated", "reference", "2026-01-01",
          {"membership { list: 'EU' member: 'FR' }",
           "membership { list: 'EU' member: 'GB' to: '2020-01-31' }",
           "membership { list: 'EU' member: 'HR' from: '2013-07' }"});
  const auto catalog = log.Commit();

  EXPECT_THAT(catalog->Members("EU", D("2012-01-01")), ElementsAre("FR", "GB"));
  EXPECT_THAT(catalog->Members("EU", D("2013-07-01")),
              ElementsAre("FR", "GB", "HR"));
  EXPECT_THAT(catalog->Members("EU", D("2020-02-01")), ElementsAre("FR", "HR"));
  EXPECT_TRUE(catalog->HasList("EU"));
  EXPECT_FALSE(catalog->HasList("eu"));
  EXPECT_EQ(catalog->MembershipRecords("EU", "HR", D("2025-01-01")).size(), 1u);
  EXPECT_THAT(catalog->Lists(), ElementsAre("EU"));
}

TEST(CatalogTest, SourcesShowWhatCameOfTheLastLook) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("x", 1)});
  v1::Observation failed;
  failed.set_source("arena");
  failed.set_kind(v1::Observation::KIND_FAILED);
  failed.set_at("2026-01-02T00:00:00Z");
  v1::Observation older = failed;
  older.set_kind(v1::Observation::KIND_UNCHANGED);
  older.set_at("2026-01-01T00:00:00Z");
  const auto catalog =
      log.Commit()->WithObservation(failed)->WithObservation(older);

  ASSERT_EQ(catalog->Sources().size(), 1u);
  const SourceCounts counts = catalog->Sources()[0];
  EXPECT_EQ(counts.newest_vintage, "2025-01-28");
  EXPECT_EQ(counts.snapshots, 1u);
  EXPECT_EQ(counts.records, 1u);
  EXPECT_EQ(counts.last_observation.kind(), v1::Observation::KIND_FAILED);
  EXPECT_EQ(catalog->LastObservation("nobody"), nullptr);
  EXPECT_EQ(catalog->seq(), 1u);
}

TEST(CatalogTest, NamesAfterManyCommitsEqualThoseOfOne) {
  TestLog steps, once;
  const auto add = [](TestLog& log, bool commit) {
    log.Add("curated", "reference", "2026-01-01", {"model { name: 'a' }"});
    if (commit) log.Commit();
    log.Add("arena", "text/raw", "2025-01-28", {Scored("a", 1)});
    if (commit) log.Commit();
    log.Add("arena", "text/raw", "2025-01-29",
            {Scored("gone", 1), Scored("A", 1)});
    if (commit) log.Commit();
    v1::Snapshot revised = MakeSnapshot("arena", "text/raw", "2025-01-29");
    revised.set_revision(2);
    log.Add(revised, {Scored("a", 1)});
    return log.Commit();
  };
  const auto a = add(steps, true);
  const auto b = add(once, false);
  ASSERT_EQ(a->resolution().entities().size(),
            b->resolution().entities().size());
  for (EntityId id = 0; id < a->resolution().entities().size(); ++id) {
    EXPECT_EQ(a->resolution().entity(id).name, b->resolution().entity(id).name);
  }
}

TEST(CatalogStoreTest, WaitsForASeq) {
  TestLog log;
  log.Add("arena", "text/raw", "2025-01-28", {Scored("x", 1)});
  CatalogStore store(Catalog::Empty("log-a", log.names()));
  std::thread writer([&] { store.Swap(log.Commit()); });
  const auto got = store.WaitForSeq(1, absl::Now() + absl::Seconds(30));
  writer.join();
  ASSERT_TRUE(got.ok());
  EXPECT_EQ((*got)->seq(), 1u);

  const absl::Status late = store.WaitForSeq(2, absl::InfinitePast()).status();
  EXPECT_EQ(late.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(ErrorReason(late), "NOT_CAUGHT_UP");
}

}  // namespace
}  // namespace meridian::analysis
