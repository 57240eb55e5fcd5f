// JSON documents with the place of every value, so that a record can name the
// line it was read at and a rejected row can be shown as it stands.
#ifndef PLUGINS_JSON_JSON_H_
#define PLUGINS_JSON_JSON_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

class JsonDocument;

// One value of a document. Cheap to copy; valid as long as its document.
class JsonValue {
 public:
  enum class Type { kNull, kBool, kNumber, kString, kArray, kObject };

  Type type() const;
  bool is_null() const { return type() == Type::kNull; }
  bool is_number() const { return type() == Type::kNumber; }
  bool is_string() const { return type() == Type::kString; }
  bool is_array() const { return type() == Type::kArray; }
  bool is_object() const { return type() == Type::kObject; }

  // Name under which it stands in its object; empty in arrays.
  absl::string_view key() const;
  // A string's text; empty for other types.
  absl::string_view text() const;
  // A number, not finite where the document writes NaN or Infinity, which
  // JSON does not have but some programs write. 0 for other types.
  double number() const;
  bool boolean() const;
  // Line on which it begins, with its key, counted from 1.
  uint32_t line() const;
  // The value as it stands in the document, with its key.
  absl::string_view raw() const;
  // "a number", "an object", for messages.
  absl::string_view type_name() const;

  // Members of an object and items of an array. A name that stands twice in
  // an object comes twice.
  size_t size() const;
  class Iterator;
  Iterator begin() const;
  Iterator end() const;
  // The first member of an object by its name; nullopt when there is none or
  // the value is no object.
  std::optional<JsonValue> Find(absl::string_view name) const;

 private:
  friend class JsonDocument;
  friend class Iterator;
  JsonValue(const JsonDocument* document, uint32_t node)
      : document_(document), node_(node) {}

  const JsonDocument* document_;
  uint32_t node_;
};

class JsonValue::Iterator {
 public:
  JsonValue operator*() const { return JsonValue(document_, node_); }
  Iterator& operator++();
  bool operator!=(const Iterator& other) const { return node_ != other.node_; }

 private:
  friend class JsonValue;
  Iterator(const JsonDocument* document, uint32_t node)
      : document_(document), node_(node) {}

  const JsonDocument* document_;
  uint32_t node_;
};

// A parsed document. Immutable; safe from any thread. Memory: the text and
// about 40 bytes for every value.
class JsonDocument {
 public:
  // Parses UTF-8 text, with or without byte order mark. `name` is the
  // document in messages. Errors: InvalidArgument, naming document, line and
  // column, with EMPTY_DOCUMENT (nothing but spaces) or BAD_JSON (syntax,
  // text cut off, bytes that are not UTF-8, numbers beyond a double's range,
  // more than 64 levels).
  static absl::StatusOr<std::unique_ptr<const JsonDocument>> Parse(
      std::string text, absl::string_view name);

  JsonDocument(const JsonDocument&) = delete;
  JsonDocument& operator=(const JsonDocument&) = delete;

  JsonValue root() const { return JsonValue(this, 0); }

 private:
  friend class JsonValue;
  friend class JsonValue::Iterator;
  class Parser;

  // No node is the next of another with this number: 0 is the root.
  static constexpr uint32_t kNone = 0;

  // Children follow their parent; the first stands right behind it.
  struct Node {
    const char* key = nullptr;  // null in arrays
    union {
      const char* text;
      double number = 0;
    };
    uint32_t key_size = 0;
    uint32_t size = 0;   // bytes of a text, else children
    uint32_t begin = 0;  // bytes in text_, with the key
    uint32_t end = 0;
    uint32_t next = kNone;
    JsonValue::Type type = JsonValue::Type::kNull;
    bool boolean = false;
  };

  explicit JsonDocument(std::string text) : text_(std::move(text)) {}

  const std::string text_;
  // Strings that hold escapes, decoded; the others are views of text_.
  std::vector<std::unique_ptr<const std::string>> decoded_;
  std::vector<Node> nodes_;
  std::vector<uint32_t> line_ends_;  // bytes in text_
};

// A name as one step of a JSON pointer (RFC 6901): "a/b" -> "a~1b".
std::string JsonPointerStep(absl::string_view name);

}  // namespace meridian

#endif  // PLUGINS_JSON_JSON_H_
