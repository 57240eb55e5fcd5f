#include "ingest_service/decision_store.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/base/digest.h"
#include "common/base/status.h"

namespace meridian::ingest {
namespace {

// `brief` is what lists show: the decision without question and proof.
constexpr char kSchema[] = R"(
CREATE TABLE IF NOT EXISTS decisions(
  number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,
  policy TEXT NOT NULL, model TEXT NOT NULL, brief BLOB NOT NULL,
  data BLOB NOT NULL);
CREATE INDEX IF NOT EXISTS decisions_policy ON decisions(policy, number);
CREATE INDEX IF NOT EXISTS decisions_model ON decisions(model, number);
)";

constexpr size_t kLeastIdDigits = 8;
constexpr size_t kIdDigits = 64;

absl::Status BadDecision(absl::string_view field, absl::string_view problem) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_DECISION",
                   absl::StrCat(field, ": ", problem),
                   {{"field", std::string(field)}});
}

bool IsHex(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return absl::ascii_isxdigit(static_cast<unsigned char>(c));
  });
}

absl::Status CheckPerson(const v1::PolicyDecision& decision) {
  if (absl::StripAsciiWhitespace(decision.approver()).empty()) {
    return BadDecision("approver", "say who decides");
  }
  if (absl::StripAsciiWhitespace(decision.reason()).empty()) {
    return BadDecision("reason", "say why");
  }
  if (decision.ruling() == v1::RULING_UNSPECIFIED) {
    return BadDecision("ruling", "APPROVED or REJECTED");
  }
  return absl::OkStatus();
}

// What can be repeated: the policy itself and a state of the log.
absl::Status CheckQuestion(const v1::PolicyDecision& decision) {
  const v1::PolicyQuestion& question = decision.question();
  if (question.input_case() == v1::PolicyQuestion::INPUT_NOT_SET ||
      question.has_stored()) {
    return BadDecision("question",
                       "must hold the policy as text or message, because a "
                       "reference may mean another policy one day");
  }
  if (question.context().as_of().empty() || question.context().at_seq() == 0) {
    return BadDecision("question.context",
                       "as_of and at_seq must be those of the answer");
  }
  if (decision.policy_id().empty() || decision.policy_version().empty()) {
    return BadDecision("policy_id and policy_version", "must be set");
  }
  if (decision.policy_digest().size() != kIdDigits ||
      !IsHex(decision.policy_digest())) {
    return BadDecision("policy_digest", "64 hex digits");
  }
  return absl::OkStatus();
}

// The proof must be of this very verdict.
absl::Status CheckProof(const v1::PolicyDecision& decision) {
  const v1::ExplainVerdictResponse& proof = decision.proof();
  if (decision.verdict() == v1::VERDICT_UNSPECIFIED ||
      decision.verdict() != proof.verdict().verdict()) {
    return BadDecision("verdict", "must be that of the proof");
  }
  if (decision.model().empty() || decision.model() != proof.verdict().model()) {
    return BadDecision("model", "must be that of the proof");
  }
  if (decision.policy_digest() != proof.policy_digest()) {
    return BadDecision("policy_digest", "must be that of the proof");
  }
  if (decision.question().context().at_seq() != proof.header().seq() ||
      decision.question().context().as_of() != proof.header().as_of()) {
    return BadDecision("question.context", "must be that of the proof");
  }
  return absl::OkStatus();
}

absl::Status Check(const v1::PolicyDecision& decision) {
  RETURN_IF_ERROR(CheckPerson(decision));
  RETURN_IF_ERROR(CheckQuestion(decision));
  RETURN_IF_ERROR(CheckProof(decision));
  if (const size_t size = decision.ByteSizeLong();
      size > DecisionStore::kMostBytes) {
    return BadDecision("decision",
                       absl::StrCat("takes ", size, " bytes, at most ",
                                    DecisionStore::kMostBytes,
                                    " are kept; give less own evidence"));
  }
  if (decision.verdict() == v1::VERDICT_EXCLUDED &&
      decision.ruling() == v1::RULING_APPROVED && !decision.override()) {
    return MakeError(absl::StatusCode::kFailedPrecondition, "NEEDS_OVERRIDE",
                     absl::StrCat("policy ", decision.policy_id(), " excludes ",
                                  decision.model(),
                                  "; to approve it all the same, set "
                                  "override"),
                     {{"model", decision.model()}});
  }
  return absl::OkStatus();
}

bool AgainstVerdict(const v1::PolicyDecision& decision) {
  return (decision.verdict() == v1::VERDICT_EXCLUDED &&
          decision.ruling() == v1::RULING_APPROVED) ||
         (decision.verdict() == v1::VERDICT_ADMISSIBLE &&
          decision.ruling() == v1::RULING_REJECTED);
}

v1::PolicyDecision Brief(v1::PolicyDecision decision) {
  decision.clear_question();
  decision.clear_proof();
  return decision;
}

v1::PolicyDecision Parse(absl::string_view data) {
  v1::PolicyDecision decision;
  decision.ParseFromArray(data.data(), static_cast<int>(data.size()));
  return decision;
}

