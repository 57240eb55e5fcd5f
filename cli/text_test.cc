#include "cli/text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <sstream>

#include "cli/table.h"

namespace meridian::cli {
namespace {

using ::testing::ElementsAre;

TEST(TextTest, WideCharactersCountTwoAndCombiningMarksNothing) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("通义千问"), 8);
  EXPECT_EQ(DisplayWidth("e\xCC\x81"), 1);
  EXPECT_EQ(DisplayWidth("±█é"), 3);
}

TEST(TextTest, ControlCharactersAndBrokenBytesCannotReachATerminal) {
  EXPECT_EQ(Printable("a\033[31mb"), "a\xEF\xBF\xBD[31mb");
  EXPECT_EQ(Printable("a\xFFz"), "a\xEF\xBF\xBDz");
  EXPECT_EQ(Printable("\xC2\x9B"), "\xEF\xBF\xBD");      // C1 CSI
  EXPECT_EQ(Printable("\xE2\x80\xAE"), "\xEF\xBF\xBD");  // right to left
  EXPECT_EQ(Printable("\xC0\xAF").size(), 6u);           // overlong
  EXPECT_EQ(Printable("a\tb"), "a b");
  EXPECT_EQ(Printable("通 é"), "通 é");
}

TEST(TextTest, ShortestNumberReadsBackTheSame) {
  EXPECT_EQ(Shortest(1384.63), "1384.63");
  EXPECT_EQ(Shortest(0.1), "0.1");
  EXPECT_EQ(Shortest(1.0 / 3), "0.3333333333333333");
  EXPECT_EQ(Shortest(1e25), "1e+25");
}

TEST(TextTest, FiguresShowAsManyDecimalsAsTheyHave) {
  EXPECT_EQ(WithInterval(1361.5, 1354.9, 1368.0), "1361.5 [1354.9, 1368.0]");
  EXPECT_EQ(WithInterval(1361.45, std::nullopt, std::nullopt), "1361.45");
  EXPECT_EQ(WithInterval(1361, std::nullopt, 1368.123), "1361.00 [?, 1368.12]");
  EXPECT_EQ(DecimalsFor({0.81235, 0.5}), 4);
  EXPECT_EQ(DecimalsFor({1300, 1299}), 0);
  EXPECT_EQ(Fixed(-0.001, 2), "0.00");
  EXPECT_EQ(Fixed(-1.5, 1), "-1.5");
}

TEST(TextTest, CountsAndBytesAreGrouped) {
  EXPECT_EQ(Grouped(0), "0");
  EXPECT_EQ(Grouped(999), "999");
  EXPECT_EQ(Grouped(1234567), "1,234,567");
  EXPECT_EQ(Bytes(999), "999 B");
  EXPECT_EQ(Bytes(1234567), "1.2 MB");
  EXPECT_EQ(Bytes(999999), "1.0 MB");
}

TEST(TextTest, SparklineMarksMissingValues) {
  EXPECT_EQ(Sparkline({0.0, 50.0, std::nullopt, 100.0}), "▁▅·█");
  EXPECT_EQ(Sparkline({-10.0, 0.0, 10.0}), "▁▅█");
  EXPECT_EQ(Sparkline({0.0, 0.0}), "▁▁");
}

TEST(TextTest, BarsShowTheSignByTheirShade) {
  EXPECT_EQ(Bar(10, 10, 3), "███");
  EXPECT_EQ(Bar(5, 10, 3), "█▌");
  EXPECT_EQ(Bar(-10, 10, 3), "░░░");
  EXPECT_EQ(Bar(0, 0, 3), "");
}

TEST(TextTest, CsvQuotesAsRfc4180Says) {
  EXPECT_EQ(CsvField("plain"), "plain");
  EXPECT_EQ(CsvField("a,b"), "\"a,b\"");
  EXPECT_EQ(CsvField("say \"x\""), "\"say \"\"x\"\"\"");
  EXPECT_EQ(CsvField("two\nlines"), "\"two\nlines\"");
}

TEST(TextTest, MarkdownPipesAreEscaped) {
  EXPECT_EQ(MarkdownCell("a || b"), "a \\|\\| b");
}

std::string Printed(const Table& table, Format format) {
  std::ostringstream out;
  std::ostringstream err;
  Output output{out, err};
  output.format = format;
  table.Print(output);
  return out.str();
}

Table Sample() {
  Table table({{"model"},
               {"score", Align::kRight},
               {"raw", Align::kRight, For::kPrograms},
               {"note", Align::kLeft, For::kPeople}});
  table.Add({Text("通义"), Number(1361.456, 1), Exact(1361.456), Text("a|b")});
  table.Add({Text("long-name"), Unknown(), Exact(std::nullopt)});
  return table;
}

TEST(TableTest, TextIsAlignedByDisplayWidth) {
  EXPECT_EQ(Printed(Sample(), Format::kTable),
            "model       score  note\n"
            "通义       1361.5  a|b\n"
            "long-name       ?\n");
}

TEST(TableTest, CsvHasFullPrecisionAndUnknownIsNotBlank) {
  EXPECT_EQ(Printed(Sample(), Format::kCsv),
            "model,score,raw\r\n"
            "通义,1361.456,1361.456\r\n"
            "long-name,?,?\r\n");
}

TEST(TableTest, MarkdownAlignsNumbersRight) {
  EXPECT_EQ(Printed(Sample(), Format::kMarkdown),
            "| model | score | note |\n"
            "| --- | ---: | --- |\n"
            "| 通义 | 1361.5 | a\\|b |\n"
            "| long-name | ? |  |\n");
}

}  // namespace
}  // namespace meridian::cli
