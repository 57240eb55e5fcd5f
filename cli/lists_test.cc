// Lists and single things of the catalog and the log, as people and programs
// see them.
#include <gmock/gmock.h>
#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/cli.h"
#include "cli/fake_services.h"
#include "meridian/v1/analysis.pb.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::cli {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::StartsWith;

class ListsTest : public ::testing::Test {
 protected:
  template <typename Message>
  void Answer(const std::string& text) {
    Message message;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
    services_.Answer(message);
  }
  // The standard output of a command that must succeed.
  std::string Good(std::vector<std::string> args) {
    args.insert(args.begin(), {"--ingest", services_.ingest(), "--analysis",
                               services_.analysis()});
    std::ostringstream out;
    std::ostringstream err;
    exit_ = RunCli(std::move(args), out, err, false);
    err_ = err.str();
    EXPECT_EQ(exit_, 0) << err_;
    return out.str();
  }

  FakeServices services_;
  int exit_ = -1;
  std::string err_;
};

TEST_F(ListsTest, BoardsShowEverySlice) {
  Answer<v1::ListBoardsResponse>(R"pb(
    header { as_of: "2025-02-14" seq: 3 }
    boards {
      board { board: "acme/text" unit: "points" }
      sources: "acme-new"
      sources: "acme-old"
      slices {
        category: "full"
        method: "raw"
        snapshots: 12
        first_vintage: "2023-05-08"
        last_vintage: "2025-02-14"
        rows: 205
      }
      slices { category: "full" snapshots: 1 rows: 3 }
    })pb");
  EXPECT_EQ(Good({"boards", "list"}),
            "board      category  method  unit    first       last        "
            "snapshots  rows  sources\n"
            "acme/text  full      raw     points  2023-05-08  2025-02-14  "
            "       12   205  acme-new, acme-old\n"
            "acme/text  full      ?       points  ?           ?           "
            "        1     3  acme-new, acme-old\n"
            "\n"
            "choices: as_of=2025-02-14 seq=3\n");
}

constexpr char kModel[] = R"pb(
  header {
    as_of: "2025-02-14"
    evidence {
      id: "e0"
      source: "acme-text"
      stream: "models"
      vintage { date: "2025-02" }
      document { sha256: "0123456789abcdef" uri: "file:///m.json" }
      locator { pointer: "/models/3" }
      data_licence: "CC-BY-4.0"
      publisher: "Acme"
    }
  }
  summary { model: "r1" display_name: "R One" }
  facts { field: "model.country" unknown_reason: UNKNOWN_REASON_MISSING }
  facts {
    field: "model.training_compute"
    value { interval { low: 1e24 high: 3e24 } }
    evidence: 0
  }
  facts {
    field: "model.weights"
    value { text: "OPEN" }
    derivation: "licence 'MIT' implies OPEN"
    stated_after_as_of: true
    evidence: 0
    others {
      value { text: "GATED" }
      source: "other"
    }
  }
  names { name: "R-One" source: "acme-text" resolved_by: "alias" }
)pb";

TEST_F(ListsTest, AModelShowsEveryFactAndWhyItIsUnknown) {
  Answer<v1::GetModelResponse>(kModel);
  EXPECT_EQ(
      Good({"models", "show", "r1", "--cite"}),
      "r1   R One\n"
      "field                   value           cite  how\n"
      "model.country           ?                     MISSING\n"
      "model.training_compute  [1e+24, 3e+24]  [1]\n"
      "model.weights           OPEN            [1]   licence 'MIT' implies "
      "OPEN; stated after as_of; other says GATED\n"
      "\n"
            "name   source     resolved by  configuration\n"
      "R-One  acme-text  alias\n"
      "\n"
      "choices: as_of=2025-02-14 seq=0\n"
      "\n"
      "[1] Acme, \"acme-text models\", vintage 2025-02\n"
      "    file:///m.json\n"
      "    sha256 0123456789ab, /models/3, licence: CC-BY-4.0\n"
      "    evidence e0\n");
}

TEST_F(ListsTest, CiteAddsColumnsToCsv) {
  Answer<v1::GetModelResponse>(kModel);
  EXPECT_THAT(
      Good({"models", "show", "r1", "--cite", "--format", "csv"}),
      AllOf(StartsWith("field,value,evidence,publisher,title,figure,vintage,"
                       "url,sha256,locator,licence,how\r\n"),
            HasSubstr("model.weights,OPEN,e0,Acme,acme-text models,,2025-02,"
                      "file:///m.json,0123456789abcdef,/models/3,CC-BY-4.0,"
                      "licence 'MIT'")));
}

TEST_F(ListsTest, OrganizationsWithoutAParentSayNoneKnown) {
  Answer<v1::ListOrganizationsResponse>(R"pb(
    header { evidence { id: "e0" } }
    organizations {
      organization: "Acme"
      country: "US"
      headquarters: "US"
      models: 1200
      evidence: 0
      other_names: "ACME Inc."
    })pb");
  EXPECT_THAT(
      Good({"organizations", "list"}),
      StartsWith("organization  country  headquarters  incorporation  "
                 "controller  models  other names\n"
                 "Acme          US       US            ?              none "
                 "known   1,200  ACME Inc.\n"));
}

