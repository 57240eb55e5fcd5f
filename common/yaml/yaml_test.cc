#include "common/yaml/yaml.h"

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "common/yaml/yaml_json.h"

namespace meridian {
namespace {

using ::testing::HasSubstr;

std::string Json(absl::string_view yaml) {
  auto result = YamlToJson(yaml, "f.yaml");
  return result.ok() ? result->json : std::string(result.status().message());
}

TEST(YamlTest, ScalarsHaveTheTypesOfTheCoreSchema) {
  EXPECT_EQ(Json("a: 1\nb: 1.50\nc: '1'\nd: true\ne: ~\nf: 2025-02-14\ng: NO"),
            R"({"a":1,"b":1.50,"c":"1","d":true,"e":null,"f":"2025-02-14",)"
            R"("g":"NO"})");
  EXPECT_EQ(Json("[+1, .5, 1., -2e24, 007, 0x10, 1_000, yes, \"true\", e5]"),
            R"([1,0.5,1.0,-2e24,7,"0x10","1_000","yes","true","e5"])");
  EXPECT_EQ(Json("a: !!str 5\nb:\n"), R"({"a":"5","b":null})");
  EXPECT_EQ(Json("- \"line\\nbreak \\\"q\\\" \\\\\"\n- |\n  x\n  y\n"),
            R"(["line\u000abreak \"q\" \\","x\u000ay\u000a"])");
  EXPECT_EQ(Json(""), "null");
  EXPECT_EQ(Json("# only a comment\n"), "null");
  EXPECT_EQ(Json("5: x"), R"({"5":"x"})");
}

TEST(YamlTest, EveryValueHasItsPlace) {
  auto result =
      YamlToJson("a:\n  - b: 1\n    c/d: 2\n  - [x,\n     y]\n", "f.yaml");
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->places.at("").line, 1u);
  EXPECT_EQ(result->places.at("/a/0/b").line, 2u);
  EXPECT_EQ(result->places.at("/a/0/c~1d").line, 3u);
  EXPECT_EQ(result->places.at("/a/0/c~1d").column, 5u);
  EXPECT_EQ(result->places.at("/a/1/1").line, 5u);
}

TEST(YamlTest, RefusalsNameTheirPlace) {
  const std::pair<const char*, const char*> cases[] = {
      {"a: 1\na: 2", "f.yaml:2:1: 'a' is written twice; line 1 has it already"},
      {"a: .nan", "f.yaml:1:4: '.nan' is not a number"},
      {"a: -.inf", "f.yaml:1:4: '-.inf' is not a number"},
      {"a: &x 1\nb: *x", "f.yaml:1:4: anchors"},
      {"a: !!int 5", "f.yaml:1:4: the tag"},
      {"? [a]\n: 1", "f.yaml:1:3: a key must be a word"},
      {"a: 1\n---\nb: 2", "f.yaml:3:1: a second document begins"},
      {"a: [1, 2", "f.yaml:"},
      {"a: 'open\nb: 2", "f.yaml:"},
      {"a: 1\n  b: 2", "f.yaml:2:"},
      {"a: \xFF\xFE", "f.yaml:1:"},
  };
  for (const auto& [yaml, message] : cases) {
    auto tree = ParseYaml(yaml, "f.yaml");
    ASSERT_EQ(tree.status().code(), absl::StatusCode::kInvalidArgument) << yaml;
    EXPECT_EQ(ErrorReason(tree.status()), "BAD_YAML");
    EXPECT_THAT(tree.status().message(), HasSubstr(message)) << yaml;
  }
}

TEST(YamlTest, DeepNestingIsRefused) {
  const std::string deep(100, '[');
  auto tree = ParseYaml(deep + "1" + std::string(100, ']'), "f.yaml");
  EXPECT_EQ(ErrorReason(tree.status()), "BAD_YAML");
  EXPECT_THAT(tree.status().message(), HasSubstr("more than 64 levels"));
}

}  // namespace
}  // namespace meridian
