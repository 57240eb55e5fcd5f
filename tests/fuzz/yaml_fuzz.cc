// YAML from an enemy: an error with a place, or JSON.
#include "common/yaml/yaml_json.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {

std::vector<std::string> Seeds() {
  return {"a: 1\nb: [1, 2.5, x]\nc:\n  - d: 'e'\n    f: \"g\\n\"\n",
          "vintage: 2026-01-01\nmodels:\n  - name: m\n    developers: [d]\n",
          "- - - 1\n",
          "{a: {b: {c: null}}}",
          "a: |\n  text\n  more\n",
          ""};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  (void)meridian::YamlToJson(bytes, "fuzz.yaml").ok();
  return 0;
}
