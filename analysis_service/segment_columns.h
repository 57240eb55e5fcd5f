// Columns of a segment while they are built. Used by segment_builder.cc.
#ifndef ANALYSIS_SERVICE_SEGMENT_COLUMNS_H_
#define ANALYSIS_SERVICE_SEGMENT_COLUMNS_H_

#include <cmath>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/segment.h"

namespace meridian::analysis {

inline bool IsUnset(double value) { return std::isnan(value); }
inline bool IsUnset(uint64_t value) { return value == kNoVotes; }
inline bool IsUnset(uint32_t value) { return value == 0; }
inline bool IsUnset(uint8_t value) { return value == 0; }

// A column begins with its first set cell; a column without one stays empty.
template <typename T>
void Append(std::vector<T>* column, size_t row, size_t expected, T value,
            T unset) {
  if (column->empty()) {
    if (IsUnset(value)) return;
    column->reserve(expected);
    column->resize(row, unset);
  }
  column->push_back(value);
}

template <typename T>
void Permute(std::vector<T>* column, absl::Span<const uint32_t> order) {
  if (column->empty()) return;
  std::vector<T> next(order.size());
  for (size_t i = 0; i < order.size(); ++i) next[i] = (*column)[order[i]];
  column->swap(next);
}

template <typename T>
uint64_t BytesOf(const std::vector<T>& column) {
  return column.capacity() * sizeof(T);
}

template <typename Column>
uint32_t Index(const Column& column, int row) {
  return column.empty() ? 0 : column.Get(row);
}

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_SEGMENT_COLUMNS_H_
