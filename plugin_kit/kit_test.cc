#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <stdlib.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/base/files.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/plugin_files.h"
#include "plugin_kit/conformance.h"
#include "plugin_kit/install.h"

namespace meridian::kit {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;
namespace fs = std::filesystem;

class KitTest : public ::testing::Test {
 protected:
  KitTest() {
    char path[] = "/tmp/mkXXXXXX";
    folder_ = mkdtemp(path);
    Write("p/cases/a/doc.txt", "alpha 1\nnonsense\nbeta 2\nalpha 3\n");
    for (int i = 0; i < 200; ++i) {
      Append("p/cases/a/doc.txt", absl::StrCat("model-", i, " ", i, "\n"));
    }
  }
  ~KitTest() override { fs::remove_all(folder_); }

  std::string Path(const std::string& name) const {
    return folder_ + "/" + name;
  }
  void Write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(Path(name)).parent_path());
    std::ofstream(Path(name)) << text;
  }
  void Append(const std::string& name, const std::string& text) const {
    std::ofstream(Path(name), std::ios::app) << text;
  }
  // A plugin that breaks the rule `mode` is about.
  std::string Plugin(const std::string& program, const std::string& mode) {
    const std::string path = Path("bin/" + mode);
    fs::create_directories(Path("bin"));
    if (!fs::exists(fs::symlink_status(path))) {
      fs::create_symlink(
          absl::StrCat(MERIDIAN_BINARY_DIR, "/testing_plugins/", program),
          path);
    }
    return path;
  }
  Report Test(const std::string& program, bool update_golden) {
    const auto folder = ReadPluginFolder(Path("p"), program);
    EXPECT_TRUE(folder.ok()) << folder.status();
    auto run = PluginRun::Open(program, /*sandbox=*/true);
    EXPECT_TRUE(run.ok()) << run.status();
    if (!folder.ok() || !run.ok()) return {};
    auto report =
        TestPlugin(*run, folder->cases, {.update_golden = update_golden});
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *std::move(report) : Report();
  }
  static std::vector<std::string> Broken(const Report& report) {
    std::vector<std::string> rules;
    for (const RuleResult& result : report.results) {
      if (result.passed) continue;
      rules.push_back(result.rule);
      EXPECT_THAT(result.message, ::testing::Not(IsEmpty()));
      EXPECT_THAT(result.fix, ::testing::Not(IsEmpty()));
    }
    return rules;
  }

  std::string folder_;
};

TEST_F(KitTest, APluginThatKeepsTheRulesPassesThemAll) {
  const std::string good = Plugin("broken", "good");
  EXPECT_THAT(Broken(Test(good, true)), IsEmpty());
  const Report report = Test(good, false);
  EXPECT_THAT(Broken(report), IsEmpty());
  EXPECT_EQ(report.plugin, "broken 1.0.0");
  EXPECT_EQ(report.records, 202u);
  EXPECT_EQ(report.rejected, 2u);
  EXPECT_GE(report.results.size(), 20u);
}

// Each is rejected for its own reason and no other.
TEST_F(KitTest, EveryBrokenPluginIsRejectedForItsOwnReason) {
  for (const auto& [mode, rule] :
       std::vector<std::pair<const char*, const char*>>{
           {"does_not_start", "start"},
           {"no_version", "describe"},
           {"bad_schema", "describe.schema"},
           {"refuses_everything", "check.accepts"},
           {"accepts_anything", "check.unknown_key"},
           {"crashes", "read"},
           {"no_stream", "read"},  // the host refuses it
           {"no_vintage", "snapshot.vintage"},
           {"no_coverage", "snapshot.coverage"},
           {"no_key", "record.key"},
           {"no_place", "record.locator"},
           {"beyond_the_end", "record.locator"},
           {"contradicts_itself", "record.conflict"},
           {"untrimmed", "record.text"},
           {"bad_date", "record.date"},
           {"distances_for_ends", "record.interval"},
           {"says_no_why", "rejected.why"},
           {"reads_nothing", "read.something"},
           {"remembers", "read.again"},
           {"reads_one_chunk", "read.chunks"},
           {"falls_over_nothing", "read.empty"},
           {"falls_over_half", "read.cut_off"}}) {
    const Report report = Test(Plugin("broken", mode), true);
    const std::vector<std::string> broken = Broken(report);
    const std::set<std::string> all(broken.begin(), broken.end());
    EXPECT_TRUE(all.contains(rule)) << mode;
    // Places of rejected rows are places too, what differs between reads
    // differs between cuts, and garbage has no line end either.
    std::set<std::string> allowed = {rule};
    if (all.contains("record.locator")) allowed.insert("rejected.locator");
    if (all.contains("read.again")) allowed.insert("read.chunks");
    if (mode == std::string("falls_over_half")) allowed.insert("read.garbage");
    for (const std::string& one : all) {
      EXPECT_TRUE(allowed.contains(one)) << mode << " also breaks " << one;
    }
  }
}

TEST_F(KitTest, InventedRecordsAreSeenWhereNothingStands) {
  const auto broken = Broken(Test(Plugin("broken", "invents"), true));
  EXPECT_THAT(broken, ElementsAre("read.empty", "read.garbage"));
}

