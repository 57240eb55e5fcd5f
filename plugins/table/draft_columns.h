// What a draft makes of a column's name and cells.
#ifndef PLUGINS_TABLE_DRAFT_COLUMNS_H_
#define PLUGINS_TABLE_DRAFT_COLUMNS_H_

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "plugins/table/draft_sample.h"

namespace meridian::table {

// Words of a column's name, lower case, with spaces around each:
// "/cost/inputPrice" -> " cost input price ".
std::string WordsOf(const std::string& name);
bool HasWord(const std::string& words,
             const std::vector<absl::string_view>& any);

// A text as YAML: in quotes, or in quotes where it needs them.
std::string InQuotes(const std::string& text);
std::string Quoted(const std::string& text);

// True and false of an item; names of single items (questions, tasks, seeds);
// what people call a figure.
bool IsPassed(const SampleColumn& column);
bool IsItemName(const SampleColumn& column);
bool IsScoreName(const SampleColumn& column);

// The column of what was measured, when the others are models; null when they
// are not.
const SampleColumn* FindTaskOfTransposed(const Sample& sample);
// The member of rows that holds two figures or more; empty when none does.
std::string NestedFigures(const Sample& sample);
// Columns seen as one.
SampleColumn Merged(const std::string& name,
                    const std::vector<const SampleColumn*>& columns);

// "missing: [...]" with these texts and the empty one.
std::string Missing(const std::set<std::string>& more);
// A comment: what the cells of a column range over.
std::string Range(const SampleColumn& column);
// A comment: how many names a column has.
std::string Names(const SampleColumn& name);
// Never ALL: only a person knows what absence means.
std::string CoverageLine();
// What a price is multiplied with to be one for a million tokens (empty: with
// nothing), and what it is taken for.
std::pair<std::string, std::string> PriceUnit(const SampleColumn& column);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_DRAFT_COLUMNS_H_
