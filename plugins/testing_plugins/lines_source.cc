#include "plugins/testing_plugins/lines_source.h"

#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"

namespace meridian::testing {
namespace {

absl::Status ReadDocument(Document& document, Reader& reader) {
  v1::BeginSnapshot begin;
  begin.set_stream(document.head().path());
  *begin.mutable_vintage() = document.head().vintage_hint();
  begin.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
  begin.set_mode(v1::SNAPSHOT_MODE_REPLACES);
  ASSIGN_OR_RETURN(const auto snapshot, reader.BeginSnapshot(begin));
  ASSIGN_OR_RETURN(const std::string text, document.ReadAll());
  uint32_t number = 0;
  for (const absl::string_view line :
       absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    v1::Locator locator;
    locator.set_line(++number);
    const std::vector<std::string> parts = absl::StrSplit(line, ' ');
    double value = 0;
    if (parts.size() != 2 || !absl::SimpleAtod(parts[1], &value)) {
      RETURN_IF_ERROR(reader.Reject(locator, "expected MODEL VALUE", line,
                                    document.head().path()));
      continue;
    }
    v1::Score score;
    score.set_board("test/lines");
    score.set_category("full");
    score.set_method("raw");
    score.set_model(parts[0]);
    score.set_value(value);
    RETURN_IF_ERROR(snapshot->EmitScore(score, locator));
  }
  return snapshot->End();
}

}  // namespace

v1::DescribeResponse LinesSource::Describe() const {
  v1::DescribeResponse response;
  response.set_id("lines");
  response.set_version("1.2.3");
  response.set_summary("scores from lines of MODEL VALUE");
  response.add_streams("{path}");
  response.add_document_kinds("text, one MODEL VALUE a line");
  response.set_config_json_schema(
      R"({"type":"object","additionalProperties":false})");
  return response;
}

std::vector<v1::Problem> LinesSource::Check(
    const std::string& config_json) const {
  if (config_json == "{}") return {};
  v1::Problem problem;
  problem.set_path("");
  problem.set_message("takes no configuration");
  problem.set_fix("config: {}");
  return {problem};
}

absl::Status LinesSource::Read(Reader& reader) {
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(ReadDocument(*document, reader));
  }
}

}  // namespace meridian::testing
