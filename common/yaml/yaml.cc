#include "common/yaml/yaml.h"

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/exceptions.h>
#include <yaml-cpp/parser.h>

#include <sstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace meridian {
namespace {

using Type = YamlValue::Type;

constexpr size_t kMostLevels = 64;

bool OneOf(absl::string_view text,
           std::initializer_list<absl::string_view> words) {
  for (const absl::string_view word : words) {
    if (text == word) return true;
  }
  return false;
}

size_t SkipDigits(absl::string_view text, size_t at) {
  while (at < text.size() && absl::ascii_isdigit(text[at])) ++at;
  return at;
}

// kInt or kFloat for a JSON number (YAML writes "+1", ".5" and "1." too);
// kString for what is not a decimal number.
Type NumberType(absl::string_view text) {
  size_t at = 0;
  if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
  const size_t whole = at;
  at = SkipDigits(text, at);
  size_t digits = at - whole;
  bool is_float = false;
  if (at < text.size() && text[at] == '.') {
    is_float = true;
    const size_t fraction = ++at;
    at = SkipDigits(text, at);
    digits += at - fraction;
  }
  if (digits == 0) return Type::kString;
  if (at < text.size() && (text[at] == 'e' || text[at] == 'E')) {
    is_float = true;
    ++at;
    if (at < text.size() && (text[at] == '-' || text[at] == '+')) ++at;
    const size_t exponent = at;
    at = SkipDigits(text, at);
    if (at == exponent) return Type::kString;
  }
  if (at != text.size()) return Type::kString;
  return is_float ? Type::kFloat : Type::kInt;
}

absl::Status ErrorAt(absl::string_view file, uint32_t line, uint32_t column,
                     absl::string_view message, absl::string_view reason) {
  return MakeError(absl::StatusCode::kInvalidArgument, reason,
                   absl::StrCat(file, ":", line, ":", column, ": ", message),
                   {{"column", absl::StrCat(column)},
                    {"file", std::string(file)},
                    {"line", absl::StrCat(line)}});
}

// Builds the tree from yaml-cpp's events, which, unlike its nodes, keep
// every line and do not expand aliases.
class TreeBuilder : public YAML::EventHandler {
 public:
  explicit TreeBuilder(absl::string_view file) : file_(file) {}

  const absl::Status& status() const { return status_; }
  YamlValue Take() { return std::move(root_); }

  void OnDocumentStart(const YAML::Mark&) override {}
  void OnDocumentEnd() override {}

  void OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) override {
    CheckAnchor(mark, anchor);
    Add(mark, Type::kNull, "");
  }

  void OnAlias(const YAML::Mark& mark, YAML::anchor_t) override {
    Fail(mark, "aliases (*name) are not supported; write the value out");
    Add(mark, Type::kNull, "");
  }

  void OnScalar(const YAML::Mark& mark, const std::string& tag,
                YAML::anchor_t anchor, const std::string& value) override {
    CheckAnchor(mark, anchor);
    if (!IsUtf8(value)) Fail(mark, "not UTF-8; convert the file to UTF-8");
    if (!OneOf(tag, {"?", "!", "", "tag:yaml.org,2002:str"})) {
      Fail(mark,
           absl::StrCat("the tag '", tag, "' is not supported; leave it out"));
    }
    if (tag != "?" && !tag.empty()) {
      Add(mark, Type::kString, value);
    } else {
      AddPlain(mark, value);
    }
  }

  void OnSequenceStart(const YAML::Mark& mark, const std::string&,
                       YAML::anchor_t anchor,
                       YAML::EmitterStyle::value) override {
    CheckAnchor(mark, anchor);
    Open(mark, Type::kList);
  }
  void OnSequenceEnd() override { Close(); }
  void OnMapStart(const YAML::Mark& mark, const std::string&,
                  YAML::anchor_t anchor, YAML::EmitterStyle::value) override {
    CheckAnchor(mark, anchor);
    Open(mark, Type::kMap);
  }
  void OnMapEnd() override { Close(); }

 private:
  struct Level {
    YamlValue value;
    bool has_key = false;
    YamlValue key;
  };

  void Fail(const YAML::Mark& mark, absl::string_view message) {
    if (!status_.ok()) return;
    status_ =
        ErrorAt(file_, mark.line + 1, mark.column + 1, message, "BAD_YAML");
  }

  void CheckAnchor(const YAML::Mark& mark, YAML::anchor_t anchor) {
    if (anchor != YAML::NullAnchor) {
      Fail(mark, "anchors (&name) are not supported; write the value out");
    }
  }

  static YamlValue At(const YAML::Mark& mark, Type type, std::string text) {
    YamlValue value;
    value.type = type;
    value.text = std::move(text);
    value.line = mark.line + 1;
    value.column = mark.column + 1;
    return value;
  }

