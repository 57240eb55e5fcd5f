#include "cli/parse.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "cli/commands_help.h"
#include "cli/group_arg.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

Invocation Good(const std::vector<std::string>& words) {
  const auto parsed = Parse(words);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  if (!parsed.ok() || !parsed->invocation) return {};
  return *parsed->invocation;
}

std::string Wrong(const std::vector<std::string>& words) {
  const auto parsed = Parse(words);
  EXPECT_FALSE(parsed.ok());
  EXPECT_EQ(parsed.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ErrorReason(parsed.status()), "BAD_USAGE");
  return std::string(parsed.status().message());
}

TEST(ParseTest, GlobalFlagsStandBeforeOrAfterTheCommand) {
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"--format", "csv", "--as-of", "2025-02-14", "--cite", "models",
            "list"},
           {"models", "list", "--format", "csv", "--as-of", "2025-02-14",
            "--cite"},
           {"models", "--cite", "--format=csv", "list",
            "--as-of=2025-02-14"}}) {
    const Invocation invocation = Good(words);
    EXPECT_EQ(invocation.command, CommandId::kModelsList);
    EXPECT_EQ(invocation.globals.format, Format::kCsv);
    EXPECT_EQ(invocation.globals.as_of, "2025-02-14");
    EXPECT_TRUE(invocation.globals.cite);
  }
}

TEST(ParseTest, DefaultsAreThoseOfTheHelp) {
  const Invocation list = Good({"models", "list"});
  EXPECT_EQ(list.globals.ingest, "127.0.0.1:7401");
  EXPECT_EQ(list.globals.analysis, "127.0.0.1:7402");
  EXPECT_EQ(list.globals.timeout_seconds, 30);
  EXPECT_EQ(list.args.limit, 100u);
  EXPECT_EQ(Good({"leaderboard", "b"}).args.limit, 20u);
  EXPECT_EQ(Good({"leaderboard", "b", "--limit", "7"}).args.limit, 7u);
}

TEST(ParseTest, AddressesComeFromTheEnvironmentUnlessGiven) {
  setenv("MERIDIAN_ANALYSIS", "far:1", 1);
  EXPECT_EQ(Good({"status"}).globals.analysis, "far:1");
  EXPECT_EQ(Good({"status", "--analysis", "near:2"}).globals.analysis,
            "near:2");
  unsetenv("MERIDIAN_ANALYSIS");
}

TEST(ParseTest, RepeatedFlagsTakeOneValueEach) {
  const Invocation invocation =
      Good({"indicators", "--area", "US", "--area", "CN", "gap*"});
  EXPECT_THAT(invocation.args.areas, ElementsAre("US", "CN"));
  EXPECT_EQ(invocation.args.name, "gap*");
}

TEST(ParseTest, GroupsAreNamedExpressionsOrNames) {
  const auto groups = Good({"gap", "b", "--group", "EU", "--group",
                            "BIG=model.parameters >= 1e11 && model.country == "
                            "\"US\""})
                          .args.groups;
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "EU");
  EXPECT_EQ(groups[0].expression, "");
  EXPECT_EQ(groups[1].name, "BIG");
  EXPECT_EQ(groups[1].expression,
            "model.parameters >= 1e11 && model.country == \"US\"");
}

TEST(ParseTest, SidesMayBeNamesOrBareExpressions) {
  const auto groups =
      Good({"gap", "b", "--a", "OPEN", "--b", "model.country == \"US\""})
          .args.groups;
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "OPEN");
  EXPECT_EQ(groups[1].name, "b");
  EXPECT_EQ(groups[1].expression, "model.country == \"US\"");
}

TEST(ParseTest, WithoutGroupsTheDefaultOnesAreCompared) {
  const auto groups = Good({"gap", "b"}).args.groups;
  ASSERT_EQ(groups.size(), 2u);
  EXPECT_EQ(groups[0].name, "US");
  EXPECT_EQ(groups[1].name, "CN");
}

