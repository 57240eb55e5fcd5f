// Starts, handshakes, Describe and Check, and what is left behind.
#include "ingest_service/plugin_host/plugin_host.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/host_fixture.h"
#include "ingest_service/plugin_host/sanitized.h"

namespace meridian::ingest {
namespace {

using ::meridian::ingest::testing::Hostile;
using ::meridian::ingest::testing::IsGone;
using ::meridian::ingest::testing::TestDirectory;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class PluginHostTest : public ::testing::Test {
 protected:
  PluginHostTest() {
    PluginHost::Options options;
    options.run_directory = directory_.path();
    host_ = *PluginHost::Create(options);
  }

  PluginOptions Mode(const std::string& mode) {
    return Hostile(directory_.path(), mode);
  }

  v1::RunError DescribeError(const PluginOptions& plugin) {
    const auto described = host_->Describe(plugin);
    EXPECT_FALSE(described.ok());
    if (described.ok()) return {};
    const v1::RunError error = RunErrorOf(described.status());
    EXPECT_EQ(error.reason(), ErrorReason(described.status()));
    return error;
  }

  // Directories of processes that are still there.
  int Leftovers() {
    int count = 0;
    for (const auto& entry :
         std::filesystem::recursive_directory_iterator(directory_.path())) {
      if (entry.path().filename() == "s") ++count;
    }
    return count;
  }

  TestDirectory directory_;
  std::unique_ptr<PluginHost> host_;
};

TEST_F(PluginHostTest, DescribesAPlugin) {
  const auto described = host_->Describe(Mode("lines"));
  ASSERT_TRUE(described.ok()) << described.status();
  EXPECT_EQ(described->id(), "lines");
  EXPECT_EQ(described->version(), "1.2.3");
  EXPECT_THAT(described->protocols(), ElementsAre(1));
  EXPECT_EQ(Leftovers(), 0);
}

TEST_F(PluginHostTest, ChecksAConfiguration) {
  const auto good = host_->Check(Mode("lines"), "{}");
  ASSERT_TRUE(good.ok()) << good.status();
  EXPECT_THAT(good->problems(), IsEmpty());

  const auto bad = host_->Check(Mode("lines"), "{\"a\":1}");
  ASSERT_TRUE(bad.ok()) << bad.status();
  ASSERT_EQ(bad->problems_size(), 1);
  EXPECT_EQ(bad->problems(0).fix(), "config: {}");
}

TEST_F(PluginHostTest, MissingProgramIsAStartFailure) {
  PluginOptions plugin = Mode("lines");
  plugin.program = "/no/such/plugin";
  const v1::RunError error = DescribeError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_START);
  EXPECT_EQ(error.reason(), "PLUGIN_START_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("/no/such/plugin"));
  EXPECT_THAT(error.message(), HasSubstr("No such file"));
}

TEST_F(PluginHostTest, FileThatIsNoProgramIsAStartFailure) {
  PluginOptions plugin = Mode("lines");
  plugin.program = directory_.path() + "/text";
  std::ofstream(plugin.program) << "hello";
  const v1::RunError error = DescribeError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_START);
  EXPECT_EQ(error.reason(), "PLUGIN_START_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("Permission denied"));
}

TEST_F(PluginHostTest, ExitBeforeHandshakeTellsCodeAndLastWords) {
  const v1::RunError error = DescribeError(Mode("exit_3"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.exit_code(), 3);
  EXPECT_FALSE(error.has_signal());
  EXPECT_THAT(error.stderr_tail(),
              ElementsAre("cannot find my configuration", "giving up"));
  EXPECT_EQ(error.message(),
            "plugin 'lines' ended before its handshake: it exited with code "
            "3");
}

TEST_F(PluginHostTest, ExitWithoutErrorBeforeHandshakeIsACrashToo) {
  const v1::RunError error = DescribeError(Mode("exit_0"));
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_TRUE(error.has_exit_code());
  EXPECT_EQ(error.exit_code(), 0);
}

TEST_F(PluginHostTest, CrashBeforeHandshakeTellsTheSignal) {
  const v1::RunError error = DescribeError(Mode("abort"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.signal(), SIGABRT);
  EXPECT_FALSE(error.has_exit_code());
  EXPECT_THAT(error.stderr_tail(), ElementsAre("assertion failed"));
  EXPECT_THAT(error.message(), HasSubstr("signal 6 (SIGABRT)"));
}

TEST_F(PluginHostTest, StandardOutputIsShownWhenThereIsNoStandardError) {
  const v1::RunError error = DescribeError(Mode("complains_on_stdout"));
  EXPECT_EQ(error.exit_code(), 1);
  EXPECT_THAT(error.stderr_tail(), ElementsAre("Traceback: no module"));
}

TEST_F(PluginHostTest, GarbageHandshakeIsShown) {
  const v1::RunError error = DescribeError(Mode("garbage_handshake"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("'hello ? world'"));
  EXPECT_THAT(error.stderr_tail(), ElementsAre("starting"));
  EXPECT_FALSE(error.has_exit_code());
  EXPECT_FALSE(error.has_signal());
}

TEST_F(PluginHostTest, EndlessHandshakeIsCutOff) {
  const v1::RunError error = DescribeError(Mode("endless_handshake"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("65536 bytes"));
}

TEST_F(PluginHostTest, NoHandshakeIsATimeout) {
  PluginOptions plugin = Mode("silent");
  plugin.start_timeout = absl::Milliseconds(1500);
  const v1::RunError error = DescribeError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_TIMEOUT");
  EXPECT_THAT(error.message(), HasSubstr("1.5s"));
  EXPECT_THAT(error.stderr_tail(), ElementsAre("thinking"));
  EXPECT_FALSE(error.has_signal());
}

TEST_F(PluginHostTest, ClosedHandshakeIsAHandshakeFailure) {
  const v1::RunError error = DescribeError(Mode("closes_handshake"));
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("without a handshake"));
}

TEST_F(PluginHostTest, OtherPluginThanConfiguredIsRefused) {
  const v1::RunError error = DescribeError(Mode("other_id"));
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("is plugin 'other', not 'lines'"));
}

TEST_F(PluginHostTest, OtherProtocolIsRefused) {
  const v1::RunError error = DescribeError(Mode("other_protocol"));
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("protocol 1"));
}

TEST_F(PluginHostTest, HandshakeWithoutSocketIsAHandshakeFailure) {
  PluginOptions plugin = Mode("does_not_listen");
  plugin.start_timeout = absl::Milliseconds(300);
  const v1::RunError error = DescribeError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_HANDSHAKE_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("does not listen"));
}

TEST_F(PluginHostTest, CrashAfterHandshakeIsACrash) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer turns it into an exit";
  const v1::RunError error = DescribeError(Mode("crash_after_handshake"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_HANDSHAKE);
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.signal(), SIGSEGV);
}

TEST_F(PluginHostTest, HangInCheckIsATimeout) {
  PluginOptions plugin = Mode("hangs_in_check");
  plugin.call_timeout = absl::Milliseconds(300);
  const auto checked = host_->Check(plugin, "{}");
  const v1::RunError error = RunErrorOf(checked.status());
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_CHECK);
  EXPECT_EQ(error.reason(), "PLUGIN_TIMEOUT");
  EXPECT_TRUE(absl::IsDeadlineExceeded(checked.status()));
}

