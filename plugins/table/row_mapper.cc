#include "plugins/table/row_mapper.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/number.h"
#include "common/base/status.h"
#include "common/base/suggest.h"
#include "common/records/canonical.h"

namespace meridian::table {
namespace {

absl::Status BadValue(absl::string_view message) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_VALUE", message);
}

}  // namespace

std::optional<size_t> FindColumn(const std::vector<std::string>& header,
                                 const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto found = std::find(header.begin(), header.end(), name);
    if (found != header.end()) return found - header.begin();
  }
  return std::nullopt;
}

std::string SkippedBy(const SkipRules& rules,
                      const std::vector<std::string>& header,
                      const TableRow& row) {
  for (const auto& [column, values] : rules) {
    const std::optional<size_t> index = FindColumn(header, {column});
    if (!index.has_value()) continue;
    const std::string text(absl::StripAsciiWhitespace(row.fields[*index]));
    if (values.count(text) > 0) return column;
  }
  return "";
}

RowMapper::RowMapper(const Block& block, const std::vector<std::string>& header,
                     const v1::Vintage& hint)
    : block_(block), header_(header), hint_(hint), stream_(Bind(block.stream)) {
  if (block.vintage.has_value()) vintage_ = Bind(block.vintage->cell);
  for (const FieldRule& field : block.fields) {
    fields_.push_back(Bind(field.rule));
  }
  for (const DistanceRule& distance : block.distances) {
    distances_.push_back(Bind(distance.rule));
  }
}

RowMapper::BoundRule RowMapper::Bind(const CellRule& rule) const {
  BoundRule bound{.rule = &rule,
                  .column = FindColumn(header_, rule.columns),
                  .otherwise = {}};
  for (const std::string& name : rule.otherwise) {
    if (const auto column = FindColumn(header_, {name})) {
      bound.otherwise.push_back(*column);
    }
  }
  return bound;
}

std::string RowMapper::ColumnName(const BoundRule& bound) const {
  return bound.column.has_value() ? header_[*bound.column] : "";
}

absl::StatusOr<bool> RowMapper::Map(const TableRow& row, MappedRow* mapped,
                                    std::string* column) const {
  column->clear();
  mapped->record.Clear();
  if (!SkippedBy(block_.skip_rows, header_, row).empty()) return false;
  ASSIGN_OR_RETURN(const bool any, SetFields(row, &mapped->record, column));
  if (!any) return false;
  const auto hash = HashRecord(mapped->record);
  if (!hash.ok()) return hash.status();
  ASSIGN_OR_RETURN(Values stream, Apply(stream_, row, column));
  if (stream.empty()) return BadValue("the row has no stream");
  mapped->stream = std::move(stream[0]);
  RETURN_IF_ERROR(SetVintage(row, &mapped->vintage, column));
  v1::Locator& locator = *mapped->record.mutable_locator();
  locator.set_line(row.first_line);
  if (row.last_line != row.first_line) locator.set_line_end(row.last_line);
  if (!row.pointer.empty()) locator.set_pointer(row.pointer);
  if (!row.column.empty()) locator.set_column(row.column);
  return true;
}

absl::StatusOr<RowMapper::Values> RowMapper::Apply(const BoundRule& bound,
                                                   const TableRow& row,
                                                   std::string* column) const {
  Values none;
  const bool absent =
      !bound.rule->constant.has_value() && !bound.column.has_value();
  auto values = absent ? std::move(none)
                       : ApplyRule(*bound.rule, bound.column.has_value()
                                                    ? row.fields[*bound.column]
                                                    : std::string());
  for (const size_t other : bound.otherwise) {
    if (!values.ok() || !values->empty()) break;
    values = ApplyRule(*bound.rule, row.fields[other]);
  }
  if (!values.ok()) {
    *column = ColumnName(bound);
    return values;
  }
  if (values->empty() && bound.rule->required) {
    *column = ColumnName(bound);
    return BadValue("the value is missing and the mapping requires it");
  }
  return values;
}

