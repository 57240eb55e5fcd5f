#include "common/base/status.h"
#include "gmock/gmock.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "gtest/gtest.h"
#include "plugins/sdk/testing.h"
#include "plugins/table/cell.h"
#include "plugins/table/table_source.h"
#include "plugins/table/table_testing.h"

namespace meridian {
namespace {

using table::ApplyRule;
using table::CellRule;
using table::MappingConfig;
using table::ReadTables;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadResult;

constexpr char kBoard[] =
    "record: score\n"
    "stream: board/raw\n"
    "coverage: ALL\n"
    "fields:\n"
    "  board: {const: board}\n"
    "  category: {const: full}\n"
    "  model: Model\n"
    "  value: Elo\n";

TEST(TableTest, RowsBecomeScoresOfOneSnapshot) {
  auto result = ReadTables(
      std::string(kBoard) + "  votes: {column: Votes, missing: ['', '-']}",
      {"Model,Elo,Votes\na,1000.5,12\n\n\"b\nc\",900,-\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 1u);
  const auto& snapshot = result->snapshots[0];
  EXPECT_EQ(snapshot.begin.stream(), "board/raw");
  EXPECT_EQ(snapshot.begin.vintage().date(), "2025-03-04");
  EXPECT_EQ(snapshot.begin.vintage().basis(), v1::VINTAGE_BASIS_PATH);
  EXPECT_EQ(snapshot.begin.coverage().extent(), v1::Coverage::EXTENT_ALL);
  EXPECT_TRUE(snapshot.ended);
  ASSERT_EQ(snapshot.records.size(), 2u);
  EXPECT_EQ(snapshot.records[0].score().value(), 1000.5);
  EXPECT_EQ(snapshot.records[0].score().votes(), 12u);
  EXPECT_EQ(snapshot.records[0].locator().line(), 2u);
  EXPECT_FALSE(snapshot.records[1].score().has_votes());
  EXPECT_EQ(snapshot.records[1].locator().line(), 4u);
  EXPECT_EQ(snapshot.records[1].locator().line_end(), 5u);
  EXPECT_THAT(result->rejected, IsEmpty());
}

TEST(TableTest, BadCellsRejectTheirRowWithPlaceAndExcerpt) {
  auto result =
      ReadTables(kBoard, {"Model,Elo\na,1000\nb,\"1,234\"\nc,nan\nd\n,5\ne,\n"
                          "f,12%\ng,7\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->snapshots[0].records.size(), 2u);
  ASSERT_EQ(result->rejected.size(), 6u);
  const v1::Rejected& first = result->rejected[0];
  EXPECT_EQ(first.locator().line(), 3u);
  EXPECT_EQ(first.locator().column(), "Elo");
  EXPECT_EQ(first.why(), "column 'Elo': '1,234' is not a number");
  EXPECT_EQ(first.excerpt(), "b,\"1,234\"");
  EXPECT_EQ(first.stream(), "board/raw");
  EXPECT_EQ(result->rejected[1].why(), "column 'Elo': 'nan' is not a number");
  EXPECT_EQ(result->rejected[2].why(), "1 field, the header has 2");
  EXPECT_THAT(result->rejected[3].why(), HasSubstr("Score has no 'model'"));
  EXPECT_THAT(result->rejected[4].why(), HasSubstr("Score has no 'value'"));
  EXPECT_EQ(result->rejected[4].locator().line(), 7u);
  EXPECT_EQ(result->rejected[5].why(), "column 'Elo': '12%' is not a number");
}

TEST(TableTest, HeaderIsCheckedBeforeAnyRow) {
  auto result = ReadTables(std::string(kBoard) + "columns_expected: [Votes]\n",
                           {"model,Elo,Date\na,1,2\n"});
  EXPECT_EQ(result.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(result.status()), "TABLE_COLUMNS");
  EXPECT_THAT(
      result.status().message(),
      AllOf(HasSubstr("t.csv: the header lacks 'Model'; did you mean 'model'"),
            HasSubstr("'Votes'"), HasSubstr("It has model, Elo, Date"),
            HasSubstr("Change m.yaml")));
}

TEST(TableTest, AnOptionalDateColumnThatIsMissingLeavesTheVintageToTheHint) {
  const std::string mapping =
      absl::StrCat("vintage: {column: date, optional: true}\n", kBoard);
  const auto without = ReadTables(mapping, {"Model,Elo\na,1\n"});
  ASSERT_TRUE(without.ok()) << without.status();
  EXPECT_EQ(without->snapshots[0].begin.vintage().date(), "2025-03-04");
  EXPECT_EQ(without->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_PATH);
  const auto with = ReadTables(mapping, {"Model,Elo,date\na,1,2024-07-16\n"});
  EXPECT_EQ(with->snapshots[0].begin.vintage().date(), "2024-07-16");
  EXPECT_EQ(with->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_STATED);
}

TEST(TableTest, UnusedColumnsAndSkippedRowsAreTold) {
  auto result = ReadTables(std::string(kBoard) +
                               "columns_ignored: [Note]\n"
                               "skip_rows_where: {Kind: [human, '-']}\n",
                           {"Model,Elo,Kind,Note,Extra\na,1,model,x,y\n"
                            "b,2,human,x,y\nc,bad,human,x,y\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->snapshots[0].records.size(), 1u);
  EXPECT_THAT(result->rejected, IsEmpty());
  ASSERT_EQ(result->diagnostics.size(), 2u);
  EXPECT_EQ(result->diagnostics[0].severity(), v1::Diagnostic::SEVERITY_INFO);
  EXPECT_EQ(result->diagnostics[0].message(),
            "t.csv: columns that m.yaml does not use: Extra");
  EXPECT_EQ(result->diagnostics[1].message(),
            "t.csv: skipped 2 rows with Kind 'human', as m.yaml says");
}

TEST(TableTest, RowsAreGroupedByVintageAndStream) {
  const std::string mapping =
      "vintage: {column: Date, format: '%d.%m.%Y'}\n"
      "record: score\n"
      "stream: {column: Method, prefix: board/}\n"
      "fields: {board: {const: board}, method: Method, model: M, value: V}\n";
  auto result =
      ReadTables(mapping, {"Date,Method,M,V\n01.02.2025,raw,a,1\n"
                           "02.02.2025,raw,a,2\n01.02.2025,style,a,3\n"
                           "soon,raw,b,4\n,raw,c,5\n01.02.2025,,d,6\n",
                           "Date,Method,M,V\n01.02.2025,raw,b,1\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 3u);
  EXPECT_EQ(result->snapshots[0].begin.stream(), "board/raw");
  EXPECT_EQ(result->snapshots[0].begin.vintage().date(), "2025-02-01");
  EXPECT_EQ(result->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_STATED);
  ASSERT_EQ(result->snapshots[0].records.size(), 2u);
  EXPECT_EQ(result->snapshots[0].records[1].locator().document(), 1u);
  EXPECT_EQ(result->snapshots[1].begin.vintage().date(), "2025-02-02");
  EXPECT_EQ(result->snapshots[2].begin.stream(), "board/style");
  ASSERT_EQ(result->rejected.size(), 3u);
  EXPECT_EQ(result->rejected[0].why(),
            "column 'Date': 'soon' is not a date in the form %d.%m.%Y");
  EXPECT_THAT(result->rejected[1].why(), HasSubstr("dates the row is missing"));
  EXPECT_THAT(result->rejected[2].why(), HasSubstr("'Method'"));
}

TEST(TableTest, EditionsAreDatedByTheMapping) {
  auto result = ReadTables(
      "vintage: {column: E, edition_dates: {'2025': 2025-04-07, b: 2024-11}}\n"
      "record: indicator\n"
      "fields: {name: N, area: A, period: P, value: V, edition: E}\n",
      {"E,N,A,P,V\n2025,n,US,2024,1\nb,n,US,2024,2\n2026,n,US,2024,3\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 2u);
  EXPECT_EQ(result->snapshots[0].begin.stream(), "indicators");
  EXPECT_EQ(result->snapshots[0].begin.vintage().date(), "2025-04-07");
  EXPECT_EQ(result->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_CONFIG);
  EXPECT_EQ(result->snapshots[1].begin.vintage().precision(),
            v1::PRECISION_MONTH);
  ASSERT_EQ(result->rejected.size(), 1u);
  EXPECT_THAT(result->rejected[0].why(),
              HasSubstr("column 'E': '2026' has no date in the mapping's "
                        "edition_dates; did you mean '2025'"));
}

constexpr char kModels[] =
    "record: model\n"
    "missing: ['', '?']\n"
    "fields:\n"
    "  name: Name\n"
    "  developers[]: {column: Who, split: ';'}\n"
    "  countries_stated: {column: Land, split: ';', value_map: {Nord: AA}}\n"
    "  parameters: {column: Size, strip_suffix: B, scale: 1e9}\n"
    "  training_compute.low: Low\n"
    "  licences[].component: {const: weights}\n"
    "  licences[].licence: {column: Licence, split: ';'}\n"
    "  base_models[0].model: Base\n"
    "  base_models[0].relation: {column: How, optional: true}\n"
    "  base_models[1].model: Part\n"
    "  base_models[1].relation: {const: COMPONENT}\n"
    "  notes[].field: {const: parameters}\n"
    "  notes[].text: Note\n"
    "  cites.title: {column: Name, prefix: 'Card of ', suffix: .}\n";

TEST(TableTest, NestedAndRepeatedFieldsAreFilled) {
  auto result =
      ReadTables(kModels, {"Name,Who,Land,Size,Low,Licence,Base,Part,Note\n"
                           "a,X; Y ;,Nord,7B,1e24,MIT;CC,b,c,says so\n"
                           "d,,?,,,,,c,\n"
                           "e,,South,,,,,,\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots[0].records.size(), 2u);
  const v1::Record& first = result->snapshots[0].records[0];
  EXPECT_THAT(first.model().developers(), ElementsAre("X", "Y"));
  EXPECT_THAT(first.model().countries_stated(), ElementsAre("AA"));
  EXPECT_EQ(first.model().parameters(), 7e9);
  EXPECT_EQ(first.model().training_compute().low(), 1e24);
  EXPECT_FALSE(first.model().training_compute().has_high());
  ASSERT_EQ(first.model().licences_size(), 2);
  EXPECT_EQ(first.model().licences(1).licence(), "CC");
  EXPECT_EQ(first.model().licences(1).component(), "weights");
  ASSERT_EQ(first.model().base_models_size(), 2);
  EXPECT_EQ(first.model().base_models(0).model(), "b");
  EXPECT_FALSE(first.model().base_models(0).has_relation());
  EXPECT_EQ(first.model().base_models(1).relation(),
            v1::BASE_RELATION_COMPONENT);
  EXPECT_EQ(first.notes(0).text(), "says so");
  EXPECT_EQ(first.cites().title(), "Card of a.");
  // Constants alone make no element, and what is missing stays unset.
  const v1::Record& second = result->snapshots[0].records[1];
  EXPECT_EQ(second.model().licences_size(), 0);
  EXPECT_EQ(second.model().base_models_size(), 1);
  EXPECT_FALSE(second.model().has_parameters());
  EXPECT_FALSE(second.model().has_training_compute());
  EXPECT_EQ(second.notes_size(), 0);
  ASSERT_EQ(result->rejected.size(), 1u);
  EXPECT_THAT(result->rejected[0].why(),
              HasSubstr("column 'Land': 'South' is not in the mapping's "
                        "value_map"));
}

TEST(TableTest, ListsOfOneElementEachMustAgreeInLength) {
  auto result = ReadTables(
      "record: model\n"
      "fields:\n"
      "  name: N\n"
      "  licences[].component: {column: C, split: ;}\n"
      "  licences[].licence: {column: L, split: ;}\n",
      {"N,C,L\na,x;y,1;2\nb,x;y,1;2;3\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->snapshots[0].records[0].model().licences(1).licence(), "2");
  ASSERT_EQ(result->rejected.size(), 1u);
  EXPECT_THAT(result->rejected[0].why(),
              HasSubstr("column 'C': gives 2 values where another column of "
                        "licences[] gives 3"));
}

TEST(TableTest, OneRowGivesSeveralRecords) {
  auto result = ReadTables(
      "records:\n"
      "- record: score\n"
      "  stream: b/x\n"
      "  fields:\n"
      "    board: {const: b}\n"
      "    model: M\n"
      "    category: {const: x}\n"
      "    value: {column: X, skip_if_missing: true}\n"
      "- record: model\n"
      "  skip_rows_where: {M: [human]}\n"
      "  fields:\n"
      "    name: M\n"
      "    display_name: {column: D, required: true}\n",
      {"M,X,D\na,1,A\nb,,B\nhuman,3,\nc,4,\n"});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->snapshots.size(), 2u);
  EXPECT_EQ(result->snapshots[0].records.size(), 3u);
  EXPECT_EQ(result->snapshots[1].begin.stream(), "models");
  EXPECT_EQ(result->snapshots[1].records.size(), 2u);
  ASSERT_EQ(result->rejected.size(), 1u);
  EXPECT_EQ(result->rejected[0].locator().line(), 5u);
  EXPECT_THAT(result->rejected[0].why(), HasSubstr("column 'D': the value is "
                                                   "missing"));
  EXPECT_EQ(result->rejected[0].stream(), "models");
}

TEST(TableTest, BrokenDocumentsAreErrorsWithTheirLine) {
  auto open_quote = ReadTables(kBoard, {"Model,Elo\na,1\n\"b,2\n"});
  EXPECT_EQ(ErrorReason(open_quote.status()), "CSV_UNTERMINATED_QUOTE");
  EXPECT_THAT(open_quote.status().message(), HasSubstr("t.csv: line 3"));
  auto empty = ReadTables(kBoard, {""});
  EXPECT_EQ(ErrorReason(empty.status()), "CSV_EMPTY");
  auto no_rows = ReadTables(kBoard, {"Model,Elo\n"});
  ASSERT_TRUE(no_rows.ok());
  EXPECT_THAT(no_rows->snapshots, IsEmpty());
  EXPECT_EQ(no_rows->diagnostics[0].severity(),
            v1::Diagnostic::SEVERITY_WARNING);
}

TEST(TableTest, ReadWithABadMappingFails) {
  TableSource source;
  auto result =
      testing::ReadDocuments(source, MappingConfig("record: scor"), {});
  EXPECT_EQ(ErrorReason(result.status()), "BAD_MAPPING");
  EXPECT_THAT(result.status().message(), HasSubstr("m.yaml:1: record: 'scor'"));
}

TEST(CellTest, StepsRunInOrder) {
  CellRule rule;
  rule.strip_prefix = "$";
  rule.strip_suffix = "bn";
  rule.value_map = {{"one", "1"}};
  rule.unmapped = table::Unmapped::kKeep;
  rule.scale = 0.1;
  rule.prefix = "~";
  EXPECT_THAT(*ApplyRule(rule, " $ 3 bn "), ElementsAre("~0.3"));
  EXPECT_THAT(*ApplyRule(rule, "one"), ElementsAre("~0.1"));
  EXPECT_THAT(*ApplyRule(rule, ""), IsEmpty());
  EXPECT_EQ(ErrorReason(ApplyRule(rule, "many").status()), "BAD_NUMBER");
  rule.unmapped = table::Unmapped::kMissing;
  EXPECT_THAT(*ApplyRule(rule, "3"), IsEmpty());
}

TEST(CellTest, DatesAreAsPreciseAsTheirFormat) {
  EXPECT_EQ(*table::ToIsoDate("%B %d, %Y", "June 5, 2024"), "2024-06-05");
  EXPECT_EQ(*table::ToIsoDate("%b %Y", "Feb 2025"), "2025-02");
  EXPECT_EQ(*table::ToIsoDate("%Y", "2025"), "2025");
  EXPECT_EQ(*table::ToIsoDate("%Y%m%d", "20230508"), "2023-05-08");
  EXPECT_FALSE(table::ToIsoDate("%Y", "20250").ok());
  EXPECT_FALSE(table::ToIsoDate("%Y-%m-%d", "2025-02-30").ok());
  EXPECT_EQ(ErrorReason(table::ToIsoDate("%Y", "soon").status()), "BAD_VALUE");
}

}  // namespace
}  // namespace meridian
