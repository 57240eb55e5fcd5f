// Source plugin of Epoch AI's tables of models.
#ifndef PLUGINS_EPOCH_EPOCH_SOURCE_H_
#define PLUGINS_EPOCH_EPOCH_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads the tables of notable and frontier models row by row. README.md
// describes what is read.
class EpochSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: those of CsvReader; InvalidArgument (TABLE_COLUMNS) when the table
  // lacks a column that it needs.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_EPOCH_EPOCH_SOURCE_H_