  void AddPlain(const YAML::Mark& mark, const std::string& text) {
    if (OneOf(text, {"", "~", "null", "Null", "NULL"})) {
      Add(mark, Type::kNull, text);
    } else if (OneOf(text, {"true", "True", "TRUE"})) {
      Add(mark, Type::kBool, "true");
    } else if (OneOf(text, {"false", "False", "FALSE"})) {
      Add(mark, Type::kBool, "false");
    } else {
      absl::string_view special = text;
      if (!special.empty() && (special[0] == '-' || special[0] == '+')) {
        special.remove_prefix(1);
      }
      if (OneOf(special, {".nan", ".NaN", ".NAN", ".inf", ".Inf", ".INF"})) {
        Fail(mark, absl::StrCat("'", text,
                                "' is not a number that can be kept; leave "
                                "the value out when it is unknown"));
      }
      Add(mark, NumberType(text), text);
    }
  }

  void Add(const YAML::Mark& mark, Type type, std::string text) {
    Place(At(mark, type, std::move(text)));
  }

  // Puts a finished value into the open list or mapping.
  void Place(YamlValue value) {
    if (levels_.empty()) {
      root_ = std::move(value);
      return;
    }
    Level& level = levels_.back();
    if (level.value.is_list()) {
      level.value.children.push_back(std::move(value));
      return;
    }
    if (!level.has_key) {
      TakeKey(level, std::move(value));
      return;
    }
    value.key = std::move(level.key.text);
    value.line = level.key.line;
    value.column = level.key.column;
    level.has_key = false;
    level.value.children.push_back(std::move(value));
  }

  void TakeKey(Level& level, YamlValue key) {
    YAML::Mark mark;
    mark.line = static_cast<int>(key.line) - 1;
    mark.column = static_cast<int>(key.column) - 1;
    if (!key.is_scalar()) {
      Fail(mark,
           absl::StrCat("a key must be a word, this is ", key.TypeName()));
    } else if (level.value.Find(key.text) != nullptr) {
      Fail(mark,
           absl::StrCat("'", key.text, "' is written twice; line ",
                        level.value.Find(key.text)->line, " has it already"));
    }
    level.key = std::move(key);
    level.has_key = true;
  }

  void Open(const YAML::Mark& mark, Type type) {
    if (levels_.size() >= kMostLevels) {
      Fail(mark, absl::StrCat("more than ", kMostLevels, " levels"));
    }
    levels_.emplace_back();
    levels_.back().value = At(mark, type, "");
  }

  void Close() {
    YamlValue value = std::move(levels_.back().value);
    levels_.pop_back();
    Place(std::move(value));
  }

  const std::string file_;
  absl::Status status_;
  YamlValue root_;
  std::vector<Level> levels_;
};

}  // namespace

const YamlValue* YamlValue::Find(absl::string_view name) const {
  if (!is_map()) return nullptr;
  for (const YamlValue& child : children) {
    if (child.key == name) return &child;
  }
  return nullptr;
}

std::vector<std::string> YamlValue::Keys() const {
  std::vector<std::string> keys;
  if (!is_map()) return keys;
  for (const YamlValue& child : children) keys.push_back(child.key);
  return keys;
}

absl::string_view YamlValue::TypeName() const {
  switch (type) {
    case Type::kNull:
      return "nothing";
    case Type::kBool:
      return "true or false";
    case Type::kInt:
    case Type::kFloat:
      return "a number";
    case Type::kString:
      return "a string";
    case Type::kList:
      return "a list";
    case Type::kMap:
      return "a mapping";
  }
  return "nothing";
}

absl::Status YamlError(absl::string_view file, const YamlValue& at,
                       absl::string_view message, absl::string_view reason) {
  return ErrorAt(file, at.line, at.column, message, reason);
}

absl::StatusOr<YamlValue> ParseYaml(absl::string_view text,
                                    absl::string_view file) {
  try {
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    TreeBuilder builder(file);
    const bool any = parser.HandleNextDocument(builder);
    RETURN_IF_ERROR(builder.status());
    if (!any) return YamlValue{.line = 1, .column = 1};
    TreeBuilder second(file);
    if (parser.HandleNextDocument(second)) {
      const YamlValue more = second.Take();
      return ErrorAt(file, more.line == 0 ? 1 : more.line, 1,
                     "a second document begins ('---'); one file holds one",
                     "BAD_YAML");
    }
    return builder.Take();
  } catch (const YAML::Exception& error) {
    const bool placed = !error.mark.is_null();
    return ErrorAt(file, placed ? error.mark.line + 1 : 1,
                   placed ? error.mark.column + 1 : 1, error.msg, "BAD_YAML");
  }
}

std::string JsonPointer(absl::string_view parent, absl::string_view token) {
  return absl::StrCat(parent, "/",
                      absl::StrReplaceAll(token, {{"~", "~0"}, {"/", "~1"}}));
}

}  // namespace meridian
