// The formats of the table plugin beside CSV, each through the whole plugin.
#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "plugins/table/mapping.h"
#include "plugins/table/table_testing.h"

namespace meridian {
namespace {

using table::ReadTables;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::ReadResult;
using ::testing::SizeIs;

// "model value" of every score of the only snapshot.
std::vector<std::string> Scores(const absl::StatusOr<ReadResult>& read) {
  std::vector<std::string> scores;
  if (!read.ok()) {
    ADD_FAILURE() << read.status();
    return scores;
  }
  for (const auto& snapshot : read->snapshots) {
    for (const v1::Record& record : snapshot.records) {
      scores.push_back(
          absl::StrCat(record.score().model(), " ", record.score().value()));
    }
  }
  return scores;
}

std::string Mapping(const std::string& head, const std::string& model,
                    const std::string& value) {
  return absl::StrCat(head,
                      "record: score\nstream: board/raw\nfields:\n"
                      "  board: {const: board}\n  category: {const: full}\n"
                      "  method: {const: raw}\n  model: ",
                      model, "\n  value: ", value, "\n");
}

TEST(TreeFormatTest, RowsAreTheItemsOfAList) {
  const auto read = ReadTables(
      Mapping("format: json\nrows: /data/models\ncolumns_ignored: [tags]\n",
              "name", "/score/elo"),
      {R"({"data": {"models": [
  {"name": "a", "score": {"elo": "1200.50"}, "extra": 1, "tags": {"x": 1}},
  {"name": "b", "score": {"elo": 1300}},
  {"name": "c", "score": {"elo": null}},
  {"name": "d", "score": 12},
  {"name": "e", "score": {"elo": {"x": 1}}}
]}})"});
  EXPECT_THAT(Scores(read), ElementsAre("a 1200.5", "b 1300"));
  EXPECT_EQ(read->snapshots[0].records[1].locator().pointer(),
            "/data/models/1");
  EXPECT_EQ(read->snapshots[0].records[1].locator().line(), 3u);
  ASSERT_THAT(read->rejected, SizeIs(3));
  EXPECT_THAT(read->rejected[2].why(), HasSubstr("'/score/elo' holds a mapp"));
  EXPECT_EQ(read->rejected[2].locator().pointer(), "/data/models/4");
  EXPECT_THAT(read->rejected[2].excerpt(), HasSubstr("\"e\""));
}

TEST(TreeFormatTest, AStarEntersEveryEntryAndKeysAreColumns) {
  const std::string mapping =
      "format: json\nrows: /*/*\nrecord: score\nstream: board/raw\nfields:\n"
      "  board: {const: board}\n  category: '@key1'\n  method: {const: raw}\n"
      "  model: '@key'\n  value: '@value'\n";
  const auto read = ReadTables(
      mapping, {R"({"full": {"a": 1, "b": 2.25}, "code": {"a": 3}})"});
  EXPECT_THAT(Scores(read), ElementsAre("a 1", "b 2.25", "a 3"));
  EXPECT_EQ(read->snapshots[0].records[2].score().category(), "code");
}

TEST(TreeFormatTest, RowsMaySeeWhatHoldsThemAndStandInSeveralPlaces) {
  const std::string mapping =
      "format: json\nrows: [/boards/*/results/*, /*/*]\nrecord: score\n"
      "stream: s\nvintage: {column: '@path', match: '^(t)', value_map: "
      "{t: '2025-05'}}\nfields:\n"
      "  board: {column: [../../name, '@key1']}\n  category: {const: c}\n"
      "  method: {const: raw}\n  model: m\n  value: v\n";
  const auto nested = ReadTables(mapping, {R"({"boards": [
      {"name": "lite", "results": [{"m": "a", "v": 1}]},
      {"name": "full", "results": [{"m": "b", "v": 2}]}]})"});
  EXPECT_THAT(Scores(nested), ElementsAre("a 1", "b 2"));
  EXPECT_EQ(nested->snapshots[0].records[1].score().board(), "full");
  EXPECT_EQ(nested->snapshots[0].begin.vintage().date(), "2025-05");
  EXPECT_EQ(nested->snapshots[0].begin.vintage().basis(),
            v1::VINTAGE_BASIS_PATH);
  const auto flat = ReadTables(mapping, {R"({"lite": [{"m": "a", "v": 1}]})"});
  EXPECT_THAT(Scores(flat), ElementsAre("a 1"));
  EXPECT_EQ(flat->snapshots[0].records[0].score().board(), "lite");
}

