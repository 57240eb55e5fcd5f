#include "plugins/table/mapping.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plugins/table/table_source.h"

namespace meridian::table {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// "line: path: message [fix]" of every problem.
std::vector<std::string> ProblemsOf(absl::string_view yaml) {
  std::vector<v1::Problem> problems;
  const auto mapping = ParseMapping(yaml, "m.yaml", &problems);
  EXPECT_EQ(mapping.has_value(), problems.empty());
  std::vector<std::string> texts;
  for (const v1::Problem& problem : problems) {
    EXPECT_EQ(problem.file(), "m.yaml");
    EXPECT_GT(problem.column(), 0u);
    texts.push_back(std::to_string(problem.line()) + ": " + problem.path() +
                    ": " + problem.message() + " [" + problem.fix() + "]");
  }
  return texts;
}

// A mapping of scores whose fields end with `field` on line 8.
std::string WithField(const std::string& field) {
  return "record: score\n"
         "stream: b\n"
         "fields:\n"
         "  board: {const: b}\n"
         "  category: {const: c}\n"
         "  model: Model\n"
         "  value: Elo\n"
         "  " +
         field + "\n";
}

TEST(MappingTest, AWholeMappingIsRead) {
  std::vector<v1::Problem> problems;
  const auto mapping = ParseMapping(
      "title: t\n"
      "format: tsv\n"
      "columns_expected: [a, b]\n"
      "columns_ignored: [z]\n"
      "skip_rows_where: {a: [x, 5]}\n"
      "vintage: {column: d, format: '%d.%m.%Y'}\n"
      "missing: ['', '-']\n"
      "records:\n"
      "- record: score\n"
      "  stream: {column: s, prefix: 'b/'}\n"
      "  coverage: TOP\n"
      "  top: 25\n"
      "  fields:\n"
      "    board: {const: b}\n"
      "    model: [Model]\n"
      "    value: {column: [Elo, Rating], scale: 100, strip_suffix: '%'}\n",
      "m.yaml", &problems);
  // A list in place of a rule is a problem; the short form is one text.
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path(), "records[0].fields.model");
  EXPECT_EQ(problems[0].line(), 15u);
}

TEST(MappingTest, ColumnsThatTheHeaderNeeds) {
  std::vector<v1::Problem> problems;
  const auto mapping = ParseMapping(
      "columns_expected: [a]\n"
      "columns_ignored: [z]\n"
      "skip_rows_where: {k: [x]}\n"
      "record: usage\n"
      "fields:\n"
      "  subject: Model\n"
      "  measure: {const: downloads}\n"
      "  count: {column: [Pulls, Downloads]}\n"
      "  from: {column: Start, optional: true}\n",
      "m.yaml", &problems);
  ASSERT_TRUE(mapping.has_value()) << problems[0].DebugString();
  EXPECT_THAT(
      mapping->RequiredColumns(),
      ElementsAre(ElementsAre("a"), ElementsAre("k"), ElementsAre("Model"),
                  ElementsAre("Pulls", "Downloads")));
  EXPECT_THAT(
      mapping->KnownColumns(),
      ElementsAre("Downloads", "Model", "Pulls", "Start", "a", "k", "z"));
  EXPECT_EQ(*mapping->blocks[0].stream.constant, "usage");
  EXPECT_EQ(mapping->blocks[0].coverage.extent(), v1::Coverage::EXTENT_SOME);
}

