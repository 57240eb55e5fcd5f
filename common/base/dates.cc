#include "common/base/dates.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/clock.h"
#include "common/base/status.h"

namespace meridian {
namespace {

constexpr absl::CivilDay kEpoch(1970, 1, 1);

Day ToDay(absl::CivilDay day) { return static_cast<Day>(day - kEpoch); }
absl::CivilDay ToCivil(Day day) { return kEpoch + day; }

// Digits of `text` at [from, from+count) as a number; -1 when not digits.
int Digits(absl::string_view text, size_t from, size_t count) {
  int value = 0;
  for (size_t i = from; i < from + count; ++i) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(text[i]))) return -1;
    value = value * 10 + (text[i] - '0');
  }
  return value;
}

absl::Status BadDate(absl::string_view text, absl::string_view expected) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_DATE",
                   absl::StrCat("'", text.substr(0, 40),
                                "' is not a date; expected ", expected),
                   {{"value", std::string(text.substr(0, 40))}});
}

}  // namespace

absl::StatusOr<DateRange> ParseDate(absl::string_view text) {
  const auto bad = [&] {
    return BadDate(text, "YYYY, YYYY-MM or YYYY-MM-DD, such as 2025-02-14");
  };
  if (text.size() != 4 && text.size() != 7 && text.size() != 10) return bad();
  const int year = Digits(text, 0, 4);
  if (year < 1900 || year > 2199) return bad();
  if (text.size() == 4) {
    return DateRange{ToDay(absl::CivilDay(year, 1, 1)),
                     ToDay(absl::CivilDay(year, 12, 31))};
  }
  const int month = text[4] == '-' ? Digits(text, 5, 2) : -1;
  if (month < 1 || month > 12) return bad();
  const absl::CivilMonth civil_month(year, month);
  if (text.size() == 7) {
    return DateRange{ToDay(absl::CivilDay(civil_month)),
                     ToDay(absl::CivilDay(civil_month + 1) - 1)};
  }
  const int day = text[7] == '-' ? Digits(text, 8, 2) : -1;
  const absl::CivilDay civil(year, month, day < 1 ? 1 : day);
  // CivilDay normalises 02-30 to 03-02.
  if (day < 1 || civil.month() != month || civil.day() != day) return bad();
  return DateRange{ToDay(civil), ToDay(civil)};
}

absl::StatusOr<Day> ParseDay(absl::string_view text) {
  const auto range = ParseDate(text);
  if (!range.ok() || text.size() != 10) {
    return BadDate(text, "a day as YYYY-MM-DD, such as 2025-02-14");
  }
  return range->first;
}

absl::StatusOr<DateRange> ParseMonth(absl::string_view text) {
  const auto range = ParseDate(text);
  if (!range.ok() || text.size() != 7) {
    return BadDate(text, "a month as YYYY-MM, such as 2025-02");
  }
  return range;
}

std::string FormatDay(Day day) {
  const absl::CivilDay civil = ToCivil(day);
  return absl::StrFormat("%04d-%02d-%02d", civil.year(), civil.month(),
                         civil.day());
}

std::string FormatMonth(Day day) { return FormatDay(day).substr(0, 7); }

Day NextMonth(Day day) {
  return ToDay(absl::CivilDay(absl::CivilMonth(ToCivil(day)) + 1));
}

Day DayOf(absl::Time time) {
  return ToDay(absl::ToCivilDay(time, absl::UTCTimeZone()));
}

std::string FormatUtc(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

std::string FormatUtcMillis(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", time, absl::UTCTimeZone());
}

absl::StatusOr<absl::Time> ParseTime(absl::string_view text) {
  absl::Time time;
  std::string error;
  if (!absl::ParseTime(absl::RFC3339_full, text, &time, &error)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_TIME",
                     absl::StrCat("'", text.substr(0, 40),
                                  "' is not an RFC 3339 time such as "
                                  "2026-03-19T14:51:18Z"));
  }
  return time;
}

Clock& Clock::Real() {
  class RealClock : public Clock {
   public:
    absl::Time Now() const override { return absl::Now(); }
  };
  static RealClock* clock = new RealClock;
  return *clock;
}

}  // namespace meridian
