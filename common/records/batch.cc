#include "common/records/batch.h"

#include <zlib.h>

#include <deque>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian {
namespace {

// Rows are text and shrink about four times; columns are mostly doubles and
// are read directly, so they stay as they are.
constexpr size_t kCompressFrom = 4096;
// A batch aims at 1 MiB; anything that claims to unpack to more than this is
// corrupt.
constexpr size_t kMaxUnpackedBytes = 256u << 20;

absl::Status Corrupt(absl::string_view what) {
  return MakeError(absl::StatusCode::kDataLoss, "BATCH_CORRUPT",
                   absl::StrCat("stored batch is corrupt: ", what));
}

// Strings of a batch by index; index 0 is "".
class Dictionary {
 public:
  explicit Dictionary(google::protobuf::RepeatedPtrField<std::string>* out)
      : out_(out) {
    out_->Add();
  }
  uint32_t Index(const std::string& text) {
    if (text.empty()) return 0;
    const auto [it, inserted] = index_.emplace(text, out_->size());
    if (inserted) {
      *out_->Add() = text;
      bytes_ += text.size() + 4;
    }
    return it->second;
  }
  size_t bytes() const { return bytes_; }

 private:
  google::protobuf::RepeatedPtrField<std::string>* out_;
  absl::flat_hash_map<std::string, uint32_t> index_;
  size_t bytes_ = 0;
};

void SetBit(std::string* bitmap, size_t i, bool value) {
  if (i % 8 == 0) bitmap->push_back(0);
  if (value) bitmap->back() = static_cast<char>(bitmap->back() | 1 << (i % 8));
}

// Drops what says nothing: a column unset everywhere, a bitmap set
// everywhere.
template <typename Column>
void Trim(Column* column, std::string* bitmap, size_t rows) {
  size_t set = 0;
  for (size_t i = 0; i < rows; ++i) set += IsPresent(*bitmap, i) ? 1 : 0;
  if (set == 0) column->Clear();
  if (set == 0 || set == rows) bitmap->clear();
}

template <typename Column>
void ClearIfZero(Column* column) {
  for (const auto value : *column) {
    if (value != 0) return;
  }
  column->Clear();
}

}  // namespace

struct BatchBuilder::Impl {
  struct Taken {
    v1::BatchForm form;
    v1::RowsV1 rows;
    v1::ScoresV1 scores;
    v1::VotesV1 votes;
    uint32_t count = 0;
  };

  explicit Impl(size_t target) : target_bytes(target) {}

  void Begin(v1::BatchForm form) {
    if (open != nullptr && open->form == form && Bytes() < target_bytes) return;
    Close();
    open = std::make_unique<Taken>();
    open->form = form;
    row_bytes = 0;
    dictionary.reset();
    if (form == v1::BATCH_FORM_SCORES_V1) {
      dictionary =
          std::make_unique<Dictionary>(open->scores.mutable_dictionary());
    } else if (form == v1::BATCH_FORM_VOTES_V1) {
      dictionary =
          std::make_unique<Dictionary>(open->votes.mutable_dictionary());
    }
  }

  size_t Bytes() const {
    return row_bytes + (dictionary == nullptr ? 0 : dictionary->bytes());
  }

  void Close() {
    if (open == nullptr) return;
    dictionary.reset();
    if (open->form == v1::BATCH_FORM_SCORES_V1) TrimScores();
    if (open->form == v1::BATCH_FORM_VOTES_V1) TrimVotes();
    closed.push_back(std::move(open));
  }

