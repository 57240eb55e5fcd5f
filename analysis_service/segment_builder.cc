#include <algorithm>
#include <array>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "analysis_service/segment.h"
#include "analysis_service/segment_columns.h"
#include "common/base/status.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"

namespace meridian::analysis {
namespace {

using SliceKey = std::array<std::string, 3>;

absl::Status BadSnapshot(const v1::Snapshot& meta, absl::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, "BAD_SNAPSHOT",
                   absl::StrCat("snapshot ", meta.source(), " ", meta.stream(),
                                " ", meta.vintage().date(), ": ", what),
                   {{"source", meta.source()}, {"stream", meta.stream()}});
}

// The earlier of the vintage's last day and the day on which the last of its
// documents was fetched: then at the latest the publisher had put it out.
Day AvailableDay(const v1::Snapshot& meta, DateRange vintage) {
  Day fetched = 0;
  for (const v1::Retrieval& document : meta.documents()) {
    const auto at = ParseTime(document.retrieved_at());
    if (!at.ok()) return vintage.last;
    fetched = std::max(fetched, DayOf(*at));
  }
  return fetched == 0 ? vintage.last : std::min(vintage.last, fetched);
}

bool IsReferenceStream(absl::string_view stream) {
  return stream == "reference" || absl::StartsWith(stream, "reference/") ||
         absl::StartsWith(stream, "reference-");
}

}  // namespace

struct SegmentBuilder::State {
  explicit State(std::shared_ptr<NameTable> names_in)
      : names(std::move(names_in)), segment(new Segment) {}

  uint32_t SliceId(const std::string& board, const std::string& category,
                   const std::string& method) {
    const auto [it, inserted] = slice_ids.emplace(
        SliceKey{board, category, method}, segment->slices_.size());
    if (inserted) {
      ScoreSlice slice;
      slice.board = board;
      slice.category = category;
      slice.method = method;
      segment->slices_.push_back(std::move(slice));
    }
    return it->second;
  }

  uint32_t TextId(const std::string& text) {
    if (text.empty()) return 0;
    const auto [it, inserted] = text_ids.emplace(text, segment->texts_.size());
    if (inserted) segment->texts_.push_back(text);
    return it->second;
  }

  NameId Use(const std::string& name) {
    const NameId id = names->Intern(segment->meta_.source(), name);
    used.insert(id);
    return id;
  }

  // One row of all columns; ids are of this segment.
  struct Row {
    uint32_t slice = 0;
    NameId name = 0;
    double value = 0;
    double lower = kUnset;
    double upper = kUnset;
    double standard_error = kUnset;
    uint64_t votes = kNoVotes;
    uint8_t status = 0;
    uint32_t rank = 0;
    uint32_t configuration = 0;
    uint32_t evaluator = 0;
    uint32_t measured_date = 0;
    uint32_t document = 0;
    uint32_t line = 0;
  };

  void AppendRow(const Row& row, absl::string_view pointer,
                 absl::string_view model) {
    Segment& s = *segment;
    const size_t at = s.name_.size();
    if (at == 0) {
      s.name_.reserve(expected);
      s.value_.reserve(expected);
      slice_of_row.reserve(expected);
    }
    slice_of_row.push_back(row.slice);
    sorted = sorted && row.slice >= last_slice;
    last_slice = row.slice;
    s.name_.push_back(row.name);
    s.value_.push_back(row.value);
    Append(&s.lower_, at, expected, row.lower, kUnset);
    Append(&s.upper_, at, expected, row.upper, kUnset);
    Append(&s.standard_error_, at, expected, row.standard_error, kUnset);
    Append(&s.votes_, at, expected, row.votes, kNoVotes);
    Append(&s.status_, at, expected, row.status, uint8_t{0});
    Append(&s.rank_, at, expected, row.rank, 0u);
    Append(&s.configuration_, at, expected, row.configuration, 0u);
    Append(&s.evaluator_, at, expected, row.evaluator, 0u);
    Append(&s.measured_date_, at, expected, row.measured_date, 0u);
    Append(&s.document_, at, expected, row.document, 0u);
    Append(&s.line_, at, expected, row.line, 0u);
    s.pointer_.Add(pointer, model);
  }

