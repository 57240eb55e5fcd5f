// Reads the parts of a mapping file and collects their problems.
#ifndef PLUGINS_TABLE_RULE_PARSER_H_
#define PLUGINS_TABLE_RULE_PARSER_H_

#include <optional>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "common/yaml/yaml.h"
#include "meridian/v1/source.pb.h"
#include "plugins/table/cell.h"
#include "plugins/table/mapping.h"

namespace meridian::table {

// Collects problems, each with file, line and column.
class RuleParser {
 public:
  RuleParser(absl::string_view file, std::vector<v1::Problem>* problems)
      : file_(file), problems_(problems) {}

  const std::string& file() const { return file_; }
  void Add(const YamlValue& at, absl::string_view path,
           absl::string_view message, absl::string_view fix = "");

  // False after adding a problem: `value` is not a mapping. Unknown keys are
  // problems with the nearest known one.
  bool CheckKeys(const YamlValue& value, absl::string_view path,
                 const std::vector<std::string>& known);

  // Each adds a problem and gives nullopt (or nothing) when the value has
  // another type.
  std::optional<std::string> Text(const YamlValue& value,
                                  absl::string_view path);
  std::optional<bool> Bool(const YamlValue& value, absl::string_view path);
  // A text or a list of texts.
  std::vector<std::string> Texts(const YamlValue& value,
                                 absl::string_view path);
  std::map<std::string, std::string> TextMap(const YamlValue& value,
                                             absl::string_view path);
  SkipRules Skip(const YamlValue& value, absl::string_view path);

  // A rule as a mapping: {column: ...} or {const: ...}. `missing` is the
  // default of its key. `extra` are keys that the caller reads itself.
  CellRule Cell(const YamlValue& value, absl::string_view path,
                const std::set<std::string>& missing,
                const std::vector<std::string>& extra = {});

  VintageRule Vintage(const YamlValue& value, absl::string_view path,
                      const std::set<std::string>& missing);

 private:
  void Mark(const YamlValue& entry, absl::string_view path, char* mark);
  void CellKey(const YamlValue& entry, absl::string_view path, CellRule* rule);

  const std::string file_;
  std::vector<v1::Problem>* const problems_;
};

// "a.b" of "a" and "b"; "b" when `parent` is empty.
std::string PathOf(absl::string_view parent, absl::string_view key);

}  // namespace meridian::table

#endif  // PLUGINS_TABLE_RULE_PARSER_H_
