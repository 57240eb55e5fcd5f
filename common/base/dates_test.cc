#include "common/base/dates.h"

#include <gtest/gtest.h>

#include "common/base/status.h"

namespace meridian {
namespace {

TEST(DatesTest, ImpreciseDatesAreRangesOfDays) {
  EXPECT_EQ(FormatDay(ParseDate("2025")->first), "2025-01-01");
  EXPECT_EQ(FormatDay(ParseDate("2025")->last), "2025-12-31");
  EXPECT_EQ(FormatDay(ParseDate("2024-02")->last), "2024-02-29");
  EXPECT_TRUE(ParseDate("2024-02-29")->is_day());
}

TEST(DatesTest, BadDatesSayWhatIsExpected) {
  for (const char* text : {"", "25", "2025-13", "2025-02-30", "2025/02/01",
                           "2025-2-1", "2508-22-", "1899", "today"}) {
    const auto date = ParseDate(text);
    ASSERT_FALSE(date.ok()) << text;
    EXPECT_EQ(ErrorReason(date.status()), "BAD_DATE");
    EXPECT_NE(date.status().message().find("YYYY-MM-DD"), std::string::npos);
  }
  EXPECT_FALSE(ParseDay("2025-02").ok());
  EXPECT_FALSE(ParseMonth("2025-02-01").ok());
}

TEST(DatesTest, DaysRoundTripAcrossLeapYears) {
  for (Day day = -25000; day < 80000; day += 37) {
    EXPECT_EQ(*ParseDay(FormatDay(day)), day);
  }
  EXPECT_EQ(FormatDay(NextMonth(*ParseDay("2024-12-31"))), "2025-01-01");
}

TEST(DatesTest, TimesRoundTrip) {
  EXPECT_EQ(FormatUtc(*ParseTime("2026-03-19T14:51:18.04+00:00")),
            "2026-03-19T14:51:18Z");
  EXPECT_EQ(FormatDay(DayOf(*ParseTime("2026-03-19T23:59:59Z"))), "2026-03-19");
  EXPECT_FALSE(ParseTime("yesterday").ok());
}

}  // namespace
}  // namespace meridian
