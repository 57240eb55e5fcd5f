#include "plugins/json/json.h"

#include <cmath>
#include <tuple>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::unique_ptr<const JsonDocument> Parsed(std::string text) {
  auto document = JsonDocument::Parse(std::move(text), "d.json");
  EXPECT_TRUE(document.ok()) << document.status();
  return std::move(document).value();
}

TEST(JsonTest, ValuesKnowTheirPlace) {
  const auto document = Parsed(
      "\xEF\xBB\xBF{\n"
      "  \"a\": {\"x\": -1.5e3,\n"
      "    \"y\": [true, null ,\r\n\t\"\\u00e9\\n\"]},\n"
      "  \"b/~\"\n:\n \"caf\xC3\xA9\"\n}\n");
  const JsonValue root = document->root();
  ASSERT_TRUE(root.is_object());
  EXPECT_EQ(root.line(), 1u);
  EXPECT_EQ(root.size(), 2u);
  const JsonValue a = *root.Find("a");
  EXPECT_EQ(a.line(), 2u);
  EXPECT_EQ(a.raw(),
            "\"a\": {\"x\": -1.5e3,\n"
            "    \"y\": [true, null ,\r\n\t\"\\u00e9\\n\"]}");
  EXPECT_EQ(a.Find("x")->number(), -1500);
  const JsonValue y = *a.Find("y");
  EXPECT_EQ(y.line(), 3u);
  std::vector<uint32_t> lines;
  std::vector<std::string> raws;
  for (const JsonValue item : y) {
    lines.push_back(item.line());
    raws.emplace_back(item.raw());
  }
  EXPECT_THAT(lines, ElementsAre(3, 3, 4));
  EXPECT_THAT(raws, ElementsAre("true", "null", "\"\\u00e9\\n\""));
  EXPECT_EQ((*++(++y.begin())).text(), "\xC3\xA9\n");
  const JsonValue b = *root.Find("b/~");
  EXPECT_EQ(b.line(), 5u);
  EXPECT_EQ(b.text(), "caf\xC3\xA9");
  EXPECT_EQ(b.raw(), "\"b/~\"\n:\n \"caf\xC3\xA9\"");
  EXPECT_FALSE(root.Find("c").has_value());
  EXPECT_FALSE(b.Find("c").has_value());
}

TEST(JsonTest, NumbersAreExactAndMayBeNotFinite) {
  const auto document =
      Parsed("[1384.6299999999999, NaN, -Infinity, 18446744073709551615, 0]");
  std::vector<double> numbers;
  for (const JsonValue item : document->root()) {
    numbers.push_back(item.number());
  }
  ASSERT_EQ(numbers.size(), 5u);
  EXPECT_EQ(numbers[0], 1384.6299999999999);
  EXPECT_TRUE(std::isnan(numbers[1]));
  EXPECT_EQ(numbers[2], -INFINITY);
  EXPECT_EQ(numbers[3], 18446744073709551615.0);
}

TEST(JsonTest, EmptyThingsAndTwins) {
  const auto document = Parsed("{\"\": {}, \"t\": 1, \"t\": [], \"s\": \"\"}");
  std::vector<std::string> keys;
  for (const JsonValue member : document->root()) {
    keys.emplace_back(member.key());
    EXPECT_EQ(member.size(), 0u);
    for (const JsonValue child : member) ADD_FAILURE() << child.raw();
  }
  EXPECT_THAT(keys, ElementsAre("", "t", "t", "s"));
  EXPECT_EQ(document->root().Find("t")->number(), 1);
  EXPECT_EQ(Parsed(" 7 ")->root().number(), 7);
}

TEST(JsonTest, BrokenTextNamesDocumentLineAndColumn) {
  const std::string deep(100, '[');
  const std::tuple<std::string, const char*, const char*> cases[] = {
      {"", "EMPTY_DOCUMENT", "document 'd.json', line 1: it is empty"},
      {" \n\t", "EMPTY_DOCUMENT", "line 1"},
      {"{\"a\": 1,\n \"b\" 2}", "BAD_JSON", "line 2, column 6"},
      {"{\"a\": [1, 2", "BAD_JSON", "is cut off, fetch it again"},
      {"{\"a\": \"x", "BAD_JSON", "is cut off"},
      {"{\"a\": 1} x", "BAD_JSON", "line 1, column 10"},
      {"{\"a\": 1,}", "BAD_JSON", "column 9"},
      {"// c\n{}", "BAD_JSON", "line 1, column 1"},
      {"{\"a\": \"\xff\"}", "BAD_JSON", "nvalid encoding"},
      {"[1e999]", "BAD_JSON", "oo big"},
      {std::string("{}\0x", 4), "BAD_JSON", "NUL"},
      {deep, "BAD_JSON", "more than 64 levels"},
  };
  for (const auto& [text, reason, message] : cases) {
    const auto document = JsonDocument::Parse(text, "d.json");
    ASSERT_FALSE(document.ok()) << text;
    EXPECT_EQ(document.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(document.status()), reason);
    EXPECT_THAT(std::string(document.status().message()), HasSubstr(message));
  }
}

TEST(JsonTest, EveryPrefixOfADocumentIsAnErrorAndNeverACrash) {
  const std::string whole =
      "{\"a\":[{\"k\\u0041\":-1.25,\"m\":\"\\ud83d\\ude00\"},null,true]}";
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_FALSE(JsonDocument::Parse(whole.substr(0, size), "d").ok()) << size;
  }
  EXPECT_TRUE(JsonDocument::Parse(whole, "d").ok());
}

TEST(JsonTest, PointerSteps) {
  EXPECT_EQ(JsonPointerStep("z-ai/glm~1"), "z-ai~1glm~01");
}

}  // namespace
}  // namespace meridian
