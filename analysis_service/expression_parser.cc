// Tokens to tree.
#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_ast.h"
#include "analysis_service/expression_lexer.h"
#include "common/base/status.h"
#include "common/base/utf8.h"

namespace meridian::analysis::internal {
namespace {

constexpr absl::string_view kReserved[] = {
    "as",        "break",  "const",  "continue", "else",  "for",
    "function",  "if",     "import", "let",      "loop",  "package",
    "namespace", "return", "var",    "void",     "while", "in"};

bool IsReserved(absl::string_view word) {
  return std::find(std::begin(kReserved), std::end(kReserved), word) !=
         std::end(kReserved);
}

class Parser {
 public:
  explicit Parser(absl::string_view text) : text_(text), lexer_(text) {}

  absl::StatusOr<NodePtr> Run() {
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(NodePtr root, Conditional());
    if (now_.token != Token::kEnd) return Unexpected("the end");
    return root;
  }

 private:
  using Rule = absl::StatusOr<NodePtr> (Parser::*)();

  absl::Status Advance() {
    last_end_ = now_.end;
    ASSIGN_OR_RETURN(now_, lexer_.Next());
    return absl::OkStatus();
  }
  bool Is(absl::string_view symbol) const {
    return now_.token == Token::kSymbol && now_.text == symbol;
  }
  bool IsWord(absl::string_view word) const {
    return now_.token == Token::kName && now_.text == word;
  }
  absl::Status Expect(absl::string_view symbol) {
    if (!Is(symbol)) return Unexpected(absl::StrCat("'", symbol, "'"));
    return Advance();
  }

  absl::Status Unexpected(absl::string_view wanted) const {
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
    const std::string found = Found();
    return ErrorAt(text_, now_.at,
                   absl::StrCat(found, " where ", wanted, " is expected"));
  }
  std::string Found() const {
    switch (now_.token) {
      case Token::kString:
      case Token::kBytes:
        return "a string";
      case Token::kInt:
      case Token::kUint:
      case Token::kDouble:
        return "a number";
      default:
        return absl::StrCat("'", now_.text, "'");
    }
  }

  absl::Status TooDeep(size_t at) const {
    return ErrorAt(text_, at,
                   absl::StrCat("nested more than ", kMaxExpressionDepth,
                                " levels deep; split it"));
  }

  absl::StatusOr<NodePtr> Make(Op op, size_t at, size_t begin,
                               std::vector<NodePtr> children = {}) {
    if (++nodes_ > kMaxExpressionNodes) {
      return ErrorAt(text_, at,
                     absl::StrCat("the expression has more than ",
                                  kMaxExpressionNodes, " parts; split it"));
    }
    auto node = std::make_shared<Node>();
    for (const NodePtr& child : children) {
      node->depth = std::max(node->depth, child->depth + 1);
    }
    if (node->depth > 2 * kMaxExpressionDepth) return TooDeep(at);
    node->op = op;
    node->at = at;
    node->begin = begin;
    node->end = last_end_;
    node->children = std::move(children);
    return node;
  }

  absl::StatusOr<NodePtr> Conditional() {
    if (++depth_ > kMaxExpressionDepth) return TooDeep(now_.at);
    ASSIGN_OR_RETURN(NodePtr node, Or());
    if (Is("?")) {
      const size_t at = now_.at;
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr yes, Or());
      RETURN_IF_ERROR(Expect(":"));
      ASSIGN_OR_RETURN(NodePtr no, Conditional());
      const size_t begin = node->begin;
      ASSIGN_OR_RETURN(node,
                       Make(Op::kConditional, at, begin, {node, yes, no}));
    }
    --depth_;
    return node;
  }
  absl::StatusOr<NodePtr> Or() { return Chain(Op::kOr, "||", &Parser::And); }
  absl::StatusOr<NodePtr> And() {
    return Chain(Op::kAnd, "&&", &Parser::Relation);
  }

  // && and || take all their operands at once.
  absl::StatusOr<NodePtr> Chain(Op op, absl::string_view symbol, Rule operand) {
    ASSIGN_OR_RETURN(NodePtr first, (this->*operand)());
    if (!Is(symbol)) return first;
    const size_t at = first->begin;
    std::vector<NodePtr> children = {first};
    while (Is(symbol)) {
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr next, (this->*operand)());
      children.push_back(std::move(next));
    }
    return Make(op, at, at, std::move(children));
  }

