// Reads: good ones, and plugins that do everything wrong.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "common/base/status.h"
#include "ingest_service/plugin_host/host_fixture.h"
#include "ingest_service/plugin_host/plugin_host.h"
#include "ingest_service/plugin_host/sanitized.h"

namespace meridian::ingest {
namespace {

using ::meridian::ingest::testing::Hostile;
using ::meridian::ingest::testing::IsGone;
using ::meridian::ingest::testing::MemorySink;
using ::meridian::ingest::testing::TestDirectory;
using ::meridian::ingest::testing::TextSupply;
using ::meridian::ingest::testing::ToldProcess;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Pair;
using ::testing::SizeIs;

class ReadTest : public ::testing::Test {
 protected:
  ReadTest() { StartHost(/*sandbox=*/true); }

  void StartHost(bool sandbox) {
    host_.reset();
    PluginHost::Options options;
    options.run_directory = directory_.path();
    options.sandbox = sandbox;
    host_ = *PluginHost::Create(options);
  }

  PluginOptions Mode(const std::string& mode) {
    return Hostile(directory_.path(), mode);
  }

  // Reads one small document in `mode` and returns the failure.
  v1::RunError ReadError(const PluginOptions& plugin, v1::Open open = {}) {
    TextSupply supply({{"a.txt", "m 1\n"}});
    const auto result = host_->Read(plugin, std::move(open), supply, sink_);
    EXPECT_FALSE(result.ok());
    status_ = result.status();
    const v1::RunError error = RunErrorOf(status_);
    EXPECT_EQ(error.reason(), ErrorReason(status_));
    return error;
  }

  void ExpectViolation(const std::string& mode, const std::string& message) {
    const v1::RunError error = ReadError(Mode(mode));
    EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
    EXPECT_EQ(error.reason(), "PLUGIN_PROTOCOL_VIOLATION");
    EXPECT_THAT(error.message(), HasSubstr(message));
  }

