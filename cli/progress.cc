#include "cli/progress.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "cli/text.h"
#include "cli/words.h"

namespace meridian::cli {
namespace {

std::string CountsText(const v1::Run& run) {
  int kinds[5] = {};
  for (const v1::SnapshotOutcome& snapshot : run.snapshots()) {
    if (snapshot.kind() >= 0 && snapshot.kind() < 5) ++kinds[snapshot.kind()];
  }
  std::string text;
  const auto add = [&text](uint64_t count, absl::string_view what) {
    if (count == 0) return;
    absl::StrAppend(&text, text.empty() ? "" : ", ", Grouped(count), " ", what);
  };
  const bool dry = run.dry_run();
  add(kinds[v1::SnapshotOutcome::KIND_ADDED],
      dry ? "snapshots would be added" : "snapshots added");
  add(kinds[v1::SnapshotOutcome::KIND_REVISED],
      dry ? "would be revised" : "revised");
  add(kinds[v1::SnapshotOutcome::KIND_UNCHANGED], "unchanged");
  add(kinds[v1::SnapshotOutcome::KIND_HELD], dry ? "would be held" : "held");
  if (dry) {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    Grouped(run.records_read()), " records read");
  } else {
    absl::StrAppend(&text, text.empty() ? "" : ", ",
                    Grouped(run.records_committed()), " of ",
                    Grouped(run.records_read()), " records committed");
  }
  add(run.duplicates_dropped(), "duplicates dropped");
  add(run.records_rejected(), "rejected");
  if (run.seq() > 0) absl::StrAppend(&text, ", seq ", run.seq());
  return text;
}

std::string ErrorText(const v1::RunError& error) {
  std::string text =
      absl::StrCat(" at stage ", absl::AsciiStrToLower(EnumWord(error.stage())),
                   ": ", error.message(), " (", error.reason());
  if (!error.plugin_reason().empty()) {
    absl::StrAppend(&text, ", ", error.plugin_reason());
  }
  if (error.has_exit_code()) {
    absl::StrAppend(&text, ", exit code ", error.exit_code());
  }
  if (error.has_signal()) absl::StrAppend(&text, ", signal ", error.signal());
  return text + ")";
}

}  // namespace

void PrintOutcomes(
    const google::protobuf::RepeatedPtrField<v1::SnapshotOutcome>& outcomes,
    const Output& output, bool news_only) {
  Table table({{"snapshot"},
               {"stream"},
               {"vintage"},
               {"revision", Align::kRight},
               {"records", Align::kRight},
               {"added", Align::kRight},
               {"changed", Align::kRight},
               {"gone", Align::kRight},
               {"digest"}});
  for (const v1::SnapshotOutcome& snapshot : outcomes) {
    if (news_only && snapshot.kind() == v1::SnapshotOutcome::KIND_UNCHANGED) {
      continue;
    }
    const v1::SnapshotDifference& difference = snapshot.difference();
    const auto differing = [&](uint64_t count) {
      return snapshot.has_difference() ? Count(count) : Text("");
    };
    table.Add({Text(EnumWord(snapshot.kind())),
               Text(snapshot.stream()),
               Text(VintageText(snapshot.vintage())),
               snapshot.revision() == 0 ? Text("") : Count(snapshot.revision()),
               Count(snapshot.records()),
               differing(difference.added()),
               differing(difference.changed()),
               differing(difference.gone()),
               {snapshot.digest().substr(0, 12), snapshot.digest()}});
  }
  if (!news_only || !table.empty()) table.Print(output);
  if (output.format == Format::kCsv) return;
  for (const v1::SnapshotOutcome& snapshot : outcomes) {
    if (snapshot.message().empty()) continue;
    output.out << Printable(snapshot.stream()) << ", "
               << VintageText(snapshot.vintage()) << ": "
               << Printable(snapshot.message()) << "\n";
  }
}

std::string RunLine(const v1::Run& run) {
  std::string line = EnumWord(run.state());
  if (run.has_error()) {
    line += ErrorText(run.error());
  } else {
    absl::StrAppend(&line, ": ", CountsText(run));
  }
  const std::string took = DurationText(run.started_at(), run.ended_at());
  if (!took.empty()) absl::StrAppend(&line, ", ", took);
  return line;
}

void RunProgressPrinter::Handle(const v1::RunSourceResponse& event) {
  if (event.has_started()) {
    output_.err << Printable(source_) << ": " << Printable(event.started().id())
                << " began\n";
  } else if (event.has_progress()) {
    Progress(event.progress());
  } else if (event.has_ended()) {
    Ended(event.ended());
  }
}

void RunProgressPrinter::Progress(const v1::RunProgress& progress) {
  const uint64_t total = progress.documents_total();
  const uint64_t tenth =
      total == 0 ? 0 : progress.documents_done() * 10 / total;
  const bool news = progress.stage() != stage_ || tenth != tenth_;
  stage_ = progress.stage();
  tenth_ = tenth;
  if (!output_.terminal && !news) return;
  const std::string line =
      absl::StrCat(source_, ": ", absl::AsciiStrToLower(EnumWord(stage_)), ", ",
                   progress.documents_done(), " of ",
                   total == 0 ? std::string(kUnknown) : absl::StrCat(total),
                   " documents, ", Grouped(progress.records()), " records, ",
                   Grouped(progress.rejected()), " rejected");
  if (output_.terminal) {
    // Back to the start of the line, and away with what stood there.
    output_.err << "\r\033[K" << Printable(line) << std::flush;
    line_open_ = true;
  } else {
    output_.err << Printable(line) << "\n";
  }
}

void RunProgressPrinter::Ended(const v1::Run& run) {
  if (line_open_) output_.err << "\r\033[K" << std::flush;
  line_open_ = false;
  if (output_.format == Format::kCsv) {
    Table table({{"run"},
                 {"source"},
                 {"state"},
                 {"seq"},
                 {"records_read"},
                 {"records_committed"},
                 {"records_rejected"},
                 {"reason"}});
    table.Add({Text(run.id()), Text(run.source()), Text(EnumWord(run.state())),
               Count(run.seq()), Count(run.records_read()),
               Count(run.records_committed()), Count(run.records_rejected()),
               Text(run.error().reason())});
    table.Print(output_);
    return;
  }
  output_.out << Printable(source_) << ": "
              << Paint(output_, RunColor(run.state()), Printable(RunLine(run)))
              << "\n";
  if (run.has_error()) PrintRunError(run.error(), output_);
  // What a newer plugin or mapping makes of the same documents.
  if (!run.reread().empty() && !run.dry_run()) {
    PrintOutcomes(run.snapshots(), output_, true);
  }
  for (const v1::Diagnostic& diagnostic : run.diagnostics()) {
    if (diagnostic.severity() < v1::Diagnostic::SEVERITY_WARNING) continue;
    output_.out << "  "
                << absl::AsciiStrToLower(EnumWord(diagnostic.severity()))
                << ": " << Printable(diagnostic.message()) << "\n";
  }
}

void PrintRunError(const v1::RunError& error, const Output& output) {
  for (const std::string& line : error.stderr_tail()) {
    output.out << "  | " << Printable(line) << "\n";
  }
}

}  // namespace meridian::cli
