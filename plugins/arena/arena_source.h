// Source plugin of the chatbot arena's leaderboards.
#ifndef PLUGINS_ARENA_ARENA_SOURCE_H_
#define PLUGINS_ARENA_ARENA_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian {

// Reads catalogue files, a history table and daily pages, told apart by their
// content; a few companion files are skipped by name. README.md describes
// each dialect and its snapshots.
class ArenaSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  // Errors: InvalidArgument with BAD_CONFIG, EMPTY_DOCUMENT, BAD_JSON,
  // UNKNOWN_DOCUMENT (none of the dialects), and those of the dialects.
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian

#endif  // PLUGINS_ARENA_ARENA_SOURCE_H_
