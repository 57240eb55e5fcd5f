// Applies one block of a mapping to the rows of one document.
#ifndef PLUGINS_TABLE_ROW_MAPPER_H_
#define PLUGINS_TABLE_ROW_MAPPER_H_

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "meridian/v1/record.pb.h"
#include "plugins/table/mapping.h"
#include "plugins/table/rows.h"

namespace meridian::table {

// What one row gives.
struct MappedRow {
  std::string stream;
  v1::Vintage vintage;
  v1::Record record;
};

class RowMapper {
 public:
  // `header` has every column that the block requires. `hint` dates rows when
  // the mapping does not. All three must outlive the mapper.
  RowMapper(const Block& block, const std::vector<std::string>& header,
            const v1::Vintage& hint);

  // Fills `mapped` (its locator has lines and pointer only); false when the row
  // has no such record. Errors: InvalidArgument (BAD_VALUE, BAD_RECORD);
  // `column` is then the column that is to blame, when it is one.
  absl::StatusOr<bool> Map(const TableRow& row, MappedRow* mapped,
                           std::string* column) const;

 private:
  struct BoundRule {
    const CellRule* rule = nullptr;
    std::optional<size_t> column;
    std::vector<size_t> otherwise;
  };
  using Values = std::vector<std::string>;

  BoundRule Bind(const CellRule& rule) const;
  absl::StatusOr<Values> Apply(const BoundRule& bound, const TableRow& row,
                               std::string* column) const;
  absl::Status SetVintage(const TableRow& row, v1::Vintage* vintage,
                          std::string* column) const;
  absl::StatusOr<bool> SetFields(const TableRow& row, v1::Record* record,
                                 std::string* column) const;
  absl::Status SetDistances(const TableRow& row, v1::Record* record,
                            std::string* column) const;
  absl::Status SetList(size_t first, const std::vector<Values>& values,
                       v1::Record* record, std::string* column) const;
  std::string ColumnName(const BoundRule& bound) const;

  const Block& block_;
  const std::vector<std::string>& header_;
  const v1::Vintage& hint_;
  BoundRule stream_;
  BoundRule vintage_;
  std::vector<BoundRule> fields_;
  std::vector<BoundRule> distances_;  // of block_.distances
};

// The first of `names` that the header has.
std::optional<size_t> FindColumn(const std::vector<std::string>& header,
                                 const std::vector<std::string>& names);

// The column whose value makes `rules` leave the row out; empty when none.
std::string SkippedBy(const SkipRules& rules,
                      const std::vector<std::string>& header,
                      const TableRow& row);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_ROW_MAPPER_H_
