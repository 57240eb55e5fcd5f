#include "analysis_service/policy_defines.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/base/status.h"

namespace meridian::analysis {
namespace {

bool IsNameStart(char c) { return absl::ascii_isalpha(c) || c == '_'; }
bool IsNamePart(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// The end of the quoted text that begins at `at` (its first quote).
size_t EndOfQuoted(absl::string_view text, size_t at, bool raw) {
  const char quote = text[at];
  const std::string triple(3, quote);
  const bool long_form = absl::StartsWith(text.substr(at), triple);
  const absl::string_view end = long_form ? triple : text.substr(at, 1);
  for (size_t i = at + end.size(); i < text.size(); ++i) {
    if (text[i] == '\\' && !raw) {
      ++i;
    } else if (absl::StartsWith(text.substr(i), end)) {
      return i + end.size();
    }
  }
  return text.size();
}

bool IsStringPrefix(absl::string_view name) {
  return name.size() <= 2 &&
         name.find_first_not_of("rRbB") == absl::string_view::npos;
}

}  // namespace

std::vector<std::pair<std::string, size_t>> FreeNames(absl::string_view text) {
  std::vector<std::pair<std::string, size_t>> names;
  char before = ' ';  // last character that is not white space
  for (size_t i = 0; i < text.size();) {
    const char c = text[i];
    if (c == '"' || c == '\'') {
      i = EndOfQuoted(text, i, false);
      before = c;
    } else if (c == '/' && absl::StartsWith(text.substr(i), "//")) {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (absl::ascii_isdigit(c)) {
      while (i < text.size() && (IsNamePart(text[i]) || text[i] == '.')) ++i;
      before = '0';
    } else if (IsNameStart(c)) {
      const size_t begin = i;
      while (i < text.size() && IsNamePart(text[i])) ++i;
      const absl::string_view name = text.substr(begin, i - begin);
      if (i < text.size() && (text[i] == '"' || text[i] == '\'') &&
          IsStringPrefix(name)) {
        i = EndOfQuoted(
            text, i,
            absl::StrContains(name, 'r') || absl::StrContains(name, 'R'));
        before = '"';
        continue;
      }
      const size_t next = text.find_first_not_of(" \t\r\n", i);
      const bool is_call = next != absl::string_view::npos && text[next] == '(';
      if (before != '.' && !is_call) names.emplace_back(name, begin);
      before = 'a';
    } else {
      if (!absl::ascii_isspace(c)) before = c;
      ++i;
    }
  }
  return names;
}

Place PlaceOfOffset(absl::string_view text, size_t offset) {
  Place place{1, 1};
  for (size_t i = 0; i < offset && i < text.size(); ++i) {
    if (text[i] == '\n') {
      ++place.line;
      place.column = 1;
    } else if ((static_cast<uint8_t>(text[i]) & 0xc0) != 0x80) {
      ++place.column;
    }
  }
  return place;
}

size_t OffsetOfPlace(absl::string_view text, Place place) {
  Place at{1, 1};
  for (size_t i = 0; i < text.size(); ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) == 0x80) continue;
    if (at >= place) return i;
    if (text[i] == '\n') {
      ++at.line;
      at.column = 1;
    } else {
      ++at.column;
    }
  }
  return text.size();
}

DefineOrigin ExpandedText::Origin(size_t offset) const {
  const Piece* piece = &pieces.front();
  for (const Piece& next : pieces) {
    if (next.begin > offset) break;
    piece = &next;
  }
  DefineOrigin origin = piece->from;
  if (piece->verbatim) origin.offset += offset - piece->begin;
  return origin;
}

Defines::Defines(const v1::Policy& policy,
                 std::vector<PolicyProblem>* problems) {
  for (int i = 0; i < policy.defines_size(); ++i) {
    by_name_.emplace(policy.defines(i).name(), i);
    texts_.push_back(policy.defines(i).expression());
  }
  std::vector<int> state(texts_.size(), 0);  // 1: being visited; 2: done
  for (size_t i = 0; i < texts_.size(); ++i) {
    Visit(static_cast<int>(i), &state, problems);
  }
}

// False: `define` is part of a cycle.
bool Defines::Visit(int define, std::vector<int>* state,
                    std::vector<PolicyProblem>* problems) {
  if ((*state)[define] == 1) return false;
  if ((*state)[define] == 2) return true;
  (*state)[define] = 1;
  bool whole = true;
  const auto problem = [&](size_t offset, std::string message) {
    problems->push_back({absl::StrCat("defines[", define, "].expression"),
                         {},
                         std::move(message),
                         PlaceOfOffset(texts_[define], offset)});
    whole = false;
  };
  for (const auto& [name, offset] : FreeNames(texts_[define])) {
    const auto it = by_name_.find(name);
    if (it == by_name_.end()) continue;
    if (!Visit(it->second, state, problems)) {
      problem(offset, absl::StrCat("define '", name,
                                   "' uses itself, directly or through "
                                   "others; take one of the uses out"));
    }
  }
  if (whole) {
    auto expanded = ExpandText(texts_[define], define);
    if (expanded.ok()) {
      expanded_[define] = *std::move(expanded);
    } else if (absl::IsInvalidArgument(expanded.status())) {
      problem(0, std::string(expanded.status().message()));
    }
  }
  (*state)[define] = 2;
  return true;
}

absl::StatusOr<ExpandedText> Defines::ExpandText(absl::string_view text,
                                                 int define) const {
  ExpandedText out;
  size_t done = 0;
  const auto copy_until = [&](size_t end) {
    out.pieces.push_back({out.text.size(), {define, done}, true});
    absl::StrAppend(&out.text, text.substr(done, end - done));
  };
  for (const auto& [name, offset] : FreeNames(text)) {
    const auto it = by_name_.find(name);
    if (it == by_name_.end()) continue;
    const auto inner = expanded_.find(it->second);
    if (inner == expanded_.end()) {
      return absl::FailedPreconditionError(name);  // its problem is told
    }
    copy_until(offset);
    done = offset + name.size();
    out.pieces.push_back({out.text.size(), {define, offset}, false});
    out.text += '(';
    const size_t base = out.text.size();
    for (ExpandedText::Piece piece : inner->second.pieces) {
      piece.begin += base;
      out.pieces.push_back(piece);
    }
    absl::StrAppend(&out.text, inner->second.text);
    out.pieces.push_back({out.text.size(), {define, offset}, false});
    // A comment at the end of the define must not swallow the parenthesis.
    out.text += absl::StrContains(inner->second.text, "//") ? "\n)" : ")";
    if (out.text.size() > kMaxExpandedBytes + text.size()) {
      return absl::InvalidArgumentError(
          absl::StrCat("with its defines put in, the expression is over ",
                       kMaxExpandedBytes, " bytes longer; write it shorter"));
    }
  }
  copy_until(text.size());
  return out;
}

}  // namespace meridian::analysis
