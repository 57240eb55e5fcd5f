#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
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
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_EXPRESSION",
                   absl::StrCat(line, ":", column, ": ", message, "\n  ", shown,
                                "\n  ", std::string(column - 1, ' '), "^"),
                   std::move(details));
}

namespace {

enum class Token { kEnd, kName, kInt, kDouble, kString, kSymbol };

struct Lexeme {
  Token token = Token::kEnd;
  size_t at = 0;
  std::string text;  // name, symbol, or decoded string
  long double number = 0;
};

bool IsNameStart(char c) {
  return absl::ascii_isalpha(static_cast<unsigned char>(c)) || c == '_';
}
bool IsNamePart(char c) {
  return IsNameStart(c) || absl::ascii_isdigit(static_cast<unsigned char>(c));
}
bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}

  absl::StatusOr<Lexeme> Next() {
    while (at_ < text_.size()) {
      if (absl::ascii_isspace(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      } else if (absl::StartsWith(text_.substr(at_), "//")) {
        while (at_ < text_.size() && text_[at_] != '\n') ++at_;
      } else {
        break;
      }
    }
    Lexeme lexeme;
    lexeme.at = at_;
    if (at_ == text_.size()) return lexeme;
    const char c = text_[at_];
    if ((c == 'r' || c == 'R') && at_ + 1 < text_.size() &&
        (text_[at_ + 1] == '"' || text_[at_ + 1] == '\'')) {
      ++at_;
      return String(lexeme, /*raw=*/true);
    }
    if (c == '"' || c == '\'') return String(lexeme, /*raw=*/false);
    if (IsNameStart(c)) {
      const size_t begin = at_;
      while (at_ < text_.size() && IsNamePart(text_[at_])) ++at_;
      lexeme.token = Token::kName;
      lexeme.text = std::string(text_.substr(begin, at_ - begin));
      return lexeme;
    }
    if (IsDigit(c) ||
        (c == '.' && at_ + 1 < text_.size() && IsDigit(text_[at_ + 1]))) {
      return Number(lexeme);
    }
    return Symbol(lexeme);
  }

 private:
  absl::StatusOr<Lexeme> Number(Lexeme lexeme) {
    const size_t begin = at_;
    bool is_double = false;
    if (absl::StartsWith(text_.substr(at_), "0x")) {
      at_ += 2;
      while (at_ < text_.size() &&
             absl::ascii_isxdigit(static_cast<unsigned char>(text_[at_]))) {
        ++at_;
      }
    } else {
      while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
      if (at_ < text_.size() && text_[at_] == '.' && at_ + 1 < text_.size() &&
          IsDigit(text_[at_ + 1])) {
        is_double = true;
        ++at_;
        while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
      }
      if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
        is_double = true;
        ++at_;
        if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) {
          ++at_;
        }
        while (at_ < text_.size() && IsDigit(text_[at_])) ++at_;
      }
    }
    const absl::string_view digits = text_.substr(begin, at_ - begin);
    if (at_ < text_.size() && IsNamePart(text_[at_])) {
      return ErrorAt(
          text_, begin,
          absl::StrCat("'", digits, text_.substr(at_, 1), "' is not a number"));
    }
    double value = 0;
    uint64_t whole = 0;
    if (is_double) {
      if (!absl::SimpleAtod(digits, &value) || !std::isfinite(value)) {
        return ErrorAt(text_, begin,
                       absl::StrCat("'", digits, "' is not a finite number"));
      }
      lexeme.number = value;
    } else {
      const bool ok = absl::StartsWith(digits, "0x")
                          ? absl::SimpleHexAtoi(digits, &whole)
                          : absl::SimpleAtoi(digits, &whole);
      // One more than the largest, for the smallest after a minus.
      if (!ok || whole > uint64_t{1} << 63) {
        return ErrorAt(text_, begin,
                       absl::StrCat("'", digits,
                                    "' does not fit an int; "
                                    "write a double: ",
                                    digits, ".0"));
      }
      lexeme.number = whole;
    }
    lexeme.token = is_double ? Token::kDouble : Token::kInt;
    return lexeme;
  }

  absl::StatusOr<Lexeme> String(Lexeme lexeme, bool raw) {
    const char quote = text_[at_];
    const std::string triple(3, quote);
    const bool is_triple = absl::StartsWith(text_.substr(at_), triple);
    const absl::string_view close =
        is_triple ? absl::string_view(triple) : text_.substr(at_, 1);
    at_ += close.size();
    lexeme.token = Token::kString;
    for (;;) {
      if (at_ >= text_.size() || (!is_triple && text_[at_] == '\n')) {
        return ErrorAt(text_, lexeme.at,
                       absl::StrCat("the string that begins here is not "
                                    "closed; end it with ",
                                    close));
      }
      if (absl::StartsWith(text_.substr(at_), close)) {
        at_ += close.size();
        return lexeme;
      }
      if (!raw && text_[at_] == '\\') {
        const absl::Status status = Escape(&lexeme.text);
        if (!status.ok()) return status;
      } else {
        lexeme.text.push_back(text_[at_++]);
      }
    }
  }

  absl::Status Escape(std::string* out) {
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
    if (c == 'u') digits = 4;
    if (c == 'U') digits = 8;
    if (c >= '0' && c <= '3') {
      digits = 3;
      base = 8;
      --at_;
    }
    uint32_t point = 0;
    for (size_t i = 0; i < digits; ++i, ++at_) {
      const char d = at_ < text_.size() ? text_[at_] : '\0';
      const int value = IsDigit(d)               ? d - '0'
                        : (d >= 'a' && d <= 'f') ? d - 'a' + 10
                        : (d >= 'A' && d <= 'F') ? d - 'A' + 10
                                                 : 99;
      if (value >= base) {
        digits = 0;
        break;
      }
      point = point * base + value;
    }
    if (digits == 0 || point > 0x10ffff ||
        (point >= 0xd800 && point < 0xe000)) {
      return ErrorAt(text_, begin,
                     "this is not an escape of CEL; write \\\\ "
                     "for a backslash");
    }
    AppendUtf8(point, out);
    return absl::OkStatus();
  }

  static void AppendUtf8(uint32_t point, std::string* out) {
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

  absl::StatusOr<Lexeme> Symbol(Lexeme lexeme) {
    static constexpr absl::string_view kSymbols[] = {
        "==", "!=", "<=", ">=", "&&", "||", "<", ">",
        "!",  "-",  "(",  ")",  "[",  "]",  ",", "."};
    for (const absl::string_view symbol : kSymbols) {
      if (!absl::StartsWith(text_.substr(at_), symbol)) continue;
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
    return ErrorAt(text_, at_,
                   absl::StrCat("'", text_.substr(at_, end - at_),
                                "' has no meaning here"));
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

using NodePtr = std::shared_ptr<Node>;

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text), lexer_(text) {}

  absl::StatusOr<NodePtr> Run() {
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(NodePtr root, Or());
    if (now_.token != Token::kEnd) return Unexpected("the end");
    return root;
  }

 private:
  absl::Status Advance() {
    ASSIGN_OR_RETURN(now_, lexer_.Next());
    return absl::OkStatus();
  }
  bool Is(absl::string_view symbol) const {
    return now_.token == Token::kSymbol && now_.text == symbol;
  }
  bool IsWord(absl::string_view word) const {
    return now_.token == Token::kName && now_.text == word;
  }

  absl::Status Unexpected(absl::string_view wanted) {
    if (now_.token == Token::kName) {
      const std::string word = absl::AsciiStrToLower(now_.text);
      const absl::string_view symbol = word == "and"   ? "&&"
                                       : word == "or"  ? "||"
                                       : word == "not" ? "!"
                                                       : "";
      if (!symbol.empty()) {
        return ErrorAt(
            text_, now_.at,
            absl::StrCat("'", now_.text, "' is no operator; write ", symbol),
            symbol);
      }
    }
    if (now_.token == Token::kEnd) {
      return ErrorAt(
          text_, now_.at,
          absl::StrCat("the expression ends where ", wanted, " is expected"));
    }
    const std::string found =
        now_.token == Token::kString ? "a string"
        : now_.token == Token::kInt || now_.token == Token::kDouble
            ? "a number"
            : absl::StrCat("'", now_.text, "'");
    return ErrorAt(text_, now_.at,
                   absl::StrCat(found, " where ", wanted, " is expected"));
  }

  absl::StatusOr<NodePtr> Make(Op op, size_t at,
                               std::vector<NodePtr> children = {}) {
    if (++nodes_ > kMaxExpressionNodes) {
      return ErrorAt(text_, at,
                     absl::StrCat("the expression has more than ",
                                  kMaxExpressionNodes, " parts; split it"));
    }
    auto node = std::make_shared<Node>();
    node->op = op;
    node->at = at;
    node->children = std::move(children);
    return node;
  }

  // Left-associative chain of one operator.
  template <typename Operand>
  absl::StatusOr<NodePtr> Chain(Op op, absl::string_view symbol,
                                Operand operand) {
    ASSIGN_OR_RETURN(NodePtr first, (this->*operand)());
    std::vector<NodePtr> children = {first};
    const size_t at = first->at;
    while (Is(symbol)) {
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr next, (this->*operand)());
      children.push_back(std::move(next));
    }
    if (children.size() == 1) return first;
    return Make(op, at, std::move(children));
  }

  absl::StatusOr<NodePtr> Or() {
    if (++depth_ > kMaxExpressionDepth) {
      return ErrorAt(text_, now_.at,
                     absl::StrCat("nested more than ", kMaxExpressionDepth,
                                  " levels deep; split it"));
    }
    auto node = Chain(Op::kOr, "||", &Parser::And);
    --depth_;
    return node;
  }
  absl::StatusOr<NodePtr> And() {
    return Chain(Op::kAnd, "&&", &Parser::Relation);
  }

  absl::StatusOr<NodePtr> Relation() {
    ASSIGN_OR_RETURN(NodePtr left, Unary());
    static const std::pair<absl::string_view, Op> kOps[] = {
        {"==", Op::kEqual},  {"!=", Op::kNotEqual},
        {"<", Op::kLess},    {"<=", Op::kLessOrEqual},
        {">", Op::kGreater}, {">=", Op::kGreaterOrEqual}};
    for (;;) {
      Op op = Op::kIn;
      bool found = IsWord("in");
      for (const auto& [symbol, candidate] : kOps) {
        if (Is(symbol)) {
          op = candidate;
          found = true;
        }
      }
      if (!found) return left;
      const size_t at = now_.at;
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr right, Unary());
      ASSIGN_OR_RETURN(left, Make(op, at, {left, right}));
    }
  }

  absl::StatusOr<NodePtr> Unary() {
    const size_t at = now_.at;
    if (!Is("!") && !Is("-")) return Member();
    if (++depth_ > kMaxExpressionDepth) {
      return ErrorAt(text_, at, "too many signs in a row");
    }
    const Op op = Is("!") ? Op::kNot : Op::kNegate;
    RETURN_IF_ERROR(Advance());
    // The smallest int has no positive counterpart.
    smallest_allowed_ = op == Op::kNegate;
    ASSIGN_OR_RETURN(NodePtr operand, Unary());
    --depth_;
    return Make(op, at, {operand});
  }

  absl::StatusOr<NodePtr> Member() {
    ASSIGN_OR_RETURN(NodePtr node, Primary());
    while (Is(".")) {
      RETURN_IF_ERROR(Advance());
      if (now_.token != Token::kName) return Unexpected("a name");
      const Lexeme name = now_;
      RETURN_IF_ERROR(Advance());
      if (Is("(")) {
        ASSIGN_OR_RETURN(std::vector<NodePtr> arguments, Arguments("(", ")"));
        arguments.insert(arguments.begin(), node);
        ASSIGN_OR_RETURN(node, Make(Op::kCall, name.at, std::move(arguments)));
        node->text = name.text;
        node->is_method = true;
      } else if (node->op == Op::kName) {
        node->text += "." + name.text;
      } else {
        return ErrorAt(text_, name.at, "only names have fields");
      }
    }
    return node;
  }

  // The arguments of a call or the elements of a list; a trailing comma is
  // allowed in lists, as in CEL.
  absl::StatusOr<std::vector<NodePtr>> Arguments(absl::string_view open,
                                                 absl::string_view close) {
    std::vector<NodePtr> arguments;
    RETURN_IF_ERROR(Advance());  // `open`
    while (!Is(close)) {
      if (static_cast<int>(arguments.size()) == kMaxListElements) {
        return ErrorAt(
            text_, now_.at,
            absl::StrCat("more than ", kMaxListElements, " elements"));
      }
      ASSIGN_OR_RETURN(NodePtr argument, Or());
      arguments.push_back(std::move(argument));
      if (Is(",")) {
        RETURN_IF_ERROR(Advance());
        if (Is(close) && open != "[") return Unexpected("an argument");
      } else if (!Is(close)) {
        return Unexpected(absl::StrCat("',' or '", close, "'"));
      }
    }
    RETURN_IF_ERROR(Advance());
    return arguments;
  }

  absl::StatusOr<NodePtr> Literal(Kind kind) {
    ASSIGN_OR_RETURN(NodePtr node, Make(Op::kLiteral, now_.at));
    node->type.kind = kind;
    node->text = now_.text;
    node->number = now_.number;
    RETURN_IF_ERROR(Advance());
    return node;
  }

  absl::StatusOr<NodePtr> Primary() {
    const bool smallest_allowed = std::exchange(smallest_allowed_, false);
    switch (now_.token) {
      case Token::kInt:
        if (!smallest_allowed &&
            now_.number >
                static_cast<long double>(std::numeric_limits<int64_t>::max())) {
          return ErrorAt(text_, now_.at, "the number does not fit an int");
        }
        return Literal(Kind::kInt);
      case Token::kDouble:
        return Literal(Kind::kDouble);
      case Token::kString:
        return Literal(Kind::kString);
      case Token::kName:
        return Name();
      case Token::kSymbol: {
        const size_t at = now_.at;
        if (Is("(")) {
          RETURN_IF_ERROR(Advance());
          ASSIGN_OR_RETURN(NodePtr inner, Or());
          if (!Is(")")) return Unexpected("')'");
          RETURN_IF_ERROR(Advance());
          return inner;
        }
        if (Is("[")) {
          ASSIGN_OR_RETURN(std::vector<NodePtr> elements, Arguments("[", "]"));
          return Make(Op::kList, at, std::move(elements));
        }
        return Unexpected("a value");
      }
      case Token::kEnd:
        break;
    }
    return Unexpected("a value");
  }

  absl::StatusOr<NodePtr> Name() {
    const Lexeme name = now_;
    if (name.text == "true" || name.text == "false") {
      ASSIGN_OR_RETURN(NodePtr node, Literal(Kind::kBool));
      node->flag = name.text == "true";
      return node;
    }
    const std::string word = absl::AsciiStrToLower(name.text);
    if (word == "and" || word == "or" || word == "not" || name.text == "in") {
      return Unexpected("a value");
    }
    RETURN_IF_ERROR(Advance());
    if (Is("(")) {
      ASSIGN_OR_RETURN(std::vector<NodePtr> arguments, Arguments("(", ")"));
      ASSIGN_OR_RETURN(NodePtr call,
                       Make(Op::kCall, name.at, std::move(arguments)));
      call->text = name.text;
      return call;
    }
    ASSIGN_OR_RETURN(NodePtr node, Make(Op::kName, name.at));
    node->text = name.text;
    return node;
  }

  const absl::string_view text_;
  Lexer lexer_;
  Lexeme now_;
  int depth_ = 0;
  int nodes_ = 0;
  bool smallest_allowed_ = false;
};

}  // namespace

absl::StatusOr<std::shared_ptr<Node>> Parse(absl::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return ErrorAt(text, kMaxExpressionBytes,
                   absl::StrCat("longer than ", kMaxExpressionBytes, " bytes"));
  }
  return Parser(text).Run();
}

}  // namespace meridian::analysis::internal