  // Every column of the rows but the pointers.
  template <typename F>
  void EachColumn(F f) {
    Segment& s = *segment;
    for (auto* c : {&s.value_, &s.lower_, &s.upper_, &s.standard_error_}) f(c);
    for (auto* c : {&s.rank_, &s.configuration_, &s.evaluator_,
                    &s.measured_date_, &s.document_, &s.line_}) {
      f(c);
    }
    f(&s.name_);
    f(&s.votes_);
    f(&s.status_);
  }

  absl::Status AddColumns(const v1::ScoresV1& columns);
  void AddScoreRecord(const v1::Record& record);
  void AddRecord(const v1::Record& record);
  absl::Status AddFromBase();
  void SortRows();
  void SortRecords();
  void CountBytes();

  std::shared_ptr<NameTable> names;
  std::shared_ptr<Segment> segment;
  size_t expected = 0;
  uint64_t count = 0;
  absl::flat_hash_map<SliceKey, uint32_t> slice_ids;
  absl::flat_hash_map<std::string, uint32_t> text_ids;
  absl::flat_hash_set<NameId> used;
  std::shared_ptr<const Segment> builds_on;
  std::vector<uint32_t> slice_of_row;
  uint32_t last_slice = 0;
  bool sorted = true;
};

absl::Status SegmentBuilder::State::AddColumns(const v1::ScoresV1& columns) {
  RETURN_IF_ERROR(CheckColumns(columns));
  // Ids of the batch's dictionary in this segment, looked up once each.
  std::vector<NameId> name_ids(columns.dictionary_size(), UINT32_MAX);
  std::array<uint32_t, 3> last = {UINT32_MAX, 0, 0};
  const auto number = [](const auto& column, const std::string& present,
                         int i) {
    return column.empty() || !IsPresent(present, i) ? kUnset : column.Get(i);
  };
  const auto text = [&](const auto& column, int i) {
    return TextId(columns.dictionary(Index(column, i)));
  };
  Row row;
  for (int i = 0; i < columns.value_size(); ++i) {
    const std::array<uint32_t, 3> key = {columns.board(i), columns.category(i),
                                         columns.method(i)};
    if (key != last) {
      row.slice =
          SliceId(columns.dictionary(key[0]), columns.dictionary(key[1]),
                  columns.dictionary(key[2]));
      last = key;
    }
    const std::string& model = columns.dictionary(columns.model(i));
    NameId& name = name_ids[columns.model(i)];
    if (name == UINT32_MAX) name = Use(model);
    row.name = name;
    row.value = columns.value(i);
    row.lower = number(columns.lower(), columns.lower_present(), i);
    row.upper = number(columns.upper(), columns.upper_present(), i);
    row.standard_error =
        number(columns.standard_error(), columns.standard_error_present(), i);
    const bool has_votes =
        !columns.votes().empty() && IsPresent(columns.votes_present(), i);
    row.votes = has_votes ? columns.votes(i) : kNoVotes;
    row.status = static_cast<uint8_t>(Index(columns.status(), i));
    row.rank = Index(columns.rank(), i);
    row.configuration = text(columns.configuration(), i);
    row.evaluator = text(columns.evaluator(), i);
    row.measured_date = text(columns.measured_date(), i);
    row.document = Index(columns.document(), i);
    row.line = Index(columns.line(), i);
    AppendRow(row, columns.dictionary(Index(columns.pointer(), i)), model);
  }
  count += columns.value_size();
  return absl::OkStatus();
}

void SegmentBuilder::State::AddScoreRecord(const v1::Record& record) {
  const v1::Score& score = record.score();
  const v1::Locator& locator = record.locator();
  Row row;
  row.slice = SliceId(score.board(), score.category(), score.method());
  row.name = Use(score.model());
  row.value = score.value();
  if (score.has_lower()) row.lower = score.lower();
  if (score.has_upper()) row.upper = score.upper();
  if (score.has_standard_error()) row.standard_error = score.standard_error();
  if (score.has_votes()) row.votes = score.votes();
  row.status = static_cast<uint8_t>(score.status());
  row.rank = score.rank();
  row.configuration = TextId(score.configuration());
  row.evaluator = TextId(score.evaluator());
  row.measured_date = TextId(score.measured_date());
  row.document = locator.document();
  row.line = locator.line();
  v1::Record extra = record;
  extra.clear_score();
  extra.mutable_locator()->clear_document();
  extra.mutable_locator()->clear_line();
  extra.mutable_locator()->clear_pointer();
  if (extra.ByteSizeLong() > 2) {  // More than an empty locator.
    segment->extras_[segment->name_.size()] = std::move(extra);
  }
  AppendRow(row, locator.pointer(), score.model());
}

