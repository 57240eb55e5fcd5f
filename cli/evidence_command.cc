// `meridian evidence ID`
#include <algorithm>

#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/ingest_client.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

void PrintLines(const v1::GetEvidenceResponse& answer, const Output& output) {
  const v1::Locator& locator = answer.record().locator();
  const uint32_t first = locator.line();
  const uint32_t last = std::max(first, locator.line_end());
  const int width = static_cast<int>(
      absl::StrCat(answer.first_line() + answer.lines_size()).size());
  for (int i = 0; i < answer.lines_size(); ++i) {
    const uint32_t number = answer.first_line() + i;
    const bool marked = locator.has_line() && number >= first && number <= last;
    const std::string digits = absl::StrCat(number);
    const std::string line = absl::StrCat(
        marked ? "> " : "  ", std::string(width - digits.size(), ' '), digits,
        " | ", Printable(answer.lines(i)));
    output.out << Paint(output, marked ? Color::kBold : Color::kPlain, line)
               << "\n";
  }
}

std::vector<std::pair<std::string, std::string>> PairsOf(
    const v1::GetEvidenceResponse& answer) {
  const v1::Snapshot& snapshot = answer.snapshot();
  const v1::Retrieval& document = answer.document();
  const v1::Citation& cites = answer.record().cites();
  std::vector<std::pair<std::string, std::string>> pairs = {
      {"evidence", answer.evidence()}, {"record", RecordText(answer.record())}};
  for (const v1::Note& note : answer.record().notes()) {
    pairs.emplace_back(
        "note", absl::StrCat(note.field(), " ", EnumWord(note.kind()), ": ",
                             note.text()));
  }
  if (answer.record().has_cites()) {
    pairs.emplace_back(
        "cites",
        absl::StrCat(cites.publisher(), ", \"", cites.title(), "\" ",
                     cites.date(), " ", cites.figure(), " ", cites.url()));
  }
  pairs.insert(
      pairs.end(),
      {{"snapshot", absl::StrCat(snapshot.source(), " ", snapshot.stream(),
                                 ", vintage ", VintageText(snapshot.vintage()),
                                 ", revision ", snapshot.revision(), ", ",
                                 CoverageText(snapshot.coverage()), ", ",
                                 Grouped(snapshot.count()), " records")},
       {"digest", snapshot.digest()},
       {"publisher",
        snapshot.publisher().empty() ? kUnknown : snapshot.publisher()},
       {"read by", snapshot.plugin().empty() ? kUnknown : snapshot.plugin()},
       {"document", document.uri()},
       {"sha256", document.sha256()},
       {"size", absl::StrCat(Grouped(document.size()), " bytes")},
       {"retrieved",
        document.retrieved_at().empty() ? kUnknown : document.retrieved_at()},
       {"place", LocatorText(answer.record().locator())}});
  return pairs;
}

absl::Status Open(IngestClient& client, const std::string& sha256,
                  const Output& output) {
  v1::ReadDocumentRequest request;
  request.set_sha256(sha256);
  return client.Read(request, [&output](absl::string_view bytes) {
    output.out.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  });
}

}  // namespace

absl::StatusOr<int> RunEvidence(const Invocation& invocation,
                                const Output& output) {
  IngestClient client(invocation.globals.ingest, invocation.globals.timeout());
  v1::GetEvidenceRequest request;
  request.set_evidence(invocation.args.name);
  request.set_context_lines(invocation.args.context_lines);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (invocation.args.open) {
    RETURN_IF_ERROR(Open(client, answer.document().sha256(), output));
    return kExitOk;
  }
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  const auto pairs = PairsOf(answer);
  if (output.format == Format::kCsv) {
    Table table({{"name"}, {"value"}});
    for (const auto& [name, value] : pairs) {
      table.Add({Text(name), Text(value)});
    }
    table.Print(output);
    return kExitOk;
  }
  PrintPairs(output, pairs);
  const bool fenced =
      output.format == Format::kMarkdown && answer.lines_size() > 0;
  output.out << (fenced ? "\n```\n" : "\n");
  PrintLines(answer, output);
  if (fenced) output.out << "```\n";
  return kExitOk;
}

}  // namespace meridian::cli
