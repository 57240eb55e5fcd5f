// "Did you mean": the nearest of a set of names.
#ifndef COMMON_BASE_SUGGEST_H_
#define COMMON_BASE_SUGGEST_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace meridian {

// Up to `most` of `names` that are nearest to `wrong` by edit distance without
// case, nearest first, ties by name. Names further away than a third of their
// length (at least 2) are left out, unless one contains the other.
std::vector<std::string> Suggest(absl::string_view wrong,
                                 absl::Span<const std::string> names,
                                 int most = 3);

// "; did you mean 'a' or 'b'?", or empty when nothing is near.
std::string DidYouMean(absl::string_view wrong,
                       absl::Span<const std::string> names);

}  // namespace meridian

#endif  // COMMON_BASE_SUGGEST_H_
