// Documents from an enemy, for every plugin: refused with a reason, or read
// into records that keep the rules of plugins/sdk/rules.h.
#include <cstdlib>
#include <iostream>
#include <memory>

#include "plugins/epoch/epoch_source.h"
#include "plugins/huggingface/hub_source.h"
#include "plugins/models_dev/catalogue_source.h"
#include "plugins/ollama/ollama_source.h"
#include "plugins/openclaw/openclaw_source.h"
#include "plugins/osai/osai_source.h"
#include "plugins/sdk/testing.h"
#include "plugins/votes/votes_source.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {
namespace {

void Try(Source& source, const std::string& config, const std::string& path,
         const std::string& text) {
  testing::TestDocument document{path, text, {}};
  document.vintage_hint.set_date("2026-01-02");
  document.vintage_hint.set_basis(v1::VINTAGE_BASIS_CONFIG);
  const auto read = testing::ReadDocuments(source, config, {document});
  if (!read.ok()) {
    if (ErrorReason(read.status()).empty()) std::abort();
    return;
  }
  // Lines are counted by each format in its own way, and a key that stands
  // twice is the host's business.
  for (const Finding& finding : CheckResult(*read, {{0, int64_t{1} << 40}})) {
    if (finding.rule == "read.something" || finding.rule == "record.conflict" ||
        finding.rule == "record.text") {
      continue;
    }
    std::cerr << source.Describe().id() << ": " << finding.message << "\n";
    std::abort();
  }
}

}  // namespace

std::vector<std::string> Seeds() {
  return {
      R"([{"id": "a/b", "gated": "auto", "downloads": 3, "tags": ["license:mit", "base_model:finetune:a/c"]}])",
      R"({"models": {"a": {"pullCount": "5.1M", "tags": {"latest": {"fullTag": "a:latest", "modelHash": "x", "contextWindow": "128K"}}}}})",
      "name = \"A\"\nrelease_date = \"2025-01\"\nopen_weights = true\n"
      "base_model = \"l/m\"\n[cost]\ninput = 0.5\n[[cost.tiers]]\ntier = { "
      "size "
      "= 200_000 }\ninput = 2.0\n[limit]\ncontext = 131_072\n",
      "Model,Organization,Publication date,Country,Training compute "
      "(FLOP),Confidence,Base "
      "model\nA,\"L,M\",2025-01-02,France,1e24,Likely,B\n",
      "# - National origin: France\n# - End model training compute: ~1e+22 "
      "FLOP "
      "+- 0.5 OoM\nsystem:\n  name: A\n  basemodelname: B?\n  endmodelname: C\n"
      "org:\n  name: L\npaper:\n  class: open\n",
      ",model_a,model_b,winner\n1,a,b,tie\n2,a,a,what\n",
      "{\"model_a\": \"a\", \"model_b\": \"b\", \"winner\": \"tie\", "
      "\"tstamp\": "
      "1.5}\n",
      R"({"id": "p", "modelCatalog": {"providers": {"q": {"models": [{"id": "m", "cost": {"input": 1, "tieredPricing": [{"range": [0], "input": 2}]}}]}}}})"};
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace meridian;  // NOLINT
  const std::string text(reinterpret_cast<const char*>(data), size);
  HubSource hub;
  fuzz::Try(hub, "{}", "p.json", text);
  OllamaSource ollama;
  fuzz::Try(ollama, "{}", "m.json", text);
  OpenClawSource openclaw;
  fuzz::Try(openclaw, "{}", "openclaw.plugin.json", text);
  ModelsDevSource models_dev;
  fuzz::Try(models_dev, "{}", "models/l/m.toml", text);
  fuzz::Try(models_dev, "{}", "providers/p/models/m.toml", text);
  EpochSource epoch;
  fuzz::Try(epoch, R"({"confidence": {"Likely": 1}})", "t.csv", text);
  OsaiSource osai;
  fuzz::Try(osai, "{}", "c.yaml", text);
  VotesSource votes;
  fuzz::Try(votes, R"({"board": "b"})", "v", text);
  return 0;
}
