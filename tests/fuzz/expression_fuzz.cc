// Expressions from an enemy: refused with a place inside the text, or
// evaluated to T, F or U, with a reason exactly when U.
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "analysis_service/expression.h"
#include "common/base/status.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

class NoFacts : public analysis::FactSource {
 public:
  const analysis::FactValue& Get(analysis::FieldIndex) const override {
    return missing_;
  }
  analysis::StringList ListMembers(absl::string_view) const override {
    return {{"DE", "FR"}, true};
  }

 private:
  const analysis::FactValue missing_ =
      analysis::FactValue::Unknown(analysis::UnknownReason::kMissing);
};

void CheckPlace(const absl::Status& status, const std::string& text) {
  size_t lines = 1;
  for (const char c : text) lines += c == '\n';
  size_t line = 0, column = 0;
  for (const auto& [name, value] : GetErrorDetails(status)) {
    if (name == "line" && !absl::SimpleAtoi(value, &line)) std::abort();
    if (name == "column" && !absl::SimpleAtoi(value, &column)) std::abort();
  }
  if (line < 1 || line > lines || column < 1 || column > text.size() + 1) {
    std::abort();
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {R"(model.country == "US" && model.weights in OPEN_DOWNLOAD)",
          R"(!(model.parameters >= 7e9 || -3 < 0x1f))",
          R"("en" in model.languages // comment)",
          R"(model.release_date < timestamp("2025-02-14T00:00:00Z"))",
          R"(size(model.languages) == 2 && model.country.startsWith('U'))",
          R"('''a''' == r"\x" || "\u00e4" != "ä")",
          "model.wieghts == OPEN",
          "((true",
          "[1, 2] == []"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace analysis = meridian::analysis;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto expression = analysis::Compile(text, {{"EU"}, {}});
  if (!expression.ok()) {
    meridian::fuzz::CheckPlace(expression.status(), text);
    return 0;
  }
  const auto result =
      analysis::Evaluate(*expression, meridian::fuzz::NoFacts());
  if ((result.truth == analysis::Truth::kUnknown) == result.reasons.empty()) {
    std::abort();
  }
  return 0;
}
