// Values of every region that constants cut out of the values of a type.
// Plain C++: no gRPC, threads, clocks or files.
#ifndef ANALYSIS_SERVICE_FACT_REGIONS_H_
#define ANALYSIS_SERVICE_FACT_REGIONS_H_

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "analysis_service/field.h"

namespace meridian::analysis {

// What the facts of one group are held against: facts of a group occur
// together in an atom, so that they may be compared with each other.
struct RegionConstants {
  std::set<std::string> strings;
  std::set<std::string> prefixes;
  std::set<std::string> suffixes;
  std::set<double> numbers;
  std::set<Day> days;
  // Facts of the group: so many different values of a region can matter.
  int width = 1;
};

// Strings with the same signature occur in the same places of all rules, so
// that one stands for all.
using Signatures = std::map<std::string, std::set<std::string>>;

// Each: sorted, distinct.
//
// One string for each signature (`width` of them when the group is wide), for
// each prefix and suffix, and one that is none of all that.
std::vector<std::string> StringRegions(const RegionConstants& constants,
                                       const Signatures& signatures);
// The constants, and `width` values between, below and above them, within
// [low, high].
std::vector<double> NumberRegions(const RegionConstants& constants, double low,
                                  double high);
std::vector<Day> DayRegions(const RegionConstants& constants);

// The least number that a field or function can have, and the largest.
NumberRange NumbersOf(absl::string_view fact);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_FACT_REGIONS_H_
