// What must hold for every policy and all facts, tried on random ones.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "analysis_service/expression_notation.h"
#include "analysis_service/policy.h"
#include "analysis_service/policy_answer.h"
#include "analysis_service/policy_run.h"
#include "analysis_service/testing_log.h"

namespace meridian::analysis {
namespace {

constexpr int kRounds = 400;
const std::vector<std::string> kCountries = {"QA", "QB", "QC", "QD"};

class RandomWorld {
 public:
  explicit RandomWorld(int seed) : random_(seed) {}

  int Below(int count) {
    return std::uniform_int_distribution<int>(0, count - 1)(random_);
  }
  bool Chance(int percent) { return Below(100) < percent; }
  const std::string& Country() { return kCountries[Below(4)]; }
  std::mt19937& engine() { return random_; }

  std::string Atom() {
    switch (Below(7)) {
      case 0:
        return absl::StrCat("model.weights ", Chance(50) ? "==" : "!=", " ",
                            Chance(50) ? "OPEN" : "GATED");
      case 1:
        return absl::StrCat("model.country == \"", Country(), "\"");
      case 2:
        return absl::StrCat("model.country in [\"", Country(), "\", \"",
                            Country(), "\"]");
      case 3:
        return absl::StrCat("\"", Country(), "\" in model.countries");
      case 4:
        return "licence.osi_approved";
      case 5:
        return absl::StrCat("model.training_compute ", Chance(50) ? "<=" : ">",
                            " 1e", 22 + Below(4));
      default:
        return absl::StrCat("developer.controlled_from(\"", Country(),
                            "\", 0.25)");
    }
  }

  std::string Expression(int depth) {
    if (depth == 0 || Chance(30)) return Atom();
    if (Chance(25)) return absl::StrCat("!(", Expression(depth - 1), ")");
    return absl::StrCat("(", Expression(depth - 1),
                        Chance(50) ? " && " : " || ", Expression(depth - 1),
                        ")");
  }

  v1::PolicyRule Rule(int id) {
    v1::PolicyRule rule;
    rule.set_id(absl::StrCat("r", id));
    if (Chance(50)) {
      rule.set_require(Expression(2));
    } else {
      rule.set_forbid(Expression(2));
    }
    if (Chance(30)) rule.set_applies_when(Expression(1));
    if (Chance(20)) {
      rule.set_on_unknown(Chance(50) ? v1::ON_UNKNOWN_EXCLUDE
                                     : v1::ON_UNKNOWN_ADMIT);
    }
    return rule;
  }

  v1::Policy Policy() {
    v1::Policy policy;
    policy.set_id("p");
    policy.set_version("1");
    const int rules = 1 + Below(4);
    for (int i = 0; i < rules; ++i) *policy.add_rules() = Rule(i);
    return policy;
  }

 private:
  std::mt19937 random_;
};

// Facts by name; calls of functions by their text.
class Facts : public FactSource {
 public:
  std::map<std::string, FactValue> values;

  const FactValue& Get(FieldIndex field) const override {
    const auto it = values.find(Fields()[field].name);
    return it == values.end() ? missing_ : it->second;
  }
  FactValue Call(FunctionIndex function, const FactObject* receiver,
                 absl::Span<const FactValue> arguments) const override {
    (void)receiver;
    FactCall call;
    call.function = function;
    call.arguments.assign(arguments.begin(), arguments.end());
    const auto it = values.find(CallText(call));
    return it == values.end() ? missing_ : it->second;
  }
  StringList ListMembers(absl::string_view) const override { return {}; }

