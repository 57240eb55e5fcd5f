// Columns give what rows give; the laws of three-valued logic hold for every
// operator.
#include "analysis_service/expression_columns.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <random>

#include "analysis_service/expression_testing.h"

namespace meridian::analysis {
namespace {

constexpr absl::string_view kFields[] = {
    "model.country",   "model.weights",        "model.parameters",
    "model.languages", "licence.osi_approved", "model.release_date"};
constexpr absl::string_view kCalls[] = {
    "developer.controlled_from(\"CN\", 0.25)",
    "developer.controlled_from(\"RU\", 0.25)"};

class Random {
 public:
  explicit Random(uint32_t seed) : random_(seed) {}
  size_t Pick(size_t n) { return random_() % n; }

  std::string Number(int depth) {
    static const char* const kNumbers[] = {"5.0", "model.parameters",
                                           "double(size(model.languages))"};
    if (depth == 0 || Pick(2) == 0) return kNumbers[Pick(3)];
    static const char* const kSigns[] = {"+", "-", "*", "/"};
    return absl::StrCat("(", Number(depth - 1), " ", kSigns[Pick(4)], " ",
                        Number(depth - 1), ")");
  }

  std::string Atom() {
    static const char* const kAtoms[] = {
        R"((model.country == "US"))",
        "(model.country in EU)",
        "(model.country in PARTLY)",
        "(model.weights in [NONE, GATED])",
        R"(("en" in model.languages))",
        "licence.osi_approved",
        R"((model.release_date < timestamp("2025-02-14T00:00:00Z")))",
        "(model.release_date.getFullYear() == 2025)",
        "model.languages.exists(l, l == model.country)",
        "model.languages.all(l, size(l) == 2)",
        "model.languages.exists_one(l, l.startsWith('e'))",
        "(model.languages.filter(l, l != 'en') == [])",
        "(model.languages[0] == 'en')",
        "(10 / size(model.languages) > 3)",
        "ADVERSARIES.exists(c, developer.controlled_from(c, 0.25))",
        "developer.controlled_from('CN', 0.25)",
        "(model.country.contains('S') ? licence.osi_approved : true)",
        "open",
        "({'US': 1, 'DE': 2}[model.country] == 1)",
        "(model.country + 'x' == 'USx')"};
    return kAtoms[Pick(std::size(kAtoms))];
  }

  std::string Boolean(int depth) {
    if (depth == 0 || Pick(5) == 0) {
      if (Pick(4) != 0) return Atom();
      static const char* const kSigns[] = {"<", "<=", "==", "!=", ">", ">="};
      return absl::StrCat("(", Number(2), " ", kSigns[Pick(6)], " ", Number(1),
                          ")");
    }
    if (Pick(3) == 0) return absl::StrCat("!", Boolean(depth - 1));
    return absl::StrCat("(", Boolean(depth - 1), Pick(2) == 0 ? " && " : " || ",
                        Boolean(depth - 1), ")");
  }

  // Something more or less precise about a value.
  FactValue Value(absl::string_view field) {
    if (field == "model.country") {
      return FactValue::Text(Pick(2) != 0 ? "US" : "DE");
    }
    if (field == "model.weights") {
      return FactValue::Text(Pick(2) != 0 ? "OPEN" : "NONE");
    }
    if (field == "model.parameters") {
      const double low = static_cast<double>(Pick(5)) - 1;
      return FactValue::Number(low, low + static_cast<double>(Pick(3)));
    }
    if (field == "model.languages") {
      StringList list;
      if (Pick(2) != 0) list.items.emplace_back("de");
      if (Pick(2) != 0) list.items.emplace_back("en");
      list.complete = Pick(2) != 0;
      return FactValue::List(list);
    }
    if (field == "model.release_date") {
      const Day day = *ParseDay(Pick(2) != 0 ? "2025-01-13" : "2024-12-15");
      return FactValue::Date({day, day + static_cast<Day>(Pick(2) * 60)});
    }
    return FactValue::Flag(Pick(2) != 0);
  }
  FactValue MaybeValue(absl::string_view field) {
    if (Pick(3) == 0) {
      return FactValue::Unknown(static_cast<UnknownReason>(1 + Pick(7)));
    }
    return Value(field);
  }