TEST_F(PluginHostTest, ExceptionInCheckIsAFailureOfThePlugin) {
  const auto checked = host_->Check(Mode("throws_in_check"), "{}");
  const v1::RunError error = RunErrorOf(checked.status());
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_CHECK);
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("escaped the plugin: no"));
}

TEST_F(PluginHostTest, PluginSeesOnlyACleanEnvironment) {
  // In the sandbox a shell can start nothing.
  PluginHost::Options options;
  options.run_directory = directory_.path();
  options.sandbox = false;
  host_.reset();
  host_ = *PluginHost::Create(options);
  setenv("MERIDIAN_TEST_SECRET", "hunter2", 1);
  PluginOptions plugin = Mode("lines");
  plugin.program = directory_.path() + "/script";
  plugin.id = "";
  std::ofstream(plugin.program)
      << "#!/bin/sh\n/usr/bin/env | /usr/bin/sort | /usr/bin/cut -d= -f1 >&2\n"
         "/bin/ls /proc/self/fd >&2\nexit 9\n";
  std::filesystem::permissions(plugin.program,
                               std::filesystem::perms::owner_all);
  plugin.stderr_tail_lines = 40;
  const v1::RunError error = DescribeError(plugin);
  EXPECT_EQ(error.exit_code(), 9);
  // The shell adds PWD; ls has its own descriptor for the directory (4).
  EXPECT_THAT(error.stderr_tail(),
              ElementsAre("LANG", "MERIDIAN_PLUGIN", "MERIDIAN_PLUGIN_SOCKET",
                          "PATH", "PWD", "TMPDIR", "0", "1", "2", "3", "4"));
}