TEST(TreeFormatTest, ListsBecomeListsAndNullIsMissing) {
  const std::string mapping =
      "format: json\nrecord: model\nmissing: ['-']\nfields:\n  name: id\n"
      "  developers: {column: '/orgs/*/name', optional: true}\n"
      "  modalities: {column: modes, optional: true}\n"
      "  parameters: {column: size, optional: true, scale: 1e9}\n";
  const auto read = ReadTables(mapping, {R"([
    {"id": "a", "orgs": [{"name": "X"}, {"name": "Y"}], "modes": ["text", "image"],
     "size": null},
    {"id": "b", "orgs": [], "size": "-"},
    {"id": null, "size": 7}
  ])"});
  ASSERT_TRUE(read.ok()) << read.status();
  const auto& records = read->snapshots[0].records;
  ASSERT_THAT(records, SizeIs(2));
  EXPECT_THAT(records[0].model().developers(), ElementsAre("X", "Y"));
  EXPECT_THAT(records[0].model().modalities(), ElementsAre("text", "image"));
  EXPECT_FALSE(records[0].model().has_parameters());
  EXPECT_THAT(records[1].model().developers(), IsEmpty());
  EXPECT_THAT(read->rejected, SizeIs(1));
}

TEST(TreeFormatTest, YamlAndTomlReadAlike) {
  const std::string yaml = Mapping("format: yaml\n", "model", "pass_rate");
  EXPECT_THAT(Scores(ReadTables(yaml, {"- model: a\n  pass_rate: 61.5\n"
                                       "  date: 2025-01-31\n"
                                       "- model: b\n  pass_rate: 40\n"})),
              ElementsAre("a 61.5", "b 40"));
  const std::string toml =
      Mapping("format: toml\nrows: /limits\n", "'@path'", "context");
  const auto read = ReadTables(toml, {"# one model a file\nname = \"A\"\n"
                                      "released = 2025-02-03\n[limits]\n"
                                      "context = 131_072\n"});
  EXPECT_THAT(Scores(read), ElementsAre("t.csv 131072"));
  EXPECT_EQ(read->snapshots[0].records[0].locator().line(), 4u);
  const std::string dated =
      "format: toml\nrecord: model\nfields: {name: name, release_date: "
      "released, "
      "parameters: size}\n";
  const auto model =
      ReadTables(dated, {"name = \"A\"\nreleased = 2025-02-03\nsize = 0.1\n"});
  ASSERT_TRUE(model.ok()) << model.status();
  EXPECT_EQ(model->snapshots[0].records[0].model().release_date(),
            "2025-02-03");
  EXPECT_EQ(model->snapshots[0].records[0].model().parameters(), 0.1);
}

TEST(TreeFormatTest, MistakesNameTheirPlace) {
  const std::string json = Mapping("format: json\nrows: /models\n", "n", "v");
  const auto reason = [&](const std::string& mapping, const std::string& text,
                          const std::string& words) {
    const auto read = ReadTables(mapping, {text});
    EXPECT_THAT(std::string(read.status().message()), HasSubstr(words));
    return ErrorReason(read.status());
  };
  EXPECT_EQ(reason(json, R"({"data": []})", "members data"), "TABLE_NO_ROWS");
  EXPECT_EQ(reason(json, R"({"models": []})", "lead to nothing"),
            "TABLE_NO_ROWS");
  EXPECT_EQ(reason(json, R"({"models": [{"n": "a", "vv": 1}]})",
                   "the header lacks 'v'"),
            "TABLE_COLUMNS");
  EXPECT_EQ(reason(json, R"({"models": [)", "line 1"), "BAD_JSON");
  EXPECT_EQ(reason(Mapping("format: toml\n", "n", "v"), "n = \n", "t.csv:1:"),
            "BAD_TOML");
  EXPECT_EQ(reason(Mapping("format: yaml\n", "n", "v"), "a: [\n", "t.csv:"),
            "BAD_YAML");
}

constexpr char kPage[] = R"(# A page

Not | a table

| Rank | Name |
|------|------|
| 1 | other table |