  // The same value, known exactly: one of those that it may be.
  FactValue Sharpen(absl::string_view field, const FactValue& value) {
    FactValue sharp = value.known() ? value : Value(field);
    if (auto* range = std::get_if<NumberRange>(&sharp.value)) {
      if (Pick(2) != 0) range->high = range->low;
      range->low = range->high;
    }
    if (auto* list = std::get_if<StringList>(&sharp.value)) {
      if (!list->complete && Pick(2) != 0) list->items.emplace_back("fr");
      list->complete = true;
    }
    if (auto* date = std::get_if<DateRange>(&sharp.value)) {
      if (Pick(2) != 0) date->first = date->last;
      date->last = date->first;
    }
    return sharp;
  }

 private:
  std::mt19937 random_;
};

// Every subject's facts, and the same by column.
class Table : public ColumnSource {
 public:
  Table(size_t rows, Random& random) {
    const auto add = [&](const std::string& key, auto value_of) {
      Data& data = columns_[key];
      for (int i = 0; i < 6; ++i) data.dictionary.push_back(value_of());
      for (size_t i = 0; i < rows; ++i) {
        data.codes.push_back(static_cast<uint32_t>(random.Pick(6)));
      }
    };
    for (const absl::string_view field : kFields) {
      add(std::string(field), [&] { return random.MaybeValue(field); });
    }
    for (const absl::string_view call : kCalls) {
      add(std::string(call), [&] { return random.MaybeValue("flag"); });
    }
    for (size_t i = 0; i < rows; ++i) {
      Facts facts;
      for (const absl::string_view field : kFields) {
        facts.Set(field, At(std::string(field), i));
      }
      for (const absl::string_view call : kCalls) {
        facts.SetCall(std::string(call), At(std::string(call), i));
      }
      rows_.push_back(std::make_unique<Facts>(std::move(facts)));
    }
  }

  size_t size() const override { return rows_.size(); }
  Column Field(FieldIndex field) override { return Find(Fields()[field].name); }
  Column Call(FunctionIndex function,
              absl::Span<const FactValue> arguments) override {
    FactCall call;
    call.function = function;
    call.arguments.assign(arguments.begin(), arguments.end());
    return Find(CallText(call));
  }
  StringList ListMembers(absl::string_view list) override {
    return rows_[0]->ListMembers(list);
  }
  const FactSource& Row(size_t subject) override { return *rows_[subject]; }

 private:
  struct Data {
    std::vector<FactValue> dictionary;
    std::vector<uint32_t> codes;
  };
  const FactValue& At(const std::string& key, size_t row) {
    const Data& data = columns_[key];
    return data.dictionary[data.codes[row]];
  }
  Column Find(const std::string& key) {
    Data& data = columns_[key];
    if (data.dictionary.empty()) {
      data.dictionary.push_back(FactValue::Unknown(UnknownReason::kMissing));
      data.codes.assign(rows_.size(), 0);
    }
    return {data.dictionary, data.codes};
  }

