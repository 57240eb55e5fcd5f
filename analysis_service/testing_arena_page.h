// For tests: the text page of arena.ai of 2026-03-31 as
// samples/lmarena/daily has it: 71 rows, the first of a longer board.
#ifndef ANALYSIS_SERVICE_TESTING_ARENA_PAGE_H_
#define ANALYSIS_SERVICE_TESTING_ARENA_PAGE_H_

#include <map>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "analysis_service/testing_log.h"

namespace meridian::analysis {

struct PageRow {
  const char* model;
  const char* vendor;
  bool open;
  int score;
  int half;  // of the 95 % interval
};

inline constexpr PageRow kArenaPage[] = {
    {"claude-opus-4-6-thinking", "Anthropic", false, 1504, 6},
    {"claude-opus-4-6", "Anthropic", false, 1500, 6},
    {"gemini-3.1-pro-preview", "Google", false, 1493, 6},
    {"grok-4.20-beta1", "xAI", false, 1491, 7},
    {"gemini-3-pro", "Google", false, 1486, 4},
    {"gpt-5.4-high", "OpenAI", false, 1484, 8},
    {"grok-4.20-beta-0309-reasoning", "xAI", false, 1483, 8},
    {"gpt-5.2-chat-latest-20260210", "OpenAI", false, 1480, 6},
    {"gemini-3-flash", "Google", false, 1474, 4},
    {"claude-opus-4-5-20251101-thinking-32k", "Anthropic", false, 1474, 4},
    {"grok-4.1-thinking", "xAI", false, 1471, 4},
    {"claude-opus-4-5-20251101", "Anthropic", false, 1468, 4},
    {"gpt-5.4", "OpenAI", false, 1466, 8},
    {"qwen3.5-max-preview", "Alibaba", false, 1465, 9},
    {"gpt-5.3-chat-latest", "OpenAI", false, 1464, 6},
    {"gemini-3-flash (thinking-minimal)", "Google", false, 1463, 4},
    {"claude-sonnet-4-6", "Anthropic", false, 1463, 6},
    {"dola-seed-2.0-preview", "Bytedance", false, 1463, 6},
    {"grok-4.1", "xAI", false, 1461, 4},
    {"glm-5", "Z.ai", true, 1456, 6},
    {"gpt-5.1-high", "OpenAI", false, 1455, 4},
    {"gpt-5.4-mini-high", "OpenAI", false, 1454, 11},
    {"kimi-k2.5-thinking", "Moonshot", true, 1454, 5},
    {"claude-sonnet-4-5-20250929-thinking-32k", "Anthropic", false, 1453, 3},
    {"claude-sonnet-4-5-20250929", "Anthropic", false, 1453, 3},
    {"ernie-5.0-0110", "Baidu", false, 1452, 5},
    {"qwen3.5-397b-a17b", "Alibaba", true, 1450, 6},
    {"ernie-5.0-preview-1203", "Baidu", false, 1450, 7},
    {"claude-opus-4-1-20250805-thinking-16k", "Anthropic", false, 1449, 3},
    {"gemini-2.5-pro", "Google", false, 1448, 3},
    {"claude-opus-4-1-20250805", "Anthropic", false, 1447, 3},
    {"mimo-v2-pro", "Xiaomi", false, 1446, 8},
    {"gpt-4.5-preview-2025-02-27", "OpenAI", false, 1444, 6},
    {"chatgpt-4o-latest-20250326", "OpenAI", false, 1443, 3},
    {"glm-4.7", "Z.ai", true, 1443, 6},
    {"gpt-5.2-high", "OpenAI", false, 1442, 5},
    {"gpt-5.2", "OpenAI", false, 1440, 5},
    {"gpt-5.1", "OpenAI", false, 1439, 4},
    {"gemini-3.1-flash-lite-preview", "Google", false, 1438, 6},
    {"qwen3-max-preview", "Alibaba", false, 1435, 5},
    {"gpt-5-high", "OpenAI", false, 1434, 5},
    {"kimi-k2.5-instant", "Moonshot", true, 1433, 7},
    {"o3-2025-04-16", "OpenAI", false, 1431, 4},
    {"grok-4-1-fast-reasoning", "xAI", false, 1431, 4},
    {"kimi-k2-thinking-turbo", "Moonshot", true, 1430, 4},
    {"amazon-nova-experimental-chat-26-02-10", "Amazon", false, 1429, 10},
    {"gpt-5-chat", "OpenAI", false, 1426, 4},
    {"glm-4.6", "Z.ai", true, 1426, 4},
    {"deepseek-v3.2-exp-thinking", "DeepSeek", true, 1425, 7},
    {"qwen3-max-2025-09-23", "Alibaba", false, 1424, 6},
    {"claude-opus-4-20250514-thinking-16k", "Anthropic", false, 1424, 4},
    {"deepseek-v3.2", "DeepSeek", true, 1424, 4},
    {"deepseek-v3.2-exp", "DeepSeek", true, 1423, 6},
    {"qwen3-235b-a22b-instruct-2507", "Alibaba", true, 1422, 3},
    {"deepseek-v3.2-thinking", "DeepSeek", true, 1422, 4},
    {"deepseek-r1-0528", "DeepSeek", true, 1422, 6},
    {"grok-4-fast-chat", "xAI", false, 1421, 8},
    {"ernie-5.0-preview-1022", "Baidu", false, 1419, 9},
    {"deepseek-v3.1", "DeepSeek", true, 1418, 6},
    {"qwen3.5-122b-a10b", "Alibaba", true, 1418, 7},
    {"kimi-k2-0905-preview", "Moonshot", true, 1418, 6},
    {"kimi-k2-0711-preview", "Moonshot", true, 1417, 5},
    {"deepseek-v3.1-thinking", "DeepSeek", true, 1417, 7},
    {"deepseek-v3.1-terminus-thinking", "DeepSeek", true, 1416, 10},
    {"qwen3-vl-235b-a22b-instruct", "Alibaba", true, 1416, 6},
    {"mistral-large-3", "Mistral", true, 1416, 4},
    {"deepseek-v3.1-terminus", "DeepSeek", true, 1416, 10},
    {"amazon-nova-experimental-chat-26-01-10", "Amazon", false, 1415, 10},
    {"gpt-4.1-2025-04-14", "OpenAI", false, 1413, 4},
    {"claude-opus-4-20250514", "Anthropic", false, 1412, 4},
    {"grok-3-preview-02-24", "xAI", false, 1412, 4},
};

// Boards, vendors and models of the page, and the page itself.
inline std::shared_ptr<const Catalog> ArenaPageCatalog() {
  const std::map<std::string, std::string> countries = {
      {"Anthropic", "US"}, {"Google", "US"}, {"xAI", "US"},
      {"OpenAI", "US"},    {"Amazon", "US"}, {"Alibaba", "CN"},
      {"Bytedance", "CN"}, {"Z.ai", "CN"},   {"Moonshot", "CN"},
      {"Baidu", "CN"},     {"Xiaomi", "CN"}, {"DeepSeek", "CN"},
      {"Mistral", "FR"}};
  std::vector<std::string> reference = {
      "board { board: 'arena' scale: SCALE_ELO_400 direction: "
      "DIRECTION_HIGHER_IS_BETTER default_category: 'text' }"};
  for (const auto& [vendor, country] : countries) {
    reference.push_back(absl::StrCat("organization { name: '", vendor,
                                     "' headquarters { country: '", country,
                                     "' } parents_complete: true }"));
  }
  std::vector<std::string> scores;
  for (const PageRow& row : kArenaPage) {
    reference.push_back(absl::StrCat(
        "model { name: '", row.model, "' developers: '", row.vendor,
        "' weights: ", row.open ? "WEIGHTS_OPEN" : "WEIGHTS_API_ONLY", " }"));
    scores.push_back(absl::StrCat(
        "score { board: 'arena' category: 'text' model: '", row.model,
        "' value: ", row.score, " lower: ", row.score - row.half,
        " upper: ", row.score + row.half, " }"));
  }
  TestLog log;
  log.Add("reference", "reference/core", "2026-03-01", reference);
  v1::Snapshot meta = MakeSnapshot("arena", "text", "2026-03-31");
  meta.mutable_coverage()->set_extent(v1::Coverage::EXTENT_TOP);
  meta.mutable_coverage()->set_top(std::size(kArenaPage));
  log.Add(std::move(meta), scores);
  return log.Commit();
}

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_TESTING_ARENA_PAGE_H_
