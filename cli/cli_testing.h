// What the tests of the program share: a way to run it against fake services,
// and parts of canned answers.
#ifndef CLI_CLI_TESTING_H_
#define CLI_CLI_TESTING_H_

#include <google/protobuf/text_format.h>
#include <gtest/gtest.h>

#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "cli/cli.h"
#include "cli/fake_services.h"

namespace meridian::cli {

struct Result {
  int exit = -1;
  std::string out;
  std::string err;
};

template <typename Message>
Message Make(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message));
  return message;
}

class CliTest : public ::testing::Test {
 protected:
  Result Run(std::vector<std::string> args, bool terminal = false) {
    args.insert(args.begin(), {"--ingest", services_.ingest(), "--analysis",
                               services_.analysis()});
    return RunBare(std::move(args), terminal);
  }
  static Result RunBare(std::vector<std::string> args, bool terminal = false) {
    std::ostringstream out;
    std::ostringstream err;
    Result result;
    result.exit = RunCli(std::move(args), out, err, terminal);
    result.out = out.str();
    result.err = err.str();
    return result;
  }

  FakeServices services_;
};

inline constexpr char kHeader[] = R"pb(
  header {
    log_id: "4f3a"
    seq: 12
    as_of: "2025-02-14"
    choices { name: "method" value: "raw" }
    choices { name: "category" value: "full" defaulted: true }
    warnings {
      kind: WARNING_KIND_NO_INTERVALS
      message: "the figures carry no intervals"
      subjects: "acme-text"
    }
    evidence {
      id: "aaaaaaaaaaaaaaaa/1111111111111111"
      source: "acme-text"
      publisher: "Acme"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
      revision: 1
      document {
        sha256: "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
        uri: "file:///data/all.csv"
      }
      locator { line: 12 }
      data_licence: "none stated"
    }
    evidence {
      id: "aaaaaaaaaaaaaaaa/2222222222222222"
      source: "acme-text"
      stream: "text/raw"
      vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
      document { sha256: "fedcba9876543210" uri: "file:///data/all.csv" }
      locator { line: 13 line_end: 14 column: "score" }
      cites {
        publisher: "Institute"
        title: "Report"
        figure: "Fig. 2"
        url: "https://example.org/report"
        date: "2025-04"
      }
    }
  }
)pb";

inline constexpr char kBoard[] = R"pb(
  board {
    board: "acme/text"
    title: "Acme text"
    unit: "points"
    scale: SCALE_ELO_400
    direction: DIRECTION_HIGHER_IS_BETTER
  }
)pb";

inline constexpr char kSnapshot[] = R"pb(
  snapshot {
    source: "acme-text"
    stream: "text/raw"
    vintage { date: "2025-02-14" basis: VINTAGE_BASIS_PATH }
    revision: 1
    coverage { extent: EXTENT_ALL }
    rows: 231
  }
)pb";

}  // namespace meridian::cli

#endif  // CLI_CLI_TESTING_H_