Text with [a link](https://example.org).

| Model | Hallucination Rate | Notes |
|:------|:------------------:|-------|
| **[Alpha 1](https://example.org/a)** | 1.3 % | `x \| y` |
| Beta | 2.5 % |
| Gamma | - | ![logo](l.png) good |
)";

TEST(MarkdownFormatTest, TheTableWithTheColumnsIsRead) {
  const std::string mapping =
      Mapping("format: markdown\n", "Model",
              "{column: Hallucination Rate, strip_suffix: '%', missing: ['-'], "
              "skip_if_missing: true}");
  const auto read = ReadTables(mapping, {kPage});
  EXPECT_THAT(Scores(read), ElementsAre("Alpha 1 1.3", "Beta 2.5"));
  EXPECT_EQ(read->snapshots[0].records[0].locator().line(), 13u);
  const auto none = ReadTables(mapping, {"| a | b |\n|---|---|\n| 1 | 2 |\n"});
  EXPECT_EQ(ErrorReason(none.status()), "TABLE_COLUMNS");
  EXPECT_THAT(std::string(none.status().message()), HasSubstr("(a, b)"));
  EXPECT_THAT(std::string(ReadTables(mapping, {"text"}).status().message()),
              HasSubstr("no table"));
}

TEST(UnpivotTest, EveryColumnThatIsNotNamedGivesRows) {
  const std::string mapping =
      "unpivot: true\ncolumns_ignored: [note]\nmissing: ['', '0.0']\n"
      "record: score\nstream: wide\nfields:\n  board: {column: '@column', "
      "prefix: wide/}\n  category: {const: full}\n  method: {const: raw}\n"
      "  model: model\n  value: {column: '@cell', skip_if_missing: true}\n";
  const auto read = ReadTables(
      mapping, {"model,task_a,note,task_b\na,1.5,x,0.0\nb,2,y,high\n"});
  EXPECT_THAT(Scores(read), ElementsAre("a 1.5", "b 2"));
  EXPECT_EQ(read->snapshots[0].records[1].score().board(), "wide/task_a");
  EXPECT_EQ(read->snapshots[0].records[1].locator().column(), "task_a");
  EXPECT_EQ(read->snapshots[0].records[1].locator().line(), 3u);
  ASSERT_THAT(read->rejected, SizeIs(1));
  EXPECT_EQ(read->rejected[0].locator().line(), 3u);
  const auto json = ReadTables("format: json\n" + mapping,
                               {R"([{"model": "a", "t": 1, "u": null}])"});
  EXPECT_THAT(Scores(json), ElementsAre("a 1"));
}

TEST(MatchTest, TheGroupIsTheValueAndTheRestIsMissing) {
  const std::string mapping =
      "format: json\nrecord: score\nstream: s\nfields:\n"
      "  board: {const: b}\n  category: {const: c}\n  method: {const: raw}\n"
      "  model: {column: tags, match: '^Model: (.+)$', skip_if_missing: true}\n"
      "  value: v\n";
  const auto read = ReadTables(mapping, {R"([
      {"tags": ["Org: X", "Model: a"], "v": 1},
      {"tags": ["Org: X"], "v": 2},
      {"tags": ["Model: a", "Model: b"], "v": 3}])"});
  EXPECT_THAT(Scores(read), ElementsAre("a 1"));
  ASSERT_THAT(read->rejected, SizeIs(1));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("holds 2 values"));
  std::vector<v1::Problem> problems;
  table::ParseMapping(
      "record: model\nfields: {name: {column: a, match: '('}}\n", "m.yaml",
      &problems);
  ASSERT_THAT(problems, SizeIs(1));
  EXPECT_THAT(problems[0].message(), HasSubstr("not a regular expression"));
}

TEST(OrTest, AnotherColumnStandsInWhereTheValueIsMissing) {
  const std::string mapping =
      Mapping("", "{column: version, or: [alias, Name]}", "v");
  EXPECT_THAT(Scores(ReadTables(mapping, {"version,Name,v\na,A,1\n,B,2\n"})),
              ElementsAre("a 1", "B 2"));
}

TEST(MagnitudeTest, NumbersMayEndInALetter) {
  const std::string mapping = Mapping("", "m", "{column: v, magnitude: true}");
  const auto read =
      ReadTables(mapping, {"m,v\na,54.8M\nb,128k\nc,7\nd,1.2B\ne,x5\n"});
  EXPECT_THAT(Scores(read),
              ElementsAre("a 5.48e+07", "b 128000", "c 7", "d 1.2e+09"));
  EXPECT_THAT(read->rejected, SizeIs(1));
}

