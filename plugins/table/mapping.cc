#include "plugins/table/mapping.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/dates.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/vintage.h"
#include "google/protobuf/struct.pb.h"
#include "google/protobuf/util/json_util.h"

namespace meridian::table {

std::optional<Mapping> MappingFromConfig(const std::string& config_json,
                                         std::vector<v1::Problem>* problems) {
  auto add = [&](absl::string_view path, absl::string_view message,
                 absl::string_view fix) {
    v1::Problem& problem = problems->emplace_back();
    problem.set_path(std::string(path));
    problem.set_message(std::string(message));
    problem.set_fix(std::string(fix));
  };
  google::protobuf::Struct config;
  if (!google::protobuf::util::JsonStringToMessage(
           config_json.empty() ? "{}" : config_json, &config)
           .ok()) {
    add("", "the config is not a JSON object", "");
    return std::nullopt;
  }
  for (const auto& [key, value] : config.fields()) {
    if (key != "mapping") {
      add(key,
          absl::StrCat("unknown key '", key, "'",
                       DidYouMean(key, {std::string("mapping")})),
          absl::StrCat("delete '", key, "'; plugin table takes 'mapping'"));
    }
  }
  const auto found = config.fields().find("mapping");
  if (found == config.fields().end()) {
    add("mapping", "the mapping file is missing", "add mapping: FILE");
    return std::nullopt;
  }
  const auto& fields = found->second.struct_value().fields();
  const auto file = fields.find("file");
  const auto text = fields.find("text");
  if (file == fields.end() || text == fields.end()) {
    add("mapping", "the mapping was not handed over as {file, text}",
        "name a mapping file that the ingest service can read");
    return std::nullopt;
  }
  auto mapping = ParseMapping(text->second.string_value(),
                              file->second.string_value(), problems);
  return problems->empty() ? mapping : std::nullopt;
}

std::vector<const CellRule*> Mapping::Rules() const {
  std::vector<const CellRule*> rules;
  for (const Block& block : blocks) {
    rules.push_back(&block.stream);
    if (block.vintage.has_value()) rules.push_back(&block.vintage->cell);
    for (const FieldRule& field : block.fields) rules.push_back(&field.rule);
    for (const DistanceRule& distance : block.distances) {
      rules.push_back(&distance.rule);
    }
  }
  return rules;
}

std::vector<std::string> Mapping::SkipColumns() const {
  std::vector<std::string> columns;
  for (const auto& [column, values] : skip_rows) columns.push_back(column);
  for (const Block& block : blocks) {
    for (const auto& [column, values] : block.skip_rows) {
      columns.push_back(column);
    }
  }
  return columns;
}

std::vector<std::vector<std::string>> Mapping::RequiredColumns() const {
  std::vector<std::vector<std::string>> required;
  for (const std::string& column : columns_expected) {
    required.push_back({column});
  }
  for (const std::string& column : SkipColumns()) required.push_back({column});
  for (const CellRule* rule : Rules()) {
    if (!rule->constant.has_value() && !rule->optional) {
      required.push_back(rule->columns);
    }
  }
  return required;
}

std::set<std::string> Mapping::KnownColumns() const {
  std::set<std::string> known(columns_expected.begin(), columns_expected.end());
  known.insert(columns_ignored.begin(), columns_ignored.end());
  for (const std::string& column : SkipColumns()) known.insert(column);
  for (const CellRule* rule : Rules()) {
    known.insert(rule->columns.begin(), rule->columns.end());
    known.insert(rule->otherwise.begin(), rule->otherwise.end());
  }
  return known;
}

absl::StatusOr<v1::Vintage> ToVintage(absl::string_view date,
                                      v1::VintageBasis basis) {
  if (!ParseDate(date).ok()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_VALUE",
                     absl::StrCat("'", date,
                                  "' is not a date such as 2025-02-14, "
                                  "2025-02 or 2025"));
  }
  return MakeVintage(date, basis);
}

}  // namespace meridian::table
