// Puts the defines of a policy into its expressions, and knows afterwards
// where each part of an expanded text was written. Plain C++: no gRPC,
// threads, clocks or files.
#ifndef ANALYSIS_SERVICE_POLICY_DEFINES_H_
#define ANALYSIS_SERVICE_POLICY_DEFINES_H_

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "analysis_service/policy_source.h"

namespace meridian::analysis {

// A place in one of the texts that an expanded one is made of.
struct DefineOrigin {
  int define = -1;    // of v1.Policy.defines; -1: the expression itself
  size_t offset = 0;  // byte in its text
};

struct ExpandedText {
  std::string text;
  // Where the byte at `offset` of `text` was written.
  DefineOrigin Origin(size_t offset) const;

  struct Piece {
    size_t begin;  // in `text`; it ends where the next one begins
    DefineOrigin from;
    bool verbatim;  // false: all of it stands for the one place `from`
  };
  std::vector<Piece> pieces;
};

// Names of an expression that are not members (x.NAME), calls or in quotes.
// With their byte offsets, in order.
std::vector<std::pair<std::string, size_t>> FreeNames(
    absl::string_view expression);

class Defines {
 public:
  // Most that defines may add to one text: defines that double each other are
  // refused, not written out.
  static constexpr size_t kMaxExpandedBytes = 16 << 10;

  // What is wrong with single defines (cycles, length) is added to `problems`
  // with path "defines[i]"; such a define stands for nothing.
  Defines(const v1::Policy& policy, std::vector<PolicyProblem>* problems);

  // A define is put in parentheses. Errors: InvalidArgument when the text
  // becomes too long; FailedPrecondition when it uses a define that is wrong.
  absl::StatusOr<ExpandedText> Expand(absl::string_view expression) const {
    return ExpandText(expression, -1);
  }
  const std::string& text(int define) const { return texts_[define]; }
  bool usable(int define) const { return expanded_.count(define) > 0; }

 private:
  absl::StatusOr<ExpandedText> ExpandText(absl::string_view text,
                                          int define) const;
  bool Visit(int define, std::vector<int>* state,
             std::vector<PolicyProblem>* problems);

  std::vector<std::string> texts_;
  std::map<std::string, int, std::less<>> by_name_;
  // By define; missing: not expanded (yet), or wrong.
  std::map<int, ExpandedText> expanded_;
};

// Line and column (code points, from 1) of a byte, and the reverse.
Place PlaceOfOffset(absl::string_view text, size_t offset);
size_t OffsetOfPlace(absl::string_view text, Place place);

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_DEFINES_H_