  void AddScoreRow(const v1::Score& score, const v1::Locator& locator) {
    Begin(v1::BATCH_FORM_SCORES_V1);
    v1::ScoresV1& columns = open->scores;
    const size_t row = open->count++;
    columns.add_board(dictionary->Index(score.board()));
    columns.add_category(dictionary->Index(score.category()));
    columns.add_method(dictionary->Index(score.method()));
    columns.add_model(dictionary->Index(score.model()));
    columns.add_configuration(dictionary->Index(score.configuration()));
    columns.add_measured_date(dictionary->Index(score.measured_date()));
    columns.add_evaluator(dictionary->Index(score.evaluator()));
    columns.add_value(score.value());
    columns.add_lower(score.lower());
    SetBit(columns.mutable_lower_present(), row, score.has_lower());
    columns.add_upper(score.upper());
    SetBit(columns.mutable_upper_present(), row, score.has_upper());
    columns.add_standard_error(score.standard_error());
    SetBit(columns.mutable_standard_error_present(), row,
           score.has_standard_error());
    columns.add_votes(score.votes());
    SetBit(columns.mutable_votes_present(), row, score.has_votes());
    columns.add_status(static_cast<uint32_t>(score.status()));
    columns.add_rank(score.rank());
    columns.add_document(locator.document());
    columns.add_line(locator.line());
    columns.add_pointer(dictionary->Index(locator.pointer()));
    row_bytes += 17 * 4;
  }

  void AddVoteRow(const v1::Vote& vote, const v1::Locator& locator) {
    Begin(v1::BATCH_FORM_VOTES_V1);
    v1::VotesV1& columns = open->votes;
    ++open->count;
    columns.add_board(dictionary->Index(vote.board()));
    columns.add_model_a(dictionary->Index(vote.model_a()));
    columns.add_model_b(dictionary->Index(vote.model_b()));
    columns.add_outcome(static_cast<uint32_t>(vote.outcome()));
    columns.add_category(dictionary->Index(vote.category()));
    columns.add_time(dictionary->Index(vote.time()));
    columns.add_id(dictionary->Index(vote.id()));
    columns.add_count(vote.count());
    columns.add_document(locator.document());
    columns.add_line(locator.line());
    row_bytes += 10 * 4;
  }

  void TrimScores() {
    v1::ScoresV1& columns = open->scores;
    const size_t rows = open->count;
    Trim(columns.mutable_lower(), columns.mutable_lower_present(), rows);
    Trim(columns.mutable_upper(), columns.mutable_upper_present(), rows);
    Trim(columns.mutable_standard_error(),
         columns.mutable_standard_error_present(), rows);
    Trim(columns.mutable_votes(), columns.mutable_votes_present(), rows);
    ClearIfZero(columns.mutable_configuration());
    ClearIfZero(columns.mutable_measured_date());
    ClearIfZero(columns.mutable_evaluator());
    ClearIfZero(columns.mutable_status());
    ClearIfZero(columns.mutable_rank());
    ClearIfZero(columns.mutable_document());
    ClearIfZero(columns.mutable_line());
    ClearIfZero(columns.mutable_pointer());
  }

  void TrimVotes() {
    v1::VotesV1& columns = open->votes;
    ClearIfZero(columns.mutable_category());
    ClearIfZero(columns.mutable_time());
    ClearIfZero(columns.mutable_id());
    ClearIfZero(columns.mutable_count());
    ClearIfZero(columns.mutable_document());
    ClearIfZero(columns.mutable_line());
  }

  std::unique_ptr<Taken> TakeOldest() {
    if (closed.empty()) Close();
    if (closed.empty()) return nullptr;
    std::unique_ptr<Taken> taken = std::move(closed.front());
    closed.pop_front();
    return taken;
  }

  const size_t target_bytes;
  std::unique_ptr<Taken> open;
  std::unique_ptr<Dictionary> dictionary;  // Of `open`, for columns.
  size_t row_bytes = 0;                    // Of `open`, without dictionary.
  std::deque<std::unique_ptr<Taken>> closed;
};

BatchBuilder::BatchBuilder(size_t target_bytes)
    : impl_(std::make_unique<Impl>(target_bytes)) {}
BatchBuilder::~BatchBuilder() = default;

void BatchBuilder::AddScore(const v1::Score& score,
                            const v1::Locator& locator) {
  impl_->AddScoreRow(score, locator);
}