TEST(PathTest, ThePathIsAColumnInEveryFormat) {
  for (const std::string head : {"", "format: markdown\n"}) {
    const std::string mapping =
        Mapping(head, "{column: '@path', match: '^(.)', suffix: x}", "v");
    EXPECT_THAT(
        Scores(ReadTables(mapping,
                          {head.empty() ? "v\n1\n" : "| v |\n|---|\n| 1 |\n"})),
        ElementsAre("tx 1"));
  }
}

TEST(AggregateTest, ItemsOfOneFigureAreItsMean) {
  const std::string mapping = R"(format: json
rows: /results
record: score
stream: s
aggregate: mean
fields:
  board: {const: b}
  category: task
  model: model
  value: {column: passed, value_map: {"true": "1", "false": "0"}}
)";
  const auto read = ReadTables(mapping, {R"({"results": [
    {"model": "a", "task": "x", "item": 1, "passed": true},
    {"model": "b", "task": "x", "item": 1, "passed": false},
    {"model": "a", "task": "x", "item": 2, "passed": false},
    {"model": "a", "task": "x", "item": 3, "passed": true},
    {"model": "a", "task": "x", "item": 4, "passed": true},
    {"model": "a", "task": "y", "item": 1, "passed": true},
    {"model": "a", "task": "y", "item": 2, "passed": "?"}]})"});
  ASSERT_TRUE(read.ok()) << read.status();
  ASSERT_EQ(read->snapshots.size(), 1u);
  ASSERT_EQ(read->snapshots[0].records.size(), 3u);
  const v1::Record& a = read->snapshots[0].records[0];
  EXPECT_EQ(a.score().model(), "a");
  EXPECT_EQ(a.score().value(), 0.75);
  EXPECT_EQ(a.score().votes(), 4u);
  EXPECT_NEAR(a.score().standard_error(), 0.25, 1e-12);
  EXPECT_EQ(a.locator().line(), 2u);
  EXPECT_EQ(a.locator().line_end(), 6u);
  // One item says nothing of its spread.
  EXPECT_FALSE(read->snapshots[0].records[1].score().has_standard_error());
  EXPECT_EQ(read->rejected.size(), 1u);
  std::vector<v1::Problem> problems;
  table::ParseMapping("record: model\naggregate: mean\nfields: {name: a}\n",
                      "m.yaml", &problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_EQ(problems[0].path(), "aggregate");
}

TEST(JsonLinesTest, EachLineIsADocumentAndABadOneIsARejectedRow) {
  const std::string mapping =
      Mapping("format: jsonl\nrows: /scores/*\n", "../../model",
              "{column: '@value', skip_if_missing: true}");
  const auto read = ReadTables(
      mapping, {"\xEF\xBB\xBF{\"model\": \"a\", \"scores\": {\"x\": 1}}\r\n\n"
                "{\"model\": \"b\", \"scores\": {\"x\": 2, \"y\": null}}\n"
                "{\"model\": \"c\", \"scor\n"
                "{\"note\": 1}\n{\"model\": \"d\", \"scores\": {\"x\": 4}}"});
  EXPECT_THAT(Scores(read), ElementsAre("a 1", "b 2", "d 4"));
  const auto& records = read->snapshots[0].records;
  EXPECT_EQ(records[1].locator().line(), 3u);
  EXPECT_EQ(records[1].locator().pointer(), "/scores/x");
  EXPECT_EQ(records[2].locator().line(), 6u);
  ASSERT_THAT(read->rejected, SizeIs(1));
  EXPECT_EQ(read->rejected[0].locator().line(), 4u);
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("no JSON value: column"));
  EXPECT_EQ(read->rejected[0].excerpt(), "{\"model\": \"c\", \"scor");
}

TEST(JsonLinesTest, WhatHasNoLineOfJsonOrNoRowsFails) {
  const std::string mapping =
      Mapping("format: jsonl\nrows: /results\n", "m", "v");
  for (const auto& [text, reason] :
       std::vector<std::pair<std::string, std::string>>{
           {"", "EMPTY_DOCUMENT"},
           {"\n \n", "EMPTY_DOCUMENT"},
           {"<html>\n<body>busy</body>\n", "BAD_JSON"},
           {"{\"error\": \"busy\"}\n", "TABLE_NO_ROWS"}}) {
    const auto read = ReadTables(mapping, {text});
    EXPECT_EQ(ErrorReason(read.status()), reason) << text;
  }
}

constexpr char kTables[] = R"(# Board
## Math
| Model | Score | Old |
|---|---|---|
| a | 85<sup>2</sup> | 1 |
| <b>b</b> | 1,234.5 ± 12 | 2 |
## Code
| Score | Model |
|---|---|
| 7 +11/-9 | a |
)";

