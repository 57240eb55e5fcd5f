// A source plugin of Meridian. It reads a table "model,score" and gives the
// scores of a board; change it into what your documents need.
//
// The rules: say what the document says, in its own words. What is missing
// stays unset; a row that cannot be read is rejected with its place and the
// reason; a document that cannot be read at all is an error.
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"
#include "plugins/sdk/source.h"

namespace {

using meridian::v1::Problem;

constexpr char kHeader[] = "model,score";

class TheSource : public meridian::Source {
 public:
  meridian::v1::DescribeResponse Describe() const override {
    meridian::v1::DescribeResponse out;
    out.set_id("@ID@");
    out.set_version("0.1.0");
    out.set_summary("Scores of @ID@");
    out.add_streams("{board}");
    out.add_document_kinds("CSV with the columns model,score");
    out.set_config_json_schema(
        R"({"type":"object","required":["board"],"additionalProperties":false,)"
        R"("properties":{"board":{"type":"string"}}})");
    return out;
  }

  std::vector<Problem> Check(const std::string& config_json) const override {
    std::string board;
    return ReadConfig(config_json, &board);
  }

  absl::Status Read(meridian::Reader& reader) override {
    std::string board;
    if (!ReadConfig(reader.config_json(), &board).empty()) {
      return meridian::MakeError(absl::StatusCode::kInvalidArgument,
                                 "BAD_CONFIG", "see 'sources check'");
    }
    while (true) {
      ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
      if (document == nullptr) return absl::OkStatus();
      RETURN_IF_ERROR(ReadOne(reader, *document, board));
    }
  }

 private:
  static std::vector<Problem> ReadConfig(const std::string& json,
                                         std::string* board) {
    std::vector<Problem> problems;
    const auto problem = [&](const std::string& path, const char* message,
                             const char* fix) {
      Problem& added = problems.emplace_back();
      added.set_path(path);
      added.set_message(message);
      added.set_fix(fix);
    };
    google::protobuf::Struct config;
    if (!google::protobuf::util::JsonStringToMessage(json, &config).ok()) {
      problem("", "the configuration is no JSON object", "config: {board: ID}");
      return problems;
    }
    for (const auto& [key, value] : config.fields()) {
      if (key != "board") problem(key, "not known", "leave it out");
    }
    *board = config.fields().contains("board")
                 ? config.fields().at("board").string_value()
                 : "";
    if (board->empty()) {
      problem("board", "which board are these scores of?", "board: example/a");
    }
    return problems;
  }

  static absl::Status ReadOne(meridian::Reader& reader,
                              meridian::Document& document,
                              const std::string& board) {
    ASSIGN_OR_RETURN(const std::string text, document.ReadAll());
    const std::vector<std::string> lines =
        absl::StrSplit(text, absl::ByAnyChar("\r\n"), absl::SkipEmpty());
    if (lines.empty() || lines[0] != kHeader) {
      return meridian::MakeError(
          absl::StatusCode::kInvalidArgument, "UNKNOWN_DOCUMENT",
          absl::StrCat("document '", document.head().path(),
                       "': the first line is not '", kHeader, "'"));
    }
    meridian::v1::BeginSnapshot begin;
    begin.set_stream(board);
    // The document states no date of its own, so the host's hint stands.
    *begin.mutable_vintage() = document.head().vintage_hint();
    begin.mutable_coverage()->set_extent(
        meridian::v1::Coverage::EXTENT_ALL);
    begin.set_mode(meridian::v1::SNAPSHOT_MODE_REPLACES);
    ASSIGN_OR_RETURN(const auto snapshot, reader.BeginSnapshot(begin));
    std::set<std::string> seen;
    for (size_t i = 1; i < lines.size(); ++i) {
      meridian::v1::Locator locator;
      locator.set_line(static_cast<uint32_t>(i + 1));
      const std::vector<std::string> cells = absl::StrSplit(lines[i], ',');
      meridian::v1::Score score;
      double value = 0;
      std::string why;
      if (cells.size() != 2 || cells[0].empty()) {
        why = "expected MODEL,SCORE";
      } else if (!absl::SimpleAtod(cells[1], &value)) {
        why = absl::StrCat("'", cells[1], "' is no number");
      } else if (!seen.insert(cells[0]).second) {
        why = "the model is listed twice; the first stands";
      }
      if (!why.empty()) {
        RETURN_IF_ERROR(reader.Reject(locator, why, lines[i], board));
        continue;
      }
      score.set_board(board);
      score.set_category("full");
      score.set_model(cells[0]);
      score.set_value(value);
      RETURN_IF_ERROR(snapshot->EmitScore(score, locator));
    }
    return snapshot->End();
  }
};

}  // namespace

int main(int argc, char** argv) {
  return meridian::RunSource<TheSource>(argc, argv);
}