 private:
  FactValue missing_ = FactValue::Unknown(UnknownReason::kMissing);
};

FactValue AnyValue(const std::string& name, RandomWorld& world) {
  if (name == "model.weights") {
    const std::vector<std::string> all = {"NONE", "API_ONLY", "GATED", "OPEN"};
    return FactValue::Text(all[world.Below(4)]);
  }
  if (name == "model.country") return FactValue::Text(world.Country());
  if (name == "model.countries") {
    StringList list{{world.Country()}, true};
    return FactValue::List(list);
  }
  if (name == "model.training_compute") {
    const double value = std::pow(10.0, 21 + world.Below(50) / 10.0);
    return FactValue::Number(value, value);
  }
  return FactValue::Flag(world.Chance(50));
}

std::vector<std::string> FactNames() {
  std::vector<std::string> names = {"model.weights", "model.country",
                                    "model.countries", "licence.osi_approved",
                                    "model.training_compute"};
  for (const std::string& country : kCountries) {
    names.push_back(
        absl::StrCat("developer.controlled_from(\"", country, "\", 0.25)"));
  }
  return names;
}

Facts SomeFacts(RandomWorld& world) {
  Facts facts;
  for (const std::string& name : FactNames()) {
    if (world.Chance(50)) continue;
    FactValue value = AnyValue(name, world);
    if (auto* range = std::get_if<NumberRange>(&value.value)) {
      if (world.Chance(60)) *range = {range->low / 30, range->high * 30};
    }
    if (auto* list = std::get_if<StringList>(&value.value)) {
      list->complete = world.Chance(50);
    }
    facts.values[name] = std::move(value);
  }
  return facts;
}

// More is known: unknown facts get values, intervals shrink, lists grow.
Facts Refined(const Facts& facts, RandomWorld& world) {
  Facts refined = facts;
  for (const std::string& name : FactNames()) {
    auto it = refined.values.find(name);
    if (it == refined.values.end()) {
      if (world.Chance(60)) refined.values[name] = AnyValue(name, world);
      continue;
    }
    if (auto* range = std::get_if<NumberRange>(&it->second.value)) {
      const double part = world.Below(101) / 100.0;
      const double value =
          range->low * std::pow(range->high / range->low, part);
      const double exact = std::clamp(value, range->low, range->high);
      *range = {exact, exact};
    }
    if (auto* list = std::get_if<StringList>(&it->second.value)) {
      if (list->complete) continue;
      const std::string more = world.Country();
      if (list->items[0] != more) list->items.push_back(more);
      std::sort(list->items.begin(), list->items.end());
      list->complete = world.Chance(50);
    }
  }
  return refined;
}

CompiledPolicy Compiled(const v1::Policy& policy) {
  auto compiled = CompilePolicy(policy, Environment());
  EXPECT_TRUE(compiled.ok()) << compiled.status();
  return compiled.ok() ? *std::move(compiled) : CompiledPolicy();
}

TEST(PolicyPropertyTest, KnowingMoreSettlesAndNeverTurnsRound) {
  int settled = 0;
  for (int round = 0; round < kRounds; ++round) {
    RandomWorld world(round);
    v1::Policy policy = world.Policy();
    // A default that decides is not knowledge.
    for (v1::PolicyRule& rule : *policy.mutable_rules()) {
      rule.clear_on_unknown();
    }
    const CompiledPolicy compiled = Compiled(policy);
    const Facts facts = SomeFacts(world);
    const PolicyOutcome before = Judge(compiled, facts);
    const PolicyOutcome after = Judge(compiled, Refined(facts, world));
    for (size_t i = 0; i < before.rules.size(); ++i) {
      if (before.rules[i].stated == Truth::kUnknown) continue;
      EXPECT_EQ(before.rules[i].stated, after.rules[i].stated)
          << round << ": " << policy.rules(i).DebugString();
    }
    if (before.verdict != v1::VERDICT_UNDETERMINED) {
      EXPECT_EQ(before.verdict, after.verdict) << round;
    } else if (after.verdict != v1::VERDICT_UNDETERMINED) {
      ++settled;
    }
  }
  EXPECT_GT(settled, 0) << "nothing was ever settled: the test tries nothing";
}

TEST(PolicyPropertyTest, TheVerdictIsWhatTheHardRulesSay) {
  std::map<v1::Verdict, int> seen;
  for (int round = 0; round < kRounds; ++round) {
    RandomWorld world(1000 + round);
    const CompiledPolicy compiled = Compiled(world.Policy());
    const PolicyOutcome outcome = Judge(compiled, SomeFacts(world));
    bool violated = false, unknown = false;
    for (const RuleOutcome& rule : outcome.rules) {
      violated |= rule.satisfied == Truth::kFalse;
      unknown |= rule.satisfied == Truth::kUnknown;
      EXPECT_EQ(rule.by_default, rule.stated == Truth::kUnknown &&
                                     rule.satisfied != rule.stated);
    }
    EXPECT_EQ(outcome.verdict == v1::VERDICT_EXCLUDED, violated);
    EXPECT_EQ(outcome.verdict == v1::VERDICT_ADMISSIBLE, !violated && !unknown);
    ++seen[outcome.verdict];
  }
  EXPECT_EQ(seen.size(), 3u) << "all three verdicts occur";
}

TEST(PolicyPropertyTest, AFurtherRuleNeverAdmitsMore) {
  for (int round = 0; round < kRounds; ++round) {
    RandomWorld world(2000 + round);
    v1::Policy policy = world.Policy();
    const Facts facts = SomeFacts(world);
    const v1::Verdict before = Judge(Compiled(policy), facts).verdict;
    *policy.add_rules() = world.Rule(100);
    const v1::Verdict after = Judge(Compiled(policy), facts).verdict;
    if (after == v1::VERDICT_ADMISSIBLE) {
      EXPECT_EQ(before, v1::VERDICT_ADMISSIBLE) << round;
    }
    if (before == v1::VERDICT_EXCLUDED) {
      EXPECT_EQ(after, v1::VERDICT_EXCLUDED) << round;
    }
  }
}

TEST(PolicyPropertyTest, TheOrderOfRulesDoesNotMatter) {
  for (int round = 0; round < kRounds; ++round) {
    RandomWorld world(3000 + round);
    v1::Policy policy = world.Policy();
    const Facts facts = SomeFacts(world);
    const auto by_rule = [&](const v1::Policy& p) {
      std::map<std::string, Truth> truths;
      const CompiledPolicy compiled = Compiled(p);
      const PolicyOutcome outcome = Judge(compiled, facts);
      for (size_t i = 0; i < outcome.rules.size(); ++i) {
        truths[compiled.rules[i].id] = outcome.rules[i].satisfied;
      }
      return std::make_pair(outcome.verdict, truths);
    };
    const auto before = by_rule(policy);
    std::vector<v1::PolicyRule> rules(policy.rules().begin(),
                                      policy.rules().end());
    std::shuffle(rules.begin(), rules.end(), world.engine());
    policy.mutable_rules()->Assign(rules.begin(), rules.end());
    EXPECT_EQ(by_rule(policy), before) << round;
  }
}

// QA -> QB -> QC -> QD -> QA, in texts and facts.
std::string Renamed(absl::string_view text) {
  return absl::StrReplaceAll(
      text, {{"QA", "QB"}, {"QB", "QC"}, {"QC", "QD"}, {"QD", "QA"}});
}

TEST(PolicyPropertyTest, RenamingCountriesEverywhereChangesNothing) {
  for (int round = 0; round < kRounds; ++round) {
    RandomWorld world(4000 + round);
    const v1::Policy policy = world.Policy();
    const Facts facts = SomeFacts(world);
    v1::Policy renamed_policy;
    ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(
        Renamed(policy.DebugString()), &renamed_policy));
    Facts renamed;
    for (const auto& [name, value] : facts.values) {
      FactValue other = value;
      if (auto* text = std::get_if<std::string>(&other.value)) {
        *text = Renamed(*text);
      }
      if (auto* list = std::get_if<StringList>(&other.value)) {
        for (std::string& item : list->items) item = Renamed(item);
        std::sort(list->items.begin(), list->items.end());
      }
      renamed.values[Renamed(name)] = std::move(other);
    }
    EXPECT_EQ(Judge(Compiled(policy), facts).verdict,
              Judge(Compiled(renamed_policy), renamed).verdict)
        << round << policy.DebugString();
  }
}

// --- Over a catalog ---------------------------------------------------------

std::vector<std::string> SomeModels(RandomWorld& world, int count) {
  std::vector<std::string> records;
  for (const std::string& country : kCountries) {
    records.push_back(absl::StrCat("organization { name: \"Org ", country,
                                   "\" headquarters { country: \"", country,
                                   "\" } }"));
  }
  for (int i = 0; i < count; ++i) {
    std::string model = absl::StrCat("model { name: \"model-", i, "\"");
    if (world.Chance(80)) {
      absl::StrAppend(&model, " developers: \"Org ", world.Country(), "\"");
    }
    if (world.Chance(60)) {
      absl::StrAppend(&model, " weights: ",
                      world.Chance(50) ? "WEIGHTS_OPEN" : "WEIGHTS_API_ONLY");
    }
    if (world.Chance(50)) {
      absl::StrAppend(&model, " training_compute { low: 1e",
                      21 + world.Below(3), " high: 1e", 23 + world.Below(3),
                      " }");
    }
    records.push_back(absl::StrCat(model, " }"));
  }
  return records;
}

v1::Policy CatalogPolicy() {
  v1::Policy policy;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(
      R"(id: "p" version: "1"
         rules { id: "open" require: "model.weights == OPEN" }
         rules { id: "home" forbid: "model.country in ['QA', 'QB']" }
         rules { id: "small" require: "model.training_compute <= 1e24" })",
      &policy));
  return policy;
}

