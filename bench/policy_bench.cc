// Questions about policies over catalogs in memory. Each measurement is one
// function; MakeCatalog gives models with the facts that rules read.
//   build/dev/bin/policy_bench [--benchmark_filter=REGEX]
#include <benchmark/benchmark.h>

#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/policy_check.h"
#include "analysis_service/policy_explain.h"
#include "analysis_service/policy_measures.h"
#include "analysis_service/policy_run.h"
#include "analysis_service/shapley.h"
#include "analysis_service/testing_log.h"

namespace meridian::analysis {
namespace {

constexpr const char* kCountries[] = {"US", "CN", "FR", "DE", "KR", "JP"};

// One board of `models` rows; a tenth of the facts is not known.
std::shared_ptr<const Catalog> MakeCatalog(int models) {
  std::mt19937 random(1);
  std::vector<std::string> reference = {
      "board { board: 'b' scale: SCALE_ELO_400 direction: "
      "DIRECTION_HIGHER_IS_BETTER default_category: 'full' }"};
  for (size_t i = 0; i < std::size(kCountries); ++i) {
    reference.push_back(absl::StrCat(
        "organization { name: 'org-", i, "' headquarters { country: '",
        kCountries[i], "' } parents_complete: true }"));
  }
  std::vector<std::string> scores;
  for (int i = 0; i < models; ++i) {
    const auto known = [&] { return random() % 10 != 0; };
    std::string model = absl::StrCat("model { name: 'model-", i, "'");
    if (known()) {
      absl::StrAppend(&model, " developers: 'org-",
                      random() % std::size(kCountries), "'");
    }
    if (known()) {
      absl::StrAppend(&model, " weights: ",
                      random() % 3 == 0 ? "WEIGHTS_OPEN" : "WEIGHTS_API_ONLY");
    }
    if (known())
      absl::StrAppend(&model, " parameters: ", random() % 1000, "e9");
    if (known()) {
      const double compute = static_cast<double>(random() % 1000) * 1e23;
      absl::StrAppend(&model, " training_compute { low: ", compute,
                      " high: ", compute * (1 + random() % 2), " }");
    }
    if (known()) {
      absl::StrAppend(&model, " release_date: '", 2023 + random() % 3, "-0",
                      1 + random() % 9, "-15'");
    }
    reference.push_back(model + " }");
    scores.push_back(
        absl::StrCat("score { board: 'b' category: 'full' model: "
                     "'model-",
                     i, "' value: ", 1500 - i * 0.05, " }"));
  }
  TestLog log;
  log.Add("reference", "reference/core", "2026-01-01", reference);
  log.Add("s", "b", "2026-02-01", scores);
  return log.Commit();
}

// Twelve rules as policies have them.
v1::Policy TwelveRules() {
  v1::Policy policy;
  policy.set_id("bench");
  policy.set_version("1");
  const char* const bodies[] = {
      "model.weights in OPEN_DOWNLOAD || model.country == 'FR'",
      "model.country != 'CN'",
      "model.training_compute <= 2e25",
      "model.parameters >= 1e9",
      "model.release_date >= timestamp('2023-06-01T00:00:00Z')",
      "model.country in ['US', 'FR', 'DE', 'KR', 'JP', 'CN']",
      "model.weights != NONE",
      "model.parameters < 9e11 || model.weights == OPEN",
      "!(model.country == 'KR' && model.training_compute > 5e25)",
      "model.name != 'model-0'",
      "size(model.developers) < 3",
      "model.release_date < timestamp('2026-01-01T00:00:00Z')",
  };
  for (const char* body : bodies) {
    v1::PolicyRule* rule = policy.add_rules();
    rule->set_id(absl::StrCat("rule-", policy.rules_size()));
    rule->set_require(body);
  }
  v1::Objective* objective = policy.add_objectives();
  objective->set_task("general");
  objective->set_board("b");
  return policy;
}

// The last one is kept: making it takes longer than asking.
std::shared_ptr<const Catalog> CachedCatalog(int models) {
  static int kept_models = 0;
  static std::shared_ptr<const Catalog> kept;
  if (kept_models != models) {
    kept = nullptr;
    kept = MakeCatalog(models);
    kept_models = models;
  }
  return kept;
}

Question Ask(std::shared_ptr<const Catalog> catalog) {
  Question question;
  question.catalog = std::move(catalog);
  question.as_of = D("2026-03-01");
  return question;
}

void BM_Shapley(benchmark::State& state) {
  const int rules = static_cast<int>(state.range(0));
  const int models = static_cast<int>(state.range(1));
  std::mt19937 random(1);
  std::vector<double> loss;
  std::vector<PlayerMask> blocked;
  for (int i = 0; i < models; ++i) {
    loss.push_back(i * 0.05);
    PlayerMask mask;
    for (int rule = 0; rule < rules; ++rule) mask[rule] = random() % 4 == 0;
    // Until the end nothing passes all, so that every row is looked at.
    if (mask.none() && i + 1 < models) mask.set(i % rules);
    blocked.push_back(mask);
  }
  for (auto _ : state) {
    benchmark::DoNotOptimize(AttributeCost(loss, blocked, loss.back(), rules));
  }
}
BENCHMARK(BM_Shapley)
    ->Args({12, 5000})
    ->Args({16, 5000})
    ->Args({20, 5000})
    ->Args({64, 5000})
    ->Unit(benchmark::kMillisecond);

void BM_FindBest(benchmark::State& state) {
  const auto catalog = MakeCatalog(static_cast<int>(state.range(0)));
  v1::FindBestRequest request;
  *request.mutable_question()->mutable_policy() = TwelveRules();
  for (auto _ : state) {
    const auto answer = FindBest(Ask(catalog), request);
    if (!answer.ok()) state.SkipWithError(answer.status().ToString().c_str());
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(BM_FindBest)->Arg(500)->Arg(5000)->Unit(benchmark::kMillisecond);

void BM_MeasureCost(benchmark::State& state) {
  const auto catalog = MakeCatalog(static_cast<int>(state.range(0)));
  v1::MeasureCostRequest request;
  *request.mutable_question()->mutable_policy() = TwelveRules();
  for (auto _ : state) {
    const auto answer = MeasureCost(Ask(catalog), request);
    if (!answer.ok()) state.SkipWithError(answer.status().ToString().c_str());
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(BM_MeasureCost)->Arg(500)->Arg(5000)->Unit(benchmark::kMillisecond);

// Every model of a catalog by twelve rules: with the facts read first, and
// again with the columns of facts that the run keeps.
void BM_JudgeModels(benchmark::State& state, bool again) {
  const Question question =
      Ask(CachedCatalog(static_cast<int>(state.range(0))));
  std::vector<EntityId> models(
      question.catalog->resolution().entities().size());
  std::iota(models.begin(), models.end(), EntityId{0});
  v1::PolicyQuestion asked;
  *asked.mutable_policy() = TwelveRules();
  v1::AnswerHeader header;
  Answer answer(question, &header);
  auto run = PolicyRun::Create(asked, answer);
  if (run.ok() && again) (*run)->JudgeModels(models);
  for (auto _ : state) {
    if (!again) run = PolicyRun::Create(asked, answer);
    if (!run.ok()) state.SkipWithError(run.status().ToString().c_str());
    benchmark::DoNotOptimize((*run)->JudgeModels(models));
  }
  state.SetItemsProcessed(state.iterations() * models.size());
}
BENCHMARK_CAPTURE(BM_JudgeModels, facts_read, false)
    ->Arg(100'000)
    ->Arg(2'500'000)
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(BM_JudgeModels, facts_kept, true)
    ->Arg(100'000)
    ->Arg(2'500'000)
    ->Unit(benchmark::kMillisecond);

// The proof of one verdict; and a verdict alone.
void BM_ExplainVerdict(benchmark::State& state) {
  const Question question = Ask(CachedCatalog(100'000));
  v1::ExplainVerdictRequest request;
  *request.mutable_question()->mutable_policy() = TwelveRules();
  request.set_model("model-77");
  for (auto _ : state) {
    const auto answer = ExplainVerdict(question, request);
    if (!answer.ok()) state.SkipWithError(answer.status().ToString().c_str());
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(BM_ExplainVerdict)->Unit(benchmark::kMillisecond);

void BM_CheckAdmission(benchmark::State& state) {
  const Question question = Ask(CachedCatalog(100'000));
  v1::CheckAdmissionRequest request;
  *request.mutable_question()->mutable_policy() = TwelveRules();
  request.set_model("model-77");
  for (auto _ : state) {
    const auto answer = CheckAdmission(question, request);
    if (!answer.ok()) state.SkipWithError(answer.status().ToString().c_str());
    benchmark::DoNotOptimize(answer);
  }
}
BENCHMARK(BM_CheckAdmission)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace meridian::analysis

BENCHMARK_MAIN();
