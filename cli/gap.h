// How a comparison of groups is shown. The ways differ: one point as a block,
// a history as a line per month, both as one CSV table.
#ifndef CLI_GAP_H_
#define CLI_GAP_H_

#include <string>
#include <vector>

#include "cli/answer.h"
#include "cli/table.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {

// One point, for people.
void PrintGapPoint(const v1::CompareGroupsResponse& answer,
                   const v1::ComparisonPoint& point, Citations& citations,
                   const Output& output);

// Every point as a line, with bars and a sparkline, for people.
void PrintGapHistory(const v1::CompareGroupsResponse& answer,
                     Citations& citations, const Output& output);

// Every pair of every point as a row, in full precision.
void PrintGapCsv(const v1::CompareGroupsResponse& answer, Citations& citations,
                 const Output& output);

// The standing of a group at a point; null when it has none.
const v1::GroupStanding* StandingOf(const v1::ComparisonPoint& point,
                                    const std::string& group);

// The models of unknown membership that would lead a side of `gap`: who, with
// which figure, what difference that would give, and what is unknown of it.
std::vector<std::string> PossibleLeaders(const v1::ComparisonPoint& point,
                                         const v1::Gap& gap,
                                         const v1::Board& board,
                                         Citations& citations);

// What the comparison is without preliminary and unreleased entries: what was
// left out, then a line for each pair. The point must have it.
std::vector<std::string> WithoutPrereleaseLines(
    const v1::CompareGroupsResponse& answer, const v1::ComparisonPoint& point);

// "decided", "NOT DECIDED", "NO MEMBER".
std::string DecisionWord(v1::Decision decision);
Color DecisionColor(v1::Decision decision);

}  // namespace meridian::cli

#endif  // CLI_GAP_H_
