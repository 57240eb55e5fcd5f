#include "ingest_service/evidence.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/base/utf8.h"
#include "common/records/canonical.h"
#include "ingest_service/changes.h"

namespace meridian::ingest {
namespace {

constexpr size_t kShortest = 8;
constexpr size_t kLineBytes = 400;
constexpr uint32_t kMostContext = 50;
constexpr size_t kChunk = 256 << 10;

struct EvidenceParts {
  std::string snapshot;
  std::string key;
};

absl::StatusOr<EvidenceParts> ParseEvidence(absl::string_view id) {
  const std::vector<std::string> parts =
      absl::StrSplit(absl::AsciiStrToLower(id), '/');
  const auto is_hex = [](const std::string& part, size_t longest) {
    return part.size() >= kShortest && part.size() <= longest &&
           std::all_of(part.begin(), part.end(), absl::ascii_isxdigit);
  };
  if (parts.size() != 2 || !is_hex(parts[0], 64) || !is_hex(parts[1], 32)) {
    return MakeError(absl::StatusCode::kInvalidArgument, "BAD_EVIDENCE_ID",
                     absl::StrCat("'", id,
                                  "' is no evidence id; write <snapshot "
                                  "digest>/<record key hash>, each at least ",
                                  kShortest, " hex digits"),
                     {{"evidence", std::string(id)}});
  }
  return EvidenceParts{parts[0], parts[1]};
}

absl::Status Unknown(absl::string_view id, absl::string_view what) {
  return MakeError(absl::StatusCode::kNotFound, "UNKNOWN_EVIDENCE",
                   absl::StrCat("evidence ", id, ": this log has no ", what,
                                " that begins so"),
                   {{"evidence", std::string(id)}});
}

absl::Status Ambiguous(absl::string_view id, absl::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "AMBIGUOUS_EVIDENCE",
                   absl::StrCat("evidence ", id, ": more than one ", what,
                                " begins so; write more digits"),
                   {{"evidence", std::string(id)}});
}

}  // namespace

absl::StatusOr<std::vector<std::string>> ReadLines(
    const DocumentStore& documents, absl::string_view sha256, uint32_t first,
    uint32_t last) {
  ASSIGN_OR_RETURN(const DocumentStore::ByteSource read,
                   documents.Read(sha256));
  std::vector<std::string> lines;
  std::string line;
  uint32_t number = 1;
  const auto end_line = [&] {
    if (number >= first && number <= last) {
      if (!line.empty() && line.back() == '\r') line.pop_back();
      lines.push_back(CleanUtf8(line, kLineBytes));
    }
    line.clear();
    ++number;
  };
  while (number <= last) {
    ASSIGN_OR_RETURN(const std::string chunk, read(kChunk));
    if (chunk.empty()) {
      if (!line.empty()) end_line();
      break;
    }
    for (const char c : chunk) {
      if (c == '\n') {
        end_line();
      } else if (line.size() <= kLineBytes && number >= first) {
        line.push_back(c);
      }
    }
  }
  return lines;
}

absl::StatusOr<v1::GetEvidenceResponse> OpenEvidence(
    const RecordLog& log, const DocumentStore& documents,
    const v1::GetEvidenceRequest& request) {
  const std::string& id = request.evidence();
  ASSIGN_OR_RETURN(const EvidenceParts parts, ParseEvidence(id));
  ASSIGN_OR_RETURN(const std::vector<RecordLog::Stored> snapshots,
                   log.FindSnapshots(parts.snapshot));
  if (snapshots.empty()) return Unknown(id, "snapshot");
  if (snapshots.size() > 1) return Ambiguous(id, "snapshot");

  v1::GetEvidenceResponse response;
  *response.mutable_snapshot() = snapshots[0].snapshot;
  int found = 0;
  RETURN_IF_ERROR(ForEachRecordOf(
      log, snapshots[0],
      [&](const v1::Record& record,
          const v1::Snapshot& holder) -> absl::Status {
        ASSIGN_OR_RETURN(const RecordHash hash, HashRecord(record));
        const std::string key = Hex(absl::string_view(
            reinterpret_cast<const char*>(hash.key.data()), hash.key.size()));
        if (absl::StartsWith(key, parts.key) && ++found == 1) {
          *response.mutable_record() = record;
          response.set_evidence(
              EvidenceId(response.snapshot().digest(), hash.key));
          const auto document = static_cast<int>(record.locator().document());
          if (document < holder.documents_size()) {
            *response.mutable_document() = holder.documents(document);
          }
        }
        return absl::OkStatus();
      }));
  if (found == 0) return Unknown(id, "record");
  if (found > 1) return Ambiguous(id, "record");

  const v1::Locator& locator = response.record().locator();
  if (!response.has_document()) return response;
  if (!locator.has_line() || locator.line() == 0) return response;
  const uint32_t context = std::min(request.context_lines(), kMostContext);
  const uint32_t first =
      locator.line() > context ? locator.line() - context : 1;
  const uint32_t end = std::min(std::max(locator.line(), locator.line_end()),
                                locator.line() + kMostContext);
  ASSIGN_OR_RETURN(
      const std::vector<std::string> lines,
      ReadLines(documents, response.document().sha256(), first, end + context));
  response.set_first_line(first);
  *response.mutable_lines() = {lines.begin(), lines.end()};
  return response;
}

}  // namespace meridian::ingest
