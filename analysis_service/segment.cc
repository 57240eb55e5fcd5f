#include "analysis_service/segment.h"

#include <cmath>

#include "common/records/canonical.h"

namespace meridian::analysis {
namespace {

template <typename T>
absl::Span<const T> Part(const std::vector<T>& column, uint32_t begin,
                         uint32_t end) {
  if (column.empty()) return {};
  return absl::MakeConstSpan(column).subspan(begin, end - begin);
}

template <typename T>
T Cell(const std::vector<T>& column, uint32_t row, T unset) {
  return column.empty() ? unset : column[row];
}

}  // namespace

ScoreSpans Segment::scores(uint32_t begin, uint32_t end) const {
  ScoreSpans spans;
  spans.first_row = begin;
  spans.name = Part(name_, begin, end);
  spans.value = Part(value_, begin, end);
  spans.lower = Part(lower_, begin, end);
  spans.upper = Part(upper_, begin, end);
  spans.standard_error = Part(standard_error_, begin, end);
  spans.votes = Part(votes_, begin, end);
  spans.rank = Part(rank_, begin, end);
  spans.status = Part(status_, begin, end);
  spans.configuration = Part(configuration_, begin, end);
  spans.evaluator = Part(evaluator_, begin, end);
  spans.measured_date = Part(measured_date_, begin, end);
  return spans;
}

absl::Span<const v1::Record> Segment::records(v1::Record::KindCase kind) const {
  const size_t i = static_cast<size_t>(kind);
  if (i >= kinds_.size()) return {};
  return absl::MakeConstSpan(records_).subspan(
      kinds_[i].first, kinds_[i].second - kinds_[i].first);
}

uint32_t Segment::first_row(v1::Record::KindCase kind) const {
  const size_t i = static_cast<size_t>(kind);
  return score_rows() + (i < kinds_.size() ? kinds_[i].first : 0);
}

v1::Score Segment::ScoreAt(uint32_t row) const {
  v1::Score score;
  for (const ScoreSlice& slice : slices_) {
    if (row < slice.begin || row >= slice.end) continue;
    score.set_board(slice.board);
    score.set_category(slice.category);
    if (!slice.method.empty()) score.set_method(slice.method);
    break;
  }
  score.set_model(std::string(names_->name(name_[row])));
  const auto text = [&](const std::vector<uint32_t>& column) {
    return texts_[Cell(column, row, 0u)];
  };
  if (auto t = text(configuration_); !t.empty()) score.set_configuration(t);
  if (auto t = text(evaluator_); !t.empty()) score.set_evaluator(t);
  if (auto t = text(measured_date_); !t.empty()) score.set_measured_date(t);
  score.set_value(value_[row]);
  const double lower = Cell(lower_, row, kUnset);
  const double upper = Cell(upper_, row, kUnset);
  const double error = Cell(standard_error_, row, kUnset);
  if (!std::isnan(lower)) score.set_lower(lower);
  if (!std::isnan(upper)) score.set_upper(upper);
  if (!std::isnan(error)) score.set_standard_error(error);
  const uint64_t votes = Cell(votes_, row, kNoVotes);
  if (votes != kNoVotes) score.set_votes(votes);
  const uint8_t status = Cell(status_, row, uint8_t{0});
  if (status != 0) score.set_status(static_cast<v1::Score::Status>(status));
  const uint32_t rank = Cell(rank_, row, 0u);
  if (rank != 0) score.set_rank(rank);
  return score;
}

v1::Record Segment::RecordAt(uint32_t row) const {
  if (row >= score_rows()) return record(row);
  v1::Record record;
  if (const auto it = extras_.find(row); it != extras_.end()) {
    record = it->second;
  }
  *record.mutable_score() = ScoreAt(row);
  v1::Locator& locator = *record.mutable_locator();
  locator.set_document(Cell(document_, row, 0u));
  const uint32_t line = Cell(line_, row, 0u);
  if (line != 0) locator.set_line(line);
  std::string pointer = pointer_.At(row, record.score().model());
  if (!pointer.empty()) locator.set_pointer(std::move(pointer));
  return record;
}

std::string Segment::EvidenceIdAt(uint32_t row) const {
  const absl::StatusOr<RecordHash> hash =
      row < score_rows() ? HashScore(ScoreAt(row)) : HashRecord(record(row));
  // The log holds only records that hash; a record without one has no id.
  return hash.ok() ? EvidenceId(meta_.digest(), hash->key) : std::string();
}

}  // namespace meridian::analysis
