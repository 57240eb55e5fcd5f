#include "plugins/votes/votes_source.h"

#include <cmath>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "common/base/dates.h"
#include "common/base/utf8.h"
#include "plugins/formats/csv.h"
#include "plugins/json/config.h"
#include "plugins/json/json.h"
#include "plugins/sdk/reading.h"

namespace meridian {
namespace {

constexpr size_t kMostWordsTold = 20;
constexpr size_t kExcerptBytes = 500;

struct Config {
  std::string board;
  std::string stream = "votes";
};

std::vector<v1::Problem> ReadConfig(const std::string& json, Config* config) {
  std::vector<v1::Problem> problems = CheckKeys(json, {"board", "stream"});
  const auto document = JsonDocument::Parse(json, "config");
  if (!document.ok()) return problems;
  const auto text = [&](const char* name, std::string* into) {
    const auto value = (*document)->root().Find(name);
    if (!value) return;
    if (value->is_string() && !value->text().empty()) {
      *into = std::string(value->text());
    } else {
      AddProblem(name, "is a text", absl::StrCat(name, ": ID"), &problems);
    }
  };
  text("board", &config->board);
  text("stream", &config->stream);
  if (config->board.empty()) {
    AddProblem("board", "which board do these votes belong to?",
               "board: lmarena/votes-2023", &problems);
  }
  return problems;
}

// A row of any dialect.
struct Row {
  std::string a, b, winner, id, category, time;
  v1::Locator locator;
  std::string excerpt;
  std::string why;  // it cannot be read
};

std::optional<v1::Vote::Outcome> OutcomeOf(absl::string_view word) {
  if (word == "model_a") return v1::Vote::OUTCOME_A;
  if (word == "model_b") return v1::Vote::OUTCOME_B;
  if (word == "tie") return v1::Vote::OUTCOME_TIE;
  if (word == "tie (bothbad)" || word == "bothbad") {
    return v1::Vote::OUTCOME_TIE_BOTH_BAD;
  }
  return std::nullopt;
}

// Seconds since 1970, as the battle files write times, as RFC 3339; empty for
// what is none.
std::string TimeOf(const JsonValue& seconds) {
  if (!seconds.is_number() || !(seconds.number() > 0) ||
      seconds.number() > 4e9) {
    return "";
  }
  return FormatUtcMillis(absl::UnixEpoch() + absl::Milliseconds(std::llround(
                                                 seconds.number() * 1000)));
}

using OnRow = std::function<absl::Status(Row)>;

// model_a,model_b,winner with an id in a column without a name, or with one
// column for each outcome (winner_model_a,winner_model_b,winner_tie).
absl::Status ReadCsv(Document& document, std::string first, const OnRow& on) {
  ASSIGN_OR_RETURN(const auto table,
                   CsvReader::Create([&]() -> absl::StatusOr<std::string> {
                     if (!first.empty()) return std::exchange(first, "");
                     return document.NextChunk();
                   }));
  const auto a = table->Column("model_a");
  const auto b = table->Column("model_b");
  const auto winner = table->Column("winner");
  const std::pair<const char*, std::optional<size_t>> outcomes[] = {
      {"model_a", table->Column("winner_model_a")},
      {"model_b", table->Column("winner_model_b")},
      {"tie", table->Column("winner_tie")}};
  const bool has_outcomes = outcomes[0].second && outcomes[1].second;
  if (!a || !b || (!winner && !has_outcomes)) {
    return DocumentError(
        document.head(), "UNKNOWN_DOCUMENT",
        absl::StrCat("columns ", absl::StrJoin(table->header(), ","),
                     "; expected model_a, model_b and winner, or "
                     "winner_model_a and winner_model_b"));
  }
  std::optional<size_t> id;
  for (const char* name : {"", "id", "question_id", "battle_id"}) {
    if (!id) id = table->Column(name);
  }
  const auto category = table->Column("language");
  CsvRow cells;
  while (true) {
    ASSIGN_OR_RETURN(const bool more, table->Next(&cells));
    if (!more) return absl::OkStatus();
    Row row;
    row.locator.set_line(cells.first_line);
    row.excerpt = cells.excerpt;
    row.why = cells.problem;
    if (row.why.empty()) {
      row.a = cells.fields[*a];
      row.b = cells.fields[*b];
      if (winner) row.winner = cells.fields[*winner];
      size_t set = 0;
      for (const auto& [word, column] : outcomes) {
        if (winner || !column || cells.fields[*column] != "1") continue;
        row.winner = word;
        ++set;
      }
      if (!winner && set != 1) row.winner = absl::StrCat(set, " outcomes");
      row.id = id ? cells.fields[*id] : absl::StrCat(cells.first_line);
      if (category) row.category = cells.fields[*category];
    }
    RETURN_IF_ERROR(on(std::move(row)));
  }
}

// The battle files: an object for each vote.
Row RowOf(const JsonValue& value, uint32_t line) {
  Row row;
  row.excerpt = CleanUtf8(value.raw(), kExcerptBytes);
  const auto text = [&](const char* name) {
    const auto member = value.Find(name);
    return member && member->is_string() ? std::string(member->text()) : "";
  };
  row.a = text("model_a");
  row.b = text("model_b");
  row.winner = text("winner");
  row.category = text("language");
  row.id = text("question_id");
  if (row.id.empty()) row.id = absl::StrCat(line);
  if (const auto time = value.Find("tstamp")) row.time = TimeOf(*time);
  return row;
}

// One object a line; memory is one line.
absl::Status ReadJsonLines(Document& document, std::string text,
                           const OnRow& on) {
  uint32_t line = 0;
  bool at_end = false;
  while (true) {
    size_t end = text.find('\n');
    while (end == std::string::npos && !at_end) {
      ASSIGN_OR_RETURN(const std::string chunk, document.NextChunk());
      at_end = chunk.empty();
      text += chunk;
      end = text.find('\n');
    }
    if (text.empty()) return absl::OkStatus();
    const std::string one = text.substr(0, end);
    text.erase(0, end == std::string::npos ? end : end + 1);
    ++line;
    if (absl::StripAsciiWhitespace(one).empty()) continue;
    const auto json = JsonDocument::Parse(one, document.head().path());
    Row row;
    if (json.ok() && (*json)->root().is_object()) {
      row = RowOf((*json)->root(), line);
    } else {
      row.why = "the line is no JSON object";
      row.excerpt = CleanUtf8(one, kExcerptBytes);
    }
    row.locator.set_line(line);
    RETURN_IF_ERROR(on(std::move(row)));
  }
}

// A list of objects, in memory as a whole.
absl::Status ReadJsonList(Document& document, std::string text,
                          const OnRow& on) {
  while (true) {
    ASSIGN_OR_RETURN(const std::string chunk, document.NextChunk());
    if (chunk.empty()) break;
    text += chunk;
  }
  ASSIGN_OR_RETURN(
      const auto json,
      JsonDocument::Parse(std::move(text), document.head().path()));
  size_t index = 0;
  for (const JsonValue value : json->root()) {
    Row row = RowOf(value, value.line());
    if (!value.is_object()) row.why = "the item is no JSON object";
    if (!value.Find("question_id")) row.id = absl::StrCat(index);
    row.locator.set_line(value.line());
    row.locator.set_pointer(absl::StrCat("/", index++));
    RETURN_IF_ERROR(on(std::move(row)));
  }
  return absl::OkStatus();
}

class VotesReader {
 public:
  VotesReader(Reader& reader, Config config)
      : reader_(reader), config_(std::move(config)) {}

