// `meridian sources preview`, `meridian sources plan`, `meridian rejected
// retry`: what a run gives, before and after what is in doubt was mended.
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/ingest_client.h"
#include "cli/paging.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

bool ForPeople(const Output& output) {
  return output.format == Format::kTable || output.format == Format::kMarkdown;
}

// Follows a run to its end. JSON: every event is printed.
absl::StatusOr<v1::Run> Follow(
    IngestClient& client, const v1::RunSourceRequest& request,
    const Output& output,
    const std::function<void(const v1::RunSourceResponse&)>& handle) {
  absl::Status printed;
  v1::Run ended;
  RETURN_IF_ERROR(client.Run(request, [&](const v1::RunSourceResponse& event) {
    if (event.has_ended()) ended = event.ended();
    if (output.format == Format::kJson) {
      printed.Update(PrintJson(event, output));
    } else {
      handle(event);
    }
  }));
  RETURN_IF_ERROR(printed);
  if (!ended.id().empty()) return ended;
  return MakeError(absl::StatusCode::kUnavailable, "STREAM_ENDED",
                   absl::StrCat("the ingest service stopped telling about the "
                                "run of '",
                                request.source(), "' before it ended"));
}

// "! line 12: why: excerpt".
void PrintRejected(const v1::Rejected& rejected, const Output& output) {
  output.out << Paint(output, Color::kRed, "rejected ")
             << Printable(LocatorText(rejected.locator())) << ": "
             << Printable(rejected.why()) << "\n";
  if (!rejected.excerpt().empty()) {
    output.out << "    | " << Printable(rejected.excerpt()) << "\n";
  }
}

// A record under the lines that it was read from.
void PrintPreviewed(const v1::PreviewedRecord& shown, const Output& output) {
  const v1::Record& record = shown.record();
  output.out << Printable(shown.stream()) << ", "
             << Printable(LocatorText(record.locator())) << "\n";
  if (!shown.lines().empty()) {
    for (absl::string_view line : absl::StrSplit(shown.lines(), '\n')) {
      output.out << "    | " << Printable(line) << "\n";
    }
  }
  output.out << "    " << Printable(RecordText(record)) << "\n";
}

absl::StatusOr<int> Preview(IngestClient& client, const Invocation& invocation,
                            const Output& output) {
  v1::RunSourceRequest request;
  request.set_source(invocation.args.name);
  request.set_reread(invocation.args.reread);
  request.set_dry_run(true);
  request.set_preview_records(
      invocation.args.limit == 0 ? kMaxPage : invocation.args.limit);
  Table table({{"stream"}, {"document"}, {"place"}, {"record"}});
  ASSIGN_OR_RETURN(
      const v1::Run run,
      Follow(client, request, output, [&](const v1::RunSourceResponse& event) {
        if (event.has_previewed()) {
          const v1::PreviewedRecord& shown = event.previewed();
          if (ForPeople(output)) return PrintPreviewed(shown, output);
          table.Add({Text(shown.stream()), Text(shown.document_uri()),
                     Text(LocatorText(shown.record().locator())),
                     Text(RecordText(shown.record()))});
        } else if (event.has_rejected() && ForPeople(output)) {
          PrintRejected(event.rejected().rejected(), output);
        }
      }));
  if (output.format == Format::kCsv) table.Print(output);
  if (ForPeople(output)) {
    output.out << Printable(invocation.args.name) << ": "
               << Paint(output, RunColor(run.state()), Printable(RunLine(run)))
               << "\n";
    if (run.has_error()) PrintRunError(run.error(), output);
  }
  return run.state() == v1::RUN_STATE_SUCCEEDED ? kExitOk : kExitNo;
}

void PrintExamples(
    absl::string_view sign,
    const google::protobuf::RepeatedPtrField<std::string>& examples,
    uint64_t count, const Output& output) {
  for (const std::string& example : examples) {
    output.out << "  " << sign << " " << Printable(example) << "\n";
  }
  const uint64_t shown = static_cast<uint64_t>(examples.size());
  if (count > shown) {
    output.out << "  " << sign << " ... and " << Grouped(count - shown)
               << " more\n";
  }
}