absl::Status RowMapper::SetVintage(const TableRow& row, v1::Vintage* vintage,
                                   std::string* column) const {
  // An optional column that the table does not have leaves it to the hint.
  if (!block_.vintage.has_value() ||
      (vintage_.rule->optional && !vintage_.column.has_value() &&
       !vintage_.rule->constant.has_value())) {
    *vintage = hint_;
    return absl::OkStatus();
  }
  ASSIGN_OR_RETURN(const Values values, Apply(vintage_, row, column));
  *column = ColumnName(vintage_);
  if (values.empty()) {
    return BadValue("the value that dates the row is missing");
  }
  std::string date = values[0];
  const auto& dates = block_.vintage->dates;
  if (!dates.empty()) {
    const auto found = dates.find(date);
    if (found == dates.end()) {
      std::vector<std::string> known;
      for (const auto& [word, day] : dates) known.push_back(word);
      return BadValue(absl::StrCat("'", date,
                                   "' has no date in the mapping's "
                                   "edition_dates",
                                   DidYouMean(date, known), "; add it there"));
    }
    date = found->second;
  }
  ASSIGN_OR_RETURN(*vintage, ToVintage(date, block_.vintage->basis));
  column->clear();
  return absl::OkStatus();
}

absl::StatusOr<bool> RowMapper::SetFields(const TableRow& row,
                                          v1::Record* record,
                                          std::string* column) const {
  // A record without any field is still of its kind; what it lacks is then
  // named.
  record->GetReflection()->MutableMessage(record, block_.kind);
  std::vector<Values> values(fields_.size());
  for (size_t i = 0; i < fields_.size(); ++i) {
    ASSIGN_OR_RETURN(values[i], Apply(fields_[i], row, column));
    if (values[i].empty() && fields_[i].rule->skip_if_missing) return false;
  }
  std::vector<std::string> lists_done;
  for (size_t i = 0; i < fields_.size(); ++i) {
    const Target& target = block_.fields[i].target;
    *column = ColumnName(fields_[i]);
    if (target.list.empty()) {
      if (values[i].size() > 1 && !target.scalar().is_repeated()) {
        return BadValue(absl::StrCat("holds ", values[i].size(),
                                     " values, and '", target.path,
                                     "' takes one"));
      }
      for (const std::string& value : values[i]) {
        RETURN_IF_ERROR(SetTarget(target, 0, value, record));
      }
    } else if (std::find(lists_done.begin(), lists_done.end(), target.list) ==
               lists_done.end()) {
      lists_done.push_back(target.list);
      RETURN_IF_ERROR(SetList(i, values, record, column));
    }
  }
  RETURN_IF_ERROR(SetDistances(row, record, column));
  column->clear();
  return true;
}

absl::Status RowMapper::SetDistances(const TableRow& row, v1::Record* record,
                                     std::string* column) const {
  for (size_t i = 0; i < distances_.size(); ++i) {
    ASSIGN_OR_RETURN(const Values values, Apply(distances_[i], row, column));
    if (values.empty()) continue;
    *column = ColumnName(distances_[i]);
    ASSIGN_OR_RETURN(const double distance, ParseNumber(values[0]));
    v1::Score& score = *record->mutable_score();
    const DistanceRule& rule = block_.distances[i];
    // "-9" in "+11/-9" is a distance of 9.
    if (rule.of_lower) score.set_lower(score.value() - std::fabs(distance));
    if (rule.of_upper) score.set_upper(score.value() + std::fabs(distance));
  }
  return absl::OkStatus();
}

// Fills the elements of the list that field `first` belongs to: the i-th
// values together make the i-th element; a single value goes into each.
absl::Status RowMapper::SetList(size_t first, const std::vector<Values>& values,
                                v1::Record* record, std::string* column) const {
  const std::string& list = block_.fields[first].target.list;
  size_t elements = 0;
  bool all_constant = true;
  for (size_t i = first; i < fields_.size(); ++i) {
    if (block_.fields[i].target.list != list) continue;
    if (fields_[i].rule->constant.has_value()) continue;
    all_constant = false;
    elements = std::max(elements, values[i].size());
  }
  // Constants alone do not make an element when the row's columns are empty.
  if (all_constant) elements = 1;
  const int base = ListSize(block_.fields[first].target, *record);
  for (size_t i = first; i < fields_.size(); ++i) {
    const Target& target = block_.fields[i].target;
    if (target.list != list || values[i].empty()) continue;
    *column = ColumnName(fields_[i]);
    if (values[i].size() != 1 && values[i].size() != elements) {
      return BadValue(absl::StrCat("gives ", values[i].size(),
                                   " values where another column of ", list,
                                   " gives ", elements));
    }
    for (size_t e = 0; e < elements; ++e) {
      const std::string& value = values[i][values[i].size() == 1 ? 0 : e];
      RETURN_IF_ERROR(
          SetTarget(target, base + static_cast<int>(e), value, record));
    }
  }
  return absl::OkStatus();
}

}  // namespace meridian::table