void SegmentBuilder::State::AddRecord(const v1::Record& record) {
  ++count;
  switch (record.kind_case()) {
    case v1::Record::kScore:
      AddScoreRecord(record);
      return;
    case v1::Record::kModel:
      Use(record.model().name());
      for (const v1::BaseModel& base : record.model().base_models()) {
        if (base.has_model()) Use(base.model());
      }
      break;
    case v1::Record::kOffering:
      if (record.offering().has_model()) Use(record.offering().model());
      break;
    case v1::Record::kVote:
      Use(record.vote().model_a());
      Use(record.vote().model_b());
      break;
    default:
      break;
  }
  segment->records_.push_back(record);
}

// What the base has and the changes do not say otherwise. Keys are known from
// the records that have been added.
absl::Status SegmentBuilder::State::AddFromBase() {
  absl::flat_hash_set<std::string> hidden;
  const auto key_of =
      [](const v1::Record& record) -> absl::StatusOr<std::string> {
    ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
    return std::string(reinterpret_cast<const char*>(hash.key.data()),
                       hash.key.size());
  };
  for (const std::string& key : segment->meta_.gone_keys()) hidden.insert(key);
  for (const v1::Record& record : segment->records_) {
    ASSIGN_OR_RETURN(std::string key, key_of(record));
    hidden.insert(std::move(key));
  }
  // Locators of the base's records mean its documents.
  const auto shift = static_cast<uint32_t>(segment->meta_.documents_size());
  segment->meta_.mutable_documents()->MergeFrom(builds_on->meta().documents());
  for (uint32_t row = 0; row < builds_on->rows(); ++row) {
    v1::Record record = builds_on->RecordAt(row);
    ASSIGN_OR_RETURN(const std::string key, key_of(record));
    if (hidden.contains(key)) continue;
    record.mutable_locator()->set_document(record.locator().document() + shift);
    AddRecord(record);
  }
  return absl::OkStatus();
}

// Brings the rows of a slice together; a stable counting sort, one column at
// a time, so that at most one column is held twice.
void SegmentBuilder::State::SortRows() {
  Segment& s = *segment;
  std::vector<uint32_t> next(s.slices_.size() + 1, 0);
  for (const uint32_t slice : slice_of_row) ++next[slice + 1];
  for (size_t i = 0; i < s.slices_.size(); ++i) {
    next[i + 1] += next[i];
    s.slices_[i].begin = next[i];
    s.slices_[i].end = next[i + 1];
  }
  if (sorted) return;
  std::vector<uint32_t> order(slice_of_row.size());
  for (uint32_t row = 0; row < slice_of_row.size(); ++row) {
    order[next[slice_of_row[row]]++] = row;
  }
  slice_of_row = {};
  EachColumn([&](auto* column) { Permute(column, order); });
  s.pointer_.Permute(order);
  if (s.extras_.empty()) return;
  absl::flat_hash_map<uint32_t, v1::Record> extras;
  for (uint32_t row = 0; row < order.size(); ++row) {
    const auto it = s.extras_.find(order[row]);
    if (it != s.extras_.end()) extras[row] = std::move(it->second);
  }
  s.extras_ = std::move(extras);
}

void SegmentBuilder::State::SortRecords() {
  std::vector<v1::Record>& records = segment->records_;
  const auto kind = [](const v1::Record& record) { return record.kind_case(); };
  if (!std::is_sorted(
          records.begin(), records.end(),
          [&](const auto& a, const auto& b) { return kind(a) < kind(b); })) {
    std::stable_sort(
        records.begin(), records.end(),
        [&](const auto& a, const auto& b) { return kind(a) < kind(b); });
  }
  records.shrink_to_fit();
  for (uint32_t i = 0; i < records.size(); ++i) {
    const size_t k = static_cast<size_t>(kind(records[i]));
    if (segment->kinds_.size() <= k) segment->kinds_.resize(k + 1, {i, i});
    if (segment->kinds_[k].first == segment->kinds_[k].second) {
      segment->kinds_[k] = {i, i};
    }
    segment->kinds_[k].second = i + 1;
  }
}

