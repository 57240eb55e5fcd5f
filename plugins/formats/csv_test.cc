#include "plugins/formats/csv.h"

#include <fstream>
#include <sstream>

#include "common/base/status.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace meridian {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Hands `text` over in chunks of `size` bytes.
CsvReader::ChunkSource InChunks(std::string text, size_t size) {
  size_t at = 0;
  return [text = std::move(text), size,
          at]() mutable -> absl::StatusOr<std::string> {
    const std::string chunk = text.substr(at, size);
    at += chunk.size();
    return chunk;
  };
}

absl::StatusOr<std::vector<CsvRow>> ReadAll(const std::string& text,
                                            size_t chunk = 1 << 16,
                                            CsvOptions options = {}) {
  auto reader = CsvReader::Create(InChunks(text, chunk), options);
  if (!reader.ok()) return reader.status();
  std::vector<CsvRow> rows;
  CsvRow row;
  while (true) {
    auto more = (*reader)->Next(&row);
    if (!more.ok()) return more.status();
    if (!*more) return rows;
    rows.push_back(row);
  }
}

TEST(CsvTest, SameRowsAndLinesWhateverTheChunks) {
  const std::string text =
      "\xEF\xBB\xBFname, value ,note\r\n"
      "a,1,\"two\r\nlines, \"\"quoted\"\"\"\r\n"
      "\r\n"
      "b, 2,\n"
      "c,3,end";
  for (size_t chunk = 1; chunk < 40; ++chunk) {
    auto reader = CsvReader::Create(InChunks(text, chunk));
    ASSERT_TRUE(reader.ok()) << reader.status();
    EXPECT_THAT((*reader)->header(), ElementsAre("name", "value", "note"));
    EXPECT_EQ((*reader)->Column("value"), 1u);
    EXPECT_EQ((*reader)->Column("Value"), std::nullopt);
    auto rows = ReadAll(text, chunk);
    ASSERT_TRUE(rows.ok()) << rows.status();
    ASSERT_EQ(rows->size(), 3u) << chunk;
    EXPECT_THAT((*rows)[0].fields,
                ElementsAre("a", "1", "two\r\nlines, \"quoted\""));
    EXPECT_EQ((*rows)[0].first_line, 2u);
    EXPECT_EQ((*rows)[0].last_line, 3u);
    EXPECT_EQ((*rows)[0].excerpt, "a,1,\"two\r\nlines, \"\"quoted\"\"\"");
    EXPECT_THAT((*rows)[1].fields, ElementsAre("b", " 2", ""));
    EXPECT_EQ((*rows)[1].first_line, 5u);
    EXPECT_EQ((*rows)[1].excerpt, "b, 2,");
    EXPECT_THAT((*rows)[2].fields, ElementsAre("c", "3", "end"));
    EXPECT_EQ((*rows)[2].first_line, 6u);
    for (const CsvRow& row : *rows) EXPECT_EQ(row.problem, "");
  }
}

TEST(CsvTest, TabsSeparateWhenAsked) {
  auto rows = ReadAll("a\tb\n1,5\t\t\n2\t3\n", 7, {.delimiter = '\t'});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[0].problem, "3 fields, the header has 2");
  EXPECT_THAT((*rows)[1].fields, ElementsAre("2", "3"));
}

TEST(CsvTest, OldMacLineEndsCount) {
  auto rows = ReadAll("a,b\r1,2\r3,4\r", 3);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2u);
  EXPECT_EQ((*rows)[1].first_line, 3u);
}

TEST(CsvTest, RowWithOtherFieldCountIsReportedAndReadingGoesOn) {
  auto rows = ReadAll("a,b,c\n1,2\n1,2,3\n1,2,3,4\n1");
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 4u);
  EXPECT_EQ((*rows)[0].problem, "2 fields, the header has 3");
  EXPECT_EQ((*rows)[1].problem, "");
  EXPECT_EQ((*rows)[2].problem, "4 fields, the header has 3");
  EXPECT_EQ((*rows)[3].problem, "1 field, the header has 3");
  EXPECT_EQ((*rows)[3].first_line, 5u);
}

