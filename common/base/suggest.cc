#include "common/base/suggest.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace meridian {
namespace {

// Longest name that is compared: edit distance is quadratic.
constexpr size_t kLongest = 128;

// Edit distance with transpositions (optimal string alignment), at most
// `limit` + 1.
size_t Distance(const std::string& a, const std::string& b, size_t limit) {
  const size_t difference =
      a.size() > b.size() ? a.size() - b.size() : b.size() - a.size();
  if (difference > limit) return limit + 1;
  std::vector<size_t> before(b.size() + 1), last(b.size() + 1),
      row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) last[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    row[0] = i;
    size_t best = row[0];
    for (size_t j = 1; j <= b.size(); ++j) {
      row[j] = std::min({last[j] + 1, row[j - 1] + 1,
                         last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1)});
      if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1]) {
        row[j] = std::min(row[j], before[j - 2] + 1);
      }
      best = std::min(best, row[j]);
    }
    if (best > limit) return limit + 1;
    std::swap(before, last);
    std::swap(last, row);
  }
  return last[b.size()];
}

}  // namespace

std::vector<std::string> Suggest(absl::string_view wrong,
                                 absl::Span<const std::string> names,
                                 int most) {
  const std::string sought = absl::AsciiStrToLower(wrong.substr(0, kLongest));
  if (sought.empty()) return {};
  std::vector<std::pair<size_t, const std::string*>> near;
  for (const std::string& name : names) {
    const std::string lower =
        absl::AsciiStrToLower(absl::string_view(name).substr(0, kLongest));
    const size_t limit =
        std::max<size_t>(2, std::max(lower.size(), sought.size()) / 3);
    size_t distance = Distance(sought, lower, limit);
    const bool contained =
        lower.size() >= 3 && sought.size() >= 3 &&
        (absl::StrContains(lower, sought) || absl::StrContains(sought, lower));
    if (distance > limit) {
      if (!contained) continue;
      distance = limit + 1;
    }
    near.emplace_back(distance, &name);
  }
  std::sort(near.begin(), near.end(), [](const auto& a, const auto& b) {
    return a.first != b.first ? a.first < b.first : *a.second < *b.second;
  });
  std::vector<std::string> result;
  for (const auto& [distance, name] : near) {
    if (static_cast<int>(result.size()) >= most) break;
    if (result.empty() || result.back() != *name) result.push_back(*name);
  }
  return result;
}

std::string DidYouMean(absl::string_view wrong,
                       absl::Span<const std::string> names) {
  std::vector<std::string> near = Suggest(wrong, names);
  if (near.empty()) return "";
  for (std::string& name : near) name = absl::StrCat("'", name, "'");
  return absl::StrCat("; did you mean ", absl::StrJoin(near, " or "), "?");
}

}  // namespace meridian
