#include "plugins/json/json.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace meridian {
namespace {

// RapidJSON recurses; a document deeper than this is no leaderboard.
constexpr size_t kMaxDepth = 64;

bool IsBetweenTokens(char c) {
  return c == ' ' || c == '\t' || c == '\r' || c == '\n' || c == ',' ||
         c == ':';
}

}  // namespace

// Takes the events of RapidJSON and appends nodes. Events come after their
// token was read, so a token begins where the last one ended.
class JsonDocument::Builder {
 public:
  Builder(JsonDocument& document, const rapidjson::MemoryStream& stream,
          size_t origin)
      : document_(document),
        stream_(stream),
        origin_(origin),
        last_end_(origin),
        counted_(origin) {}

  bool Null() { return Add(JsonValue::Type::kNull) != nullptr; }
  bool Bool(bool value) {
    Add(JsonValue::Type::kBool)->boolean = value;
    return true;
  }
  bool Int(int value) { return Double(value); }
  bool Uint(unsigned value) { return Double(value); }
  bool Int64(int64_t value) { return Double(static_cast<double>(value)); }
  bool Uint64(uint64_t value) { return Double(static_cast<double>(value)); }
  bool Double(double value) {
    Add(JsonValue::Type::kNumber)->number = value;
    return true;
  }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* text, rapidjson::SizeType size, bool) {
    Node* node = Add(JsonValue::Type::kString);
    node->text = Keep(absl::string_view(text, size));
    return true;
  }
  bool Key(const char* text, rapidjson::SizeType size, bool) {
    key_begin_ = TakeToken();
    key_line_ = line_;
    key_ = Keep(absl::string_view(text, size));
    has_key_ = true;
    return true;
  }
  bool StartObject() { return Start(JsonValue::Type::kObject); }
  bool StartArray() { return Start(JsonValue::Type::kArray); }
  bool EndObject(rapidjson::SizeType) { return End(); }
  bool EndArray(rapidjson::SizeType) { return End(); }

  bool is_too_deep() const { return too_deep_; }

 private:
  struct Level {
    uint32_t node;
    uint32_t last_child;
  };

  // Where the token that was just read begins; `line_` becomes its line.
  uint32_t TakeToken() {
    const std::string& text = document_.text_;
    size_t begin = last_end_;
    while (IsBetweenTokens(text[begin])) ++begin;
    line_ += static_cast<uint32_t>(
        std::count(text.begin() + static_cast<ptrdiff_t>(counted_),
                   text.begin() + static_cast<ptrdiff_t>(begin), '\n'));
    counted_ = begin;
    last_end_ = origin_ + stream_.Tell();
    return static_cast<uint32_t>(begin);
  }

  // The text that was just read, quotes included, ends at last_end_.
  absl::string_view Keep(absl::string_view decoded) {
    const absl::string_view text = document_.text_;
    const size_t end = last_end_ - 1;
    if (decoded.size() < end) {
      const absl::string_view raw =
          text.substr(end - decoded.size(), decoded.size());
      const bool is_whole = text[end - decoded.size() - 1] == '"';
      if (is_whole && raw == decoded) return raw;
    }
    return document_.decoded_.emplace_back(decoded);
  }

  Node* Add(JsonValue::Type type) {
    std::vector<Node>& nodes = document_.nodes_;
    const uint32_t number = static_cast<uint32_t>(nodes.size());
    Node& node = nodes.emplace_back();
    node.type = type;
    node.begin = TakeToken();
    node.end = static_cast<uint32_t>(last_end_);
    node.line = line_;
    if (has_key_) {
      node.key = key_;
      node.begin = key_begin_;
      node.line = key_line_;
      has_key_ = false;
    }
    if (!levels_.empty()) {
      Level& level = levels_.back();
      Node& parent = nodes[level.node];
      if (parent.size++ == 0) {
        parent.first = number;
      } else {
        nodes[level.last_child].next = number;
      }
      level.last_child = number;
    }
    return &node;
  }

  bool Start(JsonValue::Type type) {
    if (levels_.size() == kMaxDepth) {
      too_deep_ = true;
      return false;
    }
    Add(type);
    levels_.push_back(
        {static_cast<uint32_t>(document_.nodes_.size() - 1), kNone});
    return true;
  }

  bool End() {
    TakeToken();
    document_.nodes_[levels_.back().node].end =
        static_cast<uint32_t>(last_end_);
    levels_.pop_back();
    return true;
  }

  JsonDocument& document_;
  const rapidjson::MemoryStream& stream_;
  const size_t origin_;
  size_t last_end_;
  // Line ends before this byte are counted in line_.
  size_t counted_;
  uint32_t line_ = 1;
  std::vector<Level> levels_;
  bool too_deep_ = false;
  bool has_key_ = false;
  absl::string_view key_;
  uint32_t key_begin_ = 0;
  uint32_t key_line_ = 0;
};

