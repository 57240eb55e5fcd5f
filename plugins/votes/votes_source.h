// Source plugin of pairwise votes.
#ifndef PLUGINS_VOTES_VOTES_SOURCE_H_
#define PLUGINS_VOTES_VOTES_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads votes in three dialects, one row at a time. README.md describes them.
class VotesSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: those of CsvReader; InvalidArgument with UNKNOWN_DOCUMENT (a
  // header of no dialect), BAD_CONFIG.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_VOTES_VOTES_SOURCE_H_
