// Expressions from an enemy: refused with a place inside the text, or
// evaluated to T, F or U, with a reason exactly when U.
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "analysis_service/expression.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/expression_trace.h"
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
    if (name == "define") return;  // The place is in the define.
    if (name == "line" && !absl::SimpleAtoi(value, &line)) std::abort();
    if (name == "column" && !absl::SimpleAtoi(value, &column)) std::abort();
  }
  if (line < 1 || line > lines || column < 1 || column > text.size() + 1) {
    std::abort();
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      R"(model.country == "US" && model.weights in OPEN_DOWNLOAD)",
      R"(!(model.parameters >= 7e9 || -3 < 0x1f))",
      R"("en" in model.languages // comment)",
      R"(model.release_date < timestamp("2025-02-14T00:00:00Z"))",
      R"(size(model.languages) == 2 && model.country.startsWith('U'))",
      R"('''a''' == r"\x" || "\u00e4" != "ä")",
      "model.wieghts == OPEN",
      "((true",
      "[1, 2] == []",
      R"([1, 2].map(x, x * 2).filter(y, y % 3 != 0u)[0] / 0)",
      R"({'a': 1, "b": 2u}.exists_one(k, k == 'a') ? 1 : -9223372036854775808)",
      R"(offerings.exists(o, "EU" in o.regions && o.attested("x")))",
      R"(EU.all(c, developer.controlled_from(c, 0.25)) || known(on))",
      R"(timestamp('2025-02-14T01:02:03.5+02:00').getHours('Asia/Tokyo'))",
      R"(months_before(on, 12) - duration('1h2.5s') < as_of)",
      R"(b'\xff\101' + bytes('x') == b"""y""" || 'a'.matches('^a+$'))",
      R"(has({'a': {'b': 1}}.a.b) && .5e3 > int('7') && d)",
      R"(string(1.5) + string(-1) + string(2u) == type(dyn(null)))"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace analysis = meridian::analysis;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const analysis::Environment environment = {
      {"EU"},
      {{"SET", {"a"}}},
      {{"d", "e || d"}, {"e", "model.weights == OPEN"}}};
  const meridian::fuzz::NoFacts facts;
  if (const auto value = analysis::CompileValue(text, environment);
      value.ok()) {
    const auto shown = analysis::EvaluateNotation(*value, facts);
    if (!shown.ok() && !value->closed()) std::abort();
    analysis::EvaluateTraced(*value, facts);
    analysis::EvaluateNumber(*value, facts);
  }
  const auto expression = analysis::Compile(text, environment);
  if (!expression.ok()) {
    meridian::fuzz::CheckPlace(expression.status(), text);
    return 0;
  }
  const auto result = analysis::Evaluate(*expression, facts);
  if ((result.truth == analysis::Truth::kUnknown) == result.reasons.empty()) {
    std::abort();
  }
  const auto quick = analysis::EvaluateTruth(*expression, facts);
  if (quick.truth != result.truth ||
      analysis::EvaluateTraced(*expression, facts).truth != result.truth) {
    std::abort();
  }
  return 0;
}
