// The Source interface without a host, and what the conformance check sees.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/base/utf8.h"
#include "plugins/sdk/source.h"
#include "plugins/sdk/testing.h"

namespace meridian {
namespace {

using ::meridian::testing::CheckConformance;
using ::meridian::testing::ReadDocuments;
using ::meridian::testing::ReadResult;
using ::meridian::testing::TestDocument;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

v1::BeginSnapshot Spec() {
  v1::BeginSnapshot spec;
  spec.set_stream("text/raw");
  spec.mutable_vintage()->set_date("2026-01-02");
  spec.mutable_vintage()->set_basis(v1::VINTAGE_BASIS_STATED);
  spec.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
  return spec;
}

v1::Score MakeScore(const std::string& model, double value) {
  v1::Score score;
  score.set_board("a/b");
  score.set_category("full");
  score.set_method("raw");
  score.set_model(model);
  score.set_value(value);
  return score;
}

v1::Locator Line(uint32_t line) {
  v1::Locator locator;
  locator.set_line(line);
  return locator;
}

// A source whose Read is given.
class TestSource : public Source {
 public:
  explicit TestSource(std::function<absl::Status(Reader&)> read)
      : read_(std::move(read)) {
    description.set_id("test");
    description.set_version("1.0.0");
    description.set_summary("for tests");
    description.add_streams("text/raw");
    description.add_document_kinds("text");
    description.set_config_json_schema("{\"type\":\"object\"}");
  }
  v1::DescribeResponse Describe() const override { return description; }
  std::vector<v1::Problem> Check(const std::string&) const override {
    return problems;
  }
  absl::Status Read(Reader& reader) override { return read_(reader); }

  v1::DescribeResponse description;
  std::vector<v1::Problem> problems;

