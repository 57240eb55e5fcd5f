// The language without facts: CEL's values, CEL's errors, what is refused.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "analysis_service/expression_testing.h"
#include "common/base/status.h"
#include "google/protobuf/util/json_util.h"

namespace meridian::analysis {
namespace {

using ::testing::HasSubstr;

// The value in the notation of the conformance cases; "ERROR ..." or
// "REFUSED ...".
std::string ValueOf(const std::string& text) {
  const auto expression = CompileValue(text, TestEnvironment());
  if (!expression.ok()) {
    EXPECT_EQ(ErrorReason(expression.status()), "BAD_EXPRESSION") << text;
    return absl::StrCat("REFUSED ", expression.status().message());
  }
  const auto value = EvaluateNotation(*expression, Facts());
  if (!value.ok()) {
    EXPECT_EQ(ErrorReason(value.status()), "EXPRESSION_ERROR") << text;
    return absl::StrCat("ERROR ", value.status().message());
  }
  std::string json;
  EXPECT_TRUE(
      google::protobuf::util::MessageToJsonString(value->value, &json).ok());
  return json;
}

using Cases = std::vector<std::pair<std::string, std::string>>;

TEST(ExpressionLanguageTest, NumbersAreCels) {
  for (const auto& [text, value] :
       Cases{{"-9223372036854775808", R"({"int":"-9223372036854775808"})"},
             {"18446744073709551615u", R"({"uint":"18446744073709551615"})"},
             {"0xFFu + 1U", R"({"uint":"256"})"},
             {"-7 / 2", R"({"int":"-3"})"},
             {"-7 % 2", R"({"int":"-1"})"},
             {"-0.0", R"({"double":"-0.0"})"},
             {"1.0 / 0.0", R"({"double":"inf"})"},
             {"0.0 / 0.0 == 0.0 / 0.0", R"({"bool":false})"},
             {"0.0 / 0.0 < 1.0", R"({"bool":false})"},
             {"1 < 1.5 && 2u > 1 && -1 < 1u", R"({"bool":true})"},
             {"1 + 2 * 3 - 4", R"({"int":"3"})"},
             {"-3 % 5", R"({"int":"-3"})"},
             {"1 < 2 ? 'a' : 'b'", R"({"string":"a"})"}}) {
    EXPECT_EQ(ValueOf(text), value) << text;
  }
}

TEST(ExpressionLanguageTest, ErrorsAreCels) {
  for (const char* text : {"1 / 0",
                           "1 % 0",
                           "1u / 0u",
                           "9223372036854775807 + 1",
                           "-9223372036854775808 - 1",
                           "9223372036854775807 * 2",
                           "-(-9223372036854775808)",
                           "-9223372036854775808 / -1",
                           "0u - 1u",
                           "[1][1]",
                           "[1][-1]",
                           "{'a': 1}['b']",
                           "{'a': 1}.b",
                           "{1: 1, 1: 2}",
                           "{1: 'a', 1u: 'b'}",
                           "int('a')",
                           "int(' 1')",
                           "int(1e19)",
                           "uint(-1)",
                           "uint('-1')",
                           "double('x')",
                           "double('1e999')",
                           "bool('yes')",
                           "string(b'\\xff')",
                           "timestamp('2025-02-30T00:00:00Z')",
                           "timestamp('2025-01-01')",
                           "duration('1')",
                           "duration('300000h') + "
                           "duration('3000000h')",
                           "timestamp(0).getHours('Mars/Olympus')",
                           "'a'.matches('(')",
                           "[1, 0].map(x, 1 / x)",
                           "[1, 0].filter(x, 1 / x > 0)",
                           "[1, 0].exists(x, 1 / x > 5)",
                           "[0, 1].exists_one(x, 1 / x == 1)",
                           "[2, 0].all(x, 4 / x == 2)",
                           "1 / 0 > 1 ? 1 : 2",
                           "dyn('a') && true",
                           "dyn('a') + 1",
                           "dyn(1) < 'a'",
                           "months_before(timestamp(0), 100000)"}) {
    EXPECT_THAT(ValueOf(text), HasSubstr("ERROR ")) << text;
  }
}

TEST(ExpressionLanguageTest, WhatIsSettledAbsorbsErrors) {
  for (const char* text :
       {"1 / 0 > 0 || true", "true || 1 / 0 > 0", "!(1 / 0 > 0 && false)",
        "[0, 1].exists(x, 1 / x == 1)", "![0, 1].all(x, 1 / x == 2)",
        "true ? true : 1 / 0 > 0", "dyn('a') || true"}) {
    EXPECT_EQ(ValueOf(text), R"({"bool":true})") << text;
  }
}

TEST(ExpressionLanguageTest, StringsAndBytes) {
  for (const auto& [text, value] :
       Cases{{R"('\u00e4\x41\101\U0001F431')", R"({"string":"äAA🐱"})"},
             {R"(b'\xff\377\u0041')", "REFUSED"},
             {R"(b'\xff\101')", R"({"bytes":"ff41"})"},
             {R"(r'\n')", R"({"string":"\\n"})"},
             {R"(rb"\x")", R"({"bytes":"5c78"})"},
             {"'''a'b\n'''", R"({"string":"a'b\n"})"},
             {"size('äöü🐱') == 4 && size(b'ä') == 2", R"({"bool":true})"},
             {"'hello'.matches('^h.*o$') && matches('abc', 'b')",
              R"({"bool":true})"},
             {"'a' + 'b'", R"({"string":"ab"})"},
             {"'a' < 'b' && 'z' < 'ä'", R"({"bool":true})"},
             {"string(1000000.0)", R"({"string":"1e+06"})"},
             {"string(123.25)", R"({"string":"123.25"})"}}) {
    EXPECT_THAT(ValueOf(text), HasSubstr(value)) << text;
  }
}

TEST(ExpressionLanguageTest, ListsAndMaps) {
  for (
      const auto& [text, value] : Cases{
          {"[1, 2] + [3]", R"({"list":[{"int":"1"},{"int":"2"},{"int":"3"}]})"},
          {"{'b': 1, 'a': 2}",
           R"({"map":[[{"string":"a"},{"int":"2"}],[{"string":"b"},{"int":"1"}]]})"},
          {"{'a.b': 1}.`a.b`", R"({"int":"1"})"},
          {"has({'a': 1}.a) && !has({'a': 1}.b)", R"({"bool":true})"},
          {"'a' in {'a': 1} && !(2 in [1])", R"({"bool":true})"},
          {"{'a': 1, 'b': 2} == {'b': 2, 'a': 1}", R"({"bool":true})"},
          {"[[1]][0][0]", R"({"int":"1"})"},
          {"[1, 2, 3].filter(x, x > 1).map(x, x * x)",
           R"({"list":[{"int":"4"},{"int":"9"}]})"},
          {"[1, 2, 3].map(x, x > 1, x + 1)",
           R"({"list":[{"int":"3"},{"int":"4"}]})"},
          {"{'a': 1, 'b': 2}.exists_one(k, k == 'a')", R"({"bool":true})"},
          {"[1, 2].all(x, [1, 2].exists(y, x == y))", R"({"bool":true})"},
          {"[1].exists(x, [2].exists(x, x == 2) && x == 1)",
           R"({"bool":true})"},
          {"[1, 'a', null]",
           R"({"list":[{"int":"1"},{"string":"a"},{"null":null}]})"},
          {"type([1]) == list && type(type) == type", R"({"bool":true})"}}) {
    EXPECT_EQ(ValueOf(text), value) << text;
  }
}

TEST(ExpressionLanguageTest, Time) {
  for (const auto& [text, value] :
       Cases{{"timestamp('2025-02-14T01:00:00+02:00')",
              R"({"timestamp":"2025-02-13T23:00:00Z"})"},
             {"timestamp('2009-02-13T23:31:30.5Z') - duration('90s')",
              R"({"timestamp":"2009-02-13T23:30:00.5Z"})"},
             {"duration('1h30m')", R"({"duration":"5400s"})"},
             {"duration('-1.5s')", R"({"duration":"-1.5s"})"},
             {"timestamp('2025-03-01T00:00:00Z') - "
              "timestamp('2025-02-28T00:00:00Z') == duration('24h')",
              R"({"bool":true})"},
             {"months_before(timestamp('2025-03-31T12:00:00Z'), 1)",
              R"({"timestamp":"2025-02-28T12:00:00Z"})"},
             {"months_before(timestamp('2025-03-31T00:00:00Z'), -1)",
              R"({"timestamp":"2025-04-30T00:00:00Z"})"},
             {"timestamp('2009-02-13T23:31:30Z').getHours('Asia/Kathmandu')",
              R"({"int":"5"})"},
             {"timestamp('2009-02-13T23:31:30Z').getDayOfWeek()",
              R"({"int":"5"})"},
             {"int(timestamp('1969-12-31T23:59:59Z'))", R"({"int":"-1"})"}}) {
    EXPECT_EQ(ValueOf(text), value) << text;
  }
}

TEST(ExpressionLanguageTest, WhatIsNotCelIsRefusedWithAPlace) {
  for (const auto& [text, words] :
       Cases{{"1 == 1.0", "write 1.0"},
             {"1 + 1.0", "numbers of one type"},
             {"google.protobuf.Int32Value{value: 1}", "messages"},
             {"[1, 2].map(1, 2)", "with a name for x"},
             {"[1].exists(x, x)", "true or false is needed"},
             {"3.exists(x, true)", "goes over a list"},
             {"'a'.exists(x, true)", "goes over a list"},
             {"has(1)", "has(MAP.KEY)"},
             {"{1.0: 1}", "keys of a map"},
             {"x", "no field, constant or list 'x'"},
             {"foo(1)", "no function 'foo'"},
             {"'a'.foo()", "no function 'foo'"},
             {"1 ? 2 : 3", "the condition before ?"},
             {"true ? 1 : 'a'", "one type"},
             {"[1]['a']", "indexed by an int"},
             {"1u == 1", "cannot compare"},
             {"as", "reserved"},
             {"int(duration('1s'))", "cannot take"},
             {"duration('1s').getFullYear()", "is of a timestamp"},
             {"\xff", "UTF-8"}}) {
    const std::string answer = ValueOf(text);
    EXPECT_THAT(answer, HasSubstr("REFUSED 1:")) << text;
    EXPECT_THAT(answer, HasSubstr(words)) << text;
  }
}

TEST(ExpressionLanguageTest, HostileTextsAreRefusedWithAPlace) {
  const auto nested = [](const std::string& open, const std::string& close) {
    std::string text;
    for (int i = 0; i < 20'000; ++i) text += open;
    text += "1";
    for (int i = 0; i < 20'000; ++i) text += close;
    return text;
  };
  std::string list = "[0";
  for (int i = 0; i < 5000; ++i) list += ",0";
  std::string sum = "1";
  for (int i = 0; i < 1000; ++i) sum += "+1";
  for (const std::string& text :
       {std::string(10 << 20, 'a'), nested("(", ")"), nested("[", "]"),
        nested("!", ""), nested("-", ""), nested("{1:", "}"), nested("a.", ""),
        nested("true?1:", ""), list + "]", sum, std::string("'abc"),
        std::string("'''abc"), std::string(1, '\0'),
        std::string("[[1,2].map(x,[1,2].map(y,")}) {
    EXPECT_THAT(ValueOf(text), HasSubstr("REFUSED 1:")) << text.substr(0, 40);
  }
}

TEST(ExpressionLanguageTest, TheCostIsBoundBeforeItRuns) {
  std::string list = "[0";
  for (int i = 1; i < 1000; ++i) absl::StrAppend(&list, ",", i);
  list += "]";
  const auto cheap = CompileValue(list + ".exists(x, x == 5)", {});
  ASSERT_TRUE(cheap.ok()) << cheap.status();
  EXPECT_GE(cheap->cost(), 3000u);
  const std::string costly =
      absl::StrCat(list, ".exists(x, ", list, ".exists(y, ", list.substr(0, 4),
                   "] == [x, y] || [x, y].exists(z, z == x + y)))");
  EXPECT_THAT(ValueOf(costly), HasSubstr("steps, more than the"));
  const std::string big(30'000, 'x');
  EXPECT_THAT(ValueOf(absl::StrCat("size(", list, ".map(x, ['", big,
                                   "'].map(s, s + s + s)))")),
              HasSubstr("steps"));
}

}  // namespace
}  // namespace meridian::analysis