v1::EvaluatePolicyResponse EvaluateOn(std::shared_ptr<const Catalog> catalog,
                                      uint64_t at_seq = 0) {
  v1::QueryContext context;
  context.set_as_of("2026-06-30");
  context.set_at_seq(at_seq);
  const auto question = ResolveQuestion(context, catalog, D("2026-06-30"));
  EXPECT_TRUE(question.ok()) << question.status();
  v1::EvaluatePolicyRequest request;
  *request.mutable_policy() = CatalogPolicy();
  request.set_page_size(1000);
  auto response = EvaluatePolicy(*question, request);
  EXPECT_TRUE(response.ok()) << response.status();
  return response.ok() ? *response : v1::EvaluatePolicyResponse();
}

std::map<std::string, std::string> Verdicts(
    const v1::EvaluatePolicyResponse& response) {
  std::map<std::string, std::string> verdicts;
  for (const v1::ModelVerdict& verdict : response.verdicts()) {
    std::string rules = v1::Verdict_Name(verdict.verdict());
    for (const v1::RuleResult& rule : verdict.rules()) {
      absl::StrAppend(&rules, " ", v1::Truth_Name(rule.satisfied()));
    }
    verdicts[verdict.model()] = rules;
  }
  return verdicts;
}

TEST(PolicyPropertyTest, VerdictsPartitionTheCatalogAndReplayByteByByte) {
  for (int round = 0; round < 5; ++round) {
    RandomWorld world(5000 + round);
    TestLog log;
    const auto catalog =
        log.Add("reference", "reference", "2026-01-01", SomeModels(world, 60))
            .Commit();
    const v1::EvaluatePolicyResponse response = EvaluateOn(catalog);
    const v1::VerdictCounts& counts = response.counts();
    EXPECT_EQ(counts.admissible() + counts.excluded() + counts.undetermined(),
              60u);
    EXPECT_EQ(response.verdicts_size(), 60);
    EXPECT_EQ(EvaluateOn(catalog).SerializeAsString(),
              response.SerializeAsString());
  }
}