  std::map<std::string, Data> columns_;
  std::vector<std::unique_ptr<Facts>> rows_;
};

Expression Compiled(const std::string& text) {
  const auto expression = Compile(text, TestEnvironment());
  EXPECT_TRUE(expression.ok()) << text << "\n" << expression.status();
  return *expression;
}

TEST(ExpressionColumnsTest, ColumnsGiveWhatRowsGive) {
  Random random(20261125);
  for (int round = 0; round < 300; ++round) {
    Table table(40, random);
    const std::string text = random.Boolean(4);
    const Expression expression = Compiled(text);
    const TruthColumn column = EvaluateColumns(expression, table);
    for (size_t i = 0; i < table.size(); ++i) {
      const QuickTruth row = EvaluateTruth(expression, table.Row(i));
      ASSERT_EQ(column.truth[i], row.truth) << text;
      ASSERT_EQ(column.reasons[i], row.reasons) << text;
      const Evaluation full = Evaluate(expression, table.Row(i));
      ASSERT_EQ(full.truth, row.truth) << text;
      ASSERT_EQ(full.reasons.empty(), row.reasons == 0) << text;
    }
  }
}

TEST(ExpressionColumnsTest, ObjectsAreEvaluatedByRow) {
  Random random(7);
  Table table(5, random);
  const Expression expression =
      Compiled("offerings.exists(o, o.attested(\"x\")) || open");
  const TruthColumn column = EvaluateColumns(expression, table);
  for (size_t i = 0; i < table.size(); ++i) {
    EXPECT_EQ(column.truth[i], EvaluateTruth(expression, table.Row(i)).truth);
  }
}

// Whatever becomes known, what was true stays true and what was false, false;
// an evaluation error may appear, never the opposite.
TEST(ExpressionPropertyTest, KnowledgeNeverReversesAnAnswer) {
  Random random(31);
  int decided = 0;
  for (int round = 0; round < 6000; ++round) {
    const std::string text = random.Boolean(3);
    const Expression expression = Compiled(text);
    Facts vague, sharp;
    for (const absl::string_view field : kFields) {
      const FactValue value = random.MaybeValue(field);
      vague.Set(field, value);
      sharp.Set(field, random.Sharpen(field, value));
    }
    for (const absl::string_view call : kCalls) {
      const FactValue value = random.MaybeValue("flag");
      vague.SetCall(std::string(call), value);
      sharp.SetCall(std::string(call), random.Sharpen("flag", value));
    }
    const QuickTruth before = EvaluateTruth(expression, vague);
    const QuickTruth after = EvaluateTruth(expression, sharp);
    if (before.truth == Truth::kUnknown) {
      EXPECT_NE(before.reasons, 0) << text;
      continue;
    }
    ++decided;
    EXPECT_TRUE(after.truth == before.truth || after.truth == Truth::kUnknown)
        << text;
  }
  EXPECT_GT(decided, 1000);
}

TEST(ExpressionPropertyTest, LawsOfLogicHoldForEveryOperand) {
  Random random(32);
  for (int round = 0; round < 500; ++round) {
    const std::string a = random.Boolean(2), b = random.Boolean(2),
                      c = random.Boolean(2);
    Facts facts;
    for (const absl::string_view field : kFields) {
      facts.Set(field, random.MaybeValue(field));
    }
    const auto truth = [&](const std::string& text) {
      return EvaluateTruth(Compiled(text), facts).truth;
    };
    for (const auto& [x, y] : std::vector<std::pair<std::string, std::string>>{
             {absl::StrCat(a, " && ", b), absl::StrCat(b, " && ", a)},
             {absl::StrCat(a, " || ", b), absl::StrCat(b, " || ", a)},
             {absl::StrCat("!(", a, " && ", b, ")"),
              absl::StrCat("!", a, " || !", b)},
             {absl::StrCat(a, " && (", b, " || ", c, ")"),
              absl::StrCat("(", a, " && ", b, ") || (", a, " && ", c, ")")},
             {absl::StrCat("[", a, ", ", b, "].all(x, x)"),
              absl::StrCat(a, " && ", b)},
             {absl::StrCat("!!", a), a}}) {
      if (x[0] == '[' && truth(absl::StrCat("known(", a, ") && known(", b,
                                            ")")) != Truth::kTrue) {
        continue;  // An error in a list is an error of the list.
      }
      EXPECT_EQ(truth(x), truth(y)) << x;
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
