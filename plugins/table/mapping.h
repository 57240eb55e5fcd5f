// A mapping file: how the columns of a table become records. README.md is the
// reference of the language.
#ifndef PLUGINS_TABLE_MAPPING_H_
#define PLUGINS_TABLE_MAPPING_H_

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"
#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"
#include "plugins/table/cell.h"
#include "plugins/table/target.h"

namespace meridian::table {

struct FieldRule {
  Target target;
  CellRule rule;
};

// "1340 ± 12", "+11/-9": an end of the interval as its distance from the value.
struct DistanceRule {
  bool of_lower = false;
  bool of_upper = false;
  CellRule rule;
};

// Rows with one of these values in the column are left out and counted.
using SkipRules = std::map<std::string, std::set<std::string>>;

// How rows are dated. Absent from the mapping: the document's hint.
struct VintageRule {
  // Gives the date as text; or, with `dates`, the word to look up there.
  CellRule cell;
  // STATED when the document's column gives the date, CONFIG when the mapping
  // does.
  v1::VintageBasis basis = v1::VINTAGE_BASIS_STATED;
  // Word -> date. Empty: the cell is the date.
  std::map<std::string, std::string> dates;
};

// One record per row.
struct Block {
  // Field of Record's oneof.
  const google::protobuf::FieldDescriptor* kind = nullptr;
  CellRule stream;
  v1::Coverage coverage;
  std::optional<VintageRule> vintage;
  SkipRules skip_rows;
  std::vector<FieldRule> fields;
  // Scores: how far the ends of the interval are from the value.
  std::vector<DistanceRule> distances;
  // Scores: rows that differ in their value only are items of one figure, the
  // mean of them.
  bool is_mean = false;
};

enum class Format { kCsv, kJson, kJsonLines, kYaml, kToml, kMarkdown };

struct Mapping {
 public:
  std::string file;
  Format format = Format::kCsv;
  char delimiter = ',';  // of kCsv
  // Of Markdown: every table with the columns, not the first only; those under
  // one of the headings, when any are named.
  bool all_tables = false;
  std::vector<std::string> headings;
  // Of JSON, JSON lines, YAML and TOML: JSON pointers to the rows, '*' enters
  // every item; the first that leads to any counts.
  std::vector<std::string> rows = {""};
  // Every column that the mapping does not name gives rows of its own, with
  // the columns "@column" (its name) and "@cell" (its text).
  bool unpivot = false;
  std::vector<std::string> columns_expected;
  // Known and unused: neither expected nor reported.
  std::vector<std::string> columns_ignored;
  SkipRules skip_rows;
  std::vector<Block> blocks;

  // What the header must have: of each list at least one column.
  std::vector<std::vector<std::string>> RequiredColumns() const;
  // Every column that the mapping names.
  std::set<std::string> KnownColumns() const;

 private:
  std::vector<const CellRule*> Rules() const;
  std::vector<std::string> SkipColumns() const;
};

// Reads a mapping. All problems are appended, in the order of the file, each
// with file, line, column, path and fix; nullopt when there are any.
std::optional<Mapping> ParseMapping(absl::string_view text,
                                    absl::string_view file,
                                    std::vector<v1::Problem>* problems);

// Reads the source's config: {"mapping": {"file": NAME, "text": YAML}}.
std::optional<Mapping> MappingFromConfig(const std::string& config_json,
                                         std::vector<v1::Problem>* problems);

// A date text as a vintage, as precise as it is written. Errors:
// InvalidArgument (BAD_VALUE).
absl::StatusOr<v1::Vintage> ToVintage(absl::string_view date,
                                      v1::VintageBasis basis);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_MAPPING_H_
