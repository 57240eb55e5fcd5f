// For tests: facts set by hand, random policies over them.
#ifndef ANALYSIS_SERVICE_TESTING_FACTS_H_
#define ANALYSIS_SERVICE_TESTING_FACTS_H_

#include <map>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "analysis_service/expression.h"
#include "analysis_service/policy.h"
#include "gtest/gtest.h"

namespace meridian::analysis {

class TestFacts : public FactSource {
 public:
  TestFacts& Set(absl::string_view field, FactValue value) {
    EXPECT_GE(FindField(field), 0) << field;
    values_[FindField(field)] = std::move(value);
    return *this;
  }
  // `call` as `developer.on_list("L")`, with one text argument.
  TestFacts& SetCall(const std::string& call, FactValue value) {
    calls_[call] = std::move(value);
    return *this;
  }
  const FactValue& Get(FieldIndex field) const override {
    const auto found = values_.find(field);
    return found == values_.end() ? missing_ : found->second;
  }
  FactValue Call(FunctionIndex function, const FactObject*,
                 absl::Span<const FactValue> arguments) const override {
    std::vector<std::string> texts;
    for (const FactValue& argument : arguments) {
      texts.push_back(DescribeValue(argument));
    }
    const auto found = calls_.find(absl::StrCat(
        Functions()[function].name, "(", absl::StrJoin(texts, ", "), ")"));
    return found == calls_.end() ? missing_ : found->second;
  }
  StringList ListMembers(absl::string_view list) const override {
    if (list == "EU") return {{"DE", "FR"}, true};
    return {{}, true};
  }

 private:
  const FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
  std::map<FieldIndex, FactValue> values_;
  std::map<std::string, FactValue> calls_;
};

inline Environment TestEnvironment() {
  Environment environment;
  environment.lists = {"EU"};
  return environment;
}

inline CompiledPolicy CompileForTest(absl::string_view yaml) {
  auto policy = CompilePolicyYaml(yaml, "p.yaml", TestEnvironment());
  EXPECT_TRUE(policy.ok()) << policy.status() << "\n" << yaml;
  return policy.ok() ? *std::move(policy) : CompiledPolicy();
}

// Rules over a handful of facts whose values can all be tried.
class RandomPolicies {
 public:
  explicit RandomPolicies(uint64_t seed) : random_(seed) {}

  size_t Pick(size_t count) { return static_cast<size_t>(random_() % count); }

  std::string Expression(int depth) {
    if (depth > 0 && Pick(3) > 0) {
      const std::string a = Expression(depth - 1), b = Expression(depth - 1);
      switch (Pick(3)) {
        case 0:
          return absl::StrCat("(", a, " && ", b, ")");
        case 1:
          return absl::StrCat("(", a, " || ", b, ")");
        default:
          return absl::StrCat("!(", a, ")");
      }
    }
    static const std::vector<std::string> atoms = {
        "model.weights == OPEN",
        "model.weights in OPEN_DOWNLOAD",
        "model.country in EU",
        "model.country == \"FR\"",
        "model.country != \"CN\"",
        "model.country in [\"CN\", \"RU\"]",
        "\"CN\" in model.countries",
        "\"FR\" in model.countries",
        "model.parameters <= 10.0",
        "model.parameters > 20.0",
        "model.parameters == 10.0",
        "licence.osi_approved",
        "licence.id == \"MIT\"",
        "model.licence in [\"MIT\", \"Apache-2.0\"]",
        "licence.id.startsWith(\"Apache\")",
        "model.release_date < timestamp(\"2024-05-01T00:00:00Z\")",
        "model.country == licence.licensor_country"};
    return atoms[Pick(atoms.size())];
  }

  std::string Policy(size_t rules, int depth = 2) {
    std::string text = "id: p\nversion: '1'\nrules:\n";
    static const char* const unknowns[] = {"UNDETERMINED", "EXCLUDE", "ADMIT"};
    for (size_t i = 0; i < rules; ++i) {
      absl::StrAppend(&text, "  - id: r", i, "\n    ",
                      Pick(2) == 0 ? "require" : "forbid", ": '",
                      Expression(depth),
                      "'\n    on_unknown: ", unknowns[Pick(3)], "\n");
      if (Pick(4) == 0) {
        absl::StrAppend(&text, "    applies_when: '", Expression(0), "'\n");
      }
    }
    return text;
  }

  TestFacts Facts() {
    TestFacts facts;
    if (Pick(2) == 0) {
      facts.Set("model.weights",
                FactValue::Text(Pick(2) == 0 ? "OPEN" : "API_ONLY"));
    }
    if (Pick(3) == 0) {
      facts.Set("licence.osi_approved", FactValue::Flag(Pick(2) == 0));
    }
    switch (Pick(4)) {
      case 0:
        facts.Set("model.parameters", FactValue::Number(10, 10));
        break;
      case 1:
        facts.Set("model.parameters", FactValue::Number(5, 15));
        break;
      case 2:
        facts.Set("model.parameters", FactValue::Number(12, 18));
        break;
      default:
        break;
    }
    switch (Pick(4)) {
      case 0:
        facts.Set("model.country", FactValue::Text("FR"))
            .Set("model.countries", FactValue::List({{"FR"}, true}));
        break;
      case 1:
        facts.Set("model.countries", FactValue::List({{"FR"}, false}));
        break;
      case 2:
        facts.Set("model.countries", FactValue::List({{"CN", "FR"}, true}));
        break;
      default:
        break;
    }
    if (Pick(3) == 0) {
      facts.Set("model.release_date",
                FactValue::Date({D("2024-04-01"), D("2024-06-30")}));
    }
    if (Pick(3) == 0) {
      facts.Set("licence.licensor_country", FactValue::Text("FR"));
    }
    return facts;
  }

 private:
  static Day D(absl::string_view text) { return *ParseDay(text); }

  std::mt19937_64 random_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_TESTING_FACTS_H_