TEST(ParseTest, MistakesInGroupsAreNamed) {
  EXPECT_THAT(Wrong({"gap", "b", "--group", "US"}), HasSubstr("two groups"));
  EXPECT_THAT(Wrong({"gap", "b", "--group", "US", "--group", "US"}),
              HasSubstr("two groups are called 'US'"));
  EXPECT_THAT(Wrong({"gap", "b", "--group", "model.country == \"US\""}),
              HasSubstr("NAME=EXPR"));
  EXPECT_THAT(Wrong({"gap", "b", "--a", "US"}), HasSubstr("--b"));
}

TEST(ParseTest, UnknownWordsGetASuggestion) {
  EXPECT_THAT(Wrong({"leaderbord"}), HasSubstr("leaderboard"));
  EXPECT_THAT(Wrong({"gap", "b", "--methd", "raw"}), HasSubstr("--method"));
  EXPECT_THAT(Wrong({"models", "lst"}), HasSubstr("list"));
}

TEST(ParseTest, DatesAndMonthsAreChecked) {
  EXPECT_THAT(Wrong({"--as-of", "2025-02", "status"}), HasSubstr("YYYY-MM-DD"));
  EXPECT_THAT(Wrong({"gap", "b", "--from", "2025-13"}), HasSubstr("YYYY-MM"));
  EXPECT_THAT(Wrong({"gap", "b", "--to", "2025-01"}), HasSubstr("--from"));
}

TEST(ParseTest, WhatIsMissingIsNamed) {
  EXPECT_THAT(Wrong({}), HasSubstr("a command is missing: one of status,"));
  EXPECT_THAT(Wrong({"runs"}), HasSubstr("one of list, show, cancel"));
  EXPECT_THAT(Wrong({"gap"}), HasSubstr("BOARD"));
  EXPECT_THAT(Wrong({"sources", "run"}), HasSubstr("--all"));
  EXPECT_THAT(Wrong({"--format", "xml", "status"}), HasSubstr("xml"));
}

TEST(ParseTest, EveryCommandHelpsWithFlagsExampleAndExitCodes) {
  for (int i = 0; i <= static_cast<int>(CommandId::kPolicyCheck); ++i) {
    const CommandHelp& help = HelpOf(static_cast<CommandId>(i));
    EXPECT_THAT(help.example, HasSubstr("meridian ")) << help.purpose;
    EXPECT_THAT(help.exit_codes, HasSubstr("  0  "));
  }
  const auto parsed = Parse({"gap", "--help"});
  ASSERT_TRUE(parsed.ok());
  EXPECT_FALSE(parsed->invocation.has_value());
  for (const char* part :
       {"Usage: meridian gap", "--group", "--min-votes",
        "Example:\n  $ meridian", "Exit codes:", "4  not decided"}) {
    EXPECT_THAT(parsed->text, HasSubstr(part));
  }
}

// The words of a shell line with single quotes only.
std::vector<std::string> Words(const std::string& line) {
  std::vector<std::string> words;
  std::string word;
  bool quoted = false;
  for (char c : line + " ") {
    if (c == '\'') {
      quoted = !quoted;
    } else if (c != ' ' || quoted) {
      word += c;
    } else if (!word.empty()) {
      words.push_back(word);
      word.clear();
    }
  }
  return words;
}

TEST(ParseTest, ExamplesOfHelpAndPageParse) {
  int examples = 0;
  for (const char* name : {"/cli/examples.txt", "/docs/cli.md"}) {
    std::ifstream file(std::string(MERIDIAN_SOURCE_DIR) + name);
    for (std::string line; std::getline(file, line);) {
      const size_t at = line.find(": meridian ");
      if (at != std::string::npos) line = "$ " + line.substr(at + 2);
      if (line.rfind("$ meridian ", 0) != 0) continue;
      std::vector<std::string> words = Words(line);
      words.erase(words.begin(), words.begin() + 2);
      const auto parsed = Parse(words);
      EXPECT_TRUE(parsed.ok()) << line << "\n" << parsed.status();
      ++examples;
    }
  }
  EXPECT_GT(examples, 40);
}

TEST(ParseTest, VerdictsIgnoreCase) {
  EXPECT_EQ(
      Good({"policy", "evaluate", "f", "--verdict", "excluded"}).args.verdict,
      "EXCLUDED");
  EXPECT_THAT(Wrong({"policy", "evaluate", "f", "--verdict", "maybe"}),
              HasSubstr("maybe"));
}

}  // namespace
}  // namespace meridian::cli
