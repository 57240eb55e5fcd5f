// Source plugin for tables: a mapping file turns columns into records, so
// that a new leaderboard or report table needs no code.
#ifndef PLUGINS_TABLE_TABLE_SOURCE_H_
#define PLUGINS_TABLE_TABLE_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Rows of all documents with the same (stream, vintage) make one snapshot.
class TableSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  // Everything wrong with the mapping file, each with line, path and fix.
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // A row that cannot be used is rejected with its line and column. Errors:
  // InvalidArgument with BAD_MAPPING (the config does not pass Check),
  // TABLE_COLUMNS (columns of the mapping are missing in a document's
  // header), those of CsvReader; ResourceExhausted (TABLE_SNAPSHOTS) for more
  // than 4096 snapshots.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_TABLE_TABLE_SOURCE_H_
