// Numbers in cells, read strictly: what is not plainly a number is an error,
// never a guess.
#ifndef COMMON_BASE_NUMBER_H_
#define COMMON_BASE_NUMBER_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace meridian {

// Parses a decimal number: "1234", "-0.5", "1e24", ".5", "+3". Spaces at both
// ends are allowed. Errors: InvalidArgument (BAD_NUMBER) naming the text, for
// everything else: thousands separators ("1,234"), units, hexadecimal, NaN,
// infinities, numbers beyond a double's range, and empty text.
absl::StatusOr<double> ParseNumber(absl::string_view text);

// The same, with an optional "%" at the end, which does not change the value:
// "55.3%" is 55.3.
absl::StatusOr<double> ParsePercent(absl::string_view text);

}  // namespace meridian

#endif  // COMMON_BASE_NUMBER_H_