  // Operators of one precedence, left to right.
  absl::StatusOr<NodePtr> Binary(
      absl::Span<const std::pair<absl::string_view, Op>> operators,
      Rule operand) {
    ASSIGN_OR_RETURN(NodePtr left, (this->*operand)());
    for (;;) {
      const auto found = std::find_if(
          operators.begin(), operators.end(), [&](const auto& candidate) {
            return candidate.second == Op::kIn ? IsWord("in")
                                               : Is(candidate.first);
          });
      if (found == operators.end()) return left;
      const size_t at = now_.at, begin = left->begin;
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr right, (this->*operand)());
      ASSIGN_OR_RETURN(left, Make(found->second, at, begin, {left, right}));
    }
  }
  absl::StatusOr<NodePtr> Relation() {
    static constexpr std::pair<absl::string_view, Op> kOps[] = {
        {"==", Op::kEqual},  {"!=", Op::kNotEqual},
        {"<", Op::kLess},    {"<=", Op::kLessOrEqual},
        {">", Op::kGreater}, {">=", Op::kGreaterOrEqual},
        {"in", Op::kIn}};
    return Binary(kOps, &Parser::Sum);
  }
  absl::StatusOr<NodePtr> Sum() {
    static constexpr std::pair<absl::string_view, Op> kOps[] = {
        {"+", Op::kAdd}, {"-", Op::kSubtract}};
    return Binary(kOps, &Parser::Product);
  }
  absl::StatusOr<NodePtr> Product() {
    static constexpr std::pair<absl::string_view, Op> kOps[] = {
        {"*", Op::kMultiply}, {"/", Op::kDivide}, {"%", Op::kModulo}};
    return Binary(kOps, &Parser::Unary);
  }

  absl::StatusOr<NodePtr> Unary() {
    const size_t at = now_.at;
    if (!Is("!") && !Is("-")) return Member();
    if (++depth_ > kMaxExpressionDepth) {
      return ErrorAt(text_, at, "too many signs in a row");
    }
    const Op op = Is("!") ? Op::kNot : Op::kNegate;
    RETURN_IF_ERROR(Advance());
    absl::StatusOr<NodePtr> result;
    if (op == Op::kNegate &&
        (now_.token == Token::kInt || now_.token == Token::kDouble)) {
      // A part of the number: the smallest int has no positive counterpart.
      now_.number = -now_.number;
      now_.at = at;
      result = Member();
    } else {
      ASSIGN_OR_RETURN(NodePtr operand, Unary());
      result = Make(op, at, at, {operand});
    }
    --depth_;
    return result;
  }

  absl::StatusOr<NodePtr> Member() {
    ASSIGN_OR_RETURN(NodePtr node, Primary());
    for (;;) {
      const size_t begin = node->begin;
      if (Is("[")) {
        const size_t at = now_.at;
        RETURN_IF_ERROR(Advance());
        ASSIGN_OR_RETURN(NodePtr index, Conditional());
        RETURN_IF_ERROR(Expect("]"));
        ASSIGN_OR_RETURN(node, Make(Op::kIndex, at, begin, {node, index}));
      } else if (Is("{")) {
        return ErrorAt(text_, now_.at,
                       "messages cannot be made in this language");
      } else if (Is(".")) {
        RETURN_IF_ERROR(Advance());
        if (now_.token != Token::kName && now_.token != Token::kQuotedName) {
          return Unexpected("a name");
        }
        const Lexeme name = now_;
        RETURN_IF_ERROR(Advance());
        if (Is("(") && name.token == Token::kName) {
          ASSIGN_OR_RETURN(std::vector<NodePtr> arguments, Arguments("(", ")"));
          arguments.insert(arguments.begin(), node);
          ASSIGN_OR_RETURN(
              node, Make(Op::kCall, name.at, begin, std::move(arguments)));
          node->is_method = true;
        } else {
          ASSIGN_OR_RETURN(node, Make(Op::kSelect, name.at, begin, {node}));
        }
        node->text = name.text;
      } else {
        return node;
      }
    }
  }

  // The arguments of a call or the elements of a list; a trailing comma is
  // allowed in lists, as in CEL.
  absl::StatusOr<std::vector<NodePtr>> Arguments(absl::string_view open,
                                                 absl::string_view close) {
    std::vector<NodePtr> arguments;
    RETURN_IF_ERROR(Advance());  // `open`
    while (!Is(close)) {
      if (static_cast<int>(arguments.size()) >= 2 * kMaxListElements ||
          (open != "{" &&
           static_cast<int>(arguments.size()) == kMaxListElements)) {
        return ErrorAt(
            text_, now_.at,
            absl::StrCat("more than ", kMaxListElements, " elements"));
      }
      ASSIGN_OR_RETURN(NodePtr argument, Conditional());
      arguments.push_back(std::move(argument));
      if (open == "{") {
        RETURN_IF_ERROR(Expect(":"));
        ASSIGN_OR_RETURN(NodePtr value, Conditional());
        arguments.push_back(std::move(value));
      }
      if (Is(",")) {
        RETURN_IF_ERROR(Advance());
        if (Is(close) && open == "(") return Unexpected("an argument");
      } else if (!Is(close)) {
        return Unexpected(absl::StrCat("',' or '", close, "'"));
      }
    }
    RETURN_IF_ERROR(Advance());
    return arguments;
  }

  absl::StatusOr<NodePtr> Literal(Kind kind) {
    const Lexeme lexeme = now_;
    RETURN_IF_ERROR(Advance());
    ASSIGN_OR_RETURN(NodePtr node, Make(Op::kLiteral, lexeme.at, lexeme.at));
    node->type.kind = kind;
    node->text = lexeme.text;
    node->number = lexeme.number;
    return node;
  }

  absl::StatusOr<NodePtr> Primary() {
    switch (now_.token) {
      case Token::kInt:
        if (now_.number >
            static_cast<long double>(std::numeric_limits<int64_t>::max())) {
          return ErrorAt(text_, now_.at, "the number does not fit an int");
        }
        return Literal(Kind::kInt);
      case Token::kUint:
        return Literal(Kind::kUint);
      case Token::kDouble:
        return Literal(Kind::kDouble);
      case Token::kString:
        return Literal(Kind::kString);
      case Token::kBytes:
        return Literal(Kind::kBytes);
      case Token::kName:
        return Name();
      case Token::kSymbol:
        return Bracketed();
      case Token::kQuotedName:
      case Token::kEnd:
        break;
    }
    return Unexpected("a value");
  }

  absl::StatusOr<NodePtr> Bracketed() {
    const size_t at = now_.at;
    if (Is("(")) {
      RETURN_IF_ERROR(Advance());
      ASSIGN_OR_RETURN(NodePtr inner, Conditional());
      RETURN_IF_ERROR(Expect(")"));
      inner->begin = at;
      inner->end = last_end_;
      inner->parenthesized = true;
      return inner;
    }
    if (Is("[")) {
      ASSIGN_OR_RETURN(std::vector<NodePtr> elements, Arguments("[", "]"));
      return Make(Op::kList, at, at, std::move(elements));
    }
    if (Is("{")) {
      ASSIGN_OR_RETURN(std::vector<NodePtr> entries, Arguments("{", "}"));
      return Make(Op::kMap, at, at, std::move(entries));
    }
    if (Is(".")) {  // A name from the root; there is no other scope.
      RETURN_IF_ERROR(Advance());
      if (now_.token == Token::kName) return Name();
      return Unexpected("a name");
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
    if (name.text == "null") return Literal(Kind::kNull);
    const std::string word = absl::AsciiStrToLower(name.text);
    if (word == "and" || word == "or" || word == "not") {
      return Unexpected("a value");
    }
    if (IsReserved(name.text)) {
      return ErrorAt(text_, name.at,
                     absl::StrCat("'", name.text, "' is a reserved word"));
    }
    RETURN_IF_ERROR(Advance());
    if (Is("(")) {
      ASSIGN_OR_RETURN(std::vector<NodePtr> arguments, Arguments("(", ")"));
      ASSIGN_OR_RETURN(NodePtr call,
                       Make(Op::kCall, name.at, name.at, std::move(arguments)));
      call->text = name.text;
      return call;
    }
    ASSIGN_OR_RETURN(NodePtr node, Make(Op::kName, name.at, name.at));
    node->text = name.text;
    return node;
  }

  const absl::string_view text_;
  Lexer lexer_;
  Lexeme now_;
  size_t last_end_ = 0;
  int depth_ = 0;
  int nodes_ = 0;
};

}  // namespace

absl::StatusOr<NodePtr> Parse(absl::string_view text) {
  if (text.size() > kMaxExpressionBytes) {
    return ErrorAt(text, kMaxExpressionBytes,
                   absl::StrCat("longer than ", kMaxExpressionBytes, " bytes"));
  }
  if (!IsUtf8(text)) {
    return ErrorAt(text, 0, "the expression is not valid UTF-8");
  }
  return Parser(text).Run();
}

}  // namespace meridian::analysis::internal
