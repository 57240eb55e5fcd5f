#include "cli/board_text.h"

#include "absl/strings/str_cat.h"
#include "cli/answer.h"
#include "cli/text.h"

namespace meridian::cli {

std::string UnitOf(const v1::Board& board) {
  return board.unit().empty() ? kUnknown : board.unit();
}

std::string BoardTitle(const v1::Board& board, const v1::AnswerHeader& header) {
  std::string title = board.title().empty() ? board.board()
                                            : absl::StrCat(board.title(), " (",
                                                           board.board(), ")");
  for (const char* choice : {"category", "method"}) {
    const std::string value = ChoiceValue(header, choice);
    if (!value.empty()) absl::StrAppend(&title, ", ", choice, " ", value);
  }
  absl::StrAppend(&title, "; ", UnitOf(board));
  if (board.direction() == v1::Board::DIRECTION_HIGHER_IS_BETTER) {
    title += ", higher is better";
  } else if (board.direction() == v1::Board::DIRECTION_LOWER_IS_BETTER) {
    title += ", lower is better";
  }
  return title;
}

}  // namespace meridian::cli