void BatchBuilder::Add(const v1::Record& record) {
  // Columns have no place for notes, citations and locators other than line
  // and pointer; such records travel as rows.
  const v1::Locator& at = record.locator();
  const bool plain = record.notes().empty() && !record.has_cites() &&
                     !at.has_line_end() && !at.has_column() && !at.has_page();
  if (plain && record.has_score()) {
    impl_->AddScoreRow(record.score(), at);
  } else if (plain && record.has_vote() && !at.has_pointer()) {
    impl_->AddVoteRow(record.vote(), at);
  } else {
    impl_->Begin(v1::BATCH_FORM_ROWS_V1);
    v1::Record& row = *impl_->open->rows.add_records();
    row = record;
    impl_->row_bytes += row.ByteSizeLong() + 4;
    ++impl_->open->count;
  }
}

bool BatchBuilder::ready() const {
  return !impl_->closed.empty() ||
         (impl_->open != nullptr && impl_->Bytes() >= impl_->target_bytes);
}

v1::StoredBatch BatchBuilder::TakeStored() {
  v1::StoredBatch stored;
  const auto taken = impl_->TakeOldest();
  if (taken == nullptr) return stored;
  stored.set_form(taken->form);
  stored.set_count(taken->count);
  std::string bytes;
  switch (taken->form) {
    case v1::BATCH_FORM_SCORES_V1:
      bytes = taken->scores.SerializeAsString();
      break;
    case v1::BATCH_FORM_VOTES_V1:
      bytes = taken->votes.SerializeAsString();
      break;
    default:
      bytes = taken->rows.SerializeAsString();
      break;
  }
  if (taken->form == v1::BATCH_FORM_ROWS_V1 && bytes.size() >= kCompressFrom) {
    // u32 size before compression, then the zlib stream.
    uLongf size = compressBound(bytes.size());
    std::string packed(4 + size, '\0');
    const uint32_t unpacked = static_cast<uint32_t>(bytes.size());
    for (int i = 0; i < 4; ++i) {
      packed[i] = static_cast<char>(unpacked >> (8 * i));
    }
    if (compress2(reinterpret_cast<Bytef*>(packed.data() + 4), &size,
                  reinterpret_cast<const Bytef*>(bytes.data()), bytes.size(),
                  Z_BEST_SPEED) == Z_OK) {
      packed.resize(4 + size);
      stored.set_codec(v1::BATCH_CODEC_ZLIB);
      bytes = std::move(packed);
    }
  }
  stored.set_crc32c(Crc32c(bytes));
  stored.set_data(std::move(bytes));
  return stored;
}

v1::RecordBatch BatchBuilder::TakeWire(uint32_t snapshot, uint32_t* count) {
  v1::RecordBatch batch;
  batch.set_snapshot(snapshot);
  *count = 0;
  const auto taken = impl_->TakeOldest();
  if (taken == nullptr) return batch;
  *count = taken->count;
  switch (taken->form) {
    case v1::BATCH_FORM_SCORES_V1:
      *batch.mutable_scores() = std::move(taken->scores);
      break;
    case v1::BATCH_FORM_VOTES_V1:
      *batch.mutable_votes() = std::move(taken->votes);
      break;
    default:
      *batch.mutable_rows() = std::move(taken->rows);
      break;
  }
  return batch;
}

absl::StatusOr<std::string> OpenBatch(const v1::StoredBatch& batch) {
  if (Crc32c(batch.data()) != batch.crc32c()) {
    return Corrupt("its checksum does not match");
  }
  if (batch.codec() != v1::BATCH_CODEC_ZLIB) return batch.data();
  const std::string& data = batch.data();
  if (data.size() < 4) return Corrupt("compressed data is too short");
  uLongf size = 0;
  for (int i = 0; i < 4; ++i) {
    size |= static_cast<uLongf>(static_cast<uint8_t>(data[i])) << (8 * i);
  }
  if (size > kMaxUnpackedBytes) return Corrupt("it unpacks to too much");
  std::string bytes(size, '\0');
  if (uncompress(reinterpret_cast<Bytef*>(bytes.data()), &size,
                 reinterpret_cast<const Bytef*>(data.data() + 4),
                 data.size() - 4) != Z_OK ||
      size != bytes.size()) {
    return Corrupt("it does not unpack");
  }
  return bytes;
}