  TestDirectory directory_;
  std::unique_ptr<PluginHost> host_;
  MemorySink sink_;
  absl::Status status_;
};

TEST_F(ReadTest, RecordsArriveWithTheirPlaces) {
  TextSupply supply(
      {{"a.txt", "m1 1\nm2 2.5\nnonsense\n"}, {"b.txt", "m1 3\n"}});
  v1::Open open;
  open.set_config_json("{}");
  const auto result = host_->Read(Mode("lines"), open, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->plugin, "lines");
  EXPECT_EQ(result->version, "1.2.3");
  EXPECT_EQ(result->documents, 2u);
  EXPECT_EQ(result->snapshots, 2u);
  EXPECT_EQ(result->records, 3u);
  EXPECT_EQ(result->rejected, 1u);
  ASSERT_THAT(sink_.records, SizeIs(3));
  EXPECT_EQ(sink_.records[1].score().model(), "m2");
  EXPECT_EQ(sink_.records[1].score().value(), 2.5);
  EXPECT_EQ(sink_.records[1].locator().line(), 2u);
  EXPECT_EQ(sink_.records[2].locator().document(), 1u);
  ASSERT_THAT(sink_.rejected, SizeIs(1));
  EXPECT_EQ(sink_.rejected[0].excerpt(), "nonsense");
  ASSERT_THAT(sink_.ends, SizeIs(2));
}

TEST_F(ReadTest, LargeDocumentsPassBothWaysAtOnce) {
  std::string text;
  for (int i = 0; i < 200'000; ++i) {
    absl::StrAppend(&text, "model-", i, " ", i, "\n");
  }
  TextSupply supply({{"a.txt", text}, {"b.txt", text}, {"c.txt", text}});
  const auto result = host_->Read(Mode("lines"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->records, 600'000u);
  EXPECT_EQ(sink_.records[599'999].locator().line(), 200'000u);
}

TEST_F(ReadTest, NoDocumentsIsAnEmptyRead) {
  TextSupply supply({});
  const auto result = host_->Read(Mode("lines"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->documents, 0u);
  EXPECT_THAT(sink_.begins, IsEmpty());
}

TEST_F(ReadTest, SegmentationFaultTellsSignalAndLastWords) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitizer turns it into an exit";
  const v1::RunError error = ReadError(Mode("segfault"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.signal(), SIGSEGV);
  EXPECT_THAT(error.stderr_tail(), ElementsAre("about to dereference"));
  EXPECT_EQ(error.message(),
            "plugin 'lines' ended in the middle of a call: it was ended by "
            "signal 11 (SIGSEGV)");
}

TEST_F(ReadTest, ExitInReadTellsTheCode) {
  const v1::RunError error = ReadError(Mode("exit_in_read"));
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.exit_code(), 4);
}

TEST_F(ReadTest, SilenceInReadIsATimeout) {
  PluginOptions plugin = Mode("hang");
  plugin.idle_timeout = absl::Milliseconds(400);
  const v1::RunError error = ReadError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
  EXPECT_EQ(error.reason(), "PLUGIN_TIMEOUT");
  EXPECT_THAT(error.message(), HasSubstr("said nothing for 400ms"));
  EXPECT_THAT(error.stderr_tail(), ElementsAre("waiting for nothing"));
  EXPECT_FALSE(error.has_signal());
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, ReadAsAWholeHasADeadline) {
  PluginOptions plugin = Mode("hang");
  plugin.read_timeout = absl::Milliseconds(300);
  const v1::RunError error = ReadError(plugin);
  EXPECT_EQ(error.reason(), "PLUGIN_TIMEOUT");
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, TimeOfSupplyAndSinkIsNotThePlugins) {
  PluginOptions plugin = Mode("lines");
  plugin.idle_timeout = absl::Milliseconds(150);
  class SlowSupply : public TextSupply {
   public:
    using TextSupply::TextSupply;
    absl::StatusOr<std::optional<SuppliedDocument>> Next(
        uint32_t request) override {
      absl::SleepFor(absl::Milliseconds(300));
      return TextSupply::Next(request);
    }
  };
  SlowSupply supply({{"a.txt", "m 1\n"}});
  sink_.on_message = [] {
    absl::SleepFor(absl::Milliseconds(300));
    return absl::OkStatus();
  };
  const auto result = host_->Read(plugin, {}, supply, sink_);
  EXPECT_TRUE(result.ok()) << result.status();
}

TEST_F(ReadTest, FloodOfLogsNeitherBlocksNorFillsMemory) {
  TextSupply supply({{"a.txt", "m 1\n"}});
  const auto result = host_->Read(Mode("flood"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->records, 1u);
}

TEST_F(ReadTest, LastWordsAfterAFloodAreKept) {
  const v1::RunError error = ReadError(Mode("flood_then_exit"));
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.exit_code(), 5);
  ASSERT_EQ(error.stderr_tail_size(), 20);
  EXPECT_EQ(error.stderr_tail(19), "end of the flood");
  EXPECT_EQ(error.stderr_tail(18), std::string(400, 'f'));
}

TEST_F(ReadTest, ErrorOfThePluginKeepsItsMessageReasonAndDetails) {
  const v1::RunError error = ReadError(Mode("fails"));
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_EQ(error.message(),
            "plugin 'lines' failed: document a.txt line 7: no such thing");
  EXPECT_EQ(error.plugin_reason(), "DOCUMENT_UNREADABLE");
  EXPECT_TRUE(absl::IsInvalidArgument(status_));
  EXPECT_THAT(GetErrorDetails(status_),
              ElementsAre(Pair("line", "7"),
                          Pair("plugin_reason", "DOCUMENT_UNREADABLE")));
}

TEST_F(ReadTest, LongErrorThatIsNotTextArrivesCut) {
  const v1::RunError error = ReadError(Mode("fails_at_length"));
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_TRUE(absl::IsInvalidArgument(status_)) << status_;
  EXPECT_THAT(error.message(), HasSubstr("failed: ???"));
  EXPECT_LT(error.message().size(), 5000u);
}

TEST_F(ReadTest, ExceptionIsAFailureOfThePlugin) {
  const v1::RunError error = ReadError(Mode("throws"));
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("thrown out of Read"));
}

TEST_F(ReadTest, SnapshotLeftOpenIsAFailureOfThePlugin) {
  const v1::RunError error = ReadError(Mode("leaves_open"));
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_THAT(error.message(), HasSubstr("'left/open' was begun and not"));
  EXPECT_THAT(GetErrorDetails(status_),
              Contains(Pair("plugin_reason", "SNAPSHOT_NOT_ENDED")));
}

TEST_F(ReadTest, CpuTimeIsLimited) {
  PluginOptions plugin = Mode("burns_cpu");
  plugin.max_cpu_time = absl::Seconds(1);
  const v1::RunError error = ReadError(plugin);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
  EXPECT_EQ(error.reason(), "PLUGIN_LIMIT_EXCEEDED");
  EXPECT_EQ(error.signal(), SIGXCPU);
  EXPECT_THAT(error.message(), HasSubstr("CPU time"));
}

TEST_F(ReadTest, MemoryIsLimited) {
  PluginOptions plugin = Mode("eats_memory");
  if (kIsSanitized) GTEST_SKIP() << "built with a sanitizer";
  plugin.max_memory_bytes = 300 << 20;
  const v1::RunError error = ReadError(plugin);
  EXPECT_EQ(error.reason(), "PLUGIN_FAILED");
  EXPECT_TRUE(absl::IsResourceExhausted(status_)) << status_;
  EXPECT_THAT(error.message(), HasSubstr("out of memory"));
}

TEST_F(ReadTest, BatchWithoutSnapshotIsAViolation) {
  ExpectViolation("batch_without_snapshot", "which was never begun");
  EXPECT_THAT(sink_.records, IsEmpty());
}

TEST_F(ReadTest, SnapshotWithoutStreamIsAViolation) {
  ExpectViolation("empty_stream_name", "without a stream");
}

TEST_F(ReadTest, SecondBeginOfASnapshotIsAViolation) {
  ExpectViolation("begins_twice", "a second time");
}

TEST_F(ReadTest, BatchAfterEndIsAViolation) {
  ExpectViolation("batch_after_end", "which was ended");
}

TEST_F(ReadTest, WrongCountIsAViolation) {
  ExpectViolation("wrong_count", "count of 2 after sending 1 records");
}

TEST_F(ReadTest, DoneWithOpenSnapshotIsAViolation) {
  ExpectViolation("done_with_open_snapshot", "still open");
}

TEST_F(ReadTest, MessageAfterDoneIsAViolation) {
  ExpectViolation("message_after_done", "after Done");
}

TEST_F(ReadTest, EmptyMessageIsAViolation) {
  ExpectViolation("says_nothing", "says nothing");
}

TEST_F(ReadTest, EndWithoutDoneIsAViolation) {
  ExpectViolation("no_done", "without Done");
}

TEST_F(ReadTest, NumberTakenTwiceByFetchIsAViolation) {
  ExpectViolation("fetches_twice", "number 7, which is taken");
}

TEST_F(ReadTest, MessageBeyondTheLimitIsALimit) {
  v1::Open open;
  open.mutable_limits()->set_max_message_bytes(1 << 20);
  const v1::RunError error = ReadError(Mode("oversized_message"), open);
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_READ);
  EXPECT_EQ(error.reason(), "PLUGIN_LIMIT_EXCEEDED");
  EXPECT_THAT(error.message(),
              AllOf(HasSubstr("max_message_bytes"), HasSubstr("1048576")));
}

TEST_F(ReadTest, RecordsBeyondTheLimitAreALimit) {
  v1::Open open;
  open.mutable_limits()->set_max_records(2);
  const v1::RunError error = ReadError(Mode("many_records"), open);
  EXPECT_EQ(error.reason(), "PLUGIN_LIMIT_EXCEEDED");
  EXPECT_THAT(error.message(), HasSubstr("max_records = 2"));
  EXPECT_THAT(sink_.records, SizeIs(2));
}

TEST_F(ReadTest, RejectedRowsBeyondTheLimitAreALimit) {
  v1::Open open;
  open.mutable_limits()->set_max_rejected(2);
  const v1::RunError error = ReadError(Mode("many_rejected"), open);
  EXPECT_EQ(error.reason(), "PLUGIN_LIMIT_EXCEEDED");
  EXPECT_THAT(error.message(), HasSubstr("max_rejected = 2"));
}

TEST_F(ReadTest, DocumentBeyondTheLimitIsNotSent) {
  TextSupply supply({{"big.txt", std::string(2 << 20, 'x')}});
  v1::Open open;
  open.mutable_limits()->set_max_document_bytes(1 << 20);
  const auto result = host_->Read(Mode("lines"), open, supply, sink_);
  const v1::RunError error = RunErrorOf(result.status());
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_FETCH);
  EXPECT_EQ(error.reason(), "DOCUMENT_TOO_LARGE");
  EXPECT_THAT(error.message(), HasSubstr("big.txt"));
}

TEST_F(ReadTest, RequestedDocumentIsHandedOver) {
  TextSupply supply({{"a.txt", "m 1\n"}});
  supply.can_fetch = true;
  const auto result = host_->Read(Mode("fetches"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(sink_.diagnostics, ElementsAre("got: fetched next.txt"));
  EXPECT_EQ(result->documents, 2u);
}

TEST_F(ReadTest, RefusalOfARequestedDocumentIsTold) {
  TextSupply supply({});
  const auto result = host_->Read(Mode("fetches"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(sink_.diagnostics,
              ElementsAre("failed: this source fetches no documents on "
                          "request"));
}

TEST_F(ReadTest, ErrorOfTheSupplyComesBackWithStageFetch) {
  TextSupply supply({{"a.txt", "m 1\n"}, {"b.txt", "m 1\n"}});
  supply.fail_at = 1;
  const auto result = host_->Read(Mode("lines"), {}, supply, sink_);
  EXPECT_TRUE(absl::IsNotFound(result.status()));
  const v1::RunError error = RunErrorOf(result.status());
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_FETCH);
  EXPECT_EQ(error.reason(), "DOCUMENT_GONE");
  EXPECT_EQ(error.message(), "document went away");
}

TEST_F(ReadTest, ErrorOfTheSinkComesBackWithStageCommit) {
  TextSupply supply({{"a.txt", "m 1\n"}});
  sink_.on_message = [] {
    return MakeError(absl::StatusCode::kResourceExhausted, "DISK_FULL", "full");
  };
  const auto result = host_->Read(Mode("lines"), {}, supply, sink_);
  EXPECT_TRUE(absl::IsResourceExhausted(result.status()));
  const v1::RunError error = RunErrorOf(result.status());
  EXPECT_EQ(error.stage(), v1::RUN_STAGE_COMMIT);
  EXPECT_EQ(error.reason(), "DISK_FULL");
}

TEST_F(ReadTest, CancelEndsAHangingReadAtOnce) {
  std::stop_source cancel;
  sink_.on_message = [&] {
    cancel.request_stop();
    return absl::OkStatus();
  };
  TextSupply supply({{"a.txt", "m 1\n"}});
  const absl::Time begin = absl::Now();
  const auto result =
      host_->Read(Mode("hang"), {}, supply, sink_, cancel.get_token());
  EXPECT_TRUE(absl::IsCancelled(result.status())) << result.status();
  EXPECT_EQ(RunErrorOf(result.status()).reason(), "RUN_CANCELLED");
  EXPECT_LT(absl::Now() - begin, absl::Seconds(2));
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, CancelBeforeTheHandshakeEndsTheStart) {
  std::stop_source cancel;
  cancel.request_stop();
  TextSupply supply({});
  const auto result =
      host_->Read(Mode("silent"), {}, supply, sink_, cancel.get_token());
  EXPECT_EQ(RunErrorOf(result.status()).reason(), "RUN_CANCELLED");
  EXPECT_EQ(RunErrorOf(result.status()).stage(), v1::RUN_STAGE_HANDSHAKE);
}

TEST_F(ReadTest, PluginThatHearsNothingIsKilledAfterAGoodRead) {
  TextSupply supply({{"a.txt", "m 1\n"}});
  const auto result = host_->Read(Mode("hears_not"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, WhatAPluginStartedEndsWithIt) {
  StartHost(/*sandbox=*/false);  // In it there are no children.
  TextSupply supply({{"a.txt", "m 1\n"}});
  const auto result = host_->Read(Mode("forks"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_GT(ToldProcess(sink_), 0);
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, ChildThatKeepsTheSocketDoesNotHideACrash) {
  StartHost(/*sandbox=*/false);
  const v1::RunError error = ReadError(Mode("forks_then_exits"));
  EXPECT_EQ(error.reason(), "PLUGIN_CRASHED");
  EXPECT_EQ(error.exit_code(), 6);
  EXPECT_TRUE(IsGone(ToldProcess(sink_)));
}

TEST_F(ReadTest, OtherReadsGoOnWhilePluginsFail) {
  const char* const bad[] = {"segfault",          "hang",
                             "wrong_count",       "exit_3",
                             "oversized_message", "flood_then_exit"};
  std::vector<std::thread> threads;
  std::vector<std::string> reasons(std::size(bad));
  for (size_t i = 0; i < std::size(bad); ++i) {
    threads.emplace_back([this, &reasons, &bad, i] {
      PluginOptions plugin = Mode(bad[i]);
      // The others say how they end; a busy machine may take its time.
      plugin.idle_timeout = bad[i] == std::string("hang")
                                ? absl::Milliseconds(700)
                                : absl::Seconds(30);
      TextSupply supply({{"a.txt", "m 1\n"}});
      MemorySink sink;
      v1::Open open;
      open.mutable_limits()->set_max_message_bytes(1 << 20);
      reasons[i] =
          RunErrorOf(host_->Read(plugin, open, supply, sink).status()).reason();
    });
  }
  for (int i = 0; i < 8; ++i) {
    TextSupply supply({{"a.txt", "m1 1\nm2 2\n"}});
    MemorySink sink;
    const auto result = host_->Read(Mode("lines"), {}, supply, sink);
    EXPECT_TRUE(result.ok()) << result.status();
    EXPECT_THAT(sink.records, SizeIs(2));
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_THAT(reasons,
              ElementsAre("PLUGIN_CRASHED", "PLUGIN_TIMEOUT",
                          "PLUGIN_PROTOCOL_VIOLATION", "PLUGIN_CRASHED",
                          "PLUGIN_LIMIT_EXCEEDED", "PLUGIN_CRASHED"));
}

TEST_F(ReadTest, APluginReachesNothingButItsSocketAndItsFolder) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitized host confines nothing";
  TextSupply supply({{"a.txt", "m 1\n"}});
  const auto result = host_->Read(Mode("escapes"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->records, 1u);
  EXPECT_THAT(sink_.diagnostics, Contains("escaped: "));
}

TEST_F(ReadTest, WithoutTheSandboxTheSameAttemptsSucceed) {
  StartHost(/*sandbox=*/false);
  TextSupply supply({{"a.txt", "m 1\n"}});
  ASSERT_TRUE(host_->Read(Mode("escapes"), {}, supply, sink_).ok());
  ASSERT_FALSE(sink_.diagnostics.empty());
  for (const char* attempt :
       {"read_passwd", "list_tmp", "write_tmp", "connect_tcp", "send_udp",
        "connect_unix", "fork", "signal_host"}) {
    EXPECT_THAT(sink_.diagnostics[0], HasSubstr(attempt));
  }
}

TEST_F(ReadTest, AForkBombHasNoChildren) {
  if (kIsSanitized) GTEST_SKIP() << "a sanitized host confines nothing";
  TextSupply supply({{"a.txt", "m 1\n"}});
  const auto result = host_->Read(Mode("fork_bomb"), {}, supply, sink_);
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_THAT(sink_.diagnostics, Contains("children: 0"));
}

}  // namespace
}  // namespace meridian::ingest