  absl::Status ReadDocument(Document& document) {
    // The first byte tells the dialect.
    std::string first;
    while (absl::StripAsciiWhitespace(first).empty()) {
      ASSIGN_OR_RETURN(const std::string chunk, document.NextChunk());
      if (chunk.empty()) break;
      first += chunk;
    }
    ASSIGN_OR_RETURN(
        snapshot_, reader_.BeginSnapshot(BeginOf(config_.stream,
                                                 document.head().vintage_hint(),
                                                 v1::Coverage::EXTENT_SOME)));
    invalid_.clear();
    const auto on = [this](Row row) { return TakeRow(std::move(row)); };
    const absl::string_view shown = absl::StripLeadingAsciiWhitespace(first);
    if (!shown.empty() && shown[0] == '{') {
      RETURN_IF_ERROR(ReadJsonLines(document, std::move(first), on));
    } else if (!shown.empty() && shown[0] == '[') {
      RETURN_IF_ERROR(ReadJsonList(document, std::move(first), on));
    } else {
      RETURN_IF_ERROR(ReadCsv(document, std::move(first), on));
    }
    RETURN_IF_ERROR(TellInvalid());
    return snapshot_->End();
  }

 private:
  absl::Status TakeRow(Row row) {
    const auto outcome = OutcomeOf(row.winner);
    if (row.why.empty() && (row.a.empty() || row.b.empty())) {
      row.why = "a vote is between two models; a name is missing";
    } else if (row.why.empty() && row.a == row.b) {
      row.why = absl::StrCat("both sides are '", row.a, "'");
    } else if (row.why.empty() && !outcome) {
      row.why = absl::StrCat("outcome '", row.winner,
                             "', expected model_a, model_b, tie or tie "
                             "(bothbad)");
      ++invalid_[row.winner.substr(0, 80)];
    }
    if (!row.why.empty()) {
      return reader_.Reject(row.locator, row.why, row.excerpt, config_.stream);
    }
    v1::Record record;
    *record.mutable_locator() = std::move(row.locator);
    v1::Vote& vote = *record.mutable_vote();
    vote.set_board(config_.board);
    vote.set_model_a(std::move(row.a));
    vote.set_model_b(std::move(row.b));
    vote.set_outcome(*outcome);
    vote.set_id(std::move(row.id));
    if (!row.category.empty()) vote.set_category(std::move(row.category));
    if (!row.time.empty()) vote.set_time(std::move(row.time));
    return snapshot_->Emit(std::move(record));
  }