namespace {

// Accumulates what is wrong with columns.
class ColumnCheck {
 public:
  ColumnCheck(int rows, int dictionary_size)
      : rows_(rows), dictionary_size_(dictionary_size) {
    if (dictionary_size == 0 && rows > 0) status_ = Corrupt("no dictionary");
  }
  template <typename Column>
  ColumnCheck& Numbers(const Column& column, bool required) {
    if (column.size() != rows_ && (required || !column.empty())) {
      status_ = Corrupt("columns differ in length");
    }
    return *this;
  }
  template <typename Column>
  ColumnCheck& Strings(const Column& column, bool required) {
    Numbers(column, required);
    for (const uint32_t index : column) {
      if (index >= static_cast<uint32_t>(dictionary_size_)) {
        status_ = Corrupt("a string index is out of range");
        break;
      }
    }
    return *this;
  }
  absl::Status status() const { return status_; }

 private:
  const int rows_;
  const int dictionary_size_;
  absl::Status status_;
};

template <typename Column>
uint32_t At(const Column& column, int i) {
  return column.empty() ? 0 : static_cast<uint32_t>(column.Get(i));
}

// Sets a string field from the dictionary; index 0 clears it.
#define SET_TEXT(message, field, columns, column)                     \
  if (const uint32_t index_ = At((columns).column(), i); index_ != 0) \
    (message)->set_##field((columns).dictionary(index_));             \
  else                                                                \
    (message)->clear_##field()

#define SET_NUMBER(message, field, columns)                                    \
  if (!(columns).field().empty() && IsPresent((columns).field##_present(), i)) \
    (message)->set_##field((columns).field(i));                                \
  else                                                                         \
    (message)->clear_##field()

void FillLocator(uint32_t document, uint32_t line, v1::Locator* locator) {
  locator->set_document(document);
  if (line != 0) {
    locator->set_line(line);
  } else {
    locator->clear_line();
  }
}

using Visitor = std::function<absl::Status(const v1::Record&)>;

absl::Status VisitScores(const v1::ScoresV1& columns, const Visitor& visit) {
  RETURN_IF_ERROR(CheckColumns(columns));
  v1::Record record;
  v1::Score* score = record.mutable_score();
  for (int i = 0; i < columns.value_size(); ++i) {
    SET_TEXT(score, board, columns, board);
    SET_TEXT(score, category, columns, category);
    SET_TEXT(score, method, columns, method);
    SET_TEXT(score, model, columns, model);
    SET_TEXT(score, configuration, columns, configuration);
    SET_TEXT(score, measured_date, columns, measured_date);
    SET_TEXT(score, evaluator, columns, evaluator);
    score->set_value(columns.value(i));
    SET_NUMBER(score, lower, columns);
    SET_NUMBER(score, upper, columns);
    SET_NUMBER(score, standard_error, columns);
    SET_NUMBER(score, votes, columns);
    score->clear_status();
    if (const uint32_t status = At(columns.status(), i); status != 0) {
      score->set_status(static_cast<v1::Score::Status>(status));
    }
    score->clear_rank();
    if (const uint32_t rank = At(columns.rank(), i); rank != 0) {
      score->set_rank(rank);
    }
    FillLocator(At(columns.document(), i), At(columns.line(), i),
                record.mutable_locator());
    SET_TEXT(record.mutable_locator(), pointer, columns, pointer);
    RETURN_IF_ERROR(visit(record));
  }
  return absl::OkStatus();
}

absl::Status VisitVotes(const v1::VotesV1& columns, const Visitor& visit) {
  RETURN_IF_ERROR(CheckColumns(columns));
  v1::Record record;
  v1::Vote* vote = record.mutable_vote();
  for (int i = 0; i < columns.board_size(); ++i) {
    SET_TEXT(vote, board, columns, board);
    SET_TEXT(vote, model_a, columns, model_a);
    SET_TEXT(vote, model_b, columns, model_b);
    SET_TEXT(vote, category, columns, category);
    SET_TEXT(vote, time, columns, time);
    SET_TEXT(vote, id, columns, id);
    vote->set_outcome(static_cast<v1::Vote::Outcome>(columns.outcome(i)));
    vote->clear_count();
    if (!columns.count().empty() && columns.count(i) != 0) {
      vote->set_count(columns.count(i));
    }
    FillLocator(At(columns.document(), i), At(columns.line(), i),
                record.mutable_locator());
    RETURN_IF_ERROR(visit(record));
  }
  return absl::OkStatus();
}

absl::Status VisitRows(const v1::RowsV1& rows, const Visitor& visit) {
  for (const v1::Record& record : rows.records()) {
    RETURN_IF_ERROR(visit(record));
  }
  return absl::OkStatus();
}

#undef SET_TEXT
#undef SET_NUMBER

}  // namespace

absl::Status CheckColumns(const v1::ScoresV1& c) {
  return ColumnCheck(c.value_size(), c.dictionary_size())
      .Strings(c.board(), true)
      .Strings(c.category(), true)
      .Strings(c.method(), true)
      .Strings(c.model(), true)
      .Strings(c.configuration(), false)
      .Strings(c.measured_date(), false)
      .Strings(c.evaluator(), false)
      .Numbers(c.lower(), false)
      .Numbers(c.upper(), false)
      .Numbers(c.standard_error(), false)
      .Numbers(c.votes(), false)
      .Numbers(c.status(), false)
      .Numbers(c.rank(), false)
      .Numbers(c.document(), false)
      .Numbers(c.line(), false)
      .Strings(c.pointer(), false)
      .status();
}

absl::Status CheckColumns(const v1::VotesV1& c) {
  return ColumnCheck(c.board_size(), c.dictionary_size())
      .Strings(c.board(), true)
      .Strings(c.model_a(), true)
      .Strings(c.model_b(), true)
      .Numbers(c.outcome(), true)
      .Strings(c.category(), false)
      .Strings(c.time(), false)
      .Strings(c.id(), false)
      .Numbers(c.count(), false)
      .Numbers(c.document(), false)
      .Numbers(c.line(), false)
      .status();
}

absl::Status ForEachRecord(const v1::StoredBatch& batch, const Visitor& visit) {
  ASSIGN_OR_RETURN(const std::string bytes, OpenBatch(batch));
  switch (batch.form()) {
    case v1::BATCH_FORM_ROWS_V1: {
      v1::RowsV1 rows;
      if (!rows.ParseFromString(bytes)) return Corrupt("rows do not parse");
      return VisitRows(rows, visit);
    }
    case v1::BATCH_FORM_SCORES_V1: {
      v1::ScoresV1 scores;
      if (!scores.ParseFromString(bytes)) {
        return Corrupt("scores do not parse");
      }
      return VisitScores(scores, visit);
    }
    case v1::BATCH_FORM_VOTES_V1: {
      v1::VotesV1 votes;
      if (!votes.ParseFromString(bytes)) return Corrupt("votes do not parse");
      return VisitVotes(votes, visit);
    }
    default:
      return Corrupt("its form is unknown");
  }
}

absl::Status ForEachRecord(const v1::RecordBatch& batch, const Visitor& visit) {
  switch (batch.form_case()) {
    case v1::RecordBatch::kRows:
      return VisitRows(batch.rows(), visit);
    case v1::RecordBatch::kScores:
      return VisitScores(batch.scores(), visit);
    case v1::RecordBatch::kVotes:
      return VisitVotes(batch.votes(), visit);
    default:
      return Corrupt("the batch has no records");
  }
}

}  // namespace meridian