TEST(MappingTest, EveryProblemNamesItsPlaceAndFix) {
  const std::pair<std::string, const char*> cases[] = {
      {"colums_expected: []\n" + WithField("lower: L"),
       "1: colums_expected: unknown key 'colums_expected'; did you mean "
       "'columns_expected'"},
      {WithField("lower: {colum: L}"), "8: fields.lower.colum: unknown key"},
      {WithField("lwer: L"),
       "8: fields.lwer: 'lwer': no field 'lwer' in Score; did you mean "
       "'lower'"},
      {WithField("lower: {}"), "8: fields.lower: neither 'column' nor 'const'"},
      {WithField("lower: {column: L, const: 1}"), "'const' stands alone"},
      {WithField("lower: {const: low}"),
       "8: fields.lower.const: 'low' is not a number"},
      {WithField("lower: {column: L, scale: x}"), "'scale' must be a number"},
      {WithField("lower: {column: L, thousands: ab}"),
       "fields.lower.thousands: expected one character"},
      {WithField("lower: {column: L, thousands: .}"),
       "'thousands' and the decimal mark are the same"},
      {"heading: x\n" + WithField("lower: L"),
       "1: heading: 'heading' goes with markdown only"},
      {WithField("lower: {column: L, prefix: x}"),
       "8: fields.lower.prefix: 'lower' is not a text [delete 'prefix']"},
      {WithField("lower: {column: L, split: ','}"), "'lower' takes one value"},
      {WithField("configuration: {column: L, scale: 2}"),
       "'configuration' is not a number"},
      {WithField("status: {column: S, value_map: {\"yes\": PRELIM}}"),
       "8: fields.status.value_map.yes: 'PRELIM' is not one of PRELIMINARY, "
       "DEPRECATED"},
      {WithField("status: {column: S, unmapped: drop}"), "'drop' is not one"},
      {WithField("lower: {column: S, unmapped: keep}"),
       "'unmapped' says nothing without 'value_map'"},
      {WithField("lower: {column: S, required: maybe}"),
       "8: fields.lower.required: expected true or false, this is a string"},
      {WithField("lower: {column: S, required: true, skip_if_missing: true}"),
       "both cannot hold"},
      {WithField("lower: 5"), "expected a mapping, this is a number"},
      {WithField("lower[]: L"), "'lower' is not a list"},
      {WithField("notes[].kind: {const: WRONG}"), "is not one of WITHHELD"},
      {WithField("notes.kind: K"), "'notes' is a list; write notes[]"},
      {WithField("notes[x].kind: K"), "write a list as name[]"},
      {WithField("cites: K"), "'cites' has fields of its own; name one of"},
      {WithField("cites.ur: K"), "no field 'ur' in Citation; did you mean"},
      {WithField("value.x: K"), "'value' has no fields"},
      {"record: scor\nfields: {}",
       "1: record: 'scor' is not a kind of record; did you mean 'score'"},
      {"fields: {}", "1: record: the kind of record is missing"},
      {"record: score\nfields: {board: B, model: M, value: V}",
       "1: stream: a score needs a stream"},
      {"record: score\nstream: s\nfields: {board: B, model: M}",
       "3: fields: Score has no 'value'"},
      {"record: score\nstream: s", "1: fields: the fields are missing"},
      {"records: []", "1: records: expected a list of records, this is empty"},
      {"records: [{record: indicator, fields: {}}]\nstream: s",
       "2: stream: 'stream' stands beside 'records'"},
      {"coverage: MOST\n" + WithField("lower: L"),
       "1: coverage: 'MOST' is not one of ALL, TOP, SOME"},
      {"coverage: TOP\n" + WithField("lower: L"), "[add top: NUMBER]"},
      {"top: 5\n" + WithField("lower: L"), "[delete 'top']"},
      {"coverage: TOP\ntop: few\n" + WithField("lower: L"),
       "2: top: 'few' is not a whole number"},
      {"format: xls\n" + WithField("lower: L"), "'xls' is not a format"},
      {"delimiter: ab\n" + WithField("lower: L"), "expected one character"},
      {"vintage: {column: d, edition_dates: {a: soon}}\n" +
           WithField("lower: L"),
       "1: vintage.edition_dates.a: 'soon' is not a date"},
      {"vintage: {column: d, format: '%Y', edition_dates: {a: 2025}}\n" +
           WithField("lower: L"),
       "'format' and 'edition_dates' cannot both"},
      {"vintage: {const: soon}\n" + WithField("lower: L"),
       "1: vintage.const: 'soon' is not a date"},
      {"skip_rows_where: [a]\n" + WithField("lower: L"),
       "expected a mapping from column to values"},
      {"a: 1\na: 2", "2: mapping: m.yaml:2:1: 'a' is written twice"},
      {"[1]", "1: : expected a mapping, this is a list"},
  };
  for (const auto& [yaml, expected] : cases) {
    EXPECT_THAT(ProblemsOf(yaml), ::testing::Contains(HasSubstr(expected)))
        << yaml;
  }
}

TEST(MappingTest, BlocksOfOneStreamAgreeOnCoverage) {
  const std::string block =
      "- record: indicator\n"
      "  fields: {name: N, area: A, period: P, value: V}\n";
  EXPECT_THAT(ProblemsOf("records:\n" + block + block), ElementsAre());
  EXPECT_THAT(ProblemsOf("records:\n" + block + block + "  coverage: ALL\n"),
              ElementsAre(HasSubstr("with different coverage")));
}

TEST(MappingTest, ConfigurationHoldsTheMappingFile) {
  const TableSource source;
  auto first = [&](const char* config) {
    const auto problems = source.Check(config);
    return problems.empty() ? "" : problems[0].message();
  };
  EXPECT_EQ(first(R"({"mapping":{"file":"m.yaml","text":"record: usage)"
                  R"(\nfields: {subject: a, measure: b, count: c}"}})"),
            "");
  EXPECT_THAT(first("{}"), HasSubstr("mapping file is missing"));
  EXPECT_THAT(first("[]"), HasSubstr("not a JSON object"));
  EXPECT_THAT(first(R"({"mapping":"m.yaml"})"), HasSubstr("handed over"));
  EXPECT_THAT(first(R"({"maping":{}})"), HasSubstr("did you mean 'mapping'"));
  EXPECT_THAT(first(R"({"mapping":{"file":"m.yaml","text":"record: x"}})"),
              HasSubstr("not a kind of record"));
}

}  // namespace
}  // namespace meridian::table
