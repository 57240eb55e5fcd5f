// JSON from an enemy: a document is refused or every place in it is inside.
#include <cstdlib>

#include "plugins/json/json.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

size_t Walk(const JsonValue& value, size_t lines, const std::string& text) {
  if (value.line() < 1 || value.line() > lines) std::abort();
  if (text.find(std::string(value.raw())) == std::string::npos) std::abort();
  size_t values = 1;
  for (const JsonValue child : value) values += Walk(child, lines, text);
  return values;
}

}  // namespace

std::vector<std::string> Seeds() {
  return {R"({"a": [1, 2.5e3, NaN, "x\u00e4\n", null, true], "b": {}})",
          "{\n  \"full\": {\n    \"m\": {\"rating\": 1}\n  }\n}\n",
          "\xef\xbb\xbf[]",
          "\"\\ud83d\\ude00\"",
          "",
          "[[[[1]]]]",
          "-0.0"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto json = meridian::JsonDocument::Parse(text, "fuzz");
  if (!json.ok()) return 0;
  size_t lines = 1;
  for (const char c : text) lines += c == '\n';
  meridian::fuzz::Walk((*json)->root(), lines, text);
  return 0;
}
