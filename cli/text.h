// Text for people and programs: display width, numbers, bars, escaping.
#ifndef CLI_TEXT_H_
#define CLI_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace meridian::cli {

// How an unknown value is shown, in every format but JSON.
inline constexpr char kUnknown[] = "?";

// Columns that `text` (UTF-8) takes on a terminal: East Asian wide characters
// count 2, combining marks 0, everything else 1.
int DisplayWidth(absl::string_view text);

// `text` with every control character and every broken UTF-8 byte replaced by
// U+FFFD and tabs by a space: what a document says cannot steer a terminal.
std::string Printable(absl::string_view text);

// The shortest decimal that reads back as `value`.
std::string Shortest(double value);

// `value` with exactly `decimals` decimals; never "-0.00".
std::string Fixed(double value, int decimals);

// Decimals needed to show all of `values` alike: as few as they have, at most
// 2 from 10 on, 3 from 1 on, 4 below.
int DecimalsFor(absl::Span<const double> values);

// "1361.5 [1354.9, 1368.0]"; an end that is not known is "?"; without both,
// only the value.
std::string WithInterval(double value, std::optional<double> lower,
                         std::optional<double> upper);

// 1234567 as "1,234,567".
std::string Grouped(uint64_t count);
// 1234567 as "1.2 MB".
std::string Bytes(uint64_t bytes);

// One block character per value, scaled from the smallest (or 0, whichever
// is less) to the largest. Unset is shown as "·".
std::string Sparkline(absl::Span<const std::optional<double>> values);

// A bar of at most `width` columns for |value| against `largest`: solid for a
// positive value, shaded for a negative one.
std::string Bar(double value, double largest, int width);

// A field of RFC 4180.
std::string CsvField(absl::string_view text);
// A cell of a Markdown table.
std::string MarkdownCell(absl::string_view text);

// Text broken at spaces into lines of at most `width` columns.
std::vector<std::string> Wrap(absl::string_view text, int width);

}  // namespace meridian::cli

#endif  // CLI_TEXT_H_
