// The parser of json.h. What it refuses, RapidJSON explains.
#ifndef PLUGINS_JSON_JSON_PARSER_H_
#define PLUGINS_JSON_JSON_PARSER_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/json/json.h"

namespace meridian {

// A document deeper than this is no leaderboard.
inline constexpr size_t kMaxJsonDepth = 64;

// Fills a document in one pass over its text.
class JsonDocument::Parser {
 public:
  Parser(JsonDocument& document, size_t origin);

  // False when the text is no JSON; place() is then near what is wrong.
  bool Parse();
  bool is_too_deep() const { return too_deep_; }
  size_t place() const { return static_cast<size_t>(at_ - text_); }

 private:
  struct Level {
    uint32_t node;
    uint32_t last_child;
  };

  const char* SkipSpace();
  Node* Add(JsonValue::Type type);
  bool End(Node* node);
  bool KeyAndValue();
  bool Value();
  bool Open(JsonValue::Type type, char close);
  void Close();
  bool Word(absl::string_view word, JsonValue::Type type, bool value);
  bool String(const char** text, uint32_t* size);
  const char* Digits(const char* at) const;
  bool Number();
  bool NotFinite(const char* at);
  bool AddNumber(double value, const char* end);

  JsonDocument& document_;
  std::vector<Node>& nodes_;
  const char* const text_;
  const char* at_;
  const char* const end_;
  Level levels_[kMaxJsonDepth];
  size_t depth_ = 0;
  bool too_deep_ = false;
  const char* key_ = nullptr;  // of the value that comes next
  const char* key_at_ = nullptr;
  uint32_t key_size_ = 0;
};

}  // namespace meridian

#endif  // PLUGINS_JSON_JSON_PARSER_H_
