#include "common/yaml/yaml_json.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace meridian {
namespace {

using Places = absl::flat_hash_map<std::string, YamlPlace>;

void AppendString(absl::string_view text, std::string* json) {
  json->push_back('"');
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      json->push_back('\\');
      json->push_back(c);
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(json, "\\u%04x", static_cast<unsigned>(c));
    } else {
      json->push_back(c);
    }
  }
  json->push_back('"');
}

// YAML allows "+1", "007", ".5" and "1.", JSON does not.
void AppendNumber(absl::string_view text, std::string* json) {
  if (absl::ConsumePrefix(&text, "-")) {
    json->push_back('-');
  } else {
    absl::ConsumePrefix(&text, "+");
  }
  while (text.size() > 1 && text[0] == '0' && text[1] >= '0' &&
         text[1] <= '9') {
    text.remove_prefix(1);
  }
  if (absl::StartsWith(text, ".")) json->push_back('0');
  const size_t dot = text.find('.');
  absl::StrAppend(json, text.substr(0, dot));
  if (dot == absl::string_view::npos) return;
  const absl::string_view after = text.substr(dot + 1);
  absl::StrAppend(json, ".");
  if (after.empty() || after[0] == 'e' || after[0] == 'E') {
    json->push_back('0');
  }
  absl::StrAppend(json, after);
}

void Append(const YamlValue& value, const std::string& pointer,
            std::string* json, Places* places) {
  if (places != nullptr) {
    (*places)[pointer] = {.line = value.line, .column = value.column};
  }
  switch (value.type) {
    case YamlValue::Type::kNull:
      absl::StrAppend(json, "null");
      return;
    case YamlValue::Type::kBool:
      absl::StrAppend(json, value.text);
      return;
    case YamlValue::Type::kInt:
    case YamlValue::Type::kFloat:
      AppendNumber(value.text, json);
      return;
    case YamlValue::Type::kString:
      AppendString(value.text, json);
      return;
    case YamlValue::Type::kList:
    case YamlValue::Type::kMap:
      break;
  }
  json->push_back(value.is_map() ? '{' : '[');
  for (size_t i = 0; i < value.children.size(); ++i) {
    const YamlValue& child = value.children[i];
    if (i > 0) json->push_back(',');
    if (value.is_map()) {
      AppendString(child.key, json);
      json->push_back(':');
    }
    Append(child,
           JsonPointer(pointer, value.is_map() ? child.key : absl::StrCat(i)),
           json, places);
  }
  json->push_back(value.is_map() ? '}' : ']');
}

}  // namespace

absl::StatusOr<JsonFromYaml> YamlToJson(absl::string_view text,
                                        absl::string_view file) {
  ASSIGN_OR_RETURN(const YamlValue tree, ParseYaml(text, file));
  JsonFromYaml result;
  Append(tree, "", &result.json, &result.places);
  return result;
}

std::string ToJson(const YamlValue& value) {
  std::string json;
  Append(value, "", &json, nullptr);
  return json;
}

}  // namespace meridian
