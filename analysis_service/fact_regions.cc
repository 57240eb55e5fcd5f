#include "analysis_service/fact_regions.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

constexpr double kInfinity = std::numeric_limits<double>::infinity();

// A text with '~' that no constant has.
std::string Fresh(const RegionConstants& constants, absl::string_view before,
                  absl::string_view after) {
  std::string middle = "~";
  const auto taken = [&](const std::set<std::string>& texts) {
    return std::any_of(texts.begin(), texts.end(), [&](const std::string& t) {
      return absl::StrContains(t, middle);
    });
  };
  while (taken(constants.strings) || taken(constants.prefixes) ||
         taken(constants.suffixes)) {
    middle += "~";
  }
  return absl::StrCat(before, middle, after);
}

}  // namespace

std::vector<std::string> StringRegions(const RegionConstants& constants,
                                       const Signatures& signatures) {
  std::set<std::string> values;
  const bool searched =
      !constants.prefixes.empty() || !constants.suffixes.empty();
  std::map<std::set<std::string>, int> taken;
  for (const std::string& text : constants.strings) {
    const auto found = signatures.find(text);
    // Prefixes and suffixes look into a string.
    if (!searched && found != signatures.end() &&
        taken[found->second]++ >= constants.width) {
      continue;
    }
    values.insert(text);
  }
  std::set<std::string> prefixes = constants.prefixes;
  std::set<std::string> suffixes = constants.suffixes;
  prefixes.insert("");
  suffixes.insert("");
  for (const std::string& prefix : prefixes) {
    for (const std::string& suffix : suffixes) {
      for (int i = 0; i < constants.width; ++i) {
        values.insert(Fresh(constants, absl::StrCat(prefix, "another"),
                            i == 0 ? suffix : absl::StrCat(i + 1, suffix)));
      }
    }
  }
  return {values.begin(), values.end()};
}

std::vector<double> NumberRegions(const RegionConstants& constants, double low,
                                  double high) {
  std::set<double> cuts;
  for (const double number : constants.numbers) {
    if (number >= low && number <= high) cuts.insert(number);
  }
  if (std::isfinite(low)) cuts.insert(low);
  if (std::isfinite(high)) cuts.insert(high);
  std::set<double> values = cuts;
  if (cuts.empty()) {
    for (int i = 0; i < constants.width; ++i) values.insert(i);
    return {values.begin(), values.end()};
  }
  for (auto next = std::next(cuts.begin()); next != cuts.end(); ++next) {
    const double first = *std::prev(next), last = *next;
    for (int i = 1; i <= constants.width; ++i) {
      const double part = i / (constants.width + 1.0);
      if (std::isfinite(first) && std::isfinite(last)) {
        values.insert(first * (1 - part) + last * part);
      } else if (std::isfinite(first)) {
        values.insert(first + std::max(1.0, std::abs(first)) * i);
      } else if (std::isfinite(last)) {
        values.insert(last - std::max(1.0, std::abs(last)) * i);
      }
    }
  }
  const double least = *cuts.begin(), most = *cuts.rbegin();
  for (int i = 1; i <= constants.width; ++i) {
    const double below = least - std::max(1.0, std::abs(least)) * i;
    const double above = most + std::max(1.0, std::abs(most)) * i;
    if (below >= low && std::isfinite(below)) values.insert(below);
    if (above <= high && std::isfinite(above)) values.insert(above);
  }
  return {values.begin(), values.end()};
}

std::vector<Day> DayRegions(const RegionConstants& constants) {
  std::set<Day> values;
  for (const Day day : constants.days) {
    for (int i = 0; i <= constants.width; ++i) values.insert(day + i);
  }
  const Day first = values.empty() ? 0 : *values.begin();
  for (int i = 1; i <= constants.width; ++i) values.insert(first - i);
  return {values.begin(), values.end()};
}

NumberRange NumbersOf(absl::string_view fact) {
  // Levels are in the numbers of a scheme; all else is a count, a price or an
  // amount.
  if (absl::EndsWith(fact, "level")) return {-kInfinity, kInfinity};
  if (absl::StrContains(fact, "_share_")) return {0, 1};
  return {0, kInfinity};
}

}  // namespace meridian::analysis
