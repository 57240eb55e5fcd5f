#include "cli/text.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace meridian::cli {
namespace {

constexpr char kReplacement[] = "\xEF\xBF\xBD";  // U+FFFD
constexpr char32_t kBroken = 0xFFFD;

struct Range {
  char32_t first;
  char32_t last;
};

// Unicode East Asian Width W and F, joined where only unassigned code points
// lie between.
constexpr Range kWide[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},
    {0x3400, 0x4DBF},   {0x4E00, 0xA4CF},   {0xA960, 0xA97F},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},
    {0xFF01, 0xFF60},   {0xFFE0, 0xFFE6},   {0x1F300, 0x1F64F},
    {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD},
};
constexpr Range kZero[] = {
    {0x0300, 0x036F}, {0x1AB0, 0x1AFF}, {0x200B, 0x200F},
    {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F},
};

template <size_t N>
bool In(const Range (&ranges)[N], char32_t c) {
  return std::any_of(std::begin(ranges), std::end(ranges),
                     [c](Range r) { return r.first <= c && c <= r.last; });
}

// Takes one code point off the front of `text`; kBroken and one byte when it
// is not UTF-8.
char32_t Next(absl::string_view& text, size_t* size) {
  const auto byte = [&](size_t i) {
    return static_cast<unsigned char>(text[i]);
  };
  const unsigned char lead = byte(0);
  size_t length = lead < 0x80   ? 1
                  : lead < 0xC2 ? 0
                  : lead < 0xE0 ? 2
                  : lead < 0xF0 ? 3
                  : lead < 0xF5 ? 4
                                : 0;
  bool good = length > 0 && text.size() >= length;
  char32_t c = length == 1   ? lead
               : length == 2 ? lead & 0x1F
               : length == 3 ? lead & 0x0F
                             : lead & 0x07;
  for (size_t i = 1; good && i < length; ++i) {
    good = (byte(i) & 0xC0) == 0x80;
    c = (c << 6) | (byte(i) & 0x3F);
  }
  // Overlong forms, surrogates and what lies beyond Unicode.
  good = good && !(length == 3 && c < 0x800) && !(length == 4 && c < 0x10000) &&
         !(c >= 0xD800 && c <= 0xDFFF) && c <= 0x10FFFF;
  if (!good) {
    length = 1;
    c = kBroken;
  }
  text.remove_prefix(length);
  if (size != nullptr) *size = good ? length : 0;
  return c;
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  int width = 0;
  while (!text.empty()) {
    const char32_t c = Next(text, nullptr);
    width += In(kWide, c) ? 2 : In(kZero, c) ? 0 : 1;
  }
  return width;
}

std::string Printable(absl::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const absl::string_view before = text;
    size_t size = 0;
    const char32_t c = Next(text, &size);
    // U+202A.. and U+2066.. turn the direction of what follows.
    const bool turns =
        (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069);
    if (c == '\t') {
      result += ' ';
    } else if (size == 0 || c < 0x20 || (c >= 0x7F && c < 0xA0) || turns) {
      result += kReplacement;
    } else {
      result.append(before.data(), size);
    }
  }
  return result;
}

std::string Shortest(double value) {
  for (int digits : {15, 16}) {
    std::string text = absl::StrFormat("%.*g", digits, value);
    if (std::strtod(text.c_str(), nullptr) == value) return text;
  }
  return absl::StrFormat("%.17g", value);
}

std::string Fixed(double value, int decimals) {
  std::string text = absl::StrFormat("%.*f", decimals, value);
  if (text[0] == '-' && text.find_first_of("123456789") == std::string::npos) {
    text.erase(0, 1);
  }
  return text;
}