TEST(PolicyPropertyTest, TheOrderOfRecordsDoesNotMatter) {
  for (int round = 0; round < 5; ++round) {
    RandomWorld world(6000 + round);
    std::vector<std::string> records = SomeModels(world, 40);
    TestLog first, second;
    const auto before = Verdicts(EvaluateOn(
        first.Add("reference", "reference", "2026-01-01", records).Commit()));
    std::shuffle(records.begin(), records.end(), world.engine());
    EXPECT_EQ(Verdicts(EvaluateOn(
                  second.Add("reference", "reference", "2026-01-01", records)
                      .Commit())),
              before);
  }
}

TEST(PolicyPropertyTest, AnOlderSeqGivesTheVerdictsOfThen) {
  RandomWorld world(7000);
  TestLog log;
  const auto old =
      log.Add("reference", "reference", "2026-01-01", SomeModels(world, 30))
          .Commit();
  const auto before = Verdicts(EvaluateOn(old));
  RandomWorld other(7001);
  const auto now =
      log.Add("reference", "reference", "2026-02-01", SomeModels(other, 30))
          .Commit();
  EXPECT_NE(Verdicts(EvaluateOn(now)), before);
  EXPECT_EQ(Verdicts(EvaluateOn(now, /*at_seq=*/1)), before);
}

TEST(PolicyPropertyTest, ManyModelsAtOnceAreJudgedAsOneByOne) {
  RandomWorld world(8000);
  TestLog log;
  const auto catalog =
      log.Add("reference", "reference", "2026-01-01", SomeModels(world, 50))
          .Commit();
  v1::QueryContext context;
  const auto question = ResolveQuestion(context, catalog, D("2026-06-30"));
  ASSERT_TRUE(question.ok());
  v1::AnswerHeader header;
  Answer answer(*question, &header);
  v1::PolicyQuestion asked;
  *asked.mutable_policy() = CatalogPolicy();
  const auto run = PolicyRun::Create(asked, answer);
  ASSERT_TRUE(run.ok()) << run.status();
  std::vector<EntityId> models;
  for (EntityId id = 0; id < catalog->resolution().entities().size(); ++id) {
    models.push_back(id);
  }
  const std::vector<CompactOutcome> together = (*run)->JudgeModels(models);
  ASSERT_EQ(together.size(), models.size());
  for (size_t i = 0; i < models.size(); ++i) {
    const PolicyOutcome one = (*run)->Judge({models[i], -1});
    EXPECT_EQ(together[i].verdict, one.verdict);
    for (size_t rule = 0; rule < one.rules.size(); ++rule) {
      EXPECT_EQ(together[i].violated[rule],
                one.rules[rule].satisfied == Truth::kFalse);
      EXPECT_EQ(together[i].unknown[rule],
                one.rules[rule].satisfied == Truth::kUnknown);
    }
  }
}

}  // namespace
}  // namespace meridian::analysis
