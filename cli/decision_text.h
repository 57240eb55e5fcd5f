// How decisions read.
#ifndef CLI_DECISION_TEXT_H_
#define CLI_DECISION_TEXT_H_

#include <string>
#include <vector>

#include "cli/table.h"
#include "meridian/v1/decision.pb.h"

namespace meridian::cli {

// Digits of a decision's id that people are shown.
inline constexpr size_t kShownIdDigits = 12;

// "as the policy says", "against the verdict EXCLUDED", "the policy leaves it
// open".
std::string AgainstText(const v1::PolicyDecision& decision);
Color RulingColor(v1::Ruling ruling);

// Decisions, one a row.
Table DecisionTable();
std::vector<Cell> DecisionRow(const v1::PolicyDecision& decision);

}  // namespace meridian::cli

#endif  // CLI_DECISION_TEXT_H_
