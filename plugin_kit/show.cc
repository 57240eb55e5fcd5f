#include "plugin_kit/show.h"

#include <algorithm>
#include <set>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/analysis_client.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::kit {
namespace {

using cli::Printable;

constexpr size_t kMostLines = 5;
constexpr size_t kMostNames = 50;

void ShowLines(const v1::Locator& at, const std::vector<KitDocument>& documents,
               std::ostream& out) {
  if (at.line() == 0 || at.document() >= documents.size()) return;
  const std::vector<absl::string_view> lines =
      absl::StrSplit(documents[at.document()].bytes, '\n');
  const size_t last = std::max(at.line(), at.line_end());
  for (size_t line = at.line();
       line <= std::min({last, at.line() + kMostLines - 1, lines.size()});
       ++line) {
    out << "    | " << Printable(lines[line - 1].substr(0, 400)) << "\n";
  }
}

std::set<std::string> NamesIn(const ReadResult& result) {
  std::set<std::string> names;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    for (const v1::Record& record : snapshot.records) {
      if (record.has_score()) names.insert(record.score().model());
      if (record.has_offering()) names.insert(record.offering().model());
      if (record.has_model()) names.insert(record.model().name());
    }
  }
  names.erase("");
  return names;
}

}  // namespace

void ShowRead(const ReadResult& result,
              const std::vector<KitDocument>& documents, uint32_t limit,
              std::ostream& out) {
  uint64_t records = 0;
  for (const ReadSnapshot& snapshot : result.snapshots) {
    const v1::BeginSnapshot& begin = snapshot.begin;
    out << "snapshot " << Printable(begin.stream()) << ", vintage "
        << cli::VintageText(begin.vintage()) << ", "
        << cli::CoverageText(begin.coverage()) << ", "
        << snapshot.records.size() << " records\n";
    for (const v1::Record& record : snapshot.records) {
      if (limit != 0 && ++records > limit) continue;
      out << "  " << cli::LocatorText(record.locator()) << "\n";
      ShowLines(record.locator(), documents, out);
      out << "    " << Printable(cli::RecordText(record)) << "\n";
    }
  }
  if (limit != 0 && records > limit) {
    out << "... and " << records - limit << " records more (--limit 0)\n";
  }
  for (const v1::Rejected& rejected : result.rejected) {
    out << "rejected " << cli::LocatorText(rejected.locator()) << ": "
        << Printable(rejected.why()) << "\n    | "
        << Printable(rejected.excerpt()) << "\n";
  }
  for (const v1::Diagnostic& diagnostic : result.diagnostics) {
    out << absl::AsciiStrToLower(cli::EnumWord(diagnostic.severity())) << ": "
        << Printable(diagnostic.message()) << "\n";
  }
}

void ShowUnresolved(const ReadResult& result, const std::string& address,
                    std::ostream& out) {
  cli::AnalysisClient client(address, absl::Seconds(5));
  size_t shown = 0;
  for (const std::string& name : NamesIn(result)) {
    v1::GetModelRequest request;
    request.set_model(name);
    const auto answer = client.Call(request);
    if (answer.ok()) continue;
    if (ErrorReason(answer.status()) != "UNKNOWN_MODEL" &&
        ErrorReason(answer.status()) != "AMBIGUOUS_MODEL") {
      out << "names were not looked up: " << answer.status().message() << "\n";
      return;
    }
    if (++shown > kMostNames) {
      out << "... and more\n";
      return;
    }
    out << "unresolved: " << Printable(answer.status().message()) << "\n";
  }
}

}  // namespace meridian::kit
