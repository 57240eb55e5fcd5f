// Plugins that each break one rule of the conformance kit, chosen by the name
// they are started under. kit_test.cc says which rule rejects which.
#include <unistd.h>

#include <cstdlib>
#include <set>
#include <string>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/status.h"
#include "plugins/sdk/source.h"

namespace meridian::testing {
namespace {

class BrokenSource : public Source {
 public:
  explicit BrokenSource(std::string mode) : mode_(std::move(mode)) {}

  v1::DescribeResponse Describe() const override {
    v1::DescribeResponse response;
    response.set_id("broken");
    if (!Is("no_version")) response.set_version("1.0.0");
    response.set_summary("scores from lines of MODEL VALUE");
    response.add_streams("lines");
    response.add_document_kinds("text, one MODEL VALUE a line");
    response.set_config_json_schema(Is("bad_schema") ? "object"
                                                     : R"({"type":"object"})");
    return response;
  }

  std::vector<v1::Problem> Check(
      const std::string& config_json) const override {
    if (Is("accepts_anything")) return {};
    if (config_json == "{}" && !Is("refuses_everything")) return {};
    v1::Problem problem;
    problem.set_message("takes no configuration");
    return {problem};
  }

  absl::Status Read(Reader& reader) override {
    if (Is("crashes")) std::abort();
    while (true) {
      ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
      if (document == nullptr) return absl::OkStatus();
      RETURN_IF_ERROR(ReadOne(*document, reader));
    }
  }

 private:
  bool Is(const char* mode) const { return mode_ == mode; }

  v1::BeginSnapshot Begin(const Document& document) const {
    v1::BeginSnapshot begin;
    if (!Is("no_stream")) begin.set_stream("lines");
    if (!Is("no_vintage")) {
      *begin.mutable_vintage() = document.head().vintage_hint();
    }
    if (!Is("no_coverage")) {
      begin.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
    }
    begin.set_mode(v1::SNAPSHOT_MODE_REPLACES);
    return begin;
  }

  v1::Score ScoreOf(const std::string& model, double value) const {
    v1::Score score;
    score.set_board("test/lines");
    score.set_category("full");
    score.set_method("raw");
    score.set_model(Is("no_key") ? "" : model);
    if (Is("untrimmed")) score.set_model(model + "\n");
    if (Is("bad_date")) score.set_measured_date("20.01.2026");
    if (Is("distances_for_ends")) score.set_lower(value + 4);
    score.set_value(Is("remembers") ? value + getpid() : value);
    return score;
  }

  v1::Locator Place(uint32_t line) const {
    v1::Locator locator;
    if (!Is("no_place")) locator.set_line(line);
    if (Is("beyond_the_end")) locator.set_line(line + 1000);
    return locator;
  }

  absl::Status ReadOne(Document& document, Reader& reader) {
    std::string text;
    if (Is("reads_one_chunk")) {
      ASSIGN_OR_RETURN(text, document.NextChunk());
    } else {
      ASSIGN_OR_RETURN(text, document.ReadAll());
    }
    if (Is("falls_over_nothing") && text.empty()) std::abort();
    if (Is("falls_over_half") && !text.empty() && text.back() != '\n') {
      std::abort();
    }
    if (Is("reads_nothing")) return absl::OkStatus();
    ASSIGN_OR_RETURN(const auto snapshot,
                     reader.BeginSnapshot(Begin(document)));
    if (Is("invents")) {
      RETURN_IF_ERROR(snapshot->EmitScore(ScoreOf("made-up", 1), Place(1)));
    }
    uint32_t number = 0;
    std::set<std::string> seen;
    for (const absl::string_view line : absl::StrSplit(text, '\n')) {
      ++number;
      if (line.empty()) continue;
      const std::vector<std::string> parts = absl::StrSplit(line, ' ');
      double value = 0;
      if (parts.size() != 2 || !absl::SimpleAtod(parts[1], &value) ||
          (!seen.insert(parts[0]).second && !Is("contradicts_itself"))) {
        if (Is("drops_silently")) continue;
        RETURN_IF_ERROR(reader.Reject(Place(number),
                                      Is("says_no_why") ? "" : "MODEL VALUE",
                                      line, "lines"));
        continue;
      }
      RETURN_IF_ERROR(
          snapshot->EmitScore(ScoreOf(parts[0], value), Place(number)));
    }
    return snapshot->End();
  }

  const std::string mode_;
};

}  // namespace
}  // namespace meridian::testing

int main(int argc, char** argv) {
  const std::string path = argv[0];
  const std::string mode = path.substr(path.rfind('/') + 1);
  if (mode == "does_not_start") return 3;
  meridian::testing::BrokenSource source(mode);
  return meridian::ServeSource(source, argc, argv);
}