TEST_F(KitTest, HostilePluginsAreRejectedAndDoNoHarm) {
  for (const char* mode : {"abort", "garbage_handshake", "segfault", "fork"}) {
    EXPECT_GT(Test(Plugin("hostile", mode), true).broken(), 0u) << mode;
  }
}

TEST_F(KitTest, AGoldenFileIsComparedAndMissingIsSaid) {
  const std::string good = Plugin("broken", "good");
  EXPECT_THAT(Broken(Test(good, false)), ElementsAre("golden"));
  EXPECT_THAT(Broken(Test(good, true)), IsEmpty());
  EXPECT_THAT(*ReadWholeFile(Path("p/cases/a/expected.jsonl")),
              StartsWith("{\"snapshot\":"));
  EXPECT_THAT(Broken(Test(Plugin("broken", "drops_silently"), false)),
              ElementsAre("golden"));
}

TEST_F(KitTest, TheReportIsJsonToo) {
  const Report report = Test(Plugin("broken", "no_version"), true);
  const std::string json = ReportJson(report);
  EXPECT_THAT(json, HasSubstr("\"rule\":\"describe\""));
  EXPECT_THAT(json, HasSubstr("\"fix\":"));
  EXPECT_THAT(json, HasSubstr("\"broken\":1"));
}

TEST_F(KitTest, FoldersAreCheckedWithFileAndLine) {
  Write("q/plugin.yaml", "programme: x\n");
  EXPECT_THAT(ReadPluginFolder(Path("q"), "").status().message(),
              HasSubstr("plugin.yaml:1:1"));
  Write("q/plugin.yaml", "program: x\n");
  EXPECT_EQ(ErrorReason(ReadPluginFolder(Path("q"), "").status()),
            "NO_SUCH_FILE");
  Write("q/x", "");
  EXPECT_THAT(ReadPluginFolder(Path("q"), "").status().message(),
              HasSubstr("no case"));
  Write("q/cases/a/doc.txt", "x");
  Write("q/cases/a/case.yaml", "config: {}\nvintag: 2026\n");
  EXPECT_THAT(ReadPluginFolder(Path("q"), "").status().message(),
              HasSubstr("case.yaml:2:1"));
  Write("q/cases/a/case.yaml", "vintage: yesterday\n");
  EXPECT_EQ(ErrorReason(ReadPluginFolder(Path("q"), "").status()),
            "BAD_PLUGIN_FOLDER");
}

TEST_F(KitTest, APinnedPluginIsRefusedWhenItChanges) {
  Write("src/plugin.yaml", "program: p.sh\nfiles: [lib]\n");
  Write("src/p.sh", "#!/bin/sh\nexit 3\n");
  Write("src/lib/one.txt", "1");
  Write("src/lib/__pycache__/x.pyc", "cache");
  const auto files = FindPluginFiles(Path("src"), "mine");
  ASSERT_TRUE(files.ok()) << files.status();
  const std::string plugins = Path("plugins");
  const auto installed = InstallPlugin(*files, plugins, /*pin=*/true);
  ASSERT_TRUE(installed.ok()) << installed.status();
  EXPECT_EQ(*installed, plugins + "/mine/mine");
  EXPECT_EQ(ingest::PluginProgram(plugins, "mine"), *installed);
  EXPECT_FALSE(fs::exists(plugins + "/mine/lib/__pycache__"));
  EXPECT_TRUE(ingest::VerifyPlugin(plugins, "mine").ok());
  EXPECT_TRUE(ingest::VerifyPlugin(plugins, "another").ok());  // Not pinned.
  const auto why = [&] {
    const absl::Status status = ingest::VerifyPlugin(plugins, "mine");
    EXPECT_EQ(ErrorReason(status), "PLUGIN_CHANGED");
    return std::string(status.message());
  };
  Append("plugins/mine/lib/one.txt", "x");
  EXPECT_THAT(why(), HasSubstr("mine/lib/one.txt has changed"));
  Write("plugins/mine/lib/one.txt", "1");
  Write("plugins/mine/lib/two.py", "import os");
  EXPECT_THAT(why(), HasSubstr("a file more, mine/lib/two.py"));
  fs::remove(plugins + "/mine/lib/two.py");
  EXPECT_TRUE(ingest::VerifyPlugin(plugins, "mine").ok());
  fs::remove(plugins + "/mine/mine");
  EXPECT_THAT(why(), HasSubstr("mine/mine is gone"));
  // The host asks before it starts anything.
  ASSERT_TRUE(InstallPlugin(*files, plugins, true).ok());
  Append("plugins/mine/mine", "# changed\n");
  const auto host = ingest::PluginHost::Create({});
  ASSERT_TRUE(host.ok());
  ingest::PluginOptions options;
  options.program = *installed;
  options.id = "mine";
  options.locked_in = plugins;
  const auto described = (*host)->Describe(options);
  EXPECT_EQ(ingest::RunErrorOf(described.status()).reason(), "PLUGIN_CHANGED");
  // Without a pin it may change again.
  ASSERT_TRUE(InstallPlugin(*files, plugins, false).ok());
  Append("plugins/mine/mine", "# changed\n");
  EXPECT_TRUE(ingest::VerifyPlugin(plugins, "mine").ok());
  Write("plugins/plugins.lock", "abc mine\n");
  EXPECT_THAT(ingest::VerifyPlugin(plugins, "mine").message(),
              HasSubstr("plugins.lock:1"));
}

}  // namespace
}  // namespace meridian::kit
