#include "plugins/json/json.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/base/status.h"
#include "plugins/json/json_parser.h"
#include "rapidjson/error/en.h"
#include "rapidjson/memorystream.h"
#include "rapidjson/reader.h"

namespace meridian {
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

// RapidJSON recurses.
struct DepthGuard
    : rapidjson::BaseReaderHandler<rapidjson::UTF8<>, DepthGuard> {
  bool StartObject() { return ++depth <= kMaxJsonDepth; }
  bool StartArray() { return ++depth <= kMaxJsonDepth; }
  bool EndObject(rapidjson::SizeType) { return depth-- > 0; }
  bool EndArray(rapidjson::SizeType) { return depth-- > 0; }
  size_t depth = 0;
};

// Where and why a text is no JSON, in RapidJSON's words.
std::pair<size_t, std::string> Explain(const std::string& text, size_t origin,
                                       size_t place) {
  rapidjson::MemoryStream stream(text.data() + origin, text.size() - origin);
  rapidjson::Reader reader;
  DepthGuard guard;
  constexpr unsigned kFlags = rapidjson::kParseValidateEncodingFlag |
                              rapidjson::kParseFullPrecisionFlag |
                              rapidjson::kParseNanAndInfFlag;
  const rapidjson::ParseResult parsed = reader.Parse<kFlags>(stream, guard);
  // It takes a NUL byte for the end.
  if (!parsed.IsError() || guard.depth > kMaxJsonDepth) {
    return {place, place < text.size() && text[place] == '\0'
                       ? "not JSON: a NUL byte after the value"
                       : "not JSON: unexpected byte"};
  }
  std::string message = rapidjson::GetParseError_En(parsed.Code());
  while (absl::EndsWith(message, ".")) message.pop_back();
  return {origin + parsed.Offset(), absl::StrCat("not JSON: ", message)};
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
  Parser parser(*document, origin);
  if (parser.Parse())
    return std::unique_ptr<const JsonDocument>(std::move(document));
  const std::string& kept = document->text_;
  if (parser.is_too_deep()) {
    return BadJson(kept, parser.place(), name,
                   absl::StrCat("more than ", kMaxJsonDepth, " levels"));
  }
  const auto [at, what] = Explain(kept, origin, parser.place());
  return BadJson(kept, at, name, what);
}

JsonValue::Type JsonValue::type() const {
  return document_->nodes_[node_].type;
}
absl::string_view JsonValue::key() const {
  const JsonDocument::Node& node = document_->nodes_[node_];
  return {node.key, node.key_size};
}
absl::string_view JsonValue::text() const {
  const JsonDocument::Node& node = document_->nodes_[node_];
  return is_string() ? absl::string_view(node.text, node.size)
                     : absl::string_view();
}
double JsonValue::number() const {
  return is_number() ? document_->nodes_[node_].number : 0;
}
bool JsonValue::boolean() const { return document_->nodes_[node_].boolean; }
uint32_t JsonValue::line() const {
  const std::vector<uint32_t>& ends = document_->line_ends_;
  const uint32_t begin = document_->nodes_[node_].begin;
  const auto before = std::lower_bound(ends.begin(), ends.end(), begin);
  return static_cast<uint32_t>(before - ends.begin()) + 1;
}
size_t JsonValue::size() const {
  return is_array() || is_object() ? document_->nodes_[node_].size : 0;
}

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
  return Iterator(document_, size() == 0 ? JsonDocument::kNone : node_ + 1);
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