TEST_F(PluginHostTest, RunDirectoryMustBeUsable) {
  PluginHost::Options options;
  options.run_directory = "/no/such/directory";
  const auto missing = PluginHost::Create(options);
  EXPECT_EQ(ErrorReason(missing.status()), "PLUGIN_HOST_DIRECTORY");
  options.run_directory = "/" + std::string(100, 'x');
  const auto too_long = PluginHost::Create(options);
  EXPECT_EQ(ErrorReason(too_long.status()), "PLUGIN_HOST_DIRECTORY");
  EXPECT_THAT(std::string(too_long.status().message()), HasSubstr("too long"));
}

// Starts a host in a process of its own and kills it once its plugin runs.
int KillHostOfPlugin(const std::string& directory, const std::string& mode) {
  int out[2];
  if (pipe(out) != 0) return 0;
  const std::string program =
      MERIDIAN_BINARY_DIR "/ingest_service/plugin_host/plugin_host_to_kill";
  const pid_t host = fork();
  if (host == 0) {
    dup2(out[1], 1);
    execl(program.c_str(), program.c_str(), directory.c_str(), mode.c_str(),
          nullptr);
    _exit(126);
  }
  close(out[1]);
  FILE* lines = fdopen(out[0], "r");
  int plugin = 0;
  if (std::fscanf(lines, "%d", &plugin) != 1) plugin = 0;
  kill(host, SIGKILL);
  waitpid(host, nullptr, 0);
  std::fclose(lines);
  return plugin;
}

TEST_F(PluginHostTest, PluginDiesWithAKilledHost) {
  const int plugin = KillHostOfPlugin(directory_.path(), "hang");
  ASSERT_GT(plugin, 0);
  EXPECT_TRUE(IsGone(plugin));
}

TEST_F(PluginHostTest, PluginThatHearsNothingDiesWithAKilledHost) {
  const int plugin = KillHostOfPlugin(directory_.path(), "hears_not");
  ASSERT_GT(plugin, 0);
  EXPECT_TRUE(IsGone(plugin));
}

TEST_F(PluginHostTest, WhatAKilledHostLeftIsRemovedByTheNext) {
  const int plugin = KillHostOfPlugin(directory_.path(), "hang");
  ASSERT_TRUE(IsGone(plugin));
  ASSERT_EQ(Leftovers(), 1);
  PluginHost::Options options;
  options.run_directory = directory_.path();
  ASSERT_TRUE(PluginHost::Create(options).ok());
  EXPECT_EQ(Leftovers(), 0);
  // The directory of a living host stays.
  EXPECT_TRUE(host_->Describe(Mode("lines")).ok());
}

}  // namespace
}  // namespace meridian::ingest
