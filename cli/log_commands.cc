// `meridian runs ...`, `meridian rejected ...`, `meridian snapshots ...`
#include "absl/strings/str_cat.h"
#include "cli/commands.h"
#include "cli/ingest_client.h"
#include "cli/paging.h"
#include "cli/progress.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

absl::StatusOr<int> ListRuns(IngestClient& client, const Args& args,
                             const Output& output) {
  v1::ListRunsRequest request;
  request.set_source(args.source);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.runs_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"run"},
               {"source"},
               {"state"},
               {"started"},
               {"took", Align::kRight, For::kPeople},
               {"ended", Align::kLeft, For::kPrograms},
               {"seq", Align::kRight},
               {"read", Align::kRight},
               {"committed", Align::kRight},
               {"rejected", Align::kRight},
               {"reason"}});
  for (const v1::Run& run : answer.runs()) {
    table.Add({Text(run.id()), Text(run.source()),
               Text(EnumWord(run.state()), RunColor(run.state())),
               Text(run.started_at()),
               Text(DurationText(run.started_at(), run.ended_at())),
               Text(run.ended_at()),
               run.seq() == 0 ? Text("") : Count(run.seq()),
               Count(run.records_read()), Count(run.records_committed()),
               Count(run.records_rejected()), Text(run.error().reason())});
  }
  table.Print(output);
  PrintMore(output, answer.next_page_token());
  return kExitOk;
}

absl::Status PrintRun(const v1::Run& run, const Output& output) {
  if (output.format != Format::kCsv) {
    std::vector<std::pair<std::string, std::string>> pairs = {
        {"run", run.id()},
        {"source", run.source()},
        {"plugin", run.plugin().empty() ? kUnknown : run.plugin()},
        {"started", run.started_at()},
        {"ended", run.ended_at().empty() ? "still running" : run.ended_at()},
        {"documents", Grouped(run.documents())},
        {"result", RunLine(run)}};
    for (const v1::Diagnostic& diagnostic : run.diagnostics()) {
      pairs.emplace_back("diagnostic",
                         absl::StrCat(EnumWord(diagnostic.severity()), ": ",
                                      diagnostic.message()));
    }
    PrintPairs(output, pairs);
    if (run.has_error()) PrintRunError(run.error(), output);
  }
  if (output.format != Format::kCsv && run.snapshots_size() > 0) {
    output.out << "\n";
  }
  if (output.format == Format::kCsv || run.snapshots_size() > 0) {
    PrintOutcomes(run.snapshots(), output);
  }
  return absl::OkStatus();
}

void PrintDocuments(const v1::GetRunResponse& answer, const Output& output) {
  if (answer.documents_size() == 0) return;
  Table table({{"document"},
               {"uri"},
               {"vintage"},
               {"bytes", Align::kRight},
               {"fetched"},
               {"sha256"}});
  for (const v1::RunDocument& document : answer.documents()) {
    const v1::DocumentHead& head = document.head();
    table.Add({Text(head.path()),
               Text(head.uri()),
               Text(VintageText(head.vintage_hint())),
               Count(head.size()),
               Text(head.retrieved_at()),
               {head.sha256().substr(0, 12), head.sha256()}});
  }
  output.out << "\n";
  table.Print(output);
}

// GetRun and CancelRun answer alike.
template <typename Request>
absl::StatusOr<int> ShowRun(IngestClient& client, const Args& args,
                            const Output& output) {
  Request request;
  request.set_run(args.name);
  ASSIGN_OR_RETURN(const auto answer, client.Call(request));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  RETURN_IF_ERROR(PrintRun(answer.run(), output));
  if constexpr (requires { answer.documents(); }) {
    if (output.format != Format::kCsv) PrintDocuments(answer, output);
  }
  return kExitOk;
}

absl::StatusOr<int> ListRejected(IngestClient& client, const Args& args,
                                 const Output& output) {
  v1::ListRejectedRequest request;
  request.set_source(args.source);
  request.set_run(args.run);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.rejected_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"source"},
               {"run"},
               {"document"},
               {"place"},
               {"why"},
               {"excerpt"},
               {"sha256", Align::kLeft, For::kPrograms}});
  for (const v1::RejectedRecord& row : answer.rejected()) {
    table.Add({Text(row.source()), Text(row.run()), Text(row.document_uri()),
               Text(LocatorText(row.rejected().locator())),
               Text(row.rejected().why()), Text(row.rejected().excerpt()),
               Text(row.document_sha256())});
  }
  table.Print(output);
  if (table.empty() && output.format != Format::kCsv) {
    output.out << "nothing was rejected\n";
  }
  PrintMore(output, answer.next_page_token());
  return kExitOk;
}

absl::StatusOr<int> ListSnapshots(IngestClient& client, const Args& args,
                                  const Output& output) {
  v1::ListSnapshotsRequest request;
  request.set_source(args.source);
  request.set_held(args.held);
  ASSIGN_OR_RETURN(const auto answer,
                   ListAll(client, request, args.limit,
                           [](const auto& a) { return a.snapshots_size(); }));
  if (output.format == Format::kJson) {
    RETURN_IF_ERROR(PrintJson(answer, output));
    return kExitOk;
  }
  Table table({{"source"},
               {"stream"},
               {"vintage"},
               {"revision", Align::kRight},
               {"coverage"},
               {"records", Align::kRight},
               {"documents", Align::kRight},
               {"digest"}});
  for (const v1::Snapshot& snapshot : answer.snapshots()) {
    table.Add({Text(snapshot.source()),
               Text(snapshot.stream()),
               Text(VintageText(snapshot.vintage())),
               Count(snapshot.revision()),
               Text(CoverageText(snapshot.coverage())),
               Count(snapshot.count()),
               Count(snapshot.documents_size()),
               {snapshot.digest().substr(0, 12), snapshot.digest()}});
  }
  table.Print(output);
  PrintMore(output, answer.next_page_token());
  return kExitOk;
}

}  // namespace

absl::StatusOr<int> RunLogCommand(const Invocation& invocation,
                                  const Output& output) {
  IngestClient client(invocation.globals.ingest, invocation.globals.timeout());
  const Args& args = invocation.args;
  switch (invocation.command) {
    case CommandId::kRunsList:
      return ListRuns(client, args, output);
    case CommandId::kRunsShow:
      return ShowRun<v1::GetRunRequest>(client, args, output);
    case CommandId::kRunsCancel:
      return ShowRun<v1::CancelRunRequest>(client, args, output);
    case CommandId::kRejectedList:
      return ListRejected(client, args, output);
    default:
      return ListSnapshots(client, args, output);
  }
}

}  // namespace meridian::cli
