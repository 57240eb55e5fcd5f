// Dates as publishers state them: "2025", "2025-02" or "2025-02-14".
#ifndef COMMON_BASE_DATES_H_
#define COMMON_BASE_DATES_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace meridian {

// Days since 1970-01-01 (proleptic Gregorian). Plain numbers, so that columns
// of days can be compared without parsing.
using Day = int32_t;

// A date as precise as it was stated: the closed range of days it can mean.
struct DateRange {
  Day first = 0;
  Day last = 0;
  bool is_day() const { return first == last; }
  bool operator==(const DateRange&) const = default;
};

// Parses "YYYY", "YYYY-MM" or "YYYY-MM-DD"; years 1900 to 2199. Errors:
// InvalidArgument naming the text and what is expected.
absl::StatusOr<DateRange> ParseDate(absl::string_view text);

// Parses exactly "YYYY-MM-DD".
absl::StatusOr<Day> ParseDay(absl::string_view text);

// Parses exactly "YYYY-MM".
absl::StatusOr<DateRange> ParseMonth(absl::string_view text);

// "YYYY-MM-DD".
std::string FormatDay(Day day);
// "YYYY-MM" of the month that `day` is in.
std::string FormatMonth(Day day);
// First day of the month after the one that `day` is in.
Day NextMonth(Day day);

Day DayOf(absl::Time time);  // UTC
// RFC 3339 in UTC, seconds: "2026-11-23T17:01:02Z".
std::string FormatUtc(absl::Time time);
// The same with milliseconds, for what takes less than a second.
std::string FormatUtcMillis(absl::Time time);
absl::StatusOr<absl::Time> ParseTime(absl::string_view text);

// Where "now" comes from. Passed in, so that logic can be tested.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // The clock of the machine.
  static Clock& Real();
};

}  // namespace meridian

#endif  // COMMON_BASE_DATES_H_