TEST(MarkdownFormatTest, TablesAreChosenByHeadingOrReadAll) {
  const std::string value =
      "{column: Score, match: '^([0-9.,]+)', thousands: ','}\n"
      "  category: '@heading'";
  std::string mapping = Mapping("format: markdown\n", "Model", value);
  const std::string full = "  category: {const: full}\n";
  if (const size_t at = mapping.find(full); at != std::string::npos) {
    mapping.erase(at, full.size());
  }
  EXPECT_THAT(Scores(ReadTables("heading: Code\n" + mapping, {kTables})),
              ElementsAre("a 7"));
  const auto all = ReadTables("tables: all\n" + mapping, {kTables});
  EXPECT_THAT(Scores(all), ElementsAre("a 85", "b 1234.5", "a 7"));
  EXPECT_EQ(all->snapshots[0].records[2].score().category(), "Code");
  const auto none = ReadTables("heading: Law\n" + mapping, {kTables});
  EXPECT_THAT(std::string(none.status().message()),
              HasSubstr("(Score, Model) under 'Code'"));
  // Twins that nobody chose between are told.
  const std::string twins = "| m | v |\n|---|---|\n| a | 1 |\n\n";
  const auto first = ReadTables(Mapping("format: markdown\n", "m", "v"),
                                {twins + "## More\n" + twins});
  EXPECT_THAT(Scores(first), ElementsAre("a 1"));
  EXPECT_THAT(first->diagnostics[0].message(), HasSubstr("1 more of the page"));
}

TEST(MarkdownFormatTest, WhatIsRaisedOrOnANewLineIsNoDigit) {
  const std::string mapping = Mapping("format: markdown\n", "m", "v");
  const auto read = ReadTables(mapping, {"| m | v |\n|---|---|\n"
                                         "| a | 85<sup>2</sup> |\n"
                                         "| b | 85<br>2 |\n| c | <b>8</b>5 |"});
  EXPECT_THAT(Scores(read), ElementsAre("c 85"));
  EXPECT_THAT(read->rejected, SizeIs(2));
}

TEST(DistanceTest, EndsOfAnIntervalAreTheValueAndTheirDistance) {
  const auto read =
      ReadTables(Mapping("", "m",
                         "{column: v, match: '^([0-9.]+)'}\n"
                         "  half_width: {column: v, match: '± ?([0-9.]+)'}\n"
                         "  upper_by: {column: v, match: '\\+([0-9.]+)/'}\n"
                         "  lower_by: {column: v, match: '/(-[0-9.]+)'}"),
                 {"m,v\na,1340 ± 12\nb,1340 +11/-9\nc,1340\n"});
  ASSERT_TRUE(read.ok()) << read.status();
  const auto& records = read->snapshots[0].records;
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].score().lower(), 1328);
  EXPECT_EQ(records[0].score().upper(), 1352);
  EXPECT_EQ(records[1].score().lower(), 1331);
  EXPECT_EQ(records[1].score().upper(), 1351);
  EXPECT_FALSE(records[2].score().has_lower());
  std::vector<v1::Problem> problems;
  table::ParseMapping("record: model\nfields: {name: a, half_width: b}\n",
                      "m.yaml", &problems);
  EXPECT_THAT(problems, SizeIs(1));
}

TEST(DigitsTest, GroupsAndDecimalMarksAreAsTheMappingSays) {
  const auto read = ReadTables(
      Mapping("delimiter: ';'\n", "m", "{column: v, thousands: ','}"),
      {"m;v\na;1,234.5\nb;12,34\nc;1,234,567\nd;7\ne;-1,000\nf;1,2345\n"});
  EXPECT_THAT(Scores(read),
              ElementsAre("a 1234.5", "c 1.23457e+06", "d 7", "e -1000"));
  EXPECT_THAT(read->rejected, SizeIs(2));
  EXPECT_THAT(read->rejected[0].why(), HasSubstr("not grouped in threes"));
  EXPECT_THAT(Scores(ReadTables(Mapping("delimiter: ';'\n", "m",
                                        "{column: v, thousands: '.', "
                                        "decimal: ','}"),
                                {"m;v\na;1.234,5\nb;0,25\nc;0.25\n"})),
              ElementsAre("a 1234.5", "b 0.25"));
}

}  // namespace
}  // namespace meridian