absl::StatusOr<int> Plan(IngestClient& client, const Invocation& invocation,
                         const Output& output) {
  v1::RunSourceRequest request;
  request.set_source(invocation.args.name);
  request.set_reread(invocation.args.reread);
  request.set_dry_run(true);
  uint32_t rejected = 0;
  constexpr uint32_t kMostRejectedShown = 20;
  RunProgressPrinter printer(invocation.args.name, output);
  ASSIGN_OR_RETURN(
      const v1::Run run,
      Follow(client, request, output, [&](const v1::RunSourceResponse& event) {
        if (event.has_rejected()) {
          if (ForPeople(output) && ++rejected <= kMostRejectedShown) {
            PrintRejected(event.rejected().rejected(), output);
          }
        } else if (output.format != Format::kCsv || !event.has_ended()) {
          printer.Handle(event);
        }
      }));
  const int exit = run.state() == v1::RUN_STATE_SUCCEEDED ? kExitOk : kExitNo;
  if (output.format == Format::kJson) return exit;
  PrintOutcomes(run.snapshots(), output, ForPeople(output));
  if (!ForPeople(output)) return exit;
  for (const v1::SnapshotOutcome& snapshot : run.snapshots()) {
    const v1::SnapshotDifference& difference = snapshot.difference();
    // Another vintage of a board differs in everything; what matters there is
    // who came and who went.
    if (difference.added() + difference.changed() + difference.gone() == 0) {
      continue;
    }
    output.out << Printable(snapshot.stream()) << ", "
               << VintageText(snapshot.vintage()) << ", against "
               << VintageText(difference.vintage()) << ":\n";
    PrintExamples("+", difference.added_examples(), difference.added(), output);
    PrintExamples("~", difference.changed_examples(), difference.changed(),
                  output);
    PrintExamples("-", difference.gone_examples(), difference.gone(), output);
  }
  return exit;
}

// Where a rejected row stands, whatever the run.
using Place = std::tuple<std::string, std::string>;
Place PlaceOf(const v1::RejectedRecord& row) {
  return {row.document_sha256(), LocatorText(row.rejected().locator())};
}

absl::StatusOr<v1::ListRejectedResponse> RejectedBy(IngestClient& client,
                                                    const std::string& run) {
  v1::ListRejectedRequest request;
  request.set_run(run);
  return ListAll(client, request, 0,
                 [](const auto& answer) { return answer.rejected_size(); });
}

absl::StatusOr<int> Retry(IngestClient& client, const Invocation& invocation,
                          const Output& output) {
  v1::GetSourceRequest source;
  source.set_source(invocation.args.name);
  RETURN_IF_ERROR(client.Call(source).status());
  v1::RunSourceRequest request;
  request.set_source(invocation.args.name);
  request.set_reread("last");
  RunProgressPrinter printer(invocation.args.name, output);
  ASSIGN_OR_RETURN(
      const v1::Run run,
      Follow(client, request, output, [&](const v1::RunSourceResponse& event) {
        if (output.format != Format::kCsv || !event.has_ended()) {
          printer.Handle(event);
        }
      }));
  if (run.state() != v1::RUN_STATE_SUCCEEDED) return kExitNo;
  ASSIGN_OR_RETURN(const auto before, RejectedBy(client, run.reread()));
  ASSIGN_OR_RETURN(const auto after, RejectedBy(client, run.id()));
  std::set<Place> still;
  for (const v1::RejectedRecord& row : after.rejected()) {
    still.insert(PlaceOf(row));
  }
  Table table({{"now"}, {"document"}, {"place"}, {"why"}});
  std::set<Place> known;
  uint64_t read = 0;
  for (const v1::RejectedRecord& row : before.rejected()) {
    known.insert(PlaceOf(row));
    if (still.contains(PlaceOf(row))) continue;
    ++read;
    table.Add({Text("read", Color::kGreen), Text(row.document_uri()),
               Text(LocatorText(row.rejected().locator())),
               Text(row.rejected().why())});
  }
  for (const v1::RejectedRecord& row : after.rejected()) {
    const bool is_new = !known.contains(PlaceOf(row));
    table.Add({Text(is_new ? "newly rejected" : "rejected", Color::kRed),
               Text(row.document_uri()),
               Text(LocatorText(row.rejected().locator())),
               Text(row.rejected().why())});
  }
  if (output.format == Format::kCsv || (ForPeople(output) && !table.empty())) {
    table.Print(output);
  }
  if (ForPeople(output)) {
    output.out << Grouped(before.rejected_size()) << " were rejected by "
               << run.reread() << ": " << Grouped(read) << " are read now, "
               << Grouped(after.rejected_size()) << " are rejected\n";
  }
  return after.rejected_size() == 0 ? kExitOk : kExitNo;
}

}  // namespace

absl::StatusOr<int> RunDryRunCommand(const Invocation& invocation,
                                     const Output& output) {
  IngestClient client(invocation.globals.ingest, invocation.globals.timeout());
  switch (invocation.command) {
    case CommandId::kSourcesPreview:
      return Preview(client, invocation, output);
    case CommandId::kSourcesPlan:
      return Plan(client, invocation, output);
    default:
      return Retry(client, invocation, output);
  }
}

}  // namespace meridian::cli