 private:
  const std::function<absl::Status(Reader&)> read_;
};

// Reads the first document, then calls `emit` with a writer, then ends.
TestSource WithWriter(std::function<absl::Status(SnapshotWriter&)> emit) {
  return TestSource([emit = std::move(emit)](Reader& reader) -> absl::Status {
    RETURN_IF_ERROR(reader.NextDocument().status());
    ASSIGN_OR_RETURN(const auto writer, reader.BeginSnapshot(Spec()));
    RETURN_IF_ERROR(emit(*writer));
    return writer->End();
  });
}

std::vector<TestDocument> OneDocument() {
  return {TestDocument{"a.txt", "some bytes", {}}};
}

absl::StatusOr<ReadResult> Read(TestSource source) {
  return ReadDocuments(source, "{}", OneDocument());
}

std::string ConformanceError(TestSource source) {
  const absl::Status status = CheckConformance(source, "{}", OneDocument());
  if (status.ok()) return "conforms";
  EXPECT_EQ(ErrorReason(status), "NOT_CONFORMING") << status;
  return std::string(status.message());
}

TEST(SdkTest, DocumentsComeWholeOrInChunksAndMayBeSkipped) {
  const std::string large(700'000, 'x');
  std::vector<std::string> seen;
  TestSource source([&](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(auto first, reader.NextDocument());
    ASSIGN_OR_RETURN(seen.emplace_back(), first->ReadAll());
    ASSIGN_OR_RETURN(auto skipped, reader.NextDocument());
    seen.push_back(skipped->head().path());
    ASSIGN_OR_RETURN(auto third, reader.NextDocument());
    EXPECT_EQ(skipped->NextChunk().status().code(),
              absl::StatusCode::kFailedPrecondition);
    ASSIGN_OR_RETURN(const std::string chunk, third->NextChunk());
    EXPECT_EQ(chunk, "third");
    ASSIGN_OR_RETURN(const std::string end, third->NextChunk());
    EXPECT_EQ(end, "");
    ASSIGN_OR_RETURN(auto none, reader.NextDocument());
    EXPECT_EQ(none, nullptr);
    return absl::OkStatus();
  });
  const auto result = ReadDocuments(
      source, "{}",
      {{"large.txt", large, {}}, {"skip.txt", large, {}}, {"3", "third", {}}});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(seen, SizeIs(2));
  EXPECT_EQ(seen[0], large);
  EXPECT_EQ(seen[1], "skip.txt");
}

TEST(SdkTest, EmptyDocumentIsADocument) {
  TestSource source([](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(auto document, reader.NextDocument());
    EXPECT_NE(document, nullptr);
    ASSIGN_OR_RETURN(const std::string bytes, document->ReadAll());
    EXPECT_EQ(bytes, "");
    return absl::OkStatus();
  });
  EXPECT_TRUE(ReadDocuments(source, "{}", {{"a", "", {}}}).ok());
}

TEST(SdkTest, ScoresAndRecordsKeepTheirOrderAndGetTheirDocument) {
  const auto result = Read(WithWriter([](SnapshotWriter& writer) {
    RETURN_IF_ERROR(writer.EmitScore(MakeScore("a", 1), Line(1)));
    v1::Record record;
    record.mutable_model()->set_name("m");
    record.mutable_locator()->set_pointer("/0");
    RETURN_IF_ERROR(writer.Emit(record));
    return writer.EmitScore(MakeScore("b", 2), Line(3));
  }));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(result->snapshots, SizeIs(1));
  EXPECT_TRUE(result->snapshots[0].ended);
  const auto& records = result->snapshots[0].records;
  ASSERT_THAT(records, SizeIs(3));
  EXPECT_EQ(records[0].score().model(), "a");
  EXPECT_EQ(records[1].model().name(), "m");
  EXPECT_TRUE(records[1].locator().has_document());
  EXPECT_EQ(records[2].score().value(), 2);
  EXPECT_EQ(records[2].locator().line(), 3u);
}

TEST(SdkTest, ScoreWithAPlaceThatColumnsCannotHoldKeepsIt) {
  const auto result = Read(WithWriter([](SnapshotWriter& writer) {
    v1::Locator locator = Line(4);
    locator.set_column("elo");
    return writer.EmitScore(MakeScore("a", 1), locator);
  }));
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(result->snapshots[0].records[0].locator().column(), "elo");
}

TEST(SdkTest, ScoreWithoutValueIsAnErrorAndNotZero) {
  v1::Score score = MakeScore("a", 1);
  score.clear_value();
  const auto columns = Read(WithWriter(
      [&](SnapshotWriter& w) { return w.EmitScore(score, Line(1)); }));
  EXPECT_EQ(ErrorReason(columns.status()), "BAD_RECORD");
  v1::Record record;
  *record.mutable_score() = score;
  const auto row =
      Read(WithWriter([&](SnapshotWriter& w) { return w.Emit(record); }));
  EXPECT_EQ(ErrorReason(row.status()), "BAD_RECORD");
}

TEST(SdkTest, TextThatIsNotUtf8IsAnErrorNamingTheField) {
  const auto score = Read(WithWriter([](SnapshotWriter& writer) {
    return writer.EmitScore(MakeScore("caf\xe9", 1), Line(1));
  }));
  EXPECT_EQ(ErrorReason(score.status()), "BAD_UTF8");
  EXPECT_THAT(std::string(score.status().message()), HasSubstr("'model'"));
  const auto row = Read(WithWriter([](SnapshotWriter& writer) {
    v1::Record record;
    record.mutable_model()->add_licences()->set_licence("\xff");
    return writer.Emit(record);
  }));
  EXPECT_THAT(std::string(row.status().message()),
              HasSubstr("'model.licences.licence'"));
}

TEST(SdkTest, RejectedExcerptIsCutAndCleaned) {
  const auto result = Read(TestSource([](Reader& reader) -> absl::Status {
    RETURN_IF_ERROR(reader.NextDocument().status());
    return reader.Reject(Line(2), "not a number",
                         absl::StrCat("\xff", std::string(510, 'x'), "éé"));
  }));
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_THAT(result->rejected, SizeIs(1));
  EXPECT_EQ(result->rejected[0].excerpt(), "?" + std::string(510, 'x'));
}

TEST(SdkTest, RecordLargerThanAMessageIsAnError) {
  const auto result = Read(WithWriter([](SnapshotWriter& writer) {
    v1::Record record;
    record.mutable_model()->set_name(std::string(20 << 20, 'm'));
    return writer.Emit(record);
  }));
  EXPECT_EQ(ErrorReason(result.status()), "RECORD_TOO_LARGE");
}

TEST(SdkTest, RecordBeforeAnyDocumentIsAnError) {
  const auto result = Read(TestSource([](Reader& reader) -> absl::Status {
    ASSIGN_OR_RETURN(const auto writer, reader.BeginSnapshot(Spec()));
    return writer->EmitScore(MakeScore("a", 1), Line(1));
  }));
  EXPECT_EQ(ErrorReason(result.status()), "RECORD_WITHOUT_DOCUMENT");
}

TEST(SdkTest, RecordAfterEndIsAnError) {
  const auto result = Read(WithWriter([](SnapshotWriter& writer) {
    RETURN_IF_ERROR(writer.End());
    return writer.EmitScore(MakeScore("a", 1), Line(1));
  }));
  EXPECT_EQ(ErrorReason(result.status()), "SNAPSHOT_ENDED");
}

TEST(SdkTest, SnapshotThatIsNotEndedIsAnError) {
  const auto result = Read(TestSource(
      [](Reader& reader) { return reader.BeginSnapshot(Spec()).status(); }));
  EXPECT_EQ(ErrorReason(result.status()), "SNAPSHOT_NOT_ENDED");
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("text/raw"));
}

TEST(SdkTest, ExceptionBecomesAnError) {
  const auto result = Read(TestSource(
      [](Reader&) -> absl::Status { throw std::out_of_range("index 7"); }));
  EXPECT_EQ(ErrorReason(result.status()), "PLUGIN_EXCEPTION");
  EXPECT_THAT(std::string(result.status().message()), HasSubstr("index 7"));
}

TEST(Utf8Test, FollowsTheUnicodeStandard) {
  EXPECT_TRUE(IsUtf8("plain, \xc3\xa9, \xe2\x82\xac, \xf0\x9f\x98\x80"));
  EXPECT_FALSE(IsUtf8("\xc0\xaf"));          // overlong
  EXPECT_FALSE(IsUtf8("\xe0\x80\xaf"));      // overlong
  EXPECT_FALSE(IsUtf8("\xed\xa0\x80"));      // surrogate
  EXPECT_FALSE(IsUtf8("\xf4\x90\x80\x80"));  // beyond U+10FFFF
  EXPECT_FALSE(IsUtf8("\xe2\x82"));          // cut off
  EXPECT_EQ(CleanUtf8("a\xe2\x82", 10), "a??");
  EXPECT_EQ(CleanUtf8("ab\xc3\xa9", 3), "ab");
}

TEST(ConformanceTest, AcceptsASourceThatKeepsTheRules) {
  EXPECT_EQ(ConformanceError(WithWriter([](SnapshotWriter& writer) {
              return writer.EmitScore(MakeScore("a", 1), Line(1));
            })),
            "conforms");
}

TEST(ConformanceTest, SeesAnIncompleteDescription) {
  TestSource source = WithWriter([](SnapshotWriter& writer) {
    return writer.EmitScore(MakeScore("a", 1), Line(1));
  });
  source.description.clear_summary();
  EXPECT_EQ(ConformanceError(source), "Describe: no summary");
  source.description.set_summary("s");
  source.description.set_config_json_schema("{");
  EXPECT_THAT(ConformanceError(source), HasSubstr("not a JSON object"));
}

TEST(ConformanceTest, SeesThatCheckAndReadDisagree) {
  TestSource source = WithWriter([](SnapshotWriter& writer) {
    return writer.EmitScore(MakeScore("a", 1), Line(1));
  });
  source.problems.resize(1);
  EXPECT_THAT(ConformanceError(source), HasSubstr("Check refuses"));
}

TEST(ConformanceTest, SeesARecordWithoutAPlace) {
  EXPECT_THAT(ConformanceError(WithWriter([](SnapshotWriter& writer) {
                return writer.EmitScore(MakeScore("a", 1), {});
              })),
              HasSubstr("has no line, pointer, column or page"));
}

TEST(ConformanceTest, SeesARecordOfAnotherDocument) {
  EXPECT_THAT(ConformanceError(WithWriter([](SnapshotWriter& writer) {
                v1::Locator locator = Line(1);
                locator.set_document(9);
                return writer.EmitScore(MakeScore("a", 1), locator);
              })),
              HasSubstr("names no document"));
}

TEST(ConformanceTest, SeesARecordWithoutItsKey) {
  EXPECT_THAT(ConformanceError(WithWriter([](SnapshotWriter& writer) {
                return writer.EmitScore(MakeScore("", 1), Line(1));
              })),
              HasSubstr("model"));
  EXPECT_THAT(ConformanceError(WithWriter([](SnapshotWriter& writer) {
                v1::Record record;
                record.mutable_locator()->set_line(1);
                return writer.Emit(record);
              })),
              HasSubstr("kind"));
}

TEST(ConformanceTest, SeesOneKeyWithTwoContents) {
  EXPECT_THAT(ConformanceError(WithWriter([](SnapshotWriter& writer) {
                RETURN_IF_ERROR(writer.EmitScore(MakeScore("a", 1), Line(1)));
                return writer.EmitScore(MakeScore("a", 2), Line(1));
              })),
              HasSubstr("already stands for another content"));
}

TEST(ConformanceTest, SeesASourceThatRemembers) {
  int reads = 0;
  EXPECT_THAT(ConformanceError(WithWriter([&](SnapshotWriter& writer) {
                return writer.EmitScore(MakeScore("a", ++reads), Line(1));
              })),
              HasSubstr("a second read of the same documents differs"));
}

TEST(ConformanceTest, SeesASnapshotWithoutVintage) {
  EXPECT_THAT(ConformanceError(TestSource([](Reader& reader) -> absl::Status {
                RETURN_IF_ERROR(reader.NextDocument().status());
                v1::BeginSnapshot spec = Spec();
                spec.clear_vintage();
                ASSIGN_OR_RETURN(const auto writer, reader.BeginSnapshot(spec));
                RETURN_IF_ERROR(writer->EmitScore(MakeScore("a", 1), Line(1)));
                return writer->End();
              })),
              HasSubstr("no vintage"));
}

TEST(ConformanceTest, SeesASourceThatReadsNothing) {
  EXPECT_EQ(
      ConformanceError(TestSource([](Reader&) { return absl::OkStatus(); })),
      "nothing was read from the documents");
}

}  // namespace
}  // namespace meridian
