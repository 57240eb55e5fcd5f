// What every answer of the analysis service carries: choices, warnings and
// the evidence that its numbers index into.
#ifndef CLI_ANSWER_H_
#define CLI_ANSWER_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "cli/table.h"
#include "meridian/v1/analysis.pb.h"

namespace meridian::cli {

// Numbers the evidence that is shown, in the order in which it is shown.
// Holds a reference to the header, which must outlive it.
class Citations {
 public:
  Citations(const v1::AnswerHeader& header, const Output& output)
      : header_(header), output_(output) {}

  // "[3]" with --cite, else empty. The same evidence keeps its number.
  std::string Mark(uint32_t index);
  // "[1] [2]" for several.
  template <typename Indexes>
  std::string Marks(const Indexes& indexes) {
    std::string marks;
    for (uint32_t index : indexes) {
      const std::string mark = Mark(index);
      if (!marks.empty() && !mark.empty()) marks += " ";
      marks += mark;
    }
    return marks;
  }
  // The evidence id; "?" when the answer carries none at `index`.
  std::string Id(uint32_t index) const;
  // Ids with a space between.
  template <typename Indexes>
  std::string Ids(const Indexes& indexes) const {
    std::string ids;
    for (uint32_t index : indexes) {
      if (!ids.empty()) ids += " ";
      ids += Id(index);
    }
    return ids;
  }
  // The list of what was marked, in order.
  void Print() const;

  // Column "cite" for people (with --cite) and "evidence" for programs, and
  // with --cite what is behind it. Append Cells() to each row likewise.
  void AddColumns(std::vector<Column>& columns) const;
  template <typename Indexes>
  void AddCells(const Indexes& indexes, std::vector<Cell>& row) {
    const v1::Evidence* first =
        indexes.empty() ? nullptr : Find(*indexes.begin());
    AddCells(Marks(indexes), Ids(indexes), first, row);
  }
  void AddCell(uint32_t index, std::vector<Cell>& row) {
    AddCells(std::vector<uint32_t>{index}, row);
  }

 private:
  const v1::Evidence* Find(uint32_t index) const;
  void AddCells(const std::string& marks, const std::string& ids,
                const v1::Evidence* evidence, std::vector<Cell>& row) const;

  const v1::AnswerHeader& header_;
  const Output& output_;
  std::map<uint32_t, int> numbers_;
  std::vector<uint32_t> order_;
};

// The `choices:` line, warnings, and with --cite the citations. Goes to the
// standard error in CSV, so that the table stays one.
void PrintFooter(const v1::AnswerHeader& header, const Citations& citations,
                 const Output& output);

// The value of a choice; empty when the answer does not name it.
std::string ChoiceValue(const v1::AnswerHeader& header, absl::string_view name);

// "1361.5 [1354.9, 1368.0]".
std::string ScoreText(const v1::ScoredModel& model);

// The model's name for people: with its configuration, and marked with "~"
// (as the service spells it) when unresolved.
std::string ModelText(const v1::ScoredModel& model);

}  // namespace meridian::cli

#endif  // CLI_ANSWER_H_