void SegmentBuilder::State::CountBytes() {
  const Segment& s = *segment;
  uint64_t bytes = sizeof(Segment) + s.meta_.SpaceUsedLong() +
                   s.pointer_.bytes() + BytesOf(s.used_names_);
  EachColumn([&](auto* column) { bytes += BytesOf(*column); });
  for (const std::string& text : s.texts_) {
    bytes += sizeof(text) + text.capacity();
  }
  for (const v1::Record& record : s.records_) bytes += record.SpaceUsedLong();
  for (const auto& [row, extra] : s.extras_) {
    bytes += sizeof(row) + extra.SpaceUsedLong();
  }
  segment->bytes_ = bytes;
}

SegmentBuilder::SegmentBuilder(std::unique_ptr<State> state)
    : state_(std::move(state)) {}
SegmentBuilder::~SegmentBuilder() = default;

absl::StatusOr<std::unique_ptr<SegmentBuilder>> SegmentBuilder::Create(
    v1::Snapshot meta, std::shared_ptr<NameTable> names) {
  const auto vintage = ParseDate(meta.vintage().date());
  if (!vintage.ok()) return BadSnapshot(meta, vintage.status().message());
  auto state = std::make_unique<State>(std::move(names));
  Segment& segment = *state->segment;
  segment.names_ = state->names;
  segment.vintage_ = *vintage;
  segment.available_ = AvailableDay(meta, *vintage);
  segment.is_reference_ = IsReferenceStream(meta.stream());
  segment.is_own_ = absl::StartsWith(meta.source(), kOwnSourcePrefix);
  // A count that is wrong is found by Finish; until then it must not make us
  // take memory that nobody needs.
  state->expected = std::min<uint64_t>(meta.count(), 1 << 22);
  segment.meta_ = std::move(meta);
  return std::unique_ptr<SegmentBuilder>(new SegmentBuilder(std::move(state)));
}

void SegmentBuilder::SetBase(std::shared_ptr<const Segment> base) {
  state_->builds_on = std::move(base);
}

absl::Status SegmentBuilder::Add(const v1::StoredBatch& batch) {
  const uint64_t before = state_->count;
  if (batch.form() == v1::BATCH_FORM_SCORES_V1) {
    ASSIGN_OR_RETURN(const std::string data, OpenBatch(batch));
    v1::ScoresV1 columns;
    if (!columns.ParseFromString(data)) {
      return MakeError(absl::StatusCode::kDataLoss, "BATCH_CORRUPT",
                       "stored batch is corrupt: columns cannot be read");
    }
    RETURN_IF_ERROR(state_->AddColumns(columns));
  } else {
    RETURN_IF_ERROR(ForEachRecord(batch, [&](const v1::Record& record) {
      state_->AddRecord(record);
      return absl::OkStatus();
    }));
  }
  if (state_->count - before != batch.count()) {
    return MakeError(
        absl::StatusCode::kDataLoss, "BATCH_CORRUPT",
        absl::StrCat("stored batch is corrupt: it says ", batch.count(),
                     " records and holds ", state_->count - before));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const Segment>> SegmentBuilder::Finish() {
  Segment& segment = *state_->segment;
  if (state_->builds_on != nullptr) {
    RETURN_IF_ERROR(state_->AddFromBase());
    state_->builds_on.reset();
  }
  if (state_->count != segment.meta_.count()) {
    return BadSnapshot(segment.meta_,
                       absl::StrCat("it says ", segment.meta_.count(),
                                    " records, ", state_->count, " came"));
  }
  state_->EachColumn([](auto* column) { column->shrink_to_fit(); });
  segment.pointer_.Finish();
  state_->SortRows();
  state_->SortRecords();
  segment.used_names_.assign(state_->used.begin(), state_->used.end());
  std::sort(segment.used_names_.begin(), segment.used_names_.end());
  state_->CountBytes();
  return std::shared_ptr<const Segment>(std::move(state_->segment));
}

}  // namespace meridian::analysis
