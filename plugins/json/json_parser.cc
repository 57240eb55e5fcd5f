#include "plugins/json/json_parser.h"

#include <cmath>
#include <cstring>
#include <limits>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/charconv.h"
#include "absl/strings/match.h"
#include "common/base/utf8.h"

namespace meridian {
namespace {

constexpr uint64_t kOnes = 0x0101010101010101;
constexpr uint64_t kHighs = 0x8080808080808080;

// The high bit of every byte of `word` that is below `limit` (at most 128).
uint64_t Below(uint64_t word, uint64_t limit) {
  return (word - kOnes * limit) & ~word & kHighs;
}

uint64_t LoadWord(const char* at) {
  uint64_t word;
  std::memcpy(&word, at, sizeof(word));
  return word;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Four hex digits; -1 when they are none.
int Hex4(const char* at) {
  int value = 0;
  for (int i = 0; i < 4; ++i) {
    const char c = at[i];
    const int digit = IsDigit(c)             ? c - '0'
                      : c >= 'a' && c <= 'f' ? c - 'a' + 10
                      : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                             : -1;
    if (digit < 0) return -1;
    value = value * 16 + digit;
  }
  return value;
}

void AppendUtf8(uint32_t c, std::string* text) {
  if (c < 0x80) {
    text->push_back(static_cast<char>(c));
    return;
  }
  const int more = c < 0x800 ? 1 : c < 0x10000 ? 2 : 3;
  constexpr uint8_t kLead[] = {0, 0xC0, 0xE0, 0xF0};
  text->push_back(static_cast<char>(kLead[more] | (c >> (6 * more))));
  for (int i = more - 1; i >= 0; --i) {
    text->push_back(static_cast<char>(0x80 | ((c >> (6 * i)) & 0x3F)));
  }
}

// Decodes what stands between quotes; false when an escape is none.
bool DecodeEscapes(const char* at, const char* end, std::string* text) {
  static constexpr absl::string_view kFrom = "\"\\/bfnrt";
  static constexpr absl::string_view kTo = "\"\\/\b\f\n\r\t";
  while (at < end) {
    if (*at != '\\') {
      text->push_back(*at++);
      continue;
    }
    if (++at == end) return false;
    const char c = *at++;
    if (const size_t simple = kFrom.find(c); simple != kFrom.npos) {
      text->push_back(kTo[simple]);
      continue;
    }
    if (c != 'u' || end - at < 4) return false;
    int code = Hex4(at);
    at += 4;
    if (code >= 0xD800 && code < 0xDC00) {  // the first half of a pair
      if (end - at < 6 || at[0] != '\\' || at[1] != 'u') return false;
      const int low = Hex4(at + 2);
      if (low < 0xDC00 || low > 0xDFFF) return false;
      at += 6;
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code < 0 || (code >= 0xDC00 && code <= 0xDFFF)) {
      return false;
    }
    AppendUtf8(static_cast<uint32_t>(code), text);
  }
  return true;
}

}  // namespace

JsonDocument::Parser::Parser(JsonDocument& document, size_t origin)
    : document_(document),
      nodes_(document.nodes_),
      text_(document.text_.data()),
      at_(text_ + origin),
      end_(text_ + document.text_.size()) {
  nodes_.reserve(document.text_.size() / 16 + 1);
}

bool JsonDocument::Parser::Parse() {
  if (!Value()) return false;
  while (depth_ > 0) {
    // After a value.
    if (SkipSpace() == end_) return false;
    Node& holder = nodes_[levels_[depth_ - 1].node];
    const bool is_object = holder.type == JsonValue::Type::kObject;
    if (*at_ == (is_object ? '}' : ']')) {
      Close();
    } else if (*at_ == ',') {
      ++at_;
      if (is_object ? !KeyAndValue() : !Value()) return false;
    } else {
      return false;
    }
  }
  return SkipSpace() == end_;
}

// Only between tokens a line may end.
const char* JsonDocument::Parser::SkipSpace() {
  for (; at_ < end_; ++at_) {
    if (*at_ == '\n') {
      document_.line_ends_.push_back(static_cast<uint32_t>(at_ - text_));
    } else if (*at_ != ' ' && *at_ != '\t' && *at_ != '\r') {
      break;
    }
  }
  return at_;
}

JsonDocument::Node* JsonDocument::Parser::Add(JsonValue::Type type) {
  const auto number = static_cast<uint32_t>(nodes_.size());
  Node& node = nodes_.emplace_back();
  node.type = type;
  node.begin = static_cast<uint32_t>((key_ ? key_at_ : at_) - text_);
  node.key = key_;
  node.key_size = key_size_;
  key_ = nullptr;
  key_size_ = 0;
  if (depth_ > 0) {
    Level& level = levels_[depth_ - 1];
    if (nodes_[level.node].size++ > 0) nodes_[level.last_child].next = number;
    level.last_child = number;
  }
  return &node;
}

bool JsonDocument::Parser::End(Node* node) {
  node->end = static_cast<uint32_t>(at_ - text_);
  return true;
}

bool JsonDocument::Parser::KeyAndValue() {
  if (SkipSpace() == end_ || *at_ != '"') return false;
  key_at_ = at_;
  const char* key = nullptr;
  if (!String(&key, &key_size_)) return false;
  if (SkipSpace() == end_ || *at_ != ':') return false;
  ++at_;
  key_ = key;
  return Value();
}

bool JsonDocument::Parser::Value() {
  if (SkipSpace() == end_) return false;
  switch (*at_) {
    case '{':
      return Open(JsonValue::Type::kObject, '}');
    case '[':
      return Open(JsonValue::Type::kArray, ']');
    case '"': {
      Node* node = Add(JsonValue::Type::kString);
      return String(&node->text, &node->size) && End(node);
    }
    case 't':
      return Word("true", JsonValue::Type::kBool, true);
    case 'f':
      return Word("false", JsonValue::Type::kBool, false);
    case 'n':
      return Word("null", JsonValue::Type::kNull, false);
    default:
      return Number();
  }
}

bool JsonDocument::Parser::Open(JsonValue::Type type, char close) {
  if (depth_ == kMaxJsonDepth) {
    too_deep_ = true;
    return false;
  }
  Add(type);
  levels_[depth_++] = {static_cast<uint32_t>(nodes_.size() - 1), kNone};
  ++at_;
  if (SkipSpace() == end_) return false;
  if (*at_ == close) {
    Close();
    return true;
  }
  return type == JsonValue::Type::kObject ? KeyAndValue() : Value();
}

void JsonDocument::Parser::Close() {
  ++at_;
  End(&nodes_[levels_[--depth_].node]);
}

bool JsonDocument::Parser::Word(absl::string_view word, JsonValue::Type type,
                                bool value) {
  if (absl::string_view(at_, static_cast<size_t>(end_ - at_))
          .substr(0, word.size()) != word) {
    return false;
  }
  Node* node = Add(type);
  node->boolean = value;
  at_ += word.size();
  return End(node);
}

// Text and size of the string at `at_`.
bool JsonDocument::Parser::String(const char** text, uint32_t* size) {
  const char* const begin = ++at_;
  bool has_escapes = false;
  uint64_t high = 0;
  while (true) {
    // Eight bytes without quote, backslash and control characters.
    for (; end_ - at_ >= 8; at_ += 8) {
      const uint64_t word = LoadWord(at_);
      if ((Below(word, 0x20) | Below(word ^ (kOnes * '"'), 1) |
           Below(word ^ (kOnes * '\\'), 1)) != 0) {
        break;
      }
      high |= word;
    }
    while (at_ < end_ && *at_ != '"' && *at_ != '\\' &&
           static_cast<uint8_t>(*at_) >= 0x20) {
      high |= static_cast<uint64_t>(static_cast<uint8_t>(*at_++));
    }
    if (at_ == end_ || (*at_ != '"' && *at_ != '\\')) return false;
    if (*at_ == '"') break;
    has_escapes = true;
    if (end_ - at_ < 2) return false;
    at_ += 2;
  }
  const absl::string_view raw(begin, static_cast<size_t>(at_ - begin));
  if ((high & kHighs) != 0 && !IsUtf8(raw)) return false;
  *text = raw.data();
  *size = static_cast<uint32_t>(raw.size());
  if (has_escapes) {
    auto decoded = std::make_unique<std::string>();
    if (!DecodeEscapes(begin, at_, decoded.get())) return false;
    *text = decoded->data();
    *size = static_cast<uint32_t>(decoded->size());
    document_.decoded_.push_back(std::move(decoded));
  }
  ++at_;
  return true;
}

const char* JsonDocument::Parser::Digits(const char* at) const {
  while (at < end_ && IsDigit(*at)) ++at;
  return at;
}

bool JsonDocument::Parser::Number() {
  const char* const begin = at_;
  const char* at = begin + (*begin == '-' ? 1 : 0);
  if (at < end_ && (*at == 'N' || *at == 'I')) return NotFinite(at);
  const char* const whole = at;
  at = Digits(at);
  const auto digits = at - whole;
  if (digits == 0 || (*whole == '0' && digits > 1)) return false;
  bool is_whole = true;
  for (const char mark : {'.', 'e'}) {
    if (at == end_ || (mark == '.' ? *at != '.' : (*at | 0x20) != 'e')) {
      continue;
    }
    ++at;
    if (mark == 'e' && at < end_ && (*at == '+' || *at == '-')) ++at;
    const char* const part = at;
    at = Digits(at);
    if (at == part) return false;
    is_whole = false;
  }
  double value = 0;
  if (is_whole && digits <= 15) {
    uint64_t number = 0;
    for (const char* digit = whole; digit < at; ++digit) {
      number = number * 10 + static_cast<uint64_t>(*digit - '0');
    }
    value = static_cast<double>(number);
    if (*begin == '-') value = -value;
  } else {
    // Below the range it gives what is nearest to 0.
    const auto parsed = absl::from_chars(begin, at, value);
    const bool is_beyond = parsed.ec == std::errc::result_out_of_range;
    if (is_beyond && std::fabs(value) > 1) return false;
  }
  return AddNumber(value, at);
}

// As some programs write what JSON has not.
bool JsonDocument::Parser::NotFinite(const char* at) {
  const absl::string_view rest(at, static_cast<size_t>(end_ - at));
  for (const absl::string_view word : {"NaN", "Infinity", "Inf"}) {
    if (!absl::StartsWith(rest, word)) continue;
    const double value = word == "NaN"
                             ? std::numeric_limits<double>::quiet_NaN()
                             : std::numeric_limits<double>::infinity();
    return AddNumber(*at_ == '-' ? -value : value, at + word.size());
  }
  return false;
}

bool JsonDocument::Parser::AddNumber(double value, const char* end) {
  Node* node = Add(JsonValue::Type::kNumber);
  node->number = value;
  at_ = end;
  return End(node);
}

}  // namespace meridian