TEST(CsvTest, QuoteInsideAnUnquotedFieldSpoilsItsRowOnly) {
  for (size_t chunk : {1, 4, 1000}) {
    auto rows = ReadAll("a,b\n5\" disk,2\n\"x\"y,1\nc,\"d\"\n", chunk);
    ASSERT_TRUE(rows.ok()) << rows.status();
    ASSERT_EQ(rows->size(), 3u);
    EXPECT_THAT((*rows)[0].problem, HasSubstr("a quote stands inside"));
    EXPECT_EQ((*rows)[0].excerpt, "5\" disk,2");
    EXPECT_EQ((*rows)[0].first_line, 2u);
    EXPECT_THAT((*rows)[1].problem, HasSubstr("text follows a closing quote"));
    EXPECT_THAT((*rows)[2].fields, ElementsAre("c", "d"));
    EXPECT_EQ((*rows)[2].first_line, 4u);
  }
}

TEST(CsvTest, BytesThatAreNotUtf8AreReportedWithTheirColumn) {
  auto rows = ReadAll("a,b\nx,caf\xE9\ny,caf\xC3\xA9\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0].problem, "column 'b' is not UTF-8");
  EXPECT_EQ((*rows)[0].excerpt, "x,caf?");
  EXPECT_EQ((*rows)[1].problem, "");
}

TEST(CsvTest, AQuoteThatReopensIsPlacedAlikeWhateverTheChunks) {
  const std::string text = "a,b\n\"1\n2\",x,\"open";
  for (size_t chunk = 1; chunk < 20; ++chunk) {
    EXPECT_THAT(ReadAll(text, chunk).status().message(),
                HasSubstr("line 3: a quote"))
        << chunk;
  }
}

TEST(CsvTest, UnterminatedQuoteNamesTheLineWhereItOpened) {
  for (size_t chunk : {1, 5, 1000}) {
    auto rows = ReadAll("a,b\n1,\"fine\nhere\"\n2,\"open\nand\non", chunk);
    ASSERT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(ErrorReason(rows.status()), "CSV_UNTERMINATED_QUOTE");
    EXPECT_THAT(rows.status().message(), HasSubstr("line 4: a quote"));
  }
  auto last_line = ReadAll("a,b\n1,\"open");
  EXPECT_THAT(last_line.status().message(), HasSubstr("line 2: a quote"));
  auto reopened = ReadAll("a,b\n\"1\n2\",\"open\nx");
  EXPECT_THAT(reopened.status().message(), HasSubstr("line 3: a quote"));
}

TEST(CsvTest, RowBeyondTheLimitIsAnError) {
  auto rows = ReadAll("a,b\n1,\"" + std::string(3000, 'x') + "\n\n", 100,
                      {.max_row_bytes = 1000});
  EXPECT_EQ(ErrorReason(rows.status()), "CSV_ROW_TOO_LONG");
  EXPECT_THAT(rows.status().message(), HasSubstr("line 2"));
}

TEST(CsvTest, DocumentWithoutHeaderIsAnError) {
  EXPECT_EQ(ErrorReason(ReadAll("").status()), "CSV_EMPTY");
  EXPECT_EQ(ErrorReason(ReadAll("\xEF\xBB\xBF\n\n", 1).status()), "CSV_EMPTY");
  EXPECT_EQ(ErrorReason(ReadAll("a,b,a\n1,2,3\n").status()), "CSV_BAD_HEADER");
  EXPECT_EQ(ErrorReason(ReadAll(std::string("\xFF\xFE") + "a\n").status()),
            "CSV_BAD_HEADER");
  auto only_header = ReadAll("a,b\n");
  ASSERT_TRUE(only_header.ok());
  EXPECT_TRUE(only_header->empty());
}

TEST(CsvTest, FailureOfTheChunkSourceIsReturned) {
  auto reader = CsvReader::Create([]() -> absl::StatusOr<std::string> {
    return absl::CancelledError("gone");
  });
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kCancelled);
}

TEST(CsvTest, ExcerptIsShortAndCutBetweenCharacters) {
  auto rows = ReadAll("a\n" + std::string(511, 'x') + "\xC3\xA9yz\n");
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ((*rows)[0].excerpt, std::string(511, 'x'));
  EXPECT_EQ((*rows)[0].fields[0].size(), 515u);
}

TEST(CsvTest, ReadsAPublishedTable) {
  std::ifstream file(MERIDIAN_SOURCE_DIR "/../shared/data/ai_index/facts.csv");
  if (!file) GTEST_SKIP() << "shared/data is not here";
  std::stringstream bytes;
  bytes << file.rdbuf();
  auto rows = ReadAll(bytes.str(), 4096);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_EQ(rows->size(), 828u);
  for (const CsvRow& row : *rows) EXPECT_EQ(row.problem, "") << row.first_line;
}

}  // namespace
}  // namespace meridian
