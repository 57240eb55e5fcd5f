// A small, well-behaved source for tests: every document is one snapshot, each
// line "MODEL VALUE" a score. A line that is not is rejected.
#ifndef PLUGINS_TESTING_PLUGINS_LINES_SOURCE_H_
#define PLUGINS_TESTING_PLUGINS_LINES_SOURCE_H_

#include <string>
#include <vector>

#include "plugins/sdk/source.h"

namespace meridian::testing {

class LinesSource : public Source {
 public:
  v1::DescribeResponse Describe() const override;
  // Accepts {} only.
  std::vector<v1::Problem> Check(const std::string& config_json) const override;
  absl::Status Read(Reader& reader) override;
};

}  // namespace meridian::testing

#endif  // PLUGINS_TESTING_PLUGINS_LINES_SOURCE_H_
