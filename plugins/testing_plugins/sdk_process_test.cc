// What a plugin built with the SDK does as a program of its own.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"

namespace meridian {
namespace {

using ::testing::HasSubstr;

struct Ended {
  int exit_code = -1;
  std::string stdout_text;
  std::string stderr_text;
  std::string handshake;
};

std::string ReadToEnd(int fd) {
  std::string text;
  char buffer[4096];
  while (true) {
    const ssize_t got = read(fd, buffer, sizeof(buffer));
    if (got <= 0) break;
    text.append(buffer, static_cast<size_t>(got));
  }
  close(fd);
  return text;
}

// Runs the plugin with standard input at its end.
Ended RunPlugin(std::vector<std::string> arguments,
                std::vector<std::string> environment, bool open_fd_3) {
  const std::string directory =
      std::filesystem::path(::testing::TempDir()) / "sdk_process_test";
  std::filesystem::create_directories(directory);
  const std::string program = directory + "/lines";
  std::filesystem::remove(program);
  std::filesystem::create_symlink(
      MERIDIAN_BINARY_DIR "/testing_plugins/hostile", program);
  arguments.insert(arguments.begin(), program);
  std::vector<char*> argv;
  for (auto& text : arguments) argv.push_back(text.data());
  argv.push_back(nullptr);
  std::vector<char*> envp;
  for (auto& text : environment) envp.push_back(text.data());
  envp.push_back(nullptr);
  int out[2], err[2], shake[2];
  EXPECT_EQ(
      pipe2(out, O_CLOEXEC) | pipe2(err, O_CLOEXEC) | pipe2(shake, O_CLOEXEC),
      0);
  const int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
  const pid_t pid = fork();
  if (pid == 0) {
    const int shake_end = fcntl(shake[1], F_DUPFD_CLOEXEC, 20);
    dup2(nothing, 0);
    dup2(out[1], 1);
    dup2(err[1], 2);
    if (open_fd_3) {
      dup2(shake_end, 3);
    } else {
      close(3);
    }
    execve(program.c_str(), argv.data(), envp.data());
    _exit(126);
  }
  close(out[1]);
  close(err[1]);
  close(shake[1]);
  close(nothing);
  Ended ended;
  ended.handshake = ReadToEnd(shake[0]);
  ended.stdout_text = ReadToEnd(out[0]);
  ended.stderr_text = ReadToEnd(err[0]);
  int status = 0;
  waitpid(pid, &status, 0);
  if (WIFEXITED(status)) ended.exit_code = WEXITSTATUS(status);
  return ended;
}

TEST(SdkProcessTest, VersionNamesPluginAndProtocol) {
  const Ended ended = RunPlugin({"--version"}, {}, false);
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.stdout_text,
            "lines 1.2.3 (Meridian source plugin, protocol 1)\n");
}

TEST(SdkProcessTest, HelpSaysWhatItReadsAndHowItIsConfigured) {
  const Ended ended = RunPlugin({"--help"}, {}, false);
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_THAT(ended.stdout_text, HasSubstr("scores from lines"));
  EXPECT_THAT(ended.stdout_text, HasSubstr("plugin: lines"));
  EXPECT_THAT(ended.stdout_text, HasSubstr("additionalProperties"));
}

TEST(SdkProcessTest, UnknownOptionIsAnError) {
  const Ended ended = RunPlugin({"--verbose"}, {}, false);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.stderr_text, HasSubstr("unknown option '--verbose'"));
}

TEST(SdkProcessTest, ExplainsItselfWhenStartedByHand) {
  const Ended ended = RunPlugin({}, {}, false);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.stderr_text, HasSubstr("is a source plugin of Meridian"));
  EXPECT_EQ(ended.stdout_text, "");
}

TEST(SdkProcessTest, SaysHandshakeAndGoesWithTheHost) {
  const std::string socket =
      std::filesystem::path(::testing::TempDir()) / "sdk_process_test" / "s";
  std::filesystem::remove(socket);
  const Ended ended = RunPlugin(
      {}, {"MERIDIAN_PLUGIN=1", "MERIDIAN_PLUGIN_SOCKET=" + socket}, true);
  EXPECT_EQ(ended.exit_code, 0);
  EXPECT_EQ(ended.handshake,
            "{\"handshake\":1,\"protocols\":[1],\"id\":\"lines\","
            "\"version\":\"1.2.3\"}\n");
}

TEST(SdkProcessTest, MissingHandshakeDescriptorIsExplained) {
  const std::string socket =
      std::filesystem::path(::testing::TempDir()) / "sdk_process_test" / "s2";
  std::filesystem::remove(socket);
  const Ended ended = RunPlugin(
      {}, {"MERIDIAN_PLUGIN=1", "MERIDIAN_PLUGIN_SOCKET=" + socket}, false);
  EXPECT_EQ(ended.exit_code, 2);
  EXPECT_THAT(ended.stderr_text, HasSubstr("file descriptor 3"));
}

TEST(SdkProcessTest, UnusableSocketIsExplained) {
  const Ended ended = RunPlugin(
      {}, {"MERIDIAN_PLUGIN=1", "MERIDIAN_PLUGIN_SOCKET=/no/such/place/s"},
      true);
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.stderr_text, HasSubstr("cannot listen"));
}

}  // namespace
}  // namespace meridian
