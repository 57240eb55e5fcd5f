#include "analysis_service/expression_lexer.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/expression_ast.h"
#include "common/base/status.h"

namespace meridian::analysis::internal {

absl::Status ErrorAt(absl::string_view text, size_t at,
                     absl::string_view message, absl::string_view suggestion) {
  at = std::min(at, text.size());
  int line = 1;
  size_t line_start = 0;
  for (size_t i = 0; i < at; ++i) {
    if (text[i] == '\n') {
      ++line;
      line_start = i + 1;
    }
  }
  int column = 1;  // In code points: continuation bytes do not count.
  for (size_t i = line_start; i < at; ++i) {
    if ((static_cast<uint8_t>(text[i]) & 0xc0) != 0x80) ++column;
  }
  absl::string_view shown = text.substr(line_start);
  shown = shown.substr(0, std::min(shown.find('\n'), size_t{200}));
  ErrorDetails details = {{"line", absl::StrCat(line)},
                          {"column", absl::StrCat(column)}};
  if (!suggestion.empty()) {
    details.emplace_back("suggestion", std::string(suggestion));
  }
  std::string caret = std::string(std::min(column - 1, 200), ' ') + "^";
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_EXPRESSION",
                   absl::StrCat(line, ":", column, ": ", message, "\n  ", shown,
                                "\n  ", caret),
                   std::move(details));
}

namespace {

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsNameStart(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool IsNamePart(char c) { return IsNameStart(c) || IsDigit(c); }

int DigitOf(char c) {
  if (IsDigit(c)) return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return 99;
}

void AppendUtf8(uint32_t point, std::string* out) {
  const auto put = [&](uint32_t byte) {
    out->push_back(static_cast<char>(byte));
  };
  if (point < 0x80) {
    put(point);
  } else if (point < 0x800) {
    put(0xc0 | point >> 6);
    put(0x80 | (point & 0x3f));
  } else if (point < 0x10000) {
    put(0xe0 | point >> 12);
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  } else {
    put(0xf0 | point >> 18);
    put(0x80 | (point >> 12 & 0x3f));
    put(0x80 | (point >> 6 & 0x3f));
    put(0x80 | (point & 0x3f));
  }
}

}  // namespace

absl::StatusOr<Lexeme> Lexer::Next() {
  SkipSpace();
  ASSIGN_OR_RETURN(Lexeme lexeme, Read());
  lexeme.end = at_;
  return lexeme;
}

void Lexer::SkipSpace() {
  while (at_ < text_.size()) {
    if (absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) {
      ++at_;
    } else if (At(at_, "//")) {
      while (at_ < text_.size() && text_[at_] != '\n') ++at_;
    } else {
      return;
    }
  }
}

size_t Lexer::StringPrefix() const {
  bool raw = false, bytes = false;
  for (size_t i = at_; i < text_.size() && i < at_ + 3; ++i) {
    const char c = text_[i];
    if (c == '"' || c == '\'') return i - at_;
    if ((c == 'r' || c == 'R') && !raw) {
      raw = true;
    } else if ((c == 'b' || c == 'B') && !bytes) {
      bytes = true;
    } else {
      return 0;
    }
  }
  return 0;
}

absl::StatusOr<Lexeme> Lexer::Read() {
  Lexeme lexeme;
  lexeme.at = at_;
  if (at_ == text_.size()) return lexeme;
  const char c = text_[at_];
  const size_t prefix = StringPrefix();
  if (prefix > 0 || c == '"' || c == '\'') {
    const std::string kind = absl::AsciiStrToLower(text_.substr(at_, prefix));
    at_ += prefix;
    lexeme.token =
        absl::StrContains(kind, 'b') ? Token::kBytes : Token::kString;
    return String(lexeme, /*raw=*/absl::StrContains(kind, 'r'));
  }
  if (IsNameStart(c)) {
    while (at_ < text_.size() && IsNamePart(text_[at_])) ++at_;
    lexeme.token = Token::kName;
    lexeme.text = std::string(text_.substr(lexeme.at, at_ - lexeme.at));
    return lexeme;
  }
  if (c == '`') return QuotedName(lexeme);
  if (IsDigit(c) ||
      (c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) {
    return Number(lexeme);
  }
  return Symbol(lexeme);
}

absl::StatusOr<Lexeme> Lexer::QuotedName(Lexeme lexeme) {
  const size_t close = text_.find('`', at_ + 1);
  const absl::string_view name = close == absl::string_view::npos
                                     ? ""
                                     : text_.substr(at_ + 1, close - at_ - 1);
  const bool ok =
      !name.empty() && std::all_of(name.begin(), name.end(), [](char c) {
        return IsNamePart(c) || absl::StrContains(".-/ ", c);
      });
  if (!ok) {
    return ErrorAt(text_, at_,
                   "a quoted name is `...` of letters, digits and _ . - / "
                   "and space");
  }
  lexeme.token = Token::kQuotedName;
  lexeme.text = std::string(name);
  at_ = close + 1;
  return lexeme;
}

absl::StatusOr<Lexeme> Lexer::Number(Lexeme lexeme) {
  const auto digits = [&] {
    while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
  };
  bool is_double = false;
  if (At(at_, "0x") || At(at_, "0X")) {
    at_ += 2;
    while (at_ < text_.size() && DigitOf(text_[at_]) < 16) ++at_;
  } else {
    digits();
    if (at_ + 1 < text_.size() && text_[at_] == '.' &&
        IsDigit(text_[at_ + 1])) {
      is_double = true;
      ++at_;
      digits();
    }
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      is_double = true;
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
        ++at_;
      }
      digits();
    }
  }
  const absl::string_view written = text_.substr(lexeme.at, at_ - lexeme.at);
  if (!is_double) return Whole(lexeme, written);
  double value = 0;
  if (at_ < text_.size() && IsNamePart(text_[at_])) {
    return ErrorAt(
        text_, lexeme.at,
        absl::StrCat("'", written, text_.substr(at_, 1), "' is not a number"));
  }
  if (!absl::SimpleAtod(written, &value) || !std::isfinite(value)) {
    return ErrorAt(text_, lexeme.at,
                   absl::StrCat("'", written, "' is not a finite number"));
  }
  lexeme.token = Token::kDouble;
  lexeme.number = value;
  return lexeme;
}