namespace {

absl::Status BadJson(const std::string& text, size_t at, absl::string_view name,
                     absl::string_view what) {
  at = std::min(at, text.size());
  const auto begin = text.begin();
  const auto place = begin + static_cast<ptrdiff_t>(at);
  const size_t line = static_cast<size_t>(std::count(begin, place, '\n')) + 1;
  const size_t line_begin = at == 0 ? 0 : text.rfind('\n', at - 1) + 1;
  const size_t rest = text.find_first_not_of(" \t\r\n", at);
  const bool is_cut_off = rest == std::string::npos;
  return MakeError(
      absl::StatusCode::kInvalidArgument, "BAD_JSON",
      absl::StrCat("document '", name, "', line ", line, ", column ",
                   at - line_begin + 1, ": ", what,
                   is_cut_off ? "; the document is cut off, fetch it again"
                              : "; repair the document or fetch it again"),
      {{"document", std::string(name)}, {"line", absl::StrCat(line)}});
}

std::string Message(rapidjson::ParseErrorCode code) {
  // No handler but ours stops the parser, and only for depth.
  if (code == rapidjson::kParseErrorTermination) {
    return absl::StrCat("more than ", kMaxDepth, " levels");
  }
  std::string message = rapidjson::GetParseError_En(code);
  while (absl::EndsWith(message, ".")) message.pop_back();
  return absl::StrCat("not JSON: ", message);
}

}  // namespace

absl::StatusOr<std::unique_ptr<const JsonDocument>> JsonDocument::Parse(
    std::string text, absl::string_view name) {
  if (text.size() >= std::numeric_limits<uint32_t>::max()) {
    return BadJson("", 0, name, "4 GiB or more");
  }
  const size_t origin = absl::StartsWith(text, "\xEF\xBB\xBF") ? 3 : 0;
  if (text.find_first_not_of(" \t\r\n", origin) == std::string::npos) {
    return MakeError(absl::StatusCode::kInvalidArgument, "EMPTY_DOCUMENT",
                     absl::StrCat("document '", name,
                                  "', line 1: it is empty, "
                                  "expected JSON; fetch it again"),
                     {{"document", std::string(name)}});
  }
  std::unique_ptr<JsonDocument> document(new JsonDocument(std::move(text)));
  const std::string& kept = document->text_;
  rapidjson::MemoryStream stream(kept.data() + origin, kept.size() - origin);
  Builder builder(*document, stream, origin);
  rapidjson::Reader reader;
  constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseNanAndInfFlag;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, builder);
  if (parsed.IsError()) {
    return BadJson(kept, origin + parsed.Offset(), name,
                   Message(parsed.Code()));
  }
  // RapidJSON takes a NUL byte for the end.
  if (stream.Tell() != kept.size() - origin) {
    return BadJson(kept, origin + stream.Tell(), name,
                   "not JSON: a NUL byte after the value");
  }
  return std::unique_ptr<const JsonDocument>(std::move(document));
}

JsonValue::Type JsonValue::type() const {
  return document_->nodes_[node_].type;
}
absl::string_view JsonValue::key() const {
  return document_->nodes_[node_].key;
}
absl::string_view JsonValue::text() const {
  return document_->nodes_[node_].text;
}
double JsonValue::number() const { return document_->nodes_[node_].number; }
bool JsonValue::boolean() const { return document_->nodes_[node_].boolean; }
uint32_t JsonValue::line() const { return document_->nodes_[node_].line; }
size_t JsonValue::size() const { return document_->nodes_[node_].size; }

absl::string_view JsonValue::raw() const {
  const JsonDocument::Node& node = document_->nodes_[node_];
  return absl::string_view(document_->text_)
      .substr(node.begin, node.end - node.begin);
}

absl::string_view JsonValue::type_name() const {
  switch (type()) {
    case Type::kNull:
      return "null";
    case Type::kBool:
      return "true or false";
    case Type::kNumber:
      return "a number";
    case Type::kString:
      return "a string";
    case Type::kArray:
      return "an array";
    case Type::kObject:
      return "an object";
  }
  return "";
}

JsonValue::Iterator JsonValue::begin() const {
  return Iterator(document_, document_->nodes_[node_].first);
}
JsonValue::Iterator JsonValue::end() const {
  return Iterator(document_, JsonDocument::kNone);
}
JsonValue::Iterator& JsonValue::Iterator::operator++() {
  node_ = document_->nodes_[node_].next;
  return *this;
}

std::optional<JsonValue> JsonValue::Find(absl::string_view name) const {
  if (!is_object()) return std::nullopt;
  for (const JsonValue member : *this) {
    if (member.key() == name) return member;
  }
  return std::nullopt;
}

std::string JsonPointerStep(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}});
}

}  // namespace meridian
