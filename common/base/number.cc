#include "common/base/number.h"

#include <cmath>

#include "absl/strings/ascii.h"
#include "absl/strings/charconv.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/base/status.h"

namespace meridian {

absl::StatusOr<double> ParseNumber(absl::string_view text) {
  auto bad = [&](absl::string_view why) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_NUMBER",
                     absl::StrCat("'", text, "' ", why), {});
  };
  absl::string_view digits = absl::StripAsciiWhitespace(text);
  if (absl::ConsumePrefix(&digits, "+") && !digits.empty() &&
      digits[0] == '-') {
    return bad("is not a number");
  }
  // from_chars would take "nan", "inf" and "0x10".
  if (digits.find_first_not_of("0123456789+-.eE") != absl::string_view::npos) {
    return bad("is not a number");
  }
  double value = 0;
  const auto result =
      absl::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec == std::errc::result_out_of_range) {
    return bad("is outside the range of numbers");
  }
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size() ||
      !std::isfinite(value)) {
    return bad("is not a number");
  }
  return value;
}

absl::StatusOr<double> ParsePercent(absl::string_view text) {
  absl::string_view digits = absl::StripAsciiWhitespace(text);
  absl::ConsumeSuffix(&digits, "%");
  return ParseNumber(digits);
}

}  // namespace meridian