  absl::Status TellInvalid() {
    if (invalid_.empty()) return absl::OkStatus();
    std::vector<std::string> words;
    uint64_t total = 0;
    for (const auto& [word, count] : invalid_) {
      total += count;
      if (words.size() < kMostWordsTold) {
        words.push_back(absl::StrCat("'", word, "' ", count));
      }
    }
    return reader_.Diagnose(v1::Diagnostic::SEVERITY_WARNING,
                            absl::StrCat(total, " votes with another outcome: ",
                                         absl::StrJoin(words, ", ")));
  }

  Reader& reader_;
  const Config config_;
  std::unique_ptr<SnapshotWriter> snapshot_;
  std::map<std::string, uint64_t> invalid_;  // word -> votes, of a document
};

}  // namespace

v1::DescribeResponse VotesSource::Describe() const {
  v1::DescribeResponse description;
  description.set_id("votes");
  description.set_version("1.0.0");
  description.set_summary("Pairwise votes of people or judges");
  description.add_streams("votes");
  description.set_config_json_schema(
      R"({"type":"object","required":["board"],"additionalProperties":false,)"
      R"("properties":{"board":{"type":"string"},"stream":{"type":"string"}}})");
  description.add_document_kinds("CSV: model_a,model_b,winner");
  description.add_document_kinds(
      "CSV: model_a,model_b,winner_model_a,winner_model_b,winner_tie");
  description.add_document_kinds("JSON list or JSON lines of battles");
  description.set_data_licence("that of the publisher");
  return description;
}

std::vector<v1::Problem> VotesSource::Check(
    const std::string& config_json) const {
  Config config;
  return ReadConfig(config_json, &config);
}

absl::Status VotesSource::Read(Reader& reader) {
  Config config;
  if (!ReadConfig(reader.config_json(), &config).empty()) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_CONFIG",
                     "the configuration has problems; Check names them");
  }
  VotesReader votes(reader, std::move(config));
  while (true) {
    ASSIGN_OR_RETURN(const auto document, reader.NextDocument());
    if (document == nullptr) return absl::OkStatus();
    RETURN_IF_ERROR(votes.ReadDocument(*document));
  }
}

}  // namespace meridian