absl::StatusOr<Lexeme> Lexer::Whole(Lexeme lexeme, absl::string_view digits) {
  lexeme.token = Token::kInt;
  if (at_ < text_.size() && (text_[at_] == 'u' || text_[at_] == 'U')) {
    lexeme.token = Token::kUint;
    ++at_;
  }
  if (at_ < text_.size() && IsNamePart(text_[at_])) {
    return ErrorAt(
        text_, lexeme.at,
        absl::StrCat("'", digits, text_.substr(at_, 1), "' is not a number"));
  }
  uint64_t whole = 0;
  const bool ok = At(lexeme.at, "0x") || At(lexeme.at, "0X")
                      ? absl::SimpleHexAtoi(digits, &whole)
                      : absl::SimpleAtoi(digits, &whole);
  // One more than the largest int, for the smallest after a minus.
  if (!ok || (lexeme.token == Token::kInt && whole > uint64_t{1} << 63)) {
    return ErrorAt(
        text_, lexeme.at,
        absl::StrCat("'", digits, "' does not fit ",
                     lexeme.token == Token::kInt ? "an int" : "a uint",
                     "; write a double: ", digits, ".0"));
  }
  lexeme.number = static_cast<long double>(whole);
  return lexeme;
}

absl::StatusOr<Lexeme> Lexer::String(Lexeme lexeme, bool raw) {
  const std::string triple(3, text_[at_]);
  const bool is_triple = At(at_, triple);
  const absl::string_view close =
      is_triple ? absl::string_view(triple) : text_.substr(at_, 1);
  at_ += close.size();
  for (;;) {
    const bool ends_line =
        at_ < text_.size() && (text_[at_] == '\n' || text_[at_] == '\r');
    if (at_ >= text_.size() || (!is_triple && ends_line)) {
      return ErrorAt(text_, lexeme.at,
                     absl::StrCat("the string that begins here is not "
                                  "closed; end it with ",
                                  close));
    }
    if (At(at_, close)) {
      at_ += close.size();
      return lexeme;
    }
    if (!raw && text_[at_] == '\\') {
      RETURN_IF_ERROR(Escape(lexeme.token, &lexeme.text));
    } else {
      lexeme.text.push_back(text_[at_++]);
    }
  }
}

absl::Status Lexer::Escape(Token token, std::string* out) {
  const size_t begin = at_++;
  const char c = at_ < text_.size() ? text_[at_++] : '\0';
  static constexpr absl::string_view kFrom = "abfnrtv\\?\"'`";
  static constexpr absl::string_view kTo = "\a\b\f\n\r\t\v\\?\"'`";
  if (const size_t simple = kFrom.find(c);
      c != '\0' && simple != absl::string_view::npos) {
    out->push_back(kTo[simple]);
    return absl::OkStatus();
  }
  size_t digits = 0;
  int base = 16;
  if (c == 'x' || c == 'X') digits = 2;
  if (token == Token::kString && c == 'u') digits = 4;
  if (token == Token::kString && c == 'U') digits = 8;
  if (c >= '0' && c <= '3') {
    digits = 3;
    base = 8;
    --at_;
  }
  uint32_t point = 0;
  for (size_t i = 0; i < digits; ++i, ++at_) {
    const int value = at_ < text_.size() ? DigitOf(text_[at_]) : 99;
    if (value >= base) {
      digits = 0;
      break;
    }
    point = point * base + value;
  }
  if (digits == 0 || point > 0x10ffff || (point >= 0xd800 && point < 0xe000)) {
    return ErrorAt(text_, begin,
                   "this is not an escape of CEL; write \\\\ "
                   "for a backslash");
  }
  // In bytes \x and octal are one byte; in strings, a code point.
  if (token == Token::kBytes) {
    out->push_back(static_cast<char>(point));
  } else {
    AppendUtf8(point, out);
  }
  return absl::OkStatus();
}

absl::StatusOr<Lexeme> Lexer::Symbol(Lexeme lexeme) {
  static constexpr absl::string_view kSymbols[] = {
      "==", "!=", "<=", ">=", "&&", "||", "<", ">", "!", "-", "(", ")",
      "[",  "]",  ",",  ".",  "+",  "*",  "/", "%", "?", ":", "{", "}"};
  for (const absl::string_view symbol : kSymbols) {
    if (!At(at_, symbol)) continue;
    at_ += symbol.size();
    lexeme.token = Token::kSymbol;
    lexeme.text = std::string(symbol);
    return lexeme;
  }
  const char c = text_[at_];
  if (c == '=') {
    return ErrorAt(text_, at_, "'=' is no operator; compare with ==", "==");
  }
  if (c == '&' || c == '|') {
    const std::string twice(2, c);
    return ErrorAt(text_, at_,
                   absl::StrCat("'", text_.substr(at_, 1),
                                "' is no operator; write ", twice),
                   twice);
  }
  size_t end = at_ + 1;  // A whole code point.
  while (end < text_.size() &&
         (static_cast<uint8_t>(text_[end]) & 0xc0) == 0x80) {
    ++end;
  }
  return ErrorAt(
      text_, at_,
      absl::StrCat("'", text_.substr(at_, end - at_), "' has no meaning here"));
}

}  // namespace meridian::analysis::internal