absl::StatusOr<std::optional<v1::PolicyDecision>> FindBrief(
    Connection& connection, const std::string& id) {
  ASSIGN_OR_RETURN(
      Statement select,
      connection.Prepare("SELECT brief FROM decisions WHERE id = ?"));
  ASSIGN_OR_RETURN(const bool found, select.Text(id).Step());
  if (!found) return std::nullopt;
  return Parse(select.TextAt(0));
}

absl::Status Insert(Connection& connection,
                    const v1::PolicyDecision& decision) {
  const std::string data = decision.SerializeAsString();
  const std::string brief = Brief(decision).SerializeAsString();
  ASSIGN_OR_RETURN(Statement insert,
                   connection.Prepare("INSERT INTO decisions(id, policy, "
                                      "model, brief, data) "
                                      "VALUES(?, ?, ?, ?, ?)"));
  return insert.Text(decision.id())
      .Text(decision.policy_id())
      .Text(decision.model())
      .Blob(brief)
      .Blob(data)
      .Run();
}

}  // namespace

std::string DecisionId(v1::PolicyDecision decision) {
  decision.clear_id();
  decision.clear_against_verdict();
  decision.clear_decided_at();
  return Sha256Hex(decision.SerializeAsString());
}

absl::StatusOr<std::unique_ptr<DecisionStore>> DecisionStore::Open(
    Database& database) {
  RETURN_IF_ERROR(database.Write(
      Database::Durability::kSynced,
      [](Connection& connection) { return connection.Execute(kSchema); }));
  return std::unique_ptr<DecisionStore>(new DecisionStore(database));
}

absl::StatusOr<DecisionStore::Kept> DecisionStore::Record(
    v1::PolicyDecision decision, absl::string_view now) {
  RETURN_IF_ERROR(Check(decision));
  decision.set_id(DecisionId(decision));
  decision.set_against_verdict(AgainstVerdict(decision));
  decision.set_decided_at(std::string(now));
  Kept kept;
  RETURN_IF_ERROR(database_.Write(
      Database::Durability::kSynced,
      [&](Connection& connection) -> absl::Status {
        ASSIGN_OR_RETURN(std::optional<v1::PolicyDecision> before,
                         FindBrief(connection, decision.id()));
        if (before) {
          kept.decision = *std::move(before);
          return absl::OkStatus();
        }
        kept.created = true;
        kept.decision = Brief(decision);
        return Insert(connection, decision);
      }));
  return kept;
}

absl::StatusOr<v1::PolicyDecision> DecisionStore::Get(
    absl::string_view id) const {
  if (id.size() < kLeastIdDigits || id.size() > kIdDigits || !IsHex(id)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_DECISION_ID",
                     absl::StrCat("'", id,
                                  "' is not a decision: write 8 to "
                                  "64 hex digits; ListDecisions names them"),
                     {{"decision", std::string(id)}});
  }
  // A range of the index: every id that begins so. 'g' follows all hex digits.
  const std::string first = absl::AsciiStrToLower(id);
  const std::string end = first + "g";
  std::vector<v1::PolicyDecision> found;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(Statement select,
                     connection.Prepare("SELECT data FROM decisions WHERE "
                                        "id >= ? AND id < ? LIMIT 2"));
    select.Text(first).Text(end);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      found.push_back(Parse(select.TextAt(0)));
    }
  }));
  if (found.empty()) {
    return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_DECISION",
                     absl::StrCat("there is no decision '", id,
                                  "'; ListDecisions names them"),
                     {{"decision", std::string(id)}});
  }
  if (found.size() > 1) {
    return MakeError(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_DECISION",
                     absl::StrCat("several decisions begin with '", id,
                                  "'; write more digits"),
                     {{"decision", std::string(id)}});
  }
  if (DecisionId(found[0]) != found[0].id()) {
    return MakeError(absl::StatusCode::kDataLoss, "DECISION_CORRUPT",
                     absl::StrCat("decision ", found[0].id(),
                                  " was changed after it was recorded; "
                                  "restore it from a backup"),
                     {{"decision", found[0].id()}});
  }
  return std::move(found[0]);
}

absl::StatusOr<DecisionStore::Page> DecisionStore::List(
    absl::string_view policy_id, absl::string_view model, uint64_t before,
    uint32_t most) const {
  Page page;
  RETURN_IF_ERROR(database_.Read([&](Connection& connection) -> absl::Status {
    ASSIGN_OR_RETURN(
        Statement select,
        connection.Prepare("SELECT number, brief FROM decisions WHERE "
                           "(?1 = '' OR policy = ?1) AND "
                           "(?2 = '' OR model = ?2) AND "
                           "(?3 = 0 OR number < ?3) "
                           "ORDER BY number DESC LIMIT ?4"));
    select.Text(policy_id)
        .Text(model)
        .Int(static_cast<int64_t>(before))
        .Int(most);
    while (true) {
      ASSIGN_OR_RETURN(const bool more, select.Step());
      if (!more) return absl::OkStatus();
      page.last = static_cast<uint64_t>(select.IntAt(0));
      page.decisions.push_back(Parse(select.TextAt(1)));
    }
  }));
  return page;
}

}  // namespace meridian::ingest
