// How a board is named.
#ifndef CLI_BOARD_TEXT_H_
#define CLI_BOARD_TEXT_H_

#include <string>

#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {

// The unit of a board's values; "?" when nobody describes it.
std::string UnitOf(const v1::Board& board);

// "Text board (acme/text), category full, method raw; points, higher is
// better".
std::string BoardTitle(const v1::Board& board, const v1::AnswerHeader& header);

}  // namespace meridian::cli

#endif  // CLI_BOARD_TEXT_H_
