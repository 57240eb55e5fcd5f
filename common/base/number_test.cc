#include "common/base/number.h"

#include "common/base/status.h"
#include "gtest/gtest.h"

namespace meridian {
namespace {

TEST(NumberTest, PlainDecimalsAreNumbers) {
  EXPECT_EQ(*ParseNumber("1234"), 1234);
  EXPECT_EQ(*ParseNumber(" -0.5 "), -0.5);
  EXPECT_EQ(*ParseNumber("1e24"), 1e24);
  EXPECT_EQ(*ParseNumber(".5"), 0.5);
  EXPECT_EQ(*ParseNumber("+3"), 3);
  EXPECT_EQ(*ParseNumber("0"), 0);
}

TEST(NumberTest, EverythingElseIsRefused) {
  for (const char* text :
       {"",      " ",        "-",     "+",     "+-1",   "--1",  "1,234",
        "1 234", "55.3%",    "0x10",  "nan",   "NaN",   "-nan", "inf",
        "-inf",  "Infinity", "1e999", "12abc", "1.2.3", ".",    "-."}) {
    auto number = ParseNumber(text);
    EXPECT_EQ(number.status().code(), absl::StatusCode::kInvalidArgument)
        << text;
    EXPECT_EQ(ErrorReason(number.status()), "BAD_NUMBER") << text;
  }
}

TEST(NumberTest, PercentSignDoesNotChangeTheValue) {
  EXPECT_EQ(*ParsePercent("55.3%"), 55.3);
  EXPECT_EQ(*ParsePercent("55.3 %"), 55.3);
  EXPECT_EQ(*ParsePercent("55.3"), 55.3);
  EXPECT_FALSE(ParsePercent("%").ok());
  EXPECT_FALSE(ParsePercent("5%%").ok());
}

}  // namespace
}  // namespace meridian
