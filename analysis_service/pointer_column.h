// JSON pointers of the rows of a segment, kept small.
#ifndef ANALYSIS_SERVICE_POINTER_COLUMN_H_
#define ANALYSIS_SERVICE_POINTER_COLUMN_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace meridian::analysis {

// Pointers of one document differ from row to row only in the model's name or
// in an array index ("/full/<model>/rating", "/rows/<n>"), so a row keeps the
// number of its pattern and the index: 8 bytes instead of about 40.
class PointerColumn {
 public:
  // Adds the pointer of the next row; empty: none. `model` is the row's model
  // as spelt.
  void Add(absl::string_view pointer, absl::string_view model);
  // The pointer of a row. Empty: none.
  std::string At(size_t row, absl::string_view model) const;
  // Row i becomes what row order[i] was.
  void Permute(absl::Span<const uint32_t> order);
  // No more rows come.
  void Finish();
  uint64_t bytes() const;

 private:
  // Pattern 0 is no pointer.
  std::vector<std::string> patterns_ = {""};
  absl::flat_hash_map<std::string, uint32_t> ids_;
  // Empty: pattern 0, index 0 in every row.
  std::vector<uint32_t> pattern_;
  std::vector<uint32_t> index_;
  uint32_t rows_ = 0;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POINTER_COLUMN_H_
