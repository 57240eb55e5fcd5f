// Text to tokens.
#ifndef ANALYSIS_SERVICE_EXPRESSION_LEXER_H_
#define ANALYSIS_SERVICE_EXPRESSION_LEXER_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian::analysis::internal {

enum class Token {
  kEnd,
  kName,
  kQuotedName,  // `a.b`, only after a dot
  kInt,
  kUint,
  kDouble,
  kString,
  kBytes,
  kSymbol
};

struct Lexeme {
  Token token = Token::kEnd;
  size_t at = 0;
  size_t end = 0;
  std::string text;  // name, symbol, or decoded string
  long double number = 0;
};

class Lexer {
 public:
  explicit Lexer(absl::string_view text) : text_(text) {}
  // Errors: InvalidArgument (BAD_EXPRESSION).
  absl::StatusOr<Lexeme> Next();

 private:
  absl::StatusOr<Lexeme> Read();
  void SkipSpace();
  // The length of a prefix r, b, br before a quote; 0: there is none.
  size_t StringPrefix() const;
  absl::StatusOr<Lexeme> Number(Lexeme lexeme);
  absl::StatusOr<Lexeme> Whole(Lexeme lexeme, absl::string_view digits);
  absl::StatusOr<Lexeme> String(Lexeme lexeme, bool raw);
  absl::Status Escape(Token token, std::string* out);
  absl::StatusOr<Lexeme> QuotedName(Lexeme lexeme);
  absl::StatusOr<Lexeme> Symbol(Lexeme lexeme);
  bool At(size_t at, absl::string_view what) const {
    return text_.substr(at, what.size()) == what;
  }

  const absl::string_view text_;
  size_t at_ = 0;
};

}  // namespace meridian::analysis::internal

#endif  // ANALYSIS_SERVICE_EXPRESSION_LEXER_H_