TEST_F(ListsTest, APriceThatIsNotStatedIsNotZero) {
  Answer<v1::ListOfferingsResponse>(R"pb(
    header { evidence { id: "e0" } }
    offerings {
      model: "r1"
      offering {
        operator: "op"
        route: "op/r1"
        status: STATUS_AVAILABLE
        regions: "DE"
        regions: "FR"
        context_tokens: 128000
        prices { what: "input" per_million_tokens: 0.55 currency: "USD" }
        prices { what: "output" currency: "USD" }
      }
    })pb");
  EXPECT_THAT(Good({"offerings", "list"}),
              HasSubstr("op        op/r1  r1     AVAILABLE  DE, FR   128,000  "
                        "input 0.55 USD, output ? USD\n"));
}

TEST_F(ListsTest, FieldsComeWithGroupsAndLists) {
  Answer<v1::ListFieldsResponse>(R"pb(
    fields {
      name: "model.weights"
      type: FIELD_TYPE_CONSTANT
      meaning: "how far the weights can be had"
      time_class: "STATE"
      values: "NONE"
      values: "OPEN"
      known: 3
      total: 4
    }
    groups { name: "OPEN" expression: "model.weights in OPEN_DOWNLOAD" }
    lists { key: "ZZ" value: 2 }
    lists { key: "EU" value: 27 })pb");
  EXPECT_THAT(Good({"fields", "model"}),
              AllOf(HasSubstr("model.weights  constant      3   4  STATE"),
                    HasSubstr("OPEN   model.weights in OPEN_DOWNLOAD\n"),
                    HasSubstr("EU         27\nZZ          2\n")));
  EXPECT_THAT(services_.requests()[0], HasSubstr("entity: \"model\""));
}

TEST_F(ListsTest, SourcesThatNeverRanSaySo) {
  Answer<v1::ListSourcesResponse>(R"pb(
    sources {
      id: "acme-text"
      title: "Acme"
      plugin: "table"
      publisher: "Acme"
      last_run { state: RUN_STATE_FAILED started_at: "2026-11-23T17:00:00Z" }
    }
    sources { id: "new" plugin: "table" })pb");
  EXPECT_EQ(
      Good({"sources", "list"}),
      "source     plugin  publisher  last run  when                  records  "
      "title\n"
      "acme-text  table   Acme       FAILED    2026-11-23T17:00:00Z        0  "
      "Acme\n"
      "new        table   ?          never\n");
}

TEST_F(ListsTest, ASourceShowsItsConfigurationAndLastLook) {
  Answer<v1::GetSourceResponse>(R"pb(
    source {
      id: "acme-text"
      plugin: "table"
      documents: "a/*.csv"
      configured_at: "sources.yaml:3"
      last_observation { kind: KIND_UNCHANGED at: "2026-11-23T17:00:00Z" }
    })pb");
  EXPECT_THAT(Good({"sources", "show", "acme-text"}),
              AllOf(HasSubstr("document       a/*.csv\n"),
                    HasSubstr("data licence   ?\n"),
                    HasSubstr("last run       never\n"),
                    HasSubstr("last look      UNCHANGED at 2026-11-23T17")));
}

TEST_F(ListsTest, RunsShowHowLongTheyTookAndWhatBecameOfThem) {
  Answer<v1::ListRunsResponse>(R"pb(
    runs {
      id: "run-2"
      source: "acme-text"
      state: RUN_STATE_SUCCEEDED
      started_at: "2026-11-23T17:00:00Z"
      ended_at: "2026-11-23T17:00:01.25Z"
      seq: 7
      records_read: 10
      records_committed: 9
      records_rejected: 1
    })pb");
  EXPECT_EQ(Good({"runs", "list", "--source", "acme-text", "--format", "csv"}),
            "run,source,state,started,ended,seq,read,committed,rejected,"
            "reason\r\n"
            "run-2,acme-text,SUCCEEDED,2026-11-23T17:00:00Z,"
            "2026-11-23T17:00:01.25Z,7,10,9,1,\r\n");
  Answer<v1::CancelRunResponse>(
      "run { id: 'run-2' state: RUN_STATE_CANCELLED snapshots { kind: "
      "KIND_HELD stream: 'text/raw' vintage { date: '2025-02-14' } records: 3 "
      "} }");
  EXPECT_THAT(Good({"runs", "cancel", "run-2"}),
              AllOf(HasSubstr("result     CANCELLED: 1 held, 0 of 0 records "
                              "committed\n"),
                    HasSubstr("HELD      text/raw  2025-02-14")));
}

TEST_F(ListsTest, RejectedRowsShowPlaceReasonAndExcerpt) {
  Answer<v1::ListRejectedResponse>(R"pb(
    rejected {
      run: "run-2"
      source: "acme-text"
      document_uri: "file:///a.csv"
      rejected {
        locator { line: 7 column: "score" }
        why: "NaN is not a score"
        excerpt: "m,nan"
      }
    })pb");
  EXPECT_THAT(Good({"rejected", "list", "--run", "run-2"}),
              HasSubstr("acme-text  run-2  file:///a.csv  line 7, column score "
                        " NaN is not a score  m,nan\n"));
  EXPECT_THAT(services_.requests(), ElementsAre(HasSubstr("run: \"run-2\"")));
}

TEST_F(ListsTest, SnapshotsShowVintageBasisAndCoverage) {
  Answer<v1::ListSnapshotsResponse>(R"pb(
    snapshots {
      source: "acme-text"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_HTTP }
      revision: 2
      coverage { extent: EXTENT_TOP top: 25 }
      digest: "0123456789abcdef"
      count: 25
    })pb");
  EXPECT_THAT(Good({"snapshots", "list"}),
              HasSubstr("2025-02-14 (http)         2  top 25         25"));
  EXPECT_THAT(Good({"snapshots", "list", "--format", "csv"}),
              HasSubstr(",0123456789abcdef\r\n"));
}

}  // namespace
}  // namespace meridian::cli