int DecimalsFor(absl::Span<const double> values) {
  double largest = 0;
  for (double value : values) largest = std::max(largest, std::abs(value));
  const int most = largest >= 10 ? 2 : largest >= 1 ? 3 : 4;
  for (int decimals = 0; decimals < most; ++decimals) {
    const bool enough = std::all_of(
        values.begin(), values.end(), [decimals, most](double value) {
          const std::string full = absl::StrFormat("%.*f", most, value);
          return full.find_last_not_of('0') < full.size() - (most - decimals);
        });
    if (enough) return decimals;
  }
  return most;
}

std::string WithInterval(double value, std::optional<double> lower,
                         std::optional<double> upper) {
  std::vector<double> values = {value};
  if (lower) values.push_back(*lower);
  if (upper) values.push_back(*upper);
  const int decimals = DecimalsFor(values);
  if (!lower && !upper) return Fixed(value, decimals);
  const auto end = [decimals](std::optional<double> x) {
    return x ? Fixed(*x, decimals) : std::string(kUnknown);
  };
  return absl::StrCat(Fixed(value, decimals), " [", end(lower), ", ",
                      end(upper), "]");
}

std::string Grouped(uint64_t count) {
  std::string text = absl::StrCat(count);
  for (int at = static_cast<int>(text.size()) - 3; at > 0; at -= 3) {
    text.insert(at, ",");
  }
  return text;
}

std::string Bytes(uint64_t bytes) {
  static constexpr const char* kUnits[] = {"kB", "MB", "GB", "TB"};
  if (bytes < 1000) return absl::StrCat(bytes, " B");
  double amount = static_cast<double>(bytes) / 1000;
  size_t unit = 0;
  while (amount >= 999.95 && unit + 1 < std::size(kUnits)) {
    amount /= 1000;
    ++unit;
  }
  return absl::StrFormat("%.1f %s", amount, kUnits[unit]);
}

std::string Sparkline(absl::Span<const std::optional<double>> values) {
  static constexpr const char* kBlocks[] = {"▁", "▂", "▃", "▄",
                                            "▅", "▆", "▇", "█"};
  double low = 0;
  double high = 0;
  for (const auto& value : values) {
    if (!value) continue;
    low = std::min(low, *value);
    high = std::max(high, *value);
  }
  std::string line;
  for (const auto& value : values) {
    if (!value) {
      line += "·";
      continue;
    }
    const double share = high > low ? (*value - low) / (high - low) : 0;
    line += kBlocks[static_cast<int>(std::lround(share * 7))];
  }
  return line;
}

std::string Bar(double value, double largest, int width) {
  static constexpr const char* kPart[] = {"",  "▏", "▎", "▍",
                                          "▌", "▋", "▊", "▉"};
  if (!(largest > 0)) return "";
  const double share = std::min(1.0, std::abs(value) / largest);
  const int eighths = static_cast<int>(std::lround(share * width * 8));
  std::string bar;
  if (value < 0) {
    for (int i = 0; i < (eighths + 4) / 8; ++i) bar += "░";
    return bar;
  }
  for (int i = 0; i < eighths / 8; ++i) bar += "█";
  return bar + kPart[eighths % 8];
}

std::string CsvField(absl::string_view text) {
  const bool quoted =
      text.find_first_of(",\"\r\n") != absl::string_view::npos ||
      (!text.empty() && (text.front() == ' ' || text.back() == ' '));
  if (!quoted) return std::string(text);
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string MarkdownCell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\\", "\\\\"}, {"|", "\\|"}});
}

std::vector<std::string> Wrap(absl::string_view text, int width) {
  std::vector<std::string> lines;
  std::string line;
  for (absl::string_view word : absl::StrSplit(text, ' ', absl::SkipEmpty())) {
    if (!line.empty() && DisplayWidth(line) + 1 + DisplayWidth(word) > width) {
      lines.push_back(std::move(line));
      line.clear();
    }
    absl::StrAppend(&line, line.empty() ? "" : " ", word);
  }
  if (!line.empty()) lines.push_back(std::move(line));
  return lines;
}

}  // namespace meridian::cli
