#include "analysis_service/pointer_column.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace meridian::analysis {
namespace {

// A pattern is a pointer in which a token that is the model's name is
// kModel and the first token that is a plain number is kIndex. Pointers that
// hold such bytes themselves are kept whole behind kWhole.
constexpr char kModel = '\x01';
constexpr char kIndex = '\x02';
constexpr char kWhole = '\x03';

std::string Escape(absl::string_view name) {
  return absl::StrReplaceAll(name, {{"~", "~0"}, {"/", "~1"}});
}

bool IsPlainNumber(absl::string_view token, uint32_t* number) {
  return absl::SimpleAtoi(token, number) && absl::StrCat(*number) == token;
}

std::string PatternOf(absl::string_view pointer, absl::string_view model,
                      uint32_t* index) {
  *index = 0;
  if (pointer.find_first_of("\x01\x02\x03") != absl::string_view::npos) {
    return absl::StrCat(std::string(1, kWhole), pointer);
  }
  const std::string name = Escape(model);
  std::string pattern;
  bool first = true;
  bool has_index = false;
  for (const absl::string_view token : absl::StrSplit(pointer, '/')) {
    if (!first) pattern.push_back('/');
    first = false;
    uint32_t number = 0;
    if (!name.empty() && token == name) {
      pattern.push_back(kModel);
    } else if (!has_index && IsPlainNumber(token, &number)) {
      pattern.push_back(kIndex);
      *index = number;
      has_index = true;
    } else {
      absl::StrAppend(&pattern, token);
    }
  }
  return pattern;
}

}  // namespace

void PointerColumn::Add(absl::string_view pointer, absl::string_view model) {
  const uint32_t row = rows_++;
  if (pointer.empty() && pattern_.empty()) return;
  uint32_t index = 0;
  uint32_t id = 0;
  if (!pointer.empty()) {
    std::string pattern = PatternOf(pointer, model, &index);
    const auto [it, inserted] =
        ids_.emplace(std::move(pattern), patterns_.size());
    if (inserted) patterns_.push_back(it->first);
    id = it->second;
  }
  if (pattern_.size() < row) pattern_.resize(row, 0);
  pattern_.push_back(id);
  if (index == 0 && index_.empty()) return;
  if (index_.size() < row) index_.resize(row, 0);
  index_.push_back(index);
}

std::string PointerColumn::At(size_t row, absl::string_view model) const {
  if (pattern_.empty() || pattern_[row] == 0) return "";
  const std::string& pattern = patterns_[pattern_[row]];
  if (pattern[0] == kWhole) return pattern.substr(1);
  std::string pointer;
  for (const char c : pattern) {
    if (c == kModel) {
      absl::StrAppend(&pointer, Escape(model));
    } else if (c == kIndex) {
      absl::StrAppend(&pointer, index_.empty() ? 0 : index_[row]);
    } else {
      pointer.push_back(c);
    }
  }
  return pointer;
}

void PointerColumn::Permute(absl::Span<const uint32_t> order) {
  for (std::vector<uint32_t>* column : {&pattern_, &index_}) {
    if (column->empty()) continue;
    column->resize(rows_, 0);
    std::vector<uint32_t> next(order.size());
    for (size_t i = 0; i < order.size(); ++i) next[i] = (*column)[order[i]];
    column->swap(next);
  }
}

void PointerColumn::Finish() {
  if (!pattern_.empty()) pattern_.resize(rows_, 0);
  if (!index_.empty()) index_.resize(rows_, 0);
  pattern_.shrink_to_fit();
  index_.shrink_to_fit();
  patterns_.shrink_to_fit();
  ids_ = {};
}

uint64_t PointerColumn::bytes() const {
  uint64_t bytes = (pattern_.capacity() + index_.capacity()) * sizeof(uint32_t);
  for (const std::string& pattern : patterns_) {
    bytes += sizeof(pattern) + pattern.capacity();
  }
  return bytes;
}

}  // namespace meridian::analysis
