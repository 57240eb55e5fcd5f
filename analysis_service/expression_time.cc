// Timestamps and durations, as CEL reads, writes and takes them apart.
#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/civil_time.h"
#include "absl/time/time.h"
#include "analysis_service/expression_value.h"

namespace meridian::analysis::internal {
namespace {

constexpr __int128 kSecond = 1'000'000'000;
constexpr __int128 kDay = 86400 * kSecond;

bool IsDigit(char c) {
  return absl::ascii_isdigit(static_cast<unsigned char>(c));
}

// `n` digits from the front; -1: there are not so many.
int TakeDigits(absl::string_view* text, size_t n) {
  if (text->size() < n) return -1;
  int number = 0;
  for (size_t i = 0; i < n; ++i) {
    if (!IsDigit((*text)[i])) return -1;
    number = number * 10 + ((*text)[i] - '0');
  }
  text->remove_prefix(n);
  return number;
}
bool Take(absl::string_view* text, char c) {
  if (text->empty() || text->front() != c) return false;
  text->remove_prefix(1);
  return true;
}

// "+hh:mm", "-hh:mm" or "hh:mm", in seconds.
bool ParseOffset(absl::string_view text, int* seconds) {
  const bool minus = Take(&text, '-');
  if (!minus) Take(&text, '+');
  const int hours = TakeDigits(&text, 2);
  const bool colon = Take(&text, ':');
  const int minutes = TakeDigits(&text, 2);
  if (hours < 0 || hours > 23 || !colon || minutes < 0 || minutes > 59 ||
      !text.empty()) {
    return false;
  }
  *seconds = (hours * 3600 + minutes * 60) * (minus ? -1 : 1);
  return true;
}

__int128 FloorDiv(__int128 a, __int128 b) {
  return a / b - (a % b != 0 && (a < 0) != (b < 0) ? 1 : 0);
}

std::string Fraction(int64_t nanos) {
  if (nanos == 0) return "";
  std::string digits = absl::StrFormat("%09d", nanos);
  while (digits.back() == '0') digits.pop_back();
  return "." + digits;
}

absl::CivilSecond CivilOf(__int128 nanos, absl::TimeZone zone) {
  const auto seconds = static_cast<int64_t>(FloorDiv(nanos, kSecond));
  return zone.At(absl::FromUnixSeconds(seconds)).cs;
}

int64_t Part(Builtin builtin, __int128 nanos, absl::TimeZone zone) {
  const absl::CivilSecond civil = CivilOf(nanos, zone);
  switch (builtin) {
    case Builtin::kFullYear:
      return civil.year();
    case Builtin::kMonth:
      return civil.month() - 1;
    case Builtin::kDate:
      return civil.day();
    case Builtin::kDayOfMonth:
      return civil.day() - 1;
    case Builtin::kDayOfWeek:
      return (static_cast<int>(absl::GetWeekday(civil)) + 1) % 7;
    case Builtin::kDayOfYear:
      return absl::GetYearDay(absl::CivilDay(civil)) - 1;
    case Builtin::kHours:
      return civil.hour();
    case Builtin::kMinutes:
      return civil.minute();
    case Builtin::kSeconds:
      return civil.second();
    default:
      return static_cast<int64_t>((nanos - FloorDiv(nanos, kSecond) * kSecond) /
                                  1'000'000);
  }
}

Value DurationPart(Builtin builtin, int64_t nanos) {
  constexpr int64_t kNanos = 1'000'000'000;
  switch (builtin) {
    case Builtin::kHours:
      return Value::Int(nanos / (3600 * kNanos));
    case Builtin::kMinutes:
      return Value::Int(nanos / (60 * kNanos));
    case Builtin::kSeconds:
      return Value::Int(nanos / kNanos);
    case Builtin::kMilliseconds:  // within the second
      return Value::Int(nanos % kNanos / 1'000'000);
    default:
      return Value::Error("no such overload");
  }
}

}  // namespace

Value ParseTimestamp(absl::string_view text) {
  const Value bad = Value::Error(
      absl::StrCat("'", text.substr(0, 64), "' is not an RFC 3339 time"));
  const int year = TakeDigits(&text, 4);
  bool ok = Take(&text, '-');
  const int month = TakeDigits(&text, 2);
  ok = Take(&text, '-') && ok;
  const int day = TakeDigits(&text, 2);
  ok = Take(&text, 'T') && ok;
  const int hour = TakeDigits(&text, 2);
  ok = Take(&text, ':') && ok;
  const int minute = TakeDigits(&text, 2);
  ok = Take(&text, ':') && ok;
  const int second = TakeDigits(&text, 2);
  if (!ok || year < 0 || month < 1 || day < 1 || hour < 0 || minute < 0 ||
      second < 0 || hour > 23 || minute > 59 || second > 59) {
    return bad;
  }
  int64_t nanos = 0;
  if (Take(&text, '.')) {
    int64_t unit = 100'000'000;
    if (text.empty() || !IsDigit(text[0])) return bad;
    while (!text.empty() && IsDigit(text[0])) {
      nanos += (text[0] - '0') * unit;
      unit /= 10;
      text.remove_prefix(1);
    }
  }
  int offset = 0;
  if (text != "Z" && (text.size() != 6 || !ParseOffset(text, &offset))) {
    return bad;
  }
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  if (civil.month() != month || civil.day() != day) return bad;
  const int64_t seconds = civil - absl::CivilSecond(1970, 1, 1);
  return Value::Timestamp((static_cast<__int128>(seconds) - offset) * kSecond +
                          nanos);
}

Value ParseDuration(absl::string_view text) {
  const Value bad = Value::Error(
      absl::StrCat("'", text.substr(0, 64), "' is not a duration"));
  const bool minus = Take(&text, '-');
  if (!minus) Take(&text, '+');
  if (text == "0") return Value::Duration(0);
  if (text.empty()) return bad;
  static constexpr std::pair<absl::string_view, int64_t> kUnits[] = {
      {"ns", 1},
      {"us", 1'000},
      {"µs", 1'000},
      {"μs", 1'000},
      {"ms", 1'000'000},
      {"s", 1'000'000'000},
      {"m", 60'000'000'000},
      {"h", 3'600'000'000'000}};
  constexpr __int128 kLimit = static_cast<__int128>(1) << 70;
  __int128 total = 0;
  while (!text.empty()) {
    __int128 whole = 0, part = 0, scale = 1;
    bool digits = false;
    for (; !text.empty() && IsDigit(text[0]); text.remove_prefix(1)) {
      whole = std::min(whole * 10 + (text[0] - '0'), kLimit);
      digits = true;
    }
    if (Take(&text, '.')) {
      for (; !text.empty() && IsDigit(text[0]); text.remove_prefix(1)) {
        digits = true;
        if (scale >= 1'000'000'000'000'000) continue;
        part = part * 10 + (text[0] - '0');
        scale *= 10;
      }
    }
    const auto unit = std::find_if(
        std::begin(kUnits), std::end(kUnits), [&](const auto& candidate) {
          return absl::StartsWith(text, candidate.first);
        });
    if (!digits || unit == std::end(kUnits)) return bad;
    text.remove_prefix(unit->first.size());
    total += whole * unit->second + part * unit->second / scale;
    if (total > kLimit) return Value::Error("duration out of range");
  }
  return Value::Duration(minus ? -total : total);
}

std::string FormatTimestamp(__int128 nanos) {
  const __int128 seconds = FloorDiv(nanos, kSecond);
  const absl::CivilSecond civil = CivilOf(nanos, absl::UTCTimeZone());
  return absl::StrFormat(
      "%04d-%02d-%02dT%02d:%02d:%02d%sZ", civil.year(), civil.month(),
      civil.day(), civil.hour(), civil.minute(), civil.second(),
      Fraction(static_cast<int64_t>(nanos - seconds * kSecond)));
}

std::string FormatDuration(int64_t nanos) {
  constexpr int64_t kNanos = 1'000'000'000;
  const int64_t part = nanos % kNanos;
  return absl::StrCat(nanos < 0 && nanos > -kNanos ? "-" : "", nanos / kNanos,
                      Fraction(part < 0 ? -part : part), "s");
}

Value CallTime(Builtin builtin, absl::Span<const Value> arguments) {
  const Value& time = arguments[0];
  if (!time.known()) {
    return arguments.size() > 1 ? Merge(time, arguments[1]) : time;
  }
  if (time.kind == Kind::kDuration && arguments.size() == 1) {
    return DurationPart(builtin, time.low.i);
  }
  if (time.kind != Kind::kTimestamp) return Value::Error("no such overload");
  absl::TimeZone zone = absl::UTCTimeZone();
  if (arguments.size() > 1) {
    if (!arguments[1].known()) return arguments[1];
    const std::string& name = arguments[1].text;
    int offset = 0;
    if (ParseOffset(name, &offset)) {
      zone = absl::FixedTimeZone(offset);
    } else if (name.empty() || !absl::LoadTimeZone(name, &zone)) {
      return Value::Error(absl::StrCat("'", name, "' is not a time zone"));
    }
  }
  const int64_t low = Part(builtin, time.low.t, zone);
  if (!time.is_range) return Value::Int(low);
  if (builtin != Builtin::kFullYear) {
    return Value::Unknown(Bit(UnknownReason::kImprecise));
  }
  return Value::Int(low, Part(builtin, time.high.t, zone));
}

namespace {

// The same day of the month `months` earlier, or the last day of that month.
Value Back(__int128 nanos, int64_t months) {
  const __int128 day = FloorDiv(nanos, kDay);
  const absl::CivilDay civil =
      absl::CivilDay(1970, 1, 1) + static_cast<int64_t>(day);
  const absl::CivilMonth month = absl::CivilMonth(civil) - months;
  const absl::CivilDay last = absl::CivilDay(month + 1) - 1;
  const absl::CivilDay target =
      absl::CivilDay(month) + (std::min(civil.day(), last.day()) - 1);
  return Value::Timestamp(
      static_cast<__int128>(target - absl::CivilDay(1970, 1, 1)) * kDay +
      (nanos - day * kDay));
}

}  // namespace

Value MonthsBefore(const Value& time, const Value& months) {
  if (!time.known() || !months.known()) return Merge(time, months);
  if (time.kind != Kind::kTimestamp || months.kind != Kind::kInt) {
    return Value::Error("no such overload");
  }
  constexpr int64_t kMost = 12 * 10000;
  if (months.low.i < -kMost || months.high.i > kMost) {
    return Value::Error("timestamp out of range");
  }
  const Value low = Back(time.low.t, months.high.i);
  const Value high = Back(time.high.t, months.low.i);
  if (!low.known()) return low;
  if (!high.known()) return high;
  return Value::Timestamp(low.low.t, high.low.t);
}

}  // namespace meridian::analysis::internal
