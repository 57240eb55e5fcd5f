// The words that people read for the values of the protocol.
#ifndef CLI_WORDS_H_
#define CLI_WORDS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "cli/table.h"
#include "meridian/v1/analysis.pb.h"
#include "meridian/v1/ingest.pb.h"
#include "meridian/v1/policy.pb.h"

namespace meridian::cli {

// The name of an enum value without its prefix: WEIGHTS_OPEN is "OPEN",
// RUN_STATE_FAILED is "FAILED". Unset is "?".
template <typename Enum>
std::string EnumWord(Enum value);

// "2025-02-14 (path)": date and where it was taken from.
std::string VintageText(const v1::Vintage& vintage);
// "all rows", "top 25", "some rows".
std::string CoverageText(const v1::Coverage& coverage);
// "line 12", "lines 3-7, column score", "/rows/3", "page 9". The number of
// the document is given from the second on.
std::string LocatorText(const v1::Locator& locator);
// "acme-text text/raw, vintage 2025-02-14 (path), revision 1, top 25".
std::string SnapshotText(const v1::SnapshotRef& snapshot);
// A fact's value; "?" when unknown.
std::string ValueText(const v1::FieldValue& value);
// "T", "F" or "U".
std::string TruthText(v1::Truth truth);
// "MISSING, CONFLICT"; empty when there is none.
template <typename Reasons>
std::string ReasonsText(const Reasons& reasons);
// "a, b"; empty when there is none.
template <typename Strings>
std::string ListText(const Strings& strings);
// "2.3 s" between two RFC 3339 times; empty when one is missing.
std::string DurationText(const std::string& from, const std::string& to);
// The record's kind and its fields in short: "score board=... value=...".
std::string RecordText(const v1::Record& record);

Color VerdictColor(v1::Verdict verdict);
Color TruthColor(v1::Truth truth);
Color RunColor(v1::RunState state);

}  // namespace meridian::cli

#include "cli/words_inl.h"  // IWYU pragma: export

#endif  // CLI_WORDS_H_
