// `meridian status`
#include "absl/strings/str_cat.h"
#include "cli/analysis_client.h"
#include "cli/commands.h"
#include "cli/errors.h"
#include "cli/ingest_client.h"
#include "cli/json.h"
#include "cli/text.h"
#include "cli/words.h"
#include "common/base/status.h"

namespace meridian::cli {
namespace {

void PrintIngest(const v1::GetIngestStatusResponse& status,
                 const Output& output) {
  PrintHeading(output, absl::StrCat("ingest ", status.version()));
  PrintPairs(
      output,
      {{"log", absl::StrCat(status.log_id(), ", seq ", status.first_seq(),
                            " to ", status.head_seq())},
       {"holds", absl::StrCat(Grouped(status.records()), " records in ",
                              Grouped(status.snapshots()), " snapshots (",
                              Bytes(status.batch_bytes()), "), ",
                              Grouped(status.documents()), " documents")},
       {"plugins", ListText(status.plugins())},
       {"sandbox", status.sandbox().empty() ? kUnknown : status.sandbox()},
       {"now", absl::StrCat(status.running(), " runs in progress, ",
                            status.subscribers(), " subscribers")}},
      2);
}

void PrintAnalysis(const v1::GetAnalysisStatusResponse& status,
                   const Output& output) {
  PrintHeading(output, absl::StrCat("analysis ", status.version()));
  std::string place = absl::StrCat(status.log_id(), ", seq ", status.seq());
  if (status.seq() < status.head_seq()) {
    absl::StrAppend(&place, ", ", status.head_seq() - status.seq(),
                    " behind the log");
  } else if (status.caught_up()) {
    place += ", caught up";
  }
  if (!status.connected()) {
    place += "; the ingest service is not being followed now";
  }
  PrintPairs(
      output,
      {{"log", place},
       {"holds", absl::StrCat(Grouped(status.records()), " records in ",
                              Grouped(status.snapshots()), " snapshots (",
                              Bytes(status.catalog_bytes()), ")")},
       {"models",
        absl::StrCat(Grouped(status.models()), ", ",
                     Grouped(status.unresolved_names()), " names unresolved")}},
      2);
}

void PrintSources(const v1::GetAnalysisStatusResponse& status,
                  const Output& output) {
  Table table({{"source"},
               {"newest vintage"},
               {"snapshots", Align::kRight},
               {"records", Align::kRight},
               {"last look"},
               {"when"},
               {"message"}});
  for (const v1::SourceStatus& source : status.sources()) {
    const bool failed = source.last_observation() == "FAILED";
    table.Add({Text(source.source()), TextOrUnknown(source.newest_vintage()),
               Count(source.snapshots()), Count(source.records()),
               source.last_observation().empty()
                   ? Text("never")
                   : Text(source.last_observation(),
                          failed ? Color::kRed : Color::kPlain),
               Text(source.observed_at()), Text(source.message())});
  }
  if (!table.empty()) {
    if (output.format != Format::kCsv) output.out << "\n";
    table.Print(output);
  }
}

absl::StatusOr<std::string> JsonOrNull(const google::protobuf::Message* m) {
  if (m == nullptr) return std::string("null");
  return ToJson(*m);
}

}  // namespace

absl::StatusOr<int> RunStatusCommand(const Invocation& invocation,
                                     const Output& output) {
  const Globals& globals = invocation.globals;
  const auto ingest = IngestClient(globals.ingest, globals.timeout())
                          .Call(v1::GetIngestStatusRequest());
  v1::GetAnalysisStatusRequest request;
  request.set_at_least_seq(globals.at_least_seq);
  const auto analysis =
      AnalysisClient(globals.analysis, globals.timeout()).Call(request);
  if (output.format == Format::kJson) {
    ASSIGN_OR_RETURN(const std::string first,
                     JsonOrNull(ingest.ok() ? &*ingest : nullptr));
    ASSIGN_OR_RETURN(const std::string second,
                     JsonOrNull(analysis.ok() ? &*analysis : nullptr));
    output.out << "{\"ingest\":" << first << ",\"analysis\":" << second
               << "}\n";
  } else {
    if (ingest.ok() && output.format != Format::kCsv) {
      PrintIngest(*ingest, output);
    }
    if (analysis.ok()) {
      if (output.format != Format::kCsv) PrintAnalysis(*analysis, output);
      PrintSources(*analysis, output);
    }
  }
  if (!ingest.ok() && !analysis.ok()) {
    PrintError(ingest.status(), output);
    return analysis.status();
  }
  if (!ingest.ok()) return ingest.status();
  if (!analysis.ok()) return analysis.status();
  return kExitOk;
}

}  // namespace meridian::cli
