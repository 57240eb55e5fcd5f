#include "analysis_service/policy_source.h"

#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace meridian::analysis {
namespace {

// Byte offset of a column that counts code points.
size_t OffsetOf(absl::string_view line, uint32_t column) {
  uint32_t at = 1;
  for (size_t i = 0; i < line.size(); ++i) {
    if ((static_cast<uint8_t>(line[i]) & 0xc0) == 0x80) continue;
    if (at++ == column) return i;
  }
  return line.size();
}

uint32_t ColumnOf(absl::string_view line, size_t offset) {
  uint32_t column = 1;
  for (size_t i = 0; i < offset && i < line.size(); ++i) {
    column += (static_cast<uint8_t>(line[i]) & 0xc0) != 0x80;
  }
  return column;
}

}  // namespace

PolicyPlaces::PolicyPlaces(absl::string_view text, absl::string_view file)
    : file_(file) {
  for (const absl::string_view line : absl::StrSplit(text, '\n')) {
    lines_.emplace_back(line);
  }
}

void PolicyPlaces::Set(std::string path, Place at, absl::string_view key,
                       absl::string_view value) {
  entries_[std::move(path)] = Locate(at, key, value);
}

PolicyPlaces::Entry PolicyPlaces::Locate(Place at, absl::string_view key,
                                         absl::string_view value) const {
  Entry entry{at, {}, false};
  if (at.line == 0 || at.line > lines_.size() || value.empty()) return entry;
  const absl::string_view line = lines_[at.line - 1];
  size_t from = OffsetOf(line, at.column);
  if (!key.empty()) {
    from = line.find(':', from + key.size());
    if (from == absl::string_view::npos) return entry;
    from = line.find_first_not_of(" \t", from + 1);
    if (from == absl::string_view::npos) return entry;
  }
  if (from < line.size() && line[from] == '|') {
    if (at.line >= lines_.size()) return entry;
    const size_t indent = lines_[at.line].find_first_not_of(' ');
    if (indent == std::string::npos) return entry;
    entry.text = {at.line + 1, static_cast<uint32_t>(indent + 1)};
    entry.is_block = true;
    return entry;
  }
  if (from < line.size() && (line[from] == '"' || line[from] == '\'')) ++from;
  const absl::string_view first = value.substr(0, value.find('\n'));
  if (from <= line.size() && absl::StartsWith(line.substr(from), first)) {
    entry.text = {at.line, ColumnOf(line, from)};
  }
  return entry;
}

Place PolicyPlaces::Of(absl::string_view path) const {
  for (;;) {
    const auto it = entries_.find(path);
    if (it != entries_.end()) return it->second.at;
    const size_t cut = path.find_last_of(".[");
    if (cut == absl::string_view::npos) break;
    path = path.substr(0, cut);
  }
  return empty() ? Place{} : Place{1, 1};
}

Place PolicyPlaces::Within(absl::string_view path, Place inside) const {
  const auto it = entries_.find(path);
  if (it == entries_.end()) return Of(path);
  const Entry& entry = it->second;
  if (!entry.text.known()) return entry.at;
  if (entry.is_block) {
    const uint32_t line = entry.text.line + inside.line - 1;
    if (line > lines_.size()) return entry.at;
    return {line, entry.text.column + inside.column - 1};
  }
  if (inside.line != 1) return entry.at;
  return {entry.text.line, entry.text.column + inside.column - 1};
}

}  // namespace meridian::analysis
